/* SPDX-License-Identifier: MIT
 * The classic profile against the original system's own answers, to 1e-9 (relative for scores). The answers
 * are the data behind COHERENCE_TEST_DATA, folder parity; without it every test says SKIP. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "correlation/classic_memory.h"
#include "detection/classic.h"
#include "detection/robust.h"
#include "detection/window.h"
#include "rig.h"

#define TOLERANCE 1e-9

static void assert_near(double got, double expected)
{
    if (fabs(got - expected) > TOLERANCE * (fabs(expected) > 1 ? fabs(expected) : 1))
        fail_msg("got %.17g, expected %.17g", got, expected);
}

static json_t *load(const char *folder, const char *name)
{
    char path[4096];
    json_error_t e;
    snprintf(path, sizeof(path), "%s/parity/%s", folder, name);
    json_t *j = json_load_file(path, 0, &e);
    assert_non_null(j);
    return j;
}

static double number(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

static const char *string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void start(struct rig *r, enum engine_mode mode)
{
    rig_init(r);
    r->options.profile = PROFILE_CLASSIC;
    rig_start(r, mode);
}

static const char *host_of(const struct rig *r, uint32_t entity)
{
    return catalog_host_name(engine_catalog(r->engine), entity);
}

static void compare_anomalies(const struct rig *r, const json_t *expected)
{
    size_t i;
    json_t *a;

    assert_int_equal(rig_count(r, EVENT_ANOMALY, -1), json_array_size(expected));
    json_array_foreach(expected, i, a)
    {
        const struct rig_event *e = rig_find(r, EVENT_ANOMALY, -1, i);
        assert_true(e->anomaly.t_ns == (int64_t)(number(a, "timestamp") * 1e9));
        assert_near(e->anomaly.score, number(a, "score"));
        if (string(a, "host"))
            assert_string_equal(host_of(r, e->anomaly.entity), string(a, "host"));
    }
}

static void compare_incidents(const struct rig *r, const json_t *expected)
{
    size_t i;
    json_t *x;

    assert_int_equal(rig_count(r, EVENT_INCIDENT, -1), json_array_size(expected));
    json_array_foreach(expected, i, x)
    {
        const struct incident *got = rig_find(r, EVENT_INCIDENT, -1, i)->incident;
        assert_string_equal(host_of(r, got->host), string(x, "host"));
        assert_true(got->start_ns == (int64_t)(number(x, "start") * 1e9));
        assert_true(got->end_ns == (int64_t)(number(x, "end") * 1e9));
        assert_near(got->risk, number(x, "risk"));
        if (string(x, "pattern"))
            assert_non_null(strstr(got->narrative, string(x, "pattern")));
    }
}

static void flight(const char *name)
{
    char path[4096], expected[64];
    const char *folder = rig_data(name);
    struct rig r;

    if (!folder)
        return;
    snprintf(path, sizeof(path), "%s/parity/%s.csv", folder, name);
    snprintf(expected, sizeof(expected), "%s.expected.json", name);
    json_t *j = load(folder, expected);
    start(&r, ENGINE_BOUNDED);
    assert_int_equal(rig_replay(&r, path), 0);
    engine_end(r.engine);
    compare_anomalies(&r, json_object_get(j, "anomalies"));
    compare_incidents(&r, json_object_get(j, "incidents"));
    rig_done(&r);
    json_decref(j);
}

static void flight_1(void **state)
{
    (void)state;
    flight("flight-1");
}

static void flight_2(void **state)
{
    (void)state;
    flight("flight-2");
}

static void flight_3(void **state)
{
    (void)state;
    flight("flight-3");
}

static void two_hosts(void **state)
{
    (void)state;
    flight("two-hosts");
}

static enum host_state state_of(const char *status)
{
    return strcmp(status, "WARMUP") == 0     ? HOST_WARMUP
           : strcmp(status, "STALE") == 0    ? HOST_STALE
           : strcmp(status, "STABLE") == 0   ? HOST_STABLE
           : strcmp(status, "INSTABLE") == 0 ? HOST_UNSTABLE
                                             : HOST_ERROR;
}

static enum veto_type veto_of(const char *type)
{
    return !type                           ? VETO_NONE
           : strcmp(type, "COMPUTE") == 0  ? VETO_COMPUTE
           : strcmp(type, "RESOURCE") == 0 ? VETO_RESOURCE
                                           : VETO_INTENT;
}

static void compare_value(double got, const json_t *object, const char *key)
{
    double expected = number(object, key);
    if (isnan(expected))
        assert_true(isnan(got));
    else
        assert_near(got, expected);
}

/* Every tick of the original's sentinel: status, veto, standard deviation, growth, ratio, and its
 * correlator's word. */
