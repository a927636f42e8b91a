/* SPDX-License-Identifier: MIT
 * Turns outside names into ids and back. Three hash tables (uthash under SipHash) serve the way in; the way
 * out are tables by id, whose order is that of first appearance, so no hash order can reach output. Parsing
 * of telemetry and what ids mean to a law live elsewhere; how a life ends is in catalog_life.c. */
#include "core/catalog.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/catalog_inside.h"

struct catalog *catalog_new(const struct catalog_limits *limits)
{
    struct catalog *c = calloc(1, sizeof(*c));
    if (c)
        c->limits = *limits;
    return c;
}

int catalog_set_limits(struct catalog *c, const struct catalog_limits *limits)
{
    if (c->entity_count > limits->entities || c->series.count > limits->series ||
        c->metrics.count > limits->metrics)
        return -ENOSPC;
    c->limits = *limits;
    return 0;
}

void catalog_before_moves(struct catalog *c, void (*wait)(void *context), void *context)
{
    c->wait = wait;
    c->wait_context = context;
}

static void free_items(struct id_table *t)
{
    for (uint32_t i = 0; i < id_table_places(t); i++)
        free(t->entries[i].item);
    id_table_done(t);
}

void catalog_free(struct catalog *c)
{
    if (!c)
        return;
    HASH_CLEAR(hh, c->series_by_key);
    HASH_CLEAR(hh, c->entities_by_name);
    HASH_CLEAR(hh, c->metrics_by_name);
    free_items(&c->series);
    free_items(&c->entities);
    free_items(&c->metrics);
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

/* The same, for want of memory where code says so. */
static int64_t refuse_for(struct catalog *c, int64_t code)
{
    c->starved |= code == -ENOMEM;
    return refuse(c);
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

static void link_entity(struct catalog *c, struct entity_node *e)
{
    e->before = c->newest;
    *(c->newest ? &c->newest->after : &c->first) = e;
    c->newest = e;
    c->entity_count++;
}

static struct entity_node *new_entity(
    uint32_t scope, enum entity_kind kind, const char *name, size_t n, uint32_t parent)
{
    struct entity_node *node = calloc(1, sizeof(*node) + n + 1);
    if (!node)
        return NULL;
    node->stage = CATALOG_LIVES;
    node->scope_key = scope;
    node->kind_key = (uint32_t)kind;
    memcpy(node->name, name, n);
    node->entity = (struct entity){.kind = kind, .parent = parent, .name = node->name};
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
    if (c->entity_count >= c->limits.entities)
        return refuse(c);
    if (id_table_is_full(&c->entities))
        catalog_wait(c);
    node = new_entity(scope, kind, name, n, parent);
    int64_t id = node ? id_table_take(&c->entities, node, LAST_ID) : -ENOMEM;
    if (id < 0) {
        free(node);
        return refuse_for(c, id);
    }
    HASH_ADD_KEYPTR(hh, c->entities_by_name, &node->scope_key, entity_key_size(n), node);
    if (!node->hh.tbl) {
        id_table_remove(&c->entities, (uint32_t)id);
        free(node);
        return refuse_for(c, -ENOMEM);
    }
    node->id = (uint32_t)id;
    node->entity.host = host == ENTITY_NONE ? node->id : host;
    link_entity(c, node);
    if (parent != ENTITY_NONE)
        catalog_link_child(entity_of(c, parent), node);
    return id;
}

int64_t catalog_host(struct catalog *c, const char *name, size_t n)
{
    return find_or_add_entity(c, ENTITY_NONE, ENTITY_HOST, name, n, ENTITY_NONE);
}

int64_t catalog_entity(
    struct catalog *c, uint32_t host, enum entity_kind kind, const char *name, size_t n, uint32_t parent)
{
    assert(entity_of(c, host)->entity.kind == ENTITY_HOST);
    if (kind == ENTITY_HOST)
        return host;
    /* A parent that is no more, as one may be whose end its source has just said, is none. */
    if (parent == ENTITY_NONE || !(kind == ENTITY_SERIES ? catalog_stage(c, parent) != CATALOG_UNKNOWN
                                                         : catalog_entity_lives(c, parent)))
        parent = host;
    return find_or_add_entity(c, host, kind, name, n, parent);
}

int64_t catalog_entity_below(
    struct catalog *c, uint32_t parent, enum entity_kind kind, const char *name, size_t n)
{
    const struct entity *above = &entity_of(c, parent)->entity;
    char path[CATALOG_NAME_MAX];

    if (above->kind != ENTITY_CGROUP || strcmp(above->name, "/") == 0)
        return catalog_entity(c, above->host, kind, name, n, parent);
    size_t above_n = strlen(above->name);
    if (n == 0 || above_n + 1 + n > CATALOG_NAME_MAX)
        return -EINVAL;
    memcpy(path, above->name, above_n);
    path[above_n] = '/';
    memcpy(path + above_n + 1, name, n);
    return catalog_entity(c, above->host, kind, path, above_n + 1 + n, parent);
}

/* The nearest known cgroup above that path, the top ("/") above all, or the host: a recording names entities,
 * not their parents. */
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
    const struct entity_node *top = find_entity(c, host, ENTITY_CGROUP, "/", 1);
    return top ? top->id : host;
}

/* What a recording calls by a path below its cgroup. */
static bool has_path(int kind)
{
    return kind == ENTITY_CGROUP || kind == ENTITY_PROCESS || kind == ENTITY_JVM;
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
    bool is_top = kind == ENTITY_CGROUP && name_n == 1 && *name == '/';
    uint32_t parent =
        has_path(kind) && !is_top && name_n <= CATALOG_NAME_MAX ? cgroup_above(c, host, name, name_n) : host;
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
    if (c->metrics.count >= c->limits.metrics)
        return refuse(c);
    node = calloc(1, sizeof(*node) + n + 1);
    int64_t id = node ? id_table_take(&c->metrics, node, LAST_METRIC - METRIC_KNOWN_COUNT) : -ENOMEM;
    if (id < 0) {
        free(node);
        return refuse_for(c, id);
    }
    memcpy(node->name, name, n);
    HASH_ADD_KEYPTR(hh, c->metrics_by_name, node->name, n, node);
    if (!node->hh.tbl) {
        id_table_remove(&c->metrics, (uint32_t)id);
        free(node);
        return refuse_for(c, -ENOMEM);
    }
    node->id = METRIC_KNOWN_COUNT + (uint32_t)id;
    return node->id;
}

static int64_t find_or_add_series(struct catalog *c, uint32_t entity, uint32_t metric, double scale)
{
    struct series key = {.entity = entity, .metric = metric, .scale = scale};
    struct entity_node *owner = entity_of(c, entity);
    struct series_node *node;

    assert(owner->stage == CATALOG_LIVES);
    HASH_FIND(hh, c->series_by_key, &key, sizeof(key), node);
    if (node)
        return node->id;
    if (c->series.count >= c->limits.series)
        return refuse(c);
    node = calloc(1, sizeof(*node));
    int64_t id = node ? id_table_take(&c->series, node, LAST_ID) : -ENOMEM;
    if (id < 0) {
        free(node);
        return refuse_for(c, id);
    }
    node->series = key;
    node->id = (uint32_t)id;
    HASH_ADD(hh, c->series_by_key, series, sizeof(key), node);
    if (!node->hh.tbl) {
        id_table_remove(&c->series, (uint32_t)id);
        free(node);
        return refuse_for(c, -ENOMEM);
    }
    node->older = owner->series;
    owner->series = node;
    if (metric >= METRIC_KNOWN_COUNT)
        metric_of(c, metric)->uses++;
    return id;
}

uint32_t catalog_find_text(
    const struct catalog *c, const char *host, size_t host_n, const char *text, size_t n)
{
    const struct entity_node *h =
        name_is_usable(host, host_n) ? find_entity(c, ENTITY_NONE, ENTITY_HOST, host, host_n) : NULL;
    const char *colon = n ? memchr(text, ':', n) : NULL;
    size_t kind_n = colon ? (size_t)(colon - text) : n;
    int kind = n ? entity_kind_parse(text, kind_n) : ENTITY_HOST;

    if (!h || kind == ENTITY_HOST)
        return h ? h->id : ENTITY_NONE;
    if (kind < 0 || !colon || !name_is_usable(colon + 1, n - kind_n - 1))
        return ENTITY_NONE;
    const struct entity_node *e = find_entity(c, h->id, (enum entity_kind)kind, colon + 1, n - kind_n - 1);
    return e ? e->id : ENTITY_NONE;
}

/* The series of a metric that no law knows, under the entity that stands for it. */
static int64_t add_own_series(
    struct catalog *c, const struct entity_node *owner, uint32_t metric, const char *name, size_t n)
{
    /* Under a host the metric's name says it all; elsewhere two entities may share a metric, so the owner's
     * name stands before it. A series under its own name is itself. */
    const struct entity *e = &owner->entity;
    if (e->kind == ENTITY_SERIES && strcmp(e->name, catalog_metric_name(c, metric)) == 0)
        return find_or_add_series(c, owner->id, metric, 1);
    char whole[2 * CATALOG_NAME_MAX + 2];
    size_t whole_n = 0;
    if (e->kind != ENTITY_HOST) {
        const char *kind = entity_kind_name(e->kind);
        size_t kind_n = strlen(kind), owner_n = strlen(e->name);
        if (kind_n + owner_n + n + 2 > CATALOG_NAME_MAX)
            return -EINVAL;
        memcpy(whole, kind, kind_n);
        whole[kind_n] = ':';
        memcpy(whole + kind_n + 1, e->name, owner_n);
        whole[kind_n + 1 + owner_n] = '/';
        whole_n = kind_n + owner_n + 2;
    }
    memcpy(whole + whole_n, name, n);
    int64_t child = find_or_add_entity(c, e->host, ENTITY_SERIES, whole, whole_n + n, owner->id);
    return child < 0 ? child : find_or_add_series(c, (uint32_t)child, metric, 1);
}

int64_t catalog_series(struct catalog *c, uint32_t entity, const char *metric, size_t n)
{
    double scale = 1;
    const struct entity_node *owner = entity_of(c, entity);
    int known = metric_find(metric, n, &scale);
    if (known >= 0)
        return find_or_add_series(c, entity, (uint32_t)known, scale);

    int64_t id = find_or_add_metric(c, metric, n);
    if (id < 0)
        return id;
    int64_t series = add_own_series(c, owner, (uint32_t)id, metric, n);
    if (series < 0)
        catalog_drop_metric(c, (uint32_t)id);
    return series;
}

int64_t catalog_series_known(struct catalog *c, uint32_t entity, enum metric_id metric)
{
    assert(metric < METRIC_KNOWN_COUNT);
    return find_or_add_series(c, entity, (uint32_t)metric, 1);
}

int64_t catalog_metric(struct catalog *c, const char *name, size_t n)
{
    return find_or_add_metric(c, name, n);
}

int64_t catalog_series_of(struct catalog *c, uint32_t entity, uint32_t metric, double scale)
{
    return find_or_add_series(c, entity, metric, scale);
}

void catalog_set_refused(struct catalog *c, uint64_t refused)
{
    c->refused = refused;
}

uint32_t catalog_entity_count(const struct catalog *c)
{
    return c->entity_count;
}

uint32_t catalog_known_count(const struct catalog *c)
{
    return c->entities.count;
}

uint32_t catalog_metric_count(const struct catalog *c)
{
    return c->metrics.count;
}

uint32_t catalog_series_count(const struct catalog *c)
{
    return c->series.count;
}

bool catalog_was_starved(const struct catalog *c)
{
    return c->starved;
}

uint64_t catalog_refused(const struct catalog *c)
{
    return c->refused;
}

const struct entity *catalog_entity_get(const struct catalog *c, uint32_t id)
{
    return &entity_of(c, id)->entity;
}

const struct series *catalog_series_get(const struct catalog *c, uint32_t id)
{
    const struct series_node *s = id_table_get(&c->series, id);
    assert(s);
    return &s->series;
}

const char *catalog_metric_name(const struct catalog *c, uint32_t metric)
{
    return metric < METRIC_KNOWN_COUNT ? metric_table[metric].name : metric_of(c, metric)->name;
}

enum metric_kind catalog_metric_kind(const struct catalog *c, uint32_t metric)
{
    (void)c;
    return metric < METRIC_KNOWN_COUNT ? metric_table[metric].kind : METRIC_GAUGE;
}

const char *catalog_host_name(const struct catalog *c, uint32_t entity)
{
    return entity_of(c, entity_of(c, entity)->entity.host)->name;
}
