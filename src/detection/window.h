/* SPDX-License-Identifier: MIT
 * Mean and variance of a window, once over an array or kept up to date sample by sample.
 *
 * Policy of every signal in this room: NaN means absent and is left out, n counts what is left, and a result
 * that needs more values than there are is NaN. An infinity is a value: it makes means and variances NaN or
 * infinite. */
#ifndef COHERENCE_DETECTION_WINDOW_H
#define COHERENCE_DETECTION_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/* Arithmetic mean of the values of x that are not NaN, in x's unit; NaN when there is none. x: n values. Cost
 * O(n). */
double window_mean(const double *x, size_t n);
double window_mean_f32(const float *x, size_t n);

/* Sample variance (divisor m - 1, m = values that are not NaN), in x's unit squared; NaN for m < 2; exactly 0
 * for equal values. Two passes with the correction for the rounding of the mean. Cost O(n). Source: Chan,
 * Golub & LeVeque 1983, Am. Stat. 37(3), 242-247, eq. 1.7. */
double window_variance(const double *x, size_t n);
double window_variance_f32(const float *x, size_t n);

/* The same kept over the last `capacity` samples. The ring belongs to the caller; everything else is plain
 * state that may be copied with it (a copied state must be pointed at the copied ring). */
struct rolling_variance {
    double mean, m2;      /* of the samples in the ring; m2 = sum of squared deviations */
    double inverse;       /* 1 / n */
    float *ring;          /* borrowed, capacity values */
    uint32_t capacity;    /* >= 2 */
    uint32_t n;           /* samples in the ring, <= capacity */
    uint32_t head;        /* where the next sample goes */
    uint32_t since_exact; /* updates since mean and m2 were last computed from the ring */
};

/* Starts empty over ring[0..capacity-1], which need not be initialised. capacity >= 2 (asserted). */
void rolling_variance_init(struct rolling_variance *v, float *ring, uint32_t capacity);

/* Adds a sample (finite; NaN and infinities are ignored, as absent), dropping the oldest when the ring is
 * full. Every 16 turns of the ring the sums are computed anew from it, so the drift of add-and-remove cannot
 * accumulate. Amortised O(1). Source: Welford 1962, Technometrics 4(3), 419-420, applied to a replaced value.
 */
void rolling_variance_push(struct rolling_variance *v, float x);

/* Sample variance (divisor n - 1) and mean of what is in the ring; NaN for n < 2 (mean: n < 1). Never
 * negative. */
double rolling_variance_get(const struct rolling_variance *v);
double rolling_variance_mean(const struct rolling_variance *v);

#endif
