/* SPDX-License-Identifier: MIT
 * detection/autocorrelation.h against numpy and properties. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "detection/autocorrelation.h"
#include "detection/signals_data.h"
#include "detection/signals_expected.h"

static void equals_numpy(void **state)
{
    static double x[500];
    (void)state;

    for (size_t row = 0; row < 5; row++) {
        size_t n = signals_series(row, x);
        assert_near(autocorrelation_lag1(x, n), expected_autocorrelation[row][0], 1e-8);
        assert_near(autocorrelation_half_von_neumann(x, n), expected_autocorrelation[row][1], 1e-8);
    }
    for (size_t i = 0; i < sizeof expected_effective_size / sizeof expected_effective_size[0]; i++) {
        const double *e = expected_effective_size[i];
        assert_near(autocorrelation_effective_size((size_t)e[0], e[1]), e[2], 1e-9);
    }
}

static void short_constant_and_gaps(void **state)
{
    const double two[] = {1, 2}, flat[] = {3, 3, 3, 3}, islands[] = {1, (double)NAN, 2, (double)NAN, 4},
                 zigzag[] = {1, -1, 1, -1, 1, -1};
    double x[100], y[100];
    (void)state;

    assert_true(isnan(autocorrelation_lag1(two, 2)));
    assert_true(isnan(autocorrelation_lag1(flat, 4)));
    assert_true(isnan(autocorrelation_half_von_neumann(flat, 4)));
    assert_true(isnan(autocorrelation_lag1(islands, 5)));
    assert_near(autocorrelation_lag1(zigzag, 6), -5.0 / 6, 1e-15);
    assert_near(autocorrelation_half_von_neumann(zigzag, 6), 2, 1e-15);
    signals_fill_walk(x, 100, 61);
    double r = autocorrelation_lag1(x, 100), v = autocorrelation_half_von_neumann(x, 100);
    for (size_t i = 0; i < 100; i++)
        y[i] = -8 * x[i] + 1024;
    assert_near(autocorrelation_lag1(y, 100), r, 1e-9);
    assert_near(autocorrelation_half_von_neumann(y, 100), v, 1e-9);
    for (size_t i = 0; i < 100; i++)
        y[i] = x[99 - i];
    assert_near(autocorrelation_lag1(y, 100), r, 1e-12);
    x[50] = (double)NAN;
    assert_near(autocorrelation_lag1(x, 100), r, 0.05);
}

static void effective_size_stays_in_range(void **state)
{
    (void)state;

    assert_true(autocorrelation_effective_size(60, -0.5) == 60);
    assert_true(autocorrelation_effective_size(60, 0) == 60);
    assert_true(autocorrelation_effective_size(60, (double)NAN) == 60);
    assert_true(autocorrelation_effective_size(60, 1) == 1);
    assert_true(autocorrelation_effective_size(60, 2) == 1);
    assert_true(autocorrelation_effective_size(1, 0.9) == 1);
    double before = 60;
    for (int i = 1; i < 1000; i++) {
        double size = autocorrelation_effective_size(60, i / 1000.0);
        assert_true(size <= before && size >= 1);
        before = size;
    }
    assert_near(autocorrelation_effective_size(60, 1 - 1e-15), 1, 1e-10);
    assert_near(
        autocorrelation_effective_size(60, 1 - 1.6e-5), autocorrelation_effective_size(60, 1 - 1.7e-5), 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_numpy),
        cmocka_unit_test(short_constant_and_gaps),
        cmocka_unit_test(effective_size_stays_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
