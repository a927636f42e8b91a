/* SPDX-License-Identifier: MIT
 * Turns outside names into dense ids and back. Three hash tables (uthash under SipHash) serve the way in; the
 * way out is plain arrays in order of first appearance, so no hash order can reach output. Parsing of
 * telemetry and what ids mean to a law live elsewhere. */
#include "core/catalog.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION(keyptr, keylen, hashv)                                                                 \
    ((hashv) = (unsigned)hash_sip24(CATALOG_KEY0, CATALOG_KEY1, (keyptr), (keylen)))
#include <uthash.h>

/* Any fixed key would do: tables are bounded, and order never shows. Digits of pi. */
#define CATALOG_KEY0 UINT64_C(0x243f6a8885a308d3)
#define CATALOG_KEY1 UINT64_C(0x13198a2e03707344)

/* Keys are what identifies the thing; structs are allocated once and never move. */
struct entity_node {
    struct entity entity;
    uint32_t id;
    UT_hash_handle hh;
    uint32_t scope_key; /* whose names they are: the key starts here and runs on into name[] */
    uint32_t kind_key;
    char name[];
};

struct metric_node {
    uint32_t id;
    UT_hash_handle hh;
    char name[];
};

struct series_key {
    uint32_t entity, metric;
    uint32_t
        alias; /* bit pattern of the scale: the same metric fed in two units is two doors to one series */
};

struct series_node {
    struct series_key key;
    uint32_t id;
    UT_hash_handle hh;
};

struct catalog {
    struct catalog_limits limits;
    struct entity_node *entities_by_name;
    struct metric_node *metrics_by_name;
    struct series_node *series_by_key;
    struct entity_node **entities;
    struct series *series;
    struct metric_node **metrics;
    uint32_t entity_count, series_count, metric_count;
    uint64_t refused;
};

struct catalog *catalog_new(const struct catalog_limits *limits)
{
    struct catalog *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->limits = *limits;
    c->entities = calloc(limits->entities, sizeof(struct entity_node *));
    c->series = calloc(limits->series, sizeof(*c->series));
    c->metrics = calloc(limits->metrics, sizeof(struct metric_node *));
    if (!c->entities || !c->series || !c->metrics) {
        catalog_free(c);
        return NULL;
    }
    return c;
}

void catalog_free(struct catalog *c)
{
    if (!c)
        return;
    struct series_node *s, *next;
    HASH_ITER(hh, c->series_by_key, s, next)
    {
        HASH_DEL(c->series_by_key, s);
        free(s);
    }
    HASH_CLEAR(hh, c->entities_by_name);
    HASH_CLEAR(hh, c->metrics_by_name);
    for (uint32_t i = 0; i < c->entity_count; i++)
        free(c->entities[i]);
    for (uint32_t i = 0; i < c->metric_count; i++)
        free(c->metrics[i]);
    free(c->entities);
    free(c->series);
    free(c->metrics);
    free(c);
}

static bool name_is_usable(const char *name, size_t n)
{
    return n > 0 && n <= CATALOG_NAME_MAX && memchr(name, 0, n) == NULL;
}

static int64_t refuse(struct catalog *c)
{
    c->refused++;
    return -ENOSPC;
}

/* The hashed key of an entity is scope_key, kind_key and the name, contiguous in the node. */
static size_t entity_key_size(size_t name_n)
{
    return 2 * sizeof(uint32_t) + name_n;
}

/* Names are unique within a host (of hosts: within ENTITY_NONE), those of single series within their parent:
 * a series' name is made of outside names, and separators inside them must not join two. */
static struct entity_node *find_entity(
    const struct catalog *c, uint32_t scope, enum entity_kind kind, const char *name, size_t n)
{
    struct {
        uint32_t scope_key, kind_key;
        char name[CATALOG_NAME_MAX];
    } key = {.scope_key = scope, .kind_key = (uint32_t)kind};
    struct entity_node *node;

    memcpy(key.name, name, n);
    HASH_FIND(hh, c->entities_by_name, &key, entity_key_size(n), node);
    return node;
}

static int64_t find_or_add_entity(
    struct catalog *c, uint32_t host, enum entity_kind kind, const char *name, size_t n, uint32_t parent)
{
    uint32_t scope = kind == ENTITY_SERIES ? parent : host;
    struct entity_node *node;

