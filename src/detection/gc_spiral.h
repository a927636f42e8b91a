/* SPDX-License-Identifier: MIT
 * One managed runtime's garbage collector: whether it runs ever more often to free ever less, while what
 * stays alive comes near the heap's limit. Blocks of time (15 s, or two of the source's steps) are compared
 * with the runtime's own habit. */
#ifndef COHERENCE_DETECTION_GC_SPIRAL_H
#define COHERENCE_DETECTION_GC_SPIRAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/metric.h"
#include "detection/average.h"
#include "detection/cadence.h"
#include "detection/heap_climb.h"

#define GC_BLOCKS 24U

/* What one block was. NaN = not known in it. */
enum gc_signal {
    GC_SHARE, /* of time in collections, 0..1 (above 1 when collectors work side by side) */
    GC_PER_S, /* collections a second */
    GC_FREED, /* bytes that a collection freed */
    GC_LIVE,  /* of the limit: least in use, which is what the collector could not free */
    GC_LEFT,  /* of the limit: least in use after a collection */
    GC_SIGNALS
};
struct gc_block {
    float of[GC_SIGNALS];
    float left_at; /* 0..1: when in it the least was left */
    uint32_t told; /* collections that it was told of: what stands is as old as the last one */
};

struct gc_spiral {
    struct cadence cadence;
    double time_s, count, allocated; /* counters as last read; NaN = never */
    double used, live, limit;        /* bytes as last read; NaN = never */
    int64_t block_ns;                /* 0: the cadence is not known yet */
    int64_t begin_ns, end_ns;        /* of the open block; end 0: not begun */
    double begin_time_s, begin_count, begin_allocated, begin_used, low, low_left;
    int64_t left_ns;                   /* when low_left was read */
    uint32_t left_told;                /* collections in the open block */
    struct gc_block blocks[GC_BLOCKS]; /* oldest first */
    uint32_t block_count;              /* of them */
    struct average usual[GC_LIVE];     /* of share, collections a second, bytes freed */
    double record;                     /* highest live share before blocks[]; NaN = none */
    uint32_t agreed;                   /* blocks in a row that look like a spiral */
    bool restarted;                    /* the counters began anew since */
    struct heap_climb climb;           /* without a past */
    double early_s, late_s; /* until the live set meets the limit, from the last block on; NaN: refused */
};

/* The last minute (four blocks) against the habit. NaN = not known: usual from GC_LIVE on always. */
struct gc_view {
    double now[GC_SIGNALS];
    double usual[GC_SIGNALS];
};

void gc_spiral_init(struct gc_spiral *g);

/* Takes a reading of one of the METRIC_GC_ and METRIC_HEAP_ metrics (asserted), x finite. A counter that
 * falls means a new process: everything is forgotten but the limit. */
void gc_spiral_take(struct gc_spiral *g, enum metric_id metric, int64_t t_ns, double x);

/* It is now now_ns: closes the block that is due and judges it. learn: false while the runtime's own finding
 * is open. Cost: some 300 ns a block. */
void gc_spiral_tick(struct gc_spiral *g, int64_t now_ns, bool learn);

/* Is it a spiral? */
bool gc_spiral_found(const struct gc_spiral *g);

/* Has it been watched for long enough to say? */
bool gc_spiral_ready(const struct gc_spiral *g);

/* Returns 0, or -ENODATA before two blocks (ret untouched); before four it is over as many as there are. */
int gc_spiral_look(const struct gc_spiral *g, struct gc_view *ret);

/* When what collections leave began to rise or, of a runtime that tells it seldom, what stays in use; as far
 * back as blocks are kept (six minutes). now_ns less the length below where that cannot be told. */
int64_t gc_spiral_onset(const struct gc_spiral *g, int64_t now_ns);

/* Length of what is looked at (four blocks), in seconds; NaN before the cadence is known. */
double gc_spiral_scale_s(const struct gc_spiral *g);

/* The share of time in collections from which it is too much, and the part of the limit from which the live
 * set is near it. */
double gc_spiral_share_limit(const struct gc_spiral *g);
#define GC_LIVE_MIN    0.7
#define GC_OFTEN_TIMES 3.0 /* times the usual number of collections: too many */

#endif
