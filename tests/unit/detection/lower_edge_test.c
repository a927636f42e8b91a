/* SPDX-License-Identifier: MIT
 * The lower edge of a saw-tooth: falls, erosion, and the line from valley to valley. Expected values are
 * worked out by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "detection/lower_edge.h"

static void the_largest_fall_is_from_the_highest_before(void **state)
{
    const double x[] = {3, 5, (double)NAN, 4, 6, 2, 5, 1.5, 7}, rising[] = {1, 1, 2, 3};
    (void)state;

    assert_true(lower_edge_fall(x, 9) == 4.5); /* 6 to 1.5 */
    assert_true(lower_edge_fall(x, 4) == 1);   /* 5 to 4, over the gap */
    assert_true(lower_edge_fall(rising, 4) == 0);
    assert_true(lower_edge_fall(rising, 0) == 0);
}

static void erosion_takes_the_smallest_of_the_last(void **state)
{
    const double x[] = {4, 6, 5, 8, 7, 9}, expected[] = {4, 4, 4, 5, 5, 7};
    double out[6];
    (void)state;

    lower_edge_erode(x, 6, 3, out);
    for (size_t i = 0; i < 6; i++)
        assert_true(out[i] == expected[i]);
    lower_edge_erode(x, 6, 1, out);
    for (size_t i = 0; i < 6; i++)
        assert_true(out[i] == x[i]);
}

/* Teeth of four places and height 10 on a floor that rises by 1 a place: valleys every fourth place, and the
 * edge is the floor itself. */
static void the_edge_of_a_leaking_saw_tooth_is_its_floor(void **state)
{
    double x[LOWER_EDGE_MAX], out[LOWER_EDGE_MAX];
    (void)state;

    for (int i = 0; i < LOWER_EDGE_MAX; i++)
        x[i] = i + 10.0 * (i % 4) / 4;
    assert_true(lower_edge_fall(x, LOWER_EDGE_MAX) > 6);
    assert_true(lower_edge_take(x, LOWER_EDGE_MAX, 2, out));
    for (int i = 0; i < LOWER_EDGE_MAX; i++)
        assert_true(fabs(out[i] - i) < 1e-12);
    assert_true(lower_edge_fall(out, LOWER_EDGE_MAX) == 0);
}

/* What rises without teeth has no valleys, and two are no pattern. */
static void fewer_than_three_valleys_are_no_saw_tooth(void **state)
{
    double x[LOWER_EDGE_MAX], out[LOWER_EDGE_MAX] = {42};
    (void)state;

    for (int i = 0; i < LOWER_EDGE_MAX; i++)
        x[i] = i;
    assert_false(lower_edge_take(x, LOWER_EDGE_MAX, 2, out));
    x[8] = x[16] = 0;
    assert_false(lower_edge_take(x, LOWER_EDGE_MAX, 2, out));
    assert_true(out[0] == 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_fall_is_from_the_highest_before),
        cmocka_unit_test(erosion_takes_the_smallest_of_the_last),
        cmocka_unit_test(the_edge_of_a_leaking_saw_tooth_is_its_floor),
        cmocka_unit_test(fewer_than_three_valleys_are_no_saw_tooth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
