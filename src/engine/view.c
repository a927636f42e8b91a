/* SPDX-License-Identifier: MIT
 * Answers what outputs ask of the engine (core/view.h): read-only, from the state as of the last merge, or a
 * little later; no thread is at work while they look. */
#include "core/view.h"

#include <math.h>
#include <string.h>

#include "engine/internal.h"

static const struct engine *engine_of(const struct view *v)
{
    struct engine *g = (struct engine *)(uintptr_t)v;
    engine_wait(g);
    return g;
}

const struct catalog *view_catalog(const struct view *v)
{
    return engine_of(v)->catalog;
}

int64_t view_now_ns(const struct view *v)
{
    return engine_of(v)->classic ? engine_of(v)->last_tick_ns : engine_of(v)->merged_ns;
}

const struct host_tick *view_host(const struct view *v, uint32_t host)
{
    const struct engine *g = engine_of(v);
    if (g->classic)
        return classic_engine_host(g->classic, host);
    const struct host_front *h = engine_host(g, host);
    return h && h->has_last ? &h->last : NULL;
}

static const struct watch *watch_of(const struct view *v, uint32_t entity)
{
    return engine_watch(engine_of(v), entity);
}

struct law_reading view_reading(const struct view *v, uint32_t entity, enum law_id law)
{
    const struct host_tick *t = engine_of(v)->classic && law < LAW_MAIN_COUNT ? view_host(v, entity) : NULL;
    if (t)
        return t->laws[law];
    const struct watch *w = watch_of(v, entity);
    if (w && w->readings)
        return w->readings[law];
    struct law_reading r = law_reading_empty(LAW_UNOBSERVABLE, "");
    if (!w || law != LAW_SHOCK || !w->surprise)
        return r;
    r.state = w->cases[LAW_SHOCK] && w->cases[LAW_SHOCK]->open ? LAW_ACTIVE
              : w->surprise->tail.learned                      ? LAW_OK
                                                               : LAW_WARMUP;
    r.value = w->shock.value;
    r.expected = w->shock.view.expected;
    return r;
}

/* The i-th open finding over all watches, in order of entity and law; the count when i is UINT32_MAX. */
static const struct finding *nth_finding(const struct engine *g, uint32_t i, uint32_t *ret_count)
{
    uint32_t n = 0;
    for (uint32_t e = catalog_entity_first(g->catalog); e != ENTITY_NONE;
         e = catalog_entity_next(g->catalog, e)) {
        const struct watch *w = engine_watch(g, e);
        for (int law = 0; w && law < LAW_COUNT; law++) {
            const struct law_case *k = w->cases[law];
            if (k && k->open && n++ == i)
                return &k->finding;
        }
    }
    if (ret_count)
        *ret_count = n;
    return NULL;
}

uint32_t view_finding_count(const struct view *v)
{
    uint32_t n = 0;
    nth_finding(engine_of(v), UINT32_MAX, &n);
    return n;
}

const struct finding *view_finding(const struct view *v, uint32_t i)
{
    return nth_finding(engine_of(v), i, NULL);
}

uint32_t view_incident_count(const struct view *v)
{
    return correlator_open_count(engine_of(v)->correlator);
}

const struct incident *view_incident(const struct view *v, uint32_t i)
{
    return correlator_open(engine_of(v)->correlator, i);
}

/* The newest n of a ring's `count` values that are present, oldest first. */
static uint32_t newest_of(
    const float *ring, uint32_t size, uint32_t head, uint32_t count, float *out, uint32_t n)
{
    uint32_t have = 0, back = 0;

    for (; back < count && have < n; back++)
        have += !isnan(ring[(head + size - back - 1) % size]);
    for (uint32_t i = 0; i < have; back--)
        if (!isnan(ring[(head + size - back) % size]))
            out[i++] = ring[(head + size - back) % size] / 100.0F;
    return have;
}

uint32_t view_recent(const struct view *v, uint32_t series, float *out, uint32_t n)
{
    const struct engine *g = engine_of(v);
    const struct slot *slot = engine_slot(g, series);
    if (!slot)
        return 0;
    const struct cpu_watch *c = slot->watch->cpu;
    const struct quantity *q =
        slot->metric < METRIC_KNOWN_COUNT ? watch_quantity(slot->watch, (enum metric_id)slot->metric) : NULL;
    const struct surprise *s = q ? &q->surprise : slot->watch->surprise;
    const struct process_watch *p = slot->watch->process;
    uint32_t have = 0;
    if (slot->metric == METRIC_CPU_UTILIZATION && p) {
        have = newest_of(p->ring, PROCESS_RING, p->head, p->count, out, n);
    } else if (slot->metric == METRIC_CPU_UTILIZATION && c) {
        have = newest_of(c->ring, CPU_RING, c->head, c->count, out, n);
    } else if (s) {
        uint32_t kept = s->count < SURPRISE_RING ? s->count : SURPRISE_RING;
        have = kept < n ? kept : n;
        for (uint32_t i = 0; i < have; i++)
            out[i] = (float)s->ring[(s->count - have + i) % SURPRISE_RING];
    }
    return have;
}

uint32_t view_spectrum(const struct view *v, uint32_t entity, double *scale_s, double *value, uint32_t n)
{
    const struct watch *w = watch_of(v, entity);
    uint32_t i = 0;
    if (!w || !w->cpu || !w->cpu->judged)
        return 0;
    for (; i < n && i < w->cpu->octave_count; i++) {
        scale_s[i] = w->cpu->octaves[i].tau_s;
        value[i] = w->cpu->octaves[i].robust_form;
    }
    return i;
}

/* Days for which a tail has judged: its closed blocks but the first, in which nothing can be an alarm. */
static double judged_days(const struct tail *t, double step_s)
{
    double block_s = step_s > 3600 ? step_s : 3600;
    return t->closed > 1 ? (t->closed - 1) * block_s / 86400 : 0;
}

double engine_judged_days(const struct watch *w, bool alone)
{
    const struct host_surprise *h = w->together;
    struct watch_surprise m = watch_most_surprising(w);
    double days = h ? judged_days(&h->several, h->step_s) : 0;
    if (alone && m.surprise)
        days += judged_days(&m.surprise->tail, m.cadence->usual_s);
    return days;
}

/* Of hosts: where their series are judged together, or the only one alone. */
static double host_days(const struct engine *g)
{
    double days = 0;
    for (uint32_t i = 0; i < g->shard_count; i++)
        for (uint32_t k = 0; k < g->shards[i].watch_count; k++) {
            const struct watch *w = g->shards[i].watches[k];
            if (w->end == ENTITY_LIVES)
                days += engine_judged_days(w, w->share->series == 1);
        }
    for (uint32_t i = 0; i < g->leaver_count; i++)
        if (!g->leavers[i].settled)
            days += engine_leaver_days(g, &g->leavers[i]);
    return days;
}

struct summary view_summary(const struct view *v)
{
    const struct engine *g = engine_of(v);
    struct summary s = g->totals;
    s.series = catalog_series_count(g->catalog);
    s.refused += catalog_refused(g->catalog);
    s.anomalies += g->host_anomalies;
    for (uint32_t i = 0; i < g->shard_count; i++) {
        s.late += g->shards[i].late;
        s.anomalies += g->shards[i].anomalies;
        s.unsaid += g->shards[i].dropped;
    }
    s.promised_per_day = g->classic ? (double)NAN : g->settings.budget_per_day;
    s.judged_days = g->classic ? 0 : g->totals.judged_days + host_days(g);
    return s;
}
