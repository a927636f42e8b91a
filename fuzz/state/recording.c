/* SPDX-License-Identifier: MIT
 * Any bytes as the body of a block, behind a right header and with right checksums, fed to an engine after a
 * KEY: refused, or what the header counts. The first bytes are the header's counts. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "engine/engine.h"
#include "state/recording_block.h"
#include "state/recording_reader.h"
#include "state/recording_writer.h"

#define COUNTS 5 /* samples, frames, ticks, gone, since: two bytes each */

static int keep(void *context, const struct recording_block *b)
{
    struct recording_reader *r = context;
    struct recording_key key;
    assert(recording_reader_block(r, b->bytes, b->n, NULL, &key) == (int)b->kind);
    return 0;
}

static struct engine *make_engine(void)
{
    struct engine_options o;
    const struct option_group group = {
        .rows = engine_option_rows, .count = engine_option_count, .target = &o};
    option_set_defaults(&group);
    o.max_entities = o.max_series = 100;
    struct engine *g = engine_new(&o, ENGINE_STREAM, NULL);
    assert(g);
    return g;
}

/* A block around the body. */
static uint8_t *wrap(const uint8_t *data, size_t size, struct block_head *h)
{
    const uint8_t *body = data + 2 * (size_t)COUNTS;
    size_t n = size - 2 * (size_t)COUNTS, bound = ZSTD_compressBound(n);
    uint8_t *bytes = malloc(RECORDING_HEADER_SIZE + bound + BLOCK_SUM_SIZE);
    assert(bytes);
    *h = (struct block_head){
        .block = {.kind = RECORDING_DATA,
            .sequence = 1 + block_get(data + 8, 2),
            .samples = (uint32_t)block_get(data, 2),
            .frames = (uint32_t)block_get(data + 2, 2),
            .ticks = (uint32_t)block_get(data + 4, 2),
            .gone = (uint32_t)block_get(data + 6, 2)},
        .since = (uint32_t)block_get(data + 8, 2),
        .raw_n = (uint32_t)n,
    };
    h->body_n = (uint32_t)ZSTD_compress(bytes + RECORDING_HEADER_SIZE, bound, body, n, 1);
    block_seal(bytes, h);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 * COUNTS)
        return 0;
    static const struct recording_settings usual = {.max_samples = 1};
    struct recording_reader *r = recording_reader_new();
    struct recording_writer *w = recording_writer_new(&usual, keep, r);
    struct recording_key key = {.config = "", .snapshot = (const uint8_t *)""};
    struct engine *g = make_engine();
    struct feed feed = engine_feed(g);
    struct block_head h;
    assert(r && w && recording_writer_key(w, &key) == 0);
    uint8_t *bytes = wrap(data, size, &h);
    for (int i = 0; i < 2; i++) { /* names are known the second time */
        int kind = recording_reader_block(r, bytes, h.block.n, &feed, &key);
        struct recording_read read = recording_reader_totals(r);
        if (kind == RECORDING_DATA) {
            assert(read.samples + read.nameless + read.refused == (i + 1) * (uint64_t)h.block.samples);
            assert(read.ticks == (i + 1) * (uint64_t)h.block.ticks);
        } else {
            break;
        }
    }
    free(bytes);
    recording_writer_free(w);
    recording_reader_free(r);
    engine_free(g);
    return 0;
}
