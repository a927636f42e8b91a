/* SPDX-License-Identifier: MIT
 * The frame around a block's body: turns counts and lengths into a header with a checksum of its own, closes
 * the block with a checksum over everything, and takes both apart again. What the body says is the writer's
 * and the reader's matter.
 *
 * The checksums tell damage, not malice: readers do not trust what stands behind a right one either. */
#include "state/recording_block.h"

#include <errno.h>
#include <lzma.h>
#include <string.h>

/* Offsets. Magic, lengths and the header's checksum keep their places in every version. */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 4,
    AT_KIND = 5,
    AT_ZERO = 6,
    AT_BODY = 8,
    AT_RAW = 12,
    AT_SEQUENCE = 16,
    AT_FROM = 24,
    AT_TO = 32,
    AT_SAMPLES = 40,
    AT_FRAMES = 44,
    AT_TICKS = 48,
    AT_GONE = 52,
    AT_EXTRA = 56, /* config_n or since */
    AT_SUM = 60
};

static bool lengths_fit(const struct block_head *h)
{
    const struct recording_block *b = &h->block;
    if (b->kind == RECORDING_KEY)
        return h->config_n <= RECORDING_CONFIG_MAX && h->config_n <= h->raw_n &&
               h->raw_n - h->config_n <= RECORDING_SNAPSHOT_MAX && b->n <= RECORDING_BLOCK_MAX;
    return b->kind == RECORDING_DATA && h->raw_n <= BLOCK_RAW_MAX && b->n <= RECORDING_BLOCK_MAX &&
           b->samples <= RECORDING_SAMPLES_MAX && b->frames <= b->samples &&
           b->ticks <= RECORDING_SAMPLES_MAX && b->gone <= RECORDING_SAMPLES_MAX && h->since <= b->sequence;
}

int block_look(const uint8_t *bytes, size_t n, struct block_head *ret, struct error *e)
{
    if (n < RECORDING_HEADER_SIZE || memcmp(bytes + AT_MAGIC, BLOCK_MAGIC, 4) != 0)
        return error_set(e, -EBADMSG, "here begins no block of a recording");
    if (lzma_crc32(bytes, AT_SUM, 0) != block_get(bytes + AT_SUM, 4))
        return error_set(e, -EBADMSG, "the header of a block is damaged");
    if (bytes[AT_VERSION] != RECORDING_VERSION)
        return error_set(e, -EPROTO, "it is of format %u, this version of coherence reads %d",
            bytes[AT_VERSION], RECORDING_VERSION);
    struct block_head h = {
        .block =
            {
                .kind = (enum recording_kind)bytes[AT_KIND],
                .sequence = block_get(bytes + AT_SEQUENCE, 8),
                .from_ns = (int64_t)block_get(bytes + AT_FROM, 8),
                .to_ns = (int64_t)block_get(bytes + AT_TO, 8),
                .samples = (uint32_t)block_get(bytes + AT_SAMPLES, 4),
                .frames = (uint32_t)block_get(bytes + AT_FRAMES, 4),
                .ticks = (uint32_t)block_get(bytes + AT_TICKS, 4),
                .gone = (uint32_t)block_get(bytes + AT_GONE, 4),
                .bytes = bytes,
            },
        .body_n = (uint32_t)block_get(bytes + AT_BODY, 4),
        .raw_n = (uint32_t)block_get(bytes + AT_RAW, 4),
    };
    uint32_t extra = (uint32_t)block_get(bytes + AT_EXTRA, 4);
    *(h.block.kind == RECORDING_KEY ? &h.config_n : &h.since) = extra;
    h.block.n = (size_t)RECORDING_HEADER_SIZE + h.body_n + BLOCK_SUM_SIZE;
    if (block_get(bytes + AT_ZERO, 2) != 0 || !lengths_fit(&h))
        return error_set(e, -EBADMSG, "a block says that it holds more than any does");
    *ret = h;
    return 0;
}

int block_check(const uint8_t *bytes, size_t n, struct block_head *ret, struct error *e)
{
    struct block_head h = {0};
    int r = block_look(bytes, n, &h, e);

    if (r < 0)
        return r;
    if (h.block.n != n)
        return error_set(e, -EBADMSG, "a block has %zu bytes and should have %zu", n, h.block.n);
    if (lzma_crc64(bytes, n - BLOCK_SUM_SIZE, 0) != block_get(bytes + n - BLOCK_SUM_SIZE, 8))
        return error_set(e, -EBADMSG, "the checksum of a block is wrong");
    *ret = h;
    return 0;
}

void block_seal(uint8_t *bytes, struct block_head *h)
{
    struct recording_block *b = &h->block;

    b->bytes = bytes;
    b->n = (size_t)RECORDING_HEADER_SIZE + h->body_n + BLOCK_SUM_SIZE;
    memcpy(bytes + AT_MAGIC, BLOCK_MAGIC, 4);
    bytes[AT_VERSION] = RECORDING_VERSION;
    bytes[AT_KIND] = (uint8_t)b->kind;
    block_put(bytes + AT_ZERO, 0, 2);
    block_put(bytes + AT_BODY, h->body_n, 4);
    block_put(bytes + AT_RAW, h->raw_n, 4);
    block_put(bytes + AT_SEQUENCE, b->sequence, 8);
    block_put(bytes + AT_FROM, (uint64_t)b->from_ns, 8);
    block_put(bytes + AT_TO, (uint64_t)b->to_ns, 8);
    block_put(bytes + AT_SAMPLES, b->samples, 4);
    block_put(bytes + AT_FRAMES, b->frames, 4);
    block_put(bytes + AT_TICKS, b->ticks, 4);
    block_put(bytes + AT_GONE, b->gone, 4);
    block_put(bytes + AT_EXTRA, b->kind == RECORDING_KEY ? h->config_n : h->since, 4);
    block_put(bytes + AT_SUM, lzma_crc32(bytes, AT_SUM, 0), 4);
    block_put(bytes + b->n - BLOCK_SUM_SIZE, lzma_crc64(bytes, b->n - BLOCK_SUM_SIZE, 0), BLOCK_SUM_SIZE);
}

int recording_look(const uint8_t *bytes, size_t n, struct recording_block *ret, struct error *e)
{
    struct block_head h = {0};
    int r = block_look(bytes, n, &h, e);
    if (r == 0)
        *ret = h.block;
    return r;
}

int recording_check(const uint8_t *bytes, size_t n, struct recording_block *ret, struct error *e)
{
    struct block_head h;
    int r = block_check(bytes, n, &h, e);
    if (r == 0)
        *ret = h.block;
    return r;
}
