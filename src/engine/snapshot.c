/* SPDX-License-Identifier: MIT
 * Turns a whole engine into bytes and back: its own fields here, the rest by the rooms that own it (catalog,
 * watches, correlator). Reading rebuilds the engine through the same doors as a feed does, admitting hosts
 * and series in their old order, and then fills what stands there; so a snapshot can lie about numbers, but
 * not about what memory there is.
 *
 * Not kept: what was said at the last tick (it is said anew at the next), and how the work was shared out
 * between threads. */
#include "engine/snapshot.h"

#include <errno.h>
#include <stdlib.h>

#include "correlation/correlator_snapshot.h"
#include "detection/watch_snapshot.h"
#include "engine/internal.h"

/* Which version wrote it, and what its numbers mean. Returns whether this one can read on. */
static bool pack_maker(struct pack *p)
{
    uint32_t version = ENGINE_SNAPSHOT_VERSION;
    uint64_t vocabulary = snapshot_vocabulary();

    pack_part(p, "engine");
    pack_u32(p, &version);
    pack_u64(p, &vocabulary);
    if (version != ENGINE_SNAPSHOT_VERSION || vocabulary != snapshot_vocabulary())
        pack_fail(p, -EPROTO);
    return !p->error;
}

static void pack_clock(struct pack *p, struct engine *g)
{
    pack_part(p, "clock");
    pack_bool(p, &g->has_ticked);
    pack_time_or_none(p, &g->last_tick_ns);
    pack_check(p, g->has_ticked == (g->last_tick_ns != INT64_MIN));
    pack_time_or_none(p, &g->last_frame_ns);
    pack_time(p, &g->merged_ns);
    pack_time_or_none(p, &g->swept_ns);
    pack_u32(p, &g->ticks_unswept);
}

/* Counts of all shards are one shard's afterwards. */
static void pack_totals(struct pack *p, struct engine *g)
{
    struct summary *t = &g->totals;
    uint64_t *counts[] = {&t->samples, &t->anomalies, &t->findings, &t->incidents, &t->not_finite,
        &t->refused, &t->shocks, &g->host_anomalies};
    uint64_t late = 0, anomalies = 0, dropped = 0;

    for (uint32_t i = 0; i < g->shard_count; i++) {
        late += g->shards[i].late;
        anomalies += g->shards[i].anomalies;
        dropped += g->shards[i].dropped;
    }
    pack_part(p, "totals");
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        pack_u64(p, counts[i]);
    pack_u64(p, &late);
    pack_u64(p, &anomalies);
    pack_u64(p, &dropped);
    pack_within(p, &t->judged_days, 0, 1e12);
    if (p->reading) {
        g->shards[0].late = late;
        g->shards[0].anomalies = anomalies;
        g->shards[0].dropped = dropped;
    }
}

/* Hosts in their order of first appearance, which is the order in which their silence is noted. */
static void pack_hosts(struct snapshot *s, struct engine *g)
{
    struct pack *p = s->pack;
    uint32_t count = 0;

    pack_part(p, "hosts");
    for (uint32_t i = 0; i < g->host_count; i++)
        count += snapshot_has_entity(s, g->hosts[i]->entity);
    pack_count(p, &count, catalog_known_count(g->catalog));
    for (uint32_t i = 0, n = p->reading ? count : g->host_count; i < n && !p->error; i++) {
        uint32_t entity = p->reading ? 0 : g->hosts[i]->entity;
        if (!p->reading && !snapshot_has_entity(s, entity))
            continue;
        snapshot_entity(s, &entity);
        if (!p->reading || p->error)
            continue;
        if (!pack_check(p, catalog_entity_get(g->catalog, entity)->kind == ENTITY_HOST &&
                               catalog_stage(g->catalog, entity) != CATALOG_REMEMBERED))
            return;
        if (!engine_admit_entity(g, entity))
            pack_fail(p, -ENOMEM);
        pack_check(p, g->host_count == i + 1);
    }
}

/* Which series have had a sample. */
static void pack_admissions(struct snapshot *s, struct engine *g)
{
    struct pack *p = s->pack;
    uint32_t hosts = g->host_count;

    pack_part(p, "series");
    uint32_t count = p->reading ? catalog_series_count(g->catalog) : s->cut->series_count;
    for (uint32_t i = 0; i < count && !p->error; i++) {
        uint32_t series = p->reading ? i : s->cut->series_list[i];
        bool admitted = engine_slot(g, series) != NULL;
        pack_bool(p, &admitted);
        if (p->reading && !p->error && admitted && !engine_admit(g, series))
            pack_fail(p, -ENOMEM);
    }
    pack_check(p, g->host_count == hosts);
    if (p->reading)
        engine_flush(g); /* the shards have been told of the series */
}

