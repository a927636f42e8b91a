/* SPDX-License-Identifier: MIT
 * A frame under construction: samples gathered in a fixed array, their series asked of the catalog at first
 * use. */
#ifndef COHERENCE_INGESTION_FRAME_H
#define COHERENCE_INGESTION_FRAME_H

#include <stdint.h>

#include "core/feed.h"

/* Where a source remembers the series of one of its quantities. All zero = not asked yet. What the catalog
 * refused, or knows no more, is asked for again when something has changed there. */
struct frame_slot {
    int64_t series;   /* id + 1; < 0: the catalog refused it */
    uint64_t changes; /* catalog_changes at that time */
};

struct frame {
    struct catalog *catalog; /* borrowed */
    struct sample *samples;
    size_t count, max;
    uint64_t refused; /* samples left out because the catalog had no room for their series or entity */
};

/* Makes room for max samples (>= 1). Returns 0 or -ENOMEM. */
int frame_init(struct frame *f, struct catalog *catalog, size_t max);
void frame_done(struct frame *f);

/* Adds one value of a known metric of an entity (one that lives no more: counted as refused), or of a metric
 * by name. NaN is left out: what could not be read is not in the frame. max is the most that a source ever
 * adds in a round; more asserts. Allocates only in the catalog, only the first time. */
void frame_add(
    struct frame *f, struct frame_slot *slot, uint32_t entity, enum metric_id metric, double value);
void frame_add_named(
    struct frame *f, struct frame_slot *slot, uint32_t entity, const char *metric, double value);

/* Hands the samples, if any, to the feed as of t_ns and empties the frame. Returns 0 or what the feed
 * answered. */
int frame_send(struct frame *f, const struct feed *feed, int64_t t_ns);

#endif
