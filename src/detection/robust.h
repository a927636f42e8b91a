/* SPDX-License-Identifier: MIT
 * Median, median absolute deviation and the modified z-score: location and scale that one wild value cannot
 * move. NaN = absent, left out (window.h). Infinities are ordered like any value. */
#ifndef COHERENCE_DETECTION_ROBUST_H
#define COHERENCE_DETECTION_ROBUST_H

#include <stddef.h>

#define ROBUST_MODIFIED_Z_FACTOR 0.6745 /* third quartile of the normal: Iglewicz & Hoaglin 1993, p. 11 */
/* sqrt(pi / 2): sigma over the mean absolute deviation of a normal variable. */
#define ROBUST_MEAN_AD_FACTOR 1.253314
#define ROBUST_CLASSIC_MIN_N  3

/* The k-th smallest (0-based) of n > k values without NaN; reorders x so that x[k] is it, nothing before is
 * larger and nothing after is smaller. Deterministic (no random pivot). Cost O(n) typical, O(n log n) worst
 * (introselect). Source: Hoare 1961, CACM 4(7), algorithm 65; Musser 1997, Softw. Pract. Exp. 27(8), 983-993.
 */
double robust_select(double *x, size_t n, size_t k);

/* Median of the values of x that are not NaN: the middle one, or the mean of the two middle ones; NaN when
 * there is none. scratch: n values, overwritten; may be x itself (which is then reordered). Cost as
 * robust_select. */
double robust_median(const double *x, size_t n, double *scratch);

/* Median of |x - centre|. centre: usually robust_median of x; NaN gives NaN. scratch: n values, may be x
 * itself (overwritten). */
double robust_mad(const double *x, size_t n, double centre, double *scratch);

/* Mean of |x - centre|. */
double robust_mean_deviation(const double *x, size_t n, double centre);

/* |0.6745 (x - median) / MAD| of x against a window, as the original system has it: a MAD of exactly 0 gives
 * 0 when x equals the median and +inf otherwise; NaN with fewer than ROBUST_CLASSIC_MIN_N values in the
 * window or x NaN. The window usually holds x. scratch: n values. Source: Iglewicz & Hoaglin 1993, How to
 * Detect and Handle Outliers, p. 11. */
double robust_modified_z_classic(double x, const double *window, size_t n, double *scratch);

/* Signed modified z-score with a scale that cannot vanish: (x - median) / scale, scale = MAD / 0.6745, or
 * where MAD is 0 the mean-deviation form 1.253314 * mean |w - median|, and never less than floor (unit of x,
 * >= 0: without it any single jump among 60 equal values scores 47.9). NaN as above. Scale 0 (floor 0, all
 * equal): 0 when x equals the median, else an infinity with the sign of the difference. */
double robust_modified_z(double x, const double *window, size_t n, double floor, double *scratch);

/* The same from statistics at hand. mean_deviation is looked at only where mad is 0. */
double robust_modified_z_from(double x, double median, double mad, double mean_deviation, double floor);

#endif
