/* SPDX-License-Identifier: MIT
 * Turns an evenly spaced series into its lag-1 autocorrelation, its von Neumann ratio and the number of
 * independent samples it is worth. */
#include "detection/autocorrelation.h"

#include <math.h>

#include "detection/window.h"

/* Sums over a series with gaps. */
struct lag_sums {
    double squares;     /* of deviations from the mean */
    double products;    /* of adjacent deviations */
    double differences; /* squares of adjacent differences */
    size_t n, pairs;    /* values present, adjacent pairs with both present */
};

static struct lag_sums sum_up(const double *x, size_t n)
{
    struct lag_sums s = {0};
    double mean = window_mean(x, n), before = (double)NAN;

    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        if (!isnan(d)) {
            s.squares += d * d;
            s.n++;
            if (!isnan(before)) {
                s.products += before * d;
                s.differences += (d - before) * (d - before);
                s.pairs++;
            }
        }
        before = d;
    }
    return s;
}

static int usable(const struct lag_sums *s)
{
    return s->n >= AUTOCORRELATION_MIN_N && s->pairs > 0 && s->squares > 0;
}

double autocorrelation_lag1(const double *x, size_t n)
{
    struct lag_sums s = sum_up(x, n);

    if (!usable(&s))
        return (double)NAN;
    double r = s.products * ((double)(s.n - 1) / (double)s.pairs) / s.squares;
    return r > 1 ? 1 : r < -1 ? -1 : r; /* only gaps can push it out */
}

double autocorrelation_half_von_neumann(const double *x, size_t n)
{
    struct lag_sums s = sum_up(x, n);

    if (!usable(&s))
        return (double)NAN;
    return s.differences / 2 / (double)s.pairs / (s.squares / (double)s.n);
}

static double power(double r, size_t n)
{
    double p = 1;

    for (; n > 0; n /= 2) {
        if (n % 2 == 1)
            p *= r;
        r *= r;
    }
    return p;
}

double autocorrelation_effective_size(size_t n, double r)
{
    double m = (double)n, rest = 1 - r;

    if (!(r > 0) || n < 2)
        return m;
    if (r >= 1)
        return 1;
    /* 1 + 2 sum_k (1 - k/n) r^k; in closed form, or where that cancels, with r^k = 1 - k rest */
    double inflation = m * rest > 1e-3 ? (1 + r) / rest - 2 * r * (1 - power(r, n)) / (m * rest * rest)
                                       : m - rest * (m * m - 1) / 3;
    double size = m / inflation;
    return size > m ? m : size < 1 || isnan(size) ? 1 : size;
}
