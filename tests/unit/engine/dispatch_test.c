/* SPDX-License-Identifier: MIT
 * Batches that are worked off while the next one is filled: what the engine says is the same for any number
 * of threads, when batches fill up inside a tick, when hosts and series turn up while a batch is under way,
 * when hosts fall silent between two batches, and when a sink asks questions in the middle of it. Truth is
 * the engine with one thread, which has no batches. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "same.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)

#define HOSTS_MAX 80

/* What is fed: `hosts` hosts with cpu_usage and `metrics` metrics that no law knows. */
struct input {
    int hosts, metrics, seconds;
    int arrive_every; /* one host more every so many seconds, after the first ten hosts; 0: all at once */
    int leave;        /* hosts of which the number is a multiple of it fall silent for a while; 0: none */
    int tick_every;   /* seconds */
};

static const int64_t thread_counts[] = {2, 3, 8};

/* Shocks now and then, and some CPUs that swing. */
static double value(struct rng *rng, int host, int metric, int second)
{
    double noise = rng_normal(rng);
    if (metric < 0)
        return host % 7 == 1 && second % 300 > 150 ? (second % 4 < 2 ? 5 : 95) : 20 + noise;
    return 100 + noise + ((second + 13 * host) % 199 == 0 && metric % 2 ? 500 : 0);
}

static bool speaks(const struct input *in, int host, int second)
{
    if (in->arrive_every && host >= 10 && second < (host - 9) * in->arrive_every)
        return false;
    return !(in->leave && host % in->leave == 0 && second > in->seconds / 3 && second < in->seconds / 2);
}

static void feed(struct rig *r, const struct input *in)
{
    struct rng rng;

    rng_seed(&rng, 11);
    for (int s = 0; s < in->seconds; s++) {
        for (int h = 0; h < in->hosts; h++)
            for (int m = -1; m < in->metrics; m++) {
                char host[16], metric[16] = "cpu_usage";
                double x = value(&rng, h, m, s);
                if (!speaks(in, h, s))
                    continue;
                snprintf(host, sizeof(host), "h%d", h);
                if (m >= 0)
                    snprintf(metric, sizeof(metric), "m%d", m);
                rig_sample(r, host, metric, START + s * SECOND, x);
            }
        if (s % in->tick_every == 0)
            assert_int_equal(engine_tick(r->engine, START + s * SECOND), 0);
    }
    assert_int_equal(engine_end(r->engine), 0);
}

static void run(struct rig *r, const struct input *in, int64_t threads)
{
    rig_init(r);
    r->options.threads = threads;
    r->options.anomalies = true;
    rig_start(r, ENGINE_STREAM);
    feed(r, in);
}

static void is_the_same_for_all_threads(const struct input *in, bool with_findings)
{
    struct rig one;

    run(&one, in, 1);
    assert_true(rig_count(&one, EVENT_ANOMALY, -1) > 0);
    assert_true(!with_findings || rig_count(&one, EVENT_FINDING, CHANGE_OPEN) > 5);
    for (size_t i = 0; i < sizeof(thread_counts) / sizeof(thread_counts[0]); i++) {
        struct rig several;
        run(&several, in, thread_counts[i]);
        assert_same_events(&one, &several);
        rig_done(&several);
    }
    rig_done(&one);
}

static void many_batches(void **state)
{
    (void)state;
    is_the_same_for_all_threads(
        &(struct input){.hosts = 40, .metrics = 9, .seconds = 400, .tick_every = 1}, true);
}

/* With 8 shards a thread and 32 series a shard, one tick of this holds more than a queue does. */
static void queues_that_fill_up_within_a_tick(void **state)
{
    (void)state;
    is_the_same_for_all_threads(
        &(struct input){.hosts = 3, .metrics = 40, .seconds = 4500, .tick_every = 1500}, false);
}

/* Their watches are made while ticks before them wait. */
static void hosts_that_turn_up_late(void **state)
{
    (void)state;
    is_the_same_for_all_threads(
        &(struct input){.hosts = HOSTS_MAX, .metrics = 3, .seconds = 500, .arrive_every = 4, .tick_every = 1},
        true);
}

/* A shard may get its first watch while a host is silent, and must know that it is. */
static void hosts_that_fall_silent(void **state)
{
    (void)state;
    is_the_same_for_all_threads(
        &(struct input){
            .hosts = 60, .metrics = 7, .seconds = 600, .arrive_every = 5, .leave = 3, .tick_every = 1},
        true);
}

