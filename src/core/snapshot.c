/* SPDX-License-Identifier: MIT
 * Turns the catalog into bytes and back, in order of id, so that every id means the same again; and leaves
 * out what nobody has heard of for long, in which case ids close ranks and keep their order. What hangs on
 * the ids is packed by the rooms that own it. */
#include "core/snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/law.h"

static uint32_t *blank(uint32_t places)
{
    uint32_t *id = malloc((places + 1) * sizeof(*id));
    for (uint32_t i = 0; id && i < places; i++)
        id[i] = SNAPSHOT_LEFT_OUT;
    return id;
}

/* The parent that is written: of an entity whose life is over it may be forgotten already. */
static uint32_t parent_of(const struct catalog *c, const struct entity *e)
{
    return catalog_stage(c, e->parent) == CATALOG_UNKNOWN ? e->host : e->parent;
}

/* Parents stand before their children, so one pass from the end marks all of them. */
static void keep_parents(const struct catalog *c, bool *keep)
{
    for (uint32_t i = catalog_entity_newest(c); i != ENTITY_NONE; i = catalog_entity_before(c, i)) {
        const struct entity *e = catalog_entity_get(c, i);
        if (!keep[catalog_entity_place(c, i)])
            continue;
        keep[catalog_entity_place(c, e->host)] = true;
        if (e->parent != ENTITY_NONE)
            keep[catalog_entity_place(c, parent_of(c, e))] = true;
    }
}

static void number_entities(struct snapshot_cut *cut, const struct catalog *c, const bool *keep)
{
    for (uint32_t i = catalog_entity_first(c); i != ENTITY_NONE; i = catalog_entity_next(c, i))
        if (keep[catalog_entity_place(c, i)])
            cut->entity[catalog_entity_place(c, i)] = cut->entities++;
}

/* Of all series those of the entities that are kept, of all metrics those of the series that are kept. */
static void number_series(struct snapshot_cut *cut, const struct catalog *c, const bool *keep)
{
    uint32_t kept = 0;

    catalog_series_list(c, cut->series_list);
    for (uint32_t i = 0; i < catalog_series_count(c); i++) {
        const struct series *s = catalog_series_get(c, cut->series_list[i]);
        if (!keep[catalog_entity_place(c, s->entity)])
            continue;
        if (s->metric >= METRIC_KNOWN_COUNT)
            cut->metric[catalog_metric_place(c, s->metric)] = 0;
        cut->series[catalog_series_place(c, cut->series_list[i])] = kept;
        cut->series_list[kept++] = cut->series_list[i];
    }
    cut->series_count = kept;
    catalog_metric_list(c, cut->metric_list);
    for (uint32_t i = 0; i < catalog_metric_count(c); i++) {
        uint32_t metric = cut->metric_list[i], place = catalog_metric_place(c, metric);
        if (cut->metric[place] == SNAPSHOT_LEFT_OUT)
            continue;
        cut->metric[place] = cut->metrics;
        cut->metric_list[cut->metrics++] = metric;
    }
}

int snapshot_cut_make(struct snapshot_cut *cut, const struct catalog *c, bool *keep)
{
    *cut = (struct snapshot_cut){.entity = blank(catalog_entity_places(c)),
        .series = blank(catalog_series_places(c)),
        .metric = blank(catalog_metric_places(c)),
        .series_list = blank(catalog_series_count(c)),
        .metric_list = blank(catalog_metric_count(c))};
    if (!cut->entity || !cut->series || !cut->metric || !cut->series_list || !cut->metric_list) {
        snapshot_cut_free(cut);
        return -ENOMEM;
    }
    keep_parents(c, keep);
    number_entities(cut, c, keep);
    number_series(cut, c, keep);
    return 0;
}

void snapshot_cut_free(struct snapshot_cut *cut)
{
    free(cut->entity);
    free(cut->series);
    free(cut->metric);
    free(cut->series_list);
    free(cut->metric_list);
    *cut = (struct snapshot_cut){0};
}

