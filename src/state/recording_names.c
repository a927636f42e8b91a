/* SPDX-License-Identifier: MIT
 * Turns what has come into a catalog into declarations: numbers for a recording's frames to refer to, and the
 * names by which a reader finds the same things. Entities and series are declared in the order of the catalog
 * whether they have been sampled or not, so that the reader's catalog stands in the same order and has the
 * same room. What ends is left alone: its number is simply not used again. */
#include "state/recording_names.h"

#include <errno.h>
#include <stdlib.h>

#include "core/entity.h"

/* Numbers that may be wasted on what is no more before everything is declared anew: as many as there are
 * living, and so many on top (heuristic, chosen on 2026-11-22: declaring anew costs 8 bytes a name, so once
 * in 65 536 lives is nothing). */
#define WASTE_MIN 65536u

#define ENTRY_MAX (4 * BYTE_NUMBER_MAX + 8u) /* bytes of a declaration without its names */

void recording_names_init(struct recording_names *n)
{
    *n = (struct recording_names){.newest = -1, .whole = true};
}

void recording_names_done(struct recording_names *n)
{
    free(n->entities.entries);
    free(n->series.entries);
    free(n->ids);
    *n = (struct recording_names){0};
}

static void forget(struct names_map *m)
{
    for (uint32_t i = 0; i < m->places; i++)
        m->entries[i] = (struct names_entry){NAMES_NONE, 0};
    m->count = 0;
}

void recording_names_restart(struct recording_names *n)
{
    forget(&n->entities);
    forget(&n->series);
    n->whole = true;
}

bool recording_names_is_stale(const struct recording_names *n, const struct catalog *c)
{
    uint64_t living = (uint64_t)catalog_known_count(c) + catalog_series_count(c);
    return (uint64_t)n->entities.count + n->series.count > 2 * living + WASTE_MIN;
}

/* As many places as the catalog has, so that no two living ids share one. */
static bool fit(struct names_map *m, uint32_t places)
{
    if (places <= m->places)
        return true;
    struct names_entry *entries = malloc(places * sizeof(*entries));
    if (entries == NULL)
        return false;
    for (uint32_t i = 0; i < places; i++)
        entries[i] = (struct names_entry){NAMES_NONE, 0};
    for (uint32_t i = 0; i < m->places; i++)
        if (m->entries[i].id != NAMES_NONE)
            entries[m->entries[i].id & (places - 1)] = m->entries[i];
    free(m->entries);
    m->entries = entries;
    m->places = places;
    return true;
}

static void give_number(struct names_map *m, uint32_t id)
{
    m->entries[id & (m->places - 1)] = (struct names_entry){.id = id, .number = m->count++};
}

static void add_text(struct byte_buffer *b, const char *text, size_t n)
{
    byte_buffer_number(b, n);
    memcpy(b->bytes + b->n, text, n);
    b->n += n;
}

/* The kind's name, the way back to the parent's number (a host has none), name. */
static bool declare_entity(
    struct recording_names *n, const struct catalog *c, uint32_t id, struct byte_buffer *b)
{
    const struct entity *e = catalog_entity_get(c, id);
    const char *kind = entity_kind_name(e->kind);
    size_t name_n = strlen(e->name), kind_n = strlen(kind);

    if (!byte_buffer_reserve(b, ENTRY_MAX + name_n + kind_n))
        return false;
    add_text(b, kind, kind_n);
    if (e->kind != ENTITY_HOST)
        byte_buffer_number(b, n->entities.count - names_number(&n->entities, e->parent));
    add_text(b, e->name, name_n);
    give_number(&n->entities, id);
    return true;
}

/* The entity's number back from the newest, flags, the metric's name, its scale if that is not 1. */
static bool declare_series(
    struct recording_names *n, const struct catalog *c, uint32_t id, struct byte_buffer *b)
{
    const struct series *s = catalog_series_get(c, id);
    const char *metric = catalog_metric_name(c, s->metric);
    size_t name_n = strlen(metric);
    bool scaled = s->scale != 1;

    if (!byte_buffer_reserve(b, ENTRY_MAX + name_n))
        return false;
    byte_buffer_number(b, n->entities.count - names_number(&n->entities, s->entity));
    byte_buffer_number(b, scaled ? NAMES_SCALED : 0);
    add_text(b, metric, name_n);
    if (scaled) {
        memcpy(b->bytes + b->n, &s->scale, sizeof(s->scale));
        b->n += sizeof(s->scale);
    }
    give_number(&n->series, id);
    return true;
}

/* Entities that came after the newest one looked at, or all. */
static bool sync_entities(
    struct recording_names *n, const struct catalog *c, struct byte_buffer *b, uint32_t *ret)
{
    uint32_t newest = catalog_entity_newest(c), first = newest, before;

    *ret = 0;
    if (newest == ENTITY_NONE || (!n->whole && (int64_t)newest <= n->newest))
        return true;
    if (n->whole)
        first = catalog_entity_first(c);
    else
        while ((before = catalog_entity_before(c, first)) != ENTITY_NONE && (int64_t)before > n->newest)
            first = before;
    if (!fit(&n->entities, catalog_entity_places(c)))
        return false;
    for (uint32_t i = first; i != ENTITY_NONE; i = catalog_entity_next(c, i)) {
        if (!catalog_entity_lives(c, i))
            continue;
        if (!declare_entity(n, c, i, b))
            return false;
        ++*ret;
    }
    n->newest = newest;
    return true;
}

/* All series of the catalog, in order. */
static bool list_series(struct recording_names *n, const struct catalog *c)
{
    uint32_t count = catalog_series_count(c);
    if (count > n->ids_room) {
        uint32_t *ids = realloc(n->ids, count * sizeof(*ids));
        if (ids == NULL)
            return false;
        n->ids = ids;
        n->ids_room = count;
    }
    if (count > 0)
        catalog_series_list(c, n->ids);
    return true;
}

static bool sync_series(
    struct recording_names *n, const struct catalog *c, struct byte_buffer *b, uint32_t *ret)
{
    uint32_t end = catalog_series_end(c);

    *ret = 0;
    if (!n->whole && end == n->series_end)
        return true;
    if (!fit(&n->series, catalog_series_places(c)))
        return false;
    if (n->whole) {
        if (!list_series(n, c))
            return false;
        for (; *ret < catalog_series_count(c); ++*ret)
            if (!declare_series(n, c, n->ids[*ret], b))
                return false;
    } else {
        for (uint32_t i = n->series_end; i < end; i++) {
            if (!catalog_series_lives(c, i))
                continue;
            if (!declare_series(n, c, i, b))
                return false;
            ++*ret;
        }
    }
    n->series_end = end;
    return true;
}

int recording_names_sync(struct recording_names *n, const struct catalog *c, struct byte_buffer *names,
    uint32_t *ret_entities, uint32_t *ret_series)
{
    if (!sync_entities(n, c, names, ret_entities) || !sync_series(n, c, names, ret_series))
        return -ENOMEM;
    n->whole = false;
    return 0;
}
