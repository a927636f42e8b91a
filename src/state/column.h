/* SPDX-License-Identifier: MIT
 * The values of one series in a row, as few bytes that give back the same doubles, bit for bit. */
#ifndef COHERENCE_STATE_COLUMN_H
#define COHERENCE_STATE_COLUMN_H

#include "state/byte_buffer.h"

/* Where columns go: bytes that are alike stand together, for the compressor that follows. */
struct column_out {
    struct byte_buffer heads; /* how each column is written */
    struct byte_buffer
        planes; /* what is worth compressing: a byte a value, or its eight bytes plane by plane */
    struct byte_buffer bits; /* low bits that are noise, one after the other; low bits of bytes first */
    uint64_t waiting;        /* of bits not yet in bytes */
    unsigned waiting_n;
    int64_t *numbers; /* scratch */
    uint32_t room;
};

/* COLUMN_SLACK bytes behind the end of bits must be readable. */
#define COLUMN_SLACK 8u

struct column_in {
    struct byte_cursor heads, planes, bits;
    uint64_t bit; /* of bits */
};

/* Makes room for columns of n values. False: no memory. */
bool column_reserve(struct column_out *out, uint32_t n);
void column_clear(struct column_out *out);
void column_done(struct column_out *out);

/* Appends a column of 1 <= n values, as many as are reserved at most. False: no memory. */
bool column_write(struct column_out *out, const double *values, uint32_t n);

/* After the last column. */
bool column_end(struct column_out *out);

/* Reads the next column of n values. False: what is there makes no sense. */
bool column_read(struct column_in *in, double *values, uint32_t n);

/* Has everything been read that is there? */
bool column_is_at_end(const struct column_in *in);

#endif
