/* SPDX-License-Identifier: MIT
 * The variance spectra of the most unstable entities over the last minutes, one a tick, in a byte an octave.
 */
#ifndef COHERENCE_OUTPUT_TUI_TRACES_H
#define COHERENCE_OUTPUT_TUI_TRACES_H

#include <stdint.h>

#include "core/view.h"

#define TRACES_MAX     128 /* entities */
#define TRACES_TICKS   600 /* ten minutes at a tick a second */
#define TRACES_OCTAVES 8

struct trace {
    uint32_t entity;
    uint32_t octaves;
    uint32_t count;       /* ticks written, at most TRACES_TICKS are kept */
    uint64_t begun, seen; /* number of its first and its last tick */
    double scale_s[TRACES_OCTAVES];
    uint8_t level[TRACES_TICKS][TRACES_OCTAVES]; /* of tick n at n % TRACES_TICKS; 0 = none */
};

struct traces {
    uint64_t ticks; /* so far */
    uint32_t count;
    struct trace items[TRACES_MAX];
};

/* A tick has come. */
void traces_tick(struct traces *t);
/* Writes down the present spectrum of an entity, if it has one; once a tick. Who is not written down makes
 * room when it is needed. Cost O(TRACES_MAX). */
void traces_take(struct traces *t, const struct view *v, uint32_t entity);
/* What was written down of an entity, or NULL. */
const struct trace *traces_of(const struct traces *t, uint32_t entity);
/* The largest value of an octave in `ticks` ticks that end `age` ticks ago (0: with the last one), to a
 * twentieth; NaN when none was written. */
double traces_value(
    const struct traces *t, const struct trace *one, uint32_t octave, uint32_t age, uint32_t ticks);

#endif
