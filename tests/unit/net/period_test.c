/* SPDX-License-Identifier: MIT
 * When a period is due, over slews, steps, suspends and late visits. Each script is a machine's life: what
 * the clocks did, and what the timer must say. The expected values are worked out by hand from the boundaries
 * (whole multiples of the period in real time). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "net/period.h"

#define MS(x) ((int64_t)(x)*1000000)
#define S(x)  ((int64_t)(x)*1000000000)

/* 2026-11-22 00:00:00 UTC and 1000 s of uptime. */
#define REAL_0 S(1795305600)
#define MONO_0 S(1000)

/* One visit: the machine's clocks in ms since the start, and what must come out. */
struct visit {
    int64_t mono_ms;  /* monotonic time since the start */
    int64_t shift_ms; /* how far real time has moved against boot time since the start */
    int64_t slept_ms; /* time suspended since the start */
    int64_t due_ms;   /* expected: boundary in real time since REAL_0; NOT_DUE = the timer is not due (and is
                         realigned) */
    uint64_t missed;
    bool stepped, suspended;
    int64_t next_ms; /* expected: when it wakes next, in monotonic ms since the start */
};

#define NOT_DUE INT64_MIN
#define VISITS  8

static const struct script {
    const char *name;
    int64_t start_ms; /* real time at the start, since REAL_0 */
    int64_t period_ms;
    struct visit visits[VISITS]; /* until next_ms == 0 */
} scripts[] = {
    {"on time, once a second, started in the middle", 250, 1000,
        {
            {750, 0, 0, 1000, 0, false, false, 1750}, {1750, 0, 0, 2000, 0, false, false, 2750},
            {2751, 0, 0, 3000, 0, false, false, 3750}, /* 1 ms late: does not drift */
        }},
    {"started exactly on a boundary: the next one", 0, 1000, {{1000, 0, 0, 1000, 0, false, false, 2000}}},
    {"asked too early", 250, 1000,
        {
            {749, 0, 0, NOT_DUE, 0, false, false, 750},
            {750, 0, 0, 1000, 0, false, false, 1750},
        }},
    {"ten times a second", 250, 100,
        {
            {50, 0, 0, 300, 0, false, false, 150},
            {150, 0, 0, 400, 0, false, false, 250},
        }},
    {"late by less than a period: nothing is missed", 0, 1000, {{1999, 0, 0, 1000, 0, false, false, 2000}}},
    {"stopped for 10 s: one call, the rest counted", 0, 1000,
        {
            {1000, 0, 0, 1000, 0, false, false, 2000},
            {12300, 0, 0, 12000, 10, false, false, 13000},
            {13000, 0, 0, 13000, 0, false, false, 14000},
        }},
    {"slewed by 4 ms: stays as it is", 0, 1000,
        {
            {1000, 4, 0, 1000, 0, false, false, 2000},
            {2000, -4, 0, 2000, 0, false, false, 3000},
        }},
    {"slewed ahead by 6 ms: aligned anew, nothing skipped", 0, 1000,
        {
            {1000, 6, 0, 1000, 0, false, false, 1994},
            {1994, 6, 0, 2000, 0, false, false, 2994},
        }},
    {"slewed back by 6 ms: taken early once, then aligned", 0, 1000,
        {
            {1000, -6, 0, 1000, 0, false, false, 2006},
            {2006, -6, 0, 2000, 0, false, false, 3006},
        }},
    {"slewed at 500 ppm for a long time (the leap second's way too)", 0, 1000,
        {
            {1000, 1, 0, 1000, 0, false, false, 2000},
            {2000, 2, 0, 2000, 0, false, false, 3000},
            {3000, 3, 0, 3000, 0, false, false, 4000},
            {4000, 4, 0, 4000, 0, false, false, 5000},
            {5000, 6, 0, 5000, 0, false, false, 5994},
        }},
    {"set forward by a year", 0, 1000,
        {
            {1000, 0, 0, 1000, 0, false, false, 2000},
            {2000, 31536000300, 0, 31536002000, 0, true, false, 2700},
            {2700, 31536000300, 0, 31536003000, 0, false, false, 3700},
        }},
    {"set back by a year", 0, 1000,
        {
            {1000, 0, 0, 1000, 0, false, false, 2000},
            {2000, -31536000300, 0, -31535999000, 0, true, false, 2300}, /* real time is -31535998.3 s */
            {2300, -31536000300, 0, -31535998000, 0, false, false, 3300},
        }},
    {"set back by 0.4 s: not a step, no boundary twice", 0, 100,
        {
            {100, 0, 0, 100, 0, false, false, 200},
            {200, -400, 0, 200, 0, false, false, 700}, /* waits until real time has passed it again */
            {700, -400, 0, 300, 0, false, false, 800},
        }},
    {"set back by 0.4 s behind a boundary that was taken: not that one again", 0, 1000,
        {
            {1000, 0, 0, 1000, 0, false, false, 2000},
            {1100, -400, 0, NOT_DUE, 0, false, false, 2400}, /* real 0.7 */
            {2400, -400, 0, 2000, 0, false, false, 3400},
        }},
    {"set forward by 0.3 s: boundaries that were jumped over are missed", 0, 100,
        {
            {100, 0, 0, 100, 0, false, false, 200},
            {200, 300, 0, 500, 3, false, false, 300},
        }},
    {"leap second repeated: a step back of 1 s", 0, 1000,
        {
            {1000, 0, 0, 1000, 0, false, false, 2000},
            {2000, -1000, 0, 1000, 0, true, false, 3000},
            {3000, -1000, 0, 2000, 0, false, false, 4000},
        }},
    {"asleep for 8 h: a suspend, not a step, and nothing is missed", 0, 1000,
        {
            {1000, 0, 0, 1000, 0, false, false, 2000},
            {2000, 0, 28800400, 28802000, 0, false, true, 2600},
            {2600, 0, 28800400, 28803000, 0, false, false, 3600},
        }},
    {"asleep, and set right afterwards", 0, 1000,
        {
            {1000, 0, 0, 1000, 0, false, false, 2000},
            {2000, 7000, 60000, 69000, 0, true, true, 3000},
        }},
    {"stopped for 5 s and set forward meanwhile: only the stop is counted", 0, 1000,
        {
            {1000, 0, 0, 1000, 0, false, false, 2000},
            {7000, 3600000, 0, 3607000, 5, true, false, 8000},
        }},
    {"seen stepped before it is due: aligned at once, told when taken", 0, 1000,
        {
            {500, 10300, 0, NOT_DUE, 0, false, false, 700}, /* real 10.8 */
            {700, 10300, 0, 11000, 0, true, false, 1700},
            {1700, 10300, 0, 12000, 0, false, false, 2700},
        }},
    {"stepped there and back before it is due: as if nothing had been", 0, 1000,
        {
            {300, -10000, 0, NOT_DUE, 0, false, false, 1000},
            {600, 0, 0, NOT_DUE, 0, false, false, 1000},
            {1000, 0, 0, 1000, 0, false, false, 2000},
        }},
    {"set back again and again: called all the same", 0, 1000,
        {
            {1000, 0, 0, 1000, 0, false, false, 2000},
            {1900, -900, 0, NOT_DUE, 0, false, false, 2900},
            {2800, -1800, 0, NOT_DUE, 0, false, false,
                3500}, /* two and a half periods after the last visit */
            {3500, -2000, 0, 1000, 0, true, false, 4000},
        }},
};

