/* SPDX-License-Identifier: MIT
 * Takes the samples of one entity apart by metric and keeps, in bounded state, what the laws will ask for.
 * Judging is the laws' business; counters become counts and rates here, over measured time, and a counter
 * that starts anew gives no rate that once. */
#include "detection/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmath.h"

/* Windows of the CPU law. */
#define CPU_WINDOW_S     60.0
#define CPU_SLOW_STEP_S  1.0 /* samples rarer than this: the window is counted in samples instead */
#define CPU_SLOW_SAMPLES 60U
#define CPU_GAP_STEPS                                                                                        \
    5.0 /* a hole longer than this many steps starts the window anew: a spectrum needs even spacing */

/* Windows of the memory law: 24 block minima over 15 min, 1 h, 4 h, 1 d. */
static const int64_t memory_blocks_ns[MEMORY_SCALES] = {
    INT64_C(37500000000), INT64_C(150000000000), INT64_C(600000000000), INT64_C(3600000000000)};
#define MEMORY_LINE_HALF_LIFE_S   24.0
#define MEMORY_RECENT_HALF_LIFE_S 10.0
#define USAGE_WEIGHT              0.05   /* per second */
#define BYTES_MAX                 9.3e18 /* no memory has 2^63 bytes: what says so is missing, not judged */

#define TRAFFIC_BUCKET_NS INT64_C(5000000000)
#define COUNT_FALLS_SHARE 8U /* a counter that falls in more than one of eight steps counts per interval */
#define COUNT_FALLS_MIN   4U

#define CAUSE_WEIGHT     0.035                  /* of one second: half-life about 20 s */
#define CAUSE_GAP_NS     INT64_C(30000000000)   /* a longer step is a hole, and gives no rate, ... */
#define CAUSE_GAP_STEPS  4                      /* ... if it is more than so many of the step before it */
#define CAUSE_GAP_MAX_NS INT64_C(3600000000000) /* the same where there is no step before it */

#define WARNING_STEP_S    1.0 /* readings that come faster are averaged to it */
#define WARNING_GAP_STEPS 5.0 /* a longer hole starts a block anew */
#define WARNING_CPU_FLOOR                                                                                    \
    0.3 /* points: below it a CPU is still; heuristic, chosen on 2026-11-22 (a tick of 10 ms) */
#define WARNING_FAILED_FLOOR 0.002 /* share of failures: same origin */

void watch_init(struct watch *w, uint32_t entity, uint32_t host, enum entity_kind kind)
{
    memset(w, 0, sizeof(*w));
    w->entity = entity;
    w->host = host;
    w->kind = kind;
    w->host_watch = w;
    cadence_init(&w->cadence);
}

void watch_done(struct watch *w)
{
    free(w->cpu);
    free(w->memory);
    free(w->traffic);
    free(w->gc);
    for (int i = 0; i < WARNING_SOURCES; i++)
        free(w->warnings[i]);
    free(w->causes);
    free(w->surprise);
    free(w->together);
    free(w->readings);
    for (int i = 0; i < LAW_COUNT; i++)
        free(w->cases[i]);
    memset(w, 0, sizeof(*w));
}

static int prepare_warning(struct watch *w, enum warning_source source, double floor)
{
    if (w->warnings[source])
        return 0;
    struct warning_watch *k = w->warnings[source] = calloc(1, sizeof(*k));
    if (!k)
        return -1;
    slowing_init(&k->slowing, floor);
    return 0;
}

static int prepare_cpu(struct watch *w)
{
    if (w->cpu)
        return 0;
    /* A single CPU swings with what the scheduler moves about, a process lives too short. */
    if (w->kind != ENTITY_CPU && w->kind != ENTITY_PROCESS &&
        prepare_warning(w, WARNING_CPU, WARNING_CPU_FLOOR))
        return -1;
    w->cpu = calloc(1, sizeof(*w->cpu));
    if (!w->cpu)
        return -1;
    cadence_init(&w->cpu->cadence);
    w->cpu->shape = w->cpu->wide = -1;
    return 0;
}

