/* SPDX-License-Identifier: MIT
 * Lines for people and logfmt lines against lines written by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "output/event_json.h"
#include "output/event_text.h"
#include "sample_events.h"

static struct samples samples;
static char buffer[EVENT_JSON_MAX];

static int setup(void **state)
{
    (void)state;
    samples_make(&samples);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    catalog_free(samples.catalog);
    return 0;
}

static const char *text_of(struct event e, bool color)
{
    struct text t;
    text_init(&t, buffer, sizeof(buffer));
    event_text_write(&t, samples.catalog, &e, color, false);
    assert_false(t.truncated);
    return buffer;
}

static const char *logfmt_of(struct event e)
{
    struct text t;
    text_init(&t, buffer, sizeof(buffer));
    event_logfmt_write(&t, samples.catalog, &e);
    assert_false(t.truncated);
    return buffer;
}

static void test_tick(void **state)
{
    (void)state;
    assert_string_equal(text_of(event_of_tick(&samples), false),
        "19:20:29  host-001      TICK           unstable  seizure ACTIVE 31.2 % (usual 4 %) | fever ok 1.5 "
        "MB/s (usual 1 MB/s) | "
        "amplification unobservable | advice SHED_LOAD until 19:21:29 | incident ffeeddccbbaa9988\n");
}

static void test_anomaly(void **state)
{
    (void)state;
    assert_string_equal(text_of(event_of_anomaly(&samples), false),
        "19:20:29  host-001      ANOMALY        variance  cpu_usage score 2.01\n");
}

static void test_finding(void **state)
{
    (void)state;
    assert_string_equal(text_of(event_of_finding(&samples), false),
        "19:20:29  host-001      FEVER          open      process:java: Memory of java grows by 4.2 MB/s. "
        "[since 19:19:51, 38s; "
        "cause leak; confidence medium, not calibrated yet; id "
        "00112233445566aa]\n");
    samples.finding.calibrated = true;
    assert_non_null(
        strstr(text_of(event_of_finding(&samples), false), "confidence medium; id 00112233445566aa]\n"));
}

static void test_incident(void **state)
{
    (void)state;
    assert_string_equal(text_of(event_of_incident(&samples), false),
        "19:20:49  host-001      INCIDENT       update    critical cascading, risk 0.50: Detected "
        "instability on host-001. "
        "Pattern: COMPUTE SEIZURE (High Variance). [since 19:20:29, 5m18s; advice SHED_LOAD until 19:21:29; "
        "id "
        "ffeeddccbbaa9988]\n");
}

/* For a terminal the story's lines stand each on its own; a name that drives terminals cannot. */
static void test_incident_lines(void **state)
{
    struct event e = event_of_incident(&samples);
    struct text t;
    (void)state;
    strcpy(samples.incident.narrative, "One.\033 Two. Three.");
    samples.incident.lines[0] = (struct story_line){0, LINE_HEAD};
    samples.incident.lines[1] = (struct story_line){6, LINE_FACT};
    samples.incident.lines[2] = (struct story_line){11, LINE_NEXT};
    samples.incident.line_count = 3;
    text_init(&t, buffer, sizeof(buffer));
    event_text_write(&t, samples.catalog, &e, false, true);
    assert_non_null(strstr(buffer, ", risk 0.50:\nOne.\\x1b\nTwo.\nThree.\n[since "));
    text_clear(&t);
    event_text_write(&t, samples.catalog, &e, false, false);
    assert_non_null(strstr(buffer, ", risk 0.50: One.\\x1b Two. Three. [since "));
}

static void test_summary(void **state)
{
    (void)state;
    assert_string_equal(text_of(event_of_summary(&samples), false),
        "summary: 34200 samples, 9 series, 319 anomalies, 2 findings, 1 incidents\n");
    samples.summary.late = 3;
    assert_non_null(strstr(text_of(event_of_summary(&samples), false), ", 3 late\n"));
}

static void test_colour_only_adds(void **state)
{
    (void)state;
    char plain[4096];
    strcpy(plain, text_of(event_of_incident(&samples), false));
    const char *colored = text_of(event_of_incident(&samples), true);
    assert_non_null(strstr(colored, "\033[1;31mupdate\033[0m    critical"));
    /* Without its escape sequences it is the plain line. */
    char stripped[4096];
    size_t n = 0;
    for (const char *p = colored; *p != '\0'; p++) {
        if (*p == '\033')
            p = strchr(p, 'm');
        else
            stripped[n++] = *p;
    }
    stripped[n] = '\0';
    assert_string_equal(stripped, plain);
}

