/* SPDX-License-Identifier: MIT
 * Turns a window into the direction and slope of its trend by pairs and ranks, which one wild value cannot
 * move. Lines kept up to date are trend_line.c, meetings with a limit trend_exhaustion.c. */
#include "detection/trend.h"

#include <errno.h>
#include <math.h>

#include "detection/normal.h"
#include "detection/robust.h"

#define LAG_SIGNIFICANCE                                                                                     \
    1.959963984540054 /* normal quantile of a two-sided 5 %, as in Hamed & Rao's examples */

/* Slopes of all pairs into slopes[]; t_s NULL: times 0, 1, 2 ... */
static void all_slopes(const double *t_s, const double *x, size_t n, double *slopes)
{
    for (size_t i = 0; i + 1 < n; i++) {
        for (size_t j = i + 1; j < n; j++)
            *slopes++ = (x[j] - x[i]) / (t_s == NULL ? (double)(j - i) : t_s[j] - t_s[i]);
    }
}

/* Sum over groups of g equal values of g (g - 1) (2 g + 5), 0 without ties; *ret_pairs: tied pairs. */
static double tie_sums(const double *x, size_t n, double *ret_pairs)
{
    double sum = 0, pairs = 0;

    for (size_t i = 0; i < n; i++) {
        size_t equal = 0, before = 0;
        for (size_t j = 0; j < n; j++) {
            equal += x[j] == x[i];
            before += j < i && x[j] == x[i];
        }
        if (before == 0) {
            double g = (double)equal;
            sum += g * (g - 1) * (2 * g + 5);
            pairs += g * (g - 1) / 2;
        }
    }
    *ret_pairs = pairs;
    return sum;
}

/* Variance of S for independent values. Source: Kendall 1975, ties in one ranking. */
static double variance_of_s(const double *x, size_t n, double *ret_tied_pairs)
{
    double m = (double)n;
    return (m * (m - 1) * (2 * m + 5) - tie_sums(x, n, ret_tied_pairs)) / 18;
}

int trend_theil_sen(
    const double *t_s, const double *x, size_t n, double z, double *scratch, struct trend_slope *ret)
{
    size_t pairs = TREND_PAIRS(n);
    double *spare = scratch + pairs, tied, slope;

    if (n < 3 || n > TREND_MAX_POINTS || !(z >= 0))
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(t_s[i]) || (i > 0 && !(t_s[i] > t_s[i - 1])))
            return -EINVAL;
    }
    all_slopes(t_s, x, n, scratch);
    slope = robust_median(scratch, pairs, scratch);
    double half = z * sqrt(variance_of_s(x, n, &tied));
    double above = floor(((double)pairs + half) / 2 + 0.5),
           below = floor(((double)pairs - half) / 2 + 0.5) - 1;
    size_t hi = above < (double)(pairs - 1) ? (size_t)above : pairs - 1, lo = below > 0 ? (size_t)below : 0;
    *ret = (struct trend_slope){
        .slope = slope,
        .intercept = robust_median(x, n, spare) - slope * robust_median(t_s, n, spare),
        .lo = robust_select(scratch, pairs, lo),
        .hi = robust_select(scratch, pairs, hi),
    };
    return 0;
}

/* Kendall's S of x without NaN against time. */
static double kendall_s(const double *x, size_t n)
{
    int64_t s = 0;

    for (size_t i = 0; i + 1 < n; i++) {
        int32_t row = 0;
        for (size_t j = i + 1; j < n; j++)
            row += (x[j] > x[i]) - (x[j] < x[i]);
        s += row;
    }
    return (double)s;
}

double trend_kendall_tau(const double *x, size_t n)
{
    int64_t s = 0, differ = 0, pairs = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        for (size_t j = i + 1; j < n; j++) {
            int up = x[j] > x[i], down = x[j] < x[i];
            s += up - down;
            differ += up + down;
            pairs += !isnan(x[j]);
        }
    }
    if (pairs < 3 || differ == 0)
        return (double)NAN;
    return (double)s / sqrt((double)differ * (double)pairs);
}

#define BEND_STEPS 8 /* places tried in each step */
#define BEND_LEAST 4 /* values */
/* A climb is not straight when its first half by itself leaves less than 1/1.5 of the error (docs/laws.md).
 */
#define BEND_CURVED 1.5

/* A level up to `at`, in steps, and a straight line from there on. */
struct bend {
    double at, level, slope;
    double share; /* of the variance explained; 0 where the line would fall */
};

static double bend_height(double at, const double *t, size_t i)
{
    double now = t ? t[i] : (double)i;
    return now > at ? now - at : 0;
}

