# SPDX-License-Identifier: MIT
# Run by bash in the guest and on the host: the output must be the same, byte for byte.
# It prints no PID, no time and no path outside its own folder.
set -u
section() { printf '== %s\n' "$*"; }

section arrays
declare -a fruits=(apple banana "cherry pie" date)
fruits+=(elder)
echo "${#fruits[@]} ${fruits[2]} ${fruits[-1]} ${fruits[@]:1:2}"
unset 'fruits[1]'
echo "indices: ${!fruits[*]}"
for fruit in "${fruits[@]}"; do echo "<$fruit>"; done
declare -A capital=([france]=paris [italy]=rome [spain]=madrid)
for country in france italy spain; do echo "$country ${capital[$country]}"; done
echo "${#capital[@]} countries, has italy: ${capital[italy]+yes}, has peru: ${capital[peru]-no}"
declare -a matrix
for ((i = 0; i < 4; i++)); do
	for ((j = 0; j < 4; j++)); do matrix[i * 4 + j]=$((i * j)); done
done
echo "${matrix[@]}"
readarray -t lines < <(printf 'one\ntwo\nthree\n')
echo "${#lines[@]} lines, last ${lines[2]}"

section traps
trap 'echo "usr1 came"' USR1
kill -USR1 $$
trap 'echo "usr2 came, count $((++count))"' USR2
count=0
for _ in 1 2 3; do kill -USR2 $$; done
trap - USR1 USR2
(
	trap 'echo "subshell ends with $?"' EXIT
	exit 5
)
echo "status $?"
(
	trap 'echo "err at status $?"' ERR
	false
	true
)
trap '' TERM
kill -TERM $$
echo "survived TERM"
trap - TERM
trap 'echo "return from ${FUNCNAME[0]:-main}"' RETURN
traced() { :; }
declare -ft traced
traced
trap - RETURN

section here-documents
name=world
cat <<END
hello $name, $((6 * 7)), $(echo substituted)
END
cat <<'END'
hello $name, $((6 * 7)), `echo not`
END
cat <<-END
	tabs
		are removed
	END
read -r first second <<<"here string"
echo "$second $first"
while read -r number word; do
	echo "$word=$number"
done <<END
1 one
2 two
3 three
END
tr a-z A-Z <<END | sort -r
beta
alpha
END

section subshells
value=outer
(
	value=inner
	echo "$value"
)
echo "$value"
nested=$(echo "a $(echo "b $(echo c)")")
echo "$nested"
(exit 3) || echo "failed with $?"
{ echo "grouped"; echo "together"; } | wc -l | tr -d ' '
diff <(printf 'a\nb\n') <(printf 'a\nc\n')
echo "diff said $?"
(cd / && pwd)
depth() { if (($1 > 0)); then (depth $(($1 - 1))); else echo "bottom at level $BASH_SUBSHELL"; fi; }
depth 8

section jobs
sleep 0.05 &
wait $!
echo "waited: $?"
(exit 7) &
wait $!
echo "child: $?"
pids=()
for i in 1 2 3 4 5; do
	(exit $((i * 10))) &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid"
	echo "a child: $?"
done
{ sh -c 'kill -KILL $$'; } 2>/dev/null
echo "killed: $?"
coproc rev_lines { while read -r line; do echo "$line" | rev; done; }
echo "desserts" >&"${rev_lines[1]}"
read -r answer <&"${rev_lines[0]}"
echo "$answer"
eval "exec ${rev_lines[1]}>&-"
wait

section expansions
path=/usr/local/lib/libthing.so.1.2
echo "${path##*/} ${path%/*} ${path%%.*} ${path#*/} ${path/lib/LIB} ${path//lib/LIB}"
echo "${undefined:-default} ${name:+set} ${#name} ${name^} ${name^^} ${name:1:3} ${name: -2}"
echo {a,b}{1..3} {10..2..-4} {a..e}
printf '%s|%5d|%-5s|%05.1f|%x|%q\n' text 42 left 3.14159 255 'a b$c'
echo $((2 ** 40)) $((0xff & ~0x0f)) $((7 / 2)) $((-7 % 3)) $((1 ? 2 : 3)) $((16#ff))
echo "quoted: "$'tab\there' $'\x41\u00e9'
IFS=: read -r a b c <<<"x:y:z"
echo "$a-$b-$c"
set -- one "two three" four
echo "$# $1 $2 ${*: -1} $*"
shift
echo "$# $1"
older=$IFS
IFS=,
echo "$*"
IFS=$older

section tests-and-patterns
[[ "file.txt" == *.txt && ! "file.txt" == *.c ]] && echo "glob matches"
[[ "2026-11-20" =~ ^([0-9]+)-([0-9]+)-([0-9]+)$ ]] && echo "${BASH_REMATCH[@]:1}"
shopt -s extglob nullglob
case "foo.tar.gz" in
*.tar.@(gz|xz)) echo "archive" ;;
*) echo "something else" ;;
esac
select_case() {
	case $1 in
	a) echo "a" ;;&
	[a-c]) echo "a to c" ;;
	d) echo "d" ;&
	e) echo "e" ;;
	esac
}
select_case a
select_case d
mkdir -p work/deep/er
touch work/{x,y}.txt work/deep/z.txt
echo work/*.txt work/none*
shopt -s globstar
echo work/**/*.txt
[ -d work ] && [ ! -e work/none ] && [ -f work/x.txt ] && echo "files are there"

section files
echo "first" >work/out
echo "second" >>work/out
cat work/out
{
	echo "to stdout"
	echo "to stderr" >&2
} >work/both 2>&1
wc -l <work/both | tr -d ' '
exec 5>work/five
echo "through five" >&5
exec 5>&-
cat work/five
exec 6<>work/six
printf 'read and write' >&6
exec 6>&-
cat work/six
echo
(umask 027 && touch work/masked && stat -c %a work/masked)
ln -s x.txt work/link
readlink work/link
cp work/out work/copy && cmp work/out work/copy && echo "same"
mv work/copy work/moved && [ ! -e work/copy ] && echo "moved"
set -o noclobber
(echo again >work/out) 2>/dev/null || echo "not clobbered"
set +o noclobber
: | false | true
echo "pipe: ${PIPESTATUS[*]}"
set -o pipefail
false | true
echo "pipefail: $?"
rm -r work
[ ! -e work ] && echo "removed"

section functions-and-loops
factorial() { local n=$1; ((n < 2)) && echo 1 || echo $((n * $(factorial $((n - 1))))); }
factorial 10
fibonacci=(0 1)
for i in {2..20}; do fibonacci[i]=$((fibonacci[i - 1] + fibonacci[i - 2])); done
echo "${fibonacci[*]}"
total=0
while ((total < 10)); do
	((total += 3))
	((total == 6)) && continue
	echo "total $total"
done
until ((total <= 0)); do ((total -= 5)); done
echo "$total"
reference() { declare -n target=$1; target="by reference"; }
reference answer
echo "$answer"
sorted=$(for i in 5 3 9 1; do echo $i; done | sort -n | tr '\n' ' ')
echo "$sorted"
for ((;;)); do break; done
seq 1 500 | while read -r n; do echo $((n * n)); done | tail -n 1
echo "done, last status $?"
exit 9
