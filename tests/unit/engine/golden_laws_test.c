/* SPDX-License-Identifier: MIT
 * The laws of storms, collectors, slow recovery and lines for a lock through the whole engine with its
 * options at their defaults: what is found, as what, how soon, and what is left alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "../detection/heap.h"
#include "base/rng.h"
#include "rig.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)
#define MB     1e6
#define GB     1e9

/* The n-th opened finding of a law, or NULL. */
static const struct finding *opened(const struct rig *r, enum law_id law, size_t n)
{
    const struct rig_event *e;
    for (size_t i = 0; (e = rig_find(r, EVENT_FINDING, CHANGE_OPEN, i)); i++)
        if (e->finding->law == law && n-- == 0)
            return e->finding;
    return NULL;
}

static int second_of(const struct finding *f)
{
    return (int)((f->t_ns - START) / SECOND);
}

static const struct incident *last_incident(const struct rig *r)
{
    const struct incident *last = NULL;
    const struct rig_event *e;
    for (size_t i = 0; (e = rig_find(r, EVENT_INCIDENT, -1, i)); i++)
        if (e->incident->change != CHANGE_CLOSE)
            last = e->incident;
    return last;
}

struct service {
    struct rig rig;
    struct rng rng;
    double in, out, failed;
    int s;
};

static void service_init(struct service *v, uint64_t seed)
{
    memset(v, 0, sizeof(*v));
    rig_init(&v->rig);
    rig_start(&v->rig, ENGINE_STREAM);
    rng_seed(&v->rng, seed);
}

/* Requests come, and fan out, in batches of four. */
static void serve(struct service *v, int seconds, double in_per_s, double ratio, double failed)
{
    for (int end = v->s + seconds; v->s < end; v->s++) {
        int64_t t = START + v->s * SECOND;
        double in = 4 * (double)rng_poisson(&v->rng, in_per_s / 4);
        double out = 4 * (double)rng_poisson(&v->rng, in * ratio / 4);
        v->in += in;
        v->out += out;
        v->failed += (double)rng_poisson(&v->rng, out * failed);
        rig_sample(&v->rig, "a", "ingress_requests", t, v->in);
        rig_sample(&v->rig, "a", "egress_requests", t, v->out);
        rig_sample(&v->rig, "a", "egress_failures", t, v->failed);
        engine_tick(v->rig.engine, t);
    }
}

/* A surge of two minutes sets off retries that keep themselves going: found as a storm in half a minute, as
 * metastable and critical within eight minutes of the surge's end. */
static void a_metastable_storm_is_critical(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct service v;
        service_init(&v, seed);
        serve(&v, 900, 200, 2, 0.002);
        assert_null(opened(&v.rig, LAW_AMPLIFICATION, 0));
        serve(&v, 120, 500, 6, 0.7);
        serve(&v, 700, 200, 8, 0.8);
        const struct finding *storm = opened(&v.rig, LAW_AMPLIFICATION, 0),
                             *stays = opened(&v.rig, LAW_AMPLIFICATION, 1);
        assert_true(storm && stays);
        assert_string_equal(storm->cause, "retry_storm");
        assert_true(second_of(storm) <= 930);
        assert_string_equal(stays->cause, "metastable_retry_storm");
        assert_true(second_of(stays) >= 1020 + 300 && second_of(stays) <= 1020 + 480);
        const struct incident *i = last_incident(&v.rig);
        assert_int_equal(i->severity, SEVERITY_CRITICAL);
        assert_int_equal(i->veto.type, VETO_INTENT);
        assert_non_null(strstr(i->narrative, "does not end by itself"));
        rig_done(&v.rig);
    }
}

