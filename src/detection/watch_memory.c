/* SPDX-License-Identifier: MIT
 * Keeps the memory of one entity for the fever law: its course, its limit, what it allocates; and hands what
 * a runtime says of its heap to the signal that watches for a GC spiral. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "detection/watch_parts.h"

#define USAGE_WEIGHT 0.05   /* per second */
#define BYTES_MAX    9.3e18 /* no memory has 2^63 bytes: what says so is missing, not judged */

int watch_memory_prepare(struct watch *w)
{
    if (w->memory)
        return 0;
    if (watch_causes_prepare(w))
        return -ENOMEM;
    struct memory_watch *m = w->memory = calloc(1, sizeof(*w->memory));
    if (!m)
        return -ENOMEM;
    watch_usage_init(&m->usage);
    m->allocated_per_s = (double)NAN;
    trend_line_init(&m->beginners, m->usage.line.half_life_s);
    return 0;
}

static bool take_usage(struct memory_watch *m, int64_t t_ns, double used)
{
    if (!watch_usage_step(&m->usage, t_ns, used))
        return false;
    double step_s = m->usage.cadence.usual_s > 0 ? m->usage.cadence.usual_s : 1.0;
    double w = USAGE_WEIGHT * step_s;
    average_take(&m->usage_level, used, w < 0.5 ? w : 0.5, 1.0);
    return true;
}

int watch_runtime_prepare(struct watch *w)
{
    if (w->gc)
        return 0;
    if (watch_causes_prepare(w))
        return -ENOMEM;
    w->gc = malloc(sizeof(*w->gc));
    if (!w->gc)
        return -ENOMEM;
    gc_spiral_init(w->gc);
    return 0;
}

enum watch_outcome watch_memory_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x)
{
    struct memory_watch *m = w->memory;

    if (metric == METRIC_MEMORY_LIMIT) {
        enum watch_outcome outcome = watch_causes_take(w, metric, t_ns, x);
        if (outcome == WATCH_TAKEN)
            m->usage.limit = x > 0 ? x : (double)NAN; /* some say 0 for "none" */
        return outcome;
    }
    if (metric == METRIC_MEMORY_ALLOCATED) {
        if (t_ns <= w->causes->last[metric].t_ns)
            return WATCH_LATE;
        m->allocated_per_s = watch_cause_rate(w->causes, metric, t_ns, x);
        return WATCH_TAKEN;
    }
    if (metric == METRIC_MEMORY_AVAILABLE)
        x = m->usage.limit - x;
    /* Without the limit there is nothing to take it from: absent, not 0. */
    if (isnan(x))
        return WATCH_TAKEN;
    if (x < 0 || x > BYTES_MAX)
        return WATCH_UNUSABLE;
    return take_usage(m, t_ns, x) ? WATCH_TAKEN : WATCH_LATE;
}

enum watch_outcome watch_runtime_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x)
{
    enum watch_outcome outcome = watch_causes_take(w, metric, t_ns, x);
    if (outcome == WATCH_TAKEN)
        gc_spiral_take(w->gc, metric, t_ns, x);
    return outcome;
}
