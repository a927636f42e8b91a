/* SPDX-License-Identifier: MIT
 * The report against texts written by hand after the project's first description. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake_view.h"
#include "output/report.h"
#include "sample_events.h"

#define DAY_NS INT64_C(86400000000000)

static struct samples samples;
static struct report *report;
static char printed[256 * 1024];
static size_t printed_n;

static int setup(void **state)
{
    (void)state;
    samples_make(&samples);
    report = report_new();
    return report == NULL;
}

static int teardown(void **state)
{
    (void)state;
    report_free(report);
    catalog_free(samples.catalog);
    return 0;
}

static int collect(void *context, const char *bytes, size_t n)
{
    (void)context;
    assert_true(printed_n + n < sizeof(printed));
    assert_true(n > 0 && bytes[n - 1] == '\n');
    memcpy(printed + printed_n, bytes, n);
    printed_n += n;
    printed[printed_n] = '\0';
    return 0;
}

static void take(struct event e)
{
    report_event(report, samples.catalog, &e);
}

static const char *print(void)
{
    printed_n = 0;
    assert_int_equal(report_print(report, 0, collect, NULL), 0);
    return printed;
}

static void test_one_incident(void **state)
{
    (void)state;
    samples.incident.change = CHANGE_OPEN;
    samples.incident.risk = 0.1;
    take(event_of_incident(&samples));
    samples.incident.change = CHANGE_CLOSE;
    samples.incident.risk = 0.5;
    take(event_of_incident(&samples));
    take(event_of_summary(&samples));
    assert_string_equal(print(),
        "[Running Advanced Detection...]\n"
        "Read 34200 samples of 9 series.\n"
        "Detected 319 anomalies.\n"
        "Opened 2 findings.\n"
        "False alarms promised: one in 10 days per host. Shocks, true ones included: 2, one in 20 "
        "host-days.\n"
        "\n"
        "[Running Correlation Engine...]\n"
        "Times are UTC on 2026-01-01.\n"
        "--- INCIDENT #1 ---\n"
        "Host: host-001\n"
        "Risk Score: 0.50\n"
        "Duration: 19:20:29 - 19:25:47\n"
        "Narrative: Detected instability on host-001. Pattern: COMPUTE SEIZURE (High Variance).\n"
        "Kind: cascading, critical\n"
        "Laws: seizure, signal_lost\n"
        "Advice: SHED_LOAD, confidence 0.80, expires 19:21:29\n"
        "Reason: the CPU swings\n"
        "Id: ffeeddccbbaa9988\n");
}

/* The last word of an incident is not the last that was seen of it; what was advised stands until then. */
static void test_open_at_the_end(void **state)
{
    (void)state;
    samples.incident.change = CHANGE_OPEN;
    take(event_of_incident(&samples));
    fake_view.incident_count = 2;
    fake_view.incidents[0] = fake_view.incidents[1] = samples.incident;
    strcpy(fake_view.incidents[0].id, "0123456789abcdef"); /* opened before it looked */
    fake_view.incidents[1].end_ns += 60 * INT64_C(1000000000);
    fake_view.incidents[1].veto.expires_ns += 300 * INT64_C(1000000000);
    report_open_at_end(report, fake_view_get());
    assert_non_null(strstr(print(), "Duration: 19:20:29 - 19:26:47\n"));
    assert_non_null(strstr(printed, "critical, still open at the end\n"));
    assert_non_null(strstr(printed, "Advice: SHED_LOAD, confidence 0.80, expires 19:26:29\n"));
    fake_view.incidents[1].veto.type = VETO_NONE;
    report_open_at_end(report, fake_view_get());
    assert_non_null(strstr(print(), "expires 19:26:29\n"));
    assert_null(strstr(printed, "INCIDENT #2"));
    fake_view.incident_count = 0;
}

static void test_no_incident(void **state)
{
    (void)state;
    samples.summary.anomalies = 1;
    samples.summary.findings = 0;
    samples.summary.late = 2;
    samples.summary.shocks = 0;
    take(event_of_summary(&samples));
    assert_string_equal(print(), "[Running Advanced Detection...]\n"
                                 "Read 34200 samples of 9 series.\n"
                                 "Detected 1 anomaly.\n"
                                 "Opened 0 findings.\n"
                                 "2 samples came late and were not judged.\n"
                                 "False alarms promised: one in 10 days per host. Shocks, true ones "
                                 "included: none in 40 host-days.\n"
                                 "\n"
                                 "[Running Correlation Engine...]\n"
                                 "No incidents: nothing in this data was unstable enough to report.\n");
}

