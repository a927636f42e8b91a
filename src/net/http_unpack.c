/* SPDX-License-Identifier: MIT
 * Turns compressed bodies into plain ones by zlib and libsnappy. Which coding a request has is read
 * elsewhere; what is in the body is its route's matter. */
#include "net/http_unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <zlib.h>

#include "net/snappy_library.h"

#define GZIP_WINDOW (15 + 16) /* zlib: greatest window, gzip header only */
/* So much stays with the process between bodies. Heuristic, chosen on 2026-11-22: a remote write request of
 * 2,000 samples is half a megabyte. */
#define KEPT_BYTES ((size_t)2 << 20)

struct http_unpack {
    char *room; /* max bytes; NULL: nothing is ever compressed */
    size_t max, used;
    unsigned codings;
    z_stream gzip;
    struct snappy_library snappy;
};

struct http_unpack *http_unpack_new(size_t max, unsigned codings, struct error *e)
{
    struct http_unpack *u = calloc(1, sizeof(*u));

    if (!u) {
        error_set(e, -ENOMEM, "not enough memory to take bodies");
        return NULL;
    }
    u->max = max;
    if (codings & (HTTP_CODING_GZIP | HTTP_CODING_SNAPPY)) {
        void *room =
            mmap(NULL, max, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        u->room = room == MAP_FAILED ? NULL : room;
    }
    if ((codings & (HTTP_CODING_GZIP | HTTP_CODING_SNAPPY) && !u->room) ||
        (codings & HTTP_CODING_GZIP && inflateInit2(&u->gzip, GZIP_WINDOW) != Z_OK)) {
        error_set(e, -ENOMEM, "not enough memory to decompress bodies");
        http_unpack_free(u);
        return NULL;
    }
    u->codings = codings & HTTP_CODING_GZIP;
    if (codings & HTTP_CODING_SNAPPY && snappy_library_load(&u->snappy, e) != 0) {
        http_unpack_free(u);
        return NULL;
    }
    u->codings = codings;
    return u;
}

void http_unpack_free(struct http_unpack *u)
{
    if (!u)
        return;
    if (u->codings & HTTP_CODING_GZIP)
        (void)inflateEnd(&u->gzip);
    if (u->room)
        (void)munmap(u->room, u->max);
    free(u);
}

static int unpack_gzip(struct http_unpack *u, const char *bytes, size_t n)
{
    z_stream *z = &u->gzip;

    if (inflateReset(z) != Z_OK)
        return -EBADMSG;
    z->next_in = (z_const Bytef *)(z_const void *)bytes;
    z->avail_in = (uInt)n;
    z->next_out = (Bytef *)u->room;
    z->avail_out = (uInt)u->max;
    const int r = inflate(z, Z_FINISH);
    u->used = u->max - z->avail_out;
    if (r == Z_STREAM_END)
        return z->avail_in == 0 ? 0 : -EBADMSG;
    return z->avail_out == 0 ? -EFBIG : -EBADMSG;
}

static int unpack_snappy(struct http_unpack *u, const char *bytes, size_t n)
{
    size_t length;

    if (u->snappy.uncompressed_length(bytes, n, &length) != SNAPPY_OK)
        return -EBADMSG;
    if (length > u->max)
        return -EFBIG;
    u->used = length;
    return u->snappy.uncompress(bytes, n, u->room, &length) == SNAPPY_OK && length == u->used ? 0 : -EBADMSG;
}

int http_unpack_body(struct http_unpack *u, enum http_coding coding, const char *bytes, size_t n,
    const char **ret_bytes, size_t *ret_n)
{
    int r = -EBADMSG;

    if (coding == HTTP_CODING_NONE) {
        if (n > u->max)
            return -EFBIG;
        *ret_bytes = bytes;
        *ret_n = n;
        return 0;
    }
    if (coding == HTTP_CODING_GZIP && u->codings & HTTP_CODING_GZIP)
        r = unpack_gzip(u, bytes, n);
    else if (coding == HTTP_CODING_SNAPPY && u->codings & HTTP_CODING_SNAPPY)
        r = unpack_snappy(u, bytes, n);
    if (r == 0) {
        *ret_bytes = u->room;
        *ret_n = u->used;
    }
    return r;
}

void http_unpack_done(struct http_unpack *u)
{
    if (u->used > KEPT_BYTES)
        (void)madvise(u->room + KEPT_BYTES, u->max - KEPT_BYTES, MADV_DONTNEED);
    u->used = 0;
}
