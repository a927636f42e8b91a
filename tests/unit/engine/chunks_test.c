/* SPDX-License-Identifier: MIT
 * What the engine says does not depend on how its input was cut up: flushes anywhere, frames whole or sample
 * by sample, any number of threads, names declared early or late; nor on who asks in between. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "same.h"

#define SECOND  INT64_C(1000000000)
#define START   (INT64_C(1767225600) * SECOND)
#define SECONDS 420
#define HOSTS   6
#define METRICS 6

static const char *const metrics[METRICS] = {
    "cpu_usage", "memory_used_mb", "memory_limit_mb", "ingress_requests", "egress_requests", "queue"};

/* How one run is cut up. */
struct cut {
    int64_t threads;
    unsigned flush_every; /* frames; 0: never */
    bool whole_frames;    /* all of a host's samples at once */
    bool ask;             /* look at the view after every tick */
    bool declare_first;
};

struct world {
    struct rng rng;
    double in[HOSTS], out[HOSTS];
};

/* Host 1 swings, host 2 leaks, host 3 falls silent and comes back, host 4 retries, host 5 holds no numbers.
 */
static double value(struct world *w, int second, int host, int metric)
{
    double noise = rng_normal(&w->rng);
    switch (metric) {
    case 0:
        return host == 1 && second > 100 && second < 250 ? (second % 4 < 2 ? 5 : 95) : 20 + noise;
    case 1:
        return host == 2 && second > 200 ? 2000 + 20.0 * (second - 200) : 2000 + noise;
    case 2:
        return 8000;
    case 3:
        return w->in[host] += (double)rng_poisson(&w->rng, 100);
    case 4:
        return w->out[host] += (double)rng_poisson(&w->rng, host == 4 && second > 300 ? 400 : 100);
    default:
        return host == 5 && second % 7 == 0 ? (double)NAN : 10 + noise;
    }
}

static uint32_t series_of(struct rig *r, int host, int metric)
{
    struct catalog *c = engine_catalog(r->engine);
    char name[8] = {'h', (char)('0' + host), 0};
    int64_t h = catalog_host(c, name, 2);
    return (uint32_t)catalog_series(c, (uint32_t)h, metrics[metric], strlen(metrics[metric]));
}

static void ask(struct rig *r)
{
    const struct view *v = engine_view(r->engine);
    float recent[16];
    double scale[8], swing[8];
    for (uint32_t i = 0; i < view_finding_count(v); i++)
        assert_non_null(view_finding(v, i));
    for (uint32_t i = 0; i < view_incident_count(v); i++)
        assert_non_null(view_incident(v, i));
    for (uint32_t i = 0; i < catalog_entity_count(view_catalog(v)); i++) {
        view_host(v, i);
        view_spectrum(v, i, scale, swing, 8);
        for (int law = 0; law < LAW_COUNT; law++)
            view_reading(v, i, (enum law_id)law);
    }
    for (uint32_t i = 0; i < catalog_series_count(view_catalog(v)); i++)
        view_recent(v, i, recent, 16);
    view_summary(v);
}

static void run(struct rig *r, const struct cut *cut)
{
    struct world w = {0};
    unsigned frames = 0;

    rng_seed(&w.rng, 4);
    rig_init(r);
    r->options.threads = cut->threads;
    r->options.anomalies = true;
    rig_start(r, ENGINE_STREAM);
    for (int i = 0; cut->declare_first && i < HOSTS * METRICS; i++)
        series_of(r, i / METRICS, i % METRICS);
    for (int s = 1; s <= SECONDS; s++) {
        for (int h = 0; h < HOSTS; h++) {
            struct sample samples[METRICS];
            for (int m = 0; m < METRICS; m++)
                samples[m] = (struct sample){.series = series_of(r, h, m), .value = value(&w, s, h, m)};
            if (h == 3 && s > 200 && s < 300)
                continue;
            /* The queues of all hosts fall silent at once: findings of one tick from every shard. */
            int n = s > 340 && s < 380 ? METRICS - 1 : METRICS, at_once = cut->whole_frames ? n : 1;
            for (int m = 0; m < n; m += at_once)
                assert_int_equal(
                    engine_frame(r->engine, START + s * SECOND, samples + m, (size_t)at_once), 0);
            if (cut->flush_every && ++frames % cut->flush_every == 0)
                assert_int_equal(engine_flush(r->engine), 0);
        }
        assert_int_equal(engine_tick(r->engine, START + s * SECOND), 0);
        if (cut->ask)
            ask(r);
    }
    assert_int_equal(engine_end(r->engine), 0);
}

static struct rig whole;

static int make_whole(void **state)
{
    (void)state;
    run(&whole, &(struct cut){.threads = 1});
    return 0;
}

static int drop_whole(void **state)
{
    (void)state;
    rig_done(&whole);
    return 0;
}

/* The comparison is worth nothing when nothing happens. */
static void much_happens(void **state)
{
    unsigned laws = 0;
    (void)state;

    for (size_t i = 0; i < whole.count; i++)
        if (whole.events[i].type == EVENT_FINDING)
            laws |= 1U << whole.events[i].finding->law;
    assert_int_equal(
        laws, 1U << LAW_SEIZURE | 1U << LAW_FEVER | 1U << LAW_AMPLIFICATION | 1U << LAW_SIGNAL_LOST);
    assert_true(rig_count(&whole, EVENT_FINDING, CHANGE_CLOSE) >= 2);
    assert_true(rig_count(&whole, EVENT_ANOMALY, -1) > 10);
    assert_int_equal(rig_count(&whole, EVENT_TICK, -1), SECONDS * HOSTS);
}

static void is_the_same(const struct cut *cut)
{
    struct rig other;
    run(&other, cut);
    assert_same_events(&whole, &other);
    rig_done(&other);
}

static void flushes_do_not_show(void **state)
{
    (void)state;
    is_the_same(&(struct cut){.threads = 1, .flush_every = 1});
    is_the_same(&(struct cut){.threads = 1, .flush_every = 37});
}

static void frames_do_not_show(void **state)
{
    (void)state;
    is_the_same(&(struct cut){.threads = 1, .whole_frames = true});
}

static void threads_do_not_show(void **state)
{
    (void)state;
    is_the_same(&(struct cut){.threads = 2});
    is_the_same(&(struct cut){.threads = 3, .flush_every = 5});
    is_the_same(&(struct cut){.threads = 7, .flush_every = 101, .whole_frames = true});
}

static void questions_do_not_show(void **state)
{
    (void)state;
    is_the_same(&(struct cut){.threads = 1, .ask = true});
    is_the_same(&(struct cut){.threads = 3, .flush_every = 11, .ask = true});
}

static void declaring_names_first_does_not_show(void **state)
{
    (void)state;
    is_the_same(&(struct cut){.threads = 1, .declare_first = true});
    is_the_same(&(struct cut){.threads = 4, .declare_first = true, .whole_frames = true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(much_happens),
        cmocka_unit_test(flushes_do_not_show),
        cmocka_unit_test(frames_do_not_show),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(questions_do_not_show),
        cmocka_unit_test(declaring_names_first_does_not_show),
    };
    return cmocka_run_group_tests(tests, make_whole, drop_whole);
}
