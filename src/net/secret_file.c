/* SPDX-License-Identifier: MIT
 * Turns the name of a file into the secret in it, and says when it is kept too openly. How long a secret has
 * to be is the caller's matter. */
#include "net/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/shown.h"

/* A file that an option names. */
struct named_file {
    const char *key, *path;
    bool secret;
};

static ssize_t read_named(const struct named_file *f, char *bytes, size_t size, struct error *e)
{
    const int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct shown s; /* where there is no such file, it may be the secret itself */
    struct stat st;
    ssize_t n = -1;

    if (fd < 0 || fstat(fd, &st) != 0) {
        error_set(e, -EINVAL, "%s: cannot open %s: %s", f->key, shown_name(&s, f->path, strlen(f->path)),
            strerror(errno));
    } else if (f->secret && (st.st_mode & S_IRWXO)) {
        error_set(e, -EINVAL, "%s: everybody can get at '%s'; take that away: chmod o= '%s'", f->key, f->path,
            f->path);
    } else {
        n = read(fd, bytes, size);
        if (n < 0)
            error_set(e, -EINVAL, "%s: cannot read '%s': %s", f->key, f->path, strerror(errno));
    }
    if (fd >= 0)
        (void)close(fd);
    return n < 0 ? -EINVAL : n;
}

ssize_t secret_file_read(const char *key, const char *path, char *bytes, size_t size, struct error *e)
{
    return read_named(&(struct named_file){key, path, true}, bytes, size, e);
}

ssize_t open_file_read(const char *key, const char *path, char *bytes, size_t size, struct error *e)
{
    return read_named(&(struct named_file){key, path, false}, bytes, size, e);
}

size_t secret_line(const char *bytes, size_t n)
{
    while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
        n--;
    for (size_t i = 0; i < n; i++)
        if (bytes[i] <= ' ' || bytes[i] > '~')
            return 0;
    return n;
}

uint64_t secret_file_mark(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return 0;
    const uint64_t seen[] = {(uint64_t)st.st_ino, (uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec,
        (uint64_t)st.st_mtim.tv_nsec, (uint64_t)st.st_ctim.tv_sec, (uint64_t)st.st_ctim.tv_nsec};
    return hash_sip24(0, 0, seen, sizeof(seen)) | 1;
}
