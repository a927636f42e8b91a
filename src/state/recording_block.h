/* SPDX-License-Identifier: MIT
 * The inside of a recording's blocks, shared by the recording_*.c files: header, body, checksum. Others
 * include state/recording.h. */
#ifndef COHERENCE_STATE_RECORDING_BLOCK_H
#define COHERENCE_STATE_RECORDING_BLOCK_H

#include <stdbool.h>

#include "state/recording.h"

#define BLOCK_SUM_SIZE 8u
#define BLOCK_MAGIC    "CoRb"

/* Bytes of the body of a DATA block before compression: so many samples of nine bytes and their frames, or
 * all the names of 200 000 entities. */
#define BLOCK_RAW_MAX (160u << 20)

/* A header and what public eyes do not need. */
struct block_head {
    struct recording_block block;
    uint32_t body_n;   /* bytes as stored */
    uint32_t raw_n;    /* bytes before compression */
    uint32_t config_n; /* KEY: of them the configuration */
    uint32_t since;    /* DATA: blocks since the one that declared all names; 0: this one does */
};

/* As recording_look, and recording_check. */
int block_look(const uint8_t *bytes, size_t n, struct block_head *ret, struct error *e);
int block_check(const uint8_t *bytes, size_t n, struct block_head *ret, struct error *e);

/* Writes the header into the first bytes of h->block.bytes, and the checksum behind its body of body_n bytes.
 * Sets h->block.n. */
void block_seal(uint8_t *bytes, struct block_head *h);

/* Little endian numbers of n bytes. */
static inline void block_put(uint8_t *at, uint64_t x, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        at[i] = (uint8_t)(x >> (8 * i));
}

static inline uint64_t block_get(const uint8_t *at, unsigned n)
{
    uint64_t x = 0;
    for (unsigned i = 0; i < n; i++)
        x |= (uint64_t)at[i] << (8 * i);
    return x;
}

#endif
