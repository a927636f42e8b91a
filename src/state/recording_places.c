/* SPDX-License-Identifier: MIT
 * Turns declarations of a recording into entities and series of a catalog. Names are kept, so that what a
 * catalog knows no more (it may be fed by other rules than the one that was recorded) can be declared again.
 * Nothing that is declared is believed: kinds, parents and names are checked, and chains of parents bounded.
 */
#include "state/recording_places.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "state/recording_names.h"

#define FIRST_ROOM 256u

void recording_places_done(struct recording_places *p)
{
    free(p->entities);
    free(p->series);
    free(p->ids);
    byte_buffer_done(&p->text);
    *p = (struct recording_places){0};
}

void recording_places_restart(struct recording_places *p)
{
    p->entity_count = p->series_count = 0;
    p->text.n = 0;
}

static bool reserve_entities(struct recording_places *p, uint32_t n)
{
    uint32_t room = p->entity_room > 0 ? p->entity_room : FIRST_ROOM;
    while (room < n)
        room *= 2;
    if (room <= p->entity_room)
        return true;
    struct place_entity *entities = realloc(p->entities, room * sizeof(*entities));
    if (entities == NULL)
        return false;
    p->entities = entities;
    p->entity_room = room;
    return true;
}

static bool reserve_series(struct recording_places *p, uint32_t n)
{
    uint32_t room = p->series_room > 0 ? p->series_room : FIRST_ROOM;
    while (room < n)
        room *= 2;
    if (room <= p->series_room)
        return true;
    struct place_series *series = realloc(p->series, room * sizeof(*series));
    if (series != NULL)
        p->series = series;
    uint32_t *ids = realloc(p->ids, room * sizeof(*ids));
    if (ids != NULL)
        p->ids = ids;
    if (series == NULL || ids == NULL)
        return false;
    p->series_room = room;
    return true;
}

int recording_places_begin(struct recording_places *p, uint32_t first_entity, uint32_t first_series)
{
    if (first_entity < p->entity_count || first_series < p->series_count ||
        first_entity > PLACES_ENTITIES_MAX || first_series > PLACES_SERIES_MAX ||
        first_entity - p->entity_count > PLACES_GAP_MAX || first_series - p->series_count > PLACES_GAP_MAX)
        return -EBADMSG;
    if (!reserve_entities(p, first_entity) || !reserve_series(p, first_series))
        return -ENOMEM;
    for (; p->entity_count < first_entity; p->entity_count++)
        p->entities[p->entity_count] = (struct place_entity){.id = PLACES_LOST, .lost = true};
    for (; p->series_count < first_series; p->series_count++) {
        p->series[p->series_count] = (struct place_series){.lost = true};
        p->ids[p->series_count] = PLACES_LOST;
    }
    return 0;
}

/* A name at c to text. Returns where it is there. */
static uint32_t hear_text(struct recording_places *p, struct byte_cursor *c, uint32_t *ret_n)
{
    uint32_t n = byte_cursor_count(c, CATALOG_NAME_MAX);
    const uint8_t *name = byte_cursor_bytes(c, n);

    *ret_n = n;
    c->failed |= n == 0 || name == NULL || memchr(name, 0, n) != NULL || p->text.n > PLACES_TEXT_MAX - n;
    if (c->failed || !byte_buffer_reserve(&p->text, n))
        return 0;
    memcpy(p->text.bytes + p->text.n, name, n);
    p->text.n += n;
    return (uint32_t)(p->text.n - n);
}

/* A number that lies so far back from the next one. */
static uint32_t hear_back(struct recording_places *p, struct byte_cursor *c)
{
    uint32_t back = byte_cursor_count(c, p->entity_count);
    c->failed |= back == 0;
    return p->entity_count - back;
}

static enum entity_kind hear_kind(struct byte_cursor *c)
{
    uint32_t n = byte_cursor_count(c, CATALOG_NAME_MAX);
    const uint8_t *name = byte_cursor_bytes(c, n);
    int kind = name != NULL && n > 0 ? entity_kind_parse((const char *)name, n) : -1;

    c->failed |= kind < 0;
    return kind < 0 ? ENTITY_HOST : (enum entity_kind)kind;
}

static void hear_entity(struct recording_places *p, struct byte_cursor *c)
{
    struct place_entity e = {.id = PLACES_UNKNOWN, .parent = ENTITY_NONE};

    e.kind = (uint8_t)hear_kind(c);
    if (e.kind != ENTITY_HOST) {
        e.parent = hear_back(p, c);
        if (c->failed)
            return;
        const struct place_entity *parent = &p->entities[e.parent];
        e.lost = parent->lost;
        e.depth = (uint16_t)(parent->depth + 1);
        c->failed |= e.depth > PLACES_DEPTH_MAX;
    }
    e.name = hear_text(p, c, &e.name_n);
    e.id = e.lost ? PLACES_LOST : PLACES_UNKNOWN;
    if (!c->failed)
        p->entities[p->entity_count++] = e;
}

