/* SPDX-License-Identifier: MIT
 * Counts what goes in and out of one entity, by the best kind of count that it has, for the amplification
 * law. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "detection/watch_parts.h"

#define TRAFFIC_BUCKET_NS INT64_C(5000000000)
#define COUNT_FALLS_SHARE 8U /* a counter that falls in more than one of eight steps counts per interval */
#define COUNT_FALLS_MIN   4U
#define WARNING_FAILED_FLOOR                                                                                 \
    0.002 /* share of failures: below it nothing fails; heuristic, chosen on 2026-11-22 */

/* What each count counts. */
static const struct {
    enum traffic_tier tier;
    enum traffic_side side;
} counts[METRIC_KNOWN_COUNT] = {
    [METRIC_REQUESTS_IN] = {TRAFFIC_REQUESTS, TRAFFIC_IN},
    [METRIC_REQUESTS_OUT] = {TRAFFIC_REQUESTS, TRAFFIC_OUT},
    [METRIC_REQUESTS_FAILED] = {TRAFFIC_REQUESTS, TRAFFIC_FAILED},
    [METRIC_CONNECTIONS_IN] = {TRAFFIC_CONNECTIONS, TRAFFIC_IN},
    [METRIC_CONNECTIONS_OUT] = {TRAFFIC_CONNECTIONS, TRAFFIC_OUT},
    [METRIC_CONNECTIONS_FAILED] = {TRAFFIC_CONNECTIONS, TRAFFIC_FAILED},
    [METRIC_PACKETS_RECEIVED] = {TRAFFIC_PACKETS, TRAFFIC_IN},
    [METRIC_PACKETS_SENT] = {TRAFFIC_PACKETS, TRAFFIC_OUT},
};

/* What was learned of one tier says nothing of another. */
static void begin_tier(struct traffic_watch *t, enum traffic_tier tier)
{
    t->tier = tier;
    t->head = t->count = t->eager = 0;
    t->bucket_end_ns = 0;
    t->tested = false;
    t->failed_share = (double)NAN;
    t->usual_failed = (struct average){0};
    t->refused = 0;
    t->metastability = (struct metastability){0};
    ratio_baseline_init(&t->usual, TRAFFIC_HALF_LIFE);
}

static enum traffic_tier best_tier(const struct traffic_watch *t)
{
    const uint8_t both = 1U << TRAFFIC_IN | 1U << TRAFFIC_OUT;
    enum traffic_tier best = TRAFFIC_TIERS;

    for (int i = TRAFFIC_TIERS - 1; i >= 0; i--)
        if ((t->sides[i] & both) == both)
            best = (enum traffic_tier)i;
    for (int i = TRAFFIC_TIERS - 1; i >= 0 && best == TRAFFIC_TIERS; i--)
        if (t->sides[i])
            best = (enum traffic_tier)i;
    return best;
}

int watch_traffic_prepare(struct watch *w, enum metric_id metric)
{
    enum traffic_tier tier = counts[metric].tier;

    if (metric == METRIC_REQUESTS_FAILED && watch_warning_prepare(w, WARNING_FAILURES, WARNING_FAILED_FLOOR))
        return -ENOMEM;
    if (!w->traffic) {
        struct traffic_watch *t = w->traffic = calloc(1, sizeof(*w->traffic));
        if (!t)
            return -ENOMEM;
        cadence_init(&t->cadence);
        t->bucket_ns = TRAFFIC_BUCKET_NS;
        for (int i = 0; i < TRAFFIC_TIERS; i++)
            t->in[i].total = t->out[i].total = t->failed[i].total = (double)NAN;
        begin_tier(t, tier);
    }
    w->traffic->sides[tier] |= (uint8_t)(1U << counts[metric].side);
    if (best_tier(w->traffic) != w->traffic->tier)
        begin_tier(w->traffic, best_tier(w->traffic));
    return 0;
}

static bool is_per_interval(const struct traffic_flow *f)
{
    return f->falls >= COUNT_FALLS_MIN && f->falls * COUNT_FALLS_SHARE > f->samples;
}

/* Adds one reading of a count to its flow. A cumulative counter gives differences; one that keeps falling is
 * taken as a count per interval. */
static void take_flow(struct traffic_flow *f, double value)
{
    double delta = 0;
    if (!isnan(f->total)) {
        bool per_interval = is_per_interval(f);
        f->samples++;
        if (value < f->total) {
            f->falls++;
            delta = per_interval ? value : 0;
        } else {
            delta = per_interval ? value : value - f->total;
        }
    }
    f->total = value;
    f->pending += delta > 0 ? delta : 0;
}

static struct traffic_flow *flow_of(struct traffic_watch *t, enum metric_id metric)
{
    enum traffic_tier tier = counts[metric].tier;
    switch (counts[metric].side) {
    case TRAFFIC_IN:
        return &t->in[tier];
    case TRAFFIC_OUT:
        return &t->out[tier];
    case TRAFFIC_FAILED:
        break;
    }
    return &t->failed[tier];
}

bool watch_traffic_per_interval(const struct watch *w, enum metric_id metric)
{
    return is_per_interval(flow_of(w->traffic, metric));
}

enum watch_outcome watch_traffic_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x)
{
    struct traffic_watch *t = w->traffic;
    struct traffic_flow *f = flow_of(t, metric);

    if (!isnan(f->total) && t_ns <= f->last_ns)
        return WATCH_LATE;
    f->last_ns = t_ns;
    if (t_ns > t->cadence.last_ns)
        cadence_take(&t->cadence, t_ns);
    take_flow(f, x);
    return WATCH_TAKEN;
}
