/* SPDX-License-Identifier: MIT
 * Evidence of contention that needs no history: how much of the time an entity is held back by its own CPU
 * limit or waits for memory, and how many pages it reads again that were just evicted. Its habit, once known,
 * takes the place of the fixed limits. */
#ifndef COHERENCE_DETECTION_CONTENTION_H
#define COHERENCE_DETECTION_CONTENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "detection/average.h"

enum contention_kind {
    CONTENTION_THROTTLED, /* share of time, 0.. (several CPUs may be held back at once) */
    CONTENTION_MEMORY,    /* share of time, 0..1 */
    CONTENTION_REFAULTS,  /* pages a second */
    CONTENTION_LOCK,      /* share of the threads of a process that stand in line (convoy.h), 0..1 */
    CONTENTION_KINDS
};

struct contention {
    struct average usual[CONTENTION_KINDS];
    int64_t learns_since_ns[CONTENTION_KINDS]; /* INT64_MIN: nothing yet */
    int64_t since_ns[CONTENTION_KINDS];        /* beyond the limit without a break; INT64_MIN: it is not */
    int64_t quiet_ns[CONTENTION_KINDS]; /* last close to its usual value; INT64_MIN: nothing seen yet */
    int64_t stepped_ns;                 /* INT64_MIN: never */
    int64_t line_ns; /* when threads of a process right in it were last seen to stand in line; 0: never */
};

/* What carries a verdict, or comes nearest to one. */
struct contention_view {
    enum contention_kind kind;
    double value;    /* NaN: there is no source */
    double expected; /* NaN: no habit known yet */
    double limit;
    int64_t since_ns;
    int64_t onset_ns; /* since when it is no more close to its usual value, or has been seen at all */
    bool active;
};

void contention_init(struct contention *c);

/* One look at the short means of all (NaN: no source). frozen: a finding of it is open, and nothing
 * is learned. O(1). */
struct contention_view contention_step(
    struct contention *c, int64_t now_ns, const double now[CONTENTION_KINDS], bool frozen);

/* The same as of the last step, nothing learned. */
struct contention_view contention_look(
    const struct contention *c, int64_t now_ns, const double now[CONTENTION_KINDS]);

/* Time passed that nobody saw. */
void contention_break(struct contention *c);

#endif
