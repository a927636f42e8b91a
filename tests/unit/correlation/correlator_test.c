/* SPDX-License-Identifier: MIT
 * From findings to incidents: joining, kinds, severity, risk, advice, silence, and what is bounded. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"

static void an_incident_opens_and_closes_by_evidence(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_tick(&s, 0, 9);
    assert_int_equal(s.count, 0);
    struct finding f = scene_finding(&s, s.a, LAW_SEIZURE, 10);
    f.onset_ns = START + 4 * SECOND;
    scene_say(&s, &f);
    scene_tick(&s, 10, 100);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.said[0].change, CHANGE_OPEN);
    assert_true(s.said[0].host == s.a && s.said[0].laws == 1U << LAW_SEIZURE);
    assert_int_equal(s.said[0].kind, INCIDENT_SINGLE);
    assert_int_equal(s.said[0].severity, SEVERITY_WARNING);
    assert_true(s.said[0].start_ns == START + 4 * SECOND && s.said[0].end_ns == START + 10 * SECOND);
    assert_string_equal(s.said[0].id, f.id);
    assert_int_equal(s.said[0].finding_count, 1);
    assert_string_equal(s.said[0].findings[0], f.id);
    assert_true(fabs(s.said[0].risk - 0.5) < 1e-12);
    assert_int_equal(correlator_open_count(s.correlator), 1);
    assert_int_equal(correlator_active_laws(s.correlator, s.a), 1U << LAW_SEIZURE);
    assert_ptr_equal(correlator_incident(s.correlator, s.a), correlator_open(s.correlator, 0));

    scene_close(&s, s.a, LAW_SEIZURE, 101);
    assert_int_equal(correlator_active_laws(s.correlator, s.a), 0);
    scene_tick(&s, 101, 400);
    assert_int_equal(s.count, 1);
    scene_tick(&s, 401, 401);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.said[1].change, CHANGE_CLOSE);
    assert_true(s.said[1].t_ns == START + 401 * SECOND && s.said[1].end_ns == START + 101 * SECOND);
    assert_string_equal(s.said[1].id, f.id);
    assert_null(correlator_incident(s.correlator, s.a));
    assert_null(correlator_open(s.correlator, 0));
    scene_tick(&s, 402, 2000);
    assert_int_equal(s.count, 2);
    scene_done(&s);
}

/* Within five minutes of the latest evidence it is the same incident; later another. */
static void findings_within_the_window_are_one_incident(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SEIZURE, 0);
    scene_tick(&s, 0, 50);
    scene_close(&s, s.a, LAW_SEIZURE, 50);
    scene_tick(&s, 51, 349);
    scene_open(&s, s.group, LAW_SEIZURE, 350);
    scene_tick(&s, 350, 360);
    assert_int_equal(scene_count(&s, CHANGE_OPEN), 1);
    assert_int_equal(scene_count(&s, CHANGE_CLOSE), 0);
    assert_int_equal(scene_last(&s)->finding_count, 2);
    assert_int_equal(scene_last(&s)->change, CHANGE_UPDATE);
    scene_close(&s, s.group, LAW_SEIZURE, 361);
    scene_tick(&s, 361, 700);
    assert_int_equal(scene_count(&s, CHANGE_CLOSE), 1);
    scene_open(&s, s.a, LAW_SEIZURE, 701);
    assert_int_equal(scene_count(&s, CHANGE_OPEN), 2);
    assert_int_equal(scene_last(&s)->finding_count, 1);
    assert_string_not_equal(scene_last(&s)->id, s.said[0].id);
    scene_done(&s);
}

/* Ticks may be hours apart (hourly telemetry): a finding beyond the window is another incident all the same.
 */
