/* SPDX-License-Identifier: MIT
 * The JSON lines against lines written by hand from the public format, and through a JSON reader that is not
 * ours (jansson). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/event_json.h"
#include "sample_events.h"

static struct samples samples;
static char buffer[EVENT_JSON_MAX];

static const char *line_of(struct event e)
{
    struct text t;
    text_init(&t, buffer, sizeof(buffer));
    event_json_write(&t, samples.catalog, &e);
    assert_false(t.truncated);
    assert_true(t.length > 0 && buffer[t.length - 1] == '\n');
    assert_null(memchr(buffer, '\n', t.length - 1));
    return buffer;
}

static json_t *parsed(struct event e)
{
    json_error_t error;
    json_t *j = json_loads(line_of(e), JSON_REJECT_DUPLICATES, &error);
    if (j == NULL)
        fail_msg("%s: %s", error.text, buffer);
    return j;
}

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

static void test_tick(void **state)
{
    (void)state;
    assert_string_equal(line_of(event_of_tick(&samples)),
        "{\"type\":\"tick\",\"t\":1767295229,\"host\":\"host-001\",\"status\":\"unstable\",\"laws\":{"
        "\"seizure\":{\"state\":\"active\",\"value\":31.25,\"expected\":4,\"band\":[2,8],\"unit\":\"%\","
        "\"scale_s\":1.6},"
        "\"fever\":{\"state\":\"ok\",\"value\":1500000,\"expected\":1000000,\"band\":[500000,2000000],"
        "\"unit\":\"By/s\","
        "\"scale_s\":1.6},"
        "\"amplification\":{\"state\":\"unobservable\",\"value\":null,\"expected\":null,\"band\":[null,null],"
        "\"unit\":\"1\","
        "\"scale_s\":null}},"
        "\"veto\":{\"type\":\"COMPUTE\",\"action\":\"SHED_LOAD\",\"reason\":\"the CPU "
        "swings\",\"confidence\":0.8,"
        "\"expires\":1767295289.5},"
        "\"incident\":{\"id\":\"ffeeddccbbaa9988\",\"kind\":\"cascading\",\"severity\":\"critical\"}}\n");
}

static void test_tick_without_veto_and_incident(void **state)
{
    (void)state;
    samples.tick.veto.type = VETO_NONE;
    samples.tick.incident = NULL;
    const char *line = line_of(event_of_tick(&samples));
    assert_non_null(strstr(line, ",\"veto\":null,\"incident\":null}\n"));
}

static void test_anomaly(void **state)
{
    (void)state;
    assert_string_equal(line_of(event_of_anomaly(&samples)),
        "{\"type\":\"anomaly\",\"t\":1767295229.25,\"host\":\"host-001\",\"entity\":{\"kind\":\"host\","
        "\"name\":\"host-001\","
        "\"parent\":null},\"metric\":\"cpu_usage\",\"kind\":\"variance\",\"score\":2.014856969057055}\n");
}

static void test_finding(void **state)
{
    (void)state;
    assert_string_equal(line_of(event_of_finding(&samples)),
        "{\"type\":\"finding\",\"t\":1767295229.1,\"state\":\"open\",\"id\":\"00112233445566aa\",\"host\":"
        "\"host-001\","
        "\"entity\":{\"kind\":\"process\",\"name\":\"java\",\"parent\":\"cgroup:web\"},\"law\":\"fever\","
        "\"onset\":1767295191,"
        "\"value\":4194304,\"expected\":100,\"band\":[null,200],\"unit\":\"By/s\",\"scale_s\":1.6,"
        "\"false_alarms_per_year\":12.5,\"calibrated\":false,\"confidence\":\"medium\",\"cause\":\"leak\","
        "\"exhaustion_s\":[600,null],\"evidence\":[{\"signal\":\"memory_growth\",\"value\":4194304,"
        "\"expected\":100},"
        "{\"signal\":\"faults\",\"value\":0.5,\"expected\":null}],\"text\":\"Memory of java grows by 4.2 "
        "MB/s.\"}\n");
}

static void test_finding_states_and_absent_estimate(void **state)
{
    (void)state;
    samples.finding.change = CHANGE_UPDATE;
    samples.finding.exhaustion_lo_s = (double)NAN;
    samples.finding.false_alarms_per_year = (double)NAN;
    samples.finding.evidence_count = 0;
    const char *line = line_of(event_of_finding(&samples));
    assert_non_null(strstr(line, "\"state\":\"update\""));
    assert_non_null(strstr(line, "\"false_alarms_per_year\":null"));
    assert_non_null(strstr(line, "\"exhaustion_s\":null,\"evidence\":[],"));
    samples.finding.change = CHANGE_CLOSE;
    assert_non_null(strstr(line_of(event_of_finding(&samples)), "\"state\":\"close\""));
}

static void test_incident(void **state)
{
    (void)state;
    assert_string_equal(line_of(event_of_incident(&samples)),
        "{\"type\":\"incident\",\"t\":1767295249,\"state\":\"update\",\"id\":\"ffeeddccbbaa9988\",\"host\":"
        "\"host-001\","
        "\"kind\":\"cascading\",\"severity\":\"critical\",\"start\":1767295229,\"end\":1767295547,\"risk\":0."
        "5,"
        "\"laws\":[\"seizure\",\"signal_lost\"],\"narrative\":\"Detected instability on host-001. Pattern: "
        "COMPUTE SEIZURE "
        "(High Variance).\",\"findings\":[\"00112233445566aa\",\"00112233445566ab\"],"
        "\"veto\":{\"type\":\"COMPUTE\",\"action\":\"SHED_LOAD\",\"reason\":\"the CPU "
        "swings\",\"confidence\":0.8,"
        "\"expires\":1767295289.5},\"findings_total\":40,"
        "\"risk_terms\":[{\"law\":\"seizure\",\"entity\":\"host:host-001\",\"strength\":0.5,\"weight\":1}],"
        "\"severity_reason\":\"cascading\",\"exhaustion_s\":[60.5,null],\"merged_into\":null}\n");
}

static void test_summary(void **state)
{
    (void)state;
    assert_string_equal(line_of(event_of_summary(&samples)),
        "{\"type\":\"summary\",\"samples\":34200,\"series\":9,\"anomalies\":319,\"findings\":2,\"incidents\":"
        "1,\"late\":0,"
        "\"not_finite\":0,\"refused\":0,\"false_alarm_budget\":{\"promised_per_day\":0.1,"
        "\"shocks_per_day\":0.05,\"host_days\":40}}\n");
    samples.summary.promised_per_day = (double)NAN;
    assert_null(strstr(line_of(event_of_summary(&samples)), "false_alarm_budget"));
    samples.summary.promised_per_day = 0.1;
    samples.summary.judged_days = 0;
    assert_non_null(strstr(line_of(event_of_summary(&samples)), "\"shocks_per_day\":null,\"host_days\":0"));
}

static void test_hostile_names_parse_back(void **state)
{
    (void)state;
    samples.incident.host = samples.hostile;
    strcpy(samples.incident.narrative, "on " HOSTILE_NAME "\"}\n{\"type\":\"summary\"}");
    json_t *j = parsed(event_of_incident(&samples));
    /* Invalid UTF-8 (the last two bytes) becomes U+FFFD, everything else comes back as it was. */
    assert_string_equal(
        json_string_value(json_object_get(j, "host")), "ev\"il\\\n\033[31m\xef\xbf\xbd\xef\xbf\xbd");
    assert_non_null(
        strstr(json_string_value(json_object_get(j, "narrative")), "\"}\n{\"type\":\"summary\"}"));
    json_decref(j);
}