static struct bend fit_bend(const double *t, const double *x, size_t n, double at)
{
    double count = 0, mean_h = 0, mean_x = 0, hh = 0, hx = 0, xx = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        count++;
        double h = bend_height(at, t, i), dh = h - mean_h, dx = x[i] - mean_x;
        mean_h += dh / count;
        mean_x += dx / count;
        hh += dh * (h - mean_h);
        hx += dh * (x[i] - mean_x);
        xx += dx * (x[i] - mean_x);
    }
    struct bend b = {.at = at};
    if (hh > 0 && xx > 0 && hx > 0) {
        b.slope = hx / hh;
        b.level = mean_x - b.slope * mean_h;
        b.share = hx * hx / (hh * xx);
    }
    return b;
}

/* The best of the first n values; its share is 0 when none climbs. */
static struct bend find_bend(const double *t, const double *x, size_t n)
{
    struct bend best = {.share = 0};

    /* The last two values alone would make a climb of any noise. */
    for (size_t k = 0; k + 2 * BEND_STEPS <= (n - 1) * BEND_STEPS; k++) {
        struct bend b = fit_bend(t, x, n, (double)k / BEND_STEPS);
        if (b.share > best.share)
            best = b;
    }
    return best;
}

/* The sum of its squared errors over the first n values. */
static double bend_misfit(const struct bend *b, const double *t, const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double error = x[i] - b->level - b->slope * bend_height(b->at, t, i);
        sum += isnan(error) ? 0 : error * error;
    }
    return sum;
}

double trend_bend(const double *t, const double *x, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += !isnan(x[i]);
    if (count < BEND_LEAST)
        return (double)NAN;
    struct bend bend = find_bend(t, x, n);
    if (!(bend.share > 0))
        return (double)NAN;
    /* A climb that is not straight is so near its beginning: without its later half, as often as that tells
     * another story. */
    for (;;) {
        size_t whole = (size_t)bend.at, half = (whole + n + 1) / 2;
        if (half < whole + BEND_LEAST)
            return bend.at;
        struct bend nearer = find_bend(t, x, half);
        if (!(nearer.share > 0) ||
            bend_misfit(&bend, t, x, half) <= BEND_CURVED * bend_misfit(&nearer, t, x, half))
            return bend.at;
        bend = nearer;
        n = half;
    }
}

/* Ranks 1..n, equal values share their mean rank. */
static void rank_values(const double *x, size_t n, double *rank)
{
    for (size_t i = 0; i < n; i++) {
        size_t below = 0, equal = 0;
        for (size_t j = 0; j < n; j++) {
            below += x[j] < x[i];
            equal += x[j] == x[i];
        }
        rank[i] = (double)below + ((double)equal + 1) / 2;
    }
}

/* Hamed & Rao 1998: n/n* from the significant autocorrelations of ranks. */
static double variance_ratio(const double *rank, size_t n)
{
    double m = (double)n, mean = (m + 1) / 2, squares = 0, sum = 0, limit = LAG_SIGNIFICANCE / sqrt(m);

    for (size_t i = 0; i < n; i++)
        squares += (rank[i] - mean) * (rank[i] - mean);
    if (squares == 0)
        return 1;
    for (size_t lag = 1; lag < n; lag++) {
        double products = 0, rest = (double)(n - lag);
        for (size_t i = 0; i + lag < n; i++)
            products += (rank[i] - mean) * (rank[i + lag] - mean);
        if (fabs(products / squares) > limit)
            sum += rest * (rest - 1) * (rest - 2) * (products / squares);
    }
    double ratio = 1 + 2 / (m * (m - 1) * (m - 2)) * sum;
    return ratio > 1 ? ratio : 1;
}

int trend_mann_kendall(const double *x, size_t n, double *scratch, struct trend_test *ret)
{
    size_t pairs = TREND_PAIRS(n);
    double *rest = scratch + pairs, *rank = rest + n, tied;

    if (n < 4 || n > TREND_MAX_POINTS)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return -EINVAL;
    }
    double s = kendall_s(x, n), variance = variance_of_s(x, n, &tied);
    if (!(variance > 0))
        return -EDOM;
    all_slopes(NULL, x, n, scratch);
    double slope = robust_median(scratch, pairs, scratch);
    for (size_t i = 0; i < n; i++)
        rest[i] = x[i] - slope * (double)i;
    rank_values(rest, n, rank);
    double ratio = variance_ratio(rank, n);
    double z = s == 0 ? 0 : (s > 0 ? s - 1 : s + 1) / sqrt(variance * ratio);
    double log_p = normal_log_tail(fabs(z)) + 0.69314718055994530942; /* + log 2: two sides */
    *ret = (struct trend_test){
        .s = s,
        .variance = variance,
        .variance_ratio = ratio,
        .z = z,
        .log_p = log_p < 0 ? log_p : 0,
        .tau = s / sqrt(((double)pairs - tied) * (double)pairs),
    };
    return 0;
}
