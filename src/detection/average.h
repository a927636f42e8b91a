/* SPDX-License-Identifier: MIT
 * Exponentially weighted mean and mean absolute deviation, winsorised: what a quantity usually is and how far
 * it usually strays. */
#ifndef COHERENCE_DETECTION_AVERAGE_H
#define COHERENCE_DETECTION_AVERAGE_H

#include <math.h>
#include <stdint.h>

struct average {
    double mean;
    double deviation; /* mean absolute deviation from the mean */
    uint32_t count;   /* values taken, saturating */
};

#define AVERAGE_CLIP                                                                                         \
    5.0 /* updates are clipped at this many deviations, so that an anomaly does not teach itself */
#define AVERAGE_CLIP_AFTER 20u /* values before clipping starts */

/* Takes one finite value. weight: share of the new value in the steady state, 0 < weight < 1; the first n
 * values weigh 1/n each, so that a start is not remembered for a half-life. floor: smallest deviation by
 * which the clip is measured, >= 0. Source: the measured starting point of docs/signals.md (winsorised
 * exponential moments). */
static inline void average_take(struct average *a, double x, double weight, double floor)
{
    double start = 1.0 / (double)(a->count + 1);
    double w = start > weight ? start : weight;
    double d = x - a->mean;
    if (a->count == 0) {
        a->mean = x;
        a->count = 1;
        return;
    }
    if (a->count > AVERAGE_CLIP_AFTER) {
        double scale = a->deviation > floor ? a->deviation : floor;
        double bound = AVERAGE_CLIP * scale;
        if (d > bound)
            d = bound;
        else if (d < -bound)
            d = -bound;
    }
    a->mean += w * d;
    a->deviation += w * (fabs(d) - a->deviation);
    if (a->count < UINT32_MAX)
        a->count++;
}

#endif
