/* SPDX-License-Identifier: MIT
 * A series over time as a picture of characters: what was measured, what was expected, the band around it,
 * and when something began. Absent stays absent: where nothing was measured nothing is drawn. */
#ifndef COHERENCE_OUTPUT_PLOT_H
#define COHERENCE_OUTPUT_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define PLOT_COLUMNS_MIN 40u
#define PLOT_COLUMNS_MAX 200u
#define PLOT_ROWS_MIN    4u
#define PLOT_ROWS_MAX    24u
#define PLOT_BYTES_MAX   65536u /* a picture of that size, with colours, fits */

/* What is shown. Times are Unix nanoseconds, ascending. NaN, infinities and what is beyond
 * 1e300: none. */
struct plot {
    const int64_t *t_ns;
    const double *value;
    const double *expected, *lo, *hi; /* at the same times; NULL: none. A band may be open to one side */
    size_t n;
    int64_t from_ns, to_ns; /* the time axis, from < to; what lies outside is left out */
    int64_t onset_ns;       /* marked; INT64_MIN: none */
    int64_t gap_ns;         /* values further apart are not joined; 0: three times the usual distance */
    const char *unit;       /* "%", "By", "By/s", "1", ...; NULL: none */
};

struct plot_style {
    uint32_t columns; /* of the whole picture; brought within PLOT_COLUMNS_MIN..MAX */
    uint32_t rows;    /* of the curve, without axis, times and legend; within PLOT_ROWS_MIN..MAX */
    bool utf8;        /* braille dots, eight to a cell; else ASCII */
    bool color;       /* ECMA-48; colours only repeat what the characters say, save that values outside of the
                         band are red */
};

/* Appends the picture, a line of times, and a line that says what is what; each line ends with a newline,
 * none is wider than style->columns. Times are UTC. A column that stands for several values shows their whole
 * range. Returns 0; nothing appended: -ENODATA (no value lies on the time axis), -EINVAL (from_ns >= to_ns,
 * or one of them lies before 1843 or after 2096). Not for two threads at a time. O(n). */
int plot_write(const struct plot *p, const struct plot_style *style, struct text *out);

#endif