static int prepare_memory(struct watch *w)
{
    if (w->memory)
        return 0;
    struct memory_watch *m = w->memory = calloc(1, sizeof(*w->memory));
    if (!m)
        return -1;
    cadence_init(&m->cadence);
    m->used = m->limit = m->allocated_per_s = (double)NAN;
    m->tooth = m->record = m->lagged_peak = m->lagging_peak = m->peak = (double)NAN;
    m->valley = m->crest = m->checked_used = (double)NAN;
    m->last_scale = -1;
    trend_line_init(&m->line, MEMORY_LINE_HALF_LIFE_S);
    trend_line_init(&m->recent, MEMORY_RECENT_HALF_LIFE_S);
    for (int i = 0; i < MEMORY_SCALES; i++)
        envelope_init(&m->edges[i], memory_blocks_ns[i]);
    return 0;
}

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

static int prepare_traffic(struct watch *w, enum traffic_tier tier, enum traffic_side side)
{
    if (!w->traffic) {
        struct traffic_watch *t = w->traffic = calloc(1, sizeof(*w->traffic));
        if (!t)
            return -1;
        cadence_init(&t->cadence);
        t->bucket_ns = TRAFFIC_BUCKET_NS;
        for (int i = 0; i < TRAFFIC_TIERS; i++)
            t->in[i].total = t->out[i].total = t->failed[i].total = (double)NAN;
        begin_tier(t, tier);
    }
    w->traffic->sides[tier] |= (uint8_t)(1U << side);
    if (best_tier(w->traffic) != w->traffic->tier)
        begin_tier(w->traffic, best_tier(w->traffic));
    return 0;
}

static int prepare_causes(struct watch *w)
{
    if (w->causes)
        return 0;
    struct cause_watch *c = w->causes = calloc(1, sizeof(*w->causes));
    if (!c)
        return -1;
    c->iowait = c->steal = c->cpu_pressure = c->memory_pressure = c->io_pressure = c->throttled = (double)NAN;
    c->forks_per_s = c->switches_per_s = c->reclaim_per_s = c->gc_share = (double)NAN;
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++) {
        c->last[i].value = (double)NAN;
        c->last[i].t_ns = INT64_MIN;
    }
    return 0;
}

static int prepare_gc(struct watch *w)
{
    if (w->gc)
        return 0;
    w->gc = malloc(sizeof(*w->gc));
    if (!w->gc)
        return -1;
    gc_spiral_init(w->gc);
    return 0;
}