    if (!name_is_usable(name, n))
        return -EINVAL;
    node = find_entity(c, scope, kind, name, n);
    if (node)
        return node->id;
    if (c->entity_count == c->limits.entities)
        return refuse(c);
    node = calloc(1, sizeof(*node) + n + 1);
    if (!node)
        return refuse(c);
    node->id = c->entity_count;
    node->scope_key = scope;
    node->kind_key = (uint32_t)kind;
    memcpy(node->name, name, n);
    node->entity = (struct entity){
        .kind = kind, .host = host == ENTITY_NONE ? node->id : host, .parent = parent, .name = node->name};
    HASH_ADD_KEYPTR(hh, c->entities_by_name, &node->scope_key, entity_key_size(n), node);
    if (!node->hh.tbl) {
        free(node);
        return refuse(c);
    }
    c->entities[c->entity_count++] = node;
    return node->id;
}

int64_t catalog_host(struct catalog *c, const char *name, size_t n)
{
    return find_or_add_entity(c, ENTITY_NONE, ENTITY_HOST, name, n, ENTITY_NONE);
}

int64_t catalog_entity(
    struct catalog *c, uint32_t host, enum entity_kind kind, const char *name, size_t n, uint32_t parent)
{
    assert(host < c->entity_count && c->entities[host]->entity.kind == ENTITY_HOST);
    if (kind == ENTITY_HOST)
        return host;
    return find_or_add_entity(c, host, kind, name, n, parent == ENTITY_NONE ? host : parent);
}

/* The nearest known cgroup above that path, or the host: a recording names entities, not their parents. */
static uint32_t cgroup_above(const struct catalog *c, uint32_t host, const char *path, size_t n)
{
    while (n > 0) {
        while (n > 0 && path[n - 1] != '/')
            n--;
        while (n > 0 && path[n - 1] == '/')
            n--;
        const struct entity_node *above = n ? find_entity(c, host, ENTITY_CGROUP, path, n) : NULL;
        if (above)
            return above->id;
    }
    return host;
}

int64_t catalog_entity_text(struct catalog *c, uint32_t host, const char *text, size_t n)
{
    const char *colon = n ? memchr(text, ':', n) : NULL;
    size_t kind_n = colon ? (size_t)(colon - text) : n;
    int kind = n ? entity_kind_parse(text, kind_n) : ENTITY_HOST;

    if (kind == ENTITY_HOST)
        return host;
    if (kind < 0 || !colon)
        return -EINVAL;
    const char *name = colon + 1;
    size_t name_n = n - kind_n - 1;
    uint32_t parent =
        kind == ENTITY_CGROUP && name_n <= CATALOG_NAME_MAX ? cgroup_above(c, host, name, name_n) : host;
    return catalog_entity(c, host, (enum entity_kind)kind, name, name_n, parent);
}

/* Id of an unknown metric's name: METRIC_KNOWN_COUNT + n. */
static int64_t find_or_add_metric(struct catalog *c, const char *name, size_t n)
{
    struct metric_node *node;

    if (!name_is_usable(name, n))
        return -EINVAL;
    HASH_FIND(hh, c->metrics_by_name, name, n, node);
    if (node)
        return node->id;
    if (c->metric_count == c->limits.metrics)
        return refuse(c);
    node = calloc(1, sizeof(*node) + n + 1);
    if (!node)
        return refuse(c);
    node->id = METRIC_KNOWN_COUNT + c->metric_count;
    memcpy(node->name, name, n);
    HASH_ADD_KEYPTR(hh, c->metrics_by_name, node->name, n, node);
    if (!node->hh.tbl) {
        free(node);
        return refuse(c);
    }
    c->metrics[c->metric_count++] = node;
    return node->id;
}

static int64_t find_or_add_series(struct catalog *c, uint32_t entity, uint32_t metric, double scale)
{
    uint64_t bits;
    memcpy(&bits, &scale, sizeof(bits));
    struct series_key key = {.entity = entity, .metric = metric, .alias = (uint32_t)(bits >> 32)};
    struct series_node *node;

    HASH_FIND(hh, c->series_by_key, &key, sizeof(key), node);
    if (node)
        return node->id;
    if (c->series_count == c->limits.series)
        return refuse(c);
    node = calloc(1, sizeof(*node));
    if (!node)
        return refuse(c);
    node->key = key;
    node->id = c->series_count;
    HASH_ADD(hh, c->series_by_key, key, sizeof(key), node);
    if (!node->hh.tbl) {
        free(node);
        return refuse(c);
    }
    c->series[c->series_count++] = (struct series){.entity = entity, .metric = metric, .scale = scale};
    return node->id;
}