/* Rows of one time that come two batches apart: each batch says anew what time it is. */
static void times_that_come_again(void **state)
{
    enum { CROWD = 70000 };
    static struct sample crowd[CROWD];
    struct summary said[3];
    (void)state;

    for (int64_t threads = 1; threads <= 2; threads++) {
        struct rig r;
        rig_begin(&r, threads);
        struct catalog *c = engine_catalog(r.engine);
        int64_t host = catalog_host(c, "h", 1), other = catalog_host(c, "i", 1);
        uint32_t cpu = (uint32_t)catalog_series_known(c, (uint32_t)host, METRIC_CPU_UTILIZATION);
        uint32_t used = (uint32_t)catalog_series_known(c, (uint32_t)host, METRIC_MEMORY_USAGE);
        uint32_t filler = (uint32_t)catalog_series_known(c, (uint32_t)other, METRIC_CPU_UTILIZATION);
        for (int i = 0; i < CROWD; i++)
            crowd[i] = (struct sample){.series = filler, .value = 0.5};
        for (int s = 0; s < 12; s++) {
            struct sample early = {.series = cpu, .value = 0.2}, late = {.series = used, .value = 1e9};
            assert_int_equal(engine_frame(r.engine, START + s * SECOND, &early, 1), 0);
            assert_int_equal(engine_frame(r.engine, START + s * SECOND, crowd, CROWD), 0);
            assert_int_equal(engine_frame(r.engine, START + s * SECOND, &late, 1), 0);
            assert_int_equal(engine_tick(r.engine, START + s * SECOND), 0);
        }
        assert_int_equal(engine_flush(r.engine), 0);
        said[threads] = view_summary(engine_view(r.engine));
        rig_done(&r);
    }
    /* Of the crowd's rows the first of each time is in time. */
    assert_int_equal(said[1].late, 12 * (CROWD - 1));
    assert_int_equal(said[2].late, said[1].late);
}

struct nosy {
    struct rig *rig;
    uint64_t asked;
};

static void ask(void *context, const struct event *e)
{
    struct nosy *n = context;
    const struct view *v = engine_view(n->rig->engine);
    double scale[8], swing[8];
    float recent[8];
    (void)e;

    if (++n->asked % 101)
        return;
    view_summary(v);
    view_finding_count(v);
    for (uint32_t i = 0; i < catalog_series_count(view_catalog(v)); i++)
        view_recent(v, i, recent, 8);
    for (uint32_t i = 0; i < catalog_entity_count(view_catalog(v)); i++) {
        view_reading(v, i, LAW_SEIZURE);
        view_spectrum(v, i, scale, swing, 8);
    }
}

/* A sink may ask while it is being told, and then no thread is at work. (What it is answered may be a little
 * ahead of what it was told.) */
static void a_sink_that_asks(void **state)
{
    static const struct input in = {.hosts = 40, .metrics = 9, .seconds = 300, .tick_every = 1};
    struct summary one = {0};
    (void)state;

    for (int64_t threads = 1; threads <= 3; threads++) {
        struct rig r;
        struct nosy n = {.rig = &r};
        rig_begin(&r, threads);
        engine_on_event(r.engine, ask, &n);
        feed(&r, &in);
        struct summary s = view_summary(engine_view(r.engine));
        assert_int_equal(s.samples, 40 * 10 * 300);
        if (threads == 1)
            one = s;
        assert_int_equal(s.anomalies, one.anomalies);
        assert_int_equal(s.findings, one.findings);
        assert_int_equal(s.incidents, one.incidents);
        assert_true(n.asked > 1000);
        rig_done(&r);
    }
}

/* An engine may go while a batch is under way. */
static void an_engine_that_goes_early(void **state)
{
    (void)state;
    for (int rows = 100000; rows < 140000; rows += 9999) {
        struct rig r;
        rig_init(&r);
        r.options.threads = 2;
        rig_start(&r, ENGINE_STREAM);
        engine_want_ticks(r.engine, false);
        for (int i = 0; i < rows; i++) {
            char metric[16];
            snprintf(metric, sizeof(metric), "m%d", i % 500);
            rig_sample(&r, "h", metric, START + i / 500 * SECOND, i % 17);
            if (i % 500 == 499)
                engine_tick(r.engine, START + i / 500 * SECOND);
        }
        rig_done(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_batches),
        cmocka_unit_test(queues_that_fill_up_within_a_tick),
        cmocka_unit_test(hosts_that_turn_up_late),
        cmocka_unit_test(hosts_that_fall_silent),
        cmocka_unit_test(times_that_come_again),
        cmocka_unit_test(a_sink_that_asks),
        cmocka_unit_test(an_engine_that_goes_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