int watch_prepare(struct watch *w, uint32_t metric, const struct law_settings *settings)
{
    int failed = 0;

    switch (metric) {
    case METRIC_CPU_UTILIZATION:
        failed = prepare_cpu(w);
        break;
    case METRIC_MEMORY_USAGE:
    case METRIC_MEMORY_LIMIT:
    case METRIC_MEMORY_AVAILABLE:
    case METRIC_MEMORY_ALLOCATED:
        failed = prepare_memory(w) || prepare_causes(w);
        break;
    case METRIC_REQUESTS_IN:
        failed = prepare_traffic(w, TRAFFIC_REQUESTS, TRAFFIC_IN);
        break;
    case METRIC_REQUESTS_OUT:
        failed = prepare_traffic(w, TRAFFIC_REQUESTS, TRAFFIC_OUT);
        break;
    case METRIC_REQUESTS_FAILED:
        failed = prepare_traffic(w, TRAFFIC_REQUESTS, TRAFFIC_FAILED) ||
                 prepare_warning(w, WARNING_FAILURES, WARNING_FAILED_FLOOR);
        break;
    case METRIC_GC_TIME:
    case METRIC_GC_COUNT:
    case METRIC_HEAP_USED:
    case METRIC_HEAP_LIVE:
    case METRIC_HEAP_LIMIT:
    case METRIC_HEAP_ALLOCATED:
        failed = prepare_gc(w) || prepare_causes(w);
        break;
    case METRIC_CONNECTIONS_IN:
        failed = prepare_traffic(w, TRAFFIC_CONNECTIONS, TRAFFIC_IN);
        break;
    case METRIC_CONNECTIONS_OUT:
        failed = prepare_traffic(w, TRAFFIC_CONNECTIONS, TRAFFIC_OUT);
        break;
    case METRIC_CONNECTIONS_FAILED:
        failed = prepare_traffic(w, TRAFFIC_CONNECTIONS, TRAFFIC_FAILED);
        break;
    case METRIC_PACKETS_RECEIVED:
        failed = prepare_traffic(w, TRAFFIC_PACKETS, TRAFFIC_IN);
        break;
    case METRIC_PACKETS_SENT:
        failed = prepare_traffic(w, TRAFFIC_PACKETS, TRAFFIC_OUT);
        break;
    default:
        if (metric < METRIC_KNOWN_COUNT) {
            failed = prepare_causes(w);
        } else if (!w->surprise) {
            w->surprise = calloc(1, sizeof(*w->surprise));
            failed = !w->surprise;
            if (w->surprise)
                surprise_init(w->surprise, settings->budget_per_day);
        }
    }
    return failed ? -1 : 0;
}

/* The window in samples, once the cadence is known. */
static void size_cpu_window(struct cpu_watch *c)
{
    double step = c->cadence.usual_s;
    if (step <= 0)
        return;
    double n = step < CPU_SLOW_STEP_S * 0.999 ? floor(CPU_WINDOW_S / step + 0.5) : CPU_SLOW_SAMPLES;
    c->window = n > CPU_RING ? CPU_RING : (uint32_t)n;
}

static bool take_cpu(struct cpu_watch *c, int64_t t_ns, double ratio)
{
    int64_t last_ns = c->cadence.last_ns;
    bool begun = c->cadence.count > 0;
    if (!cadence_take(&c->cadence, t_ns))
        return false;
    if (c->window == 0 || c->cadence.count % CADENCE_STEPS == 1)
        size_cpu_window(c);
    if (begun && c->window &&
        (double)((uint64_t)t_ns - (uint64_t)last_ns) * 1e-9 > CPU_GAP_STEPS * c->cadence.usual_s) {
        c->count = 0;
        c->judged = false;
        c->eager = 0;
        c->wide_samples = 0;
    }
    c->ring[c->head] = (float)(ratio * 100.0);
    c->head = (c->head + 1) % CPU_RING;
    if (c->count < CPU_RING)
        c->count++;
    c->since_judged++;
    return true;
}

/* One reading more of what is asked for slowing down; readings that come faster than a second are averaged.
 */
static void take_warning_cpu(struct watch *w, int64_t t_ns, int64_t last_ns, double points)
{
    struct warning_watch *k = w->warnings[WARNING_CPU];
    double step_s = w->cpu->cadence.usual_s;

    if (!k || step_s <= 0)
        return;
    uint32_t group = step_s < WARNING_STEP_S ? (uint32_t)(WARNING_STEP_S / step_s + 0.5) : 1;
    double value_step_s = step_s * group;
    if (last_ns != INT64_MIN &&
        (double)((uint64_t)t_ns - (uint64_t)last_ns) * 1e-9 > WARNING_GAP_STEPS * value_step_s) {
        slowing_break(&k->slowing);
        k->sum = k->in_sum = 0;
    }
    k->step_s = value_step_s;
    k->sum += points;
    if (++k->in_sum < group)
        return;
    slowing_push(&k->slowing, k->sum / k->in_sum);
    k->sum = k->in_sum = 0;
}

