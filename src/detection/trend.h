/* SPDX-License-Identifier: MIT
 * Trends of a window: whether it rises and how fast. The streaming line is trend_line.h, the meeting with a
 * limit trend_exhaustion.h. NaN = absent (window.h) unless a function says otherwise. */
#ifndef COHERENCE_DETECTION_TREND_H
#define COHERENCE_DETECTION_TREND_H

#include <stddef.h>

#include "detection/trend_exhaustion.h"
#include "detection/trend_line.h"

#define TREND_MAX_POINTS 512
#define TREND_PAIRS(n)   ((n) * ((n)-1) / 2)

struct trend_slope {
    double slope;     /* median of all pairwise slopes, unit of x per second */
    double intercept; /* median(x) - slope * median(t): x at t = 0 */
    double lo, hi;    /* the interval of the slope */
};

/* Theil-Sen slope with Sen's interval at z normal standard deviations (1.96: 95 %).
 * t_s: seconds, strictly increasing; x: any unit, no NaN; both n values, 3 <= n <= TREND_MAX_POINTS. scratch:
 * TREND_PAIRS(n) + n values. Returns 0, or -EINVAL (ret untouched). Cost O(n^2). Assumes independent noise:
 * under autocorrelation the interval is too narrow. Source: Sen 1968, J. Am. Stat. Assoc. 63, 1379-1389. */
int trend_theil_sen(
    const double *t_s, const double *x, size_t n, double z, double *scratch, struct trend_slope *ret);

/* Kendall's tau-b of x against its order in time, in -1..1. NaN values are left out; NaN result for fewer
 * than 3 values or a constant. Cost O(n^2). Source: Kendall 1945, Biometrika 33(3), 239-251. */
double trend_kendall_tau(const double *x, size_t n);

/* Where a series that was level began to climb, in steps from its first value, to an eighth of a step: the
 * bend of the level and straight line that fit best by least squares. A climb that bends on is straight only
 * near its beginning: its later half is left out, again and again, as long as the rest by itself is told
 * better so. 0: it has climbed ever since, as far as can be seen. x: n values a step apart, NaN = absent; t
 * (NULL: on the step): when within its step each was taken, i <= t[i] < i + 1, of absent ones whatever it may
 * be. NaN result for fewer than 4 values or when no climb fits better than none. Cost O(n^2), some 10 us for
 * 24 values. Source: Hudson 1966, J. Am. Stat. Assoc. 61, 1097-1129. */
double trend_bend(const double *t, const double *x, size_t n);

struct trend_test {
    double s;        /* Mann-Kendall S: pairs that rise minus pairs that fall */
    double variance; /* of S with the tie correction, independent values */
    double
        variance_ratio; /* Hamed-Rao n/n*: what autocorrelation makes of the variance; below 1 taken as 1 */
    double z;           /* (S -+ 1) / sqrt(variance * variance_ratio), 0 for S = 0 */
    double log_p;       /* natural logarithm of the two-sided normal p */
    double tau;         /* tau-b */
};

/* Mann-Kendall trend test with the Hamed-Rao correction: autocorrelation of the ranks of the series less its
 * Theil-Sen line, lags significant at 5 %. A variance ratio below 1 counts as 1: negative autocorrelation
 * must not make the test more eager (heuristic). x: n evenly spaced values, no NaN, 4 <= n <=
 * TREND_MAX_POINTS; scratch: TREND_PAIRS(n) + 2 n values. Returns 0, -EINVAL, or -EDOM (constant); ret
 * untouched on error. Cost O(n^2). Source: Mann 1945, Econometrica 13, 245-259; Kendall 1975; Hamed & Rao
 * 1998, J. Hydrology 204, 182-196. */
int trend_mann_kendall(const double *x, size_t n, double *scratch, struct trend_test *ret);

#endif
