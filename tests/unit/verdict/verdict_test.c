/* SPDX-License-Identifier: MIT
 * The rules of the verdict on five days of one host, a row a minute. Every expected value is worked out by
 * hand from the minutes written here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/verdict.h"

#define MINUTE INT64_C(60000000000)
#define T0     INT64_C(1767225600000000000)
#define DAYS   5

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * (1 + fabs(b));
}

static int64_t at(int minute)
{
    return T0 + minute * MINUTE;
}

struct world {
    struct catalog *names;
    uint32_t host, entity;
    struct outage outages[16];
    struct ground ground;
    struct observer *observer;
    struct tape *tape;
    struct verdict *verdict;
    int next_id;
};

static struct world w;

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof(w));
    w.names = catalog_new(&(struct catalog_limits){.entities = 100, .series = 100, .metrics = 100});
    w.host = (uint32_t)catalog_host(w.names, "a", 1);
    w.ground =
        (struct ground){.outages = w.outages, .lead_ns = 15 * MINUTE, .merge_ns = -1, .from_ns = INT64_MIN};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    verdict_free(w.verdict);
    tape_free(w.tape);
    observer_free(w.observer);
    catalog_free(w.names);
    return 0;
}

static void outage(const char *host, int start, int end, int onset)
{
    struct outage *o = &w.outages[w.ground.count++];
    *o = (struct outage){.start_ns = at(start),
        .end_ns = at(end),
        .onset_ns = onset < 0 ? INT64_MIN : at(onset),
        .line = w.ground.count + 1};
    strcpy(o->host, host);
}

/* No outage is named after this. */
static void begin(void)
{
    ground_sort(w.outages, w.ground.count);
    w.observer = observer_new(&w.ground);
    w.tape = tape_new(&w.ground, true);
    assert_true(w.observer && w.tape);
}

static void watch(const char *host, int from, int to)
{
    uint32_t id = (uint32_t)catalog_host(w.names, host, strlen(host));
    uint32_t series = (uint32_t)catalog_series(w.names, id, "load", 4);
    for (int m = from; m <= to; m++) {
        struct sample s = {.series = series, .value = m % 7};
        observer_frame(w.observer, w.names, at(m), &s, 1);
    }
}

static void alarm_at(int minute)
{
    struct anomaly a = {.t_ns = at(minute), .entity = w.host, .metric = "load"};
    tape_event(w.tape, w.names, &(struct event){.type = EVENT_ANOMALY, .anomaly = &a});
}

static void incident_on(uint32_t host, int opened, int ended)
{
    struct incident i = {.t_ns = at(opened),
        .change = CHANGE_OPEN,
        .host = host,
        .start_ns = at(opened),
        .end_ns = at(opened),
        .laws = 1};
    (void)snprintf(i.id, sizeof(i.id), "%d", w.next_id++);
    tape_event(w.tape, w.names, &(struct event){.type = EVENT_INCIDENT, .incident = &i});
    if (ended < 0)
        return;
    i.t_ns = at(ended) + MINUTE;
    i.end_ns = at(ended);
    i.change = CHANGE_CLOSE;
    tape_event(w.tape, w.names, &(struct event){.type = EVENT_INCIDENT, .incident = &i});
}

static void incident(int opened, int ended)
{
    incident_on(w.host, opened, ended);
}

static void judge(void)
{
    observer_finish(w.observer);
    w.verdict = verdict_new(&w.ground, w.observer,
        &(struct verdict_tape){.tape = w.tape, .kind = POINT_PROGRAM, .promised_per_day = 1.0 / 30}, 1);
    assert_non_null(w.verdict);
}

/* The whole story of the comments below. */
static void history(void)
{
    outage("a", 1000, 1030, -1);
    outage("a", 2000, 2010, -1);
    outage("a", 3000, 3060, -1);
    outage("a", 3030, 3090, -1); /* overlaps the one before */
    outage("a", 4000, 4010, 3900);
    outage("b", 4500, 4510, -1); /* a host that nobody watched */
    outage("", 5000, 5010, -1);
    begin();
    watch("a", 0, DAYS * 1440);
    incident(990, 1005);  /* ten minutes before the first outage */
    incident(1980, 2020); /* twenty before the second: too early, and still open when its reach begins */
    incident(3040, 3041);
    alarm_at(3041);
    incident(3095, 3096); /* 54 min after the last alarm: the same again */
    incident(3910, 3920); /* ninety minutes before the start, but after the onset */
    incident(5005, 5008);
    incident(6000, 6010); /* about nothing */
    incident(6055, 6060); /* 55 min after the last alarm */
    alarm_at(6061);
    incident(6120, 6125); /* 59 min after it */
    judge();
}

