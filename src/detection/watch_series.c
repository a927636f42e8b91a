/* SPDX-License-Identifier: MIT
 * Hands what an entity measures to the judgement that knows no law, its surprise: every series of a metric
 * that no law knows, and every quantity of hosts, cgroups, services and runtimes that the laws do know.
 * Single CPUs and processes are left out: they change with every decision of the scheduler; and file systems,
 * whose use moves in jumps of any height. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "detection/resource.h"
#include "detection/watch_parts.h"

#define QUANTITY_STEP_NS                                                                                     \
    INT64_C(750000000) /* faster readings become one: a second, less what a late reading may be early */

int watch_series_prepare(struct watch *w, const struct law_settings *settings)
{
    if (w->surprise)
        return 0;
    size_t bytes = settings->memory_per_series_bytes;
    if (bytes >= NOVELTY_BYTES_MIN && !w->novelty && !(w->novelty = novelty_new(bytes)))
        return -ENOMEM;
    w->surprise = calloc(1, sizeof(*w->surprise));
    if (!w->surprise)
        return -ENOMEM;
    surprise_init(w->surprise, settings->budget_per_day);
    return 0;
}

/* Is it set, or a clock, or told by another already? */
static bool is_no_measure(enum metric_id metric)
{
    int resource = resource_of(metric);
    return metric == METRIC_MEMORY_LIMIT || metric == METRIC_HEAP_LIMIT || metric == METRIC_UPTIME ||
           metric == METRIC_GC_MAJOR || (resource >= 0 && resource_table[resource].limit == metric);
}

static bool is_watched(const struct watch *w, enum metric_id metric)
{
    bool pressure =
        metric == METRIC_CPU_PRESSURE || metric == METRIC_MEMORY_PRESSURE || metric == METRIC_IO_PRESSURE;
    /* A cgroup's pressure is evidence of what the law sees; three more habits for each are not worth their
     * memory. */
    if (is_no_measure(metric) || (pressure && w->kind == ENTITY_CGROUP))
        return false;
    return w->kind == ENTITY_HOST || w->kind == ENTITY_CGROUP || w->kind == ENTITY_SERVICE ||
           w->kind == ENTITY_JVM;
}

int watch_quantity_prepare(struct watch *w, enum metric_id metric, const struct law_settings *settings)
{
    if (!is_watched(w, metric) || watch_quantity(w, metric))
        return 0;
    if (!w->quantities && !(w->quantities = calloc(1, sizeof(*w->quantities))))
        return -ENOMEM;
    struct quantity *q = calloc(1, sizeof(*q));
    if (!q)
        return -ENOMEM;
    cadence_init(&q->cadence);
    surprise_init(&q->surprise, settings->budget_per_day);
    q->from_ns = INT64_MIN;
    q->metric = metric;
    w->quantities->items[w->quantities->count] = q;
    w->quantities->place[metric] = (uint8_t)++w->quantities->count;
    return 0;
}

void watch_quantities_done(struct watch *w)
{
    for (uint32_t i = 0; w->quantities && i < w->quantities->count; i++)
        free(w->quantities->items[i]);
    free(w->quantities);
}

/* Is it the only one of its host? Then it is judged alone, and may say alarm itself. Records of many series
 * come together, with every change of load: between themselves they say little. */
static bool is_alone(const struct watch *w)
{
    return !w->share || w->share->series < 2;
}

/* What is judged: a series or a quantity. */
struct judged {
    struct surprise *surprise;
    struct novelty *novelty; /* NULL: it has none, or it is not alone */
    struct shock *shock;
    bool alone;
};

/* Returns whether it is an alarm of its own. */
static bool judge(const struct judged *j, int64_t t_ns, double x)
{
    struct surprise *s = j->surprise;
    struct shock *k = j->shock;
    struct surprise_view v;
    double distance = (double)NAN;

    surprise_take(s, t_ns, x, &v);
    double level = j->alone ? surprise_level(s, &v) : tail_level(&s->tail, v.score);
    if (j->novelty) {
        distance = novelty_take(j->novelty, t_ns, x, s->weight);
        level = novelty_level(j->novelty, distance, level);
        v.alarm = level >= (double)s->tail.alarm_level;
    }
    if (!k->fresh || level > k->level) {
        k->view = v;
        k->value = x;
        k->level = level;
        k->novelty = distance;
        k->t_ns = t_ns;
    }
    k->alarm |= v.alarm && j->alone;
    k->fresh = true;
    return k->alarm;
}

