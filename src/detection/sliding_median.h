/* SPDX-License-Identifier: MIT
 * Exact sliding median and median absolute deviation of the last 60 ticks, one series at a time or, with the
 * variance, 16 side by side.
 *
 * The window is kept sorted. Deleting the leaving and inserting the entering value is one branch-free pass,
 * and the MAD needs no search: with s[0..59] sorted and m the median, the 30th and 31st smallest deviations
 * are max_j min(m - s[j], s[j+30] - m) and min_j max(m - s[j], s[j+30] - m), j = 0..29. On x86-64 the widest
 * of AVX-512, AVX2 and SSE2 that the processor has is used; no step depends on the width, and nothing is
 * fused, so all give the same bits. */
#ifndef COHERENCE_DETECTION_SLIDING_MEDIAN_H
#define COHERENCE_DETECTION_SLIDING_MEDIAN_H

#include <stddef.h>
#include <stdint.h>

#define SLIDING_WINDOW 60 /* ticks; even, or the pairing above does not hold */
#define SLIDING_LANES  16 /* series of a block: one 512-bit or two 256-bit registers of floats */

/* One series; 504 bytes. A zeroed state is not valid: sliding_median_init. */
struct sliding_median {
    float sorted[SLIDING_WINDOW +
                 2]; /* [1..60] ascending, absent ticks as +inf at the end; [0] = -inf, [61] = +inf */
    float ring[SLIDING_WINDOW]; /* by tick, absent as +inf */
    uint32_t head;              /* where the next tick goes */
    uint32_t n;                 /* values present, <= SLIDING_WINDOW */
};

void sliding_median_init(struct sliding_median *s);

/* One tick: x enters (not finite = absent: the tick passes, the window holds one value less), the value of 60
 * ticks ago leaves. */
void sliding_median_push(struct sliding_median *s, float x);

/* Median, median absolute deviation from it and mean absolute deviation from it of the values present, in the
 * unit of x, computed in f32 (mean: f64); NaN when none is present. */
float sliding_median_get(const struct sliding_median *s);
float sliding_median_mad(const struct sliding_median *s);
double sliding_median_mean_deviation(const struct sliding_median *s);

/* Of the values present in each lane; m2 = sum of squared deviations from the mean. */
struct sliding_moments {
    double mean[SLIDING_LANES], m2[SLIDING_LANES];
};

/* Sixteen series whose ticks come together; 504 bytes a series. The size is a multiple of 64: in an array
 * that begins at a multiple of 64 no row crosses a cache line, which halves the time. */
struct sliding_block {
    float sorted[SLIDING_WINDOW][SLIDING_LANES]; /* per lane ascending, absent as +inf at the end */
    float ring[SLIDING_WINDOW][SLIDING_LANES];
    struct sliding_moments moments;
    int32_t n[SLIDING_LANES]; /* values present */
    uint32_t head;            /* where the next tick goes */
    uint32_t since_exact;     /* ticks since the moments were last computed from the ring */
    uint32_t unused[14];
};

/* The sixteen windows after a tick. */
struct sliding_view {
    float median[SLIDING_LANES], mad[SLIDING_LANES]; /* NaN: the lane is empty */
    double variance[SLIDING_LANES];                  /* divisor n - 1; NaN: fewer than two values */
};

void sliding_block_init(struct sliding_block *b);

/* Empties one lane, for a series that takes the place of another. */
void sliding_block_clear_lane(struct sliding_block *b, size_t lane);

/* `ticks` ticks at once: x[tick][lane], not finite = absent; writes what the windows hold after each tick to
 * ret[tick]. Handling many ticks a visit saves memory traffic. Medians and MADs equal sliding_median's bit
 * for bit. The variance is kept up by replacing one value by another, as rolling_variance does (window.h),
 * and computed anew from the ring every 16 turns of it: relative rounding 1e-12 of the largest variance since
 * then. */
void sliding_block_push(
    struct sliding_block *b, const float (*x)[SLIDING_LANES], size_t ticks, struct sliding_view *ret);

#endif