static void tells_announced_from_seen_and_missed(void **state)
{
    (void)state;
    history();
    const struct verdict_outage *o = w.verdict->outages;
    assert_int_equal(o[0].outcome, OUTAGE_ANNOUNCED);
    assert_int_equal(w.outages[0].start_ns - o[0].opened_ns, 10 * MINUTE);
    assert_int_equal(o[1].outcome, OUTAGE_OPEN_BEFORE);
    assert_int_equal(o[1].incident, 1);
    assert_true(o[1].opened_ns == INT64_MIN);
    assert_int_equal(o[2].outcome, OUTAGE_SEEN);
    assert_int_equal(o[2].opened_ns, at(3040));
    assert_int_equal(o[3].outcome, OUTAGE_SEEN);
    assert_int_equal(o[3].incident, 2);
    assert_int_equal(o[4].outcome, OUTAGE_ANNOUNCED);
    assert_int_equal(w.outages[4].start_ns - o[4].opened_ns, 90 * MINUTE);
    assert_int_equal(o[5].outcome, OUTAGE_NOT_JUDGED);
    assert_int_equal(o[6].outcome, OUTAGE_SEEN);
    assert_int_equal(w.verdict->judged, 6);
    /* 10 and 90 min; 40, 10 and 5 min */
    assert_true(near(w.verdict->announced_lead_s, 3000));
    assert_true(near(w.verdict->seen_delay_s, 600));
    assert_int_equal(o[2].alarm_ns, at(3041));
    assert_true(o[0].alarm_ns == INT64_MIN);
}

static void counts_what_is_false_once(void **state)
{
    static const enum incident_worth wanted[] = {INCIDENT_ABOUT, INCIDENT_FALSE, INCIDENT_ABOUT,
        INCIDENT_JOINED, INCIDENT_ABOUT, INCIDENT_ABOUT, INCIDENT_FALSE, INCIDENT_JOINED, INCIDENT_JOINED};
    (void)state;
    history();
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(w.verdict->incidents[i].worth, wanted[i]);
    assert_int_equal(w.verdict->incidents[3].with, 2);
    assert_int_equal(w.verdict->incidents[8].with, 6);
    const struct verdict_point *p = &w.verdict->points[0];
    assert_int_equal(p->said, 9);
    assert_int_equal(p->counted, 6);
    assert_int_equal(p->outside, 2);
    assert_int_equal(p->found, 5);
    assert_int_equal(p->announced, 2);
    assert_int_equal(p->alarmed, 2); /* 3041 lies in both that overlap */
    /* Steps that end in an outage: 31 + 11 + 91 + 11 + 11. */
    assert_true(near(w.verdict->healthy_days, (7200 - 155) / 1440.0));
    assert_true(near(w.verdict->watched_days, 5));
    /* Under an incident, outages and the hour after them apart: 991..999, 1981..1999, 3911..3920, 6001..6125.
     */
    assert_true(near(p->busy_days, (9 + 19 + 10 + 125) / 1440.0));
    /* The only day without an outage after two days of learning: from 5070 on, an hour after the last. */
    assert_true(near(w.verdict->quiet_days, (7200 - 5069) / 1440.0));
    assert_int_equal(p->quiet, 1);
}

static void blames_nothing_before_labelling_began(void **state)
{
    (void)state;
    w.ground.from_ns = at(1500);
    outage("a", 2000, 2010, -1);
    begin();
    watch("a", 0, DAYS * 1440);
    incident(900, 910);
    incident(1600, 1610);
    judge();
    assert_int_equal(w.verdict->incidents[0].worth, INCIDENT_UNLABELLED);
    assert_int_equal(w.verdict->incidents[1].worth, INCIDENT_FALSE);
    assert_true(near(w.verdict->healthy_days, (7200 - 1499 - 11) / 1440.0));
}

static void the_lead_window_ends_where_it_ends(void **state)
{
    (void)state;
    outage("a", 1000, 1010, -1);
    outage("a", 2000, 2010, -1);
    outage("a", 3000, 3010, -1);
    begin();
    watch("a", 0, 4000);
    incident(983, 984);   /* 17 min before, and over */
    incident(1985, 1986); /* 15 min before */
    incident(3011, 3012); /* a minute after the end */
    judge();
    assert_int_equal(w.verdict->outages[0].outcome, OUTAGE_MISSED);
    assert_int_equal(w.verdict->outages[1].outcome, OUTAGE_ANNOUNCED);
    assert_int_equal(w.verdict->outages[2].outcome, OUTAGE_MISSED);
    assert_int_equal(w.verdict->points[0].outside, 2);
}

