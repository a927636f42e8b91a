/* SPDX-License-Identifier: MIT
 * Counters that wrap, fall, start anew and pause: named cases as a table, then random histories against
 * integers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/counter.h"
#include "base/rng.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define S             INT64_C(1000000000)
#define READINGS_MAX  6
#define UNSET         (-777.0)

/* The rules of the three kinds of counters that are met: ticks of /proc/stat (100 Hz), a 32-bit network
 * counter behind a 10 Gbit/s link, and a 64-bit counter. */
static const struct counter_rules ticks = {.back_tolerance = 300, .max_gap_ns = 60 * S};
static const struct counter_rules link_32 = {
    .wraps_at_32_bits = true, .max_rate_per_s = 1.25e9, .max_gap_ns = 60 * S};
static const struct counter_rules wide = {.max_gap_ns = 60 * S};
static const struct counter_rules lenient = {0};

struct reading {
    double t_s, value;
    enum counter_event event;
    double delta, dt_s; /* of RATE, BACK and WRAPPED */
};

static const struct {
    const char *name;
    const struct counter_rules *rules;
    struct reading readings[READINGS_MAX]; /* ended by a time of 0 */
} cases[] = {
    {"rises over the measured time", &wide,
        {{1, 100, COUNTER_FIRST}, {2, 150, COUNTER_RATE, 50, 1}, {4.5, 150, COUNTER_RATE, 0, 2.5},
            {4.75, 151, COUNTER_RATE, 1, 0.25}}},
    {"starts at zero", &wide,
        {{1, 0, COUNTER_FIRST}, {2, 0, COUNTER_RATE, 0, 1}, {3, 7, COUNTER_RATE, 7, 1}}},
    {"passes 2^32: 2^32-1 to 3", &link_32,
        {{1, 4294967295.0, COUNTER_FIRST}, {2, 3, COUNTER_WRAPPED, 4, 1}, {3, 10, COUNTER_RATE, 7, 1}}},
    {"passes 2^32 exactly", &link_32, {{1, 4294967295.0, COUNTER_FIRST}, {2, 0, COUNTER_WRAPPED, 1, 1}}},
    {"passes 2^32 twice, each time counted once", &link_32,
        {{1, 4294967000.0, COUNTER_FIRST}, {2, 500, COUNTER_WRAPPED, 796, 1},
            {3, 1200000000.0, COUNTER_RATE, 1199999500.0, 1},
            {5, 3600000000.0, COUNTER_RATE, 2400000000.0, 2}, {6, 5, COUNTER_WRAPPED, 694967301.0, 1}}},
    {"falls from below 3/4 of 2^32: a reset, not a wrap", &link_32,
        {{1, 3221225472.0, COUNTER_FIRST}, {2, 3, COUNTER_RESET}, {3, 5, COUNTER_RATE, 2, 1}}},
    {"falls from just above 3/4 at a rate that the link can do", &link_32,
        {{1, 3221225473.0, COUNTER_FIRST}, {2, 3, COUNTER_WRAPPED, 1073741826.0, 1}}},
    {"a wrap faster than the link is a reset", &link_32,
        {{1, 3400000000.0, COUNTER_FIRST}, {1.5, 3, COUNTER_RESET}}},
    {"a wrap over a gap is not believed", &link_32,
        {{1, 4294967295.0, COUNTER_FIRST}, {62, 3, COUNTER_GAP}, {63, 5, COUNTER_RATE, 2, 1}}},
    {"a counter beyond 2^32 does not wrap there", &link_32,
        {{1, 4294967296.0, COUNTER_FIRST}, {2, 3, COUNTER_RESET}}},
    {"restart of an interface: 3.8 Gbit/s that never were", &link_32,
        {{1, 475000000.0, COUNTER_FIRST}, {2, 0, COUNTER_RESET}, {3, 1000, COUNTER_RATE, 1000, 1}}},
    {"an interface that reads zero once", &wide,
        {{1, 5000, COUNTER_FIRST}, {2, 0, COUNTER_RESET}, {3, 5100, COUNTER_RATE, 5100, 1}}},
    {"iowait goes back by one tick", &ticks,
        {{1, 5000, COUNTER_FIRST}, {2, 4999, COUNTER_BACK, 0, 1}, {3, 5002, COUNTER_RATE, 2, 1}}},
    {"idle goes back by fifty ticks and stays", &ticks,
        {{1, 5000, COUNTER_FIRST}, {2, 4950, COUNTER_BACK, 0, 1}, {3, 4980, COUNTER_BACK, 0, 1},
            {4, 5010, COUNTER_RATE, 10, 1}}},
    {"a fall at the tolerance, and one beyond", &ticks,
        {{1, 5000, COUNTER_FIRST}, {2, 4700, COUNTER_BACK, 0, 1}, {3, 4699, COUNTER_RESET},
            {4, 4700, COUNTER_RATE, 1, 1}}},
    {"slides down slowly: small steps add up to a reset", &ticks,
        {{1, 5000, COUNTER_FIRST}, {2, 4800, COUNTER_BACK, 0, 1}, {3, 4600, COUNTER_RESET},
            {4, 4610, COUNTER_RATE, 10, 1}}},
    {"a processor is unplugged and comes back from zero", &ticks,
        {{1, 900000, COUNTER_FIRST}, {2, 0, COUNTER_RESET}, {3, 90, COUNTER_RATE, 90, 1}}},
    {"reboot", &wide, {{1, 1e12, COUNTER_FIRST}, {2, 12, COUNTER_RESET}, {3, 13, COUNTER_RATE, 1, 1}}},
    {"a 64-bit counter that falls has started anew", &wide,
        {{1, 18446744073709549568.0, COUNTER_FIRST}, {2, 3, COUNTER_RESET}}},
    {"a 64-bit counter near 2^53 is exact", &wide,
        {{1, 9007199254740990.0, COUNTER_FIRST}, {2, 9007199254740991.0, COUNTER_RATE, 1, 1}}},
    {"suspended for eight hours", &wide,
        {{1, 100, COUNTER_FIRST}, {28801, 200, COUNTER_GAP}, {28802, 201, COUNTER_RATE, 1, 1}}},
    {"a gap of exactly the limit is none", &wide,
        {{1, 100, COUNTER_FIRST}, {61, 200, COUNTER_RATE, 100, 60}}},
    {"without a limit there is no gap", &lenient,
        {{1, 100, COUNTER_FIRST}, {1e9, 200, COUNTER_RATE, 100, 999999999}}},
    {"a gap and a reset at once is a gap", &wide,
        {{1, 100, COUNTER_FIRST}, {100, 5, COUNTER_GAP}, {101, 6, COUNTER_RATE, 1, 1}}},
    {"time stands still or steps back: the reading is not taken", &wide,
        {{10, 100, COUNTER_FIRST}, {10, 150, COUNTER_GAP}, {9, 160, COUNTER_GAP},
            {11, 180, COUNTER_RATE, 80, 1}}},
    {"what cannot be a reading is not taken", &wide,
        {{1, 100, COUNTER_FIRST}, {2, (double)NAN, COUNTER_GAP}, {3, (double)INFINITY, COUNTER_GAP},
            {4, -1, COUNTER_GAP}, {5, 140, COUNTER_RATE, 40, 4}}},
    {"no rules, a fall of one", &lenient, {{1, 100, COUNTER_FIRST}, {2, 99, COUNTER_RESET}}},
    {"times before 1970", &wide, {{-5, 100, COUNTER_FIRST}, {-4, 101, COUNTER_RATE, 1, 1}}},
};