static void the_window_does_not_depend_on_ticks(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SHOCK, 0);
    scene_tick(&s, 0, 0);
    scene_close(&s, s.a, LAW_SHOCK, 3600);
    scene_tick(&s, 3600, 3600);
    scene_open(&s, s.a, LAW_SHOCK, 7200);
    scene_tick(&s, 7200, 7200);
    assert_int_equal(scene_count(&s, CHANGE_OPEN), 2);
    assert_int_equal(scene_count(&s, CHANGE_CLOSE), 1);
    assert_int_equal(s.said[1].change, CHANGE_CLOSE);
    assert_int_equal(s.said[2].change, CHANGE_OPEN);
    assert_true(s.said[2].start_ns == START + 7200 * SECOND);
    scene_done(&s);
}

static void hosts_do_not_mix(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.b, LAW_SEIZURE, 0);
    scene_open(&s, s.a, LAW_FEVER, 1);
    assert_int_equal(scene_count(&s, CHANGE_OPEN), 2);
    assert_int_equal(s.said[0].kind, INCIDENT_SINGLE);
    assert_int_equal(s.said[1].kind, INCIDENT_SINGLE);
    assert_int_equal(correlator_open_count(s.correlator), 2);
    scene_done(&s);
}

/* Open incidents stand in the order in which they opened, also when a host comes back later. */
static void open_incidents_are_in_order_of_opening(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SEIZURE, 0);
    scene_close(&s, s.a, LAW_SEIZURE, 1);
    scene_tick(&s, 1, 400);
    scene_open(&s, s.b, LAW_SEIZURE, 401);
    scene_open(&s, s.a, LAW_SEIZURE, 402);
    assert_int_equal(correlator_open_count(s.correlator), 2);
    assert_int_equal(correlator_open(s.correlator, 0)->host, s.b);
    assert_int_equal(correlator_open(s.correlator, 1)->host, s.a);
    assert_null(correlator_open(s.correlator, 2));
    scene_close(&s, s.b, LAW_SEIZURE, 403);
    scene_tick(&s, 403, 800);
    assert_int_equal(correlator_open_count(s.correlator), 1);
    assert_int_equal(correlator_open(s.correlator, 0)->host, s.a);
    assert_null(correlator_open(s.correlator, 1));
    scene_done(&s);
}

static void two_main_laws_are_a_cascade(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SHOCK, 0);
    scene_open(&s, s.a, LAW_SEIZURE, 1);
    assert_int_equal(scene_last(&s)->kind, INCIDENT_SINGLE);
    scene_open(&s, s.group, LAW_FEVER, 2);
    assert_int_equal(scene_last(&s)->kind, INCIDENT_CASCADING);
    assert_int_equal(scene_last(&s)->severity, SEVERITY_CRITICAL);
    /* It stays one when the first is over. */
    scene_close(&s, s.a, LAW_SEIZURE, 100);
    scene_tick(&s, 100, 200);
    assert_int_equal(correlator_incident(s.correlator, s.a)->kind, INCIDENT_CASCADING);
    scene_done(&s);
}

static void open_and_close(struct scene *s, uint32_t entity, const char *cause, int second)
{
    struct finding f = scene_finding(s, entity, LAW_SEIZURE, second);
    f.cause = cause;
    f.change = CHANGE_OPEN;
    scene_say(s, &f);
    f.change = CHANGE_CLOSE;
    f.end = FINDING_OVER;
    f.t_ns += 30 * SECOND;
    scene_say(s, &f);
    scene_tick(s, second + 30, second + 60);
}

