/* SPDX-License-Identifier: MIT
 * The classic profile against tests/golden/classic/, which classic_golden.py computed from the written rules
 * over whole series: to 1e-9 (relative above 1). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define TOLERANCE 1e-9
#define SECOND    INT64_C(1000000000)

static void assert_near(double got, const json_t *expected)
{
    if (json_is_null(expected)) {
        assert_true(isnan(got));
        return;
    }
    double want = json_number_value(expected);
    if (!(fabs(got - want) <= TOLERANCE * fmax(1, fabs(want))))
        fail_msg("got %.17g, expected %.17g", got, want);
}

static int64_t seconds(const json_t *v)
{
    return (int64_t)json_integer_value(v) * SECOND;
}

static const char *string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Replays a golden file in the classic profile; returns what is expected of it. */
static json_t *replay(struct rig *r, const char *name, enum engine_mode mode)
{
    const char *root = getenv("COHERENCE_SOURCE_ROOT");
    char path[4096];
    json_error_t e;

    rig_init(r);
    r->options.profile = PROFILE_CLASSIC;
    rig_start(r, mode);
    snprintf(path, sizeof(path), "%s/tests/golden/classic/%s.csv", root ? root : ".", name);
    assert_int_equal(rig_replay(r, path), 0);
    engine_end(r->engine);
    snprintf(path, sizeof(path), "%s/tests/golden/classic/%s.expected.json", root ? root : ".", name);
    json_t *j = json_load_file(path, 0, &e);
    if (!j)
        fail_msg("%s: %s", path, e.text);
    return j;
}

static void compare_anomalies(const struct rig *r, const json_t *expected)
{
    size_t i;
    json_t *x;

    json_array_foreach(expected, i, x)
    {
        const struct rig_event *e = rig_find(r, EVENT_ANOMALY, -1, i);
        if (!e)
            fail_msg("anomaly %zu is missing", i);
        if (e->anomaly.t_ns != seconds(json_object_get(x, "t")))
            fail_msg("anomaly %zu is at %lld", i, (long long)(e->anomaly.t_ns / SECOND));
        assert_string_equal(e->anomaly.metric, string(x, "metric"));
        assert_int_equal(e->anomaly.kind, ANOMALY_VARIANCE);
        assert_near(e->anomaly.score, json_object_get(x, "score"));
        if (string(x, "host"))
            assert_string_equal(
                catalog_host_name(engine_catalog(r->engine), e->anomaly.entity), string(x, "host"));
    }
    assert_int_equal(rig_count(r, EVENT_ANOMALY, -1), json_array_size(expected));
}

static void compare_incidents(const struct rig *r, const json_t *expected)
{
    size_t i;
    json_t *x;

    assert_int_equal(rig_count(r, EVENT_INCIDENT, -1), json_array_size(expected));
    json_array_foreach(expected, i, x)
    {
        const struct incident *got = rig_find(r, EVENT_INCIDENT, CHANGE_CLOSE, i)->incident;
        assert_string_equal(catalog_host_name(engine_catalog(r->engine), got->host), string(x, "host"));
        assert_true(got->start_ns == seconds(json_object_get(x, "start")));
        assert_true(got->end_ns == seconds(json_object_get(x, "end")));
        assert_near(got->risk, json_object_get(x, "risk"));
        assert_non_null(strstr(got->narrative, string(x, "pattern")));
    }
}

static void table(const char *name)
{
    struct rig r;
    json_t *j = replay(&r, name, ENGINE_BOUNDED);

    assert_true(json_array_size(json_object_get(j, "anomalies")) > 0);
    compare_anomalies(&r, json_object_get(j, "anomalies"));
    compare_incidents(&r, json_object_get(j, "incidents"));
    const struct summary *s = &rig_find(&r, EVENT_SUMMARY, -1, 0)->summary;
    assert_int_equal(s->anomalies, json_array_size(json_object_get(j, "anomalies")));
    assert_int_equal(s->incidents, json_array_size(json_object_get(j, "incidents")));
    json_decref(j);
    rig_done(&r);
}

static void one_host(void **state)
{
    (void)state;
    table("table-one-host");
}

static void joins(void **state)
{
    (void)state;
    table("table-joins");
}

static void small(void **state)
{
    (void)state;
    table("table-small");
}

static enum host_state state_of(const char *status)
{
    return strcmp(status, "WARMUP") == 0   ? HOST_WARMUP
           : strcmp(status, "STALE") == 0  ? HOST_STALE
           : strcmp(status, "STABLE") == 0 ? HOST_STABLE
                                           : HOST_UNSTABLE;
}

/* A tick: now, status, veto, sigma, growth, ratio, word of the reports. */
static void compare_tick(const struct rig_event *e, const json_t *x)
{
    const struct host_tick *t = &e->tick;
    const char *veto = json_string_value(json_array_get(x, 2)),
               *word = json_string_value(json_array_get(x, 6));

    assert_true(t->t_ns == seconds(json_array_get(x, 0)));
    assert_int_equal(t->state, state_of(json_string_value(json_array_get(x, 1))));
    assert_string_equal(veto_type_name(t->veto.type), veto ? veto : "NONE");
    assert_near(t->laws[LAW_SEIZURE].value, json_array_get(x, 3));
    assert_near(t->laws[LAW_FEVER].value, json_array_get(x, 4));
    assert_near(t->laws[LAW_AMPLIFICATION].value, json_array_get(x, 5));
    if (word)
        assert_string_equal(incident_kind_name((enum incident_kind)e->incident_kind), word);
    else
        assert_true(e->incident_kind == -1 || e->incident_kind == INCIDENT_SINGLE);
}

static void stream(void **state)
{
    struct rig r;
    size_t i;
    json_t *x;
    (void)state;

    json_t *j = replay(&r, "stream-limits", ENGINE_STREAM);
    const json_t *ticks = json_object_get(j, "ticks");
    assert_int_equal(rig_count(&r, EVENT_TICK, -1), json_array_size(ticks));
    json_array_foreach(ticks, i, x) compare_tick(rig_find(&r, EVENT_TICK, -1, i), x);
    compare_anomalies(&r, json_object_get(j, "anomalies"));
    json_decref(j);
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_host),
        cmocka_unit_test(joins),
        cmocka_unit_test(small),
        cmocka_unit_test(stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
