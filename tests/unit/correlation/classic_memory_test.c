/* SPDX-License-Identifier: MIT
 * The original's two memories by hand: the last ten reports, and anomalies that join. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "correlation/classic_memory.h"
#include "scene.h"

/* Letters: W warm-up, S stable, T stale, and unstable by C(ompute), R(esource), I(ntent). What the memory
 * said of the last one. */
static int after(const char *reports)
{
    struct classic_reports r = {0};
    int said = -1;
    for (const char *c = reports; *c; c++) {
        enum veto_type veto = *c == 'C'   ? VETO_COMPUTE
                              : *c == 'R' ? VETO_RESOURCE
                              : *c == 'I' ? VETO_INTENT
                                          : VETO_NONE;
        said = classic_reports_take(&r,
            veto        ? HOST_UNSTABLE
            : *c == 'W' ? HOST_WARMUP
            : *c == 'T' ? HOST_STALE
                        : HOST_STABLE,
            veto);
    }
    return said;
}

static void three_changes_of_ten_reports_are_flapping(void **state)
{
    (void)state;
    assert_int_equal(after("SCS"), -1);
    assert_int_equal(after("SCSC"), INCIDENT_FLAPPING);
    assert_int_equal(after("SSSSCCCSSC"), INCIDENT_FLAPPING);
    /* The ring forgets: the first change lies eleven reports back. */
    assert_int_equal(after("SCCCCCCCSC"), INCIDENT_FLAPPING);
    assert_int_equal(after("SCCCCCCCCSC"), -1);
    assert_int_equal(after("TSTS"), INCIDENT_FLAPPING);
    assert_int_equal(after("CCCC"), -1);
}

/* Changes into warm-up are none; out of it they are. */
static void warm_up_is_no_change(void **state)
{
    (void)state;
    assert_int_equal(after("WWWSC"), -1);
    assert_int_equal(after("WSCS"), INCIDENT_FLAPPING);
    assert_int_equal(after("SWSW"), -1);
    assert_int_equal(after("SWSWSWS"), INCIDENT_FLAPPING);
}

static void two_kinds_of_veto_are_a_cascade(void **state)
{
    (void)state;
    assert_int_equal(after("CR"), -1); /* three reports first */
    assert_int_equal(after("CRR"), INCIDENT_CASCADING);
    assert_int_equal(after("SCCCRR"), INCIDENT_CASCADING);
    assert_int_equal(after("CCCSSS"), -1);
    /* Flapping is said before a cascade. */
    assert_int_equal(after("CSRS"), INCIDENT_FLAPPING);
    /* Ten reports later the first veto is forgotten. */
    assert_int_equal(after("CRRRRRRRRR"), INCIDENT_CASCADING);
    assert_int_equal(after("CRRRRRRRRRR"), -1);
}

static void anomalies_join_within_the_window(void **state)
{
    struct classic_joiner j = {0};
    (void)state;

    assert_false(classic_joiner_reaches(&j, 0, 300 * SECOND));
    classic_joiner_take(&j, START, ANOMALY_VARIANCE, 3);
    assert_true(classic_joiner_reaches(&j, START + 300 * SECOND, 300 * SECOND));
    assert_false(classic_joiner_reaches(&j, START + 300 * SECOND + 1, 300 * SECOND));
    classic_joiner_take(&j, START + 200 * SECOND, ANOMALY_VARIANCE, 3);
    assert_true(classic_joiner_reaches(&j, START + 500 * SECOND, 300 * SECOND));
    assert_true(j.start_ns == START && j.last_ns == START + 200 * SECOND && j.anomalies == 2);
}

/* Telemetry that comes late (a stream's rows in order of arrival) widens the incident; it never ends before
 * it began. */
static void a_late_anomaly_does_not_turn_time_back(void **state)
{
    struct classic_joiner j = {0};
    (void)state;

    classic_joiner_take(&j, START + 400 * SECOND, ANOMALY_VARIANCE, 3);
    classic_joiner_take(&j, START, ANOMALY_VARIANCE, 3);
    assert_true(j.start_ns == START && j.last_ns == START + 400 * SECOND);
    assert_true(classic_joiner_reaches(&j, START + 600 * SECOND, 300 * SECOND));
}

