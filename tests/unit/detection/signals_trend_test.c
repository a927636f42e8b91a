/* SPDX-License-Identifier: MIT
 * detection/trend.h, trend_line.h and trend_exhaustion.h against scipy and numpy, and properties. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "detection/trend.h"
#include "detection/signals_data.h"
#include "detection/signals_expected.h"

static double scratch[TREND_PAIRS(TREND_MAX_POINTS) + 2 * TREND_MAX_POINTS];

/* Rows of expected_theil_sen and expected_mann_kendall. Returns the length. */
static size_t fill(size_t row, double *t, double *x)
{
    static const size_t length[] = {40, 40, 60, 12};

    if (row == 0)
        signals_fill_noise(x, 40, 10);
    else if (row == 1)
        signals_fill_ties(x, 40, 11);
    else if (row == 2)
        signals_fill_walk(x, 60, 12);
    for (size_t i = 0; i < length[row]; i++) {
        t[i] = 0.5 * (double)i + 3;
        x[i] = row == 1 ? x[i] + (double)i * 0.125 : row == 3 ? (double)(i * i) : x[i];
    }
    return length[row];
}

static void theil_sen_equals_scipy(void **state)
{
    double t[60], x[60];
    (void)state;

    for (size_t row = 0; row < 4; row++) {
        size_t n = fill(row, t, x);
        struct trend_slope s;
        assert_int_equal(trend_theil_sen(t, x, n, 1.959963984540054, scratch, &s), 0);
        assert_near(s.slope, expected_theil_sen[row][0], 1e-12);
        assert_near(s.intercept, expected_theil_sen[row][1], 1e-12);
        assert_near(s.lo, expected_theil_sen[row][2], 1e-12);
        assert_near(s.hi, expected_theil_sen[row][3], 1e-12);
        assert_near(trend_kendall_tau(x, n), expected_theil_sen[row][4], 1e-12);
    }
}

static void theil_sen_ignores_outliers_and_refuses_nonsense(void **state)
{
    double t[41], x[41];
    struct trend_slope s = {.slope = 123};
    (void)state;

    for (size_t i = 0; i < 41; i++) {
        t[i] = (double)i * 2;
        x[i] = 5 + 0.25 * t[i];
    }
    x[7] = 1e9;
    x[30] = -1e9;
    assert_int_equal(trend_theil_sen(t, x, 41, 1.96, scratch, &s), 0);
    assert_near(s.slope, 0.25, 1e-12);
    assert_near(s.intercept, 5, 1e-12);
    assert_true(s.lo <= s.slope && s.slope <= s.hi);
    s.slope = 123;
    assert_int_equal(trend_theil_sen(t, x, 2, 1.96, scratch, &s), -EINVAL);
    assert_int_equal(trend_theil_sen(t, x, 41, (double)NAN, scratch, &s), -EINVAL);
    t[3] = t[2];
    assert_int_equal(trend_theil_sen(t, x, 41, 1.96, scratch, &s), -EINVAL);
    t[3] = 6;
    x[5] = (double)NAN;
    assert_int_equal(trend_theil_sen(t, x, 41, 1.96, scratch, &s), -EINVAL);
    assert_true(s.slope == 123);
    assert_int_equal(trend_theil_sen(t, x, TREND_MAX_POINTS + 1, 1.96, scratch, &s), -EINVAL);
}

static void kendall_properties(void **state)
{
    double x[50], y[50];
    const double gaps[] = {(double)NAN, 1, (double)NAN, 2, 3, (double)NAN}, flat[] = {1, 1, 1},
                 two[] = {1, 2, (double)NAN};
    (void)state;

    signals_fill_ties(x, 50, 71);
    for (size_t i = 0; i < 50; i++)
        y[i] = x[49 - i] * x[49 - i] * x[49 - i]; /* reversed, through a monotone map */
    assert_near(trend_kendall_tau(y, 50), -trend_kendall_tau(x, 50), 1e-14);
    assert_near(trend_kendall_tau(gaps, 6), 1, 0);
    assert_true(isnan(trend_kendall_tau(flat, 3)));
    assert_true(isnan(trend_kendall_tau(two, 3)));
}

