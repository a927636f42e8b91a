/* SPDX-License-Identifier: MIT
 * Keeps the counters and levels of one entity that name causes, as rates over measured time; a counter that
 * starts anew, and one with a hole, gives no rate that once. */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "detection/watch_parts.h"

#define CAUSE_WEIGHT     0.035                  /* of one second: half-life about 20 s */
#define CAUSE_GAP_NS     INT64_C(30000000000)   /* a longer step is a hole, and gives no rate, ... */
#define CAUSE_GAP_STEPS  4                      /* ... if it is more than so many of the step before it */
#define CAUSE_GAP_MAX_NS INT64_C(3600000000000) /* the same where there is no step before it */

int watch_causes_prepare(struct watch *w)
{
    if (w->causes)
        return 0;
    struct cause_watch *c = w->causes = calloc(1, sizeof(*w->causes));
    if (!c)
        return -ENOMEM;
    c->iowait = c->steal = c->cpu_pressure = c->memory_pressure = c->io_pressure = c->throttled = (double)NAN;
    c->forks_per_s = c->switches_per_s = c->reclaim_per_s = c->refaults_per_s = c->gc_share = (double)NAN;
    contention_init(&c->contention);
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++) {
        c->last[i].value = (double)NAN;
        c->last[i].t_ns = INT64_MIN;
    }
    return 0;
}

/* Is a step so long a hole, measured by the step before it? Sources speak once a second or once a minute. */
static bool is_hole(int64_t step_ns, int64_t before_ns)
{
    if (before_ns == 0)
        return step_ns > CAUSE_GAP_MAX_NS;
    return step_ns > CAUSE_GAP_NS && step_ns / CAUSE_GAP_STEPS > before_ns;
}

double watch_cause_rate(struct cause_watch *c, enum metric_id metric, int64_t t_ns, double value)
{
    double before = c->last[metric].value, rate = (double)NAN;
    int64_t last_ns = c->last[metric].t_ns, step_ns = c->last[metric].step_ns;

    if (t_ns > last_ns && last_ns != INT64_MIN) {
        uint64_t step = (uint64_t)t_ns - (uint64_t)last_ns;
        step_ns = step < INT64_MAX ? (int64_t)step : INT64_MAX;
        bool hole = is_hole(step_ns, c->last[metric].step_ns);
        if (!isnan(before) && value >= before && !hole)
            rate = (value - before) / ((double)step_ns * 1e-9);
    }
    c->last[metric].value = value;
    c->last[metric].t_ns = t_ns;
    c->last[metric].step_ns = step_ns;
    return rate;
}

/* A short mean that starts at its first value; a missing reading leaves it as it was. */
static void blend(double *mean, double x, double dt_s)
{
    if (isnan(x))
        return;
    double w = CAUSE_WEIGHT * dt_s;
    *mean = isnan(*mean) ? x : *mean + (w < 1 ? w : 1) * (x - *mean);
}

/* Where the short mean of a level, or of a counter's rate, is kept; 0: it is not (usage is no cause). */
#define MEAN(field) (offsetof(struct cause_watch, field) + 1)
static const size_t mean_of[METRIC_KNOWN_COUNT] = {
    [METRIC_CPU_IOWAIT] = MEAN(iowait),
    [METRIC_CPU_STEAL] = MEAN(steal),
    [METRIC_CPU_PRESSURE] = MEAN(cpu_pressure),
    [METRIC_MEMORY_PRESSURE] = MEAN(memory_pressure),
    [METRIC_IO_PRESSURE] = MEAN(io_pressure),
    [METRIC_CPU_THROTTLED] = MEAN(throttled),
    [METRIC_FORKS] = MEAN(forks_per_s),
    [METRIC_CONTEXT_SWITCHES] = MEAN(switches_per_s),
    [METRIC_RECLAIM] = MEAN(reclaim_per_s),
    [METRIC_REFAULTS] = MEAN(refaults_per_s),
    [METRIC_GC_TIME] = MEAN(gc_share),
};

enum watch_outcome watch_causes_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x)
{
    struct cause_watch *c = w->causes;
    int64_t last_ns = c->last[metric].t_ns;

    if (t_ns <= last_ns)
        return WATCH_LATE;
    double dt_s = last_ns == INT64_MIN ? 1 : (double)((uint64_t)t_ns - (uint64_t)last_ns) * 1e-9;
    if (metric_table[metric].kind == METRIC_GAUGE)
        c->last[metric].t_ns = t_ns;
    else
        x = watch_cause_rate(c, metric, t_ns, x);
    if (mean_of[metric])
        blend((double *)(void *)((char *)c + mean_of[metric] - 1), x, dt_s);
    return WATCH_TAKEN;
}
