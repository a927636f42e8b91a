/* SPDX-License-Identifier: MIT
 * gzip (RFC 1952) through zlib, members one after the other. Zero bytes after the last member (padding of
 * tapes and blocks) are passed over; anything else that follows is damage. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "ingestion/replay/byte_codec.h"

#define GZIP_WINDOW (15 + 16) /* zlib: greatest window, gzip header only */

struct gzip {
    z_stream z;
    bool between; /* no member is open */
};

static void *gzip_open(void)
{
    struct gzip *g = calloc(1, sizeof(*g));
    if (g != NULL && inflateInit2(&g->z, GZIP_WINDOW) != Z_OK) {
        free(g);
        return NULL;
    }
    return g;
}

static void gzip_close(void *state)
{
    struct gzip *g = state;
    (void)inflateEnd(&g->z);
    free(g);
}

/* Between members: passes over padding and makes ready for the next. */
static int next_member(struct gzip *g, struct byte_codec_input *in)
{
    while (in->n > 0 && *in->data == 0) {
        in->data++;
        in->n--;
    }
    if (in->n == 0)
        return 0;
    g->between = false;
    return inflateReset(&g->z) == Z_OK ? 0 : -EBADMSG;
}

static long gzip_decode(void *state, struct byte_codec_input *in, void *out, size_t n, struct error *e)
{
    struct gzip *g = state;
    g->z.next_out = out;
    g->z.avail_out = (uInt)n;
    while (g->z.avail_out == n) {
        if (g->between && next_member(g, in) != 0)
            return error_set_at(e, -EBADMSG, in->name, 0, 0, "damaged gzip data");
        if (in->n == 0 && (g->between || !in->at_end))
            return 0;
        g->z.next_in = (unsigned char *)(uintptr_t)in->data;
        g->z.avail_in = (uInt)in->n;
        int answer = inflate(&g->z, Z_NO_FLUSH);
        in->data = g->z.next_in;
        in->n = g->z.avail_in;
        g->between = answer == Z_STREAM_END;
        if (answer == Z_MEM_ERROR)
            return error_set_at(e, -ENOMEM, in->name, 0, 0, "out of memory for gzip data");
        if (answer == Z_BUF_ERROR && in->at_end)
            return error_set_at(e, -EBADMSG, in->name, 0, 0, "gzip data is cut short");
        if (answer != Z_OK && answer != Z_STREAM_END && answer != Z_BUF_ERROR)
            return error_set_at(e, -EBADMSG, in->name, 0, 0, "damaged gzip data (%s)",
                g->z.msg != NULL ? g->z.msg : "no detail");
    }
    return (long)(n - g->z.avail_out);
}

const struct byte_codec byte_codec_gzip = {.format = "gzip",
    .magic = {0x1f, 0x8b},
    .magic_n = 2,
    .open = gzip_open,
    .decode = gzip_decode,
    .close = gzip_close};
