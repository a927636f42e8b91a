/* SPDX-License-Identifier: MIT
 * The middle of a few dozen floats without a branch on the data: what a selection loses to mispredicted
 * branches is more than a sorting network's work. */
#ifndef COHERENCE_DETECTION_MIDDLE_H
#define COHERENCE_DETECTION_MIDDLE_H

#include <stdint.h>

#define MIDDLE_MAX 64 /* values */

struct middle {
    float lower, upper; /* of an even number the two middle values, of an odd number its median twice */
};

/* Readies x[n..] for middle_of with values that do not move the middle; before or after x[0..n-1] are written
 * (before is faster: a short store that is read back at once in a wider piece stalls). n in 1..MIDDLE_MAX; x
 * has room for MIDDLE_ROOM(n) values. */
#define MIDDLE_ROOM(n) ((n) + MIDDLE_MAX / 2)
void middle_pad(float *x, uint32_t n);

/* The middle of x[0..n-1], finite and of any order, behind which stands what middle_pad wrote. x is not
 * changed. Exact: only comparisons are done, so every compiler and processor gives the same bits (of 0 and -0
 * either). About 60 ns for 64 values, 20 for 16. Source: Batcher 1968, AFIPS Spring Joint Computer Conf. 32,
 * 307-314 (both kinds of merge). */
struct middle middle_of(const float *x, uint32_t n);

#endif
