/* SPDX-License-Identifier: MIT
 * A directory's names, a portion at a time: what has been listed survives between two calls, so that a
 * directory too large for one round is gone through in several, and nothing is allocated. */
#ifndef COHERENCE_BASE_KDIR_H
#define COHERENCE_BASE_KDIR_H

#include <stdint.h>

#define KDIR_BYTES 32768 /* taken from the kernel at a time: about a thousand processes */

struct kdir {
    int fd;            /* -1: not open */
    uint64_t calls;    /* system calls made since it was opened */
    uint32_t at, used; /* bytes of entries[] */
    _Alignas(8) char entries[KDIR_BYTES];
};

/* Opens path (relative to dir_fd, or AT_FDCWD) for listing. Returns 0 or -errno; d is then closed. */
int kdir_open(struct kdir *d, int dir_fd, const char *path);
void kdir_close(struct kdir *d);

/* The next name but "." and "..", valid until the next call; NULL at the end (*ret_error 0) or when the
 * kernel refused (*ret_error -errno). What is made or removed while the listing runs may or may not be in it;
 * in /proc, every process that lives throughout is. Source: Linux, fs/proc/base.c, proc_pid_readdir (goes by
 * number). */
const char *kdir_next(struct kdir *d, int *ret_error);

/* Begins again. Returns 0 or -errno. */
int kdir_rewind(struct kdir *d);

#endif
