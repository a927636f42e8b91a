/* SPDX-License-Identifier: MIT
 * zstd (RFC 8878) through libzstd, frames one after the other, windows up to 128 MiB. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "ingestion/replay/byte_codec.h"

#define ZSTD_WINDOW_LOG 27 /* 128 MiB: what the zstd program accepts without being told */

struct zstd {
    ZSTD_DStream *z;
    bool within; /* a frame is open, or holds output back */
};

static void *zstd_open(void)
{
    struct zstd *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->z = ZSTD_createDStream();
    if (s->z != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(s->z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
        return s;
    (void)ZSTD_freeDStream(s->z);
    free(s);
    return NULL;
}

static void zstd_close(void *state)
{
    struct zstd *s = state;
    (void)ZSTD_freeDStream(s->z);
    free(s);
}

static long fault(size_t answer, const char *name, struct error *e)
{
    switch (ZSTD_getErrorCode(answer)) {
    case ZSTD_error_memory_allocation:
        return error_set_at(e, -ENOMEM, name, 0, 0, "out of memory for zstd data");
    case ZSTD_error_frameParameter_windowTooLarge:
        return error_set_at(e, -EBADMSG, name, 0, 0, "zstd data needs a window of more than 128 MiB");
    default:
        return error_set_at(e, -EBADMSG, name, 0, 0, "damaged zstd data (%s)", ZSTD_getErrorName(answer));
    }
}

static long zstd_decode(void *state, struct byte_codec_input *in, void *out, size_t n, struct error *e)
{
    struct zstd *s = state;
    ZSTD_outBuffer output = {.dst = out, .size = n};
    while (output.pos == 0) {
        if (in->n == 0 && (!in->at_end || !s->within))
            return 0;
        ZSTD_inBuffer input = {.src = in->data, .size = in->n};
        size_t answer = ZSTD_decompressStream(s->z, &output, &input);
        bool moved = input.pos > 0 || output.pos > 0;
        in->data += input.pos;
        in->n -= input.pos;
        if (ZSTD_isError(answer))
            return fault(answer, in->name, e);
        s->within = answer != 0;
        if (!moved && s->within && in->at_end)
            return error_set_at(e, -EBADMSG, in->name, 0, 0, "zstd data is cut short");
    }
    return (long)output.pos;
}

const struct byte_codec byte_codec_zstd = {.format = "zstd",
    .magic = {0x28, 0xb5, 0x2f, 0xfd},
    .magic_n = 4,
    .open = zstd_open,
    .decode = zstd_decode,
    .close = zstd_close};