static void test_hostile_bytes_do_not_reach_a_terminal(void **state)
{
    (void)state;
    samples.incident.host = samples.hostile;
    strcpy(samples.incident.narrative, "on " HOSTILE_NAME "\n19:20:30  host-001      INCIDENT");
    const char *line = text_of(event_of_incident(&samples), false);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    for (const char *p = line; *p != '\n'; p++)
        assert_true((unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f);
    assert_non_null(strstr(line, "\\x0a\\x1b[31m\\x9b\\xff"));
}

static void test_day_line(void **state)
{
    (void)state;
    int64_t day = EVENT_TEXT_DAY_NONE;
    struct event e = event_of_tick(&samples);
    struct text t;
    text_init(&t, buffer, sizeof(buffer));
    event_text_day(&t, &day, &e);
    assert_string_equal(buffer, "-- 2026-01-01 (times are UTC) --\n");
    text_clear(&t);
    event_text_day(&t, &day, &e);
    struct event summary = event_of_summary(&samples);
    event_text_day(&t, &day, &summary);
    assert_string_equal(buffer, "");
    samples.tick.t_ns = -1; /* the day before 1970 */
    event_text_day(&t, &day, &e);
    assert_string_equal(buffer, "-- 1969-12-31 (times are UTC) --\n");
}

static void test_logfmt(void **state)
{
    (void)state;
    assert_string_equal(logfmt_of(event_of_anomaly(&samples)),
        "level=warn type=anomaly t=1767295229.25 host=host-001 entity=host:host-001 metric=cpu_usage "
        "kind=variance "
        "score=2.014856969057055\n");
    assert_string_equal(logfmt_of(event_of_finding(&samples)),
        "level=warn type=finding t=1767295229.1 state=open id=00112233445566aa host=host-001 "
        "entity=process:java "
        "entity_parent=cgroup:web law=fever onset=1767295191 value=4194304 expected=100 band_hi=200 "
        "unit=By/s scale_s=1.6 "
        "false_alarms_per_year=12.5 calibrated=false confidence=medium cause=leak exhaustion_lo_s=600 "
        "text=\"Memory of java grows by 4.2 MB/s.\"\n");
    assert_string_equal(logfmt_of(event_of_incident(&samples)),
        "level=error type=incident t=1767295249 state=update id=ffeeddccbbaa9988 host=host-001 "
        "kind=cascading "
        "severity=critical start=1767295229 end=1767295547 risk=0.5 laws=seizure,signal_lost "
        "findings_total=40 severity_reason=cascading exhaustion_lo_s=60.5 "
        "veto_type=COMPUTE veto_action=SHED_LOAD veto_reason=\"the CPU swings\" veto_confidence=0.8 "
        "veto_expires=1767295289.5 "
        "narrative=\"Detected instability on host-001. Pattern: COMPUTE SEIZURE (High Variance).\"\n");
    assert_string_equal(logfmt_of(event_of_summary(&samples)),
        "level=info type=summary samples=34200 series=9 anomalies=319 "
        "findings=2 incidents=1 late=0 not_finite=0 refused=0 promised_per_day=0.1 "
        "shocks_per_day=0.05 host_days=40\n");
    samples.tick.veto.type = VETO_NONE;
    samples.tick.incident = NULL;
    assert_string_equal(logfmt_of(event_of_tick(&samples)),
        "level=warn type=tick t=1767295229 host=host-001 status=unstable seizure=active seizure_value=31.25 "
        "seizure_expected=4 "
        "seizure_band_lo=2 seizure_band_hi=8 seizure_unit=% seizure_scale_s=1.6 fever=ok fever_value=1500000 "
        "fever_expected=1000000 fever_band_lo=500000 fever_band_hi=2000000 fever_unit=By/s fever_scale_s=1.6 "
        "amplification=unobservable\n");
}

static void test_logfmt_quotes_hostile_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *pair;
    } cases[] = {
        {"a\"b", " host=\"a\\\"b\" "},
        {"a=b", " host=\"a=b\" "},
        {"a b", " host=\"a b\" "},
        {"a\\b", " host=\"a\\\\b\" "},
        {"a/b", " host=a/b "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        samples.incident.host = (uint32_t)catalog_host(samples.catalog, cases[i].name, 3);
        assert_non_null(strstr(logfmt_of(event_of_incident(&samples)), cases[i].pair));
    }
    samples.incident.host = samples.hostile;
    samples.incident.narrative[0] = '\0';
    const char *line = logfmt_of(event_of_incident(&samples));
    assert_non_null(
        strstr(line, " host=\"ev\\\"il\\\\\\n\\u001b[31m\xef\xbf\xbd\xef\xbf\xbd\" kind=cascading"));
    assert_non_null(strstr(line, " narrative=\"\"\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tick, setup, teardown),
        cmocka_unit_test_setup_teardown(test_anomaly, setup, teardown),
        cmocka_unit_test_setup_teardown(test_finding, setup, teardown),
        cmocka_unit_test_setup_teardown(test_incident_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_incident, setup, teardown),
        cmocka_unit_test_setup_teardown(test_summary, setup, teardown),
        cmocka_unit_test_setup_teardown(test_colour_only_adds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_bytes_do_not_reach_a_terminal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_day_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_logfmt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_logfmt_quotes_hostile_names, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
