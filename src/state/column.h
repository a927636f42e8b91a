/* SPDX-License-Identifier: MIT
 * The values of one series in a row, as few bytes that give back the same doubles, bit for bit. */
#ifndef COHERENCE_STATE_COLUMN_H
#define COHERENCE_STATE_COLUMN_H

#include "state/numbers.h"

/* Appends a column of n >= 1 values to rows of numbers. scratch: n elements. False: no memory. */
bool column_write(struct numbers_out *out, const double *values, uint32_t n, int64_t *scratch);

/* Reads the next column of n values. False: what is there makes no sense. */
bool column_read(struct numbers_in *in, double *values, uint32_t n);

#endif
