/* SPDX-License-Identifier: MIT
 * Turns a stream of samples into the exact median and median absolute deviation of its last 60 ticks, by
 * keeping the window sorted, and side by side into the variance too. What is far from the median is left to
 * robust.h; the passes for full windows are in sliding_passes.h. */
#include "detection/sliding_median.h"

#include <math.h>
#include <stddef.h>

#include "detection/sliding_kernels.h"
#include "detection/window.h"

#define MAGNITUDE_MAX                                                                                        \
    0x1p126F /* a quarter of the float range: sums of two and deviations of deviations cannot overflow */

#define EXACT_TURNS                                                                                          \
    16 /* turns of the ring between two exact computations of the moments: heuristic, as in window.c */

static float or_absent(float x)
{
    return fabsf(x) <= MAGNITUDE_MAX ? x : INFINITY;
}

/* Median of the n first, sorted values (NaN for n = 0). */
static float sorted_median(const float *s, uint32_t n)
{
    if (n == 0)
        return NAN;
    return n % 2 == 1 ? s[n / 2] : 0.5F * (s[n / 2 - 1] + s[n / 2]);
}

/* Median of |s - median|, walking outward from the middle. For windows that are not full. */
static float sorted_mad(const float *s, uint32_t n, float median)
{
    uint32_t left = n / 2, right = n / 2; /* next: s[left - 1] below, s[right] above */
    float before = 0, last = 0;

    if (n == 0)
        return NAN;
    for (uint32_t taken = 0; taken <= n / 2; taken++) {
        float below = left > 0 ? median - s[left - 1] : INFINITY,
              above = right < n ? s[right] - median : INFINITY;
        before = last;
        if (below < above) {
            last = below;
            left--;
        } else {
            last = above;
            right++;
        }
    }
    return n % 2 == 1 ? last : 0.5F * (before + last);
}

void sliding_median_init(struct sliding_median *s)
{
    s->head = s->n = 0;
    for (size_t i = 0; i < SLIDING_WINDOW; i++)
        s->ring[i] = s->sorted[i + 1] = INFINITY;
    s->sorted[0] = -INFINITY;
    s->sorted[SLIDING_WINDOW + 1] = INFINITY;
}

void sliding_median_push(struct sliding_median *s, float x)
{
    float old = s->ring[s->head];

    x = or_absent(x);
    s->n += (x < INFINITY) - (old < INFINITY);
    sliding_kernels_best()->replace(s->sorted, old, x);
    s->ring[s->head] = x;
    s->head = s->head + 1 == SLIDING_WINDOW ? 0 : s->head + 1;
}

float sliding_median_get(const struct sliding_median *s)
{
    return sorted_median(s->sorted + 1, s->n);
}

float sliding_median_mad(const struct sliding_median *s)
{
    float median = sliding_median_get(s);

    if (s->n < SLIDING_WINDOW)
        return sorted_mad(s->sorted + 1, s->n, median);
    return sliding_kernels_best()->mad(s->sorted, median);
}

double sliding_median_mean_deviation(const struct sliding_median *s)
{
    double median = (double)sliding_median_get(s), sum = 0;

    if (s->n == 0)
        return (double)NAN;
    for (uint32_t i = 1; i <= s->n; i++)
        sum += fabs((double)s->sorted[i] - median);
    return sum / s->n;
}

void sliding_block_init(struct sliding_block *b)
{
    b->head = b->since_exact = 0;
    for (size_t l = 0; l < SLIDING_LANES; l++)
        sliding_block_clear_lane(b, l);
}

void sliding_block_clear_lane(struct sliding_block *b, size_t lane)
{
    for (size_t i = 0; i < SLIDING_WINDOW; i++)
        b->ring[i][lane] = b->sorted[i][lane] = INFINITY;
    b->n[lane] = 0;
    b->moments.mean[lane] = b->moments.m2[lane] = 0;
}

/* Lanes with gaps or still filling, one by one. */
static void judge_partial_lanes(const struct sliding_block *b, float *ret_median, float *ret_mad)
{
    for (size_t l = 0; l < SLIDING_LANES; l++) {
        float column[SLIDING_WINDOW];

        if (b->n[l] == SLIDING_WINDOW)
            continue;
        for (size_t i = 0; i < SLIDING_WINDOW; i++)
            column[i] = b->sorted[i][l];
        ret_median[l] = sorted_median(column, (uint32_t)b->n[l]);
        ret_mad[l] = sorted_mad(column, (uint32_t)b->n[l], ret_median[l]);
    }
}

/* So that the rounding of add-and-remove cannot pile up. */
static void compute_moments_exactly(struct sliding_block *b)
{
    for (size_t l = 0; l < SLIDING_LANES; l++) {
        float column[SLIDING_WINDOW];

        for (size_t i = 0; i < SLIDING_WINDOW; i++)
            column[i] = b->ring[i][l] < INFINITY ? b->ring[i][l] : NAN;
        b->moments.mean[l] = b->n[l] > 0 ? window_mean_f32(column, SLIDING_WINDOW) : 0;
        b->moments.m2[l] = b->n[l] > 1 ? window_variance_f32(column, SLIDING_WINDOW) * (b->n[l] - 1) : 0;
    }
    b->since_exact = 0;
}

void sliding_block_push(
    struct sliding_block *b, const float (*x)[SLIDING_LANES], size_t ticks, struct sliding_view *ret)
{
    const struct sliding_kernels *k = sliding_kernels_best();

    for (size_t t = 0; t < ticks; t++) {
        float enters[SLIDING_LANES], *old = b->ring[b->head];
        int32_t least = SLIDING_WINDOW;

        for (size_t l = 0; l < SLIDING_LANES; l++) {
            enters[l] = or_absent(x[t][l]);
            b->n[l] += (enters[l] < INFINITY) - (old[l] < INFINITY);
            least = b->n[l] < least ? b->n[l] : least;
        }
        k->block_replace(b->sorted, old, enters);
        k->block_moments(&b->moments, b->n, old, enters, ret[t].variance);
        for (size_t l = 0; l < SLIDING_LANES; l++)
            old[l] = enters[l];
        b->head = b->head + 1 == SLIDING_WINDOW ? 0 : b->head + 1;
        k->block_median((const float(*)[SLIDING_LANES])b->sorted, ret[t].median, ret[t].mad);
        if (least < SLIDING_WINDOW)
            judge_partial_lanes(b, ret[t].median, ret[t].mad);
        if (++b->since_exact == EXACT_TURNS * SLIDING_WINDOW)
            compute_moments_exactly(b);
    }
}
