/* SPDX-License-Identifier: MIT
 * The only reader of /proc, /sys and cgroupfs: descriptors opened once and kept, each read the whole file,
 * mostly by one pread. The read-only promise lives here: files are opened O_RDONLY and nothing else. */
#ifndef COHERENCE_BASE_KFILE_H
#define COHERENCE_BASE_KFILE_H

#include <stdbool.h>
#include <stddef.h>

struct kfile {
    int fd;              /* -1: not open */
    int last_error;      /* 0 or the -errno of the last open or read; log on change only */
    unsigned long reads; /* successful reads since it was opened */
    unsigned long failures;
    bool whole; /* its last end was found after one piece */
};

/* A buffer shared by all files of one source; grows (by doubling) up to max_size, then reads are refused,
 * never cut silently. */
struct kfile_buffer {
    char *data;
    size_t size;
    size_t max_size;
};

/* 2 <= size <= max_size. Returns 0 or -ENOMEM. */
int kfile_buffer_init(struct kfile_buffer *b, size_t size, size_t max_size);
void kfile_buffer_done(struct kfile_buffer *b);

/* Opens path (relative to the directory descriptor dir_fd, or AT_FDCWD)
 * O_RDONLY|O_CLOEXEC|O_NOCTTY|O_NONBLOCK. Returns 0 or -errno; f is then closed. */
int kfile_open(struct kfile *f, int dir_fd, const char *path);
void kfile_close(struct kfile *f);

/* Reads the whole file from offset 0. Small files take one pread (two the first time). What the kernel hands
 * out in pieces, a page of whole records each (seq_file), is read on until its end; when the buffer had to
 * grow, reading starts again from 0, so that nothing older than this call is in it. *ret_n: bytes at b->data,
 * NUL-terminated after them (the bytes may hold NUL themselves). Returns 0, -errno of the read (ENODEV: the
 * cgroup is gone; ESRCH: the process is; EOPNOTSUPP: PSI disabled), -ENODATA for an empty file, -EFBIG when
 * it has max_size bytes or more, -ENOMEM, -EBADF when not open. *ret_n is untouched on error, the buffer's
 * content is not. */
int kfile_read(struct kfile *f, struct kfile_buffer *b, size_t *ret_n);

/* The same for a file that the kernel writes in one go (single_open in fs/proc: stat, schedstat, status,
 * cgroup of a process) and of which there are many: exactly one pread, the buffer does not grow. What was cut
 * all the same ends without a newline: the parser must look. Returns like kfile_read. */
int kfile_read_piece(struct kfile *f, struct kfile_buffer *b, size_t *ret_n);

/* Opens path below dir_fd, reads one piece and closes: three system calls. Returns like kfile_open and
 * kfile_read_piece. */
int kfile_read_once(int dir_fd, const char *path, struct kfile_buffer *b, size_t *ret_n);

#endif
