/* SPDX-License-Identifier: MIT
 * Readings at whatever times they were taken, as points at equal distances: what a chart draws. */
#ifndef COHERENCE_OUTPUT_API_SERIES_GRID_H
#define COHERENCE_OUTPUT_API_SERIES_GRID_H

#include <stdint.h>

#include "base/json.h"

#define SERIES_POINTS_MAX  4096u
#define SERIES_STEPS_USUAL 600 /* so many at most without a step that was asked for */

/* A reading; NaN: absent. */
struct series_value {
    float value, expected, lo, hi;
};

/* Points at first_ns, first_ns + step_ns, ...: each holds the last reading with a value of the step that ends
 * there, that is of (t - step, t]. */
struct series_grid {
    int64_t first_ns, step_ns;
    uint32_t count;
    struct series_value points[SERIES_POINTS_MAX];
};

/* The step for a time when none was asked for: the shortest of 1, 2, 5, 10, 15, 30 s, 1, 2, 5, 10, 30 min, 1,
 * 2, 6, 12 h, 1 d that is no shorter than period_ns (between two ticks) and gives no more than
 * SERIES_STEPS_USUAL. */
int64_t series_grid_step(int64_t from_ns, int64_t to_ns, int64_t period_ns);

/* Empty points at all multiples of step_ns (since the epoch, so that two answers fit together) from from_ns
 * to to_ns. Returns 0, or -E2BIG: more than SERIES_POINTS_MAX. 0 <= from_ns <= to_ns, step_ns > 0. */
int series_grid_begin(struct series_grid *g, int64_t from_ns, int64_t to_ns, int64_t step_ns);

/* A reading; by rising time. What lies outside is passed over. */
void series_grid_put(struct series_grid *g, int64_t t_ns, const struct series_value *v);

/* How many points have a value. */
uint32_t series_grid_filled(const struct series_grid *g);

/* Appends "t", "value", "expected", "lo", "hi" to an object; numbers to seven digits, absent ones null. */
void series_grid_write(const struct series_grid *g, struct json *j);

#endif
