/* SPDX-License-Identifier: MIT
 * Keys, typed times and what was found of them. Expected times were worked out with date(1). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "output/tui/visit.h"

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
/* date -ud '2026-11-22 03:10:22' +%s */
#define NOW (INT64_C(1795317022) * SECOND)

static struct visit visit;

static int setup(void **state)
{
    (void)state;
    visit_init(&visit);
    return 0;
}

static int64_t parse(const char *typed)
{
    int64_t t_ns = -1;
    const int r = visit_parse_time(typed, strlen(typed), NOW, &t_ns);

    if (r)
        assert_int_equal(t_ns, -1); /* untouched */
    return r ? r : (t_ns - NOW) / SECOND;
}

static void test_times_are_read_as_they_are_typed(void **state)
{
    (void)state;
    assert_int_equal(parse("03:02"), -502);
    assert_int_equal(parse("3:02"), -502);
    assert_int_equal(parse("03:02:15"), -487);
    assert_int_equal(parse("03:10:22"), 0);
    assert_int_equal(parse("23:59"), -3 * 3600 - 10 * 60 - 22 - 60); /* yesterday */
    assert_int_equal(parse("03:10:23"), 1 - 86400);
    assert_int_equal(parse("10m"), -600);
    assert_int_equal(parse("90s"), -90);
    assert_int_equal(parse("2026-11-21 03:02"), -502 - 86400);
    assert_int_equal(parse("2026-11-21 03:02:15"), -487 - 86400);
    assert_int_equal(parse("2026-11-21T03:02:15Z"), -487 - 86400);
    assert_int_equal(parse("2026-11-22T04:02:15+01:00"), -487);
    assert_int_equal(parse("1795316535"), -487);
}

static void test_what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const typed[] = {"", ":", "3", "3:", "3:2", "24:00", "03:60", "03:02:60", "03:02:1",
        "03:02:15:1", "yesterday", "2026-11-21", "2026-11-21 ", "2026-13-01 03:02", "-03:02", "03.02", "10",
        " 03:02", "03:02:15.5", "99999999999999999999",
        "0000000000000000000000000000000000000000000000000000000000000003:02"};

    for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
        if (parse(typed[i]) != -EINVAL)
            fail_msg("'%s' was taken", typed[i]);
    assert_int_equal(parse("2026-11-22 03:10:23"), -ERANGE);
    assert_int_equal(parse("2099-01-01T00:00:00Z"), -ERANGE);
}

static enum visit_answer wish(enum visit_wish_kind kind, int64_t amount)
{
    if (!visit.shown_ns)
        visit.shown_ns = NOW;
    return visit_wish(&visit, &(struct visit_wish){kind, amount}, NULL, NOW, SECOND);
}

/* Sets out, and gets there. */
static void stand_at(int64_t t_ns)
{
    assert_int_equal(wish(VISIT_MOMENT, t_ns), VISIT_GOES);
    visit.away = visit.on_the_way = true;
    assert_int_equal(visit_arrive(&visit, t_ns, t_ns - 5 * MINUTE, false, "bound"), VISIT_STAYS);
    assert_string_equal(visit.message, "");
    assert_int_equal(visit.at_ns, t_ns);
}

