/* SPDX-License-Identifier: MIT
 * Which entities an engineer should look at first. */
#ifndef COHERENCE_OUTPUT_TUI_RANKING_H
#define COHERENCE_OUTPUT_TUI_RANKING_H

#include <stdint.h>

#include "core/view.h"

#define RANKING_MAX 4096 /* entities that can be scrolled through: the most unstable ones of all */

struct rank {
    uint64_t key; /* larger = more unstable */
    enum law_id law;
};

struct ranking {
    struct rank rows[RANKING_MAX]; /* most unstable first */
    uint32_t count;
    uint32_t total;             /* entities that were looked at */
    uint32_t unstable;          /* of them with a law active */
    uint32_t active[LAW_COUNT]; /* of them with that law active */
};

/* Sorts the view's entities: a law active first, then judged, stale, warming up, unobservable; within these
 * by value over the band's upper end, in tenths so that the list does not flicker, then by age. Cost
 * O(entities log RANKING_MAX), nothing is allocated. */
void ranking_update(struct ranking *r, const struct view *v);

/* The i-th entity, i < count; *ret: what the law that put it there says of it. */
uint32_t ranking_get(const struct ranking *r, const struct view *v, uint32_t i, struct law_reading *ret);

/* Value over the band's upper end; NaN without one. */
double ranking_ratio(const struct law_reading *l);

#endif
