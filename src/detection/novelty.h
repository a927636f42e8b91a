/* SPDX-License-Identifier: MIT
 * How far is this sample of a lone series from everything that is remembered of it? Two distances, each to
 * the nearest remembered value: that of the sample from what is usual at its time of day, and that of the
 * mean of the last six samples likewise. A surprise that has been seen before is no news: its level is
 * believed up to once in two days, and beyond only as far as it is new. */
#ifndef COHERENCE_DETECTION_NOVELTY_H
#define COHERENCE_DETECTION_NOVELTY_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that a series may spend on its past: with fewer it has no novelty, with more it is no better. */
#define NOVELTY_BYTES_MIN 8192U
#define NOVELTY_BYTES_MAX 1048576U

#define NOVELTY_PARTS  8 /* of the day, three hours each, UTC: a usual value is kept for each */
#define NOVELTY_RECENT 6 /* samples of the short mean */

/* One distance: what is usual at which time of day, how far the rest strays, and where it has been. */
struct novelty_memory {
    double usual[NOVELTY_PARTS];
    uint32_t seen[NOVELTY_PARTS]; /* samples behind usual[], saturating */
    double before;                /* the last value: usual in a part of the day not seen yet */
    double mean, variance;        /* of the residuals, exponentially weighted, half-life seven days */
    uint32_t count;               /* residuals taken since the memory was empty, saturating */
    uint32_t places;              /* in use of where[] and hour[] */
    double *where;                /* remembered residuals, ascending */
    int32_t *hour;                /* since 1970, when something was last as near as makes no difference */
};

struct novelty {
    struct novelty_memory value, recent; /* of the sample, of the mean of the last six */
    double ring[NOVELTY_RECENT];         /* at held % NOVELTY_RECENT the oldest */
    uint32_t held;                       /* samples in ring[], of those since the last hole; saturating */
    double largest;                      /* |x| so far */
    int32_t hour;                        /* of the last sample */
    uint32_t hours;                      /* with a sample since the memory was empty, saturating */
    uint32_t capacity;                   /* places of each memory */
    size_t bytes;                        /* of the whole, this struct included */
};

/* Remembers as much as fits into `bytes` (NOVELTY_BYTES_MIN .. NOVELTY_BYTES_MAX), all of it allocated here.
 * NULL: no memory. The caller frees it with free(). */
struct novelty *novelty_new(size_t bytes);

/* There is a hole: the short mean starts anew; what is remembered stays. */
void novelty_break(struct novelty *n);

/* Takes one finite sample, later than the last. weight: of one sample in moments of half-life seven days,
 * 0 < weight < 1. Returns the geometric mean of both distances in usual deviations, each taken as no less
 * than NOVELTY_NEAREST; NaN while there are too few samples to say. Two binary searches; a new place moves
 * those above it, and when all are taken it is looked for the longest unseen, O(places). About 340 ns. */
#define NOVELTY_NEAREST 0.005
double novelty_take(struct novelty *n, int64_t t_ns, double x, double weight);

/* What is left of a level (surprise_level, >= 0) by a distance from novelty_take, 0..TAIL_LEVEL_CAP. NaN: the
 * level up to what is believed of what has been seen before. */
double novelty_level(const struct novelty *n, double distance, double level);

/* Distances from here on raise a level, nearer ones lower it; usual deviations. */
#define NOVELTY_NEWS 0.13533528323661270

/* Puts a place into a memory of `capacity` places: for snapshots. hour: as in the struct. When all are taken
 * the one longest unseen goes. */
void novelty_remember(struct novelty_memory *m, uint32_t capacity, double where, int32_t hour);

#endif