static void named_cases(void **state)
{
    (void)state;
    for (size_t c = 0; c < LENGTH(cases); c++) {
        struct counter counter = {0};
        for (size_t i = 0; i < READINGS_MAX && cases[c].readings[i].t_s != 0; i++) {
            const struct reading *r = &cases[c].readings[i];
            const bool rate =
                r->event == COUNTER_RATE || r->event == COUNTER_BACK || r->event == COUNTER_WRAPPED;
            double delta = UNSET, dt_s = UNSET;
            const enum counter_event event =
                counter_update(&counter, cases[c].rules, (int64_t)(r->t_s * 1e9), r->value, &delta, &dt_s);
            if (event != r->event || delta != (rate ? r->delta : UNSET) || dt_s != (rate ? r->dt_s : UNSET))
                fail_msg(
                    "%s: reading %zu: event %d, delta %g, dt %g", cases[c].name, i, (int)event, delta, dt_s);
        }
    }
}

/* No limit on gaps, the whole range of times: the difference does not fit a signed integer. */
static void longest_time(void **state)
{
    (void)state;
    struct counter c = {0};
    double delta = 0, dt_s = 0;
    assert_int_equal(counter_update(&c, &lenient, INT64_MIN, 1, &delta, &dt_s), COUNTER_FIRST);
    assert_int_equal(counter_update(&c, &lenient, INT64_MAX, 3, &delta, &dt_s), COUNTER_RATE);
    assert_true(delta == 2 && fabs(dt_s - 18446744073.709551615) < 1e-5);
    c = (struct counter){0};
    assert_int_equal(counter_update(&c, &wide, INT64_MIN, 1, &delta, &dt_s), COUNTER_FIRST);
    assert_int_equal(counter_update(&c, &wide, INT64_MAX, 3, &delta, &dt_s), COUNTER_GAP);
}

