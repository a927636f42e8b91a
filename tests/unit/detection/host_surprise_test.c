/* SPDX-License-Identifier: MIT
 * The top of a host, whatever the order in which it is built, and the two paths of a host's surprise. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "detection/host_surprise.h"

#define MINUTE INT64_C(60000000000)
#define DAY    1440

static struct host_top top_of(double first, double second)
{
    struct host_top top = {.step_s = 60};
    host_top_add(&top, &(struct series_level){.entity = 7, .level = first});
    host_top_add(&top, &(struct series_level){.entity = 3, .level = second});
    return top;
}

/* Ten series dealt out to one, two or three parts in any order: the same four, equal ones by entity. */
static void the_top_does_not_depend_on_the_parts(void **state)
{
    struct rng rng;
    (void)state;

    rng_seed(&rng, 11);
    for (int round = 0; round < 200; round++) {
        struct series_level all[10];
        struct host_top whole = {0}, parts[3] = {0}, joined = {0};
        parts[0].step_s = 60;
        parts[1].step_s = 10;
        for (uint32_t i = 0; i < 10; i++) {
            all[i] = (struct series_level){.entity = i, .level = floor(4 * rng_uniform(&rng))};
            host_top_add(&whole, &all[i]);
        }
        for (uint32_t i = 10; i > 0; i--)
            host_top_add(&parts[rng_next(&rng) % 3], &all[i - 1]);
        for (int i = 2; i >= 0; i--)
            host_top_join(&joined, &parts[i]);
        assert_int_equal(joined.count, HOST_TOP);
        assert_true(joined.step_s > 9 && joined.step_s < 11);
        for (uint32_t i = 0; i < HOST_TOP; i++) {
            assert_int_equal(joined.series[i].entity, whole.series[i].entity);
            if (i > 0)
                assert_true(whole.series[i - 1].level > whole.series[i].level ||
                            whole.series[i - 1].entity < whole.series[i].entity);
        }
    }
}

/* Levels of a host whose series are calibrated and independent: 30 of them, each an exponential variable an
 * hour at its maximum. A month of them, budget 1/10 a day; then what happens is added. */
struct month {
    struct host_surprise h;
    struct rng rng;
    int64_t now_ns;
    int alarms;
};

static void live_through(struct month *m, int minutes, double first, double second)
{
    for (int i = 0; i < minutes; i++, m->now_ns += MINUTE) {
        double one = -log(rng_uniform(&m->rng)) - log(60.0 / 30), two = one * rng_uniform(&m->rng);
        struct host_top top = top_of(first > one ? first
                                     : one > 0   ? one
                                                 : 0,
            second > two ? second
            : two > 0    ? two
                         : 0);
        host_surprise_take(&m->h, m->now_ns, &top);
        m->alarms += m->h.alarm;
    }
}

static void a_month(struct month *m)
{
    memset(m, 0, sizeof(*m));
    rng_seed(&m->rng, 5);
    host_surprise_init(&m->h, 0.1);
    live_through(m, 30 * DAY, 0, 0);
}

static void a_calm_month_keeps_the_promise(void **state)
{
    struct month m;
    (void)state;
    a_month(&m);
    /* Promised: three. */
    assert_in_range(m.alarms, 0, 6);
    assert_true(m.h.several.learned > 700);
}

/* Two series at a level that one alone reaches often enough: an alarm by both, not by one. */
static void two_at_once_are_an_alarm_where_one_is_none(void **state)
{
    struct month m;
    (void)state;

    a_month(&m);
    m.alarms = 0;
    live_through(&m, 1, 9, 0);
    assert_int_equal(m.alarms, 0);
    live_through(&m, 1, 9, 9);
    assert_int_equal(m.alarms, 1);
    assert_false(m.h.by_single);
    double alarm_level, level = host_surprise_level(&m.h, &alarm_level);
    /* Nine tenths of 1/10 a day, 24 blocks a day. */
    assert_true(fabs(alarm_level - log(24 / 0.09)) < 1e-4);
    assert_true(level >= alarm_level && level <= TAIL_LEVEL_CAP);
}

static void one_series_far_out_is_an_alarm_alone(void **state)
{
    struct month m;
    (void)state;

    a_month(&m);
    m.alarms = 0;
    live_through(&m, 1, 30, 0);
    assert_int_equal(m.alarms, 1);
    assert_true(m.h.by_single);
    double alarm_level;
    host_surprise_level(&m.h, &alarm_level);
    assert_true(fabs(alarm_level - log(24 / 0.01)) < 1e-4);
}

/* Series that come once a day have one block a day. */
static void the_budget_follows_the_cadence(void **state)
{
    struct host_surprise h;
    struct host_top top = top_of(0, 0);
    (void)state;

    host_surprise_init(&h, 0.1);
    top.step_s = 86400;
    host_surprise_take(&h, 0, &top);
    assert_true(fabs((double)h.several.alarm_level - log(1 / 0.09)) < 1e-4);
}

/* The largest level that there is stays a finite score. */
static void the_cap_is_taken(void **state)
{
    struct host_surprise h;
    struct host_top top = top_of(1e9, 1e9);
    double alarm_level;
    (void)state;

    host_surprise_init(&h, 0.1);
    for (int i = 0; i < 100 * 60; i++)
        host_surprise_take(&h, i * MINUTE, &top);
    assert_true(isfinite(host_surprise_level(&h, &alarm_level)));
    assert_true(isfinite((double)h.several.u0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_top_does_not_depend_on_the_parts),
        cmocka_unit_test(a_calm_month_keeps_the_promise),
        cmocka_unit_test(two_at_once_are_an_alarm_where_one_is_none),
        cmocka_unit_test(one_series_far_out_is_an_alarm_alone),
        cmocka_unit_test(the_budget_follows_the_cadence),
        cmocka_unit_test(the_cap_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
