/* SPDX-License-Identifier: MIT
 * The winsorised exponential mean and deviation, against the plain mean at the start, by hand, and its
 * limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "detection/average.h"

static void the_start_is_the_plain_mean(void **state)
{
    struct average a = {0};
    double sum = 0;
    (void)state;

    for (int i = 1; i <= 20; i++) {
        sum += i * i;
        average_take(&a, i * i, 0.001, 0);
        assert_true(fabs(a.mean - sum / i) < 1e-9 * sum);
        assert_int_equal(a.count, i);
    }
    assert_true(a.deviation > 0);
}

/* Three values at weight 1/2: 8; (8 + 4) / 2 = 6 with |d| = 4: 0 + (4 - 0) / 2 = 2; then 6 + (12 - 6) / 2 = 9
 * and 2 + (6 - 2) / 2 = 4. */
static void three_values_by_hand(void **state)
{
    struct average a = {0};
    (void)state;

    average_take(&a, 8, 0.5, 0);
    assert_true(a.mean == 8 && a.deviation == 0);
    average_take(&a, 4, 0.5, 0);
    assert_true(a.mean == 6 && a.deviation == 2);
    average_take(&a, 12, 0.5, 0);
    assert_true(a.mean == 9 && a.deviation == 4);
}

/* From the 22nd value on, one step moves the mean by at most weight x five deviations. */
static void an_outlier_is_clipped_once_there_is_a_habit(void **state)
{
    struct average a = {0};
    (void)state;

    for (int i = 0; i < 20; i++)
        average_take(&a, i % 2 ? 1 : -1, 0.1, 0);
    average_take(&a, 0, 0.1, 0);
    assert_int_equal(a.count, 21);
    double mean = a.mean, deviation = a.deviation;
    average_take(&a, 1e9, 0.1, 0);
    assert_true(fabs(a.mean - (mean + 0.1 * 5 * deviation)) < 1e-12);
    assert_true(fabs(a.deviation - (deviation + 0.1 * 4 * deviation)) < 1e-12);
    mean = a.mean;
    deviation = a.deviation;
    average_take(&a, -1e9, 0.1, 0);
    assert_true(fabs(a.mean - (mean - 0.1 * 5 * deviation)) < 1e-12);
}

static void before_it_nothing_is_clipped(void **state)
{
    struct average a = {0};
    (void)state;

    for (int i = 0; i < 20; i++)
        average_take(&a, 0, 0.01, 0);
    average_take(&a, 2100, 0.01, 0);
    assert_true(fabs(a.mean - 100) < 1e-9);
}

/* A constant has no deviation; the floor says how far one step may move it. */
static void the_floor_lets_a_constant_move(void **state)
{
    struct average a = {0}, stuck = {0};
    (void)state;

    for (int i = 0; i < 30; i++) {
        average_take(&a, 7, 0.1, 0.5);
        average_take(&stuck, 7, 0.1, 0);
    }
    assert_true(a.mean == 7 && a.deviation == 0);
    average_take(&a, 107, 0.1, 0.5);
    assert_true(fabs(a.mean - (7 + 0.1 * 2.5)) < 1e-12);
    average_take(&stuck, 107, 0.1, 0);
    assert_true(stuck.mean == 7);
}

/* Of a standard normal the mean absolute deviation is sqrt(2 / pi) = 0.7979. */
static void the_deviation_of_normal_noise(void **state)
{
    struct average a = {0};
    struct rng rng;
    (void)state;

    rng_seed(&rng, 2);
    for (int i = 0; i < 200000; i++)
        average_take(&a, 10 + rng_normal(&rng), 0.0005, 0);
    assert_true(fabs(a.mean - 10) < 0.1);
    assert_true(fabs(a.deviation - 0.7979) < 0.05);
}

/* Half of a step is learned after one half-life: ln 2 / weight values. */
static void the_weight_is_the_half_life(void **state)
{
    struct average a = {0};
    (void)state;

    for (int i = 0; i < 10000; i++)
        average_take(&a, i % 2, 0.001, 1000);
    double before = a.mean;
    for (int i = 0; i < 693; i++)
        average_take(&a, before + 1, 0.001, 1000);
    assert_true(fabs(a.mean - before - 0.5) < 0.005);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_start_is_the_plain_mean),
        cmocka_unit_test(three_values_by_hand),
        cmocka_unit_test(an_outlier_is_clipped_once_there_is_a_habit),
        cmocka_unit_test(before_it_nothing_is_clipped),
        cmocka_unit_test(the_floor_lets_a_constant_move),
        cmocka_unit_test(the_deviation_of_normal_noise),
        cmocka_unit_test(the_weight_is_the_half_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
