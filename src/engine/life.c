/* SPDX-License-Identifier: MIT
 * The end of an entity's life: takes the word that it is gone, or finds that nothing was heard of it for
 * long, and lets it go in an order that does not depend on threads. Its ids are unknown at once; at the next
 * tick its findings close and its room is free; its name stays readable while an open incident tells of it.
 * What the story says then is the correlator's business.
 *
 * Determinism: what changes the catalog happens between ticks, in the thread of the loop, with every earlier
 * tick said; and the tick after it is said at once. So room is there from the same tick on, however many
 * threads judge. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

/* What has gone quiet is looked for this often; both, so that replays with threads are not held up by it. */
#define SWEEP_TICKS 128
#define SWEEP_NS    INT64_C(600000000000)

/* Silence after which an entity with nothing open is no longer watched: 26 hours, so that what comes once a
 * day stays, as in a snapshot; a quarter of an hour, after which an open finding counts as gone too
 * (CASE_GONE_NS), when three quarters of the room are taken; and never before four times what its cadence
 * allows. Heuristic, chosen on 2026-11-22. */
#define UNHEARD_NS         INT64_C(93600000000000)
#define UNHEARD_CROWDED_NS INT64_C(900000000000)
#define ALLOWANCES         4

bool engine_reserve_leaver(struct engine *g)
{
    if (g->leaver_count < g->leaver_capacity)
        return true;
    uint32_t more = g->leaver_capacity ? 2 * g->leaver_capacity : 16;
    struct leaver *leavers = realloc(g->leavers, more * sizeof(*leavers));
    if (!leavers)
        return false;
    g->leavers = leavers;
    g->leaver_capacity = more;
    return true;
}

/* So many series fewer that are judged by their surprise. */
static void leave_company(struct engine *g, struct host_front *host, uint32_t series)
{
    if (series == 0)
        return;
    host->series -= series;
    engine_tell_company(g, host);
}

static void drop_slots(struct engine *g, uint32_t entity)
{
    for (uint32_t s = catalog_newest_series(g->catalog, entity); s != CATALOG_NO_SERIES;
         s = catalog_older_series(g->catalog, s)) {
        struct slot *slot = engine_slot(g, s);
        if (!slot)
            continue;
        *slot = (struct slot){0};
        g->slot_count--;
    }
}

/* One entity that has no series of its own below it any more. Everything that was passed on to shards has
 * been worked off and merged: records name slots and hosts that change here. Returns 0 or -ENOMEM. */
static int leave(struct engine *g, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    const struct entity *e = catalog_entity_get(g->catalog, entity);
    struct host_front *host = engine_host(g, e->host);
    struct watch *w = engine_watch(g, entity);
    struct leaver l = {.entity = entity, .end = end, .t_ns = t_ns};

    if (!engine_reserve_leaver(g))
        return -ENOMEM;
    if (w) {
        w->end = end;
        uint32_t series = watch_surprises(w);
        l.alone = series == 1 && host->series == 1;
        leave_company(g, host, series);
    }
    if (host && e->kind == ENTITY_HOST)
        host->leaving = true;
    drop_slots(g, entity);
    catalog_leave(g->catalog, entity);
    g->leavers[g->leaver_count++] = l;
    g->unsettled++;
    return 0;
}

/* An entity and its own series, the latest first. */
static int leave_whole(struct engine *g, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    for (;;) {
        uint32_t last = entity, below;
        while ((below = catalog_own_series(g->catalog, last)) != ENTITY_NONE)
            last = below;
        int r = leave(g, t_ns, last, end);
        if (r || last == entity)
            return r;
    }
}

/* A host and everything on it, the latest first. */
static int leave_host(struct engine *g, int64_t t_ns, uint32_t host, enum entity_end end)
{
    uint32_t before;
    for (uint32_t i = catalog_entity_newest(g->catalog); i != ENTITY_NONE; i = before) {
        before = catalog_entity_before(g->catalog, i);
        if (!catalog_entity_lives(g->catalog, i) || catalog_entity_get(g->catalog, i)->host != host)
            continue;
        int r = leave(g, t_ns, i, end);
        if (r)
            return r;
    }
    return 0;
}

int engine_gone(struct engine *g, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    if (!catalog_entity_lives(g->catalog, entity))
        return -ENOENT;
    if (g->classic)
        return classic_engine_gone(g->classic, entity);
    if (!engine_is_drained(g))
        engine_flush(g);
    if (catalog_entity_get(g->catalog, entity)->kind == ENTITY_HOST)
        return leave_host(g, t_ns, entity, end);
    return leave_whole(g, t_ns, entity, end);
}

void engine_tell_leavers(struct engine *g)
{
    for (uint32_t i = 0; i < g->leaver_count; i++) {
        const struct leaver *l = &g->leavers[i];
        if (l->ticked && !l->settled)
            correlator_gone(g->correlator, l->entity, l->t_ns, l->end);
    }
}

static void drop_host(struct engine *g, uint32_t entity)
{
    struct host_front *h = engine_host(g, entity);
    uint32_t at = 0;
    if (!h)
        return;
    while (g->hosts[at] != h)
        at++;
    memmove(&g->hosts[at], &g->hosts[at + 1], (--g->host_count - at) * sizeof(struct host_front *));
    for (; at < g->host_count; at++)
        g->hosts[at]->number = at;
    id_table_remove(&g->host_of, entity);
    for (uint32_t s = 0; s < g->shard_count; s++)
        free(h->shares[s].members);
    free(h->shares);
    free(h);
}

