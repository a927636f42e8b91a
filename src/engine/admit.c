/* SPDX-License-Identifier: MIT
 * Turns a series of the catalog into something that can be fed: its slot, the watch of its entity, the front
 * of its host. All memory that samples will need is taken here, at a series' first sample, and never later.
 */
#include <stdlib.h>

#include "engine/internal.h"

/* The place of a series that has none, among slots that are moved apart until it has. NULL: no memory. */
static struct slot *find_place(struct engine *g, uint32_t series)
{
    while (g->slot_places == 0 || g->slots[series & (g->slot_places - 1)].watch) {
        uint32_t places = g->slot_places ? 2 * g->slot_places : 64;
        struct slot *slots = calloc(places, sizeof(*slots));
        if (!slots)
            return NULL;
        for (uint32_t i = 0; i < g->slot_places; i++)
            if (g->slots[i].watch)
                slots[g->slots[i].series & (places - 1)] = g->slots[i];
        free(g->slots);
        g->slots = slots;
        g->slot_places = places;
    }
    return &g->slots[series & (g->slot_places - 1)];
}

/* Entities that laws look at together stay together: everything of a host but the series that no law knows.
 * Those are dealt out too, because one host may have most of them, but in groups of neighbours, which mostly
 * are of one host: each shard that has some of a host's series has a word on it at every tick. */
#define SERIES_GROUP 32U
static uint32_t shard_of(
    const struct engine *g, const struct entity *e, uint32_t id, const struct host_front *host)
{
    return e->kind == ENTITY_SERIES ? id / SERIES_GROUP % g->shard_count : host->shard;
}

/* A shard without a watch is told nothing: when it gets its first one it takes over how things stand. */
static void use_shard(struct engine *g, uint32_t shard)
{
    for (; g->used_shards <= shard; g->used_shards++)
        for (uint32_t i = 0; i < g->host_count; i++) {
            const struct host_front *h = g->hosts[i];
            h->shares[g->used_shards].series = h->series;
            h->shares[g->used_shards].silent = h->silent;
        }
}

static struct watch *add_watch(struct engine *g, uint32_t id, struct host_front *host)
{
    const struct entity *e = catalog_entity_get(g->catalog, id);
    struct watch *w = calloc(1, sizeof(*w));
    uint32_t shard = shard_of(g, e, id, host);

    if (!w)
        return NULL;
    watch_init(w, id, e->host, e->kind);
    if (e->kind != ENTITY_HOST && e->kind != ENTITY_SERIES)
        w->host_watch = host->watch;
    if (e->kind != ENTITY_SERIES) {
        w->readings = calloc(LAW_COUNT, sizeof(*w->readings));
        for (int i = 0; w->readings && i < LAW_COUNT; i++)
            w->readings[i] = law_reading_empty(LAW_UNOBSERVABLE, "");
    }
    if ((e->kind != ENTITY_SERIES && !w->readings) || watch_join(w, &host->shares[shard]) ||
        id_table_put(&g->watch_of, id, w) || shard_adopt(&g->shards[shard], w)) {
        id_table_remove(&g->watch_of, id);
        watch_done(w);
        free(w);
        return NULL;
    }
    use_shard(g, shard);
    return w;
}

static bool reserve_host(struct engine *g)
{
    if (g->host_count < g->host_capacity)
        return true;
    uint32_t more = g->host_capacity ? 2 * g->host_capacity : 16;
    struct host_front **hosts = realloc(g->hosts, more * sizeof(struct host_front *));
    if (!hosts)
        return false;
    g->hosts = hosts;
    g->host_capacity = more;
    return true;
}

static struct host_front *find_or_add_host(struct engine *g, uint32_t entity)
{
    struct host_front *h = engine_host(g, entity);
    if (h)
        return h;
    h = reserve_host(g) ? calloc(1, sizeof(*h)) : NULL;
    if (!h)
        return NULL;
    h->entity = entity;
    h->heard_ns = INT64_MIN;
    h->number = g->host_count;
    h->shard = h->number % g->shard_count;
    cadence_init(&h->cadence);
    h->shares = calloc(g->shard_count, sizeof(*h->shares));
    for (uint32_t i = 0; h->shares && i < g->shard_count; i++)
        h->shares[i].names = g->catalog;
    if (h->shares && !id_table_put(&g->host_of, entity, h))
        h->watch = add_watch(g, entity, h);
    if (!h->watch) {
        id_table_remove(&g->host_of, entity);
        free(h->shares);
        free(h);
        return NULL;
    }
    g->hosts[g->host_count++] = h;
    return h;
}

/* One more series of the host that is judged by its surprise: from the second on they are judged together.
 * Every shard is told in its own time. Returns false when there is no memory. */
static bool note_series(struct engine *g, struct host_front *host)
{
    host->series++;
    if (host->series == 2 && !host->watch->together) {
        host->watch->together = malloc(sizeof(*host->watch->together));
        if (!host->watch->together)
            return false;
        host_surprise_init(host->watch->together, g->settings.budget_per_day);
    }
    engine_tell_company(g, host);
    return true;
}

struct watch *engine_admit_entity(struct engine *g, uint32_t entity)
{
    const struct entity *e = catalog_entity_get(g->catalog, entity);
    struct host_front *host = find_or_add_host(g, e->host);
    if (!host)
        return NULL;
    struct watch *w = engine_watch(g, entity);
    if (!w) {
        w = add_watch(g, entity, host);
    }
    return w;
}

struct watch *engine_admit_leaver(struct engine *g, uint32_t entity)
{
    struct host_front *host = engine_host(g, catalog_entity_get(g->catalog, entity)->host);
    struct watch *w = engine_watch(g, entity);
    return w || !host ? w : add_watch(g, entity, host);
}

struct slot *engine_admit(struct engine *g, uint32_t series)
{
    /* A tick that waits must not find a watch that was not there yet, and no thread may be at work when the
     * tables of a shard, or those of slots and hosts, move. */
    if (g->sent || g->open->tick_count > 0)
        engine_flush(g);
    const struct series *s = catalog_series_get(g->catalog, series);
    const struct entity *e = catalog_entity_get(g->catalog, s->entity);
    struct watch *w = engine_admit_entity(g, s->entity);
    uint32_t surprises = w ? watch_surprises(w) : 0;
    struct law_settings settings = g->settings;
    /* Only a lone series asks its past: a host's second and further ones need no room for one. */
    if (w && engine_host(g, e->host)->series > 0)
        settings.memory_per_series_bytes = 0;
    if (!w || watch_prepare(w, s->metric, &settings))
        return NULL;
    struct slot *slot = find_place(g, series);
    if (!slot)
        return NULL;
    /* The last step, because word of it may fill a batch and send it out. */
    if (watch_surprises(w) > surprises && !note_series(g, engine_host(g, e->host)))
        return NULL;
    *slot = (struct slot){.watch = w,
        .host = engine_host(g, e->host),
        .scale = s->scale,
        .metric = s->metric,
        .shard = shard_of(g, e, s->entity, engine_host(g, e->host)),
        .series = series};
    g->slot_count++;
    return slot;
}
