/* SPDX-License-Identifier: MIT
 * A managed heap second by second, as a collector with two generations leaves it: a young part that is
 * collected when it is full, an old one that is collected when the young one no longer fits beside it. When
 * both together do not help, time goes into collections until nothing is allocated any more. */
#ifndef COHERENCE_TESTS_DETECTION_HEAP_H
#define COHERENCE_TESTS_DETECTION_HEAP_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

struct heap {
    double limit, young;   /* bytes */
    double live, promoted; /* bytes in the old part: kept, and dead since */
    double fresh;          /* bytes in the young part */
    double promotes;       /* share of a young collection's bytes that becomes old before it dies */
    double time_s, count, majors, allocated;
    bool exhausted;
};

#define HEAP_YOUNG_COST_S 0.004 /* of one young collection */
#define HEAP_OLD_S_PER_B  1e-9  /* of an old one, for each byte that lives: a second a gigabyte */

/* One second in which `bytes` want to be allocated and `kept` of them stay. */
static inline void heap_second(struct heap *h, double bytes, double kept)
{
    double left_s = 1;
    h->live += kept;
    while (bytes > 0 && left_s > 0 && !h->exhausted) {
        double room = h->limit - h->live - h->promoted;
        double young = (room < h->young ? room : h->young) - h->fresh;
        double some = bytes < young ? bytes : young > 0 ? young : 0;
        h->fresh += some;
        h->allocated += some;
        bytes -= some;
        if (bytes <= 0)
            break;
        h->promoted += h->promotes * h->fresh;
        h->fresh = 0;
        h->count++;
        double cost = HEAP_YOUNG_COST_S;
        if (h->limit - h->live - h->promoted < h->young) {
            h->promoted = 0;
            h->majors++;
            cost += h->live * HEAP_OLD_S_PER_B;
        }
        h->time_s += cost;
        left_s -= cost;
        h->exhausted = h->limit - h->live < 0.01 * h->limit;
    }
}

static inline double heap_used(const struct heap *h)
{
    return h->live + h->promoted + h->fresh;
}

#endif
