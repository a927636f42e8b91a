/* SPDX-License-Identifier: MIT
 * When it is how late, for recorded telemetry that does not say: ticks from the timestamps of the rows alone.
 *
 * The rows of one whole second (UTC) are one group. When a row of a later second comes, a tick is due at the
 * latest timestamp of the group. When the step from there to that row is longer than twice the usual step,
 * further ticks are due at the usual step in between, at most REPLAY_GAP_TICKS_MAX of them. The usual step is
 * the median of the last eight steps from one group's latest timestamp to the next's (fewer at the start),
 * never below one second. A row of an earlier second belongs to the present group and moves nothing. */
#ifndef COHERENCE_INGESTION_TICK_RULE_H
#define COHERENCE_INGESTION_TICK_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingestion/replay/replay.h"

#define TICK_RULE_STEPS                                                                                      \
    8 /* the median of so many steps is the usual step (heuristic: four odd steps in a row do not move it)   \
       */
#define TICK_RULE_TICKS_MAX (1 + REPLAY_GAP_TICKS_MAX)

struct tick_rule {
    bool has_group;
    int64_t second_last_ns; /* last nanosecond of the group's second */
    int64_t latest_ns;      /* latest timestamp of the group */
    bool has_before;
    int64_t before_ns; /* latest timestamp of the group before */
    uint64_t steps[TICK_RULE_STEPS];
    unsigned step_count; /* ever seen */
};

/* Is a row at t_ns of the present group? */
static inline bool tick_rule_stays(const struct tick_rule *r, int64_t t_ns)
{
    return r->has_group && t_ns <= r->second_last_ns;
}

/* A row at t_ns comes. Writes the ticks that are due before it, strictly increasing, and returns their count
 * (0 for most rows). */
size_t tick_rule_row(struct tick_rule *r, int64_t t_ns, int64_t ticks[TICK_RULE_TICKS_MAX]);

/* The input ends. Writes the last tick and returns 1, or 0 when there was no row. */
size_t tick_rule_end(struct tick_rule *r, int64_t ticks[TICK_RULE_TICKS_MAX]);

/* The usual step in nanoseconds, 0 = not known yet. */
uint64_t tick_rule_usual_step(const struct tick_rule *r);

#endif
