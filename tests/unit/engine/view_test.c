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

    /* A hole has no values. */
    rig_sample(&r, "h", "cpu_usage", START + 710 * SECOND, 50);
    engine_tick(r.engine, START + 710 * SECOND);
    assert_int_equal(view_recent(v, series(&r, "h", "cpu_usage"), recent, 2), 2);
    assert_true(recent[0] == 0 && recent[1] == 0.5F);
    n = view_recent(v, series(&r, "h", "cpu_usage"), recent, 1000);
    for (uint32_t i = 0; i < n; i++)
        assert_false(isnan(recent[i]));
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

static void quantities_are_levels_and_rates_with_what_was_expected(void **state)
{
    struct rig r;
    struct view_signal s = {.value = -1};
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    for (int i = 1; i <= 100; i++) {
        rig_sample(&r, "h", "cpu_usage", START + i * SECOND, 25);
        rig_sample(&r, "h", "system.context_switches", START + i * SECOND, 300.0 * i);
        rig_sample(&r, "h", "queue", START + i * SECOND, 7);
        rig_sample(&r, "h", "memory_limit_mb", START + i * SECOND, 64);
        rig_sample(&r, "h", "memory_used_mb", START + i * SECOND, 16);
        engine_tick(r.engine, START + i * SECOND);
    }
    const struct view *v = engine_view(r.engine);
    uint32_t h = host(&r, "h"),
             queue = catalog_series_get(engine_catalog(r.engine), series(&r, "h", "queue"))->entity;
    assert_false(view_signal(v, 12345, METRIC_CPU_UTILIZATION, &s));
    assert_false(view_signal(v, h, METRIC_FORKS, &s));
    assert_true(s.value == -1);
    assert_true(view_signal(v, h, METRIC_CPU_UTILIZATION, &s));
    assert_true(fabs(s.value - 0.25) < 1e-9 && fabs(s.expected - 0.25) < 1e-6 && !s.rate);
    assert_true(view_signal(v, h, METRIC_CONTEXT_SWITCHES, &s));
    assert_true(fabs(s.value - 300) < 1e-9 && fabs(s.expected - 300) < 1e-6 && s.rate);
    assert_true(view_signal(v, h, METRIC_MEMORY_LIMIT, &s));
    assert_true(s.value == 64.0 * (1 << 20) && isnan(s.expected) && isnan(s.surprise));
    assert_true(view_signal(v, queue, METRIC_KNOWN_COUNT, &s));
    assert_true(s.value == 7);
    struct view_supply supplies[VIEW_SUPPLIES_MAX];
    assert_int_equal(view_supplies(v, 12345, supplies, VIEW_SUPPLIES_MAX), 0);
    assert_int_equal(view_supplies(v, h, supplies, 0), 0);
    assert_int_equal(view_supplies(v, h, supplies, VIEW_SUPPLIES_MAX), 1);
    assert_string_equal(supplies[0].name, "memory");
    assert_true(supplies[0].bytes && supplies[0].used == 16.0 * (1 << 20) && isnan(supplies[0].early_s));
    assert_true(supplies[0].limit == 64.0 * (1 << 20));
    struct view_process p;
    assert_false(view_process(v, h, &p));
    rig_done(&r);
}

/* A leak of 1 MiB/s towards 1000 MiB: after ten minutes of it there are 400 s left. */
static void what_runs_out_says_when(void **state)
{
    struct rig r;
    struct view_supply s;
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    for (int i = 1; i <= 600; i++) {
        rig_sample(&r, "h", "memory_limit_mb", START + i * SECOND, 1000);
        rig_sample(&r, "h", "memory_used_mb", START + i * SECOND, i);
        engine_tick(r.engine, START + i * SECOND);
    }
    assert_int_equal(view_supplies(engine_view(r.engine), host(&r, "h"), &s, 1), 1);
    assert_true(fabs(s.growth_per_s - (1 << 20)) < 1);
    assert_true(s.early_s > 100 && s.early_s <= 400 && (isnan(s.late_s) || s.late_s >= 400));
    rig_done(&r);
}

static void processes_say_what_they_use(void **state)
{
    static const char name[] = "12 java @5";
    struct rig r;
    struct view_process p;
    struct view_signal s;
    float recent[4];
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    struct catalog *c = engine_catalog(r.engine);
    uint32_t h = host(&r, "h"), e = (uint32_t)catalog_entity(c, h, ENTITY_PROCESS, name, strlen(name), h),
             cpu = (uint32_t)catalog_series_known(c, e, METRIC_CPU_UTILIZATION),
             memory = (uint32_t)catalog_series_known(c, e, METRIC_MEMORY_USAGE),
             faults = (uint32_t)catalog_series_known(c, e, METRIC_PAGE_FAULTS);
    const struct view *v = engine_view(r.engine);
    assert_false(view_process(v, e, &p));
    for (int i = 1; i <= 100; i++) {
        const struct sample samples[] = {
            {cpu, i % 2 ? 0.25 : 0.5}, {memory, 1e6 + 1000.0 * i}, {faults, 50.0 * i}};
        assert_int_equal(engine_frame(r.engine, START + i * SECOND, samples, 3), 0);
        engine_tick(r.engine, START + i * SECOND);
    }
    assert_true(view_process(v, e, &p));
    assert_true(p.cpu_ratio == 0.5 && isnan(p.futex_ratio) && isnan(p.wait_ratio));
    assert_true(fabs(p.memory_bytes - 1.1e6) < 1 && fabs(p.growth_bytes_per_s - 1000) < 1e-3);
    assert_true(fabs(p.faults_per_s - 50) < 1e-6);
    assert_true(view_signal(v, e, METRIC_PAGE_FAULTS, &s) && s.rate && fabs(s.value - 50) < 1e-6);
    assert_int_equal(view_recent(v, cpu, recent, 4), 4);
    assert_true(recent[2] == 0.25F && recent[3] == 0.5F);
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
        cmocka_unit_test(quantities_are_levels_and_rates_with_what_was_expected),
        cmocka_unit_test(what_runs_out_says_when),
        cmocka_unit_test(processes_say_what_they_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
