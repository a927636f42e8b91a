/* SPDX-License-Identifier: MIT
 * Engines behind a fan-out against the same engines fed directly: the same events, whatever the threads, also
 * when entities leave and come back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "engine/fanout.h"

#define S       INT64_C(1000000000)
#define T0      (INT64_C(1767225600) * S)
#define SECONDS 2400
#define BUDGETS 3

static const double budgets[BUDGETS] = {1.0 / 30, 1, 24};

static struct engine_options options_of(double budget)
{
    struct engine_options o;
    memset(&o, 0, sizeof(o));
    option_set_defaults(
        &(struct option_group){.rows = engine_option_rows, .count = engine_option_count, .target = &o});
    o.false_alarm_budget_per_day = budget;
    o.anomalies = true;
    return o;
}

/* What an engine said, as one running hash, with the number of incidents. */
struct said {
    struct engine *engine;
    uint64_t hash;
    uint32_t incidents, events;
};

static void mix(struct said *s, const void *bytes, size_t n)
{
    s->hash = hash_sip24(s->hash, 7, bytes, n);
}

static void on_event(void *context, const struct event *e)
{
    struct said *s = context;
    s->events++;
    if (e->type == EVENT_INCIDENT) {
        s->incidents += e->incident->change == CHANGE_OPEN;
        mix(s, &e->incident->t_ns, sizeof(e->incident->t_ns));
        mix(s, e->incident->id, strlen(e->incident->id));
        mix(s, e->incident->narrative, strlen(e->incident->narrative));
    } else if (e->type == EVENT_FINDING) {
        mix(s, e->finding->text, strlen(e->finding->text));
        mix(s, &e->finding->t_ns, sizeof(e->finding->t_ns));
    } else if (e->type == EVENT_ANOMALY) {
        mix(s, &e->anomaly->t_ns, sizeof(e->anomaly->t_ns));
        mix(s, e->anomaly->metric, strlen(e->anomaly->metric));
    } else if (e->type == EVENT_SUMMARY) {
        mix(s, &e->summary->samples, sizeof(e->summary->samples));
        mix(s, &e->summary->series, sizeof(e->summary->series));
    }
}

static void put(const struct feed *f, int64_t t_ns, const char *host, const char *entity, const char *metric,
    double value)
{
    int64_t h = catalog_host(f->catalog, host, strlen(host));
    int64_t e = catalog_entity_text(f->catalog, (uint32_t)h, entity, strlen(entity));
    int64_t id = catalog_series(f->catalog, (uint32_t)e, metric, strlen(metric));
    assert_true(h >= 0 && e >= 0 && id >= 0);
    struct sample s = {.series = (uint32_t)id, .value = value};
    assert_int_equal(f->frame(f->context, t_ns, &s, 1), 0);
}

/* Two hosts; on one a convoy in the second half; a service that ends and is born again; a queue that creeps
 * and jumps. */
static void feed_all(const struct feed *f)
{
    for (int i = 0; i < SECONDS; i++) {
        int64_t t = T0 + i * S;
        bool swing = i >= SECONDS / 2 && i < SECONDS / 2 + 600;
        put(f, t, "a", "", "cpu_usage", swing ? (i % 2 ? 5 : 65) : 30 + i % 3);
        put(f, t, "a", "", "memory_used_mb", 1000 + i % 5);
        put(f, t, "b", "", "queue", i == 1500 ? 900 : i % 13);
        if (i % 900 < 800)
            put(f, t, "b", "service:shop", "cpu_usage", 10 + i % 4);
        if (i % 900 == 800) {
            uint32_t gone = catalog_find_text(f->catalog, "b", 1, "service:shop", 12);
            assert_true(gone != ENTITY_NONE);
            assert_int_equal(f->gone(f->context, t, gone, ENTITY_ENDED), 0);
        }
        assert_int_equal(f->tick(f->context, t), 0);
    }
}

static void feed_directly(struct said *said)
{
    for (int i = 0; i < BUDGETS; i++) {
        struct engine_options o = options_of(budgets[i]);
        struct error e;
        struct engine *g = engine_new(&o, ENGINE_STREAM, &e);
        assert_non_null(g);
        said[i] = (struct said){.engine = g};
        engine_on_event(g, on_event, &said[i]);
        struct feed f = engine_feed(g);
        feed_all(&f);
        engine_end(g);
        engine_free(g);
    }
}

struct seen {
    uint64_t samples, ticks;
    double sum;
};

