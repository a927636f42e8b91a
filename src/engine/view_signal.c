/* SPDX-License-Identifier: MIT
 * Answers what outputs ask of one entity's quantities (core/view.h): what they are now, what was expected of
 * them, and what of them has an end. Verdicts, and the rest of the interface, are view.c's. */
#include "core/view.h"

#include <math.h>

#include "detection/resource.h"
#include "engine/internal.h"

#define PERCENT 0.01

static const struct watch *watch_of(const struct view *v, uint32_t entity)
{
    struct engine *g = (struct engine *)(uintptr_t)v;
    engine_wait(g);
    return engine_watch(g, entity);
}

static struct view_signal of_shock(const struct surprise *s, const struct shock *k, bool rate)
{
    return (struct view_signal){.value = s->ring[(s->count - 1) % SURPRISE_RING],
        .expected = k->view.expected,
        .surprise = k->view.score,
        .rate = rate};
}

static double last_cpu(const struct process_watch *p)
{
    return p->count ? (double)p->ring[(p->head + PROCESS_RING - 1) % PROCESS_RING] * PERCENT : (double)NAN;
}

/* Threads are whole: the line through their number is not. */
static double threads_of(const struct process_watch *p)
{
    return floor(trend_line_now(&p->threads) + 0.5);
}

/* What a process has of a metric; NaN when it has nothing. */
static double of_process(const struct process_watch *p, uint32_t metric, bool *ret_rate)
{
    static const struct {
        enum metric_id metric;
        enum process_counter counter;
    } counters[PROCESS_COUNTERS] = {{METRIC_PAGE_FAULTS, PROCESS_FAULTS},
        {METRIC_MAJOR_FAULTS, PROCESS_MAJOR_FAULTS}, {METRIC_RUN_QUEUE_WAIT, PROCESS_RUN_QUEUE},
        {METRIC_STORAGE_READ, PROCESS_READ}, {METRIC_STORAGE_WRITTEN, PROCESS_WRITTEN}};

    for (int i = 0; i < PROCESS_COUNTERS; i++)
        if (counters[i].metric == metric) {
            *ret_rate = true;
            return p->rates[counters[i].counter].per_s;
        }
    *ret_rate = false;
    switch (metric) {
    case METRIC_CPU_UTILIZATION:
        return last_cpu(p);
    case METRIC_MEMORY_USAGE:
        return trend_line_now(&p->memory);
    case METRIC_FUTEX_SHARE:
        return p->futex_share;
    case METRIC_THREADS:
        return threads_of(p);
    default:
        return (double)NAN;
    }
}

static const struct usage_watch *usage_of(const struct watch *w, uint32_t metric, bool *ret_limit)
{
    int id = metric < METRIC_KNOWN_COUNT ? resource_of((enum metric_id)metric) : -1;

    if (id >= 0 && w->resources[id]) {
        *ret_limit = metric == resource_table[id].limit;
        return &w->resources[id]->usage;
    }
    *ret_limit = metric == METRIC_MEMORY_LIMIT;
    return w->memory && (metric == METRIC_MEMORY_LIMIT || metric == METRIC_MEMORY_USAGE) ? &w->memory->usage
                                                                                         : NULL;
}

bool view_signal(const struct view *v, uint32_t entity, uint32_t metric, struct view_signal *ret)
{
    const struct watch *w = watch_of(v, entity);
    bool known = metric < METRIC_KNOWN_COUNT, limit;
    struct view_signal s = {(double)NAN, (double)NAN, (double)NAN, false};

    if (!w)
        return false;
    const struct quantity *q = known ? watch_quantity(w, (enum metric_id)metric) : NULL;
    const struct usage_watch *u = usage_of(w, metric, &limit);
    if (q && q->surprise.count)
        s = of_shock(&q->surprise, &q->shock, metric_table[metric].kind != METRIC_GAUGE);
    else if (!known && w->surprise && w->surprise->count)
        s = of_shock(w->surprise, &w->shock, false);
    else if (w->process)
        s.value = of_process(w->process, metric, &s.rate);
    if (isnan(s.value) && u)
        s.value = limit ? u->limit : u->used;
    if (isnan(s.value) && metric == METRIC_CPU_UTILIZATION && w->cpu && w->cpu->count)
        s.value = (double)w->cpu->ring[(w->cpu->head + CPU_RING - 1) % CPU_RING] * PERCENT;
    if (isnan(s.value))
        return false;
    *ret = s;
    return true;
}

bool view_process(const struct view *v, uint32_t entity, struct view_process *ret)
{
    const struct watch *w = watch_of(v, entity);
    const struct process_watch *p = w ? w->process : NULL;

    if (!p)
        return false;
    *ret = (struct view_process){.cpu_ratio = last_cpu(p),
        .memory_bytes = trend_line_now(&p->memory),
        .growth_bytes_per_s = trend_line_slope(&p->memory),
        .threads = threads_of(p),
        .futex_ratio = p->futex_share,
        .wait_ratio = p->rates[PROCESS_RUN_QUEUE].per_s,
        .faults_per_s = p->rates[PROCESS_FAULTS].per_s,
        .major_faults_per_s = p->rates[PROCESS_MAJOR_FAULTS].per_s,
        .read_bytes_per_s = p->rates[PROCESS_READ].per_s,
        .written_bytes_per_s = p->rates[PROCESS_WRITTEN].per_s};
    return true;
}

/* When a growth meets its limit was told as seconds from when it was last seen. */
static double left_of(double told_s, int64_t age_ns)
{
    double left = told_s - (double)age_ns * 1e-9;
    return !isfinite(told_s) ? (double)NAN : left > 0 ? left : 0;
}

static struct view_supply supply_of(
    const struct watch *w, const struct usage_watch *u, int facet, int64_t now_ns)
{
    const struct law_case *k = w->cases[LAW_FEVER];
    bool told = k && k->open && k->facet == facet;

    return (struct view_supply){.used = u->used,
        .limit = u->limit,
        .growth_per_s = trend_line_slope(&u->line),
        .early_s = told ? left_of(u->last_early_s, now_ns - u->growth_seen_ns) : (double)NAN,
        .late_s = told ? left_of(u->last_late_s, now_ns - u->growth_seen_ns) : (double)NAN};
}

uint32_t view_supplies(const struct view *v, uint32_t entity, struct view_supply *out, uint32_t n)
{
    static const char *const names[RESOURCE_COUNT] = {[RESOURCE_TASKS] = "tasks",
        [RESOURCE_TRACKED] = "connections tracked",
        [RESOURCE_SPACE] = "space",
        [RESOURCE_INODES] = "inodes",
        [RESOURCE_FILES] = "open files"};
    const struct watch *w = watch_of(v, entity);
    int64_t now_ns = view_now_ns(v);
    uint32_t have = 0;

    if (w && w->memory && !isnan(w->memory->usage.used) && have < n) {
        out[have] = supply_of(w, &w->memory->usage, FEVER_GROWTH, now_ns);
        out[have].name = "memory";
        out[have++].bytes = true;
    }
    for (int id = 0; w && id < RESOURCE_COUNT && have < n; id++)
        if (w->resources[id] && !isnan(w->resources[id]->usage.used)) {
            out[have] = supply_of(w, &w->resources[id]->usage, FEVER_RESOURCE + id, now_ns);
            out[have].name = names[id];
            out[have++].bytes = resource_table[id].words.bytes;
        }
    return have;
}