static void an_incident_needs_two_anomalies(void **state)
{
    struct classic_joiner j = {0};
    struct incident i;
    struct scene s;
    (void)state;

    scene_init(&s);
    assert_false(classic_joiner_incident(&j, s.names, s.a, &i));
    classic_joiner_take(&j, START, ANOMALY_VARIANCE, 2.5);
    assert_false(classic_joiner_incident(&j, s.names, s.a, &i));
    classic_joiner_take(&j, START + SECOND, ANOMALY_VARIANCE, -5.5);
    assert_true(classic_joiner_incident(&j, s.names, s.a, &i));
    assert_true(fabs(i.risk - 0.4) < 1e-15); /* mean |score| 4, over ten */
    assert_true(i.start_ns == START && i.end_ns == START + SECOND && i.host == s.a);
    assert_int_equal(i.kind, INCIDENT_SINGLE);
    assert_int_equal(i.severity, SEVERITY_WARNING);
    assert_string_equal(i.narrative, "Detected instability on a. Pattern: COMPUTE SEIZURE (High Variance).");
    assert_int_equal(strlen(i.id), 16);
    scene_done(&s);
}

static void patterns_follow_the_kinds(void **state)
{
    struct classic_joiner j = {0};
    struct incident i;
    struct scene s;
    (void)state;

    scene_init(&s);
    classic_joiner_take(&j, START, ANOMALY_SPIKE, 30);
    classic_joiner_take(&j, START, ANOMALY_SPIKE, 30);
    assert_true(classic_joiner_incident(&j, s.names, s.b, &i));
    assert_true(i.risk == 1);
    assert_int_equal(i.severity, SEVERITY_CRITICAL);
    assert_int_equal(i.laws, 1U << LAW_SHOCK);
    assert_string_equal(i.narrative, "Detected instability on b. Pattern: SYSTEM SHOCK.");
    classic_joiner_take(&j, START, ANOMALY_VARIANCE, 3);
    assert_true(classic_joiner_incident(&j, s.names, s.b, &i));
    assert_int_equal(i.kind, INCIDENT_CASCADING);
    assert_int_equal(i.laws, 1U << LAW_SHOCK | 1U << LAW_SEIZURE);
    assert_string_equal(i.narrative, "Detected instability on b. Pattern: CASCADING FAILURE.");
    scene_done(&s);
}

static void incidents_of_reports(void **state)
{
    struct incident f, c;
    struct scene s;
    (void)state;

    scene_init(&s);
    classic_reports_incident(s.names, s.a, INCIDENT_FLAPPING, START, START + SECOND, &f);
    assert_true(f.kind == INCIDENT_FLAPPING && f.severity == SEVERITY_WARNING && f.risk == 0.5);
    assert_string_equal(f.narrative, "The sentinel's last reports on a keep changing: FLAPPING.");
    classic_reports_incident(s.names, s.a, INCIDENT_CASCADING, START, START + SECOND, &c);
    assert_true(c.kind == INCIDENT_CASCADING && c.severity == SEVERITY_CRITICAL && c.risk == 1);
    assert_string_equal(c.narrative, "The sentinel's last reports on a broke more than one limit: CASCADE.");
    assert_string_not_equal(f.id, c.id);
    scene_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_changes_of_ten_reports_are_flapping),
        cmocka_unit_test(warm_up_is_no_change),
        cmocka_unit_test(two_kinds_of_veto_are_a_cascade),
        cmocka_unit_test(anomalies_join_within_the_window),
        cmocka_unit_test(a_late_anomaly_does_not_turn_time_back),
        cmocka_unit_test(an_incident_needs_two_anomalies),
        cmocka_unit_test(patterns_follow_the_kinds),
        cmocka_unit_test(incidents_of_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
