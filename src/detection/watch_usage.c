/* SPDX-License-Identifier: MIT
 * Keeps the course of what is in use of a resource that has an end, at several scales, for the growth that
 * the fever law looks for. Which resources there are, and what else is known of memory, is said elsewhere. */
#include <math.h>

#include "detection/watch_parts.h"

/* Windows of 24 block minima over 5 min, 15 min, 1 h, 4 h, 1 d. */
static const int64_t blocks_ns[USAGE_SCALES] = {INT64_C(12500000000), INT64_C(37500000000),
    INT64_C(150000000000), INT64_C(600000000000), INT64_C(3600000000000)};
#define LINE_HALF_LIFE_S   24.0
#define RECENT_HALF_LIFE_S 10.0

void watch_usage_init(struct usage_watch *u)
{
    cadence_init(&u->cadence);
    u->used = u->limit = (double)NAN;
    u->tooth = u->record = u->lagged_peak = u->lagging_peak = u->peak = (double)NAN;
    u->valley = u->crest = u->checked_used = (double)NAN;
    u->last_scale = -1;
    trend_line_init(&u->line, LINE_HALF_LIFE_S);
    trend_line_init(&u->recent, RECENT_HALF_LIFE_S);
    for (int i = 0; i < USAGE_SCALES; i++)
        envelope_init(&u->edges[i], blocks_ns[i]);
}

bool watch_usage_step(struct usage_watch *u, int64_t t_ns, double used)
{
    if (!cadence_take(&u->cadence, t_ns))
        return false;
    u->used = used;
    if (!(used <= u->peak))
        u->peak = used;
    trend_line_push(&u->line, (double)t_ns * 1e-9, used);
    trend_line_push(&u->recent, (double)t_ns * 1e-9, used);
    for (int i = 0; i < USAGE_SCALES; i++)
        envelope_push(&u->edges[i], t_ns, used);
    return true;
}