static void pack_fronts(struct snapshot *s, struct engine *g)
{
    struct pack *p = s->pack;

    pack_part(p, "fronts");
    for (uint32_t i = 0; i < g->host_count && !p->error; i++) {
        struct host_front *h = g->hosts[i];
        if (!snapshot_has_entity(s, h->entity))
            continue;
        cadence_pack(p, &h->cadence);
        pack_time_or_none(p, &h->heard_ns);
        pack_bool(p, &h->silent);
        pack_bool(p, &h->silent_as_merged);
        for (uint32_t k = 0; k < g->shard_count && p->reading; k++)
            h->shares[k].silent = h->silent;
    }
}

static void pack_watches(struct snapshot *s, struct engine *g, double budget_per_day)
{
    const struct catalog *c = g->catalog;
    for (uint32_t i = catalog_entity_first(c); i != ENTITY_NONE && !s->pack->error;
         i = catalog_entity_next(c, i)) {
        struct watch *w = engine_watch(g, i);
        if (w && catalog_entity_lives(c, i) && snapshot_has_entity(s, i))
            watch_pack(s, w, &g->settings, budget_per_day);
    }
}

static bool has_open_case(const struct watch *w)
{
    bool open = false;
    for (int i = 0; w && i < LAW_COUNT; i++)
        open |= w->cases[i] && w->cases[i]->open;
    return open;
}

/* One whose life is over: what is open about it, which closes at the next tick. */
static void pack_leaver(struct snapshot *s, struct engine *g, struct leaver *l)
{
    struct pack *p = s->pack;
    bool open = !p->reading && has_open_case(engine_watch(g, l->entity));

    snapshot_entity(s, &l->entity);
    PACK_ENUM(p, &l->end, ENTITY_END_COUNT);
    pack_check(p, l->end != ENTITY_LIVES);
    pack_time(p, &l->t_ns);
    pack_bool(p, &l->alone);
    pack_bool(p, &l->ticked);
    pack_bool(p, &l->settled);
    pack_check(p, l->settled == l->ticked); /* what a tick has passed has been said before it is saved */
    pack_within(p, &l->days, 0, 1e12);
    pack_bool(p, &open);
    if (p->error)
        return;
    enum catalog_stage stage = l->settled ? CATALOG_REMEMBERED : CATALOG_LEAVING;
    struct watch *w = engine_watch(g, l->entity);
    if (p->reading && pack_check(p, catalog_stage(g->catalog, l->entity) == stage) && open)
        pack_check(p, !l->settled && (w = engine_admit_leaver(g, l->entity)) != NULL);
    if (open && !p->error)
        cases_pack(s, w);
    if (p->reading && !p->error && w)
        w->end = l->end;
    if (p->reading && !p->error && engine_host(g, l->entity))
        engine_host(g, l->entity)->leaving = true;
}

static void read_leaver(struct snapshot *s, struct engine *g, struct id_table *seen)
{
    struct leaver l = {0};

    pack_leaver(s, g, &l);
    if (s->pack->error || !pack_check(s->pack, !id_table_get(seen, l.entity)))
        return;
    if (!engine_reserve_leaver(g) || id_table_put(seen, l.entity, g)) {
        pack_fail(s->pack, -ENOMEM);
        return;
    }
    g->leavers[g->leaver_count++] = l;
    g->unsettled += !l.settled;
}

/* In the order in which they left; each entity that lives no more is one of them. */
static void pack_leavers(struct snapshot *s, struct engine *g)
{
    struct pack *p = s->pack;
    struct id_table seen = {0};
    uint32_t count = g->leaver_count, leaving = 0;

    pack_part(p, "leavers");
    pack_count(p, &count, catalog_known_count(g->catalog));
    for (uint32_t i = 0; i < count && !p->error; i++) {
        if (p->reading) {
            read_leaver(s, g, &seen);
            continue;
        }
        struct leaver l = g->leavers[i];
        l.days = l.settled ? 0 : engine_leaver_days(g, &l);
        pack_leaver(s, g, &l);
    }
    id_table_done(&seen);
    const struct catalog *c = g->catalog;
    for (uint32_t i = catalog_entity_first(c); i != ENTITY_NONE; i = catalog_entity_next(c, i))
        leaving += !catalog_entity_lives(c, i);
    pack_check(p, leaving == count);
}

