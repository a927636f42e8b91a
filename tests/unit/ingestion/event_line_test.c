/* SPDX-License-Identifier: MIT
 * Lines of findings and incidents back to what they were made of: written again they are the same bytes; and
 * what is no such line is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "../output/sample_events.h"
#include "ingestion/replay/event_line.h"
#include "output/event_json.h"

static struct samples s;
static struct catalog *c;
static struct words *w;
static char line[EVENT_JSON_MAX], again[EVENT_JSON_MAX];
static struct finding f;
static struct incident n;

static int set_up(void **state)
{
    (void)state;
    samples_make(&s);
    c = catalog_new(&(struct catalog_limits){.entities = 16, .series = 16, .metrics = 16});
    w = words_new();
    return c && w ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    catalog_free(s.catalog);
    catalog_free(c);
    words_free(w);
    return 0;
}

static size_t write_line(char *out, const struct catalog *names, const struct event *e)
{
    struct text t;

    text_init(&t, out, EVENT_JSON_MAX);
    event_json_write(&t, names, e);
    return t.length;
}

/* The bytes of the line made again. */
static void is_the_same_again(bool is_finding)
{
    const struct event e = is_finding ? event_of_finding(&s) : event_of_incident(&s);
    const size_t length = write_line(line, s.catalog, &e);
    const struct event back = is_finding ? (struct event){.type = EVENT_FINDING, .finding = &f}
                                         : (struct event){.type = EVENT_INCIDENT, .incident = &n};

    assert_int_equal(
        is_finding ? event_line_finding(line, length, c, w, &f) : event_line_incident(line, length, c, w, &n),
        0);
    write_line(again, c, &back);
    assert_string_equal(line, again);
}

static void is_the_same_as_it_was(void **state)
{
    (void)state;
    s.finding.carriers[0] = (struct carrier){"java \"x\" \\ \xc3\xa9", 0.75};
    s.finding.carriers[1] = (struct carrier){"sh", 0.125};
    s.finding.carrier_count = 2;
    is_the_same_again(true);
    is_the_same_again(false);
    /* A host of its own, nothing known, nothing advised. */
    s.finding.entity = s.host;
    s.finding.reading = (struct law_reading){.value = (double)NAN,
        .expected = (double)NAN,
        .lo = (double)NAN,
        .hi = (double)NAN,
        .scale_s = (double)NAN,
        .unit = "1"};
    s.finding.false_alarms_per_year = (double)NAN;
    s.finding.exhaustion_lo_s = (double)NAN;
    s.finding.evidence_count = s.finding.carrier_count = 0;
    s.finding.change = CHANGE_CLOSE;
    s.incident.veto.type = VETO_NONE;
    s.incident.change = CHANGE_CLOSE;
    s.incident.laws = (1U << LAW_COUNT) - 1;
    is_the_same_again(true);
    is_the_same_again(false);
    /* Every law, in every kind of entity. */
    for (int law = 0; law < LAW_COUNT; law++) {
        s.finding.law = (enum law_id)law;
        s.finding.entity = law % 2 ? s.cgroup : s.process;
        is_the_same_again(true);
    }
}

/* A name that is no UTF-8 was written with U+FFFD, and stays so. */
static void a_hostile_name_does_no_harm(void **state)
{
    (void)state;
    s.incident.host = s.incident.terms[0].entity = s.hostile;
    is_the_same_again(false);
    assert_null(strchr(catalog_host_name(c, n.host), '\xff'));
}

static void what_is_no_such_line_is_refused(void **state)
{
    static const char *const bad[] = {"\n", "{}\n", "[]\n", "{\"type\":\"incident\"}\n",
        "{\"type\":\"tick\",\"host\":\"a\"}\n", "{\"type\":\"finding\",\"state\":\"ajar\"}\n",
        "{\"type\":7}\n", "{\"type\":\"finding\"", "{\"type\":\"finding\"}\n\n",
        "{\"type\":\"finding\",\"t\":\"now\"}\n"};

    (void)state;
    f.t_ns = 7;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(event_line_finding(bad[i], strlen(bad[i]), c, w, &f), -EBADMSG);
        assert_int_equal(f.t_ns, 7);
    }
    assert_int_equal(event_line_finding(bad[0], 0, c, w, &f), -EBADMSG);
    const struct event e = event_of_finding(&s);
    const size_t length = write_line(line, s.catalog, &e);
    for (size_t cut = 0; cut + 1 < length; cut++) {
        memcpy(again, line, cut);
        again[cut] = '\n';
        assert_int_equal(event_line_finding(again, cut + 1, c, w, &f), -EBADMSG);
    }
    assert_int_equal(event_line_incident(line, length, c, w, &n), -EBADMSG);
}

static void what_is_too_long_is_cut_and_what_is_new_passed_over(void **state)
{
    struct text t;

    (void)state;
    text_init(&t, line, sizeof(line));
    text_add(&t, "{\"type\":\"finding\",\"t\":1,\"new\":{\"deep\":[1,{\"id\":\"no\"}]},\"state\":\"open\","
                 "\"id\":\"0123456789abcdef0\","
                 "\"host\":\"h\",\"entity\":{\"kind\":\"cgroup\",\"name\":\"a\",\"parent\":null},\"law\":"
                 "\"shock\",\"onset\":0.5,"
                 "\"value\":1,\"band\":[1],\"unit\":\"\",\"confidence\":\"low\",\"cause\":\"x\",\"text\":\"");
    for (int i = 0; i < 400; i++)
        text_add(&t, "\\u00e9");
    text_add(&t, "\"}\n");
    assert_int_equal(event_line_finding(line, t.length, c, w, &f), 0);
    assert_string_equal(f.id, "0123456789abcdef");
    assert_int_equal(strlen(f.text), FINDING_TEXT_MAX - 2); /* whole characters */
    assert_int_equal(f.onset_ns, 500000000);
    assert_true(isnan(f.reading.hi) && f.reading.lo == 1);
    assert_string_equal(catalog_entity_get(c, f.entity)->name, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_the_same_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hostile_name_does_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_such_line_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_too_long_is_cut_and_what_is_new_passed_over, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
