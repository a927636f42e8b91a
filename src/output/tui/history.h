/* SPDX-License-Identifier: MIT
 * The last values of a law, one a tick, and how high each stands in a row of blocks. */
#ifndef COHERENCE_OUTPUT_TUI_HISTORY_H
#define COHERENCE_OUTPUT_TUI_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#define HISTORY_MAX 256 /* ticks: more than a terminal has columns, mostly */

struct history {
    float value[HISTORY_MAX]; /* NaN = none at that tick */
    bool above[HISTORY_MAX];  /* outside the band at that tick */
    uint32_t count;           /* pushed so far, all time */
};

/* Adds the newest value (NaN: no data); the oldest goes. above: whether it left its band. */
void history_push(struct history *h, double value, bool above);

/* The value of `age` ticks ago, 0 = newest; NaN when there is none. *ret_above (may be NULL): as pushed,
 * false when there is none. */
double history_at(const struct history *h, uint32_t age, bool *ret_above);

/* The range that shows the newest n values: from 0 or the smallest to the largest or `limit` (NaN = none), so
 * that what is far below its limit looks low. Returns false (outputs untouched) when there is no value among
 * them. */
bool history_range(const struct history *h, uint32_t n, double limit, double *ret_lo, double *ret_hi);

/* How high v stands between lo and hi in steps of one eighth of a block: 0 for NaN (nothing is drawn),
 * else 1..steps; values outside stand at the ends. lo >= hi: 1. steps >= 1. */
unsigned history_level(double v, double lo, double hi, unsigned steps);

#endif
