/* SPDX-License-Identifier: MIT
 * Writes blocks one after the other to a descriptor, and finds them again in any run of bytes. What blocks
 * hold, and whether they are whole, is the reader's matter; here only their headers are looked at. Between
 * blocks that were damaged it goes on with the next bytes that are a header with a right checksum. */
#include "state/recording_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write_all.h"
#include "state/byte_buffer.h"
#include "state/recording_block.h"

#define READ_BYTES (256u * 1024u) /* asked for at once */

void recording_out_init(struct recording_out *o, int fd)
{
    struct stat st;
    off_t at = lseek(fd, 0, SEEK_CUR);
    *o = (struct recording_out){.fd = fd, .whole = at < 0 ? 0 : at};
    o->can_cut = at >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int recording_out_put(void *context, const struct recording_block *block)
{
    struct recording_out *o = context;

    if (o->failed != 0)
        return o->failed;
    if (!o->began)
        o->failed = write_all(o->fd, RECORDING_FILE_MAGIC, RECORDING_FILE_MAGIC_SIZE);
    if (o->failed == 0)
        o->failed = write_all(o->fd, block->bytes, block->n);
    if (o->failed == 0) {
        o->whole += (off_t)(block->n + (o->began ? 0 : RECORDING_FILE_MAGIC_SIZE));
        o->began = true;
    } else if (o->can_cut && ftruncate(o->fd, o->whole) != 0) {
        o->can_cut = false; /* a torn block stays; readers pass over it */
    }
    return o->failed;
}

struct recording_in {
    long (*read)(void *context, void *out, size_t n);
    void *context;
    struct byte_buffer bytes; /* n: filled */
    size_t at;                /* of them taken */
    uint64_t offset;          /* of at from the beginning */
    uint64_t passed_over;
    bool ended, torn;
    bool has_next; /* the block behind bytes that were passed over */
    struct recording_block next;
};

struct recording_in *recording_in_new(long (*read)(void *context, void *out, size_t n), void *context)
{
    struct recording_in *in = calloc(1, sizeof(*in));
    if (in != NULL) {
        in->read = read;
        in->context = context;
    }
    return in;
}

void recording_in_free(struct recording_in *in)
{
    if (in == NULL)
        return;
    byte_buffer_done(&in->bytes);
    free(in);
}

uint64_t recording_in_passed_over(const struct recording_in *in, bool *ret_torn)
{
    if (ret_torn != NULL)
        *ret_torn = in->torn;
    return in->passed_over;
}

bool recording_is(const uint8_t *bytes, size_t n)
{
    return n >= RECORDING_FILE_MAGIC_SIZE &&
           memcmp(bytes, RECORDING_FILE_MAGIC, RECORDING_FILE_MAGIC_SIZE) == 0;
}

static size_t left(const struct recording_in *in)
{
    return in->bytes.n - in->at;
}

static void take(struct recording_in *in, size_t n)
{
    in->at += n;
    in->offset += n;
}

/* Reads until n bytes are there or the input ends. Returns 0 or a fault. */
static int need(struct recording_in *in, size_t n)
{
    while (left(in) < n && !in->ended) {
        if (in->at > 0) {
            memmove(in->bytes.bytes, in->bytes.bytes + in->at, left(in));
            in->bytes.n -= in->at;
            in->at = 0;
        }
        /* As it comes, so that a length alone asks for no memory. */
        if (!byte_buffer_reserve(&in->bytes, READ_BYTES))
            return -ENOMEM;
        long got = in->read(in->context, in->bytes.bytes + in->bytes.n, READ_BYTES);
        if (got < 0)
            return (int)got;
        in->ended = got == 0;
        in->bytes.n += (size_t)got;
    }
    return 0;
}

/* Passes over bytes up to the next that may begin a block or a recording, at least one. */
static void pass_over(struct recording_in *in)
{
    size_t n = 1;
    while (n < left(in)) {
        const uint8_t *from = in->bytes.bytes + in->at + n;
        const uint8_t *next = memchr(from, BLOCK_MAGIC[0], left(in) - n);
        n = next != NULL ? (size_t)(next - in->bytes.bytes) - in->at : left(in);
        if (next == NULL || left(in) - n < 4 || memcmp(next, BLOCK_MAGIC, 4) == 0)
            break;
        n++;
    }
    in->passed_over += n;
    take(in, n);
}

/* Looks for a block at the place where we are. Returns 1 with ret, 0 (the end), or a fault. */
static int try_block(struct recording_in *in, struct recording_block *ret, struct error *e)
{
    struct block_head h;
    int fault = need(in, RECORDING_HEADER_SIZE);

    if (fault == 0 && recording_is(in->bytes.bytes + in->at, left(in))) {
        take(in, RECORDING_FILE_MAGIC_SIZE);
        fault = need(in, RECORDING_HEADER_SIZE);
    }
    if (fault != 0 || left(in) == 0)
        return fault;
    fault = block_look(in->bytes.bytes + in->at, left(in), &h, e);
    if (fault == 0)
        fault = need(in, h.block.n);
    if (fault != 0)
        return fault;
    if (left(in) < h.block.n) {
        in->torn = true;
        return error_set(e, -EBADMSG, "the last block is torn off");
    }
    h.block.bytes = in->bytes.bytes + in->at;
    *ret = h.block;
    take(in, h.block.n);
    return 1;
}

int recording_in_next(struct recording_in *in, struct recording_block *ret, struct error *e)
{
    struct error why;

    if (in->has_next) {
        in->has_next = false;
        *ret = in->next;
        return 1;
    }
    int r = try_block(in, ret, e);
    if (r != -EBADMSG)
        return r;
    uint64_t from = in->offset, before = in->passed_over;
    do {
        pass_over(in);
        r = try_block(in, &in->next, &why);
    } while (r == -EBADMSG);
    if (r < 0) {
        *e = why;
        return r;
    }
    in->has_next = r == 1;
    why = *e;
    return error_set(e, -EBADMSG, "%s; passed over from byte %llu on: %llu", why.text,
        (unsigned long long)from, (unsigned long long)(in->passed_over - before));
}

/* Where the next bytes that may begin a block are, from at on; -1: nowhere. */
static off_t next_block(int fd, off_t at)
{
    uint8_t bytes[4096];

    for (;;) {
        ssize_t n = pread(fd, bytes, sizeof(bytes), at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < (ssize_t)RECORDING_HEADER_SIZE)
            return -1;
        for (ssize_t i = 0; i + 4 <= n; i++)
            if (memcmp(bytes + i, BLOCK_MAGIC, 4) == 0)
                return at + i;
        at += n - 3;
    }
}

int recording_find_key(int fd, int64_t t_ns, off_t *ret_offset)
{
    uint8_t bytes[RECORDING_HEADER_SIZE];
    struct recording_block b;
    off_t at = 0, found = -1;

    for (;;) {
        ssize_t n = pread(fd, bytes, sizeof(bytes), at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (recording_is(bytes, (size_t)n)) {
            at += RECORDING_FILE_MAGIC_SIZE;
            continue;
        }
        if (n < (ssize_t)sizeof(bytes))
            break;
        if (recording_look(bytes, sizeof(bytes), &b, NULL) != 0) {
            off_t next = next_block(fd, at + 1);
            if (next < 0)
                break;
            at = next;
            continue;
        }
        if (b.kind == RECORDING_KEY && (found < 0 || b.from_ns <= t_ns))
            found = at;
        if (b.kind == RECORDING_KEY && b.from_ns > t_ns)
            break;
        at += (off_t)b.n;
    }
    if (found < 0)
        return -ENOENT;
    *ret_offset = found;
    return 0;
}
