/* SPDX-License-Identifier: MIT
 * How much a sample says about the next one, and what that costs in independent samples. NaN = absent
 * (window.h). */
#ifndef COHERENCE_DETECTION_AUTOCORRELATION_H
#define COHERENCE_DETECTION_AUTOCORRELATION_H

#include <stddef.h>

#define AUTOCORRELATION_MIN_N 3

/* Lag-1 autocorrelation of x[0..n-1] (evenly spaced), in -1..1: sum (x_t - m)(x_t+1 - m) / sum (x_t - m)^2.
 * Pairs with an absent end are left out and the sum of products is scaled up to the number of pairs without
 * gaps. NaN: fewer than AUTOCORRELATION_MIN_N values, no pair, or constant. Biased low by about (1 + 4 r) /
 * n. Source: Box & Jenkins 1976, chapter 2. Cost O(n). */
double autocorrelation_lag1(const double *x, size_t n);

/* Half the von Neumann ratio: mean(d^2 / 2) over adjacent differences d, over the variance (divisor m). About
 * 1 for independent values, near 0 for steps and ramps, 2 for strict alternation. NaN as above. Source: von
 * Neumann 1941, Ann. Math. Stat. 12(4), 367-395. */
double autocorrelation_half_von_neumann(const double *x, size_t n);

/* How many independent values have the same variance of their mean as n values of a first-order
 * autoregression with lag-1 autocorrelation r. In 1..n: negative r gains nothing (conservative), r >= 1 gives
 * 1, NaN r gives n. Cost O(log n). Source: Bayley & Hammersley 1946, J. R. Stat. Soc. Suppl. 8(2), 184-197,
 * summed in closed form. */
double autocorrelation_effective_size(size_t n, double r);

#endif