/* Three times the same law on the same entity, whatever the cause was called each time. */
static void three_times_is_flapping(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    open_and_close(&s, s.a, "unexplained", 0);
    open_and_close(&s, s.group, "unexplained", 100);
    open_and_close(&s, s.a, "unexplained", 200);
    assert_int_equal(correlator_incident(s.correlator, s.a)->kind, INCIDENT_SINGLE);
    open_and_close(&s, s.a, "unexplained", 300);
    assert_int_equal(correlator_incident(s.correlator, s.a)->kind, INCIDENT_FLAPPING);
    assert_int_equal(correlator_incident(s.correlator, s.a)->severity, SEVERITY_WARNING);
    assert_non_null(strstr(scene_last(&s)->narrative, "It came 3 times, the last at 00:05:00."));
    scene_done(&s);

    scene_init(&s);
    open_and_close(&s, s.a, "unexplained", 0);
    open_and_close(&s, s.a, "throttled", 100);
    open_and_close(&s, s.a, "unexplained", 200);
    assert_int_equal(correlator_incident(s.correlator, s.a)->kind, INCIDENT_FLAPPING);
    scene_done(&s);
}

/* Flapping is a rate: three times within half an hour, quiet in between; what turned into another thing and
 * back did not rest. */
static void flapping_is_a_rate(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_EARLY_WARNING, 0); /* keeps the incident open */
    for (int i = 0; i < 4; i++)
        open_and_close(&s, s.a, "unexplained", 100 + 901 * i);
    assert_int_equal(correlator_incident(s.correlator, s.a)->kind, INCIDENT_PERSISTENT);
    open_and_close(&s, s.a, "unexplained", 100 + 901 * 3 + 100);
    assert_int_equal(correlator_incident(s.correlator, s.a)->kind, INCIDENT_FLAPPING);
    scene_done(&s);

    scene_init(&s);
    for (int i = 0; i < 4; i++) {
        struct finding f = scene_finding(&s, s.a, LAW_FEVER, 100 * i);
        scene_say(&s, &f);
        f.change = CHANGE_CLOSE;
        f.end = FINDING_CHANGED;
        f.t_ns += 30 * SECOND;
        scene_say(&s, &f);
    }
    assert_int_equal(correlator_incident(s.correlator, s.a)->kind, INCIDENT_SINGLE);
    scene_done(&s);
}

/* From one thing to another that is not above or below it, one after the other: it spreads. At one moment it
 * is one event, and along one line one thing. */
static void what_spreads_is_a_cascade(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    uint32_t other = (uint32_t)catalog_entity(s.names, s.a, ENTITY_CGROUP, "/h", 2, ENTITY_NONE);
    scene_open(&s, s.group, LAW_SEIZURE, 0);
    scene_open(&s, s.a, LAW_SEIZURE, 20);
    assert_int_equal(scene_last(&s)->kind, INCIDENT_SINGLE);
    scene_open(&s, other, LAW_SEIZURE, 30);
    assert_int_equal(scene_last(&s)->kind, INCIDENT_SINGLE);
    scene_done(&s);
    scene_init(&s);
    other = (uint32_t)catalog_entity(s.names, s.a, ENTITY_CGROUP, "/h", 2, ENTITY_NONE);
    scene_open(&s, s.group, LAW_SEIZURE, 0);
    scene_open(&s, s.a, LAW_SEIZURE, 20);
    scene_open(&s, other, LAW_SEIZURE, 31);
    assert_int_equal(scene_last(&s)->kind, INCIDENT_CASCADING);
    assert_non_null(strstr(scene_last(&s)->narrative, "Pattern: CASCADING FAILURE."));
    scene_done(&s);
}

/* What is exhausted, counted from the word that says so; said again when that has moved, not because time
 * passes, and not every minute. */
