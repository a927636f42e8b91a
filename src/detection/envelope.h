/* SPDX-License-Identifier: MIT
 * Running minima and maxima of blocks of time: the lower edge of a saw-tooth is what leaks, its upper edge is
 * what crashes. */
#ifndef COHERENCE_DETECTION_ENVELOPE_H
#define COHERENCE_DETECTION_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

#define ENVELOPE_BLOCKS 24

struct envelope {
    int64_t block_ns;
    int64_t block;               /* number of the open block (time / block_ns, floor) */
    double low[ENVELOPE_BLOCKS]; /* closed blocks, a ring; NaN = no value came in it */
    double high[ENVELOPE_BLOCKS];
    double open_low, open_high; /* of the open block; NaN = none yet */
    double record;              /* largest block minimum that has left the ring; NaN = none */
    uint32_t head;              /* where the next closed block goes */
    uint32_t closed;            /* closed blocks in the ring */
    uint32_t started;           /* 1 after the first value */
};

/* block_ns > 0 (asserted). */
void envelope_init(struct envelope *e, int64_t block_ns);

/* Takes a value (NaN and infinities are absent). Time must not go back by a block or more: such a value is
 * ignored. Blocks without a value are closed as NaN. Returns the number of blocks that this value closed (0
 * mostly; at most ENVELOPE_BLOCKS is counted). The first block, begun in the middle, counts like any other.
 * Amortised O(1). */
uint32_t envelope_push(struct envelope *e, int64_t t_ns, double x);

/* The last n closed blocks' minima (maxima), oldest first, into out[0..n-1], n <= ENVELOPE_BLOCKS. Returns 0,
 * or -ENODATA when fewer are closed. */
int envelope_minima(const struct envelope *e, size_t n, double *out);
int envelope_maxima(const struct envelope *e, size_t n, double *out);

/* Largest value of the last n closed blocks and the open one; NaN when there is none. */
double envelope_recent_max(const struct envelope *e, size_t n);

/* Largest block minimum ever seen except in the last n closed blocks (and the open one): what a record has to
 * beat. NaN = none. */
double envelope_earlier_record(const struct envelope *e, size_t n);

#endif
