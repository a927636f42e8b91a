/* SPDX-License-Identifier: MIT
 * The recent past of what laws read and metrics were, tick by tick, for whoever draws charts: ten minutes of
 * the most watched, in memory that is taken once. */
#ifndef COHERENCE_OUTPUT_API_TRACKS_H
#define COHERENCE_OUTPUT_API_TRACKS_H

#include "core/view.h"
#include "output/api/series_grid.h"

#define TRACKS_TICKS 600 /* ten minutes at a tick a second */
#define TRACKS_MAX   128 /* each of 9.4 KiB, of which only what is used becomes resident */

/* What is followed of an entity: a law, or LAW_COUNT + a metric's id. */
static inline uint32_t track_law(enum law_id law)
{
    return (uint32_t)law;
}
static inline uint32_t track_metric(uint32_t metric)
{
    return LAW_COUNT + metric;
}

/* What is followed when a metric of that name is: as LAW_COUNT + its id; UINT32_MAX: no such metric is known
 * of the entity (ENTITY_NONE: only the metrics that laws know by name are found). */
uint32_t track_metric_named(const struct catalog *c, uint32_t entity, const char *name);

struct track;
struct tracks;

struct tracks *tracks_new(void); /* NULL: out of memory */
void tracks_free(struct tracks *t);

/* A tick has come: writes down what v says of those that are followed. These are hosts (the main laws, CPU
 * and memory), what was wanted within the last hour, and the main laws of other entities, CPUs and single
 * series excepted, as they come and as far as there is room. Cost O(entities + TRACKS_MAX). */
void tracks_tick(struct tracks *t, const struct view *v);

/* Somebody wants this: it is followed from now on, when there is room. entity: lives. */
void tracks_want(struct tracks *t, const struct view *v, uint32_t entity, uint32_t what);

/* What is known of it, or NULL. */
const struct track *tracks_find(const struct tracks *t, uint32_t entity, uint32_t what);

/* Engine time of its first point that is still kept. */
int64_t track_from_ns(const struct tracks *t, const struct track *one);

/* Calls visit for its points of that time, oldest first. Ticks at which it was not written down have none. */
void track_visit(const struct tracks *t, const struct track *one, int64_t from_ns, int64_t to_ns,
    void (*visit)(void *context, int64_t t_ns, const struct series_value *p), void *context);

/* What v says of it now; false, *ret untouched: nothing. O(1). */
bool track_read(const struct view *v, uint32_t entity, uint32_t what, struct series_value *ret);

#endif
