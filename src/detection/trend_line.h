/* SPDX-License-Identifier: MIT
 * A straight line through a series by exponentially weighted least squares, kept as a state of fixed size. */
#ifndef COHERENCE_DETECTION_TREND_LINE_H
#define COHERENCE_DETECTION_TREND_LINE_H

#include <stdint.h>

struct trend_line {
    double half_life_s;
    double t_s;               /* time of the last point */
    double weight;            /* sum of the weights at t_s */
    double age_s;             /* weighted mean age of the points at t_s, >= 0 */
    double mean_x;            /* weighted mean */
    double stt, stx, sxx;     /* weighted central moments (sums) */
    double missed;            /* the last point less what the line foretold */
    double missed2, missed12; /* weighted sums of its square and of its product with the one before */
    double step_s, decay;     /* the last step and what it multiplied the weights by: steps mostly repeat */
    uint64_t n;               /* points taken */
};

/* half_life_s > 0 (asserted): the age at which a point counts half. */
void trend_line_init(struct trend_line *l, double half_life_s);

/* Takes a point; t_s must not decrease (an earlier time is ignored), x NaN or infinite is ignored. t_s may be
 * any offset; only differences matter. */
void trend_line_push(struct trend_line *l, double t_s, double x);

/* Slope in unit of x per second, the line's value at the last point, and the weighted share of variance
 * explained (0..1; 0 for a constant). NaN with fewer than 3 points or all at one time. Source: weighted least
 * squares; moments updated as West 1979, CACM 22(9), 532-535. */
double trend_line_slope(const struct trend_line *l);
double trend_line_now(const struct trend_line *l);
double trend_line_r2(const struct trend_line *l);

/* Lag-1 autocorrelation, 0..0.98, of what the line missed each new point by: 0 for independent noise about
 * it, near 1 for steps, bends and slow noise, where its errors are larger than r2 tells. 0 with fewer than 4
 * points. */
double trend_line_memory(const struct trend_line *l);

#endif
