/* SPDX-License-Identifier: MIT
 * detection/robust.h against numpy, the original system's answers, and properties. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "detection/robust.h"
#include "detection/signals_data.h"
#include "detection/signals_expected.h"
#include "detection/signals_parity.h"

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void equals_numpy(void **state)
{
    static double x[500], scratch[500];
    (void)state;

    for (size_t row = 0; row < 5; row++) {
        size_t n = signals_series(row, x);
        double median = robust_median(x, n, scratch);
        assert_near(median, expected_robust[row][0], 0);
        assert_near(robust_mad(x, n, median, scratch), expected_robust[row][1], 0);
        assert_near(robust_mean_deviation(x, n, median), expected_robust[row][2], 1e-13);
    }
}

static void equals_original(void **state)
{
    struct signals_windows w;
    (void)state;

    if (!signals_windows_open(&w)) {
        printf("# SKIP: COHERENCE_TEST_DATA is not set\n"); /* not skip(): cmocka 1.1.5 writes it as "not ok"
                                                               in TAP */
        return;
    }
    for (size_t i = 0; i < w.count; i++) {
        double x[SIGNALS_WINDOW_MAX], scratch[SIGNALS_WINDOW_MAX], z;
        size_t n = signals_windows_get(&w, i, x, "abs_modified_z", &z);
        assert_near(robust_modified_z_classic(x[n - 1], x, n, scratch), z, 1e-9);
    }
    signals_windows_close(&w);
}

/* Every rank of series that are hard on pivots: sorted, reversed, organ pipe, equal, two values. */
static void select_equals_sorting(void **state)
{
    static double x[1000], work[1000], sorted[1000];
    (void)state;

    for (size_t n = 1; n <= 1000; n = n < 40 ? n + 1 : 3 * n / 2) {
        for (int kind = 0; kind < 7; kind++) {
            signals_fill_noise(x, n, 31 + n);
            for (size_t i = 0; kind < 6 && i < n; i++) {
                double r = x[i];
                x[i] = kind == 0   ? (double)i
                       : kind == 1 ? (double)(n - i)
                       : kind == 2 ? (double)(i < n / 2 ? i : n - i)
                       : kind == 3 ? 5
                       : kind == 4 ? (r > 0 ? 1 : 0)
                                   : floor(4 * r);
            }
            memcpy(sorted, x, n * sizeof *x);
            qsort(sorted, n, sizeof *sorted, compare);
            for (size_t k = 0; k < n; k += n < 40 ? 1 : n / 13) {
                memcpy(work, x, n * sizeof *x);
                assert_true(robust_select(work, n, k) == sorted[k]);
                for (size_t i = 0; i < n; i++)
                    assert_true(i < k ? work[i] <= work[k] : work[i] >= work[k]);
            }
        }
    }
}

/* Runs out of its budget of partitions and must finish by other means. */
static void select_survives_an_adversary(void **state)
{
    double x[127];
    (void)state;

    memcpy(x, hard_on_pivots, sizeof x);
    assert_true(robust_select(x, 127, 120) == 120);
    for (size_t i = 0; i < 127; i++)
        assert_true(i < 120 ? x[i] < 120 : x[i] >= 120);
}

static void absent_and_extremes(void **state)
{
    const double gaps[] = {(double)NAN, 4, (double)NAN, 1, 2}, none[] = {(double)NAN},
                 huge[] = {1.5e308, 1.7e308},
                 inf[] = {-(double)INFINITY, 1, 2, (double)INFINITY, (double)INFINITY};
    double scratch[5], own[] = {5, 1, 3};
    (void)state;

    assert_near(robust_median(gaps, 5, scratch), 2, 0);
    assert_near(robust_mad(gaps, 5, 2, scratch), 1, 0);
    assert_near(robust_mean_deviation(gaps, 5, 2), 1, 0);
    assert_true(isnan(robust_median(none, 1, scratch)));
    assert_true(isnan(robust_median(none, 0, scratch)));
    assert_true(isnan(robust_mad(none, 1, 0, scratch)));
    assert_true(isnan(robust_mad(gaps, 5, (double)NAN, scratch)));
    assert_true(isnan(robust_mean_deviation(none, 1, 0)));
    assert_near(robust_median(huge, 2, scratch), 1.6e308, 1e-15);
    assert_near(robust_median(inf, 5, scratch), 2, 0);
    assert_near(robust_median(own, 3, own), 3, 0); /* in place */
}

static void permutation_shift_and_scale(void **state)
{
    double x[61], y[61], scratch[61];
    (void)state;

    signals_fill_noise(x, 61, 32);
    double median = robust_median(x, 61, scratch), mad = robust_mad(x, 61, median, scratch),
           z = robust_modified_z(x[7], x, 61, 0, scratch);
    for (size_t i = 0; i < 61; i++)
        y[i] = x[i * 17 % 61];
    assert_true(robust_median(y, 61, scratch) == median);
    assert_true(robust_mad(y, 61, median, scratch) == mad);
    for (size_t i = 0; i < 61; i++)
        y[i] = -8 * x[i];
    assert_true(robust_median(y, 61, scratch) == -8 * median);
    assert_true(robust_mad(y, 61, -8 * median, scratch) == 8 * mad);
    assert_true(robust_modified_z(y[7], y, 61, 0, scratch) == -z);
}

static void classic_z_by_hand(void **state)
{
    const double flat[] = {4, 4, 4, 4}, two[] = {1, 2}, five[] = {1, 2, 3, 4, 100};
    double scratch[5];
    (void)state;

    assert_true(robust_modified_z_classic(4, flat, 4, scratch) == 0);
    assert_true(isinf(robust_modified_z_classic(3, flat, 4, scratch)));
    assert_true(robust_modified_z_classic(3, flat, 4, scratch) > 0);
    assert_true(isnan(robust_modified_z_classic(2, two, 2, scratch)));
    assert_true(isnan(robust_modified_z_classic((double)NAN, five, 5, scratch)));
    assert_near(robust_modified_z_classic(100, five, 5, scratch), 0.6745 * 97, 1e-15);
    assert_near(robust_modified_z_classic(1, five, 5, scratch), 0.6745 * 2, 1e-15);
}

static void default_z_has_a_floor(void **state)
{
    double flat[60], scratch[60];
    (void)state;

    for (size_t i = 0; i < 60; i++)
        flat[i] = 4;
    flat[59] = 5;
    /* one jump among 60: 60 / 1.253314 whatever its size, without a floor */
    assert_near(robust_modified_z(5, flat, 60, 0, scratch), 47.873, 1e-4);
    assert_near(robust_modified_z(5, flat, 60, 0.5, scratch), 2, 1e-15);
    flat[59] = 4;
    assert_true(robust_modified_z(4, flat, 60, 0, scratch) == 0);
    assert_true(robust_modified_z(3, flat, 60, 0, scratch) == -(double)INFINITY);
    assert_true(isnan(robust_modified_z(3, flat, 2, 0, scratch)));
    assert_near(robust_modified_z_from(-1, 0, 0.6745, (double)NAN, 0), -1, 1e-15);
    assert_near(robust_modified_z_from(-1, 0, 0.06745, (double)NAN, 2), -0.5, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_numpy),
        cmocka_unit_test(equals_original),
        cmocka_unit_test(select_equals_sorting),
        cmocka_unit_test(select_survives_an_adversary),
        cmocka_unit_test(absent_and_extremes),
        cmocka_unit_test(permutation_shift_and_scale),
        cmocka_unit_test(classic_z_by_hand),
        cmocka_unit_test(default_z_has_a_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
