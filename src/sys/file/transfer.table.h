/* SPDX-License-Identifier: MIT */
/* Reading and writing. */
SYSCALL(read, (int, descriptor), (void __user *, buffer), (size_t, count))
SYSCALL(write, (int, descriptor), (const void __user *, buffer), (size_t, count))
SYSCALL(readv, (int, descriptor), (const struct iovec __user *, vector), (int, count))
SYSCALL(writev, (int, descriptor), (const struct iovec __user *, vector), (int, count))
SYSCALL(pread64, (int, descriptor), (void __user *, buffer), (size_t, count), (int64_t, position))
SYSCALL(pwrite64, (int, descriptor), (const void __user *, buffer), (size_t, count), (int64_t, position))
SYSCALL(lseek, (int, descriptor), (int64_t, offset), (int, whence))
SYSCALL(sendfile, (int, to), (int, from), (int64_t __user *, offset), (size_t, count))
SYSCALL(ftruncate, (int, descriptor), (int64_t, size))
SYSCALL(fsync, (int, descriptor))
SYSCALL(fdatasync, (int, descriptor))
SYSCALL(sync)