static bool take_memory_usage(struct memory_watch *m, int64_t t_ns, double used)
{
    if (!cadence_take(&m->cadence, t_ns))
        return false;
    double step_s = m->cadence.usual_s > 0 ? m->cadence.usual_s : 1.0;
    m->used = used;
    if (!(used <= m->peak))
        m->peak = used;
    trend_line_push(&m->line, (double)t_ns * 1e-9, used);
    trend_line_push(&m->recent, (double)t_ns * 1e-9, used);
    for (int i = 0; i < MEMORY_SCALES; i++)
        envelope_push(&m->edges[i], t_ns, used);
    double w = USAGE_WEIGHT * step_s;
    average_take(&m->usage_level, used, w < 0.5 ? w : 0.5, 1.0);
    return true;
}

/* Adds one reading of a count to its flow. A cumulative counter gives differences; one that keeps falling is
 * taken as a count per interval. */
static void take_flow(struct traffic_flow *f, double value)
{
    double delta = 0;
    if (!isnan(f->total)) {
        bool per_interval = f->falls >= COUNT_FALLS_MIN && f->falls * COUNT_FALLS_SHARE > f->samples;
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

static bool take_traffic(struct traffic_watch *t, struct traffic_flow *f, int64_t t_ns, double value)
{
    if (!isnan(f->total) && t_ns <= f->last_ns)
        return false;
    f->last_ns = t_ns;
    if (t_ns > t->cadence.last_ns)
        cadence_take(&t->cadence, t_ns);
    take_flow(f, value);
    return true;
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

static bool take_cause(struct cause_watch *c, enum metric_id metric, int64_t t_ns, double value)
{
    int64_t last_ns = c->last[metric].t_ns;
    if (t_ns <= last_ns)
        return false;
    double dt_s = last_ns == INT64_MIN ? 1 : (double)((uint64_t)t_ns - (uint64_t)last_ns) * 1e-9;
    double *gauge = metric == METRIC_CPU_IOWAIT ? &c->iowait : metric == METRIC_CPU_STEAL ? &c->steal : NULL;
    if (gauge) {
        c->last[metric].t_ns = t_ns;
        blend(gauge, value, dt_s);
        return true;
    }
    double *mean = metric == METRIC_CPU_PRESSURE       ? &c->cpu_pressure
                   : metric == METRIC_MEMORY_PRESSURE  ? &c->memory_pressure
                   : metric == METRIC_IO_PRESSURE      ? &c->io_pressure
                   : metric == METRIC_CPU_THROTTLED    ? &c->throttled
                   : metric == METRIC_FORKS            ? &c->forks_per_s
                   : metric == METRIC_CONTEXT_SWITCHES ? &c->switches_per_s
                   : metric == METRIC_RECLAIM          ? &c->reclaim_per_s
                   : metric == METRIC_GC_TIME          ? &c->gc_share
                                                       : NULL;
    double rate = watch_cause_rate(c, metric, t_ns, value);
    if (mean)
        blend(mean, rate, dt_s);
    return true;
}

static bool take_series(struct watch *w, int64_t t_ns, double x, const struct law_settings *settings)
{
    struct surprise *s = w->surprise;
    struct surprise_view v;

    if (w->cadence.usual_s > 0 && w->cadence.count == CADENCE_STEPS + 1)
        surprise_set_cadence(s, w->cadence.usual_s, settings->budget_per_day);
    surprise_take(s, t_ns, x, &v);
    /* Records of many series come together, with every change of load: between themselves they say little. */
    bool alone = !w->share || w->share->series < 2;
    double level = alone ? surprise_level(s, &v) : tail_level(&s->tail, v.score);
    if (!w->fresh || level > w->shock_level) {
        w->shock = v;
        w->shock_value = x;
        w->shock_level = level;
        w->shock_ns = t_ns;
    }
    w->lonely_alarm |= v.alarm && alone;
    return true;
}

/* Where a count of traffic goes; NULL: the metric is none. */
static struct traffic_flow *flow_of(struct traffic_watch *t, uint32_t metric)
{
    switch (metric) {
    case METRIC_REQUESTS_IN:
        return &t->in[TRAFFIC_REQUESTS];
    case METRIC_REQUESTS_OUT:
        return &t->out[TRAFFIC_REQUESTS];
    case METRIC_REQUESTS_FAILED:
        return &t->failed[TRAFFIC_REQUESTS];
    case METRIC_CONNECTIONS_IN:
        return &t->in[TRAFFIC_CONNECTIONS];
    case METRIC_CONNECTIONS_OUT:
        return &t->out[TRAFFIC_CONNECTIONS];
    case METRIC_CONNECTIONS_FAILED:
        return &t->failed[TRAFFIC_CONNECTIONS];
    case METRIC_PACKETS_RECEIVED:
        return &t->in[TRAFFIC_PACKETS];
    case METRIC_PACKETS_SENT:
        return &t->out[TRAFFIC_PACKETS];
    default:
        return NULL;
    }
}

void watch_heard(struct watch *w, int64_t t_ns)
{
    if (t_ns > w->cadence.last_ns)
        cadence_take(&w->cadence, t_ns);
}

bool watch_take(struct watch *w, uint32_t metric, int64_t t_ns, double x, const struct law_settings *settings)
{
    struct traffic_flow *flow = flow_of(w->traffic, metric);
    bool taken = true;

    if (metric >= METRIC_KNOWN_COUNT) {
        if (!cadence_take(&w->cadence, t_ns))
            return false;
        take_series(w, t_ns, x, settings);
        w->fresh = true;
        return true;
    }
    switch ((enum metric_id)metric) {
    case METRIC_CPU_UTILIZATION: {
        int64_t last_ns = w->cpu->cadence.last_ns;
        taken = take_cpu(w->cpu, t_ns, x);
        if (taken)
            take_warning_cpu(w, t_ns, last_ns, 100 * x);
        break;
    }
    case METRIC_MEMORY_USAGE:
    case METRIC_MEMORY_AVAILABLE:
        if (metric == METRIC_MEMORY_AVAILABLE)
            x = w->memory->limit - x;
        /* Without the limit there is nothing to take it from: absent, not 0. */
        if (isnan(x))
            break;
        if (x < 0 || x > BYTES_MAX) {
            w->unusable = true;
            return true;
        }
        taken = take_memory_usage(w->memory, t_ns, x);
        break;
    case METRIC_MEMORY_LIMIT:
        taken = take_cause(w->causes, METRIC_MEMORY_LIMIT, t_ns, x);
        if (taken)
            w->memory->limit = x > 0 ? x : (double)NAN; /* some say 0 for "none" */
        break;
    case METRIC_MEMORY_ALLOCATED:
        taken = t_ns > w->causes->last[METRIC_MEMORY_ALLOCATED].t_ns;
        if (taken)
            w->memory->allocated_per_s = watch_cause_rate(w->causes, METRIC_MEMORY_ALLOCATED, t_ns, x);
        break;
    case METRIC_GC_TIME:
    case METRIC_GC_COUNT:
    case METRIC_HEAP_USED:
    case METRIC_HEAP_LIVE:
    case METRIC_HEAP_LIMIT:
    case METRIC_HEAP_ALLOCATED:
        taken = take_cause(w->causes, (enum metric_id)metric, t_ns, x);
        if (taken)
            gc_spiral_take(w->gc, (enum metric_id)metric, t_ns, x);
        break;
    default:
        taken = flow ? take_traffic(w->traffic, flow, t_ns, x)
                     : take_cause(w->causes, (enum metric_id)metric, t_ns, x);
    }
    if (taken) {
        if (w->kind != ENTITY_HOST && t_ns > w->cadence.last_ns)
            cadence_take(&w->cadence, t_ns);
        w->fresh = true;
    }
    return taken;
}
