/* SPDX-License-Identifier: MIT
 * Turns a kernel file into bytes in memory: whole, or an error with its name, never a part that looks whole.
 * Parsing, and deciding what an error means to a source, is left to others. */
#include "base/kfile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Files that list records (net/dev, diskstats, interrupts, mounts) come in pieces: fs/seq_file.c gives at
 * most one page a read, cut between records, whatever the size of our buffer. So a short read does not mean
 * the end; only a read of 0 does. A file that once came in one piece and still is below half a page cannot be
 * cut (its next record would have to be longer than all of it), and is spared the second read. */
#define WHOLE_BELOW 2048

int kfile_buffer_init(struct kfile_buffer *b, size_t size, size_t max_size)
{
    assert(size >= 2 && size <= max_size);
    *b = (struct kfile_buffer){.data = malloc(size), .size = size, .max_size = max_size};
    return b->data != NULL ? 0 : -ENOMEM;
}

void kfile_buffer_done(struct kfile_buffer *b)
{
    free(b->data);
    *b = (struct kfile_buffer){0};
}

static int buffer_grow(struct kfile_buffer *b)
{
    if (b->size >= b->max_size)
        return -EFBIG;
    const size_t size = b->size > b->max_size / 2 ? b->max_size : b->size * 2;
    char *data = realloc(b->data, size);
    if (data == NULL)
        return -ENOMEM;
    b->data = data;
    b->size = size;
    return 0;
}

int kfile_open(struct kfile *f, int dir_fd, const char *path)
{
    *f = (struct kfile){.fd = -1};
    const int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        f->last_error = -errno;
    f->fd = fd < 0 ? -1 : fd;
    return f->last_error;
}

void kfile_close(struct kfile *f)
{
    if (f->fd >= 0)
        (void)close(f->fd); /* only read: nothing can be lost */
    f->fd = -1;
    f->whole = false;
}

static ssize_t read_at(int fd, char *data, size_t n, size_t offset)
{
    ssize_t got;
    do
        got = pread(fd, data, n, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

/* Reads from the start until the end or until the buffer is full. Returns the bytes read (b->size: there may
 * be more), or -errno. */
static ssize_t read_pieces(struct kfile *f, struct kfile_buffer *b)
{
    size_t n = 0;
    for (unsigned pieces = 0; n < b->size; pieces++) {
        const ssize_t got = read_at(f->fd, b->data + n, b->size - n, n);
        if (got < 0)
            return got;
        if (got == 0) {
            f->whole = pieces == 1;
            break;
        }
        n += (size_t)got;
        if (f->whole && n < WHOLE_BELOW && n < b->size)
            break;
    }
    return (ssize_t)n;
}

static int read_whole(struct kfile *f, struct kfile_buffer *b, size_t *ret_n)
{
    for (;;) {
        const ssize_t n = read_pieces(f, b);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return -ENODATA;
        if ((size_t)n < b->size) {
            b->data[n] = '\0';
            *ret_n = (size_t)n;
            return 0;
        }
        const int error = buffer_grow(b);
        if (error != 0)
            return error;
    }
}

static int count(struct kfile *f, int error)
{
    f->last_error = error;
    if (error == 0)
        f->reads++;
    else
        f->failures++;
    return error;
}

int kfile_read(struct kfile *f, struct kfile_buffer *b, size_t *ret_n)
{
    return count(f, f->fd < 0 ? -EBADF : read_whole(f, b, ret_n));
}

static int read_piece(int fd, struct kfile_buffer *b, size_t *ret_n)
{
    const ssize_t n = read_at(fd, b->data, b->size, 0);
    if (n <= 0)
        return n < 0 ? (int)n : -ENODATA;
    if ((size_t)n == b->size)
        return -EFBIG;
    b->data[n] = '\0';
    *ret_n = (size_t)n;
    return 0;
}

int kfile_read_piece(struct kfile *f, struct kfile_buffer *b, size_t *ret_n)
{
    return count(f, f->fd < 0 ? -EBADF : read_piece(f->fd, b, ret_n));
}

int kfile_read_once(int dir_fd, const char *path, struct kfile_buffer *b, size_t *ret_n)
{
    struct kfile f;
    int error = kfile_open(&f, dir_fd, path);
    if (error == 0)
        error = read_piece(f.fd, b, ret_n);
    kfile_close(&f);
    return error;
}