/* A true counter that never wraps, shown through 32 bits, with random steps below the link's speed: the
 * increments add up to it exactly, and every wrap is one. */
static void wraps_add_up(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 32);
    for (int history = 0; history < 200; history++) {
        struct counter c = {0};
        uint64_t truth = rng_next(&r) >> 32, sum = 0, start = truth, wraps = 0;
        int64_t t_ns = 0;
        double delta, dt_s;
        assert_int_equal(counter_update(&c, &link_32, t_ns, (double)truth, &delta, &dt_s), COUNTER_FIRST);
        for (int i = 0; i < 500; i++) {
            const int64_t step_ns = 1 + (int64_t)(rng_uniform(&r) * 0.8e9);
            const uint64_t most = (uint64_t)(1.25e9 * (double)step_ns / 1e9);
            const uint64_t increment = most > 1 ? rng_next(&r) % most : 0;
            const bool wraps_now = (truth & UINT32_MAX) + increment > UINT32_MAX;
            truth += increment;
            t_ns += step_ns;
            wraps += wraps_now;
            const enum counter_event event =
                counter_update(&c, &link_32, t_ns, (double)(truth & UINT32_MAX), &delta, &dt_s);
            assert_int_equal(event, wraps_now ? COUNTER_WRAPPED : COUNTER_RATE);
            assert_true(delta == (double)increment && dt_s == (double)step_ns / 1e9);
            sum += (uint64_t)delta;
        }
        assert_int_equal(sum, truth - start);
        assert_true(wraps > 0 || sum < UINT32_MAX);
    }
}

/* Any nonsense: increments are never negative or NaN, times are positive, and nothing is invented: what was
 * counted is never more than the true rises and the wraps. */
static void never_negative(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 64);
    const struct counter_rules *rules[] = {&ticks, &link_32, &wide, &lenient};
    for (int i = 0; i < 200000; i++) {
        struct counter c = {.value = (double)(rng_next(&r) >> rng_next(&r) % 64),
            .t_ns = (int64_t)rng_next(&r),
            .has_value = true};
        const struct counter before = c;
        const double value = (double)(rng_next(&r) >> rng_next(&r) % 64);
        const int64_t t_ns = (int64_t)((uint64_t)c.t_ns + (rng_next(&r) >> rng_next(&r) % 64));
        double delta = UNSET, dt_s = UNSET;
        const enum counter_event event = counter_update(&c, rules[i % 4], t_ns, value, &delta, &dt_s);
        if (event == COUNTER_RATE)
            assert_true(delta == value - before.value && delta >= 0 && dt_s > 0);
        else if (event == COUNTER_BACK)
            assert_true(delta == 0 && dt_s > 0 && value < before.value && c.value == before.value);
        else if (event == COUNTER_WRAPPED)
            assert_true(delta > 0 && delta < 1.25e9 * dt_s && value < before.value);
        else
            assert_true(delta == UNSET && dt_s == UNSET && event != COUNTER_FIRST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_cases),
        cmocka_unit_test(longest_time),
        cmocka_unit_test(wraps_add_up),
        cmocka_unit_test(never_negative),
    };
    return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}
