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
    pack_count(p, &count, catalog_entity_count(g->catalog));
    for (uint32_t i = 0, n = p->reading ? count : g->host_count; i < n && !p->error; i++) {
        uint32_t entity = p->reading ? 0 : g->hosts[i]->entity;
        if (!p->reading && !snapshot_has_entity(s, entity))
            continue;
        snapshot_entity(s, &entity);
        if (!p->reading || p->error)
            continue;
        if (!pack_check(p, catalog_entity_get(g->catalog, entity)->kind == ENTITY_HOST))
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
    for (uint32_t i = 0; i < catalog_series_count(g->catalog) && !p->error; i++) {
        if (!snapshot_has_series(s, i))
            continue;
        bool admitted = i < g->slot_capacity && g->slots[i].watch;
        pack_bool(p, &admitted);
        if (p->reading && !p->error && admitted && !engine_admit(g, i))
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
    for (uint32_t i = 0; i < g->watch_capacity && !s->pack->error; i++)
        if (g->watch_of[i] && snapshot_has_entity(s, i))
            watch_pack(s, g->watch_of[i], &g->settings, budget_per_day);
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
    uint32_t entities = catalog_entity_count(g->catalog);
    bool *keep = calloc(entities + 1, sizeof(*keep));

    if (!keep)
        return -ENOMEM;
    for (uint32_t i = 0; i < entities; i++)
        keep[i] = i < g->watch_capacity && g->watch_of[i] && is_alive(g->watch_of[i], heard_since_ns);
    correlator_mark(g->correlator, keep);
    int r = snapshot_cut_make(cut, g->catalog, keep);
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
    if (heard_since_ns != INT64_MIN) {
        int r = make_cut(g, heard_since_ns, &cut);
        if (r)
            return error_set(e, r, "not enough memory");
        s.cut = &cut;
    }
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
    if (catalog_entity_count(g->catalog) || g->has_ticked)
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
    if (!g->has_ticked || now_ns <= g->last_tick_ns)
        return;
    uint64_t away_ns = (uint64_t)now_ns - (uint64_t)g->last_tick_ns;
    int64_t gap_ns = away_ns < INT64_MAX ? (int64_t)away_ns : INT64_MAX;
    for (uint32_t i = 0; i < g->host_count; i++)
        cadence_resume(&g->hosts[i]->cadence, gap_ns, now_ns);
    for (uint32_t i = 0; i < g->watch_capacity; i++)
        if (g->watch_of[i])
            watch_resume(g->watch_of[i], gap_ns, now_ns);
    correlator_resume(g->correlator, gap_ns);
}

int64_t engine_last_tick_ns(const struct engine *g)
{
    return g->has_ticked ? g->last_tick_ns : INT64_MIN;
}
