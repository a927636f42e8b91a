/* SPDX-License-Identifier: MIT
 * Turns the book into a small file and back. It is not synced to the disk: what a crash of the machine loses
 * of it is told again, under the same name, and a receiver knows it by that. */
#include "output/alert/alert_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/write_all.h"

#define NEW_NAME ALERT_FILE_NAME ".new"
/* Eight bytes of magic, eight of a hash over what follows. */
#define HEAD_BYTES 16U

static const uint8_t magic[8] = {'c', 'o', 'h', 'a', 'l', 'e', 'r', 't'};

static uint64_t read_u64(const uint8_t *p)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

int alert_file_parse(struct alert_book *b, const uint8_t *bytes, size_t n)
{
    struct pack p;

    if (n < HEAD_BYTES || memcmp(bytes, magic, sizeof(magic)) != 0 ||
        read_u64(bytes + 8) != hash_sip24(0, 0, bytes + HEAD_BYTES, n - HEAD_BYTES))
        return -EBADMSG;
    pack_to_read(&p, bytes + HEAD_BYTES, n - HEAD_BYTES);
    alert_book_read(b, &p);
    return p.error ? -EBADMSG : 0;
}

static ssize_t read_all(int fd, uint8_t *bytes, size_t size)
{
    size_t n = 0;
    ssize_t got = 1;

    while (got > 0 && n < size) {
        got = read(fd, bytes + n, size - n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            n += (size_t)got;
    }
    return got < 0 ? -errno : (ssize_t)n;
}

int alert_file_read(struct alert_book *b, int dir_fd)
{
    const int fd = openat(dir_fd, ALERT_FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    uint8_t *bytes;
    ssize_t n;

    if (fd < 0)
        return -errno;
    bytes = malloc(ALERT_FILE_MAX);
    n = bytes ? read_all(fd, bytes, ALERT_FILE_MAX) : -ENOMEM;
    (void)close(fd);
    if (n >= 0)
        n = alert_file_parse(b, bytes, (size_t)n);
    free(bytes);
    return (int)n;
}

int alert_file_write(struct alert_book *b, struct pack *p, int dir_fd)
{
    uint8_t head[HEAD_BYTES];
    uint64_t hash;
    int fd, r;

    pack_rewind(p);
    alert_book_write(b, p);
    if (p->error)
        return p->error;
    hash = hash_sip24(0, 0, p->bytes, p->at);
    memcpy(head, magic, sizeof(magic));
    for (unsigned i = 0; i < 8; i++)
        head[8 + i] = (uint8_t)(hash >> (8 * i));
    fd = openat(dir_fd, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = write_all(fd, head, sizeof(head));
    if (r == 0)
        r = write_all(fd, p->bytes, p->at);
    (void)close(fd);
    if (r == 0 && renameat(dir_fd, NEW_NAME, dir_fd, ALERT_FILE_NAME) != 0)
        r = -errno;
    if (r != 0)
        (void)unlinkat(dir_fd, NEW_NAME, 0);
    return r;
}