/* The same surge, and retries that end with it: a storm, and no more than that. */
static void a_storm_that_ends_with_its_trigger(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct service v;
        service_init(&v, seed);
        serve(&v, 900, 200, 2, 0.002);
        serve(&v, 120, 500, 6, 0.7);
        serve(&v, 1800, 200, 2, 0.002);
        assert_non_null(opened(&v.rig, LAW_AMPLIFICATION, 0));
        assert_string_equal(opened(&v.rig, LAW_AMPLIFICATION, 0)->cause, "retry_storm");
        assert_null(opened(&v.rig, LAW_AMPLIFICATION, 1));
        assert_int_equal(rig_count(&v.rig, EVENT_INCIDENT, CHANGE_CLOSE), 1);
        rig_done(&v.rig);
    }
}

/* A release that calls one service more, at a busy hour: no failures, never metastable, and normal after an
 * hour. */
static void a_new_fan_out_is_no_storm(void **state)
{
    struct service v;
    (void)state;

    service_init(&v, 1);
    serve(&v, 900, 200, 2, 0.002);
    serve(&v, 120, 500, 3, 0.002);
    serve(&v, 3 * 3600, 200, 3, 0.002);
    const struct finding *f = opened(&v.rig, LAW_AMPLIFICATION, 0);
    assert_non_null(f);
    assert_string_equal(f->cause, "unexplained");
    assert_null(opened(&v.rig, LAW_AMPLIFICATION, 1));
    assert_int_equal(rig_count(&v.rig, EVENT_INCIDENT, CHANGE_CLOSE), 1);
    rig_done(&v.rig);
}

/* Healthy fan-out of 1:5 in batches. */
static void batched_fan_out_is_healthy(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct service v;
        service_init(&v, seed);
        serve(&v, 3600, 50, 5, 0.01);
        assert_int_equal(rig_count(&v.rig, EVENT_FINDING, CHANGE_OPEN), 0);
        rig_done(&v.rig);
    }
}

static void runtime(struct rig *r, struct heap *h, int from_s, int to_s, double alloc, double kept)
{
    for (int s = from_s; s < to_s && !h->exhausted; s++) {
        int64_t t = START + s * SECOND;
        heap_second(h, alloc, kept);
        rig_sample(r, "a", "jvm.memory.limit", t, h->limit);
        rig_sample(r, "a", "jvm.memory.used", t, heap_used(h));
        rig_sample(r, "a", "jvm.gc.duration.count", t, h->count);
        rig_sample(r, "a", "jvm.gc.duration", t, h->time_s);
        engine_tick(r->engine, t);
    }
}

/* A leak of a megabyte a second in a heap of two gigabytes: minutes before the end, with the advice to
 * throttle. */
static void a_gc_spiral_is_found_before_its_end(void **state)
{
    struct rig r;
    struct heap h = {.limit = 2 * GB, .young = 0.6 * GB, .live = 0.5 * GB, .promotes = 0.02};
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    runtime(&r, &h, 0, 1200, 200 * MB, 0);
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 0);
    runtime(&r, &h, 1200, 9000, 200 * MB, 1 * MB);
    assert_true(h.exhausted);
    const struct finding *f = opened(&r, LAW_FEVER, 0);
    assert_non_null(f);
    assert_string_equal(f->cause, "gc_spiral");
    int exhausted_s = 1200 + (int)((2 * GB - 0.5 * GB) / MB);
    assert_true(exhausted_s - second_of(f) >= 240);
    assert_non_null(last_incident(&r));
    assert_int_equal(last_incident(&r)->veto.type, VETO_RESOURCE);
    assert_non_null(strstr(last_incident(&r)->narrative, "the collector runs"));
    rig_done(&r);
}

static void healthy_collecting_is_none(void **state)
{
    struct rig r;
    struct heap h = {.limit = 1 * GB, .young = 0.3 * GB, .live = 0.3 * GB, .promotes = 0.02};
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    runtime(&r, &h, 0, 7200, 600 * MB, 0);
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 0);
    assert_true(h.count > 7200);
    rig_done(&r);
}

