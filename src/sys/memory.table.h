/* SPDX-License-Identifier: MIT */
/* Memory: sys/memory.c. */
SYSCALL(mmap, (uint64_t, address), (size_t, length), (int, protection), (int, flags), (int, descriptor), (int64_t, offset))
SYSCALL(munmap, (uint64_t, address), (size_t, length))
SYSCALL(mprotect, (uint64_t, address), (size_t, length), (int, protection))
SYSCALL(brk, (uint64_t, end))
SYSCALL(madvise, (uint64_t, address), (size_t, length), (int, advice))
SYSCALL(mremap, (uint64_t, address), (size_t, size), (size_t, new_size), (int, flags), (uint64_t, new_address))
SYSCALL(msync, (uint64_t, address), (size_t, length), (int, flags))
