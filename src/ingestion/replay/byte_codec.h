/* SPDX-License-Identifier: MIT
 * What the compressed formats share: compressed bytes come from a buffer that the stream fills, plain bytes
 * go to the caller. */
#ifndef COHERENCE_INGESTION_BYTE_CODEC_H
#define COHERENCE_INGESTION_BYTE_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define BYTE_CODEC_INPUT (64u * 1024u) /* compressed bytes read at once */
#define BYTE_CODEC_MEMORY                                                                                    \
    (136u * 1024u * 1024u) /* a decoder may need: a dictionary of 128 MiB (xz and zstd up to window 27) and  \
                              its own state */

struct byte_codec_input {
    const unsigned char *data;
    size_t n;    /* bytes left at data; decoders move both on */
    bool at_end; /* nothing comes after them */
    const char *name;
};

/* One format. decode: turns input into at most n bytes of output. Returns their count; 0 with input->n == 0
 * wants more input, or, at the end of the input, says that all is done; -EBADMSG (damaged or cut), -ENOMEM
 * with e filled. */
struct byte_codec {
    const char *format;
    unsigned char magic[6];
    size_t magic_n;
    void *(*open)(void); /* NULL: out of memory */
    long (*decode)(void *state, struct byte_codec_input *input, void *out, size_t n, struct error *e);
    void (*close)(void *state);
};

extern const struct byte_codec byte_codec_gzip, byte_codec_xz, byte_codec_zstd;

#endif
