/* SPDX-License-Identifier: MIT
 * The end of names, and their order: takes entities out of the catalog step by step, and walks through what
 * is there. When a life is over is the engine's to say. */
#include <stdlib.h>

#include "core/catalog_inside.h"

void catalog_link_child(struct entity_node *parent, struct entity_node *e)
{
    e->elder = parent->newest_child;
    e->younger = NULL;
    if (e->elder)
        e->elder->younger = e;
    parent->newest_child = e;
}

static void unlink_child(struct entity_node *parent, struct entity_node *e)
{
    *(e->younger ? &e->younger->elder : &parent->newest_child) = e->elder;
    if (e->elder)
        e->elder->younger = e->younger;
    e->elder = e->younger = NULL;
}

void catalog_drop_metric(struct catalog *c, uint32_t metric)
{
    struct metric_node *m = metric_of(c, metric);
    if (m->uses > 0)
        return;
    HASH_DEL(c->metrics_by_name, m);
    id_table_remove(&c->metrics, metric - METRIC_KNOWN_COUNT);
    free(m);
}

static void drop_series(struct catalog *c, struct entity_node *e)
{
    for (struct series_node *s = e->series, *older; s; s = older) {
        older = s->older;
        HASH_DEL(c->series_by_key, s);
        id_table_remove(&c->series, s->id);
        if (s->series.metric >= METRIC_KNOWN_COUNT) {
            metric_of(c, s->series.metric)->uses--;
            catalog_drop_metric(c, s->series.metric);
        }
        free(s);
    }
    e->series = NULL;
}

void catalog_leave(struct catalog *c, uint32_t entity)
{
    struct entity_node *e = entity_of(c, entity);
    uint32_t above = e->entity.parent;

    assert(e->stage == CATALOG_LIVES && catalog_own_series(c, entity) == ENTITY_NONE);
    catalog_wait(c);
    for (struct entity_node *child; (child = e->newest_child);) {
        assert(above != ENTITY_NONE);
        unlink_child(e, child);
        child->entity.parent = above;
        catalog_link_child(entity_of(c, above), child);
    }
    if (above != ENTITY_NONE)
        unlink_child(entity_of(c, above), e);
    drop_series(c, e);
    HASH_DEL(c->entities_by_name, e);
    e->stage = CATALOG_LEAVING;
    c->changes++;
}

void catalog_set_former_parent(struct catalog *c, uint32_t entity, uint32_t parent)
{
    struct entity_node *e = entity_of(c, entity);
    assert(e->stage != CATALOG_LIVES && entity_of(c, parent)->entity.host == e->entity.host);
    e->entity.parent = parent;
}

void catalog_make_room(struct catalog *c, uint32_t entity)
{
    struct entity_node *e = entity_of(c, entity);
    assert(e->stage == CATALOG_LEAVING);
    e->stage = CATALOG_REMEMBERED;
    c->entity_count--;
    c->changes++;
}

void catalog_remove(struct catalog *c, uint32_t entity)
{
    struct entity_node *e = entity_of(c, entity);
    assert(e->stage == CATALOG_REMEMBERED);
    catalog_wait(c);
    *(e->before ? &e->before->after : &c->first) = e->after;
    *(e->after ? &e->after->before : &c->newest) = e->before;
    id_table_remove(&c->entities, entity);
    free(e);
}

uint32_t catalog_own_series(const struct catalog *c, uint32_t entity)
{
    const struct entity_node *child = entity_of(c, entity)->newest_child;
    while (child && child->entity.kind != ENTITY_SERIES)
        child = child->elder;
    return child ? child->id : ENTITY_NONE;
}

uint32_t catalog_newest_series(const struct catalog *c, uint32_t entity)
{
    const struct series_node *s = entity_of(c, entity)->series;
    return s ? s->id : CATALOG_NO_SERIES;
}

uint32_t catalog_older_series(const struct catalog *c, uint32_t series)
{
    const struct series_node *s = id_table_get(&c->series, series);
    assert(s);
    return s->older ? s->older->id : CATALOG_NO_SERIES;
}

enum catalog_stage catalog_stage(const struct catalog *c, uint32_t entity)
{
    const struct entity_node *e = id_table_get(&c->entities, entity);
    return e ? e->stage : CATALOG_UNKNOWN;
}

bool catalog_entity_lives(const struct catalog *c, uint32_t entity)
{
    return catalog_stage(c, entity) == CATALOG_LIVES;
}

bool catalog_series_lives(const struct catalog *c, uint32_t series)
{
    return id_table_get(&c->series, series) != NULL;
}

bool catalog_is_bare(const struct catalog *c, uint32_t entity)
{
    const struct entity_node *e = id_table_get(&c->entities, entity);
    return e && e->stage == CATALOG_LIVES && !e->series && !e->newest_child;
}

uint64_t catalog_changes(const struct catalog *c)
{
    return c->changes;
}

static uint32_t id_or_none(const struct entity_node *e)
{
    return e ? e->id : ENTITY_NONE;
}

uint32_t catalog_entity_first(const struct catalog *c)
{
    return id_or_none(c->first);
}

uint32_t catalog_entity_next(const struct catalog *c, uint32_t entity)
{
    return id_or_none(entity_of(c, entity)->after);
}

uint32_t catalog_entity_newest(const struct catalog *c)
{
    return id_or_none(c->newest);
}

uint32_t catalog_entity_before(const struct catalog *c, uint32_t entity)
{
    return id_or_none(entity_of(c, entity)->before);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void list(const struct id_table *t, uint32_t base, uint32_t *ids)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < id_table_places(t); i++)
        if (t->entries[i].item)
            ids[n++] = base + t->entries[i].id;
    if (t->has_gaps && n > 1)
        qsort(ids, n, sizeof(*ids), by_number);
}

void catalog_series_list(const struct catalog *c, uint32_t *ids)
{
    list(&c->series, 0, ids);
}

void catalog_metric_list(const struct catalog *c, uint32_t *ids)
{
    list(&c->metrics, METRIC_KNOWN_COUNT, ids);
}

uint32_t catalog_series_end(const struct catalog *c)
{
    return c->series.next;
}

uint32_t catalog_entity_place(const struct catalog *c, uint32_t entity)
{
    return id_table_place(&c->entities, entity);
}

uint32_t catalog_entity_places(const struct catalog *c)
{
    return id_table_places(&c->entities);
}

uint32_t catalog_series_place(const struct catalog *c, uint32_t series)
{
    return id_table_place(&c->series, series);
}

uint32_t catalog_series_places(const struct catalog *c)
{
    return id_table_places(&c->series);
}

uint32_t catalog_metric_place(const struct catalog *c, uint32_t metric)
{
    return id_table_place(&c->metrics, metric - METRIC_KNOWN_COUNT);
}

uint32_t catalog_metric_places(const struct catalog *c)
{
    return id_table_places(&c->metrics);
}
