/* SPDX-License-Identifier: MIT */
/* FOR_EACH(M, a, b, ...) expands to M(a) M(b) ...; FOR_EACH_COMMA puts commas between. */
#pragma once

#define FE_EXPAND(...)	FE_EXPAND3(FE_EXPAND3(FE_EXPAND3(__VA_ARGS__)))
#define FE_EXPAND3(...) FE_EXPAND2(FE_EXPAND2(FE_EXPAND2(__VA_ARGS__)))
#define FE_EXPAND2(...) FE_EXPAND1(FE_EXPAND1(FE_EXPAND1(__VA_ARGS__)))
#define FE_EXPAND1(...) __VA_ARGS__
#define FE_PARENS	()

#define FOR_EACH(macro_, ...) __VA_OPT__(FE_EXPAND(FE_STEP(macro_, __VA_ARGS__)))
#define FE_STEP(macro_, first_, ...) \
	macro_(first_) __VA_OPT__(FE_AGAIN FE_PARENS(macro_, __VA_ARGS__))
#define FE_AGAIN() FE_STEP

#define FOR_EACH_COMMA(macro_, ...) __VA_OPT__(FE_EXPAND(FEC_STEP(macro_, __VA_ARGS__)))
#define FEC_STEP(macro_, first_, ...) \
	macro_(first_) __VA_OPT__(, FEC_AGAIN FE_PARENS(macro_, __VA_ARGS__))
#define FEC_AGAIN() FEC_STEP

/* The number of arguments, 0 .. 8. */
#define COUNT_ARGUMENTS(...)						       COUNT_PICK(0 __VA_OPT__(, ) __VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define COUNT_PICK(zero_, a1_, a2_, a3_, a4_, a5_, a6_, a7_, a8_, count_, ...) count_
