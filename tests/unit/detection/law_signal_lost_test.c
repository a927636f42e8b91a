/* SPDX-License-Identifier: MIT
 * Signal lost: whose silence is said, when, and in what words. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "patient.h"

static void speak(struct patient *p, int from_s, int to_s)
{
    for (int s = from_s; s < to_s; s++) {
        patient_sample(p, &p->host, METRIC_CPU_UTILIZATION, START + s * SECOND, 0.5);
        patient_tick(p, &p->host, START + s * SECOND);
    }
}

static void a_silent_host_is_said_and_its_return_too(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_signal_lost);
    speak(&p, 0, 30);
    assert_true(p.opens == 0 && p.opinion.reading.state == LAW_OK);
    for (int s = 30; s < 39; s++)
        patient_tick(&p, &p.host, START + s * SECOND);
    assert_int_equal(p.opens, 0);
    patient_tick(&p, &p.host, START + 39 * SECOND);
    assert_int_equal(p.opens, 1);
    assert_true(p.opened.onset_ns == START + 29 * SECOND);
    assert_string_equal(p.opened.cause, "silence");
    assert_int_equal(p.opened.confidence, CONFIDENCE_HIGH);
    assert_string_equal(p.opened.text,
        "nothing heard of h for 10 s; it usually speaks every 1 s; no verdict is given meanwhile");
    assert_true(patient_evidence(&p.opened, "signal.age_s") == 10);
    assert_true(p.opened.reading.hi == 10);
    assert_string_equal(p.opened.reading.unit, "s");
    /* It stays for as long as the silence lasts, and ends with the first word. */
    for (int s = 40; s < 3000; s += 10)
        patient_tick(&p, &p.host, START + s * SECOND);
    assert_true(p.opens == 1 && p.closes == 0);
    speak(&p, 3000, 3001);
    assert_int_equal(p.closes, 1);
    patient_done(&p);
}

/* Before the cadence is known there is nothing to be late for; a fixed limit needs no cadence. */
static void nothing_is_lost_before_there_is_a_habit(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_signal_lost);
    speak(&p, 0, 8);
    patient_tick(&p, &p.host, START + 100000 * SECOND);
    assert_true(p.opens == 0 && p.opinion.reading.state == LAW_WARMUP);
    p.settings.stale_after_ns = 5 * SECOND;
    patient_tick(&p, &p.host, START + 100000 * SECOND);
    assert_int_equal(p.opens, 1);
    /* A habit that is not known is absent, not 0. */
    assert_true(isnan(p.opened.reading.expected));
    assert_string_equal(p.opened.text, "nothing heard of h for 99993 s; no verdict is given meanwhile");
    patient_done(&p);
}

/* A series that goes quiet while its host speaks is said; a silent host says it for all its series. */
static void series_speak_for_themselves_while_the_host_does(void **state)
{
    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        struct patient p;
        patient_init(&p, &law_signal_lost);
        for (int s = 0; s < 30; s++) {
            patient_series_sample(&p, &p.group, START + s * SECOND, s);
            patient_tick(&p, &p.group, START + s * SECOND);
        }
        p.share.silent = silent;
        for (int s = 30; s < 60; s++)
            patient_tick(&p, &p.group, START + s * SECOND);
        assert_int_equal(p.opens, !silent);
        if (!silent)
            assert_true(p.opened.strength < 0.2);
        patient_done(&p);
    }
}

static void cgroups_come_and_go_without_a_word(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_signal_lost);
    assert_false(law_signal_lost.applies(&p.group));
    assert_true(law_signal_lost.applies(&p.host));
    p.group.kind = ENTITY_SERVICE;
    assert_true(law_signal_lost.applies(&p.group));
    patient_done(&p);
}

static void idle_until_it_is_late(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_signal_lost);
    speak(&p, 0, 30);
    assert_true(law_signal_lost.idle(&p.host, &p.settings, START + 39 * SECOND - 1));
    assert_false(law_signal_lost.idle(&p.host, &p.settings, START + 39 * SECOND));
    patient_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_host_is_said_and_its_return_too),
        cmocka_unit_test(nothing_is_lost_before_there_is_a_habit),
        cmocka_unit_test(series_speak_for_themselves_while_the_host_does),
        cmocka_unit_test(cgroups_come_and_go_without_a_word),
        cmocka_unit_test(idle_until_it_is_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
