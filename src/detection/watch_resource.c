/* SPDX-License-Identifier: MIT
 * Hands what an entity says of its resources (resource.h) to the course of each, and keeps their limits. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "detection/resource.h"
#include "detection/watch_parts.h"

#define AMOUNT_MAX 9.3e18 /* nothing has 2^63 of anything: what says so is missing, not judged */

int watch_resource_prepare(struct watch *w, enum metric_id metric)
{
    int id = resource_of(metric);

    if (w->resources[id])
        return 0;
    struct resource_watch *r = w->resources[id] = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    watch_usage_init(&r->usage);
    r->limit_ns = INT64_MIN;
    return 0;
}

enum watch_outcome watch_resource_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x)
{
    int id = resource_of(metric);
    struct resource_watch *r = w->resources[id];

    if (x < 0 || x > AMOUNT_MAX)
        return WATCH_UNUSABLE;
    if (metric == resource_table[id].used)
        return watch_usage_step(&r->usage, t_ns, x) ? WATCH_TAKEN : WATCH_LATE;
    if (t_ns <= r->limit_ns)
        return WATCH_LATE;
    r->limit_ns = t_ns;
    r->usage.limit = x > 0 ? x : (double)NAN; /* some say 0 for "none" */
    return WATCH_TAKEN;
}
