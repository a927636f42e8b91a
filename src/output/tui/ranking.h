/* SPDX-License-Identifier: MIT
 * Which entities an engineer should look at first, and which processes. */
#ifndef COHERENCE_OUTPUT_TUI_RANKING_H
#define COHERENCE_OUTPUT_TUI_RANKING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/view.h"

#define RANKING_MAX 4096 /* rows that can be scrolled through: of entities the most unstable ones of all */

enum rank_order {
    ORDER_UNSTABLE, /* entities */
    ORDER_CPU,
    ORDER_MEMORY,
    ORDER_GROWTH, /* from here on processes */
    ORDER_FUTEX,
    ORDER_WAIT,
    ORDER_FAULTS,
    ORDER_STORAGE,
    ORDER_NAME,
    ORDER_COUNT
};

/* What is listed. */
struct rank_query {
    bool processes;     /* processes; else everything that is no process */
    uint32_t below;     /* only what lives on that entity or below it; ENTITY_NONE: all */
    const char *filter; /* only rows that show it (ranking_shows); "" = all */
    enum rank_order order;
    bool reversed;
};

struct rank {
    uint64_t key; /* larger = more unstable */
    uint32_t entity;
    enum law_id law;
    double by; /* what it is ordered by; NaN = not known */
};

struct ranking {
    struct rank rows[RANKING_MAX]; /* in the order wanted */
    uint32_t count;
    uint32_t total;             /* that were looked at, filtered out or not */
    uint32_t unstable;          /* of them with a law active */
    uint32_t active[LAW_COUNT]; /* of them with that law active */
};

/* Sorts. By instability: a law active first, then judged, stale, warming up, unobservable; within these by
 * value over the band's upper end, in tenths so that the list does not flicker, then by age. By an amount:
 * the largest first, what is not known last. Cost O(entities log RANKING_MAX), nothing is allocated. */
void ranking_update(struct ranking *r, const struct view *v, const struct rank_query *q);

/* The i-th row's entity, i < count; *ret: what the law that put it there says of it. */
uint32_t ranking_get(const struct ranking *r, const struct view *v, uint32_t i, struct law_reading *ret);

/* What a law says of an entity. A host's main laws are those of its tick: the classic profile has no others.
 */
struct law_reading ranking_reading(const struct view *v, uint32_t entity, enum law_id law);

/* Does the name hold the text, ASCII letters of either case? Every name holds "". */
bool ranking_matches(const char *name, const char *text);
/* The same of the name as it stands in the entity's row, uncut: "cgroup:app.slice", "series:app.slice queue";
 * of a process, which stands among its own, without the kind. */
bool ranking_shows(const struct catalog *c, uint32_t entity, const char *text);
/* The name that stands before a row's own: what a series belongs to, whose own name alone would be the same
 * for every container. NULL: none. The catalog's. */
const char *ranking_owner(const struct catalog *c, uint32_t entity);

/* Value over the band's upper end; NaN without one. */
double ranking_ratio(const struct law_reading *l);

/* "instability", "CPU", ... */
const char *rank_order_name(enum rank_order order);

#endif