bool snapshot_has_entity(const struct snapshot *s, uint32_t id)
{
    return !s->cut || (catalog_stage(s->catalog, id) != CATALOG_UNKNOWN &&
                          s->cut->entity[catalog_entity_place(s->catalog, id)] != SNAPSHOT_LEFT_OUT);
}

void snapshot_entity(struct snapshot *s, uint32_t *id)
{
    uint32_t value = s->cut ? s->cut->entity[catalog_entity_place(s->catalog, *id)] : *id;
    pack_u32(s->pack, &value);
    bool sound =
        s->pack->reading ? catalog_stage(s->catalog, value) != CATALOG_UNKNOWN : value != SNAPSHOT_LEFT_OUT;
    if (pack_check(s->pack, sound) && s->pack->reading)
        *id = value;
}

void snapshot_word(struct snapshot *s, const char **word)
{
    char text[WORDS_MAX_LEN + 1] = {0};

    if (!s->pack->reading) {
        size_t n = strlen(*word);
        if (!pack_check(s->pack, n <= WORDS_MAX_LEN))
            return;
        memcpy(text, *word, n);
    }
    pack_text(s->pack, text, sizeof(text));
    if (s->pack->error || !s->pack->reading)
        return;
    const char *kept = words_find_or_add(s->words, text, strlen(text));
    if (pack_check(s->pack, kept != NULL))
        *word = kept;
}

/* An id that reading made anew must be the one that it was. */
static void expect(struct snapshot *s, int64_t id, uint32_t wanted)
{
    struct pack *p = s->pack;

    if (id == -ENOSPC)
        pack_fail(p, catalog_was_starved(s->catalog) ? -ENOMEM : -ENOSPC);
    pack_check(p, id == (int64_t)wanted);
}

/* How far it was on its way out of the catalog. */
static void pack_stage(struct snapshot *s, uint32_t id, enum catalog_stage stage)
{
    struct pack *p = s->pack;

    PACK_ENUM(p, &stage, CATALOG_REMEMBERED + 1);
    if (!pack_check(p, stage != CATALOG_UNKNOWN) || !p->reading)
        return;
    if (stage == CATALOG_LIVES) {
        const struct entity *e = catalog_entity_get(s->catalog, id);
        pack_check(p, catalog_entity_lives(s->catalog, e->host) &&
                          (e->parent == ENTITY_NONE || catalog_entity_lives(s->catalog, e->parent)));
        return;
    }
    catalog_leave(s->catalog, id);
    if (stage == CATALOG_REMEMBERED)
        catalog_make_room(s->catalog, id);
}

/* Returns the parent as it was; where that lives no more, the entity is made below its host. */
static uint32_t pack_entity(struct snapshot *s, uint32_t id)
{
    struct pack *p = s->pack;
    struct entity e = {.kind = ENTITY_HOST, .host = ENTITY_NONE, .parent = ENTITY_NONE};
    char name[CATALOG_NAME_MAX + 1] = {0};

    if (!p->reading) {
        e = *catalog_entity_get(s->catalog, id);
        memcpy(name, e.name, strlen(e.name));
    }
    PACK_ENUM(p, &e.kind, ENTITY_KIND_COUNT);
    pack_text(p, name, sizeof(name));
    if (e.kind == ENTITY_HOST) {
        if (p->reading && !p->error)
            expect(s, catalog_host(s->catalog, name, strlen(name)), id);
        return ENTITY_NONE;
    }
    if (p->reading)
        e.host = e.parent = 0;
    else
        e.parent = parent_of(s->catalog, &e);
    snapshot_entity(s, &e.host);
    snapshot_entity(s, &e.parent);
    if (!p->reading || p->error)
        return ENTITY_NONE;
    if (pack_check(p, catalog_entity_get(s->catalog, e.host)->kind == ENTITY_HOST &&
                          catalog_entity_get(s->catalog, e.parent)->host == e.host))
        expect(s, catalog_entity(s->catalog, e.host, e.kind, name, strlen(name), e.parent), id);
    return p->error ? ENTITY_NONE : e.parent;
}

