/* SPDX-License-Identifier: MIT
 * The inside of a catalog, shared by catalog.c (declaring and finding names) and catalog_life.c (their end,
 * their order). Nobody else includes this. */
#ifndef COHERENCE_CORE_CATALOG_INSIDE_H
#define COHERENCE_CORE_CATALOG_INSIDE_H

#include <assert.h>

#include "base/hash.h"
#include "base/id_table.h"

#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION(keyptr, keylen, hashv)                                                                 \
    ((hashv) = (unsigned)hash_sip24(CATALOG_KEY0, CATALOG_KEY1, (keyptr), (keylen)))
#include <uthash.h>

#include "core/catalog.h"

/* Any fixed key would do: tables are bounded, and order never shows. Digits of pi. */
#define CATALOG_KEY0 UINT64_C(0x243f6a8885a308d3)
#define CATALOG_KEY1 UINT64_C(0x13198a2e03707344)

#define LAST_ID     (UINT32_MAX - 1)
#define LAST_METRIC UINT32_C(0x3fffffff) /* the engine has words of its own above */

/* Keys are what identifies the thing; structs are allocated once and never move. */
struct entity_node {
    struct entity entity;
    uint32_t id;
    enum catalog_stage stage;
    struct entity_node *before, *after;                 /* all, in order of first appearance */
    struct entity_node *newest_child, *elder, *younger; /* living children of one parent */
    struct series_node *series;                         /* newest first */
    UT_hash_handle hh;
    uint32_t scope_key; /* whose names they are: the key starts here and runs on into name[] */
    uint32_t kind_key;
    char name[];
};

struct metric_node {
    uint32_t id;
    uint32_t uses; /* series */
    UT_hash_handle hh;
    char name[];
};

/* The key is the whole struct: the same metric fed in two units is two doors to one series. */
struct series_node {
    struct series series;
    uint32_t id;
    struct series_node *older; /* of the same entity */
    UT_hash_handle hh;
};
_Static_assert(sizeof(struct series) == 2 * sizeof(uint32_t) + sizeof(double), "a key has no padding");

struct catalog {
    struct catalog_limits limits;
    bool starved; /* something was refused for want of memory */
    struct entity_node *entities_by_name;
    struct metric_node *metrics_by_name;
    struct series_node *series_by_key;
    struct id_table entities, series, metrics; /* metrics: by id less METRIC_KNOWN_COUNT */
    struct entity_node *first, *newest;
    uint32_t entity_count;
    uint64_t refused, changes;
    void (*wait)(void *context); /* for other threads, before what they look at moves */
    void *wait_context;
};

static inline struct entity_node *entity_of(const struct catalog *c, uint32_t id)
{
    struct entity_node *e = id_table_get(&c->entities, id);
    assert(e);
    return e;
}

static inline struct metric_node *metric_of(const struct catalog *c, uint32_t metric)
{
    struct metric_node *m = id_table_get(&c->metrics, metric - METRIC_KNOWN_COUNT);
    assert(m);
    return m;
}

static inline void catalog_wait(const struct catalog *c)
{
    if (c->wait)
        c->wait(c->wait_context);
}

/* Among the living children of a parent. */
void catalog_link_child(struct entity_node *parent, struct entity_node *e);

/* Forgets a metric's name when no series has it. */
void catalog_drop_metric(struct catalog *c, uint32_t metric);

#endif
