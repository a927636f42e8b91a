/* SPDX-License-Identifier: MIT
 * Puts the outcomes of all shards into the one order (tick, entity, law), has hosts judged whose series meet
 * only here, hands findings to the correlator, and says everything: for each tick its anomalies, then
 * findings with what they do to incidents (of entities, then of whole hosts), then one line per host. */
#include <string.h>

#include "detection/case.h"
#include "engine/internal.h"

/* How far each shard's outcome lists have been merged. */
struct cursor {
    uint32_t reading, finding, anomaly, top;
};

static void say_anomalies(struct engine *g, const struct batch *b, struct cursor *cursors, uint32_t tick)
{
    for (;;) {
        const struct shard_anomaly *next = NULL;
        struct cursor *from = NULL;
        for (uint32_t i = 0; i < g->shard_count; i++) {
            const struct outcomes *o = &b->outcomes[i];
            const struct shard_anomaly *a =
                cursors[i].anomaly < o->anomaly_count ? &o->anomalies[cursors[i].anomaly] : NULL;
            if (a && a->tick == tick && (!next || a->anomaly.entity < next->anomaly.entity)) {
                next = a;
                from = &cursors[i];
            }
        }
        if (!next)
            return;
        from->anomaly++;
        engine_emit(g, &(struct event){.type = EVENT_ANOMALY, .anomaly = &next->anomaly});
    }
}

void engine_say_finding(struct engine *g, const struct finding *f)
{
    if (f->change != CHANGE_UPDATE)
        engine_emit(g, &(struct event){.type = EVENT_FINDING, .finding = f});
    correlator_finding(g->correlator, f);
}

static void say_findings(struct engine *g, const struct batch *b, struct cursor *cursors, uint32_t tick)
{
    for (;;) {
        const struct shard_finding *next = NULL;
        struct cursor *from = NULL;
        for (uint32_t i = 0; i < g->shard_count; i++) {
            const struct outcomes *o = &b->outcomes[i];
            const struct shard_finding *f =
                cursors[i].finding < o->finding_count ? &o->findings[cursors[i].finding] : NULL;
            /* Within a shard findings stand in the order (entity, law) already, and an entity lives in one
             * shard. */
            if (f && f->tick == tick && (!next || f->finding.entity < next->finding.entity)) {
                next = f;
                from = &cursors[i];
            }
        }
        if (!next)
            return;
        from->finding++;
        engine_say_finding(g, &next->finding);
    }
}

/* Joins what the shards say of each host at this tick. */
static void gather_tops(struct engine *g, const struct batch *b, struct cursor *cursors, uint32_t tick)
{
    for (uint32_t i = 0; i < g->shard_count; i++) {
        const struct outcomes *o = &b->outcomes[i];
        for (; cursors[i].top < o->top_count && o->tops[cursors[i].top].tick == tick; cursors[i].top++) {
            const struct shard_top *t = &o->tops[cursors[i].top];
            host_top_join(&engine_host(g, t->host)->top, &t->top);
        }
    }
}

/* The shock law of one whole host. Its watch belongs to a shard, but nothing there touches what it uses. */
static void judge_host(struct engine *g, struct host_front *h, int64_t now_ns)
{
    const struct law_module *law = &law_host_shock;
    struct watch *w = h->watch;
    struct opinion o;

    if (h->top.count >= 2)
        host_surprise_take(w->together, now_ns, &h->top);
    h->top = (struct host_top){0};
    law->judge(w, &g->settings, now_ns, &o);
    w->readings[law->id] = o.reading;
    if (o.active) {
        g->host_anomalies++;
        const struct series_level *first = &w->together->top.series[0];
        struct anomaly a = {.t_ns = first->t_ns,
            .entity = h->entity,
            .metric = first->metric < METRIC_KNOWN_COUNT
                          ? metric_table[first->metric].name
                          : catalog_entity_get(g->catalog, first->entity)->name,
            .kind = ANOMALY_SPIKE,
            .score = first->score};
        if (g->options.anomalies)
            engine_emit(g, &(struct event){.type = EVENT_ANOMALY, .anomaly = &a});
    }
    const struct finding *f = case_step(w, law, &g->settings, g->catalog, now_ns, &o);
    if (f)
        engine_say_finding(g, f);
}

