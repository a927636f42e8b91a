/* SPDX-License-Identifier: MIT
 * Turns a directory into names by getdents64 itself, because readdir would allocate. What a name means is
 * left to the callers. */
#include "base/kdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

int kdir_open(struct kdir *d, int dir_fd, const char *path)
{
    d->at = d->used = 0;
    d->calls = 1;
    d->fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd >= 0)
        return 0;
    d->fd = -1;
    return -errno;
}

void kdir_close(struct kdir *d)
{
    if (d->fd >= 0)
        (void)close(d->fd);
    d->fd = -1;
}

/* Takes the next portion. Returns its bytes, 0 at the end, or -errno. */
static ssize_t take_portion(struct kdir *d)
{
    ssize_t n = getdents64(d->fd, d->entries, sizeof(d->entries));

    d->calls++;
    d->at = 0;
    d->used = n > 0 ? (uint32_t)n : 0;
    return n < 0 ? -errno : n;
}

const char *kdir_next(struct kdir *d, int *ret_error)
{
    for (;;) {
        if (d->at >= d->used) {
            ssize_t n = take_portion(d);
            if (n <= 0) {
                *ret_error = (int)n;
                return NULL;
            }
        }
        const struct dirent64 *e = (const struct dirent64 *)(const void *)(d->entries + d->at);
        d->at += e->d_reclen;
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            *ret_error = 0;
            return e->d_name;
        }
    }
}

int kdir_rewind(struct kdir *d)
{
    d->at = d->used = 0;
    d->calls++;
    return lseek(d->fd, 0, SEEK_SET) < 0 ? -errno : 0;
}