/* A source that has shown its pace tells how many samples a week has. */
static void settle_pace(struct surprise *s, const struct cadence *c, const struct law_settings *settings)
{
    if (c->usual_s > 0 && c->count == CADENCE_STEPS + 1)
        surprise_set_cadence(s, c->usual_s, settings->budget_per_day);
}

void watch_series_take(struct watch *w, int64_t t_ns, double x, const struct law_settings *settings)
{
    settle_pace(w->surprise, &w->cadence, settings);
    bool alone = is_alone(w);
    w->alarmed |= judge(&(struct judged){w->surprise, alone ? w->novelty : NULL, &w->shock, alone}, t_ns, x);
}

/* The next value of a level: the mean of its readings since the last one. NaN: not yet. */
static double next_level(struct quantity *q, int64_t t_ns, double x)
{
    q->held += x;
    q->readings++;
    if (t_ns < cadence_after(q->from_ns, QUANTITY_STEP_NS))
        return (double)NAN;
    double mean = q->held / q->readings;
    q->from_ns = t_ns;
    q->held = 0;
    q->readings = 0;
    return mean;
}

/* The next rate: of a counter, or of a count that starts anew with every reading. NaN: not yet, or none,
 * since the counter started anew. */
static double next_rate(struct quantity *q, bool per_interval, int64_t t_ns, double x)
{
    if (q->from_ns == INT64_MIN || per_interval != q->per_interval || (!per_interval && x < q->held)) {
        q->held = per_interval ? 0 : x;
        q->per_interval = per_interval;
        q->from_ns = t_ns;
        return (double)NAN;
    }
    if (per_interval)
        q->held += x;
    if (t_ns < cadence_after(q->from_ns, QUANTITY_STEP_NS))
        return (double)NAN;
    double counted = per_interval ? q->held : x - q->held;
    double dt_s = (double)((uint64_t)t_ns - (uint64_t)q->from_ns) * 1e-9;
    q->held = per_interval ? 0 : x;
    q->from_ns = t_ns;
    return counted / dt_s;
}

void watch_quantity_take(
    struct watch *w, struct quantity *q, int64_t t_ns, double x, const struct law_settings *settings)
{
    enum metric_id metric = (enum metric_id)q->metric;
    enum metric_kind kind = metric_table[metric].kind;
    bool per_interval = kind == METRIC_COUNT && watch_traffic_per_interval(w, metric);
    double value = kind == METRIC_GAUGE ? next_level(q, t_ns, x) : next_rate(q, per_interval, t_ns, x);

    if (isnan(value) || !cadence_take(&q->cadence, t_ns))
        return;
    settle_pace(&q->surprise, &q->cadence, settings);
    w->alarmed |= judge(&(struct judged){&q->surprise, NULL, &q->shock, is_alone(w)}, t_ns, value);
}

struct watch_surprise watch_most_surprising(const struct watch *w)
{
    const struct quantity *most = NULL;

    if (w->surprise)
        return (struct watch_surprise){w->surprise, &w->shock, &w->cadence, METRIC_KNOWN_COUNT};
    for (uint32_t i = 0; w->quantities && i < w->quantities->count; i++)
        if (!most || w->quantities->items[i]->shock.level > most->shock.level)
            most = w->quantities->items[i];
    if (!most)
        return (struct watch_surprise){.metric = METRIC_KNOWN_COUNT};
    return (struct watch_surprise){&most->surprise, &most->shock, &most->cadence, most->metric};
}

void watch_rest(struct watch *w)
{
    w->fresh = w->unusable = w->alarmed = w->shock.fresh = w->shock.alarm = false;
    for (uint32_t i = 0; w->quantities && i < w->quantities->count; i++)
        w->quantities->items[i]->shock.fresh = w->quantities->items[i]->shock.alarm = false;
}
