/* SPDX-License-Identifier: MIT
 * Names to numbers: hosts, entities, metrics and series get dense ids in order of first appearance, bounded
 * by configuration. Iteration goes by id, so by insertion, never by hash. Nothing is ever removed while an
 * engine lives; what does not fit is refused and counted. */
#ifndef COHERENCE_CORE_CATALOG_H
#define COHERENCE_CORE_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "core/entity.h"
#include "core/metric.h"

#define CATALOG_NAME_MAX 512 /* bytes of a host, entity or metric name; longer is refused */

struct catalog;

struct catalog_limits {
    uint32_t entities; /* hosts included */
    uint32_t series;
    uint32_t metrics; /* names of unknown metrics */
};

struct series {
    uint32_t entity;
    uint32_t metric; /* metric_id, or METRIC_KNOWN_COUNT + n for the n-th unknown name */
    double scale;    /* value as fed times scale = value in the metric's unit */
};

struct catalog *catalog_new(const struct catalog_limits *limits); /* NULL: out of memory */
void catalog_free(struct catalog *c);

/* The id of that host's entity, made when new. name: outside bytes, n >= 1. Returns >= 0, -ENOSPC (at the
 * limit, counted), -EINVAL (empty, too long, or NUL inside). O(1). */
int64_t catalog_host(struct catalog *c, const char *name, size_t n);

/* The id of an entity of a host, made when new. parent: entity id, or ENTITY_NONE for the host itself; kept
 * from the first call. Returns like catalog_host. */
int64_t catalog_entity(
    struct catalog *c, uint32_t host, enum entity_kind kind, const char *name, size_t n, uint32_t parent);

/* Splits "kind:name" (the CSV form) and calls catalog_entity; "" and "host" mean the host itself. A
 * cgroup's parent is the nearest known cgroup above its path. -EINVAL: unknown kind. */
int64_t catalog_entity_text(struct catalog *c, uint32_t host, const char *text, size_t n);

/* The id of a series, made when new. A metric that no law knows becomes an entity of kind series under
 * `entity`, and the series is that entity's. Returns like catalog_host. */
int64_t catalog_series(struct catalog *c, uint32_t entity, const char *metric, size_t n);

/* Series of a known metric: no text involved. */
int64_t catalog_series_known(struct catalog *c, uint32_t entity, enum metric_id metric);

/* The doors of a snapshot (core/snapshot.h): the id of an unknown metric's name; of a series by its parts,
 * scale finite, both ids existing. Made when new; return like catalog_host. */
int64_t catalog_metric(struct catalog *c, const char *name, size_t n);
int64_t catalog_series_of(struct catalog *c, uint32_t entity, uint32_t metric, double scale);
void catalog_set_refused(struct catalog *c, uint64_t refused);

uint32_t catalog_entity_count(const struct catalog *c);
uint32_t catalog_metric_count(const struct catalog *c); /* unknown metrics */
uint32_t catalog_series_count(const struct catalog *c);
uint64_t catalog_refused(const struct catalog *c); /* calls answered -ENOSPC */

/* By id, which must exist. The pointers stay valid as long as the catalog. */
const struct entity *catalog_entity_get(const struct catalog *c, uint32_t id);
const struct series *catalog_series_get(const struct catalog *c, uint32_t id);
const char *catalog_metric_name(const struct catalog *c, uint32_t metric);
enum metric_kind catalog_metric_kind(const struct catalog *c, uint32_t metric);
const char *catalog_host_name(const struct catalog *c, uint32_t entity); /* the name of the entity's host */

#endif
