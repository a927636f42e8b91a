/* SPDX-License-Identifier: MIT
 * Turns a body of bytes into a file that is whole or not there, and such a file back, believing nothing that
 * it says before its checksum has been found right. What the body means is the engine's matter
 * (engine/snapshot.c).
 *
 * The checksum tells damage, not malice: who can write in the directory can write a right one, and the body's
 * reader does not trust it either. */
#include "state/snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write_all.h"

#define NEW_NAME   SNAPSHOT_FILE_NAME ".new"
#define MAGIC      "COHESNAP"
#define MAGIC_SIZE 8U
#define HEAD_SIZE  32U /* magic, version, length of the label, time, length of the body */
#define SUM_SIZE   8U

static void put(uint8_t *at, uint64_t x, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        at[i] = (uint8_t)(x >> (8 * i));
}

static uint64_t get(const uint8_t *at, unsigned n)
{
    uint64_t x = 0;
    for (unsigned i = 0; i < n; i++)
        x |= (uint64_t)at[i] << (8 * i);
    return x;
}

int snapshot_file_parse(
    const uint8_t *bytes, size_t n, const char *label, struct snapshot_image *ret, struct error *e)
{
    struct snapshot_image i = {0};

    if (n < MAGIC_SIZE || memcmp(bytes, MAGIC, MAGIC_SIZE) != 0)
        return error_set(e, -EBADMSG, "it is no snapshot");
    if (n < HEAD_SIZE + SUM_SIZE)
        return error_set(e, -EBADMSG, "it ends after %zu bytes", n);
    uint64_t version = get(bytes + 8, 4), label_n = get(bytes + 12, 4), body_n = get(bytes + 24, 8);
    if (version != SNAPSHOT_FILE_VERSION)
        return error_set(e, -EPROTO, "it is of format %llu, this version of coherence reads %d",
            (unsigned long long)version, SNAPSHOT_FILE_VERSION);
    uint64_t rest = n - HEAD_SIZE - SUM_SIZE;
    if (label_n >= SNAPSHOT_LABEL_MAX || label_n > rest || body_n != rest - label_n)
        return error_set(e, -EBADMSG, "it has %zu bytes and should have %llu", n,
            (unsigned long long)(HEAD_SIZE + SUM_SIZE + label_n + body_n));
    if (lzma_crc64(bytes, n - SUM_SIZE, 0) != get(bytes + n - SUM_SIZE, 8))
        return error_set(e, -EBADMSG, "its checksum is wrong");
    i.head.time_ns = (int64_t)get(bytes + 16, 8);
    memcpy(i.head.label, bytes + HEAD_SIZE, label_n);
    i.body = bytes + HEAD_SIZE + label_n;
    i.body_size = body_n;
    if (strlen(i.head.label) != label_n || strcmp(i.head.label, label) != 0)
        return error_set(e, -ESTALE, "it is of '%s', not of '%s'", i.head.label, label);
    *ret = i;
    return 0;
}

/* Reads all of a plain file; *ret_bytes is the caller's to free. */
static int read_all(int fd, uint8_t **ret_bytes, size_t *ret_n, struct error *e)
{
    struct stat st;
    size_t n = 0;

    if (fstat(fd, &st) != 0)
        return error_set(e, -errno, "it cannot be read: %s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(e, -EBADMSG, "it is no plain file");
    if ((uint64_t)st.st_size > SNAPSHOT_BODY_MAX + SNAPSHOT_LABEL_MAX + HEAD_SIZE + SUM_SIZE)
        return error_set(e, -EFBIG, "it is larger than any snapshot");
    uint8_t *bytes = malloc((size_t)st.st_size + 1);
    if (!bytes)
        return error_set(e, -ENOMEM, "not enough memory to read it");
    while (n < (size_t)st.st_size) {
        ssize_t r = read(fd, bytes + n, (size_t)st.st_size - n);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0) {
            int code = error_set(e, -errno, "it cannot be read: %s", strerror(errno));
            free(bytes);
            return code;
        }
        if (r == 0)
            break;
        n += (size_t)r;
    }
    *ret_bytes = bytes;
    *ret_n = n;
    return 0;
}

int snapshot_file_read(int dir_fd, const char *label, struct snapshot_image *ret, struct error *e)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    int fd = openat(dir_fd, SNAPSHOT_FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return error_set(e, -errno, "it cannot be opened: %s", strerror(errno));
    int r = read_all(fd, &bytes, &n, e);
    (void)close(fd);
    if (r)
        return r;
    r = snapshot_file_parse(bytes, n, label, ret, e);
    if (r)
        free(bytes);
    else
        ret->bytes = bytes;
    return r;
}

void snapshot_image_free(struct snapshot_image *i)
{
    free(i->bytes);
    *i = (struct snapshot_image){0};
}

static int write_parts(int fd, const struct snapshot_head *head, const uint8_t *body, size_t n)
{
    uint8_t front[HEAD_SIZE + SNAPSHOT_LABEL_MAX], sum[SUM_SIZE];
    size_t label_n = strnlen(head->label, SNAPSHOT_LABEL_MAX - 1);

    memcpy(front, MAGIC, MAGIC_SIZE);
    put(front + 8, SNAPSHOT_FILE_VERSION, 4);
    put(front + 12, label_n, 4);
    put(front + 16, (uint64_t)head->time_ns, 8);
    put(front + 24, n, 8);
    memcpy(front + HEAD_SIZE, head->label, label_n);
    put(sum, lzma_crc64(body, n, lzma_crc64(front, HEAD_SIZE + label_n, 0)), SUM_SIZE);
    int r = write_all(fd, front, HEAD_SIZE + label_n);
    if (r == 0)
        r = write_all(fd, body, n);
    if (r == 0)
        r = write_all(fd, sum, SUM_SIZE);
    return r;
}

int snapshot_file_write(int dir_fd, const struct snapshot_head *head, const uint8_t *body, size_t n)
{
    int fd = openat(dir_fd, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return -errno;
    int r = write_parts(fd, head, body, n);
    /* A sync that failed is not tried again on this file: its pages count as clean afterwards. */
    if (r == 0 && fsync(fd) != 0)
        r = -errno;
    if (close(fd) != 0 && r == 0)
        r = -errno;
    if (r == 0 && renameat(dir_fd, NEW_NAME, dir_fd, SNAPSHOT_FILE_NAME) != 0)
        r = -errno;
    if (r != 0) {
        (void)unlinkat(dir_fd, NEW_NAME, 0); /* half a file must not fill the disk further */
        return r;
    }
    return fsync(dir_fd) == 0 ? 0 : -errno;
}

int snapshot_file_set_aside(int dir_fd, const char *kind, char name[64])
{
    char older[64];

    for (int i = SNAPSHOT_ASIDE_MAX; i > 1; i--) {
        (void)snprintf(older, sizeof(older), "%s.%s-%d", SNAPSHOT_FILE_NAME, kind, i);
        (void)snprintf(name, 64, "%s.%s-%d", SNAPSHOT_FILE_NAME, kind, i - 1);
        (void)renameat(dir_fd, name, dir_fd, older); /* there may be none */
    }
    return renameat(dir_fd, SNAPSHOT_FILE_NAME, dir_fd, name) == 0 ? 0 : -errno;
}
