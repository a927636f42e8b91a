/* SPDX-License-Identifier: MIT
 * Any bytes as a recording's file: found blocks lie within it in order, and every byte is a block's, passed
 * over, or a file header's. Nearly all blocks fail by their checksums, so those of headers are also made
 * right. */
#include <assert.h>
#include <errno.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state/recording_block.h"
#include "state/recording_file.h"
#include "state/recording_reader.h"

struct source {
    const uint8_t *bytes;
    size_t n, at;
};

static long read_some(void *context, void *out, size_t n)
{
    struct source *s = context;
    size_t left = s->n - s->at, got = left < n ? left : n;
    got = got > 37 ? 37 : got;
    if (got > 0)
        memcpy(out, s->bytes + s->at, got);
    s->at += got;
    return (long)got;
}

static void read_all(const uint8_t *bytes, size_t n)
{
    struct source source = {.bytes = bytes, .n = n};
    struct recording_in *in = recording_in_new(read_some, &source);
    struct recording_reader *r = recording_reader_new();
    struct recording_block b;
    struct recording_key key;
    struct error e;
    uint64_t taken = 0;
    int found;

    assert(in && r);
    while ((found = recording_in_next(in, &b, &e)) == 1 || found == -EBADMSG) {
        if (found != 1)
            continue;
        taken += b.n;
        (void)recording_reader_block(r, b.bytes, b.n, NULL, &key);
    }
    uint64_t headers = n - taken - recording_in_passed_over(in, NULL);
    assert(found == -EPROTO || headers % RECORDING_FILE_MAGIC_SIZE == 0);
    recording_reader_free(r);
    recording_in_free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_all(data, size);
    uint8_t *copy = malloc(size + 1);
    assert(copy);
    if (size > 0)
        memcpy(copy, data, size);
    for (size_t i = 0; i + RECORDING_HEADER_SIZE <= size; i++)
        if (memcmp(copy + i, BLOCK_MAGIC, 4) == 0)
            block_put(copy + i + 60, lzma_crc32(copy + i, 60, 0), 4);
    read_all(copy, size);
    free(copy);
    return 0;
}