static void hosts_are_judged_apart(void **state)
{
    (void)state;
    outage("a", 1000, 1010, -1);
    outage("b", 1000, 1010, -1);
    begin();
    watch("a", 0, 2000);
    watch("b", 0, 900); /* fell silent a hundred minutes before its outage */
    watch("c", 0, 2000);
    incident_on((uint32_t)catalog_host(w.names, "c", 1), 1001, 1002);
    incident_on(w.host, 1005, -1); /* and stays open */
    judge();
    assert_int_equal(w.verdict->outages[0].outcome, OUTAGE_SEEN);
    assert_int_equal(w.verdict->outages[1].outcome, OUTAGE_NOT_JUDGED);
    assert_int_equal(w.verdict->incidents[0].worth, INCIDENT_FALSE); /* of c, whose outage it was not */
    assert_int_equal(w.verdict->points[0].outside, 1);
    /* Open to the end of a: from the hour after its outage, 1071..2000; and a minute of c. */
    assert_true(near(w.verdict->points[0].busy_days, (930 + 1) / 1440.0));
}

static void nothing_at_all_is_judged_too(void **state)
{
    (void)state;
    begin();
    judge();
    assert_int_equal(w.verdict->judged, 0);
    assert_int_equal(w.verdict->points[0].counted, 0);
}

/* The best point is the one that finds most within the price, and is not always in alarm. */
static struct finding finding_of(uint32_t entity, enum law_id law, const char *id)
{
    struct finding f = {
        .t_ns = at(10), .entity = entity, .law = law, .change = CHANGE_OPEN, .cause = "unexplained"};

    snprintf(f.id, sizeof(f.id), "%s", id);
    return f;
}

/* A swing is told of the host, of a cgroup and of one within it; a fever of the host is told besides, which
 * belongs to another incident. */
static void a_story_begins_with_the_innermost(void **state)
{
    (void)state;
    begin();
    const uint32_t outer = (uint32_t)catalog_entity_below(w.names, w.host, ENTITY_CGROUP, "a", 1);
    const uint32_t inner = (uint32_t)catalog_entity_below(w.names, outer, ENTITY_CGROUP, "b", 1);
    const struct finding told[] = {finding_of(w.host, LAW_FEVER, "elsewhere"),
        finding_of(inner, LAW_SEIZURE, "inner"), finding_of(outer, LAW_SEIZURE, "outer"),
        finding_of(w.host, LAW_SEIZURE, "host")};
    struct incident i = {.t_ns = at(10),
        .change = CHANGE_OPEN,
        .host = w.host,
        .findings = {"host", "outer", "inner"},
        .finding_count = 3,
        .findings_total = 5};

    for (size_t k = 0; k < sizeof(told) / sizeof(told[0]); k++)
        tape_event(w.tape, w.names, &(struct event){.type = EVENT_FINDING, .finding = &told[k]});
    tape_event(w.tape, w.names, &(struct event){.type = EVENT_INCIDENT, .incident = &i});
    const struct tape_story *s = tape_incident(w.tape, 0)->story;
    assert_int_equal(s->finding_count, 3);
    assert_int_equal(s->findings_total, 5);
    assert_string_equal(s->findings[0]->id, "inner");
    assert_string_equal(s->findings[0]->entity, "cgroup:a/b");
}

static void finds_the_best_control(void **state)
{
    (void)state;
    outage("a", 1000, 1010, -1);
    begin();
    watch("a", 0, DAYS * 1440);
    judge();
    const struct verdict_point *p = verdict_best(w.verdict, POINT_CONTROL, CONTROL_PERIODIC, 1.0);
    /* Every 500 rows: 15 openings in five days, one of them at row 1000, in the outage; every 1500: 5. */
    assert_non_null(p);
    assert_int_equal(p->found, 0);
    p = verdict_best(w.verdict, POINT_CONTROL, CONTROL_PERIODIC, 3.0);
    assert_non_null(p);
    assert_true(near(p->setting, 500));
    assert_int_equal(p->found, 1);
    assert_int_equal(p->counted, 15);
    assert_int_equal(p->outside, 14);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tells_announced_from_seen_and_missed),
        TEST(counts_what_is_false_once),
        TEST(blames_nothing_before_labelling_began),
        TEST(the_lead_window_ends_where_it_ends),
        TEST(hosts_are_judged_apart),
        TEST(nothing_at_all_is_judged_too),
        TEST(a_story_begins_with_the_innermost),
        TEST(finds_the_best_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
