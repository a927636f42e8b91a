/* SPDX-License-Identifier: MIT
 * Turns 24 block minima of a usage and a limit into the time at which the two meet, as an interval, with
 * everything the rule looked at. Which estimate is alarming, and the record over all earlier minima, is left
 * to the law. */
#include "detection/trend_exhaustion.h"

#include <errno.h>
#include <math.h>

#define FIRST_STEP_S 3.6 /* search grid: first end, and growth */
#define STEP_GROWTH  1.3
#define HALVINGS     30
#define DRIFT_MIN    3.0 /* of drift_ratio */
#define QUARTER_MIN  0.5 /* of quarter_ratio */
#define VARIANCE_FLOOR                                                                                       \
    1e-13                 /* of limit^2 per hour: 1e-9 points^2; keeps a perfect line from dividing by 0     \
                           */
#define DRIFT_FLOOR 1e-11 /* of limit per hour: a late end with no recent drift is far, not undefined */
#define HOUR_S      3600.0

static bool passed(double h, double headroom, double mu, double spread, double window_s)
{
    return mu * h + spread * sqrt(h + h * h / window_s) >= headroom;
}

double trend_first_passage(double headroom, double mu, double sigma, double sign_z, double window_s)
{
    double lo = 0, hi = FIRST_STEP_S, spread = sign_z * sigma;

    while (hi < TREND_HORIZON_S && !passed(hi, headroom, mu, spread, window_s)) {
        lo = hi;
        hi *= STEP_GROWTH;
    }
    if (hi >= TREND_HORIZON_S)
        return (double)INFINITY;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (lo + hi) / 2;
        if (passed(middle, headroom, mu, spread, window_s))
            hi = middle;
        else
            lo = middle;
    }
    return hi;
}

static double mean_of(const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += b[i];
    return sum / (double)n;
}

/* Sum of squared deviations of the lag-block increments from their mean. */
static double increment_squares(const double *b, size_t lag)
{
    size_t n = EXHAUSTION_BLOCKS - lag;
    double mean = 0, sum = 0;

    for (size_t i = 0; i < n; i++)
        mean += b[i + lag] - b[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        double d = b[i + lag] - b[i] - mean;
        sum += d * d;
    }
    return sum;
}

/* Smallest quarter's rise over the mean quarter's. */
static double quarter_ratio(const double *b)
{
    double least = (double)INFINITY, sum = 0;

    for (size_t q = 0; q < 4; q++) {
        size_t end = 6 * q + 6 < EXHAUSTION_BLOCKS - 1 ? 6 * q + 6 : EXHAUSTION_BLOCKS - 1;
        double rise = b[end] - b[6 * q];
        sum += rise;
        least = rise < least ? rise : least;
    }
    return sum > 0 ? least / (sum / 4) : (double)NAN;
}

static int check(const struct exhaustion_input *in)
{
    for (size_t i = 0; i < EXHAUSTION_BLOCKS; i++) {
        if (!isfinite(in->minima[i]))
            return -EINVAL;
    }
    if (!isfinite(in->recent_max) || !(in->block_s > 0) || !isfinite(in->block_s) || !(in->limit > 0) ||
        !isfinite(in->limit) || !(in->z >= 0))
        return -EINVAL;
    return 0;
}

int trend_exhaustion(const struct exhaustion_input *in, struct exhaustion *ret)
{
    const double *b = in->minima;
    double window_s = EXHAUSTION_BLOCKS * in->block_s;

    if (check(in) < 0)
        return -EINVAL;
    /* Increment variance per second at lags of one and four blocks: a saw-tooth shows in one of them.
     * Divisors: increments less one. */
    double lag_1 = increment_squares(b, 1) / (EXHAUSTION_BLOCKS - 2) / in->block_s;
    double lag_4 = increment_squares(b, 4) / (EXHAUSTION_BLOCKS - 5) / (4 * in->block_s);
    struct exhaustion e = {
        .slope_per_s = (mean_of(b + 20, 4) - mean_of(b, 4)) / (20 * in->block_s),
        .recent_per_s = (mean_of(b + 20, 4) - mean_of(b + 12, 4)) / (8 * in->block_s),
        .first_per_s = (mean_of(b + 8, 4) - mean_of(b, 4)) / (8 * in->block_s),
        .sigma = sqrt((lag_1 > lag_4 ? lag_1 : lag_4) + VARIANCE_FLOOR * in->limit * in->limit / HOUR_S),
        .quarter_ratio = quarter_ratio(b),
        .rise = b[EXHAUSTION_BLOCKS - 1] - b[0],
        .last_low = b[EXHAUSTION_BLOCKS - 1],
        .earlier_high = b[0],
        .headroom = in->limit > in->recent_max ? in->limit - in->recent_max : 0,
        .early_s = (double)NAN,
        .middle_s = (double)NAN,
        .late_s = (double)NAN,
    };
    for (size_t i = 0; i < EXHAUSTION_BLOCKS - EXHAUSTION_LAST; i++)
        e.earlier_high = b[i] > e.earlier_high ? b[i] : e.earlier_high;
    for (size_t i = EXHAUSTION_BLOCKS - EXHAUSTION_LAST; i < EXHAUSTION_BLOCKS; i++)
        e.last_low = b[i] < e.last_low ? b[i] : e.last_low;
    e.drift_ratio = e.slope_per_s * sqrt(window_s) / e.sigma;
    e.fits = e.slope_per_s > 0 && e.drift_ratio >= DRIFT_MIN && e.quarter_ratio >= QUARTER_MIN;
    if (e.fits) {
        double slow = e.slope_per_s < e.recent_per_s ? e.slope_per_s : e.recent_per_s;
        double fast = e.slope_per_s < e.recent_per_s ? e.recent_per_s : e.slope_per_s,
               least = DRIFT_FLOOR * in->limit / HOUR_S;
        e.early_s = trend_first_passage(e.headroom, fast, e.sigma, in->z, window_s);
        e.middle_s = e.headroom / e.slope_per_s;
        e.late_s = trend_first_passage(e.headroom, slow > least ? slow : least, e.sigma, -in->z, window_s);
    }
    *ret = e;
    return 0;
}

int exhaustion_input_from(
    const double *x, size_t n, double dt_s, double window_s, struct exhaustion_input *ret)
{
    double length = window_s / dt_s;
    size_t k;

    if (!(dt_s > 0) || !(length >= EXHAUSTION_BLOCKS) || !(length <= (double)n + EXHAUSTION_BLOCKS))
        return -EINVAL;
    k = (size_t)length / EXHAUSTION_BLOCKS;
    if (n < EXHAUSTION_BLOCKS * k)
        return -EINVAL;
    x += n - EXHAUSTION_BLOCKS * k;
    for (size_t i = 0; i < EXHAUSTION_BLOCKS * k; i++) {
        if (!isfinite(x[i]))
            return -EINVAL;
    }
    ret->block_s = (double)k * dt_s;
    ret->recent_max = x[22 * k];
    for (size_t i = 22 * k; i < EXHAUSTION_BLOCKS * k; i++)
        ret->recent_max = x[i] > ret->recent_max ? x[i] : ret->recent_max;
    for (size_t j = 0; j < EXHAUSTION_BLOCKS; j++) {
        double low = x[j * k];
        for (size_t i = j * k; i < (j + 1) * k; i++)
            low = x[i] < low ? x[i] : low;
        ret->minima[j] = low;
    }
    return 0;
}
