/* SPDX-License-Identifier: MIT
 * Whole numbers in a row, as few bytes: readings of a counter, times of frames. */
#ifndef COHERENCE_STATE_NUMBERS_H
#define COHERENCE_STATE_NUMBERS_H

#include "state/byte_buffer.h"

/* Where rows go: bytes that are alike stand together, for the compressor that follows. */
struct numbers_out {
    struct byte_buffer heads;  /* how each row is written */
    struct byte_buffer planes; /* what is worth compressing: a byte a number */
    struct byte_buffer bits;   /* low bits that are noise, one after the other, low bits of a byte first */
    uint64_t waiting;          /* of bits not yet in bytes */
    unsigned waiting_n;
};

#define NUMBERS_SLACK 8u /* so many bytes behind the end of bits must be readable */

struct numbers_in {
    struct byte_cursor heads, planes, bits;
    uint64_t bit; /* of bits */
};

void numbers_clear(struct numbers_out *out);
void numbers_done(struct numbers_out *out);

/* Appends a row of n >= 1 numbers of any size; differences wrap. False: no memory. */
bool numbers_write(struct numbers_out *out, const int64_t *numbers, uint32_t n);

/* After the last row. */
bool numbers_end(struct numbers_out *out);

/* Reads the next row of n >= 1 numbers. False: what is there makes no sense. */
bool numbers_read(struct numbers_in *in, int64_t *numbers, uint32_t n);

/* Has everything been read that is there? */
bool numbers_is_at_end(const struct numbers_in *in);

#endif
