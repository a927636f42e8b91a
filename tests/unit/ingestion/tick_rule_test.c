/* SPDX-License-Identifier: MIT
 * The ticks that the written rule asks for, worked out by hand from the rule's text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingestion/replay/tick_rule.h"

#define S INT64_C(1000000000)

static int64_t ticks[TICK_RULE_TICKS_MAX];

/* Feeds a row and checks how many ticks are due. */
static void row(struct tick_rule *r, int64_t t_ns, size_t due)
{
    assert_int_equal(tick_rule_row(r, t_ns, ticks), due);
}

static void a_later_second_closes_the_group(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 100 * S, 0);
    row(&r, 100 * S, 0);
    row(&r, 101 * S, 1);
    assert_int_equal(ticks[0], 100 * S);
    assert_int_equal(tick_rule_end(&r, ticks), 1);
    assert_int_equal(ticks[0], 101 * S);
    assert_int_equal(tick_rule_end(&r, ticks), 0);
}

static void no_row_no_tick(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    assert_int_equal(tick_rule_end(&r, ticks), 0);
}

static void staggered_rows_of_a_second_are_one_group(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 100 * S + 100000000, 0);
    row(&r, 100 * S + 900000000, 0);
    row(&r, 100 * S + 500000000, 0); /* out of order within the second: the latest stays */
    row(&r, 101 * S + 50000000, 1);
    assert_int_equal(ticks[0], 100 * S + 900000000);
}

static void an_earlier_row_moves_nothing(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 100 * S, 0);
    row(&r, 98 * S, 0);
    row(&r, 101 * S, 1);
    assert_int_equal(ticks[0], 100 * S);
}

static void a_gap_is_filled_at_the_usual_step(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 0, 0);
    for (int i = 1; i <= 4; i++)
        row(&r, i * 10 * S, 1);
    row(&r, 85 * S, 5); /* from 40: the tick of the group, then 50, 60, 70, 80 */
    const int64_t expected[] = {40 * S, 50 * S, 60 * S, 70 * S, 80 * S};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(ticks[i], expected[i]);
}

static void twice_the_usual_step_is_no_gap(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 0, 0);
    row(&r, 10 * S, 1);
    row(&r, 20 * S, 1);
    row(&r, 40 * S, 1);
}

static void one_second_more_than_twice_is_a_gap(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 0, 0);
    row(&r, 10 * S, 1);
    row(&r, 20 * S, 1);
    row(&r, 41 * S, 3); /* 20, then 30 and 40 */
    assert_int_equal(ticks[1], 30 * S);
    assert_int_equal(ticks[2], 40 * S);
}

static void the_next_row_itself_is_not_a_gap_tick(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 0, 0);
    row(&r, 10 * S, 1);
    row(&r, 20 * S, 1);
    row(&r, 50 * S, 3); /* 20, 30, 40: the tick at 50 is the next group's */
    assert_int_equal(ticks[2], 40 * S);
}

static void a_single_group_has_no_usual_step(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 0, 0);
    row(&r, 1000000 * S, 1);
    assert_int_equal(ticks[0], 0);
    assert_int_equal(tick_rule_usual_step(&r), 0);
}

static void gap_ticks_are_bounded(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 0, 0);
    row(&r, 1 * S, 1);
    row(&r, 2 * S, 1);
    row(&r, 100000 * S, 1 + REPLAY_GAP_TICKS_MAX);
    assert_int_equal(ticks[REPLAY_GAP_TICKS_MAX], (2 + REPLAY_GAP_TICKS_MAX) * S);
}

static void the_usual_step_is_the_median_of_the_last_eight(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    int64_t t = 0;
    row(&r, t, 0);
    for (int i = 0; i < 20; i++)
        row(&r, t += S, 1);
    assert_int_equal(tick_rule_usual_step(&r), S);
    /* Nineteen steps of 1 s are known; then steps of 60 s. A step counts when its group closes. */
    for (int i = 0; i < 5; i++)
        (void)tick_rule_row(&r, t += 60 * S, ticks);
    /* Of the last eight: four of 1 s and four of 60 s; the median is the mean of the two in the middle. */
    assert_int_equal(tick_rule_usual_step(&r), 30 * S + S / 2);
    (void)tick_rule_row(&r, t += 60 * S, ticks);
    assert_int_equal(tick_rule_usual_step(&r), 60 * S);
}

static void the_usual_step_is_at_least_a_second(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, 100 * S + 999000000, 0);
    row(&r, 101 * S, 1); /* 1 ms later, but another second */
    row(&r, 104 * S, 3); /* 101, then 102 and 103 */
    assert_int_equal(ticks[1], 102 * S);
    assert_int_equal(ticks[2], 103 * S);
}

static void times_before_1970_group_by_second_too(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, -1500000000, 0); /* second -2 */
    row(&r, -1000000001, 0); /* still second -2 */
    row(&r, -1000000000, 1); /* second -1 */
    assert_int_equal(ticks[0], -1000000001);
}

static void the_ends_of_time_do_not_overflow(void **state)
{
    (void)state;
    struct tick_rule r = {0};
    row(&r, INT64_MIN, 0);
    row(&r, INT64_MIN + S, 1);
    row(&r, INT64_MIN + 2 * S, 1);
    assert_int_equal(tick_rule_row(&r, INT64_MAX, ticks), TICK_RULE_TICKS_MAX);
    for (size_t i = 1; i < TICK_RULE_TICKS_MAX; i++)
        assert_true(ticks[i] > ticks[i - 1]);
    row(&r, INT64_MAX, 0);
    assert_int_equal(tick_rule_end(&r, ticks), 1);
    assert_int_equal(ticks[0], INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_second_closes_the_group),
        cmocka_unit_test(no_row_no_tick),
        cmocka_unit_test(staggered_rows_of_a_second_are_one_group),
        cmocka_unit_test(an_earlier_row_moves_nothing),
        cmocka_unit_test(a_gap_is_filled_at_the_usual_step),
        cmocka_unit_test(twice_the_usual_step_is_no_gap),
        cmocka_unit_test(one_second_more_than_twice_is_a_gap),
        cmocka_unit_test(the_next_row_itself_is_not_a_gap_tick),
        cmocka_unit_test(a_single_group_has_no_usual_step),
        cmocka_unit_test(gap_ticks_are_bounded),
        cmocka_unit_test(the_usual_step_is_the_median_of_the_last_eight),
        cmocka_unit_test(the_usual_step_is_at_least_a_second),
        cmocka_unit_test(times_before_1970_group_by_second_too),
        cmocka_unit_test(the_ends_of_time_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
