/* SPDX-License-Identifier: MIT
 * Bodies of the sliding passes, inlined into one function for each instruction set by sliding_kernels_*.c.
 * Loops have constant trip counts and no branch but selects, so that compilers turn them into minima, maxima
 * and blends; a < b ? a : b is also how the processors define them, which fixes the bits for equal values and
 * signed zeros. */
#ifndef COHERENCE_DETECTION_SLIDING_PASSES_H
#define COHERENCE_DETECTION_SLIDING_PASSES_H

#include <math.h>

#include "detection/sliding_kernels.h"

#define SLIDING_PASS static inline __attribute__((always_inline))

/* Row i of the columns without `old` is sorted[i] where that is below old, else sorted[i + 1]; inserting x
 * gives max(row[i - 1], min(row[i], x)). */
SLIDING_PASS void pass_block_replace(
    float (*restrict sorted)[SLIDING_LANES], const float *restrict old, const float *restrict x)
{
    float before[SLIDING_LANES], leaves[SLIDING_LANES], enters[SLIDING_LANES];

    for (int l = 0; l < SLIDING_LANES; l++) {
        before[l] = -INFINITY;
        leaves[l] = old[l];
        enters[l] = x[l];
    }
    for (int i = 0; i < SLIDING_WINDOW - 1; i++) {
        for (int l = 0; l < SLIDING_LANES; l++) {
            float here = sorted[i][l], next = sorted[i + 1][l];
            float row = here < leaves[l] ? here : next;
            float low = row < enters[l] ? row : enters[l];
            sorted[i][l] = before[l] > low ? before[l] : low;
            before[l] = row;
        }
    }
    for (int l = 0; l < SLIDING_LANES; l++)
        sorted[SLIDING_WINDOW - 1][l] = before[l] > enters[l] ? before[l] : enters[l];
}

SLIDING_PASS void pass_block_median(
    const float (*restrict sorted)[SLIDING_LANES], float *restrict ret_median, float *restrict ret_mad)
{
    float median[SLIDING_LANES], lower[SLIDING_LANES],
        upper[SLIDING_LANES]; /* 30th and 31st smallest deviation */

    for (int l = 0; l < SLIDING_LANES; l++) {
        median[l] = 0.5F * (sorted[SLIDING_HALF - 1][l] + sorted[SLIDING_HALF][l]);
        lower[l] = -INFINITY;
        upper[l] = INFINITY;
    }
    for (int j = 0; j < SLIDING_HALF; j++) {
        for (int l = 0; l < SLIDING_LANES; l++) {
            float below = median[l] - sorted[j][l], above = sorted[j + SLIDING_HALF][l] - median[l];
            float least = below < above ? below : above, most = below > above ? below : above;
            lower[l] = least > lower[l] ? least : lower[l];
            upper[l] = most < upper[l] ? most : upper[l];
        }
    }
    for (int l = 0; l < SLIDING_LANES; l++) {
        ret_median[l] = median[l];
        ret_mad[l] = 0.5F * (lower[l] + upper[l]);
    }
}

/* A value that only enters is one that replaces the mean, and the other way about: weights 0 and 1, in a loop
 * of their own, instead of selects between doubles, of which compilers make branches. */
SLIDING_PASS void pass_block_moments(struct sliding_moments *restrict m, const int32_t *restrict n,
    const float *restrict old, const float *restrict x, double *restrict ret_variance)
{
    float in[SLIDING_LANES], out[SLIDING_LANES], no_in[SLIDING_LANES], no_out[SLIDING_LANES];
    int32_t more[SLIDING_LANES], some[SLIDING_LANES]; /* values less one, at least 0; whether that is > 0 */

    for (int l = 0; l < SLIDING_LANES; l++) {
        in[l] = x[l] < INFINITY ? x[l] : 0;
        out[l] = old[l] < INFINITY ? old[l] : 0;
        no_in[l] = x[l] < INFINITY ? 0 : 1;
        no_out[l] = old[l] < INFINITY ? 0 : 1;
        more[l] = n[l] > 1 ? n[l] - 1 : 0;
        some[l] = n[l] > 1 ? 1 : 0;
    }
    for (int l = 0; l < SLIDING_LANES; l++) {
        double before = m->mean[l], enters = (double)in[l] + (double)no_in[l] * before,
               leaves = (double)out[l] + (double)no_out[l] * before, d = enters - leaves;
        double after = before + d / (double)(more[l] + 1);
        double sum = m->m2[l] + d * ((enters - after) + (leaves - before));
        sum = sum > 0 ? sum : 0;
        m->mean[l] = after;
        m->m2[l] = sum * (double)some[l];             /* one value has no deviation */
        ret_variance[l] = m->m2[l] / (double)more[l]; /* 0 / 0: NaN */
    }
}

