/* SPDX-License-Identifier: MIT
 * The tail of hourly maxima: fits worked out by hand, the budget, refusal of strange hours, and what time
 * does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "base/rng.h"
#include "detection/tail.h"

#define HOUR TAIL_BLOCK_NS

/* One hour with that maximum. */
static void hour(struct tail *t, int64_t *now_ns, float maximum)
{
    tail_take(t, *now_ns, maximum);
    tail_take(t, *now_ns + HOUR / 2, 0);
    *now_ns += HOUR;
}

static void nothing_is_an_alarm_before_an_hour_was_learned(void **state)
{
    struct tail t;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    assert_true(isinf(t.alarm_score));
    for (int i = 0; i < 3599; i++)
        assert_false(tail_take(&t, 1000 + i, 1e30F));
    assert_true(tail_level(&t, 1e30) == 0);
    assert_true(isnan(tail_per_year(&t, 5, 24)));
}

/* Before the fit: u0 = 5 and pu = 0.1, so L(5) = ln 10 and above it ln(s / 5) / 0.3 more; tempered by
 * n / (n + 24). */
static void a_young_tail_is_the_prior_tempered(void **state)
{
    struct tail t;
    int64_t now_ns = HOUR;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    for (int i = 0; i < 12; i++)
        hour(&t, &now_ns, 1);
    tail_take(&t, now_ns, 0);
    assert_int_equal(t.learned, 12);
    assert_true(fabs(tail_level(&t, 5) - log(10) / 3) < 1e-6);
    assert_true(fabs(tail_level(&t, 50) - (log(10) + log(10) / 0.3) / 3) < 1e-5);
    assert_true(fabs(tail_level(&t, 2.5) - log(10) / 6) < 1e-6);
    assert_true(tail_level(&t, 0) == 0);
    /* The budget: one a day of 24 blocks is L = ln 24 = 3.178; raw 9.534 reaches it. */
    assert_true(fabs((double)t.alarm_score - 5 * exp((3 * log(24) - log(10)) * 0.3)) < 1e-3);
    assert_true(tail_take(&t, now_ns + 1, nextafterf(t.alarm_score, INFINITY)));
    assert_false(tail_take(&t, now_ns + 1, t.alarm_score * 0.999F));
}

/* 60 hours with maxima whose logarithms lie on the codes: the five largest are e^3, the sixth is e^1, the
 * rest
 * 1. k = 6, u0 = the seventh = 1, pu = 0.1, xi = (5 * 3 + 1 + 50 * 0.3) / 56. */
static void the_fit_is_the_shrunk_hill_estimate(void **state)
{
    struct tail t;
    int64_t now_ns = HOUR;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    for (int i = 0; i < 60; i++)
        hour(&t, &now_ns, i < 20 && i % 4 == 0 ? (float)exp(3) : i == 20 ? (float)exp(1) : 1.0F);
    tail_take(&t, now_ns, 0);
    assert_int_equal(t.count, 60);
    assert_true(fabs((double)t.u0 - 1) < 1e-6);
    assert_true(fabs(exp(-(double)t.level_u0) - 0.1) < 1e-6);
    assert_true(fabs(1 / (double)t.xi_inverse - 31.0 / 56) < 1e-6);
    assert_true(fabs(tail_level(&t, exp(2)) - (log(10) + 2 / (31.0 / 56))) < 1e-4);
    assert_true(fabs(tail_level(&t, 1e300) - TAIL_LEVEL_CAP) < 1e-9);
    assert_true(fabs(tail_level(&t, 0.5) - log(10) / 2) < 1e-5);
}

static void ties_at_the_threshold_weigh_nothing(void **state)
{
    struct tail t;
    int64_t now_ns = HOUR;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    for (int i = 0; i < 30; i++)
        hour(&t, &now_ns, 2);
    tail_take(&t, now_ns, 0);
    /* k = 4 of 30; all tie: the index is the prior's share alone. */
    assert_true(fabs(1 / (double)t.xi_inverse - 15.0 / 54) < 1e-6);
    assert_true(fabs(exp(-(double)t.level_u0) - 4.0 / 30) < 1e-6);
    assert_true(fabs(log((double)t.u0 / 2)) <= 1.0 / 32 + 1e-9);
}