double engine_leaver_days(const struct engine *g, const struct leaver *l)
{
    const struct watch *w = engine_watch(g, l->entity);
    return w ? l->days + engine_judged_days(w, l->alone) : l->days;
}

/* Everything has been said: its watch goes, and its room is free. */
static bool settle(struct engine *g, struct leaver *l)
{
    struct watch *w = engine_watch(g, l->entity);

    l->settled = true;
    g->unsettled--;
    g->totals.judged_days += engine_leaver_days(g, l);
    id_table_remove(&g->watch_of, l->entity);
    catalog_make_room(g->catalog, l->entity);
    return w != NULL;
}

void engine_settle(struct engine *g)
{
    uint32_t kept = 0;
    bool any = false;

    if (g->leaver_count == 0)
        return;
    assert(engine_is_drained(g));
    for (uint32_t i = 0; i < g->leaver_count; i++)
        if (g->leavers[i].ticked && !g->leavers[i].settled)
            any |= settle(g, &g->leavers[i]);
    for (uint32_t i = 0; any && i < g->shard_count; i++)
        shard_drop_over(&g->shards[i]);
    /* What watches of a host share goes after them. */
    for (uint32_t i = 0; i < g->leaver_count; i++)
        if (g->leavers[i].settled)
            drop_host(g, g->leavers[i].entity);
    for (uint32_t i = 0; i < g->leaver_count; i++) {
        const struct leaver *l = &g->leavers[i];
        if (l->settled && !correlator_tells_of(g->correlator, l->entity))
            catalog_remove(g->catalog, l->entity);
        else
            g->leavers[kept++] = *l;
    }
    g->leaver_count = kept;
}

/* For how long it may be silent before that is loss; 0: not known. */
static int64_t allowance(const struct cadence *c, int64_t fixed_ns)
{
    int64_t lost_ns = cadence_lost_at(c, fixed_ns);
    return lost_ns == INT64_MAX ? 0 : lost_ns - c->last_ns;
}

/* Has nothing been heard of it for so long, while its host spoke, that it need not be watched any longer? */
static bool is_unheard(
    const struct engine *g, const struct host_front *host, const struct watch *w, bool crowded)
{
    const struct cadence *c = &w->cadence;
    int64_t fixed_ns = g->settings.stale_after_ns, allowed_ns = allowance(c, fixed_ns);

    if (c->count == 0 || host->heard_ns <= c->last_ns)
        return false;
    if (allowed_ns == 0)
        allowed_ns = allowance(&host->cadence, fixed_ns);
    uint64_t silence_ns = (uint64_t)host->heard_ns - (uint64_t)c->last_ns;
    uint64_t enough_ns = (uint64_t)(crowded && allowed_ns > 0 ? UNHEARD_CROWDED_NS : UNHEARD_NS);
    if (enough_ns < ALLOWANCES * (uint64_t)allowed_ns)
        enough_ns = ALLOWANCES * (uint64_t)allowed_ns;
    return silence_ns >= enough_ns;
}

/* Is something about it that somebody still waits for? Its own silence is not. */
static bool is_open(const struct engine *g, const struct watch *w)
{
    for (int i = 0; i < LAW_COUNT; i++)
        if (i != LAW_SIGNAL_LOST && w->cases[i] && w->cases[i]->open)
            return true;
    return correlator_tells_of(g->correlator, w->entity);
}

/* What hangs below nothing any more and was never heard itself goes with the last that hung on it. */
static void leave_bare(struct engine *g, int64_t now_ns, uint32_t entity)
{
    while (catalog_is_bare(g->catalog, entity) && !engine_watch(g, entity)) {
        const struct entity *e = catalog_entity_get(g->catalog, entity);
        uint32_t above = e->parent;
        if (e->kind == ENTITY_HOST || leave(g, now_ns, entity, ENTITY_UNHEARD))
            return;
        entity = above;
    }
}

void engine_sweep(struct engine *g, int64_t now_ns)
{
    if (g->swept_ns == INT64_MIN)
        g->swept_ns = now_ns;
    if (++g->ticks_unswept < SWEEP_TICKS || (uint64_t)now_ns - (uint64_t)g->swept_ns < (uint64_t)SWEEP_NS)
        return;
    g->ticks_unswept = 0;
    g->swept_ns = now_ns;
    engine_flush(g);
    bool crowded = g->watch_of.count * INT64_C(4) > g->options.max_entities * 3 ||
                   g->slot_count * INT64_C(4) > g->options.max_series * 3;
    uint32_t before;
    for (uint32_t i = catalog_entity_newest(g->catalog); i != ENTITY_NONE; i = before) {
        const struct entity *e = catalog_entity_get(g->catalog, i);
        const struct watch *w = engine_watch(g, i);
        before = catalog_entity_before(g->catalog, i);
        if (!w || e->kind == ENTITY_HOST || !catalog_entity_lives(g->catalog, i) ||
            catalog_own_series(g->catalog, i) != ENTITY_NONE)
            continue;
        if (!is_unheard(g, engine_host(g, e->host), w, crowded) || is_open(g, w))
            continue;
        uint32_t above = e->parent;
        if (leave(g, now_ns, i, ENTITY_UNHEARD))
            return;
        leave_bare(g, now_ns, above);
    }
}
