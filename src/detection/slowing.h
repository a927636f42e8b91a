/* SPDX-License-Identifier: MIT
 * Critical slowing down: a system that comes near a tipping point recovers ever more slowly from each
 * disturbance, so that both its variance and its memory from one sample to the next rise, gradually. Blocks
 * of 60 samples give one pair of values each; sixteen of them are a window, at six scales (blocks of 1, 2, 4
 * .. 32 blocks).
 *
 * The blocks do not overlap: values of overlapping windows look like a trend in two of five stretches of
 * stationary noise, those of adjacent ones do not. Source: Scheffer et al. 2009, Nature 461, 53-59; Dakos et
 * al. 2012, PLoS ONE 7(7), e41010; what is asked of a window beyond that was measured (docs/laws.md). */
#ifndef COHERENCE_DETECTION_SLOWING_H
#define COHERENCE_DETECTION_SLOWING_H

#include <stdbool.h>
#include <stdint.h>

#define SLOWING_BLOCK  60U /* samples */
#define SLOWING_WINDOW 16U /* values */
#define SLOWING_SCALES 6U

/* Heuristics, chosen on 2026-11-23 from stationary noise, daily cycles, steps of load and 12 452 days of real
 * series (docs/laws.md). */
#define SLOWING_TAU 0.5 /* Kendall's tau of both over the window, at least */

struct slowing_scale {
    float log_variance[SLOWING_WINDOW], lag1[SLOWING_WINDOW]; /* oldest first */
    uint32_t count;                                           /* of them */
    float sum_log_variance, sum_lag1;                         /* of the blocks that will be the next value */
    uint32_t in_sum;
    float record_log_variance, record_lag1; /* highest before the window; NaN = none yet */
    uint32_t agreed;                        /* consecutive values at which the window showed it */
};

struct slowing {
    double floor;   /* smallest variance that means anything */
    uint32_t n;     /* of block[] */
    uint32_t shown; /* scales that show it now: every tick asks, and most are told no more */
    float block[SLOWING_BLOCK];
    struct slowing_scale scales[SLOWING_SCALES];
};

/* What a window looks like: its first and last quarter. Deviations in the unit of the samples. */
struct slowing_view {
    double deviation_before, deviation; /* standard deviation around a block's own line */
    double lag1_before, lag1;           /* lag-1 autocorrelation around it, -1..1 */
    double tau_variance, tau_lag1;      /* Kendall's tau over the window, -1..1 */
};

/* deviation_floor: standard deviation below which the samples count as still, > 0, in their unit (asserted).
 */
void slowing_init(struct slowing *s, double deviation_floor);

/* Takes one finite sample; they are evenly spaced. Returns true when it closed a block and so renewed the
 * judgement. About 30 ns, most of it
 * in the one sample of sixty that closes a block. */
bool slowing_push(struct slowing *s, double x);

/* There is a hole: the open block begins anew. */
void slowing_break(struct slowing *s);

/* The finest scale whose window has shown it twice in a row, or -1. *ret_scales (NULL allowed): how many show
 * it. */
int slowing_found(const struct slowing *s, unsigned *ret_scales);

/* Is there a full window with a past to compare it with, at any scale? */
bool slowing_ready(const struct slowing *s);

/* The window of a scale (0 .. SLOWING_SCALES - 1) that is full. Returns 0, or -ENODATA (ret untouched). */
int slowing_look(const struct slowing *s, unsigned scale, struct slowing_view *ret);

/* Samples that a window of that scale spans. */
uint32_t slowing_span(unsigned scale);

#endif
