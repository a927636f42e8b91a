/* SPDX-License-Identifier: MIT
 * Turns windows into medians, median absolute deviations and modified z-scores by selection instead of
 * sorting. The sliding form, which does not even select, is sliding_median.c; which z is an anomaly is left
 * to the laws. */
#include "detection/robust.h"

#include <math.h>

#define SMALL_RANGE 12  /* below it insertion sort is faster than another partition; heuristic */
#define BIG_RANGE   128 /* above it the pivot is a median of three medians of three; heuristic */

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static void insertion_sort(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double v = x[i];
        size_t j = i;
        for (; j > 0 && v < x[j - 1]; j--)
            x[j] = x[j - 1];
        x[j] = v;
    }
}

static void sift_down(double *x, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && x[child] < x[child + 1])
            child++;
        if (!(x[root] < x[child]))
            return;
        swap(&x[root], &x[child]);
    }
}

/* The way out when partitions keep failing. */
static void heap_sort(double *x, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(x, i, n);
    for (size_t end = n - 1; end > 0; end--) {
        swap(&x[0], &x[end]);
        sift_down(x, 0, end);
    }
}

static double median_of_3(double a, double b, double c)
{
    double lo = a < b ? a : b, hi = a < b ? b : a;
    return c < lo ? lo : hi < c ? hi : c;
}

static double pivot_of(const double *x, size_t n)
{
    size_t mid = n / 2, e = n / 8;

    if (n < BIG_RANGE)
        return median_of_3(x[0], x[mid], x[n - 1]);
    return median_of_3(median_of_3(x[0], x[e], x[2 * e]), median_of_3(x[mid - e], x[mid], x[mid + e]),
        median_of_3(x[n - 1 - 2 * e], x[n - 1 - e], x[n - 1]));
}

double robust_select(double *x, size_t n, size_t k)
{
    size_t lo = 0, hi = n; /* x[k] belongs into lo..hi-1 */
    unsigned budget = 8;   /* partitions that may go badly: 2 log2 n and a few */

    for (size_t m = n; m > 1; m /= 2)
        budget += 2;
    while (hi - lo > SMALL_RANGE) {
        double pivot = pivot_of(x + lo, hi - lo);
        size_t i = lo, j = hi - 1;

        if (budget-- == 0) {
            heap_sort(x + lo, hi - lo);
            return x[k];
        }
        for (;;) { /* Hoare: equal values are swapped, which keeps ties balanced */
            while (x[i] < pivot)
                i++;
            while (pivot < x[j])
                j--;
            if (i >= j)
                break;
            swap(&x[i++], &x[j--]);
        }
        /* lo..i-1 <= pivot <= j+1..hi-1, and i - j is 0 or 1: at 0 x[i] is the pivot itself, in its place */
        if (i == j && k == i)
            return x[k];
        if (k < i)
            hi = i;
        else
            lo = j + 1;
    }
    insertion_sort(x + lo, hi - lo);
    return x[k];
}

/* Median of m > 0 values without NaN; reorders. */
static double median_of(double *x, size_t m)
{
    double upper = robust_select(x, m, m / 2), lower = x[0];

    if (m % 2 == 1)
        return upper;
    for (size_t i = 1; i < m / 2; i++)
        lower = x[i] > lower ? x[i] : lower;
    double sum = lower + upper;
    return isinf(sum) ? lower / 2 + upper / 2 : sum / 2; /* two huge values */
}

double robust_median(const double *x, size_t n, double *scratch)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(x[i]))
            scratch[m++] = x[i];
    }
    return m == 0 ? (double)NAN : median_of(scratch, m);
}

double robust_mad(const double *x, size_t n, double centre, double *scratch)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        double d = fabs(x[i] - centre);
        if (!isnan(d))
            scratch[m++] = d;
    }
    return m == 0 ? (double)NAN : median_of(scratch, m);
}

double robust_mean_deviation(const double *x, size_t n, double centre)
{
    double sum = 0;
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        double d = fabs(x[i] - centre);
        if (isnan(d))
            continue;
        sum += d;
        m++;
    }
    return m == 0 ? (double)NAN : sum / (double)m;
}

static size_t count_present(const double *x, size_t n)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        m += !isnan(x[i]);
    return m;
}

double robust_modified_z_classic(double x, const double *window, size_t n, double *scratch)
{
    if (isnan(x) || count_present(window, n) < ROBUST_CLASSIC_MIN_N)
        return (double)NAN;
    double median = robust_median(window, n, scratch), mad = robust_mad(window, n, median, scratch);
    if (mad == 0)
        return x == median ? 0 : (double)INFINITY;
    return fabs(ROBUST_MODIFIED_Z_FACTOR * (x - median) / mad);
}

double robust_modified_z_from(double x, double median, double mad, double mean_deviation, double floor)
{
    double scale = mad == 0 ? ROBUST_MEAN_AD_FACTOR * mean_deviation : mad / ROBUST_MODIFIED_Z_FACTOR;

    if (scale < floor)
        scale = floor;
    return x == median ? 0 : (x - median) / scale;
}

double robust_modified_z(double x, const double *window, size_t n, double floor, double *scratch)
{
    if (isnan(x) || count_present(window, n) < ROBUST_CLASSIC_MIN_N)
        return (double)NAN;
    double median = robust_median(window, n, scratch), mad = robust_mad(window, n, median, scratch);
    return robust_modified_z_from(
        x, median, mad, mad == 0 ? robust_mean_deviation(window, n, median) : 0, floor);
}