static double above(double x)
{
    return x > 0 ? x : 0;
}

static void a_bend_equals_its_definition(void **state)
{
    double t[24], x[24];
    (void)state;

    for (int row = 0; row < 5; row++) {
        signals_fill_noise(x, 24, (uint64_t)(31 + row));
        for (int i = 0; i < 24; i++) {
            t[i] = row == 4 ? i + i * 7 % 10 / 10.0 : i;
            x[i] = row == 0   ? x[i] + 2 * above(i - 9.5)
                   : row == 1 ? x[i] / 2 + pow(above(i - 4), 1.5)
                   : row == 2 ? x[i] + i / 2.0
                   : row == 3 ? x[i] / 9 + expm1(above(i - 6) / 3.0)
                              : x[i] + 2 * above(t[i] - 9.5);
        }
        assert_near(trend_bend(t, x, 24), expected_bend[row][0], 0);
        if (row < 4)
            assert_near(trend_bend(NULL, x, 24), expected_bend[row][0], 0);
    }
}

static void bend_properties(void **state)
{
    double x[24], y[24], gaps[24];
    const double falls[] = {6, 5, 4, 3, 2, 1}, flat[] = {1, 1, 1, 1, 1}, few[] = {1, 2, (double)NAN, 3};
    (void)state;

    for (int i = 0; i < 24; i++) {
        x[i] = 7 + 3 * above(i - 10.25);
        y[i] = 1e6 * x[i] - 3e9; /* moved and stretched */
        gaps[i] = i % 5 == 3 ? (double)NAN : x[i];
    }
    assert_near(trend_bend(NULL, x, 24), 10.25, 0);
    assert_near(trend_bend(NULL, y, 24), 10.25, 0);
    assert_near(trend_bend(NULL, gaps, 24), 10.25, 0);
    /* It has climbed ever since; and what does not climb. */
    assert_near(trend_bend(NULL, x + 11, 13), 0, 0);
    assert_true(isnan(trend_bend(NULL, falls, 6)));
    assert_true(isnan(trend_bend(NULL, flat, 5)));
    assert_true(isnan(trend_bend(NULL, few, 4)));
    assert_true(isnan(trend_bend(NULL, x, 0)));
}

static void mann_kendall_equals_definition(void **state)
{
    double t[60], x[60];
    struct trend_test m;
    (void)state;

    for (size_t row = 0; row < 4; row++) {
        size_t n = fill(row, t, x);
        assert_int_equal(trend_mann_kendall(x, n, scratch, &m), 0);
        assert_near(m.s, expected_mann_kendall[row][0], 0);
        assert_near(m.variance, expected_mann_kendall[row][1], 1e-13);
        assert_near(m.variance_ratio, expected_mann_kendall[row][2], 1e-10);
        assert_near(m.z, expected_mann_kendall[row][3], 1e-10);
        assert_near(m.log_p, expected_mann_kendall[row][4], 1e-9);
        assert_near(m.tau, expected_theil_sen[row][4], 1e-12);
    }
    for (size_t i = 0; i < 60; i++)
        x[i] = 7;
    m.s = 123;
    assert_int_equal(trend_mann_kendall(x, 60, scratch, &m), -EDOM);
    assert_int_equal(trend_mann_kendall(x, 3, scratch, &m), -EINVAL);
    x[4] = (double)NAN;
    assert_int_equal(trend_mann_kendall(x, 60, scratch, &m), -EINVAL);
    assert_true(m.s == 123);
}