static struct clock_reading clocks(const struct script *s, const struct visit *v)
{
    return (struct clock_reading){
        .mono_ns = MONO_0 + MS(v->mono_ms),
        .boot_ns = MONO_0 + MS(v->mono_ms + v->slept_ms),
        .real_ns = REAL_0 + MS(s->start_ms + v->mono_ms + v->slept_ms + v->shift_ms),
    };
}

static void follow(const struct script *s)
{
    const struct visit start = {0};
    struct clock_reading now = clocks(s, &start);
    struct period p;

    assert_int_equal(period_start(&p, MS(s->period_ms), &now), 0);
    for (const struct visit *v = s->visits; v < s->visits + VISITS && v->next_ms != 0; v++) {
        struct period_visit got = {0};
        bool due;

        now = clocks(s, v);
        due = period_is_due(&p, &now);
        if (due)
            period_take(&p, &now, &got);
        else
            period_realign(&p, &now);
        if (due != (v->due_ms != NOT_DUE) ||
            (due && (got.due_real_ns != REAL_0 + MS(v->due_ms) || got.missed != v->missed ||
                        got.clock_stepped != v->stepped || got.suspended != v->suspended)) ||
            p.due_mono_ns != MONO_0 + MS(v->next_ms))
            fail_msg(
                "%s, visit %d: %s, boundary %lld ms, missed %llu, stepped %d, suspended %d, next at %lld ms",
                s->name, (int)(v - s->visits), due ? "due" : "not due",
                (long long)((got.due_real_ns - REAL_0) / MS(1)), (unsigned long long)got.missed,
                got.clock_stepped, got.suspended, (long long)((p.due_mono_ns - MONO_0) / MS(1)));
    }
}