static void pack_engine(struct snapshot *s, struct engine *g)
{
    double budget_per_day = g->settings.budget_per_day;

    if (!pack_maker(s->pack))
        return;
    pack_within(s->pack, &budget_per_day, 1e-9, 1e9);
    snapshot_catalog(s);
    pack_clock(s->pack, g);
    pack_totals(s->pack, g);
    pack_hosts(s, g);
    pack_admissions(s, g);
    pack_fronts(s, g);
    pack_watches(s, g, budget_per_day);
    pack_leavers(s, g);
    correlator_pack(s, g->correlator);
    pack_end(s->pack);
}

/* Is there anything about it that should not be forgotten? */
static bool is_alive(const struct watch *w, int64_t heard_since_ns)
{
    bool open = false;
    for (int i = 0; i < LAW_COUNT; i++)
        open |= i != LAW_SIGNAL_LOST && w->cases[i] && w->cases[i]->open;
    return open || w->cadence.last_ns >= heard_since_ns;
}

static int make_cut(const struct engine *g, int64_t heard_since_ns, struct snapshot_cut *cut)
{
    const struct catalog *c = g->catalog;
    bool *keep = calloc(catalog_entity_places(c) + 1, sizeof(*keep));

    if (!keep)
        return -ENOMEM;
    for (uint32_t i = catalog_entity_first(c); i != ENTITY_NONE; i = catalog_entity_next(c, i)) {
        const struct watch *w = engine_watch(g, i);
        keep[catalog_entity_place(c, i)] =
            heard_since_ns == INT64_MIN || !catalog_entity_lives(c, i) || (w && is_alive(w, heard_since_ns));
    }
    correlator_mark(g->correlator, keep);
    int r = snapshot_cut_make(cut, c, keep);
    free(keep);
    return r;
}

static int say_fault(const struct pack *p, struct error *e)
{
    switch (p->error) {
    case -EPROTO:
        return error_set(e, p->error, "it was written by another version of coherence");
    case -EBADMSG:
        return error_set(
            e, p->error, "its part '%s' means nothing, at byte %zu of %zu", p->part, p->at, p->size);
    case -ERANGE:
        return error_set(e, p->error, "part '%s' holds a number that cannot be kept", p->part);
    case -EFBIG:
        return error_set(e, p->error, "it would be larger than %zu MiB", p->limit >> 20);
    case -ENOSPC:
        return error_set(
            e, p->error, "it holds more than engine.max_entities and engine.max_series allow; raise them");
    default:
        return error_set(e, p->error, "not enough memory");
    }
}

int engine_save(struct engine *g, struct pack *p, int64_t heard_since_ns, struct error *e)
{
    struct snapshot_cut cut = {0};
    struct snapshot s = {.pack = p, .catalog = g->catalog};

    if (g->classic)
        return error_set(e, -ENOTSUP, "the classic profile learns nothing that could be kept");
    engine_flush(g);
    int r = make_cut(g, heard_since_ns, &cut);
    if (r)
        return error_set(e, r, "not enough memory");
    s.cut = &cut;
    pack_engine(&s, g);
    snapshot_cut_free(&cut);
    return p->error ? say_fault(p, e) : 0;
}

int engine_restore(struct engine *g, const uint8_t *bytes, size_t n, struct error *e)
{
    struct pack p;
    struct snapshot s = {.pack = &p, .catalog = g->catalog};

    if (g->classic)
        return error_set(e, -ENOTSUP, "the classic profile learns nothing that could be kept");
    if (catalog_known_count(g->catalog) || g->has_ticked)
        return error_set(e, -EBUSY, "the engine has begun already");
    if (!g->words)
        g->words = words_new();
    if (!g->words)
        return error_set(e, -ENOMEM, "not enough memory");
    s.words = g->words;
    pack_to_read(&p, bytes, n);
    pack_engine(&s, g);
    return p.error ? say_fault(&p, e) : 0;
}

void engine_resume(struct engine *g, int64_t now_ns)
{
    if (g->classic || !g->has_ticked || now_ns <= g->last_tick_ns)
        return;
    engine_flush(g);
    uint64_t away_ns = (uint64_t)now_ns - (uint64_t)g->last_tick_ns;
    int64_t gap_ns = away_ns < INT64_MAX ? (int64_t)away_ns : INT64_MAX;
    for (uint32_t i = 0; i < g->host_count; i++)
        cadence_resume(&g->hosts[i]->cadence, gap_ns, now_ns);
    for (uint32_t i = catalog_entity_first(g->catalog); i != ENTITY_NONE;
         i = catalog_entity_next(g->catalog, i))
        if (engine_watch(g, i))
            watch_resume(engine_watch(g, i), gap_ns, now_ns);
    correlator_resume(g->correlator, gap_ns);
}

int64_t engine_last_tick_ns(const struct engine *g)
{
    return g->has_ticked ? g->last_tick_ns : INT64_MIN;
}
