/* SPDX-License-Identifier: MIT
 * Names to numbers: hosts, entities, metrics and series get ids in order of first appearance, bounded by
 * configuration. Iteration goes by id, so by insertion, never by hash. What does not fit is refused and
 * counted. Whose life is over makes room; ids of entities and series are never given twice, so an old one is
 * never taken for a new thing: it is known no more (docs/decisions/0009). */
#ifndef COHERENCE_CORE_CATALOG_H
#define COHERENCE_CORE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/entity.h"
#include "core/metric.h"

#define CATALOG_NAME_MAX 512 /* bytes of a host, entity or metric name; longer is refused */

struct catalog;

struct catalog_limits {
    uint32_t entities; /* hosts included; without those that only a story still tells of */
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
/* Other limits from now on. Returns 0, or -ENOSPC, nothing changed: more lives already. */
int catalog_set_limits(struct catalog *c, const struct catalog_limits *limits);

/* Calls wait(context) before anything moves, changes or goes that catalog_entity_get and catalog_host_name
 * look at. While names are merely added, other threads may ask these two for entities that are there already;
 * whoever lets them sees to it that none does once wait has returned, until the call that led to it has.
 * NULL: nobody waits. */
void catalog_before_moves(struct catalog *c, void (*wait)(void *context), void *context);

/* The id of that host's entity, made when new. name: outside bytes, n >= 1. Returns >= 0, -ENOSPC (at the
 * limit, counted), -EINVAL (empty, too long, or NUL inside). O(1). */
int64_t catalog_host(struct catalog *c, const char *name, size_t n);

/* The id of an entity of a host, made when new. parent: entity id; ENTITY_NONE, or one that lives no more:
 * the host itself. Kept from the first call until the parent's end. Returns like catalog_host. */
int64_t catalog_entity(
    struct catalog *c, uint32_t host, enum entity_kind kind, const char *name, size_t n, uint32_t parent);

/* The same for what lives on an entity that lives itself: a host, or a cgroup of one. Below a cgroup, the top
 * ("/") excepted, its name becomes PATH/NAME, by which a recording finds the parent again
 * (catalog_entity_text). */
int64_t catalog_entity_below(
    struct catalog *c, uint32_t parent, enum entity_kind kind, const char *name, size_t n);

/* Splits "kind:name" (the CSV form) and calls catalog_entity; "" and "host" mean the host itself. The
 * parent of a cgroup, a process or a runtime is the nearest known cgroup above its path ("/", the top, above
 * all). -EINVAL: unknown kind. */
int64_t catalog_entity_text(struct catalog *c, uint32_t host, const char *text, size_t n);

/* The id of a living entity of that text form, or ENTITY_NONE: nothing is made. */
uint32_t catalog_find_text(
    const struct catalog *c, const char *host, size_t host_n, const char *text, size_t n);

/* The id of a series of a living entity, made when new. A metric that no law knows becomes an entity of kind
 * series under `entity`, and the series is that entity's. Returns like catalog_host. */
int64_t catalog_series(struct catalog *c, uint32_t entity, const char *metric, size_t n);

/* Series of a known metric: no text involved. */
int64_t catalog_series_known(struct catalog *c, uint32_t entity, enum metric_id metric);

/* The doors of a snapshot (core/snapshot.h): the id of an unknown metric's name; of a series by its parts,
 * scale finite, both ids existing. Made when new; return like catalog_host. */
int64_t catalog_metric(struct catalog *c, const char *name, size_t n);
int64_t catalog_series_of(struct catalog *c, uint32_t entity, uint32_t metric, double scale);
/* The parent that an entity which is leaving or remembered had: known, of the same host. */
void catalog_set_former_parent(struct catalog *c, uint32_t entity, uint32_t parent);
void catalog_set_refused(struct catalog *c, uint64_t refused);

/* The end of an entity, in three steps, for whoever owns the catalog (the engine; sources say feed->gone).
 * catalog_leave: its series are gone, its name is free for another; it can still be read, and counts towards
 * the limit. It must live and have no series of its own below it any more (catalog_own_series); what else is
 * below it goes to its parent. A host leaves after everything on it.
 * catalog_make_room: it counts no more. catalog_remove: it is gone, and so is its id. */
void catalog_leave(struct catalog *c, uint32_t entity);
void catalog_make_room(struct catalog *c, uint32_t entity);
void catalog_remove(struct catalog *c, uint32_t entity);

/* The newest living entity of kind series whose parent that is, or ENTITY_NONE: metrics of the entity that no
 * law knows, which end with it. */
uint32_t catalog_own_series(const struct catalog *c, uint32_t entity);

/* The newest series of an entity, and the one before a series of the same entity; CATALOG_NO_SERIES: none. */
#define CATALOG_NO_SERIES UINT32_MAX
uint32_t catalog_newest_series(const struct catalog *c, uint32_t entity);
uint32_t catalog_older_series(const struct catalog *c, uint32_t series);

/* How far an entity is on that way. */
enum catalog_stage { CATALOG_UNKNOWN, CATALOG_LIVES, CATALOG_LEAVING, CATALOG_REMEMBERED };
enum catalog_stage catalog_stage(const struct catalog *c, uint32_t entity);
bool catalog_entity_lives(const struct catalog *c, uint32_t entity);
bool catalog_series_lives(const struct catalog *c, uint32_t series);
bool catalog_is_bare(const struct catalog *c, uint32_t entity); /* it lives, without series and children */

/* Changes whenever something left or room was made: whoever keeps ids, or was refused, asks anew then. */
uint64_t catalog_changes(const struct catalog *c);

/* Entities in order of first appearance, those that are leaving or remembered among them; ENTITY_NONE at the
 * end (_newest and _before: at the beginning). The id given must be known. */
uint32_t catalog_entity_first(const struct catalog *c);
uint32_t catalog_entity_next(const struct catalog *c, uint32_t entity);
uint32_t catalog_entity_newest(const struct catalog *c);
uint32_t catalog_entity_before(const struct catalog *c, uint32_t entity);

/* The ids of all series (metrics: of unknown ones, from METRIC_KNOWN_COUNT), ascending, into ids[] of
 * catalog_series_count (catalog_metric_count) elements. Cost O(n log n) once something has left. */
void catalog_series_list(const struct catalog *c, uint32_t *ids);
void catalog_metric_list(const struct catalog *c, uint32_t *ids);

/* The smallest id that no series has been given yet: what came since another time lies between the two. */
uint32_t catalog_series_end(const struct catalog *c);

/* A number below the count of places that no other known entity (series, unknown metric) has, until a name is
 * declared: for tables that live for one call. */
uint32_t catalog_entity_place(const struct catalog *c, uint32_t entity);
uint32_t catalog_entity_places(const struct catalog *c);
uint32_t catalog_series_place(const struct catalog *c, uint32_t series);
uint32_t catalog_series_places(const struct catalog *c);
uint32_t catalog_metric_place(const struct catalog *c, uint32_t metric);
uint32_t catalog_metric_places(const struct catalog *c);

uint32_t catalog_entity_count(const struct catalog *c); /* that count towards the limit */
uint32_t catalog_known_count(const struct catalog *c);  /* of all entities that can be read */
uint32_t catalog_metric_count(const struct catalog *c); /* unknown metrics */
uint32_t catalog_series_count(const struct catalog *c);
uint64_t catalog_refused(const struct catalog *c); /* calls answered -ENOSPC */
bool catalog_was_starved(const struct catalog *c); /* one of them for want of memory, not of room */

/* By id, which must be known. The pointers stay valid until it is removed (a series: until its entity leaves;
 * a metric: until no series has it). Entities and names of hosts may be asked for by other threads than the
 * one that changes the catalog (catalog_before_moves). */
const struct entity *catalog_entity_get(const struct catalog *c, uint32_t id);
const struct series *catalog_series_get(const struct catalog *c, uint32_t id);
const char *catalog_metric_name(const struct catalog *c, uint32_t metric);
enum metric_kind catalog_metric_kind(const struct catalog *c, uint32_t metric);
const char *catalog_host_name(const struct catalog *c, uint32_t entity); /* the name of the entity's host */

#endif
