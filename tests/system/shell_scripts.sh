# SPDX-License-Identifier: MIT
# Scripts for busybox's shell, one under each "### name", each run in an empty folder in the
# guest and on the host. They print no PID, no time of day and no name of the folder.

### pipeline
seq 1 1000 | grep 7 | sed 's/7/x/g' | sort -r | head -n 5 | tr x y
seq 1 20000 | cat | cat | cat | cat | cat | cat | cat | tail -n 1

### redirections
echo a >f
echo b >>f
cat <f
{ echo e >&2; echo o; } 2>g >h
cat g h
wc -c f
exec 3<f
read first <&3
read second <&3
echo "$second $first"

### background-and-wait
(sleep 0.1; echo late) &
echo early
wait
(exit 5) &
wait $!
echo $?

### substitution
x=$(echo a; echo b)
echo "$x"
echo $(echo $(echo deep)) `echo old`

### sort-100000-lines
seq 1 100000 | sort -rn >f
head -n 3 f
tail -n 3 f
md5sum f
sort -n f | md5sum

### tar-there-and-back
mkdir -p a/b
seq 1 5000 >a/b/c
ln -s b/c a/l
echo x >a/x
chmod 640 a/x
tar cf t.tar a
tar tf t.tar | sort
mkdir o
tar xf t.tar -C o
diff -r a o/a && echo same
stat -c '%a %s' o/a/x
readlink o/a/l
tar czf z.tgz a
tar tzf z.tgz | wc -l

### awk
seq 1 100 | awk '{ s += $1; q[NR % 3] += $1 } END { print s, q[0], q[1], q[2] }'
awk 'BEGIN { printf "%.3f %s %d\n", exp(1), toupper("abc"), length("four") }'

### vi
printf 'one\ntwo\n' >f
vi -c ':q' f </dev/null >/dev/null 2>&1
echo $?
cat f

### files
mkdir -p a/b
touch a/b/c
ln a/b/c a/d
stat -c '%h %F' a/d
mv a/b a/e
find a | sort
rm -r a
ls -a
touch -d '2001-02-03 04:05:06' f
stat -c %Y f
dd if=/dev/zero of=z bs=1k count=300 2>/dev/null
wc -c <z
truncate -s 10 z
wc -c <z
cmp f z
echo $?

### signals-and-statuses
sh -c 'kill -9 $$'
echo $?
sh -c 'kill -TERM $$'
echo $?
trap 'echo trapped' USR1
kill -USR1 $$
(trap 'echo bye' EXIT; exit 3)
echo $?
sleep 5 & a=$!
sleep 5 & b=$!
kill $a $b
wait $a
echo $?
wait $b
echo $?

### many-processes
i=0
while [ $i -lt 100 ]; do
	(exit 0) &
	i=$((i + 1))
done
wait
echo $i

### here-documents
cat <<END
$((6 * 7))
END
cat <<'END'
$x
END

### big-transfers
dd if=/dev/zero bs=64k count=64 2>/dev/null | md5sum
seq 1 200000 | gzip | gunzip | md5sum

### xargs-and-find
mkdir d
for i in 1 2 3 4 5; do echo $i >d/$i; done
find d -type f | sort | xargs cat | tr '\n' ' '
find d -name '[2-4]' -exec echo {} \; | sort

### devices
head -c 5 /dev/zero | od -c
echo x >/dev/null
head -c 16 /dev/urandom | wc -c
echo x >/dev/full
echo $?
test -c /dev/null && echo char

### named-pipes
mkfifo p
cat p &
echo through >p
wait
cat <p >f &
(echo one; echo two) >p
wait
cat f

### links-and-permissions
echo x >f
ln -s f s
cat s
ln -s nowhere dangling
cat dangling 2>/dev/null || echo dangles
chmod 000 f
stat -c %A f
mkdir -m 700 d
stat -c %A d
umask 077
touch g
stat -c %a g
