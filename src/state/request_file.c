/* SPDX-License-Identifier: MIT
 * Turns requests and their answers into small files of the state directory and back. What is asked for is
 * done by others. Both are written under another name first and renamed: nobody reads half a file. */
#include "state/request_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"

/* Fields end with a NUL, so that a name may hold anything else. */
#define REQUEST_MAGIC "coherence forget 1"
#define ANSWER_MAGIC  "coherence answer 1"

/* The next field into out (of size bytes). */
static bool next_field(const char **p, const char *end, char *out, size_t size)
{
    const char *stop = *p < end ? memchr(*p, 0, (size_t)(end - *p)) : NULL;

    if (!stop || (size_t)(stop - *p) >= size)
        return false;
    memcpy(out, *p, (size_t)(stop - *p) + 1);
    *p = stop + 1;
    return true;
}

static bool has_magic(const char **p, const char *end, const char *magic)
{
    char word[32];

    return next_field(p, end, word, sizeof(word)) && strcmp(word, magic) == 0;
}

int request_parse(const char *p, size_t n, struct request *ret)
{
    const char *end = p + n;
    struct request r;

    if (!has_magic(&p, end, REQUEST_MAGIC) || !next_field(&p, end, r.id, sizeof(r.id)) ||
        !next_field(&p, end, r.host, sizeof(r.host)) || !next_field(&p, end, r.entity, sizeof(r.entity)) ||
        p != end || r.id[0] == '\0' || r.entity[0] == '\0')
        return -EBADMSG;
    *ret = r;
    return 0;
}

int answer_parse(const char *p, size_t n, struct answer *ret)
{
    const char *end = p + n;
    char code[16];
    struct answer a;
    uint64_t v;

    if (!has_magic(&p, end, ANSWER_MAGIC) || !next_field(&p, end, a.id, sizeof(a.id)) ||
        !next_field(&p, end, code, sizeof(code)) || !next_field(&p, end, a.text, sizeof(a.text)) ||
        p != end || a.id[0] == '\0' || number_parse_u64(code, strlen(code), &v) || v > 4095)
        return -EBADMSG;
    a.code = -(int)v;
    *ret = a;
    return 0;
}

static int write_file(int dir_fd, const char *name, const char *bytes, size_t n)
{
    char temporary[32];

    (void)snprintf(temporary, sizeof(temporary), "%s.new", name);
    int fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    ssize_t put = write(fd, bytes, n);
    int r = put < 0 ? -errno : put != (ssize_t)n ? -ENOSPC : 0;
    (void)close(fd);
    if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) != 0)
        r = -errno;
    if (r)
        (void)unlinkat(dir_fd, temporary, 0);
    return r;
}

/* Returns the number of bytes, or -errno. */
static long read_file(int dir_fd, const char *name, char bytes[REQUEST_BYTES_MAX])
{
    const int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got = 1;

    if (fd < 0)
        return -errno;
    while (got > 0 && n < REQUEST_BYTES_MAX) {
        got = read(fd, bytes + n, REQUEST_BYTES_MAX - n);
        if (got > 0)
            n += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    const int fault = got < 0 ? -errno : 0;
    (void)close(fd);
    return fault ? fault : (long)n;
}

/* The longest of everything fits: the bounds of the fields make it so. */
_Static_assert(REQUEST_BYTES_MAX > 64 + REQUEST_ID_MAX + REQUEST_HOST_MAX + REQUEST_ENTITY_MAX &&
                   REQUEST_BYTES_MAX > 64 + REQUEST_ID_MAX + REQUEST_TEXT_MAX,
    "both files fit into one buffer");

int request_put(int dir_fd, const struct request *r)
{
    char bytes[REQUEST_BYTES_MAX];

    if (faccessat(dir_fd, REQUEST_FILE_NAME, F_OK, 0) == 0)
        return -EEXIST;
    int n =
        snprintf(bytes, sizeof(bytes), REQUEST_MAGIC "%c%s%c%s%c%s%c", 0, r->id, 0, r->host, 0, r->entity, 0);
    return write_file(dir_fd, REQUEST_FILE_NAME, bytes, (size_t)n);
}

int answer_put(int dir_fd, const struct answer *a)
{
    char bytes[REQUEST_BYTES_MAX];
    int n =
        snprintf(bytes, sizeof(bytes), ANSWER_MAGIC "%c%s%c%d%c%s%c", 0, a->id, 0, -a->code, 0, a->text, 0);

    return write_file(dir_fd, ANSWER_FILE_NAME, bytes, (size_t)n);
}

int answer_take(int dir_fd, const char *id, struct answer *ret)
{
    char bytes[REQUEST_BYTES_MAX];
    struct answer a;
    long n = read_file(dir_fd, ANSWER_FILE_NAME, bytes);

    if (n < 0)
        return (int)n;
    if (answer_parse(bytes, (size_t)n, &a) < 0 || strcmp(a.id, id) != 0)
        return -ENOENT; /* somebody else's, who has not fetched it */
    (void)unlinkat(dir_fd, ANSWER_FILE_NAME, 0);
    *ret = a;
    return 0;
}

int request_withdraw(int dir_fd)
{
    return unlinkat(dir_fd, REQUEST_FILE_NAME, 0) != 0 ? -errno : 0;
}

int request_take(int dir_fd, struct request *ret)
{
    char bytes[REQUEST_BYTES_MAX];
    long n = read_file(dir_fd, REQUEST_FILE_NAME, bytes);

    if (n == -ENOENT)
        return -ENOENT;
    /* Whatever it is, it does not come again with every tick. */
    if (unlinkat(dir_fd, REQUEST_FILE_NAME, 0) != 0 && errno != ENOENT)
        return -errno;
    return n < 0 ? (int)n : request_parse(bytes, (size_t)n, ret);
}