static void test_without_summary_it_counts_itself(void **state)
{
    (void)state;
    take(event_of_anomaly(&samples));
    take(event_of_anomaly(&samples));
    take(event_of_finding(&samples));
    samples.finding.change = CHANGE_CLOSE;
    take(event_of_finding(&samples));
    take(event_of_incident(&samples)); /* an update, never closed */
    const char *text = print();
    assert_null(strstr(text, "Read "));
    assert_non_null(strstr(text, "Detected 2 anomalies.\nOpened 1 finding.\n"));
    assert_non_null(strstr(text, "Kind: cascading, critical, still open at the end\n"));
}

static void test_dates_when_days_differ(void **state)
{
    (void)state;
    samples.incident.end_ns = samples.incident.start_ns + DAY_NS;
    samples.incident.veto.type = VETO_NONE;
    take(event_of_incident(&samples));
    const char *text = print();
    assert_non_null(strstr(text, "Times are UTC.\n--- INCIDENT #1"));
    assert_non_null(strstr(text, "Duration: 2026-01-01 19:20:29 - 2026-01-02 19:20:29\n"));
    assert_null(strstr(text, "Advice"));
}

static void test_narrative_is_wrapped(void **state)
{
    (void)state;
    char *n = samples.incident.narrative;
    n[0] = '\0';
    for (int i = 0; i < 60; i++)
        strcat(n, i == 30 ? "na\xc3\xafve " : "words ");
    take(event_of_incident(&samples));
    const char *text = strstr(print(), "Narrative: ");
    assert_non_null(text);
    /* 11 columns of indent and 14 words of 5 with 14 blanks: 11 + 14 * 6 + 5 = 100. */
    const char *end = strchr(text, '\n');
    assert_int_equal(end - text, 100);
    assert_memory_equal(end + 1, "           words ", 17);
    /* The third line holds the two-byte letter: one byte more for the same columns. */
    const char *third = strchr(end + 1, '\n') + 1;
    assert_int_equal(strchr(third, '\n') - third, 101);
}

static void test_a_number_keeps_its_unit(void **state)
{
    (void)state;
    char *n = samples.incident.narrative;
    n[0] = '\0';
    for (int i = 0; i < 14; i++)
        strcat(n, "words ");
    strcat(n, "24 min later");
    take(event_of_incident(&samples));
    /* 11 + 14 * 6 = 95: "24" alone would still fit. */
    assert_non_null(strstr(print(), " words\n           24 min later\n"));
}

static void test_hostile_narrative(void **state)
{
    (void)state;
    samples.incident.host = samples.hostile;
    strcpy(samples.incident.narrative, HOSTILE_NAME "\n--- INCIDENT #2 ---");
    take(event_of_incident(&samples));
    const char *text = print();
    assert_null(strchr(text, '\033'));
    assert_null(strstr(text, "\n--- INCIDENT #2"));
}

static int keep_last(void *context, const char *bytes, size_t n)
{
    snprintf(context, 256, "%.*s", (int)n, bytes);
    return 0;
}

static void test_more_incidents_than_are_kept(void **state)
{
    (void)state;
    samples.incident.change = CHANGE_OPEN;
    for (int i = 0; i < REPORT_INCIDENTS_MAX + 5; i++) {
        snprintf(samples.incident.id, sizeof(samples.incident.id), "%016x", (unsigned)i);
        take(event_of_incident(&samples));
    }
    samples.incident.change = CHANGE_CLOSE; /* of one that is not kept */
    take(event_of_incident(&samples));
    char last[256];
    assert_int_equal(report_print(report, 0, keep_last, last), 0);
    assert_string_equal(
        last, "\nAnd 5 more, which this report does not keep (at most 1000); --json prints every one.\n");
}

static int refuse(void *context, const char *bytes, size_t n)
{
    (void)bytes;
    (void)n;
    ++*(int *)context;
    return -EPIPE;
}

static void test_stops_at_a_failed_write(void **state)
{
    (void)state;
    take(event_of_incident(&samples));
    int calls = 0;
    assert_int_equal(report_print(report, 0, refuse, &calls), -EPIPE);
    assert_int_equal(calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_incident, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_incident, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_summary_it_counts_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dates_when_days_differ, setup, teardown),
        cmocka_unit_test_setup_teardown(test_narrative_is_wrapped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_number_keeps_its_unit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_narrative, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_incidents_than_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stops_at_a_failed_write, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