int64_t catalog_series(struct catalog *c, uint32_t entity, const char *metric, size_t n)
{
    double scale = 1;
    assert(entity < c->entity_count);
    int known = metric_find(metric, n, &scale);
    if (known >= 0)
        return find_or_add_series(c, entity, (uint32_t)known, scale);

    int64_t id = find_or_add_metric(c, metric, n);
    if (id < 0)
        return id;
    /* Under a host the metric's name says it all; elsewhere two entities may share a metric, so the owner's
     * name stands before it. A series under its own name is itself. */
    const struct entity *owner = &c->entities[entity]->entity;
    if (owner->kind == ENTITY_SERIES && strcmp(owner->name, catalog_metric_name(c, (uint32_t)id)) == 0)
        return find_or_add_series(c, entity, (uint32_t)id, 1);
    char name[2 * CATALOG_NAME_MAX + 2];
    size_t name_n = 0;
    if (owner->kind != ENTITY_HOST) {
        const char *kind = entity_kind_name(owner->kind);
        size_t kind_n = strlen(kind), owner_n = strlen(owner->name);
        if (kind_n + owner_n + n + 2 > CATALOG_NAME_MAX)
            return -EINVAL;
        memcpy(name, kind, kind_n);
        name[kind_n] = ':';
        memcpy(name + kind_n + 1, owner->name, owner_n);
        name[kind_n + 1 + owner_n] = '/';
        name_n = kind_n + owner_n + 2;
    }
    memcpy(name + name_n, metric, n);
    int64_t child = find_or_add_entity(c, owner->host, ENTITY_SERIES, name, name_n + n, entity);
    return child < 0 ? child : find_or_add_series(c, (uint32_t)child, (uint32_t)id, 1);
}

int64_t catalog_series_known(struct catalog *c, uint32_t entity, enum metric_id metric)
{
    assert(entity < c->entity_count && metric < METRIC_KNOWN_COUNT);
    return find_or_add_series(c, entity, (uint32_t)metric, 1);
}

int64_t catalog_metric(struct catalog *c, const char *name, size_t n)
{
    return find_or_add_metric(c, name, n);
}

int64_t catalog_series_of(struct catalog *c, uint32_t entity, uint32_t metric, double scale)
{
    assert(entity < c->entity_count && metric < METRIC_KNOWN_COUNT + c->metric_count);
    return find_or_add_series(c, entity, metric, scale);
}

void catalog_set_refused(struct catalog *c, uint64_t refused)
{
    c->refused = refused;
}

uint32_t catalog_metric_count(const struct catalog *c)
{
    return c->metric_count;
}

uint32_t catalog_entity_count(const struct catalog *c)
{
    return c->entity_count;
}

uint32_t catalog_series_count(const struct catalog *c)
{
    return c->series_count;
}

uint64_t catalog_refused(const struct catalog *c)
{
    return c->refused;
}

const struct entity *catalog_entity_get(const struct catalog *c, uint32_t id)
{
    assert(id < c->entity_count);
    return &c->entities[id]->entity;
}

const struct series *catalog_series_get(const struct catalog *c, uint32_t id)
{
    assert(id < c->series_count);
    return &c->series[id];
}

const char *catalog_metric_name(const struct catalog *c, uint32_t metric)
{
    if (metric < METRIC_KNOWN_COUNT)
        return metric_table[metric].name;
    assert(metric - METRIC_KNOWN_COUNT < c->metric_count);
    return c->metrics[metric - METRIC_KNOWN_COUNT]->name;
}

enum metric_kind catalog_metric_kind(const struct catalog *c, uint32_t metric)
{
    (void)c;
    return metric < METRIC_KNOWN_COUNT ? metric_table[metric].kind : METRIC_GAUGE;
}

const char *catalog_host_name(const struct catalog *c, uint32_t entity)
{
    assert(entity < c->entity_count);
    return c->entities[c->entities[entity]->entity.host]->entity.name;
}
