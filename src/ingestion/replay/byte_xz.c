/* SPDX-License-Identifier: MIT
 * xz (The .xz File Format 1.1.0) through liblzma, streams one after the other, with a limit to the memory
 * that a header can ask for. */
#include <errno.h>
#include <stdlib.h>

#include <lzma.h>

#include "ingestion/replay/byte_codec.h"

static void *xz_open(void)
{
    static const lzma_stream fresh = LZMA_STREAM_INIT;
    lzma_stream *z = malloc(sizeof(*z));
    if (z == NULL)
        return NULL;
    *z = fresh;
    if (lzma_stream_decoder(z, BYTE_CODEC_MEMORY, LZMA_CONCATENATED) == LZMA_OK)
        return z;
    free(z);
    return NULL;
}

static void xz_close(void *state)
{
    lzma_end(state);
    free(state);
}

static long fault(lzma_ret answer, const char *name, struct error *e)
{
    switch (answer) {
    case LZMA_MEM_ERROR:
        return error_set_at(e, -ENOMEM, name, 0, 0, "out of memory for xz data");
    case LZMA_MEMLIMIT_ERROR:
        return error_set_at(
            e, -EBADMSG, name, 0, 0, "xz data needs more than %u MiB to decode", BYTE_CODEC_MEMORY >> 20);
    case LZMA_BUF_ERROR:
        return error_set_at(e, -EBADMSG, name, 0, 0, "xz data is cut short");
    default:
        return error_set_at(e, -EBADMSG, name, 0, 0, "damaged xz data");
    }
}

static long xz_decode(void *state, struct byte_codec_input *in, void *out, size_t n, struct error *e)
{
    lzma_stream *z = state;
    z->next_out = out;
    z->avail_out = n;
    while (z->avail_out == n) {
        if (in->n == 0 && !in->at_end)
            return 0;
        z->next_in = in->data;
        z->avail_in = in->n;
        lzma_ret answer = lzma_code(z, in->at_end ? LZMA_FINISH : LZMA_RUN);
        in->data = z->next_in;
        in->n = z->avail_in;
        if (answer == LZMA_STREAM_END)
            break;
        if (answer != LZMA_OK && (answer != LZMA_BUF_ERROR || in->at_end))
            return fault(answer, in->name, e);
    }
    return (long)(n - z->avail_out);
}

const struct byte_codec byte_codec_xz = {.format = "xz",
    .magic = {0xfd, '7', 'z', 'X', 'Z', 0},
    .magic_n = 6,
    .open = xz_open,
    .decode = xz_decode,
    .close = xz_close};