static void line_equals_polyfit(void **state)
{
    double x[300];
    (void)state;

    signals_fill_walk(x, 300, 13);
    for (size_t row = 0; row < 3; row++) {
        struct trend_line l;
        double t = 1.7e9; /* only differences matter */
        trend_line_init(&l, expected_line[row][0]);
        for (size_t i = 0; i < 300; i++) {
            t += i % 7 == 0 ? 2.5 : 1;
            trend_line_push(&l, t, x[i]);
            trend_line_push(&l, t + 0.5, (double)NAN); /* absent */
            trend_line_push(&l, t - 1, 1e9);           /* late */
        }
        assert_int_equal(l.n, 300);
        assert_near(trend_line_slope(&l), expected_line[row][1], 1e-9);
        assert_near(trend_line_now(&l), expected_line[row][2], 1e-9);
        assert_near(trend_line_r2(&l), expected_line[row][3], 1e-9);
    }
}

static void line_needs_three_points_and_a_direction(void **state)
{
    struct trend_line l;
    (void)state;

    trend_line_init(&l, 60);
    trend_line_push(&l, 0, 5);
    trend_line_push(&l, 1, 5);
    assert_true(isnan(trend_line_slope(&l)) && isnan(trend_line_now(&l)) && isnan(trend_line_r2(&l)));
    trend_line_push(&l, 2, 5);
    assert_true(trend_line_slope(&l) == 0);
    assert_true(trend_line_r2(&l) == 0);
    assert_true(trend_line_now(&l) == 5);
    trend_line_init(&l, 60);
    for (int i = 0; i < 5; i++)
        trend_line_push(&l, 7, i);
    assert_true(isnan(trend_line_slope(&l)));
    for (int i = 0; i < 100000; i++)
        trend_line_push(&l, 8 + i, 1e6 + 0.125 * i);
    assert_near(trend_line_slope(&l), 0.125, 1e-6);
    assert_near(trend_line_r2(&l), 1, 1e-9);
    trend_line_push(&l, 1e12, 3); /* a long silence forgets everything, quietly */
    assert_true(isnan(trend_line_slope(&l)) || isfinite(trend_line_slope(&l)));
}

static void first_passage_equals_the_root(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof expected_passage / sizeof expected_passage[0]; i++) {
        const double *e = expected_passage[i];
        assert_near(trend_first_passage(e[0], e[1], e[2], e[3], e[4]), e[5], 1e-8);
    }
    assert_true(trend_first_passage(0, 0.01, 0.05, 1.64, 900) < 1e-6);
    assert_true(isinf(trend_first_passage(1, -1, 0, 1.64, 900)));
}

/* A saw-tooth that leaks, as in signals_expected.py. */
static void fill_leak(double *x, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        x[i] = 40 + (double)i / 256 + (double)(i % 64) / 32 + signals_noise(&seed) / 8;
}

static void fill_drift(double *x, size_t n, uint64_t seed)
{
    signals_fill_walk(x, n, seed);
    for (size_t i = 0; i < n; i++)
        x[i] = 40 + (double)i / 128 + x[i] / 8;
}

static void exhaustion_equals_definition(void **state)
{
    static double x[4000];
    static const size_t length[] = {1000, 4000, 4000};
    static const double window[] = {900, 3600, 3600};
    (void)state;

    for (size_t row = 0; row < 3; row++) {
        const double *want = expected_exhaustion[row];
        struct exhaustion_input in = {.limit = 100, .z = 1.64};
        struct exhaustion e;

        if (row < 2)
            fill_leak(x, length[row], 14 + row);
        else
            fill_drift(x, length[row], 16);
        assert_int_equal(exhaustion_input_from(x, length[row], 1, window[row], &in), 0);
        assert_int_equal(trend_exhaustion(&in, &e), 0);
        assert_near(e.slope_per_s, want[0], 1e-11);
        assert_near(e.recent_per_s, want[1], 1e-11);
        assert_near(e.sigma, want[2], 1e-11);
        assert_near(e.rise, want[3], 1e-12);
        assert_near(e.last_low, want[4], 0);
        assert_near(e.earlier_high, want[5], 0);
        assert_near(e.headroom, want[6], 1e-13);
        assert_near(e.drift_ratio, want[7], 1e-11);
        assert_near(e.quarter_ratio, want[8], 1e-11);
        assert_int_equal(e.fits, !isnan(want[9]));
        assert_near(e.early_s, want[9], 1e-8);
        assert_near(e.middle_s, want[10], 1e-11);
        assert_near(e.late_s, want[11], 1e-8);
    }
}