static void sentinel(void **state)
{
    const char *folder = rig_data("sentinel");
    char path[4096];
    struct rig r;
    size_t i;
    json_t *x;
    (void)state;

    if (!folder)
        return;
    json_t *j = load(folder, "sentinel.expected.json");
    snprintf(path, sizeof(path), "%s/parity/sentinel.csv", folder);
    start(&r, ENGINE_STREAM);
    assert_int_equal(rig_replay(&r, path), 0);
    assert_int_equal(rig_count(&r, EVENT_TICK, -1), json_array_size(j));
    json_array_foreach(j, i, x)
    {
        const struct host_tick *t = &rig_find(&r, EVENT_TICK, -1, i)->tick;
        assert_true(t->t_ns == (int64_t)(number(x, "now") * 1e9));
        assert_int_equal(t->state, state_of(string(x, "status")));
        json_t *veto = json_object_get(x, "veto");
        assert_int_equal(t->veto.type, veto_of(json_is_object(veto) ? string(veto, "type") : NULL));
        if (json_is_object(veto))
            assert_string_equal(veto_action_name(t->veto.type), string(veto, "action"));
        compare_value(t->laws[LAW_SEIZURE].value, x, "cpu_stddev");
        compare_value(t->laws[LAW_FEVER].value, x, "alloc_mb_s");
        compare_value(t->laws[LAW_AMPLIFICATION].value, x, "amplification");
    }
    rig_done(&r);
    json_decref(j);
}

static void correlator(void **state)
{
    const char *folder = rig_data("correlator");
    size_t i, k;
    json_t *x, *report;
    (void)state;

    if (!folder)
        return;
    json_t *j = load(folder, "correlator.expected.json");
    json_array_foreach(j, i, x)
    {
        struct classic_reports reports = {0};
        json_t *expected = json_object_get(x, "incident");
        json_array_foreach(json_object_get(x, "stream"), k, report)
        {
            const char *veto = json_string_value(json_array_get(report, 1));
            int kind = classic_reports_take(
                &reports, state_of(json_string_value(json_array_get(report, 0))), veto_of(veto));
            const json_t *e = json_array_get(expected, k);
            if (!json_is_object(e)) {
                assert_int_equal(kind, -1);
                continue;
            }
            assert_int_equal(
                kind, strcmp(string(e, "type"), "FLAPPING") == 0 ? INCIDENT_FLAPPING : INCIDENT_CASCADING);
        }
    }
    json_decref(j);
}

static void windows(void **state)
{
    const char *folder = rig_data("windows");
    size_t i, k;
    json_t *x, *v;
    (void)state;

    if (!folder)
        return;
    json_t *j = load(folder, "windows.expected.json");
    json_array_foreach(j, i, x)
    {
        double w[512], scratch[512];
        size_t n = json_array_size(json_object_get(x, "window"));
        json_array_foreach(json_object_get(x, "window"), k, v) w[k] = json_number_value(v);
        compare_value(window_variance(w, n), x, "variance");
        double z = robust_modified_z_classic(w[n - 1], w, n, scratch);
        if (json_is_string(json_object_get(x, "abs_modified_z")))
            assert_true(isinf(z));
        else
            compare_value(z, x, "abs_modified_z");
        assert_int_equal(z > 3, json_is_true(json_object_get(x, "spike_anomaly_at_3")));
    }
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flight_1),
        cmocka_unit_test(flight_2),
        cmocka_unit_test(flight_3),
        cmocka_unit_test(two_hosts),
        cmocka_unit_test(sentinel),
        cmocka_unit_test(correlator),
        cmocka_unit_test(windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
