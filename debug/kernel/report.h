/* SPDX-License-Identifier: MIT */
/* What a panic shows beyond registers and backtrace. */
#pragma once

void report_init(void); /* boot: hands the panic code its hooks */