static void look(
    void *context, const struct catalog *names, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct seen *s = context;
    (void)t_ns;
    for (size_t i = 0; i < n; i++) {
        assert_true(catalog_series_lives(names, samples[i].series));
        s->samples++;
        s->sum += samples[i].value;
    }
}

static void count_tick(void *context, const struct view *v, int64_t now_ns)
{
    struct seen *s = context;
    assert_int_equal(view_now_ns(v), now_ns);
    s->ticks++;
}

static void feed_through(struct said *said, uint32_t threads, struct seen *seen)
{
    struct engine_options o[BUDGETS];
    struct error e;
    for (int i = 0; i < BUDGETS; i++)
        o[i] = options_of(budgets[i]);
    struct fanout *f = fanout_new(&(struct fanout_options){.engines = o,
                                      .count = BUDGETS,
                                      .threads = threads,
                                      .mode = ENGINE_STREAM,
                                      .onlooker = {seen, look},
                                      .ticked = count_tick,
                                      .ticked_context = seen},
        &e);
    assert_non_null(f);
    for (uint32_t i = 0; i < BUDGETS; i++) {
        said[i] = (struct said){.engine = fanout_engine(f, i)};
        engine_on_event(said[i].engine, on_event, &said[i]);
    }
    struct feed feed = fanout_feed(f);
    feed_all(&feed);
    assert_int_equal(fanout_end(f), 0);
    assert_int_equal(fanout_refused(f), 0);
    fanout_free(f);
}

static void says_what_each_engine_says_alone(void **state)
{
    static const uint32_t threads[] = {1, 2, 9};
    struct said alone[BUDGETS], together[BUDGETS];
    (void)state;
    feed_directly(alone);
    assert_true(alone[0].incidents >= 1);
    for (size_t k = 0; k < sizeof(threads) / sizeof(threads[0]); k++) {
        struct seen seen = {0};
        feed_through(together, threads[k], &seen);
        for (int i = 0; i < BUDGETS; i++) {
            assert_int_equal(together[i].events, alone[i].events);
            assert_int_equal(together[i].incidents, alone[i].incidents);
            assert_true(together[i].hash == alone[i].hash);
        }
        assert_int_equal(seen.ticks, SECONDS);
        assert_int_equal(
            seen.samples, SECONDS * 3 + SECONDS - 200); /* the service pauses a hundred seconds twice */
    }
}

static void refuses_a_clock_that_runs_backwards(void **state)
{
    struct engine_options o = options_of(1);
    struct error e;
    (void)state;
    struct fanout *f = fanout_new(
        &(struct fanout_options){.engines = &o, .count = 1, .threads = 1, .mode = ENGINE_STREAM}, &e);
    assert_non_null(f);
    struct feed feed = fanout_feed(f);
    assert_int_equal(feed.tick(feed.context, T0), 0);
    assert_int_equal(feed.tick(feed.context, T0 - 1), -EINVAL);
    assert_int_equal(feed.tick(feed.context, T0), 0);
    assert_int_equal(feed.gone(feed.context, T0, 12345, ENTITY_ENDED), -ENOENT);
    fanout_free(f);
}

/* Beyond an engine's limit series are refused there and the others judged; beyond that of the whole history
 * there is no name. */
static void limits_hold(void **state)
{
    struct engine_options o = options_of(1);
    struct said said = {0};
    struct error e;
    (void)state;
    o.max_series = 2;
    struct fanout *f = fanout_new(
        &(struct fanout_options){.engines = &o, .count = 1, .threads = 1, .mode = ENGINE_STREAM}, &e);
    assert_non_null(f);
    engine_on_event(fanout_engine(f, 0), on_event, &said);
    struct feed feed = fanout_feed(f);
    int64_t h = catalog_host(feed.catalog, "a", 1);
    for (int i = 0; i < 20; i++) {
        char name[8];
        (void)snprintf(name, sizeof(name), "m%d", i);
        int64_t id = catalog_series(feed.catalog, (uint32_t)h, name, strlen(name));
        assert_int_equal(id >= 0, i < 2 * FANOUT_NAMES);
        struct sample s = {.series = (uint32_t)id, .value = 1};
        if (id >= 0)
            assert_int_equal(feed.frame(feed.context, T0, &s, 1), 0);
    }
    assert_int_equal(fanout_end(f), 0);
    assert_int_equal(view_summary(engine_view(fanout_engine(f, 0))).samples, 2);
    assert_true(fanout_refused(f) >= 12);
    fanout_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_each_engine_says_alone),
        cmocka_unit_test(refuses_a_clock_that_runs_backwards),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
