/* SPDX-License-Identifier: MIT
 * What outputs can ask of the engine: nothing before there is anything, then what was said, in the metric's
 * unit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "rig.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)

static uint32_t host(struct rig *r, const char *name)
{
    return (uint32_t)catalog_host(engine_catalog(r->engine), name, strlen(name));
}

static uint32_t series(struct rig *r, const char *name, const char *metric)
{
    return (uint32_t)catalog_series(engine_catalog(r->engine), host(r, name), metric, strlen(metric));
}

static void nothing_before_there_is_anything(void **state)
{
    struct rig r;
    float recent[4];
    double scale[4], value[4];
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    const struct view *v = engine_view(r.engine);
    uint32_t h = host(&r, "h"), s = series(&r, "h", "queue");
    assert_ptr_equal(view_catalog(v), engine_catalog(r.engine));
    assert_true(view_now_ns(v) == 0);
    assert_null(view_host(v, h));
    assert_null(view_host(v, 12345));
    assert_int_equal(view_finding_count(v), 0);
    assert_null(view_finding(v, 0));
    assert_int_equal(view_incident_count(v), 0);
    assert_null(view_incident(v, 0));
    assert_int_equal(view_recent(v, s, recent, 4), 0);
    assert_int_equal(view_recent(v, 12345, recent, 4), 0);
    assert_int_equal(view_spectrum(v, h, scale, value, 4), 0);
    assert_int_equal(view_spectrum(v, 12345, scale, value, 4), 0);
    for (int law = 0; law < LAW_COUNT; law++) {
        struct law_reading l = view_reading(v, h, (enum law_id)law);
        assert_int_equal(l.state, LAW_UNOBSERVABLE);
        assert_true(isnan(l.value) && isnan(l.hi) && l.unit);
        assert_int_equal(view_reading(v, 12345, (enum law_id)law).state, LAW_UNOBSERVABLE);
    }
    struct summary sum = view_summary(v);
    assert_true(sum.samples == 0 && sum.series == 1 && sum.refused == 0);
    rig_done(&r);
}

static void recent_values_are_in_the_metrics_unit(void **state)
{
    struct rig r;
    float recent[1000];
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    for (int s = 1; s <= 700; s++) {
        rig_sample(&r, "h", "cpu_usage", START + s * SECOND, s % 100);
        rig_sample(&r, "h", "queue", START + s * SECOND, 1000 + s);
        engine_tick(r.engine, START + s * SECOND);
        if (s == 5) {
            assert_int_equal(view_recent(engine_view(r.engine), series(&r, "h", "queue"), recent, 1000), 5);
            assert_true(recent[0] == 1001.0F && recent[4] == 1005.0F);
        }
    }
    const struct view *v = engine_view(r.engine);
    assert_int_equal(view_recent(v, series(&r, "h", "cpu_usage"), recent, 3), 3);
    /* 98 %, 99 %, 0 %: ratios. */
    assert_true(fabsf(recent[0] - 0.98F) < 1e-6F && fabsf(recent[1] - 0.99F) < 1e-6F && recent[2] == 0);
    assert_int_equal(view_recent(v, series(&r, "h", "system.cpu.utilization"), recent, 3), 0);
    uint32_t n = view_recent(v, series(&r, "h", "cpu_usage"), recent, 1000);
    assert_true(n >= 60 && n <= 1000 && recent[n - 1] == 0);
    n = view_recent(v, series(&r, "h", "queue"), recent, 1000);
    assert_int_equal(n, 16);
    for (uint32_t i = 0; i < n; i++)
        assert_true(recent[i] == 1685.0F + (float)i);
    assert_int_equal(view_recent(v, series(&r, "h", "queue"), recent, 0), 0);
    rig_done(&r);
}

/* Two hosts swing, the second first. */
static void make_trouble(struct rig *r)
{
    struct rng rng;
    rng_seed(&rng, 1);
    for (int s = 1; s <= 300; s++) {
        bool b = s > 60, a = s > 150;
        rig_sample(
            r, "a", "cpu_usage", START + s * SECOND, (a ? (s % 4 < 2 ? 5 : 90) : 20) + rng_normal(&rng));
        rig_sample(
            r, "b", "cpu_usage", START + s * SECOND, (b ? (s % 4 < 2 ? 5 : 90) : 20) + rng_normal(&rng));
        engine_tick(r->engine, START + s * SECOND);
    }
}

static void what_is_open_can_be_listed(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    make_trouble(&r);
    const struct view *v = engine_view(r.engine);
    assert_int_equal(view_finding_count(v), 2);
    assert_int_equal(view_finding(v, 0)->entity, host(&r, "a"));
    assert_int_equal(view_finding(v, 1)->entity, host(&r, "b"));
    assert_null(view_finding(v, 2));
    assert_int_equal(view_incident_count(v), 2);
    assert_int_equal(view_incident(v, 0)->host, host(&r, "b"));
    assert_int_equal(view_incident(v, 1)->host, host(&r, "a"));
    assert_null(view_incident(v, 2));
    assert_true(view_incident(v, 0)->start_ns < view_incident(v, 1)->start_ns);
    rig_done(&r);
}