/* A CPU that recovers ever more slowly is a warning: an incident that is not critical and gives no advice. */
static void slow_recovery_is_a_warning(void **state)
{
    struct rig r;
    struct rng rng;
    double x = 0;
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    rng_seed(&rng, 2);
    for (int s = 0; s < 9 * 3600; s++) {
        double ill = s < 3 * 3600 ? 0 : (s - 3 * 3600) / (6 * 3600.0);
        x = (0.3 + 0.68 * ill) * x + 1.5 * rng_normal(&rng);
        rig_sample(&r, "a", "cpu_usage", START + s * SECOND, 40 + x);
        engine_tick(r.engine, START + s * SECOND);
    }
    const struct finding *f = opened(&r, LAW_EARLY_WARNING, 0);
    assert_non_null(f);
    assert_true(second_of(f) > 3 * 3600 && second_of(f) < 8 * 3600 + 1800);
    const struct rig_event *e = rig_find(&r, EVENT_INCIDENT, CHANGE_OPEN, 0);
    assert_int_equal(e->incident->severity, SEVERITY_WARNING);
    assert_int_equal(e->incident->veto.type, VETO_NONE);
    assert_non_null(strstr(e->incident->narrative, "Nothing has failed"));
    rig_done(&r);
}

static uint32_t series_of(struct rig *r, const char *entity, const char *metric)
{
    struct catalog *names = engine_catalog(r->engine);
    int64_t host = catalog_host(names, "a", 1);
    int64_t e = catalog_entity_text(names, (uint32_t)host, entity, strlen(entity));
    int64_t s = catalog_series(names, (uint32_t)e, metric, strlen(metric));

    assert_true(s >= 0);
    return (uint32_t)s;
}

/* Two processes in cgroups of their own do as much as ever. The threads of the one begin to wait for each
 * other; a pool is what the other has always been, and both wait for a CPU more often now. */
static void a_line_for_a_lock_is_found_where_it_stands(void **state)
{
    static const char shop[] = "process:shop/4711 java @88", pool[] = "process:pool/4712 node @89";
    struct rig r;
    (void)state;

    rig_begin(&r, 1);
    for (int s = 0; s < 300; s++) {
        bool in_line = s >= 180;
        double waited = in_line ? 0.3 * (s - 180) + 0.01 * 180 : 0.01 * s;
        struct sample samples[] = {
            {series_of(&r, "", "cpu_usage"), 55 + s % 3},
            {series_of(&r, "cgroup:shop", "cpu_usage"), 25 + s % 2},
            {series_of(&r, "cgroup:shop", "memory_used_mb"), 100},
            {series_of(&r, "cgroup:pool", "cpu_usage"), 25 + s % 2},
            {series_of(&r, "cgroup:pool", "memory_used_mb"), 100},
            {series_of(&r, shop, "cpu_usage"), 25},
            {series_of(&r, shop, "process.thread.futex_wait.share"), in_line ? 0.85 : 0.1},
            {series_of(&r, shop, "process.cpu.run_queue.wait"), waited},
            {series_of(&r, pool, "cpu_usage"), 25},
            {series_of(&r, pool, "process.thread.futex_wait.share"), in_line ? 0.95 : 0.9},
            {series_of(&r, pool, "process.cpu.run_queue.wait"), waited},
        };
        assert_int_equal(
            engine_frame(r.engine, START + s * SECOND, samples, sizeof(samples) / sizeof(samples[0])), 0);
        engine_tick(r.engine, START + s * SECOND);
    }
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 1);
    const struct finding *f = opened(&r, LAW_SEIZURE, 0);
    assert_non_null(f);
    assert_string_equal(catalog_entity_get(engine_catalog(r.engine), f->entity)->name, "shop");
    assert_string_equal(f->cause, "lock_convoy");
    assert_true(second_of(f) >= 195 && second_of(f) <= 230);
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_metastable_storm_is_critical),
        cmocka_unit_test(a_storm_that_ends_with_its_trigger),
        cmocka_unit_test(a_new_fan_out_is_no_storm),
        cmocka_unit_test(batched_fan_out_is_healthy),
        cmocka_unit_test(a_gc_spiral_is_found_before_its_end),
        cmocka_unit_test(healthy_collecting_is_none),
        cmocka_unit_test(slow_recovery_is_a_warning),
        cmocka_unit_test(a_line_for_a_lock_is_found_where_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