static void test_longest_line_fits(void **state)
{
    (void)state;
    char name[CATALOG_NAME_MAX];
    memset(name, 1, sizeof(name)); /* \u0001: six bytes each */
    int64_t host = catalog_host(samples.catalog, name, sizeof(name));
    assert_true(host >= 0);
    int64_t child =
        catalog_entity(samples.catalog, (uint32_t)host, ENTITY_PROCESS, name, sizeof(name), ENTITY_NONE);
    assert_true(child >= 0);
    memset(samples.incident.narrative, 1, INCIDENT_TEXT_MAX - 1);
    memset(samples.incident.veto.reason, 1, FINDING_TEXT_MAX - 1);
    samples.incident.host = (uint32_t)host;
    samples.incident.finding_count = INCIDENT_FINDINGS_MAX;
    for (unsigned i = 0; i < INCIDENT_FINDINGS_MAX; i++)
        strcpy(samples.incident.findings[i], "00112233445566aa");
    json_decref(parsed(event_of_incident(&samples)));
    memset(samples.finding.text, 1, FINDING_TEXT_MAX - 1);
    samples.finding.entity = (uint32_t)child;
    samples.finding.evidence_count = EVIDENCE_MAX;
    for (unsigned i = 0; i < EVIDENCE_MAX; i++)
        samples.finding.evidence[i] = (struct evidence){"signal", -1.7976931348623157e308, 4.9e-324};
    json_decref(parsed(event_of_finding(&samples)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tick, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tick_without_veto_and_incident, setup, teardown),
        cmocka_unit_test_setup_teardown(test_anomaly, setup, teardown),
        cmocka_unit_test_setup_teardown(test_finding, setup, teardown),
        cmocka_unit_test_setup_teardown(test_finding_states_and_absent_estimate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_incident, setup, teardown),
        cmocka_unit_test_setup_teardown(test_summary, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_names_parse_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_longest_line_fits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