static void test_scripts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        follow(&scripts[i]);
}

static void test_bounds_of_the_period(void **state)
{
    const struct clock_reading now = {REAL_0, MONO_0, MONO_0};
    struct period p;

    (void)state;
    memset(&p, 0x5a, sizeof(p));
    assert_int_equal(period_start(&p, PERIOD_MIN_NS - 1, &now), -EINVAL);
    assert_int_equal(period_start(&p, 0, &now), -EINVAL);
    assert_int_equal(period_start(&p, -MS(1000), &now), -EINVAL);
    assert_int_equal(period_start(&p, PERIOD_MAX_NS + 1, &now), -EINVAL);
    assert_int_equal(p.period_ns, 0x5a5a5a5a5a5a5a5a);
    assert_int_equal(period_start(&p, PERIOD_MIN_NS, &now), 0);
    assert_int_equal(period_start(&p, PERIOD_MAX_NS, &now), 0);
    assert_int_equal(p.due_real_ns, REAL_0 + S(24 * 3600)); /* midnight to midnight */
}

static void test_before_1970(void **state)
{
    const struct clock_reading now = {-MS(250), MONO_0, MONO_0};
    struct period p;

    (void)state;
    assert_int_equal(period_start(&p, MS(1000), &now), 0);
    assert_int_equal(p.due_real_ns, 0);
    assert_int_equal(p.due_mono_ns, MONO_0 + MS(250));
}

/* A linear congruential generator (Knuth's MMIX constants): the same life on every machine. */
static int64_t chance(uint64_t *seed, int64_t range)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((*seed >> 33) % (uint64_t)range);
}

/* Whatever the clocks do: a boundary is a multiple of the period, they go up unless a step is told, real time
 * is near, and no more than two periods and half a second pass between visits. */
static void test_promises_hold_on_any_clock(void **state)
{
    uint64_t seed = 20261122;

    (void)state;
    for (int life = 0; life < 300; life++) {
        struct clock_reading now = {REAL_0 + chance(&seed, S(10)), MONO_0, MONO_0};
        int64_t period_ns = chance(&seed, 2) ? MS(100) : S(1);
        int64_t last_due = INT64_MIN, last_mono = MONO_0;
        struct period p;

        assert_int_equal(period_start(&p, period_ns, &now), 0);
        for (int i = 0; i < 500; i++) {
            int64_t passed = chance(&seed, 4) ? chance(&seed, MS(60)) : chance(&seed, S(3));
            int64_t shift = chance(&seed, 10) ? chance(&seed, MS(2)) - MS(1) : chance(&seed, S(4)) - S(2);
            struct period_visit v;

            now.mono_ns += passed;
            now.boot_ns += passed + (chance(&seed, 50) ? 0 : chance(&seed, S(100)));
            now.real_ns = REAL_0 + (now.boot_ns - MONO_0) + shift;
            if (!period_is_due(&p, &now)) {
                period_realign(&p, &now);
                assert_true(p.due_mono_ns <= last_mono + 2 * period_ns + PERIOD_STEP_NS);
                continue;
            }
            period_take(&p, &now, &v);
            assert_int_equal(v.due_real_ns % period_ns, 0);
            assert_true(v.clock_stepped || v.due_real_ns > last_due);
            assert_true(now.real_ns >= v.due_real_ns - PERIOD_STEP_NS);
            assert_true(now.real_ns < v.due_real_ns + period_ns + PERIOD_DRIFT_NS);
            assert_true(p.due_mono_ns > now.mono_ns);
            assert_true(v.missed < 100000);
            last_due = v.due_real_ns;
            last_mono = now.mono_ns;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_bounds_of_the_period),
        cmocka_unit_test(test_before_1970),
        cmocka_unit_test(test_promises_hold_on_any_clock),
    };

    return cmocka_run_group_tests_name("period", tests, NULL, NULL);
}