static void hear_series(struct recording_places *p, struct byte_cursor *c)
{
    struct place_series s = {.entity = hear_back(p, c), .scale = 1};
    uint32_t flags = byte_cursor_count(c, NAMES_SCALED);

    s.metric = hear_text(p, c, &s.metric_n);
    const uint8_t *scale = flags & NAMES_SCALED ? byte_cursor_bytes(c, sizeof(s.scale)) : NULL;
    if (scale != NULL)
        memcpy(&s.scale, scale, sizeof(s.scale));
    c->failed |= !isfinite(s.scale);
    if (c->failed)
        return;
    s.lost = p->entities[s.entity].lost;
    p->ids[p->series_count] = s.lost ? PLACES_LOST : PLACES_UNKNOWN;
    p->series[p->series_count++] = s;
}

int recording_places_hear(
    struct recording_places *p, uint32_t entities, uint32_t series, struct byte_cursor *c)
{
    /* A declaration has at least three bytes. */
    size_t left = (size_t)(c->end - c->at);
    if (entities > left || series > left || entities > PLACES_ENTITIES_MAX - p->entity_count ||
        series > PLACES_SERIES_MAX - p->series_count)
        return -EBADMSG;
    if (!reserve_entities(p, p->entity_count + entities) || !reserve_series(p, p->series_count + series))
        return -ENOMEM;
    for (uint32_t i = 0; i < entities && !c->failed; i++)
        hear_entity(p, c);
    for (uint32_t i = 0; i < series && !c->failed; i++)
        hear_series(p, c);
    return p->text.failed ? -ENOMEM : c->failed ? -EBADMSG : 0;
}

void recording_places_cut(struct recording_places *p, uint32_t entities, uint32_t series, size_t text)
{
    p->entity_count = entities;
    p->series_count = series;
    p->text.n = text;
    p->text.failed = false;
}

static const char *text_at(const struct recording_places *p, uint32_t at)
{
    return (const char *)p->text.bytes + at;
}

/* Asks the catalog for an entity whose parent is known there. */
static uint32_t ask_entity(struct recording_places *p, struct catalog *c, struct place_entity *e)
{
    int64_t id;
    if (e->kind == ENTITY_HOST) {
        id = catalog_host(c, text_at(p, e->name), e->name_n);
    } else {
        uint32_t parent = p->entities[e->parent].id;
        uint32_t host = catalog_entity_get(c, parent)->host;
        id = catalog_entity(c, host, (enum entity_kind)e->kind, text_at(p, e->name), e->name_n, parent);
    }
    return id < 0 ? PLACES_REFUSED : (uint32_t)id;
}

uint32_t recording_places_entity(struct recording_places *p, struct catalog *c, uint32_t number)
{
    uint32_t chain[PLACES_DEPTH_MAX + 1], n = 0;

    for (uint32_t i = number; i != ENTITY_NONE; i = p->entities[i].parent) {
        const struct place_entity *e = &p->entities[i];
        if (e->lost)
            return PLACES_LOST;
        if (e->id < PLACES_ID_END && catalog_entity_lives(c, e->id))
            break;
        chain[n++] = i;
    }
    while (n > 0) {
        struct place_entity *e = &p->entities[chain[--n]];
        e->id = ask_entity(p, c, e);
        if (e->id == PLACES_REFUSED)
            return PLACES_REFUSED;
    }
    return p->entities[number].id;
}

/* The number of a metric's name, made when new; what no law knows belongs to entities of its own kind only.
 */
static int64_t ask_metric(const struct recording_places *p, struct catalog *c, const struct place_series *s)
{
    double scale;
    int known = metric_find(text_at(p, s->metric), s->metric_n, &scale);
    if (known >= 0)
        return known;
    if (p->entities[s->entity].kind != ENTITY_SERIES)
        return -EINVAL;
    return catalog_metric(c, text_at(p, s->metric), s->metric_n);
}

uint32_t recording_places_series(struct recording_places *p, struct catalog *c, uint32_t number)
{
    const struct place_series *s = &p->series[number];

    if (s->lost)
        return PLACES_LOST;
    uint32_t entity = recording_places_entity(p, c, s->entity);
    int64_t metric = entity < PLACES_ID_END ? ask_metric(p, c, s) : -ENOSPC;
    int64_t id = metric < 0 ? metric : catalog_series_of(c, entity, (uint32_t)metric, s->scale);
    p->ids[number] = id < 0 ? PLACES_REFUSED : (uint32_t)id;
    return p->ids[number];
}

void recording_places_look(struct recording_places *p, const struct catalog *c)
{
    if (p->changes == catalog_changes(c))
        return;
    p->changes = catalog_changes(c);
    for (uint32_t i = 0; i < p->series_count; i++)
        if (p->ids[i] == PLACES_REFUSED || (p->ids[i] < PLACES_ID_END && !catalog_series_lives(c, p->ids[i])))
            p->ids[i] = PLACES_UNKNOWN;
}
