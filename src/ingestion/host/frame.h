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

/* A rate or a share to the digits that its measurement has: FRAME_RATE_DIGITS significant ones, none finer
 * than 1e-12, whole numbers stay whole. What is divided by measured time carries the time's noise in all bits
 * of its mantissa, which says nothing and cannot be compressed.
 *
 * Four, chosen on 2026-11-22 from two measurements on Linux 6.18. Between the clock's reading and the end of
 * the counter's lie 6 to 19 us (5th to 99th percentile, idle), so over 0.1 s the time is known to some 1e-4
 * of itself. And the kernel charges threads that run at its ticks: two saturated CPUs read as 0.98 to 1.01 of
 * themselves over 0.1 s, so a share of a busy CPU is known to 1e-2. Four digits err by 5e-4 of the value at
 * most, a twentieth of that. */
#define FRAME_RATE_DIGITS 4
double frame_rounded(double rate);

/* Hands the samples, if any, to the feed as of t_ns and empties the frame. Returns 0 or what the feed
 * answered. */
int frame_send(struct frame *f, const struct feed *feed, int64_t t_ns);

#endif