static void readings_are_those_of_the_last_tick(void **state)
{
    struct rig r;
    double scale[16], value[16];
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    make_trouble(&r);
    const struct view *v = engine_view(r.engine);
    uint32_t a = host(&r, "a");
    const struct host_tick *t = view_host(v, a);
    assert_non_null(t);
    assert_true(t->t_ns == START + 300 * SECOND && view_now_ns(v) == t->t_ns);
    assert_int_equal(t->state, HOST_UNSTABLE);
    assert_int_equal(t->veto.type, VETO_COMPUTE);
    struct law_reading l = view_reading(v, a, LAW_SEIZURE);
    assert_int_equal(l.state, LAW_ACTIVE);
    assert_true(l.value == t->laws[LAW_SEIZURE].value && l.hi == t->laws[LAW_SEIZURE].hi);
    assert_int_equal(view_reading(v, a, LAW_FEVER).state, LAW_UNOBSERVABLE);
    assert_int_equal(view_reading(v, a, LAW_SIGNAL_LOST).state, LAW_OK);
    uint32_t n = view_spectrum(v, a, scale, value, 16);
    assert_int_equal(n, 3); /* 1, 2 and 4 seconds */
    assert_true(scale[0] == 1 && scale[1] == 2 && scale[2] == 4);
    bool shown = false;
    for (uint32_t i = 0; i < n; i++)
        shown |= scale[i] == l.scale_s && value[i] == l.value;
    assert_true(shown);
    assert_int_equal(view_spectrum(v, a, scale, value, 1), 1);
    struct summary s = view_summary(v);
    assert_true(s.samples == 600 && s.series == 2 && s.findings == 2 && s.incidents == 2 && s.anomalies > 0);
    rig_done(&r);
}

/* A single series has readings of the two laws that are about it. */
static void series_have_readings_too(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    for (int s = 1; s <= 4000; s++) {
        rig_sample(&r, "h", "queue", START + s * SECOND, 5 + s % 3);
        engine_tick(r.engine, START + s * SECOND);
        if (s == 100)
            assert_int_equal(
                view_reading(engine_view(r.engine),
                    catalog_series_get(engine_catalog(r.engine), series(&r, "h", "queue"))->entity, LAW_SHOCK)
                    .state,
                LAW_WARMUP);
    }
    const struct view *v = engine_view(r.engine);
    uint32_t e = catalog_series_get(engine_catalog(r.engine), series(&r, "h", "queue"))->entity;
    struct law_reading l = view_reading(v, e, LAW_SHOCK);
    assert_int_equal(l.state, LAW_OK);
    assert_true(l.value == 5 + 4000 % 3 && l.expected > 4 && l.expected < 8);
    assert_int_equal(view_reading(v, e, LAW_SEIZURE).state, LAW_UNOBSERVABLE);
    rig_done(&r);
}

/* With several threads the view shows the last tick that was said, whole. */
static void the_view_is_of_the_last_merge(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    r.options.threads = 3;
    rig_start(&r, ENGINE_STREAM);
    make_trouble(&r);
    engine_flush(r.engine);
    const struct view *v = engine_view(r.engine);
    assert_true(view_now_ns(v) == START + 300 * SECOND);
    assert_int_equal(view_incident_count(v), 2);
    assert_true(view_host(v, host(&r, "a"))->t_ns == START + 300 * SECOND);
    rig_done(&r);
}

/* The classic profile answers for its hosts too. */
static void classic_readings(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    r.options.profile = PROFILE_CLASSIC;
    rig_start(&r, ENGINE_STREAM);
    make_trouble(&r);
    const struct view *v = engine_view(r.engine);
    const struct host_tick *t = view_host(v, host(&r, "a"));
    assert_non_null(t);
    assert_int_equal(t->laws[LAW_SEIZURE].state, LAW_ACTIVE);
    struct law_reading l = view_reading(v, host(&r, "a"), LAW_SEIZURE);
    assert_int_equal(l.state, LAW_ACTIVE);
    assert_true(l.value == t->laws[LAW_SEIZURE].value && l.hi == 10);
    assert_int_equal(view_reading(v, host(&r, "a"), LAW_FEVER).state, LAW_UNOBSERVABLE);
    assert_int_equal(view_reading(v, host(&r, "a"), LAW_SHOCK).state, LAW_UNOBSERVABLE);
    assert_true(view_now_ns(v) == START + 300 * SECOND);
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_before_there_is_anything),
        cmocka_unit_test(recent_values_are_in_the_metrics_unit),
        cmocka_unit_test(what_is_open_can_be_listed),
        cmocka_unit_test(readings_are_those_of_the_last_tick),
        cmocka_unit_test(series_have_readings_too),
        cmocka_unit_test(the_view_is_of_the_last_merge),
        cmocka_unit_test(classic_readings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