static void exhaustion_is_kept_up_to_date(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct finding f = scene_finding(&s, s.a, LAW_FEVER, 0);
    f.exhaustion_lo_s = 3000;
    f.exhaustion_hi_s = 6000;
    scene_say(&s, &f);
    scene_tick(&s, 1, 400);
    assert_int_equal(s.count, 1);
    f.change = CHANGE_UPDATE;
    f.t_ns = START + 400 * SECOND;
    f.exhaustion_lo_s = 1900;
    scene_say(&s, &f);
    assert_int_equal(s.count, 2);
    assert_int_equal(scene_last(&s)->change, CHANGE_UPDATE);
    assert_true(scene_last(&s)->exhaustion_lo_s == 1900 && scene_last(&s)->exhaustion_hi_s == 6000);
    f.t_ns = START + 500 * SECOND;
    f.exhaustion_lo_s = 1000;
    scene_say(&s, &f);
    scene_tick(&s, 501, 519);
    assert_int_equal(s.count, 2);
    scene_tick(&s, 520, 520);
    assert_int_equal(s.count, 3);
    assert_true(scene_last(&s)->exhaustion_lo_s == 980);
    f.t_ns = START + 640 * SECOND; /* 860 to 5740 s as it was said */
    f.exhaustion_lo_s = 860;
    f.exhaustion_hi_s = 4500;
    scene_say(&s, &f);
    scene_tick(&s, 641, 700);
    assert_int_equal(s.count, 3);
    f.t_ns = START + 700 * SECOND;
    f.exhaustion_lo_s = 800;
    f.exhaustion_hi_s = 1100; /* the later end alone */
    scene_say(&s, &f);
    assert_int_equal(s.count, 4);
    assert_true(scene_last(&s)->exhaustion_lo_s == 800 && scene_last(&s)->exhaustion_hi_s == 1100);
    scene_done(&s);
}

/* However bad it was: an incident does not become harmless again before it is over. */
static void severity_does_not_fall(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct finding f = scene_finding(&s, s.a, LAW_FEVER, 0);
    f.exhaustion_lo_s = 300;
    scene_say(&s, &f);
    f.change = CHANGE_UPDATE;
    f.t_ns += 60 * SECOND;
    f.exhaustion_lo_s = 9000;
    scene_say(&s, &f);
    scene_tick(&s, 61, 200);
    assert_int_equal(correlator_incident(s.correlator, s.a)->severity, SEVERITY_CRITICAL);
    assert_string_equal(correlator_incident(s.correlator, s.a)->severity_reason, "exhaustion");
    scene_done(&s);
}

static void a_quarter_of_an_hour_is_persistent(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SEIZURE, 0);
    scene_tick(&s, 0, 899);
    assert_int_equal(correlator_incident(s.correlator, s.a)->kind, INCIDENT_SINGLE);
    assert_int_equal(s.count, 1);
    scene_tick(&s, 900, 900);
    assert_int_equal(s.count, 2);
    assert_int_equal(scene_last(&s)->change, CHANGE_UPDATE);
    assert_int_equal(scene_last(&s)->kind, INCIDENT_PERSISTENT);
    assert_true(scene_last(&s)->end_ns == START + 900 * SECOND);
    scene_close(&s, s.a, LAW_SEIZURE, 950);
    scene_tick(&s, 950, 1250);
    assert_int_equal(scene_last(&s)->change, CHANGE_CLOSE);
    assert_int_equal(scene_last(&s)->kind, INCIDENT_PERSISTENT);
    scene_done(&s);
}

/* 1 - (1 - 0.6)(1 - 0.5 * 0.8)(1 - 0.3): of each law the strongest, shocks half. */
static void risk_is_one_minus_the_product(void **state)
{
    static const struct {
        enum law_id law;
        double strength, risk;
    } steps[] = {{LAW_SEIZURE, 0.6, 0.6}, {LAW_SEIZURE, 0.2, 0.6}, {LAW_SHOCK, 0.8, 0.76},
        {LAW_SIGNAL_LOST, 0.3, 0.832}};
    struct scene s;
    (void)state;

    scene_init(&s);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        uint32_t entity = i == 1 ? s.group : s.a;
        struct finding f = scene_finding(&s, entity, steps[i].law, (int)i);
        f.strength = steps[i].strength;
        scene_say(&s, &f);
        assert_true(fabs(scene_last(&s)->risk - steps[i].risk) < 1e-12);
        double rest = 1;
        for (uint32_t k = 0; k < scene_last(&s)->term_count; k++)
            rest *= 1 - scene_last(&s)->terms[k].weight * scene_last(&s)->terms[k].strength;
        assert_true(fabs(1 - rest - steps[i].risk) < 1e-12);
    }
    /* 0.8 and more is critical. */
    assert_int_equal(s.said[2].severity, SEVERITY_WARNING);
    assert_int_equal(s.said[3].severity, SEVERITY_CRITICAL);
    scene_done(&s);
}

