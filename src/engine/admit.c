/* SPDX-License-Identifier: MIT
 * Turns a series of the catalog into something that can be fed: its slot, the watch of its entity, the front
 * of its host. All memory that samples will need is taken here, at a series' first sample, and never later.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

static bool grow(void **items, uint32_t *capacity, uint32_t need, size_t size)
{
    if (need <= *capacity)
        return true;
    uint32_t more = *capacity ? *capacity : 64;
    while (more < need)
        more *= 2;
    char *bigger = realloc(*items, more * size);
    if (!bigger)
        return false;
    memset(bigger + *capacity * size, 0, (more - *capacity) * size);
    *items = bigger;
    *capacity = more;
    return true;
}

/* Entities that laws look at together stay together: everything of a host but its lone series, which are
 * dealt out one by one. */
static uint32_t shard_of(const struct engine *g, const struct entity *e, uint32_t id)
{
    return (e->kind == ENTITY_SERIES ? id : e->host) % g->shard_count;
}

static struct watch *add_watch(struct engine *g, uint32_t id, struct host_front *host)
{
    const struct entity *e = catalog_entity_get(g->catalog, id);
    struct watch *w = calloc(1, sizeof(*w));
    uint32_t shard = shard_of(g, e, id);

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
        shard_adopt(&g->shards[shard], w)) {
        watch_done(w);
        free(w);
        return NULL;
    }
    g->watch_of[id] = w;
    return w;
}

static struct host_front *find_or_add_host(struct engine *g, uint32_t entity)
{
    if (g->host_of[entity])
        return g->host_of[entity];
    void *hosts = g->hosts;
    if (!grow(&hosts, &g->host_capacity, g->host_count + 1, sizeof(*g->hosts)))
        return NULL;
    g->hosts = hosts;
    struct host_front *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->entity = entity;
    h->heard_ns = INT64_MIN;
    h->shard = entity % g->shard_count;
    cadence_init(&h->cadence);
    h->shares = calloc(g->shard_count, sizeof(*h->shares));
    if (h->shares)
        h->watch = add_watch(g, entity, h);
    if (!h->watch) {
        free(h->shares);
        free(h);
        return NULL;
    }
    g->hosts[g->host_count++] = h;
    g->host_of[entity] = h;
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
    for (uint32_t s = 0; s < g->shard_count; s++)
        engine_pass_on(g, s,
            &(struct record){.subject = &host->shares[s], .what = RECORD_COMPANY, .tick = host->series});
    return true;
}

struct watch *engine_admit_entity(struct engine *g, uint32_t entity)
{
    const struct entity *e = catalog_entity_get(g->catalog, entity);
    uint32_t entities = catalog_entity_count(g->catalog), hosts_capacity = g->watch_capacity;
    void *watches = g->watch_of, *hosts = g->host_of;

    if (!grow(&hosts, &hosts_capacity, entities, sizeof(*g->host_of)))
        return NULL;
    g->host_of = hosts;
    if (!grow(&watches, &g->watch_capacity, entities, sizeof(*g->watch_of)))
        return NULL;
    g->watch_of = watches;

    struct host_front *host = find_or_add_host(g, e->host);
    if (!host)
        return NULL;
    struct watch *w = g->watch_of[entity];
    if (!w) {
        w = add_watch(g, entity, host);
    }
    return w;
}

struct slot *engine_admit(struct engine *g, uint32_t series)
{
    const struct series *s = catalog_series_get(g->catalog, series);
    const struct entity *e = catalog_entity_get(g->catalog, s->entity);
    void *slots = g->slots;

    if (!grow(&slots, &g->slot_capacity, series + 1, sizeof(*g->slots)))
        return NULL;
    g->slots = slots;
    struct watch *w = engine_admit_entity(g, s->entity);
    uint32_t surprises = w ? watch_surprises(w) : 0;
    if (!w || watch_prepare(w, s->metric, &g->settings))
        return NULL;
    if (watch_surprises(w) > surprises && !note_series(g, g->host_of[e->host]))
        return NULL;
    struct slot *slot = &g->slots[series];
    *slot = (struct slot){.watch = w,
        .host = g->host_of[e->host],
        .scale = s->scale,
        .metric = s->metric,
        .shard = shard_of(g, e, s->entity)};
    return slot;
}
