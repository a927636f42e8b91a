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

static uint32_t *number(uint32_t count, const bool *keep)
{
    uint32_t *id = malloc((count ? count : 1) * sizeof(*id)), next = 0;
    for (uint32_t i = 0; id && i < count; i++)
        id[i] = keep[i] ? next++ : SNAPSHOT_LEFT_OUT;
    return id;
}

/* Parents stand before their children, so one pass from the end marks all of them. */
static void keep_parents(const struct catalog *c, bool *keep)
{
    for (uint32_t i = catalog_entity_count(c); i-- > 0;) {
        const struct entity *e = catalog_entity_get(c, i);
        if (!keep[i])
            continue;
        keep[e->host] = true;
        if (e->parent != ENTITY_NONE)
            keep[e->parent] = true;
    }
}

int snapshot_cut_make(struct snapshot_cut *cut, const struct catalog *c, bool *keep)
{
    uint32_t series = catalog_series_count(c), metrics = catalog_metric_count(c);
    bool *with_series = calloc(series + 1, sizeof(bool)), *with_metric = calloc(metrics + 1, sizeof(bool));

    *cut = (struct snapshot_cut){0};
    if (with_series && with_metric) {
        keep_parents(c, keep);
        for (uint32_t i = 0; i < series; i++) {
            const struct series *s = catalog_series_get(c, i);
            with_series[i] = keep[s->entity];
            if (with_series[i] && s->metric >= METRIC_KNOWN_COUNT)
                with_metric[s->metric - METRIC_KNOWN_COUNT] = true;
        }
        cut->entity = number(catalog_entity_count(c), keep);
        cut->series = number(series, with_series);
        cut->metric = number(metrics, with_metric);
    }
    free(with_series);
    free(with_metric);
    if (cut->entity && cut->series && cut->metric)
        return 0;
    snapshot_cut_free(cut);
    return -ENOMEM;
}

void snapshot_cut_free(struct snapshot_cut *cut)
{
    free(cut->entity);
    free(cut->series);
    free(cut->metric);
    *cut = (struct snapshot_cut){0};
}

bool snapshot_has_entity(const struct snapshot *s, uint32_t id)
{
    return !s->cut || s->cut->entity[id] != SNAPSHOT_LEFT_OUT;
}

bool snapshot_has_series(const struct snapshot *s, uint32_t id)
{
    return !s->cut || s->cut->series[id] != SNAPSHOT_LEFT_OUT;
}

void snapshot_entity(struct snapshot *s, uint32_t *id)
{
    uint32_t value = s->cut ? s->cut->entity[*id] : *id;
    pack_u32(s->pack, &value);
    if (pack_check(s->pack, value < catalog_entity_count(s->catalog)) && s->pack->reading)
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

/* What of `count` things is kept; reading: at most `most`. */
static uint32_t pack_kept(struct pack *p, const uint32_t *id, uint32_t count, uint32_t most)
{
    uint32_t kept = id ? 0 : count;
    for (uint32_t i = 0; id && i < count; i++)
        kept += id[i] != SNAPSHOT_LEFT_OUT;
    pack_count(p, &kept, most);
    return p->error ? 0 : kept;
}

/* An id that reading made anew must be the one that it was. */
static void expect(struct pack *p, int64_t id, uint32_t wanted)
{
    if (id == -ENOSPC)
        pack_fail(p, -ENOSPC);
    pack_check(p, id == (int64_t)wanted);
}

static void pack_entity(struct snapshot *s, uint32_t id)
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
            expect(p, catalog_host(s->catalog, name, strlen(name)), id);
        return;
    }
    if (p->reading)
        e.host = e.parent = 0;
    snapshot_entity(s, &e.host);
    snapshot_entity(s, &e.parent);
    if (!p->reading || p->error)
        return;
    if (pack_check(p, catalog_entity_get(s->catalog, e.host)->kind == ENTITY_HOST &&
                          catalog_entity_get(s->catalog, e.parent)->host == e.host))
        expect(p, catalog_entity(s->catalog, e.host, e.kind, name, strlen(name), e.parent), id);
}

static void pack_metric(struct snapshot *s, uint32_t n)
{
    char name[CATALOG_NAME_MAX + 1] = {0};

    if (!s->pack->reading) {
        const char *known = catalog_metric_name(s->catalog, METRIC_KNOWN_COUNT + n);
        memcpy(name, known, strlen(known));
    }
    pack_text(s->pack, name, sizeof(name));
    if (s->pack->reading && !s->pack->error)
        expect(s->pack, catalog_metric(s->catalog, name, strlen(name)), METRIC_KNOWN_COUNT + n);
}

static void pack_series(struct snapshot *s, uint32_t id)
{
    struct pack *p = s->pack;
    struct series x = {0};

    if (!p->reading)
        x = *catalog_series_get(s->catalog, id);
    if (s->cut && x.metric >= METRIC_KNOWN_COUNT)
        x.metric = METRIC_KNOWN_COUNT + s->cut->metric[x.metric - METRIC_KNOWN_COUNT];
    snapshot_entity(s, &x.entity);
    pack_count(p, &x.metric, METRIC_KNOWN_COUNT + catalog_metric_count(s->catalog) - 1);
    pack_finite(p, &x.scale);
    if (!p->reading || p->error)
        return;
    /* A metric that no law knows has an entity of its own: its watch counts on that. */
    if (pack_check(p,
            x.metric < METRIC_KNOWN_COUNT || catalog_entity_get(s->catalog, x.entity)->kind == ENTITY_SERIES))
        expect(p, catalog_series_of(s->catalog, x.entity, x.metric, x.scale), id);
}

void snapshot_catalog(struct snapshot *s)
{
    const struct snapshot_cut none = {0}, *cut = s->cut ? s->cut : &none;
    struct pack *p = s->pack;
    struct catalog *c = s->catalog;

    pack_part(p, "catalog");
    if (p->reading)
        pack_check(p, catalog_entity_count(c) == 0);
    uint32_t entities = pack_kept(p, cut->entity, catalog_entity_count(c), UINT32_MAX - 1);
    for (uint32_t i = 0, n = p->reading ? entities : catalog_entity_count(c); i < n && !p->error; i++)
        if (snapshot_has_entity(s, i))
            pack_entity(s, i);
    uint32_t metrics = pack_kept(p, cut->metric, catalog_metric_count(c), UINT32_MAX - METRIC_KNOWN_COUNT);
    for (uint32_t i = 0, n = p->reading ? metrics : catalog_metric_count(c); i < n && !p->error; i++)
        if (!cut->metric || cut->metric[i] != SNAPSHOT_LEFT_OUT)
            pack_metric(s, i);
    uint32_t series = pack_kept(p, cut->series, catalog_series_count(c), UINT32_MAX - 1);
    for (uint32_t i = 0, n = p->reading ? series : catalog_series_count(c); i < n && !p->error; i++)
        if (snapshot_has_series(s, i))
            pack_series(s, i);
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