/* Zeros are hours too; the level of any score among them is finite and high. */
static void an_hour_of_zeros_is_learned(void **state)
{
    struct tail t;
    int64_t now_ns = HOUR;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    for (int i = 0; i < 50; i++)
        hour(&t, &now_ns, 0);
    tail_take(&t, now_ns, 0);
    assert_int_equal(t.learned, 50);
    assert_true(tail_level(&t, 10) > 15 && tail_level(&t, 10) <= TAIL_LEVEL_CAP);
    assert_true(tail_take(&t, now_ns + 1, 10));
}

/* An hour rarer than once in 720 is not learned, unless it is the third within a week. */
static void strange_hours_are_refused_until_they_are_the_new_normal(void **state)
{
    struct tail t;
    int64_t now_ns = HOUR;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    for (int i = 0; i < 50; i++)
        hour(&t, &now_ns, 3);
    for (int i = 0; i < 4; i++) {
        /* Two of them far apart, two within the week before the last. */
        hour(&t, &now_ns, 1e4F);
        for (int k = 0; k < 100; k++)
            hour(&t, &now_ns, 3);
        tail_take(&t, now_ns, 0);
        assert_int_equal(t.learned, 50 + 100 * (i + 1));
    }
    hour(&t, &now_ns, 1e4F);
    hour(&t, &now_ns, 1e4F);
    tail_take(&t, now_ns, 0);
    assert_int_equal(t.learned, 451);
    assert_int_equal(t.closed, 456);
    for (int i = 0; i < 100; i++)
        hour(&t, &now_ns, 1e4F);
    assert_true(tail_level(&t, 1e4) < log(TAIL_BLOCKS));
}

/* A host's tail refuses while at most six of the last 24 hours were strange, remembers two weeks, and claims
 * a share of its level that grows from 0.3 to 1 over them: after 100 hours 0.3 + 0.7 * 100 / 336. */
static void a_host_settles_in_two_weeks(void **state)
{
    struct tail t;
    int64_t now_ns = HOUR;
    (void)state;

    tail_init(&t, &tail_of_host, 1, 24);
    for (int i = 0; i < 100; i++)
        hour(&t, &now_ns, 3);
    tail_take(&t, now_ns, 0);
    assert_true(fabs((double)t.temper - (0.3 + 0.7 * 100 / 336)) < 1e-6);
    assert_true(fabs(tail_level(&t, (double)t.u0) - (double)t.temper * log(10)) < 1e-5);
    for (int i = 0; i < 300; i++)
        hour(&t, &now_ns, 3);
    tail_take(&t, now_ns, 0);
    assert_int_equal(t.count, 336);
    assert_int_equal(t.learned, 400);
    assert_true(fabs((double)t.temper - 1) < 1e-9);
    for (int i = 0; i < 6; i++)
        hour(&t, &now_ns, 1e6F);
    tail_take(&t, now_ns, 0);
    assert_int_equal(t.learned, 400);
    hour(&t, &now_ns, 1e6F);
    tail_take(&t, now_ns, 0);
    assert_int_equal(t.learned, 401);
}

/* Thirty days are remembered: then the oldest goes. */
static void the_ring_is_bounded(void **state)
{
    struct tail t;
    int64_t now_ns = HOUR;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    for (int i = 0; i < TAIL_BLOCKS; i++)
        hour(&t, &now_ns, 100);
    for (int i = 0; i < TAIL_BLOCKS + 1; i++)
        hour(&t, &now_ns, 1);
    assert_int_equal(t.count, TAIL_BLOCKS);
    assert_int_equal(t.learned, TAIL_BLOCKS);
    assert_true(t.u0 < 1.1F);
}

/* Hours without a sample are no blocks, and the next one closes at a whole number of hours after the first.
 */