static void judge_hosts(
    struct engine *g, const struct batch *b, struct cursor *cursors, uint32_t tick, int64_t now_ns)
{
    gather_tops(g, b, cursors, tick);
    for (uint32_t i = 0; i < g->host_count; i++)
        if (g->hosts[i]->watch->together && g->hosts[i]->watch->end == ENTITY_LIVES)
            judge_host(g, g->hosts[i], now_ns);
}

static enum host_state host_state_of(
    const struct engine *g, const struct host_front *h, const struct host_reading *r)
{
    uint32_t active = correlator_active_laws(g->correlator, h->entity);
    bool warm = false, waits = false;

    if (r->unusable && !r->fresh)
        return HOST_ERROR;
    if (h->silent_as_merged)
        return HOST_STALE;
    if (active & ~(1U << LAW_SIGNAL_LOST))
        return HOST_UNSTABLE;
    for (int i = 0; i < LAW_MAIN_COUNT; i++) {
        warm |= r->laws[i].state == LAW_OK || r->laws[i].state == LAW_ACTIVE;
        waits |= r->laws[i].state == LAW_WARMUP;
    }
    if (!warm && (waits || !r->paced))
        return HOST_WARMUP;
    return HOST_STABLE;
}

static void say_host(struct engine *g, const struct host_reading *r, int64_t now_ns)
{
    struct host_front *h = engine_host(g, r->host);
    const struct incident *i = correlator_incident(g->correlator, r->host);
    const struct veto *veto = correlator_advice(g->correlator, r->host);
    struct host_tick *t = &h->last;

    *t = (struct host_tick){.t_ns = now_ns, .host = r->host, .state = host_state_of(g, h, r), .incident = i};
    memcpy(t->laws, r->laws, sizeof(t->laws));
    if (veto)
        t->veto = *veto;
    h->has_last = true;
    engine_emit(g, &(struct event){.type = EVENT_TICK, .tick = t});
    t->incident = NULL; /* it may be gone when somebody looks later */
}

static void say_hosts(
    struct engine *g, const struct batch *b, struct cursor *cursors, uint32_t tick, int64_t now_ns)
{
    for (;;) {
        const struct host_reading *next = NULL;
        struct cursor *from = NULL;
        for (uint32_t i = 0; i < g->shard_count; i++) {
            const struct outcomes *o = &b->outcomes[i];
            const struct host_reading *r =
                cursors[i].reading < o->reading_count ? &o->readings[cursors[i].reading] : NULL;
            /* Within a shard hosts stand in order of entity id already. */
            if (r && r->tick == tick && (!next || r->host < next->host)) {
                next = r;
                from = &cursors[i];
            }
        }
        if (!next)
            return;
        from->reading++;
        say_host(g, next, now_ns);
    }
}

void engine_merge(struct engine *g, const struct batch *b)
{
    struct cursor cursors[ENGINE_SHARDS_MAX] = {0};

    for (uint32_t t = 0; t < b->tick_count; t++) {
        const struct tick_mark *m = &b->ticks[t];
        for (uint32_t i = 0; i < m->change_count; i++) {
            const struct silence_change *c = &b->changes[m->change_from + i];
            c->host->silent_as_merged = c->silent;
            correlator_silence(g->correlator, c->host->entity, c->silent);
        }
        say_anomalies(g, b, cursors, t);
        say_findings(g, b, cursors, t);
        judge_hosts(g, b, cursors, t, m->now_ns);
        if (t + 1 == b->tick_count)
            engine_tell_leavers(g);
        correlator_tick(g->correlator, m->now_ns);
        if (g->want_ticks)
            say_hosts(g, b, cursors, t, m->now_ns);
        g->merged_ns = m->now_ns;
    }
}
