/* SPDX-License-Identifier: MIT
 * Turns windows of samples into mean and variance: from an array in two passes, or kept up to date over a
 * ring. What counts as much variance is left to the laws. */
#include "detection/window.h"

#include <assert.h>
#include <math.h>

#define EXACT_TURNS                                                                                          \
    16 /* turns of the ring between two exact computations: costs 1/16 of a pass per sample; heuristic */

/* Sums of deviations from a first guess of the mean. The guess is a value of the window, so that equal values
 * give exactly 0. */
double window_mean(const double *x, size_t n)
{
    double first = (double)NAN, sum = 0;
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        if (m++ == 0)
            first = x[i];
        else
            sum += x[i] - first;
    }
    return m == 0 ? (double)NAN : first + sum / (double)m;
}

double window_mean_f32(const float *x, size_t n)
{
    double first = (double)NAN, sum = 0;
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        if (m++ == 0)
            first = (double)x[i];
        else
            sum += (double)x[i] - first;
    }
    return m == 0 ? (double)NAN : first + sum / (double)m;
}

static double variance_from(double sum_d, double sum_d2, size_t m)
{
    if (m < 2)
        return (double)NAN;
    double m2 = sum_d2 - sum_d * sum_d / (double)m;
    return m2 < 0 ? 0 : m2 / (double)(m - 1); /* NaN passes */
}

double window_variance(const double *x, size_t n)
{
    double mean = window_mean(x, n), sum_d = 0, sum_d2 = 0;
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        if (isnan(x[i]))
            continue;
        sum_d += d;
        sum_d2 += d * d;
        m++;
    }
    return variance_from(sum_d, sum_d2, m);
}

double window_variance_f32(const float *x, size_t n)
{
    double mean = window_mean_f32(x, n), sum_d = 0, sum_d2 = 0;
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        double d = (double)x[i] - mean;
        if (isnan(x[i]))
            continue;
        sum_d += d;
        sum_d2 += d * d;
        m++;
    }
    return variance_from(sum_d, sum_d2, m);
}

void rolling_variance_init(struct rolling_variance *v, float *ring, uint32_t capacity)
{
    assert(capacity >= 2);
    *v = (struct rolling_variance){.ring = ring, .capacity = capacity};
}

static void compute_exactly(struct rolling_variance *v)
{
    v->mean = window_mean_f32(v->ring, v->n);
    v->m2 = window_variance_f32(v->ring, v->n) * (double)(v->n - 1);
    v->since_exact = 0;
}

void rolling_variance_push(struct rolling_variance *v, float sample)
{
    double x = (double)sample, old = v->mean, mean;

    if (!isfinite(sample))
        return;
    if (v->n == v->capacity)
        old = (double)v->ring[v->head];
    else
        v->inverse = 1 / (double)++v->n;
    /* One formula: a sample that only enters is one that replaces the mean. */
    mean = v->mean + (x - old) * v->inverse;
    v->m2 += (x - old) * ((x - mean) + (old - v->mean));
    v->mean = mean;
    v->ring[v->head] = sample;
    v->head = v->head + 1 == v->capacity ? 0 : v->head + 1;
    if (++v->since_exact >= EXACT_TURNS * v->capacity)
        compute_exactly(v);
}

double rolling_variance_get(const struct rolling_variance *v)
{
    if (v->n < 2)
        return (double)NAN;
    return v->m2 > 0 ? v->m2 / (double)(v->n - 1) : 0;
}

double rolling_variance_mean(const struct rolling_variance *v)
{
    return v->n < 1 ? (double)NAN : v->mean;
}
