/* SPDX-License-Identifier: MIT
 * The lower edge of a saw-tooth: of a heap that a collector empties, what it cannot empty is what leaks. */
#ifndef COHERENCE_DETECTION_LOWER_EDGE_H
#define COHERENCE_DETECTION_LOWER_EDGE_H

#include <stdbool.h>
#include <stddef.h>

#define LOWER_EDGE_MAX 24 /* values at once */

/* The most by which one of n values is below an earlier one, >= 0. NaN values are left out. Cost O(n). */
double lower_edge_fall(const double *x, size_t n);

/* out[i] = the smallest of the last `reach` values up to x[i] (fewer at the start): teeth of up to so many
 * places leave no fall. x: n values; out: n, not x. Cost O(n reach). */
void lower_edge_erode(const double *x, size_t n, size_t reach, double *out);

/* The straight lines from valley to valley, and on beyond the outer ones, as far as x itself is not lower.
 * A valley is the smallest value within `half` places on both sides (the first of equal ones), so that teeth
 * of 2 half places and less are bridged. x: n <= LOWER_EDGE_MAX values without NaN, half >= 1; out: n, not x.
 * Returns false with fewer than three valleys (out untouched). Cost O(n half). Source: heuristic. */
bool lower_edge_take(const double *x, size_t n, size_t half, double *out);

#endif