static void exhaustion_within_ten_minutes_is_critical(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct finding f = scene_finding(&s, s.a, LAW_FEVER, 0);
    f.exhaustion_lo_s = 600;
    scene_say(&s, &f);
    assert_int_equal(scene_last(&s)->severity, SEVERITY_WARNING);
    f.change = CHANGE_UPDATE;
    f.exhaustion_lo_s = 599;
    scene_say(&s, &f);
    assert_int_equal(s.count, 2);
    assert_int_equal(scene_last(&s)->severity, SEVERITY_CRITICAL);
    /* Said again only when kind or severity changes. */
    f.exhaustion_lo_s = 100;
    scene_text(&f, "much nearer");
    scene_say(&s, &f);
    assert_int_equal(s.count, 2);
    f.change = CHANGE_CLOSE;
    f.end = FINDING_OVER;
    scene_say(&s, &f);
    scene_tick(&s, 1, 300);
    assert_non_null(strstr(scene_last(&s)->narrative, "much nearer"));
    scene_done(&s);
}

/* The first thing that is ever known of a host may be its silence. */
static void a_silent_hosts_first_finding(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    correlator_silence(s.correlator, s.a, true);
    scene_open(&s, s.a, LAW_SIGNAL_LOST, 10);
    scene_tick(&s, 10, 100);
    assert_int_equal(s.count, 1);
    assert_true(correlator_incident(s.correlator, s.a)->end_ns == START + 10 * SECOND);
    scene_done(&s);
}

static void single_series_that_went_quiet_open_nothing(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    int64_t series = catalog_series(s.names, s.a, "queue", 5);
    uint32_t entity = catalog_series_get(s.names, (uint32_t)series)->entity;
    scene_open(&s, entity, LAW_SIGNAL_LOST, 0);
    scene_close(&s, entity, LAW_SIGNAL_LOST, 1);
    scene_tick(&s, 1, 10);
    assert_int_equal(s.count, 0);
    scene_open(&s, s.a, LAW_SIGNAL_LOST, 11);
    assert_int_equal(s.count, 1);
    scene_done(&s);
}

/* A finding's cause may become another while it is open, and may be one that was there before: what closes is
 * what is open. */
static void a_cause_that_changes_back_still_closes(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    open_and_close(&s, s.a, "unexplained", 0);
    struct finding f = scene_finding(&s, s.a, LAW_SEIZURE, 100);
    f.cause = "throttled";
    scene_say(&s, &f);
    f.change = CHANGE_UPDATE;
    f.cause = "unexplained";
    f.strength = 0.9;
    scene_say(&s, &f);
    f.change = CHANGE_CLOSE;
    f.end = FINDING_OVER;
    scene_say(&s, &f);
    assert_int_equal(correlator_active_laws(s.correlator, s.a), 0);
    scene_tick(&s, 101, 400);
    assert_int_equal(scene_count(&s, CHANGE_CLOSE), 1);
    scene_done(&s);
}

