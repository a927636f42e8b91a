/* SPDX-License-Identifier: MIT
 * The axes of a plot: round numbers at which ticks stand, and the words for them. */
#ifndef COHERENCE_OUTPUT_PLOT_AXIS_H
#define COHERENCE_OUTPUT_PLOT_AXIS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define PLOT_LABEL_MAX 11u /* bytes of a value's label, NUL included: "-123.4 GiB" */
#define PLOT_TICKS_MAX 64u

/* Values. */
struct plot_axis {
    double bottom, top, step; /* multiples of the step; ticks at every one */
    double divisor;           /* what is written is a value divided by it, */
    const char *unit;         /* in this unit; "" = none */
};

/* Fits the axis to min..max (finite, min <= max) for so many rows, at least four. unit: of the values, as in
 * findings and metrics; NULL: none. Zero is on the axis where it is near. */
void plot_axis_fit(struct plot_axis *a, double min, double max, uint32_t rows, const char *unit);

/* Appends the label of the tick that stands in a row (0 is the highest of `rows`). Returns whether there is
 * one. */
bool plot_axis_label(const struct plot_axis *a, uint32_t row, uint32_t rows, struct text *out);

/* Times. */
struct plot_times {
    int64_t first_ns, step_ns;
    uint32_t cells[PLOT_TICKS_MAX]; /* in which they stand, ascending */
    uint32_t count;
    uint32_t width; /* of the axis, in cells */
    uint8_t words;  /* how a time is written */
};

/* Ticks on from_ns..to_ns (from < to) over `cells` cells, so far apart that their labels have room. */
void plot_times_fit(struct plot_times *t, int64_t from_ns, int64_t to_ns, uint32_t cells);
bool plot_times_has(const struct plot_times *t, uint32_t cell);
/* Appends the labels as a line with its newline, each below its tick; none sticks out to the right. */
void plot_times_add(const struct plot_times *t, struct text *out);

#endif