static void exhaustion_scales_and_refuses(void **state)
{
    static double x[4000];
    struct exhaustion_input in = {.limit = 100, .z = 1.64}, other;
    struct exhaustion e, f;
    (void)state;

    fill_leak(x, 4000, 15);
    assert_int_equal(exhaustion_input_from(x, 4000, 1, 3600, &in), 0);
    assert_int_equal(trend_exhaustion(&in, &e), 0);
    other = in;
    for (size_t i = 0; i < EXHAUSTION_BLOCKS; i++)
        other.minima[i] *= 0x1p+24; /* bytes instead of percent */
    other.recent_max *= 0x1p+24;
    other.limit *= 0x1p+24;
    assert_int_equal(trend_exhaustion(&other, &f), 0);
    assert_near(f.early_s, e.early_s, 1e-12);
    assert_near(f.late_s, e.late_s, 1e-12);
    for (size_t i = 0; i < EXHAUSTION_BLOCKS; i++)
        other.minima[i] = in.minima[EXHAUSTION_BLOCKS - 1 - i]; /* falling */
    assert_int_equal(trend_exhaustion(&other, &f), 0);
    assert_false(f.fits);
    assert_true(isnan(f.early_s) && isnan(f.middle_s) && isnan(f.late_s));
    for (size_t i = 0; i < EXHAUSTION_BLOCKS; i++)
        other.minima[i] = 50 + (double)i; /* a perfect line has no spread */
    other.recent_max = 74;
    other.limit = 100;
    assert_int_equal(trend_exhaustion(&other, &f), 0);
    assert_true(f.fits);
    assert_near(f.early_s, 26 * other.block_s, 1e-3);
    assert_near(f.late_s, 26 * other.block_s, 1e-3);
    for (size_t i = 19; i < EXHAUSTION_BLOCKS; i++)
        other.minima[i] = other.minima[18]; /* it has stopped rising in the last quarter */
    assert_int_equal(trend_exhaustion(&other, &f), 0);
    assert_true(f.drift_ratio >= 3 && f.quarter_ratio == 0 && !f.fits);
    for (size_t i = 19; i < EXHAUSTION_BLOCKS; i++)
        other.minima[i] = 50 + (double)i;
    other.recent_max = 120; /* already beyond */
    assert_int_equal(trend_exhaustion(&other, &f), 0);
    assert_true(f.headroom == 0 && f.middle_s == 0);
    f.rise = 123;
    other.minima[3] = (double)NAN;
    assert_int_equal(trend_exhaustion(&other, &f), -EINVAL);
    other.minima[3] = 53;
    other.limit = 0;
    assert_int_equal(trend_exhaustion(&other, &f), -EINVAL);
    assert_true(f.rise == 123);
    assert_int_equal(exhaustion_input_from(x, 3599, 1, 3600, &in), -EINVAL);
    assert_int_equal(exhaustion_input_from(x, 4000, 60, 900, &in), -EINVAL);
    x[3999] = (double)NAN;
    assert_int_equal(exhaustion_input_from(x, 4000, 1, 3600, &in), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(theil_sen_equals_scipy),
        cmocka_unit_test(theil_sen_ignores_outliers_and_refuses_nonsense),
        cmocka_unit_test(kendall_properties),
        cmocka_unit_test(a_bend_equals_its_definition),
        cmocka_unit_test(bend_properties),
        cmocka_unit_test(mann_kendall_equals_definition),
        cmocka_unit_test(line_equals_polyfit),
        cmocka_unit_test(line_needs_three_points_and_a_direction),
        cmocka_unit_test(first_passage_equals_the_root),
        cmocka_unit_test(exhaustion_equals_definition),
        cmocka_unit_test(exhaustion_scales_and_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
