/* SPDX-License-Identifier: MIT
 * The values of one series in a row, as few bytes that give back the same doubles, bit for bit. */
#ifndef COHERENCE_STATE_COLUMN_H
#define COHERENCE_STATE_COLUMN_H

#include "state/byte_buffer.h"

/* Where columns go: bytes that are alike stand together, for the compressor that follows. */
struct column_out {
    struct byte_buffer heads;  /* how each column is written */
    struct byte_buffer planes; /* bytes of its values, the high ones apart from the low ones */
};

struct column_in {
    struct byte_cursor heads, planes;
};

/* Appends a column. n >= 1. False: no memory. */
bool column_write(struct column_out *out, const double *values, uint32_t n);

/* Reads the next column of n values. False: what is there makes no sense. */
bool column_read(struct column_in *in, double *values, uint32_t n);

#endif
