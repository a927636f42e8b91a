/* SPDX-License-Identifier: MIT
 * Contention: from the first quarter of a minute by fixed limits, later by the entity's own habit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "detection/contention.h"
#include "patient.h"

static struct contention_view feed(
    struct contention *c, int from_s, int to_s, enum contention_kind kind, double value)
{
    struct contention_view v = {0};
    for (int s = from_s; s < to_s; s++) {
        double now[CONTENTION_KINDS] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
        now[kind] = value;
        v = contention_step(c, START + s * SECOND, now, false);
    }
    return v;
}

static void it_speaks_after_a_quarter_of_a_minute(void **state)
{
    struct contention c;
    struct contention_view v;
    (void)state;

    contention_init(&c);
    v = feed(&c, 0, 15, CONTENTION_THROTTLED, 0.3);
    assert_false(v.active);
    v = feed(&c, 15, 16, CONTENTION_THROTTLED, 0.3);
    assert_true(v.active && v.kind == CONTENTION_THROTTLED && v.limit == 0.25 && isnan(v.expected));
    assert_true(v.since_ns == START);
    /* A break begins it anew. */
    v = feed(&c, 16, 17, CONTENTION_THROTTLED, 0.2);
    assert_false(v.active);
    v = feed(&c, 17, 32, CONTENTION_THROTTLED, 0.3);
    assert_false(v.active);
    contention_init(&c);
    assert_false(feed(&c, 0, 600, CONTENTION_THROTTLED, 0.24).active);
    assert_false(feed(&c, 600, 700, CONTENTION_MEMORY, 0.09).active);
    assert_true(feed(&c, 700, 720, CONTENTION_MEMORY, 0.11).active);
    assert_true(feed(&c, 720, 740, CONTENTION_REFAULTS, 600).active);
    double none[CONTENTION_KINDS] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    v = contention_step(&c, START + 740 * SECOND, none, false);
    assert_true(!v.active && isnan(v.value));
}

/* Half an hour at 0.4 is a habit: half as much again is contention, the habit itself is not. */
static void a_habit_takes_the_place_of_the_limit(void **state)
{
    struct contention c;
    struct contention_view v;
    (void)state;

    contention_init(&c);
    v = feed(&c, 0, 1800, CONTENTION_THROTTLED, 0.4);
    assert_true(v.active && isnan(v.expected));
    v = feed(&c, 1800, 1900, CONTENTION_THROTTLED, 0.4);
    assert_false(v.active);
    assert_true(fabs(v.expected - 0.4) < 1e-9 && fabs(v.limit - 0.6) < 1e-9);
    assert_true(feed(&c, 1900, 1920, CONTENTION_THROTTLED, 0.65).active);
    /* What is beyond the habit is not learned. */
    v = feed(&c, 1920, 6000, CONTENTION_THROTTLED, 0.65);
    assert_true(v.active && fabs(v.expected - 0.4) < 1e-9);
    /* Threads in line have been held against the process's own habit; here nothing is learned of them. */
    contention_init(&c);
    v = feed(&c, 0, 7200, CONTENTION_LOCK, 0.8);
    assert_true(v.active && v.limit == 0.5);
    /* A habit below the fixed limit leaves it where it is. */
    contention_init(&c);
    v = feed(&c, 0, 2000, CONTENTION_MEMORY, 0.001);
    assert_true(v.limit == 0.10);
}

/* The short mean crosses the limit later than the trouble begins. */
static void it_began_when_the_share_left_what_is_usual(void **state)
{
    struct contention c;
    struct contention_view v;
    (void)state;

    contention_init(&c);
    (void)feed(&c, 0, 60, CONTENTION_THROTTLED, 0);
    for (int s = 60; s < 90; s++)
        v = feed(&c, s, s + 1, CONTENTION_THROTTLED, 0.02 * (s - 60));
    assert_true(v.active && v.since_ns == START + 73 * SECOND);
    assert_true(v.onset_ns >= START + 60 * SECOND && v.onset_ns <= START + 63 * SECOND);
    /* A habit of 6 % of the time is nothing that begins. */
    contention_init(&c);
    (void)feed(&c, 0, 600, CONTENTION_THROTTLED, 0.06);
    v = feed(&c, 600, 616, CONTENTION_THROTTLED, 0.3);
    assert_true(v.active && v.onset_ns == START + 599 * SECOND);
    /* Of trouble from the first look on, no more is known. */
    contention_init(&c);
    v = feed(&c, 0, 60, CONTENTION_THROTTLED, 0.5);
    assert_true(v.active && v.onset_ns == START);
    contention_break(&c);
    v = feed(&c, 600, 620, CONTENTION_THROTTLED, 0.5);
    assert_true(v.active && v.onset_ns == START + 600 * SECOND);
}

/* An on-call engineer starts the sentinel after the trouble began. */
static void the_law_says_it_at_low_confidence_and_that_it_knows_no_habit(void **state)
{
    struct patient p;
    int s = 0;
    (void)state;

    patient_init(&p, &law_seizure);
    for (; s < 60 && !p.opens; s++) {
        int64_t t_ns = START + s * SECOND;
        patient_sample(&p, &p.group, METRIC_CPU_UTILIZATION, t_ns, 0.99);
        patient_sample(&p, &p.group, METRIC_CPU_THROTTLED, t_ns, 0.5 * s);
        patient_tick(&p, &p.group, t_ns);
    }
    assert_true(s >= 16 && s <= 18);
    assert_string_equal(p.opened.cause, "throttled");
    assert_int_equal(p.opened.confidence, CONFIDENCE_LOW);
    assert_true(fabs(p.opened.reading.value - 50) < 1e-6 && p.opened.reading.hi == 25);
    assert_string_equal(p.opened.reading.unit, "%");
    assert_non_null(strstr(p.opened.text, "CPU is withheld 50 % of the time; no habit is known yet"));
    patient_done(&p);
}

/* Pages read again are thrash where somebody waits for memory; a reader of a large file does not. */
static void refaults_without_waiting_are_no_thrash(void **state)
{
    (void)state;
    for (int waits = 0; waits < 2; waits++) {
        struct patient p;
        patient_init(&p, &law_seizure);
        for (int s = 0; s < 120; s++) {
            int64_t t_ns = START + s * SECOND;
            patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, t_ns, 0.2);
            patient_sample(&p, &p.host, METRIC_REFAULTS, t_ns, 13000.0 * s);
            patient_sample(&p, &p.host, METRIC_MEMORY_PRESSURE, t_ns, (waits ? 0.03 : 0.001) * s);
            patient_tick(&p, &p.host, t_ns);
        }
        assert_int_equal(p.opens, waits);
        if (waits) {
            assert_string_equal(p.opened.cause, "reclaim_thrash");
            assert_string_equal(p.opened.reading.unit, "{page}/s");
        }
        patient_done(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_speaks_after_a_quarter_of_a_minute),
        cmocka_unit_test(a_habit_takes_the_place_of_the_limit),
        cmocka_unit_test(it_began_when_the_share_left_what_is_usual),
        cmocka_unit_test(the_law_says_it_at_low_confidence_and_that_it_knows_no_habit),
        cmocka_unit_test(refaults_without_waiting_are_no_thrash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