/* One series: the same along the window; sorted[0] = -inf and sorted[61] = +inf stand guard. */
SLIDING_PASS void pass_replace(float *restrict sorted, float old, float x)
{
    float result[SLIDING_WINDOW];

    for (int i = 0; i < SLIDING_WINDOW; i++) {
        float before = sorted[i], here = sorted[i + 1], next = sorted[i + 2];
        float row_before = before < old ? before : here, row = here < old ? here : next;
        float low = row < x ? row : x;
        result[i] = row_before > low ? row_before : low;
    }
    for (int i = 0; i < SLIDING_WINDOW; i++)
        sorted[i + 1] = result[i];
}

/* Sixteen partial maxima and minima, then a tree; the 2 pairs beyond 30 repeat earlier ones. */
SLIDING_PASS float pass_mad(const float *restrict sorted, float median)
{
    float lower[SLIDING_LANES], upper[SLIDING_LANES];
    const float *low = sorted + 1, *high = low + SLIDING_HALF;

    for (int l = 0; l < SLIDING_LANES; l++) {
        float below = median - low[l], above = high[l] - median;
        lower[l] = below < above ? below : above;
        upper[l] = below > above ? below : above;
    }
    for (int l = 0; l < SLIDING_LANES; l++) {
        int j = SLIDING_HALF - SLIDING_LANES + l;
        float below = median - low[j], above = high[j] - median;
        float least = below < above ? below : above, most = below > above ? below : above;
        lower[l] = least > lower[l] ? least : lower[l];
        upper[l] = most < upper[l] ? most : upper[l];
    }
    for (int half = SLIDING_LANES / 2; half > 0; half /= 2) {
        for (int l = 0; l < half; l++) {
            lower[l] = lower[l + half] > lower[l] ? lower[l + half] : lower[l];
            upper[l] = upper[l + half] < upper[l] ? upper[l + half] : upper[l];
        }
    }
    return 0.5F * (lower[0] + upper[0]);
}

/* Defines the five passes with a suffix and attributes, and the table of them. */
#define SLIDING_DEFINE(suffix, attributes)                                                                   \
    attributes static void block_replace_##suffix(                                                           \
        float(*sorted)[SLIDING_LANES], const float *old, const float *x)                                     \
    {                                                                                                        \
        pass_block_replace(sorted, old, x);                                                                  \
    }                                                                                                        \
    attributes static void block_median_##suffix(                                                            \
        const float(*sorted)[SLIDING_LANES], float *ret_median, float *ret_mad)                              \
    {                                                                                                        \
        pass_block_median(sorted, ret_median, ret_mad);                                                      \
    }                                                                                                        \
    attributes static void block_moments_##suffix(                                                           \
        struct sliding_moments *m, const int32_t *n, const float *old, const float *x, double *ret_variance) \
    {                                                                                                        \
        pass_block_moments(m, n, old, x, ret_variance);                                                      \
    }                                                                                                        \
    attributes static void replace_##suffix(float *sorted, float old, float x)                               \
    {                                                                                                        \
        pass_replace(sorted, old, x);                                                                        \
    }                                                                                                        \
    attributes static float mad_##suffix(const float *sorted, float median)                                  \
    {                                                                                                        \
        return pass_mad(sorted, median);                                                                     \
    }                                                                                                        \
    static const struct sliding_kernels kernels_##suffix = {#suffix, block_replace_##suffix,                 \
        block_median_##suffix, block_moments_##suffix, replace_##suffix, mad_##suffix}

#endif
