/* SPDX-License-Identifier: MIT
 * Inside of sliding_median.c: the branch-free passes, written once and compiled for several instruction
 * sets. Private to this room. */
#ifndef COHERENCE_DETECTION_SLIDING_KERNELS_H
#define COHERENCE_DETECTION_SLIDING_KERNELS_H

#include "detection/sliding_median.h"

#define SLIDING_HALF (SLIDING_WINDOW / 2)

/* One instruction set's passes. All variants give the same bits. */
struct sliding_kernels {
    const char *name;
    /* Replaces `old` by `x` (absent: +inf) in every lane's sorted column. */
    void (*block_replace)(float (*sorted)[SLIDING_LANES], const float *old, const float *x);
    /* Median and MAD of lanes that hold SLIDING_WINDOW values. */
    void (*block_median)(const float (*sorted)[SLIDING_LANES], float *ret_median, float *ret_mad);
    /* Replaces `old` by `x` (absent: +inf) in every lane's moments and gives the variance; n: values present
     * after that. */
    void (*block_moments)(
        struct sliding_moments *m, const int32_t *n, const float *old, const float *x, double *ret_variance);
    /* The first two for one series; sorted as in struct sliding_median. */
    void (*replace)(float *sorted, float old, float x);
    float (*mad)(const float *sorted, float median);
};

/* The widest variant that this processor runs. Cost: a few loads. */
const struct sliding_kernels *sliding_kernels_best(void);

/* The i-th variant that this processor runs, best first; NULL when there are no more. For tests and benches.
 */
const struct sliding_kernels *sliding_kernels_at(unsigned i);

#endif
