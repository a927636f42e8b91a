/* SPDX-License-Identifier: MIT
 * When a sentinel has been away: a suspend, a stop and a clock that was set ahead, but no slow second. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/absence.h"

#define S INT64_C(1000000000)

static const struct loop_instant awake;

static bool ends(
    struct absence *a, const struct loop_instant *now, int64_t t_ns, int64_t period_ns, const char *expected)
{
    char line[160];
    int64_t before_ns = -1;
    struct text why;

    text_init(&why, line, sizeof(line));
    const int64_t heard_ns = a->heard_ns;
    if (!absence_ends(a, now, t_ns, period_ns, &before_ns, &why))
        return false;
    assert_int_equal(before_ns, heard_ns);
    assert_string_equal(line, expected);
    return true;
}

static void who_looks_in_time_was_not_away(void **state)
{
    struct absence a = {.heard_ns = INT64_MIN};

    (void)state;
    assert_false(ends(&a, &awake, 1000 * S, S, ""));
    for (int64_t t = 1001; t < 1010; t++)
        assert_false(ends(&a, &awake, t * S, S, ""));
    assert_false(ends(&a, &awake, 1014 * S - 1, S, "")); /* late by almost five seconds */
    /* Its own period is no absence, however long; three are. */
    assert_false(ends(&a, &awake, 1074 * S, 60 * S, ""));
    assert_false(ends(&a, &awake, 1253 * S, 60 * S, ""));
    assert_true(ends(&a, &awake, 1433 * S, 60 * S,
        "this process did not get to run: 3 min were not seen, and are not judged"));
}

static void it_is_told_once_and_why(void **state)
{
    const struct loop_instant slept = {.suspended = true}, set = {.clock_stepped = true},
                              both = {.suspended = true, .clock_stepped = true};
    struct absence a = {.heard_ns = 1000 * S};

    (void)state;
    assert_true(
        ends(&a, &slept, 29800 * S, S, "this host was suspended: 8 h were not seen, and are not judged"));
    assert_false(ends(&a, &slept, 29800 * S, S, "")); /* the other timer is told of it, too */
    assert_true(ends(
        &a, &set, 29900 * S, S, "the clock was set ahead: 1 min 40 s were not seen, and are not judged"));
    assert_true(
        ends(&a, &both, 29905 * S, S, "this host was suspended: 5 s were not seen, and are not judged"));
    assert_false(ends(&a, &set, 29906 * S, S, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_looks_in_time_was_not_away),
        cmocka_unit_test(it_is_told_once_and_why),
    };
    return cmocka_run_group_tests_name("absence", tests, NULL, NULL);
}