static void silence_is_not_calm(void **state)
{
    struct tail t;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    tail_take(&t, HOUR, 3);
    tail_take(&t, 101 * HOUR + HOUR / 2, 4);
    assert_int_equal(t.count, 1);
    assert_true(t.block_end_ns == 102 * HOUR);
    tail_take(&t, 102 * HOUR - 1, 0);
    assert_int_equal(t.count, 1);
    tail_take(&t, 102 * HOUR, 0);
    assert_int_equal(t.count, 2);
}

/* The largest time that any input may hold, and the smallest. */
static void the_ends_of_time(void **state)
{
    const int64_t last_ns = INT64_C(9223372035999999999);
    struct tail t;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    assert_false(tail_take(&t, last_ns - 10, 1));
    assert_false(tail_take(&t, last_ns, 1));
    assert_int_equal(t.count, 0);
    tail_init(&t, &tail_of_series, 1, 24);
    tail_take(&t, -last_ns, 1);
    tail_take(&t, last_ns, 1);
    assert_int_equal(t.count, 1);
}

/* Rarity is never claimed beyond 100 times the history. */
static void rarity_is_capped_by_exposure(void **state)
{
    struct tail t;
    int64_t now_ns = HOUR;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    for (int i = 0; i < 24; i++)
        hour(&t, &now_ns, 1);
    assert_true(isnan(tail_per_year(&t, 2, 24)));
    hour(&t, &now_ns, 1);
    assert_int_equal(t.learned, 24);
    double hours_a_year = 24 * 365.25;
    assert_true(fabs(tail_per_year(&t, 1e30, 24) - hours_a_year / 2400) < 1e-6);
    assert_true(tail_per_year(&t, 1.2, 24) > 100);
    for (int i = 0; i < 100; i++)
        hour(&t, &now_ns, 1);
    assert_true(fabs(tail_per_year(&t, 1e30, 24) - hours_a_year / 12400) < 1e-6);
}

/* Setting the budget anew moves the alarm, not what was learned. */
static void the_budget_can_be_set_anew(void **state)
{
    struct tail t;
    int64_t now_ns = HOUR;
    (void)state;

    tail_init(&t, &tail_of_series, 1, 24);
    for (int i = 0; i < 60; i++)
        hour(&t, &now_ns, 1);
    float before = t.alarm_score;
    double level = tail_level(&t, 3);
    tail_set_budget(&t, 0.01, 24);
    assert_true(t.alarm_score > before);
    assert_true(tail_level(&t, 3) == level && t.count == 59);
}

/* The promise: exponential scores, one alarm a day allowed. Over 200 days the rate of hours with an alarm is
 * near the budget (not ten times it, not a tenth). */
static void the_budget_is_kept_on_independent_hours(void **state)
{
    struct tail t;
    struct rng rng;
    int alarms = 0;
    (void)state;

    rng_seed(&rng, 11);
    tail_init(&t, &tail_of_series, 1, 24);
    for (int i = 0; i < 24 * 240; i++) {
        bool alarm = false;
        for (int k = 0; k < 60; k++)
            alarm |= tail_take(&t, i * HOUR + k * (HOUR / 60), (float)rng_exponential(&rng));
        alarms += alarm && i >= 24 * 40;
    }
    assert_in_range(alarms, 100, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_an_alarm_before_an_hour_was_learned),
        cmocka_unit_test(a_young_tail_is_the_prior_tempered),
        cmocka_unit_test(the_fit_is_the_shrunk_hill_estimate),
        cmocka_unit_test(ties_at_the_threshold_weigh_nothing),
        cmocka_unit_test(an_hour_of_zeros_is_learned),
        cmocka_unit_test(a_host_settles_in_two_weeks),
        cmocka_unit_test(strange_hours_are_refused_until_they_are_the_new_normal),
        cmocka_unit_test(the_ring_is_bounded),
        cmocka_unit_test(silence_is_not_calm),
        cmocka_unit_test(the_ends_of_time),
        cmocka_unit_test(rarity_is_capped_by_exposure),
        cmocka_unit_test(the_budget_can_be_set_anew),
        cmocka_unit_test(the_budget_is_kept_on_independent_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
