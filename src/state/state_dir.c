/* SPDX-License-Identifier: MIT
 * Opens and locks the state directory. What lies in it is the business of its other files.
 *
 * The lock is flock on a file that is never removed: a lock on a file that others may remove and make again
 * is two locks; where somebody does remove it, it is taken again. The number in it is for people; what counts
 * is the lock. */
#include "state/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"

#define HOLDER_MAX 24 /* bytes of a process number and a newline */

/* Who holds the lock, as far as the file tells; 0: it does not. */
static uint64_t read_holder(int fd)
{
    char text[HOLDER_MAX];
    uint64_t holder = 0;
    ssize_t n = pread(fd, text, sizeof(text), 0);

    while (n > 0 && text[n - 1] == '\n')
        n--;
    return n > 0 && number_parse_u64(text, (size_t)n, &holder) == 0 ? holder : 0;
}

static int refuse_second(int fd, const char *path, struct error *e)
{
    uint64_t holder = read_holder(fd);

    if (holder)
        return error_set(e, -EWOULDBLOCK,
            "the state in '%s' is in use by process %llu; give each its own state_dir", path,
            (unsigned long long)holder);
    return error_set(
        e, -EWOULDBLOCK, "the state in '%s' is in use by another process; give each its own state_dir", path);
}

static void write_holder(int fd)
{
    char text[HOLDER_MAX];
    int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

    /* Only for people: a full disk keeps nobody from holding the lock. */
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return;
}

static int take_lock(struct state_dir *d, struct error *e)
{
    const char *path = d->path;
    int fd = openat(d->fd, STATE_LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_set(e, -errno,
            "cannot write in the state directory '%s': %s; make it writable for this user", path,
            strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int r = errno == EWOULDBLOCK
                    ? refuse_second(fd, path, e)
                    : error_set(e, -errno, "cannot lock the state directory '%s': %s", path, strerror(errno));
        (void)close(fd);
        return r;
    }
    write_holder(fd);
    d->lock_fd = fd;
    return 0;
}

int state_dir_open(struct state_dir *d, const char *path, struct error *e)
{
    *d = (struct state_dir){.path = path, .fd = -1, .lock_fd = -1};
    if (mkdir(path, 0700) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
        return error_set(e, -errno, "cannot make the state directory '%s': %s", path, strerror(errno));
    d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0)
        return error_set(e, -errno, "cannot open the state directory '%s': %s", path, strerror(errno));
    int r = take_lock(d, e);
    if (r)
        state_dir_close(d);
    return r;
}

int state_dir_relock(struct state_dir *d, struct error *e)
{
    struct stat lock;
    int held_fd = d->lock_fd;

    if (fstat(held_fd, &lock) != 0 || lock.st_nlink > 0)
        return 0;
    int r = take_lock(d, e);
    if (r)
        return r;
    (void)close(held_fd);
    return 1;
}

enum state_dir_fate state_dir_fate(const struct state_dir *d)
{
    struct stat held, named;

    if (fstat(d->fd, &held) != 0)
        return STATE_DIR_THERE;
    if (held.st_nlink == 0)
        return STATE_DIR_REMOVED;
    if (stat(d->path, &named) != 0)
        return errno == ENOENT || errno == ENOTDIR ? STATE_DIR_MOVED : STATE_DIR_THERE;
    return held.st_dev == named.st_dev && held.st_ino == named.st_ino ? STATE_DIR_THERE : STATE_DIR_MOVED;
}

void state_dir_close(struct state_dir *d)
{
    if (d->lock_fd >= 0)
        (void)close(d->lock_fd);
    if (d->fd >= 0)
        (void)close(d->fd);
    d->fd = d->lock_fd = -1;
}
