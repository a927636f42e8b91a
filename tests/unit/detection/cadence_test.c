/* SPDX-License-Identifier: MIT
 * A source's habit from its timestamps, and from when its silence is loss. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "detection/cadence.h"

#define MILLI  INT64_C(1000000)
#define SECOND INT64_C(1000000000)

static void speak(struct cadence *c, int64_t from_ns, int64_t step_ns, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(cadence_take(c, from_ns + i * step_ns));
}

static void it_takes_nine_samples_to_know(void **state)
{
    struct cadence c;
    (void)state;

    cadence_init(&c);
    assert_true(cadence_lost_at(&c, 0) == INT64_MAX);
    speak(&c, 5 * SECOND, SECOND, 8);
    assert_true(c.usual_s == 0);
    assert_true(cadence_lost_at(&c, 0) == INT64_MAX);
    speak(&c, 13 * SECOND, SECOND, 1);
    assert_true(fabs((double)c.usual_s - 1) < 1e-6);
    assert_true(cadence_lost_at(&c, 0) == 23 * SECOND);
}

/* Ten usual steps, but at least ten seconds. */
static void fast_sources_get_ten_seconds(void **state)
{
    struct cadence c;
    (void)state;

    cadence_init(&c);
    speak(&c, 0, 100 * MILLI, 20);
    assert_true(fabs((double)c.usual_s - 0.1) < 1e-6);
    assert_true(cadence_lost_at(&c, 0) == c.last_ns + 10 * SECOND);
    cadence_init(&c);
    speak(&c, 0, 300 * SECOND, 20);
    assert_true(cadence_lost_at(&c, 0) == c.last_ns + 3000 * SECOND);
}

/* A pause that was no loss counts twice, and fades. */
static void the_longest_step_counts_twice(void **state)
{
    struct cadence c;
    (void)state;

    cadence_init(&c);
    speak(&c, 0, SECOND, 20);
    speak(&c, 19 * SECOND + 9 * SECOND, SECOND, 3);
    assert_true(cadence_lost_at(&c, 0) == c.last_ns + 18 * SECOND);
    speak(&c, c.last_ns + SECOND, SECOND, 400);
    assert_true(cadence_lost_at(&c, 0) == c.last_ns + 10 * SECOND);
}

/* An outage of an hour is no habit; the second one soon after is. */
static void an_outage_is_no_step_unless_it_comes_again(void **state)
{
    struct cadence c;
    (void)state;

    cadence_init(&c);
    speak(&c, 0, SECOND, 20);
    speak(&c, c.last_ns + 3600 * SECOND, SECOND, 20);
    assert_true(cadence_lost_at(&c, 0) == c.last_ns + 10 * SECOND);
    speak(&c, c.last_ns + 60 * SECOND, SECOND, 2);
    int64_t allowed_ns = cadence_lost_at(&c, 0) - c.last_ns;
    assert_true(allowed_ns > 110 * SECOND && allowed_ns <= 120 * SECOND); /* it fades from the start */
}

static void the_median_ignores_a_few_odd_steps(void **state)
{
    static const int steps[] = {1, 1, 9, 1, 1, 9, 1, 9};
    struct cadence c;
    int64_t t_ns = 0;
    (void)state;

    cadence_init(&c);
    cadence_take(&c, t_ns);
    for (int i = 0; i < 8; i++)
        cadence_take(&c, t_ns += steps[i] * SECOND);
    assert_true(fabs((double)c.usual_s - 1) < 1e-6);
    /* A new habit is known after eight steps of it, at the latest sixteen. */
    speak(&c, t_ns + 60 * SECOND, 60 * SECOND, 16);
    assert_true(fabs((double)c.usual_s - 60) < 1e-3);
}

static void late_samples_are_not_taken(void **state)
{
    struct cadence c, before;
    (void)state;

    cadence_init(&c);
    speak(&c, 0, SECOND, 10);
    before = c;
    assert_false(cadence_take(&c, 9 * SECOND));
    assert_false(cadence_take(&c, 3 * SECOND));
    assert_memory_equal(&c, &before, sizeof(c));
    assert_true(cadence_take(&c, 9 * SECOND + 1));
}

static void a_fixed_allowance_replaces_the_habit(void **state)
{
    struct cadence c;
    (void)state;

    cadence_init(&c);
    assert_true(cadence_lost_at(&c, 5 * SECOND) == INT64_MAX);
    cadence_take(&c, 7 * SECOND);
    assert_true(cadence_lost_at(&c, 5 * SECOND) == 12 * SECOND);
    speak(&c, 8 * SECOND, SECOND, 20);
    assert_true(cadence_lost_at(&c, 300 * SECOND) == c.last_ns + 300 * SECOND);
}

/* Times before 1970 and at the ends of what an input may hold. */
static void the_ends_of_time(void **state)
{
    const int64_t last_ns = INT64_C(9223372035999999999);
    struct cadence c;
    (void)state;

    cadence_init(&c);
    speak(&c, -20 * SECOND, SECOND, 10);
    assert_true(cadence_lost_at(&c, 0) == -SECOND);
    cadence_init(&c);
    speak(&c, last_ns - 8 * SECOND, SECOND, 9);
    assert_true(cadence_lost_at(&c, 0) > last_ns);
    assert_true(cadence_lost_at(&c, 86400 * SECOND) > last_ns);
    cadence_init(&c);
    assert_true(cadence_take(&c, -last_ns));
    assert_true(cadence_take(&c, last_ns));
    speak(&c, last_ns + 1, 1, 8);
    assert_true(cadence_lost_at(&c, 0) > last_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_takes_nine_samples_to_know),
        cmocka_unit_test(fast_sources_get_ten_seconds),
        cmocka_unit_test(the_longest_step_counts_twice),
        cmocka_unit_test(an_outage_is_no_step_unless_it_comes_again),
        cmocka_unit_test(the_median_ignores_a_few_odd_steps),
        cmocka_unit_test(late_samples_are_not_taken),
        cmocka_unit_test(a_fixed_allowance_replaces_the_habit),
        cmocka_unit_test(the_ends_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
