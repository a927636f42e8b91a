/* SPDX-License-Identifier: MIT
 * Tails of the normal distribution and the log-gamma function, with bits that do not depend on the machine
 * (only base/fmath.h and sqrt). */
#ifndef COHERENCE_DETECTION_NORMAL_H
#define COHERENCE_DETECTION_NORMAL_H

/* Natural logarithm of P(Z > z). Relative error below 1e-12 for -30 < z < 1e8; z = +inf: -inf; -inf: 0; NaN:
 * NaN. Source: continued fraction and series of Abramowitz & Stegun 1964, 26.2.11 and 26.2.14. */
double normal_log_tail(double z);

/* P(Z > z); 0 below the smallest double. */
double normal_tail(double z);

/* log Gamma(x) for x > 0, absolute error below 1e-13 max(1, |result|); NaN otherwise. Source: Stirling's
 * series, Abramowitz & Stegun 6.1.41. */
double normal_log_gamma(double x);

#endif