/* More than sixteen things: the incident still counts them, and still ends when the last has ended. */
static void what_finds_no_chapter_is_counted(void **state)
{
    struct scene s;
    uint32_t groups[40];
    (void)state;

    scene_init(&s);
    for (int i = 0; i < 40; i++) {
        char name[16];
        int n = snprintf(name, sizeof(name), "/g%d", i);
        groups[i] = (uint32_t)catalog_entity(s.names, s.a, ENTITY_CGROUP, name, (size_t)n, ENTITY_NONE);
        scene_open(&s, groups[i], LAW_SEIZURE, i);
    }
    const struct incident *i = correlator_incident(s.correlator, s.a);
    assert_int_equal(i->finding_count, INCIDENT_FINDINGS_MAX);
    assert_int_equal(i->findings_total, 40);
    assert_string_equal(i->findings[0], s.said[0].id);
    assert_non_null(strstr(i->narrative, "of 16 cgroups (/g0, /g1, /g2 and 13 more), at its worst in /g0: "));
    assert_non_null(strstr(i->narrative, " And 16 more findings."));
    for (int k = 0; k < 16; k++)
        scene_close(&s, groups[k], LAW_SEIZURE, 100);
    scene_tick(&s, 100, 1000);
    assert_int_equal(scene_count(&s, CHANGE_CLOSE), 0);
    for (int k = 16; k < 40; k++)
        scene_close(&s, groups[k], LAW_SEIZURE, 1000);
    scene_tick(&s, 1000, 1300);
    assert_int_equal(scene_count(&s, CHANGE_CLOSE), 1);
    scene_done(&s);
}

/* Chapters stand in order of onset, not of arrival. */
static void the_story_goes_by_onset(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SEIZURE, 100);
    struct finding f = scene_finding(&s, s.group, LAW_FEVER, 120);
    f.onset_ns = START + 30 * SECOND;
    scene_text(&f, "first of all");
    scene_say(&s, &f);
    const char *story = scene_last(&s)->narrative;
    assert_non_null(strstr(story,
        "00:00:30 Resource fever of cgroup /g: first of all. Cause unknown: nothing at hand names it. "
        "00:01:40 Compute"));
    assert_true(scene_last(&s)->start_ns == START + 30 * SECOND);
    scene_done(&s);
}

/* Many hosts: the tables grow, each keeps its own. */
static void many_hosts(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    for (int i = 0; i < 150; i++) {
        char name[16];
        int n = snprintf(name, sizeof(name), "h%d", i);
        uint32_t h = (uint32_t)catalog_host(s.names, name, (size_t)n);
        scene_open(&s, h, LAW_SEIZURE, i);
        assert_int_equal(correlator_incident(s.correlator, h)->host, h);
    }
    assert_int_equal(correlator_open_count(s.correlator), 150);
    for (uint32_t i = 0; i < 150; i++)
        assert_int_equal(correlator_open(s.correlator, i)->host, 3 + i);
    assert_null(correlator_incident(s.correlator, 100000));
    scene_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_incident_opens_and_closes_by_evidence),
        cmocka_unit_test(findings_within_the_window_are_one_incident),
        cmocka_unit_test(the_window_does_not_depend_on_ticks),
        cmocka_unit_test(hosts_do_not_mix),
        cmocka_unit_test(open_incidents_are_in_order_of_opening),
        cmocka_unit_test(two_main_laws_are_a_cascade),
        cmocka_unit_test(three_times_is_flapping),
        cmocka_unit_test(flapping_is_a_rate),
        cmocka_unit_test(what_spreads_is_a_cascade),
        cmocka_unit_test(exhaustion_is_kept_up_to_date),
        cmocka_unit_test(severity_does_not_fall),
        cmocka_unit_test(a_quarter_of_an_hour_is_persistent),
        cmocka_unit_test(risk_is_one_minus_the_product),
        cmocka_unit_test(exhaustion_within_ten_minutes_is_critical),
        cmocka_unit_test(a_silent_hosts_first_finding),
        cmocka_unit_test(single_series_that_went_quiet_open_nothing),
        cmocka_unit_test(a_cause_that_changes_back_still_closes),
        cmocka_unit_test(what_finds_no_chapter_is_counted),
        cmocka_unit_test(the_story_goes_by_onset),
        cmocka_unit_test(many_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