static void pack_entities(struct snapshot *s)
{
    struct pack *p = s->pack;
    struct catalog *c = s->catalog;
    uint32_t count = s->cut ? s->cut->entities : 0;

    pack_count(p, &count, UINT32_MAX - 1);
    uint32_t next = p->reading ? 0 : catalog_entity_first(c);
    for (uint32_t i = 0; i < count && !p->error; i++) {
        while (!p->reading && !snapshot_has_entity(s, next))
            next = catalog_entity_next(c, next);
        uint32_t id = p->reading ? i : next;
        uint32_t parent = pack_entity(s, id);
        if (!p->error)
            pack_stage(s, id, p->reading ? CATALOG_UNKNOWN : catalog_stage(c, id));
        if (parent != ENTITY_NONE && !p->error && catalog_entity_get(c, id)->parent != parent &&
            pack_check(p, !catalog_entity_lives(c, id)))
            catalog_set_former_parent(c, id, parent);
        if (!p->reading)
            next = catalog_entity_next(c, next);
    }
}

static void pack_metric(struct snapshot *s, uint32_t id)
{
    char name[CATALOG_NAME_MAX + 1] = {0};

    if (!s->pack->reading) {
        const char *known = catalog_metric_name(s->catalog, id);
        memcpy(name, known, strlen(known));
    }
    pack_text(s->pack, name, sizeof(name));
    if (s->pack->reading && !s->pack->error)
        expect(s, catalog_metric(s->catalog, name, strlen(name)), id);
}

static void pack_series(struct snapshot *s, uint32_t id)
{
    struct pack *p = s->pack;
    struct series x = {0};

    if (!p->reading) {
        x = *catalog_series_get(s->catalog, id);
        if (x.metric >= METRIC_KNOWN_COUNT)
            x.metric = METRIC_KNOWN_COUNT + s->cut->metric[catalog_metric_place(s->catalog, x.metric)];
    }
    snapshot_entity(s, &x.entity);
    pack_count(p, &x.metric,
        METRIC_KNOWN_COUNT + (p->reading ? catalog_metric_count(s->catalog) : s->cut->metrics) - 1);
    pack_finite(p, &x.scale);
    if (!p->reading || p->error || !pack_check(p, catalog_entity_lives(s->catalog, x.entity)))
        return;
    /* A metric that no law knows has an entity of its own: its watch counts on that. */
    if (pack_check(p,
            x.metric < METRIC_KNOWN_COUNT || catalog_entity_get(s->catalog, x.entity)->kind == ENTITY_SERIES))
        expect(s, catalog_series_of(s->catalog, x.entity, x.metric, x.scale), id);
}

void snapshot_catalog(struct snapshot *s)
{
    struct pack *p = s->pack;
    struct catalog *c = s->catalog;
    uint32_t metrics = s->cut ? s->cut->metrics : 0, series = s->cut ? s->cut->series_count : 0;

    pack_part(p, "catalog");
    if (p->reading)
        pack_check(p, catalog_known_count(c) == 0);
    pack_entities(s);
    pack_count(p, &metrics, INT32_MAX - METRIC_KNOWN_COUNT);
    for (uint32_t i = 0; i < metrics && !p->error; i++)
        pack_metric(s, s->cut ? s->cut->metric_list[i] : METRIC_KNOWN_COUNT + i);
    pack_count(p, &series, UINT32_MAX - 1);
    for (uint32_t i = 0; i < series && !p->error; i++)
        pack_series(s, s->cut ? s->cut->series_list[i] : i);
    uint64_t refused = catalog_refused(c);
    pack_u64(p, &refused);
    if (p->reading && !p->error)
        catalog_set_refused(c, refused);
}

static uint64_t mix(uint64_t hash, const char *word)
{
    return hash_sip24(hash, 0, word, strlen(word) + 1);
}

uint64_t snapshot_vocabulary(void)
{
    uint64_t hash = 0;
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++)
        hash = mix(hash, metric_table[i].name);
    for (int i = 0; i < LAW_COUNT; i++)
        hash = mix(hash, law_name((enum law_id)i));
    for (int i = 0; i < ENTITY_KIND_COUNT; i++)
        hash = mix(hash, entity_kind_name((enum entity_kind)i));
    return hash;
}