static void test_steps_go_from_now_and_from_where_one_stands(void **state)
{
    (void)state;
    assert_int_equal(wish(VISIT_STEPS, 1), VISIT_STAYS); /* ahead of now there is nothing */
    assert_true(strstr(visit.message, "this is now") != NULL);
    assert_int_equal(wish(VISIT_STEPS, -1), VISIT_GOES);
    assert_int_equal(visit.wanted_ns, NOW - SECOND);
    assert_int_equal(visit.left_ns, NOW);
    visit.shown_ns = NOW - 30 * SECOND; /* it was held still */
    assert_int_equal(wish(VISIT_STEPS, -1), VISIT_GOES);
    assert_int_equal(visit.wanted_ns, NOW - 31 * SECOND);
    assert_int_equal(wish(VISIT_STEPS, 1), VISIT_GOES);
    assert_int_equal(visit.wanted_ns, NOW - 29 * SECOND);
    visit.shown_ns = NOW;
    stand_at(NOW - 10 * MINUTE);
    assert_int_equal(wish(VISIT_SPAN, -MINUTE), VISIT_GOES);
    assert_int_equal(visit.wanted_ns, NOW - 11 * MINUTE);
    assert_int_equal(visit.before_ns, NOW - 10 * MINUTE);
    visit.on_the_way = true; /* pressed again before it is there: they add up */
    assert_int_equal(wish(VISIT_SPAN, -MINUTE), VISIT_GOES);
    assert_int_equal(visit.wanted_ns, NOW - 12 * MINUTE);
    stand_at(NOW - 10 * MINUTE);
    assert_int_equal(wish(VISIT_STEPS, 1), VISIT_GOES);
    assert_int_equal(visit.wanted_ns, NOW - 10 * MINUTE + SECOND);
    assert_int_equal(visit.before_ns, INT64_MAX);
    assert_int_equal(wish(VISIT_SPAN, 10 * MINUTE), VISIT_RETURNS);
    assert_int_equal(wish(VISIT_NOW, 0), VISIT_RETURNS);
    assert_int_equal(
        visit_wish(&visit, &(struct visit_wish){VISIT_TYPED, 0}, "4:00:00x", NOW, SECOND), VISIT_STAYS);
    assert_true(strstr(visit.message, "no time") != NULL);
    assert_int_equal(visit_wish(&visit, &(struct visit_wish){VISIT_TYPED, 0}, "", NOW, SECOND), VISIT_STAYS);
    assert_string_equal(visit.message, "");
}

static void arrive(int64_t at_ns, int64_t from_ns, bool is_last, const char *message)
{
    visit.on_the_way = true;
    assert_int_equal(visit_arrive(&visit, at_ns, from_ns, is_last, "because of the disk"), VISIT_STAYS);
    assert_string_equal(visit.message, message);
}

static void test_what_was_found_is_said_where_it_is_not_what_was_wanted(void **state)
{
    (void)state;
    const int64_t at_ns = NOW - 10 * MINUTE, begin_ns = NOW - 20 * MINUTE;

    stand_at(at_ns);
    assert_int_equal(wish(VISIT_MOMENT, NOW - 60 * MINUTE), VISIT_GOES);
    arrive(begin_ns, begin_ns, false, "nothing earlier: because of the disk");
    assert_int_equal(wish(VISIT_STEPS, -1), VISIT_GOES);
    arrive(begin_ns, begin_ns, false, "nothing earlier: because of the disk");
    assert_int_equal(wish(VISIT_MOMENT, at_ns), VISIT_GOES);
    arrive(
        at_ns + MINUTE, begin_ns, false, "nothing was judged at 03:00:22; this is the next moment that was");
    assert_int_equal(wish(VISIT_STEPS, -1), VISIT_GOES);
    arrive(at_ns - MINUTE, begin_ns, false, "nothing was judged from here to 03:01:22");
    assert_int_equal(wish(VISIT_MOMENT, NOW - SECOND), VISIT_GOES);
    arrive(NOW - 4 * SECOND, begin_ns, true, "the latest that is recorded; ] leads back to now");
    /* A step ahead from there finds nothing: that is now. */
    assert_int_equal(wish(VISIT_STEPS, 1), VISIT_GOES);
    visit.on_the_way = true;
    assert_int_equal(visit_arrive(&visit, NOW - 4 * SECOND, begin_ns, true, ""), VISIT_RETURNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_times_are_read_as_they_are_typed, setup),
        cmocka_unit_test_setup(test_what_is_no_time_is_refused, setup),
        cmocka_unit_test_setup(test_steps_go_from_now_and_from_where_one_stands, setup),
        cmocka_unit_test_setup(test_what_was_found_is_said_where_it_is_not_what_was_wanted, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
