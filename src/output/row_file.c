/* SPDX-License-Identifier: MIT
 * Rows to a descriptor, in pieces that end with a whole row. What a row is, and what to do when the disk is
 * full, is left to the callers.
 */
#include "output/row_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write_all.h"

/* A descriptor for path, emptied, or -errno with e filled. */
static int open_file(const char *path, bool *ret_regular, struct error *e)
{
    struct stat st;
    /* Not O_TRUNC: it is emptied only after it has been looked at. O_NONBLOCK: a FIFO must not block the
     * open. */
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0644);
    if (fd < 0) {
        int fault = errno;
        bool link = fault == ELOOP && lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
        return error_set_at(
            e, -fault, path, 0, 0, "cannot write: %s", link ? "it is a symbolic link" : strerror(fault));
    }
    int fault = 0;
    if (fstat(fd, &st) != 0)
        fault = -errno;
    else if (!S_ISREG(st.st_mode))
        fault = -EEXIST;
    else if (ftruncate(fd, 0) != 0)
        fault = -errno;
    *ret_regular = true;
    if (fault == 0)
        return fd;
    (void)close(fd);
    return error_set_at(e, fault, path, 0, 0, "cannot write: %s",
        fault == -EEXIST ? "it exists and is not a regular file" : strerror(-fault));
}

int row_file_open(struct row_file *f, const char *path, struct error *e)
{
    bool regular = false;
    int fd = strcmp(path, "-") == 0 ? STDOUT_FILENO : open_file(path, &regular, e);

    if (fd < 0)
        return fd;
    memset(f, 0, offsetof(struct row_file, buffer));
    f->fd = fd;
    f->regular = regular;
    f->flush_ns = INT64_MIN;
    text_init(&f->text, f->buffer, sizeof(f->buffer));
    return 0;
}

int row_file_flush(struct row_file *f)
{
    if (f->failed == 0 && f->text.length > 0) {
        f->failed = write_all(f->fd, f->text.data, f->text.length);
        if (f->failed == 0)
            f->whole += (off_t)f->text.length;
        else if (f->regular && ftruncate(f->fd, f->whole) != 0)
            f->regular = false; /* a cut row stays; replay passes over it */
    }
    if (f->failed != 0)
        f->lost += f->buffered;
    f->buffered = 0;
    text_clear(&f->text);
    return f->failed;
}

int row_file_begin(struct row_file *f, size_t row_max)
{
    if (f->failed == 0 && f->text.capacity - f->text.length <= row_max)
        (void)row_file_flush(f);
    if (f->failed != 0) {
        f->lost++;
        return f->failed;
    }
    f->buffered++;
    return 0;
}

int row_file_pass(struct row_file *f, int64_t now_ns)
{
    if (f->flush_ns == INT64_MIN)
        f->flush_ns = now_ns;
    if ((uint64_t)now_ns - (uint64_t)f->flush_ns < (uint64_t)ROW_FILE_FLUSH_NS)
        return f->failed;
    f->flush_ns = now_ns;
    return row_file_flush(f);
}

int row_file_close(struct row_file *f, uint64_t *ret_lost)
{
    (void)row_file_flush(f);
    if (f->fd != STDOUT_FILENO && close(f->fd) != 0 && f->failed == 0)
        f->failed = -errno;
    if (ret_lost)
        *ret_lost = f->lost;
    return f->failed;
}
