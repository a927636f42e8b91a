/* SPDX-License-Identifier: MIT
 * The ring of recent values and the heights of a sparkline, against heights computed by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "output/tui/history.h"

static void test_missing_has_no_height_and_zero_has_one(void **state)
{
    (void)state;
    assert_int_equal(history_level((double)NAN, 0.0, 8.0, 8), 0);
    assert_int_equal(history_level(0.0, 0.0, 8.0, 8), 1);
}

static void test_levels_are_linear_and_clamped(void **state)
{
    (void)state;
    /* 1 + round(v / 7 * 7) for a range of 0..7 and 8 steps */
    for (int v = 0; v <= 7; v++)
        assert_int_equal(history_level((double)v, 0.0, 7.0, 8), v + 1);
    assert_int_equal(history_level(3.4, 0.0, 7.0, 8), 4);
    assert_int_equal(history_level(3.6, 0.0, 7.0, 8), 5);
    assert_int_equal(history_level(-5.0, 0.0, 7.0, 8), 1);
    assert_int_equal(history_level(99.0, 0.0, 7.0, 8), 8);
    assert_int_equal(history_level((double)INFINITY, 0.0, 7.0, 24), 24);
    assert_int_equal(history_level(5.0, 5.0, 5.0, 8), 1); /* a constant */
    assert_int_equal(history_level(7.0, 0.0, 7.0, 24), 24);
}

static void test_ring_forgets_the_oldest(void **state)
{
    (void)state;
    static struct history h;
    bool above = true;
    memset(&h, 0, sizeof(h));
    assert_true(isnan(history_at(&h, 0, &above)));
    assert_false(above);
    for (int i = 0; i < HISTORY_MAX + 10; i++)
        history_push(&h, (double)i, i % 2 == 1);
    assert_true(history_at(&h, 0, &above) == HISTORY_MAX + 9);
    assert_true(above);
    assert_true(history_at(&h, 1, &above) == HISTORY_MAX + 8);
    assert_false(above);
    assert_true(history_at(&h, HISTORY_MAX - 1, NULL) == 10.0);
    assert_true(isnan(history_at(&h, HISTORY_MAX, NULL)));
}

static void test_range_holds_zero_values_and_limit(void **state)
{
    (void)state;
    static struct history h;
    double lo = -1.0, hi = -1.0;
    memset(&h, 0, sizeof(h));
    assert_false(history_range(&h, 10, 12.0, &lo, &hi));
    assert_true(lo == -1.0 && hi == -1.0);
    history_push(&h, 3.0, false);
    history_push(&h, (double)NAN, false);
    history_push(&h, 5.0, false);
    assert_true(history_range(&h, 10, 12.0, &lo, &hi));
    assert_true(lo == 0.0 && hi == 12.0);
    assert_true(history_range(&h, 10, (double)NAN, &lo, &hi));
    assert_true(lo == 0.0 && hi == 5.0);
    history_push(&h, -2.0, false);
    history_push(&h, 30.0, true);
    assert_true(history_range(&h, 10, 12.0, &lo, &hi));
    assert_true(lo == -2.0 && hi == 30.0);
    assert_true(history_range(&h, 1, 12.0, &lo, &hi)); /* only the newest */
    assert_true(lo == 0.0 && hi == 30.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_has_no_height_and_zero_has_one),
        cmocka_unit_test(test_levels_are_linear_and_clamped),
        cmocka_unit_test(test_ring_forgets_the_oldest),
        cmocka_unit_test(test_range_holds_zero_values_and_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
