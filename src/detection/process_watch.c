/* SPDX-License-Identifier: MIT
 * Turns the samples of one process into its last minute of CPU, its growth and its short mean rates. Whether
 * that explains anything is attribution.c's matter. */
#include "detection/process_watch.h"

#include <math.h>
#include <string.h>

#define GROWTH_HALF_LIFE_S 24.0  /* as of the growth that it may carry */
#define WEIGHT_PER_S       0.035 /* half-life about 20 s, as of all that names causes */
#define WEIGHT_MOST        0.5
#define STILL              0.02 /* of its memory in a minute: what grows less stands still; as of growth.h */
#define UPTIME_MAX_S       4e9  /* more than a century: no uptime */
#define UNHEARD_S          60.0 /* at least, after its start, before its memory is heard of */
#define STEP_MOST_S        10.0 /* what happens between two readings farther apart is not known */

void process_watch_init(struct process_watch *p)
{
    memset(p, 0, sizeof(*p));
    cadence_init(&p->cadence);
    trend_line_init(&p->memory, GROWTH_HALF_LIFE_S);
    p->began_ns = INT64_MIN;
    p->still_s = (double)NAN;
    for (int i = 0; i < PROCESS_COUNTERS; i++)
        p->rates[i] = (struct process_rate){(double)NAN, INT64_MIN, (double)NAN};
    trend_line_init(&p->threads, GROWTH_HALF_LIFE_S);
    p->busy = p->futex_share = (double)NAN;
    convoy_init(&p->convoy);
}

static void blend(double *mean, double x, double dt_s)
{
    double w = WEIGHT_PER_S * dt_s;
    *mean = isnan(*mean) ? x : *mean + (w < WEIGHT_MOST ? w : WEIGHT_MOST) * (x - *mean);
}

static bool take_counter(struct process_rate *r, int64_t t_ns, double x)
{
    if (t_ns <= r->t_ns)
        return false;
    double dt_s = (double)((uint64_t)t_ns - (uint64_t)r->t_ns) * 1e-9;
    if (x >= r->last) /* not at the first, and not when it started anew */
        blend(&r->per_s, (x - r->last) / dt_s, dt_s);
    r->last = x;
    r->t_ns = t_ns;
    return true;
}

static void take_memory(struct process_watch *p, int64_t t_ns, double x)
{
    double t_s = (double)t_ns * 1e-9, step_s = t_s - p->memory.t_s;

    /* Who was not worth hearing of stood still. */
    if (isnan(p->still_s)) {
        double age_s = p->began_ns == INT64_MIN ? 0 : (double)((uint64_t)t_ns - (uint64_t)p->began_ns) * 1e-9;
        p->still_s = age_s > UNHEARD_S ? age_s - UNHEARD_S : 0;
    }
    trend_line_push(&p->memory, t_s, x);
    p->resident = x;
    /* NaN: of three readings and fewer nothing can be said. */
    if (fabs(trend_line_slope(&p->memory)) * 60 < STILL * x && step_s > 0)
        p->still_s += step_s < STEP_MOST_S ? step_s : STEP_MOST_S;
}

static void take_futex(struct process_watch *p, int64_t t_ns, double share)
{
    if (t_ns <= p->convoy.asked_ns)
        return;
    blend(&p->futex_share, share, 1);
    convoy_take(&p->convoy, t_ns, p->futex_share, p->rates[PROCESS_RUN_QUEUE].per_s, p->busy);
}

static bool take_cpu(struct process_watch *p, int64_t t_ns, double share)
{
    int64_t last_ns = p->cadence.last_ns;

    if (!cadence_take(&p->cadence, t_ns))
        return false;
    blend(&p->busy, share * 100,
        p->cadence.count > 1 ? (double)((uint64_t)t_ns - (uint64_t)last_ns) * 1e-9 : 1);
    p->ring[p->head] = (float)(share * 100);
    p->head = (p->head + 1) % PROCESS_RING;
    if (p->count < PROCESS_RING)
        p->count++;
    return true;
}

bool process_watch_take(struct process_watch *p, enum metric_id metric, int64_t t_ns, double x)
{
    static const uint8_t counter_of[METRIC_KNOWN_COUNT] = {
        [METRIC_PAGE_FAULTS] = 1 + PROCESS_FAULTS,
        [METRIC_MAJOR_FAULTS] = 1 + PROCESS_MAJOR_FAULTS,
        [METRIC_RUN_QUEUE_WAIT] = 1 + PROCESS_RUN_QUEUE,
        [METRIC_STORAGE_READ] = 1 + PROCESS_READ,
        [METRIC_STORAGE_WRITTEN] = 1 + PROCESS_WRITTEN,
    };

    if (counter_of[metric])
        return take_counter(&p->rates[counter_of[metric] - 1], t_ns, x);
    switch (metric) {
    case METRIC_CPU_UTILIZATION:
        return take_cpu(p, t_ns, x);
    case METRIC_MEMORY_USAGE:
        take_memory(p, t_ns, x);
        break;
    case METRIC_UPTIME:
        if (x >= 0 && x < UPTIME_MAX_S)
            p->began_ns = (int64_t)((uint64_t)t_ns - (uint64_t)(x * 1e9));
        break;
    case METRIC_FUTEX_SHARE:
        take_futex(p, t_ns, x);
        break;
    case METRIC_THREADS:
        trend_line_push(&p->threads, (double)t_ns * 1e-9, x);
        break;
    default:
        break;
    }
    return true;
}

uint32_t process_watch_minute(const struct process_watch *p, int64_t t_ns, double *x, uint32_t n)
{
    double step_s = p->cadence.usual_s > 0 ? p->cadence.usual_s : 1;
    /* Its last sample is so many steps old. */
    double age = p->count ? floor((double)(t_ns - p->cadence.last_ns) * 1e-9 / step_s + 0.5) : 0;
    uint32_t known = 0;

    for (uint32_t i = 0; i < n; i++) {
        double back = (double)(n - 1 - i) - age; /* samples before its last */
        bool has = back >= 0 && back < p->count;
        x[i] =
            has ? (double)p->ring[(p->head + PROCESS_RING - 1 - (uint32_t)back) % PROCESS_RING] : (double)NAN;
        known += has;
    }
    return known;
}
