/* SPDX-License-Identifier: MIT
 * Keeps telemetry and plays it to engines, declaring names as they come, as a source would. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "engine/snapshot.h"
#include "ingestion/simulator/simulator.h"
#include "output/event_json.h"
#include "tape.h"

void tape_init(struct tape *t)
{
    struct catalog_limits limits = {.entities = 10000, .series = 10000, .metrics = 10000};
    *t = (struct tape){.names = catalog_new(&limits)};
    assert_non_null(t->names);
}

void tape_done(struct tape *t)
{
    catalog_free(t->names);
    free(t->steps);
    free(t->samples);
}

static void add_step(struct tape *t, int64_t t_ns, const struct sample *samples, uint32_t n)
{
    if (t->step_count == t->step_capacity) {
        t->step_capacity = t->step_capacity ? 2 * t->step_capacity : 1024;
        t->steps = realloc(t->steps, t->step_capacity * sizeof(*t->steps));
        assert_non_null(t->steps);
    }
    while (t->sample_count + n > t->sample_capacity) {
        t->sample_capacity = t->sample_capacity ? 2 * t->sample_capacity : 8192;
        t->samples = realloc(t->samples, t->sample_capacity * sizeof(*t->samples));
        assert_non_null(t->samples);
    }
    t->steps[t->step_count++] = (struct tape_step){.t_ns = t_ns, .from = t->sample_count, .count = n};
    if (n)
        memcpy(&t->samples[t->sample_count], samples, n * sizeof(*samples));
    t->sample_count += n;
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    add_step(context, t_ns, samples, (uint32_t)n);
    return 0;
}

static int take_tick(void *context, int64_t now_ns)
{
    struct tape *t = context;
    add_step(t, now_ns, NULL, 0);
    t->ticks++;
    return 0;
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct tape *t = context;
    add_step(t, t_ns, NULL, 0);
    t->steps[t->step_count - 1].entity = entity;
    t->steps[t->step_count - 1].end = end;
    return 0;
}

struct feed tape_feed(struct tape *t)
{
    return (struct feed){
        .context = t, .catalog = t->names, .frame = take_frame, .tick = take_tick, .gone = take_gone};
}

void tape_simulate(struct tape *t, const char *scenario, uint64_t seed, int64_t seconds)
{
    struct error e;
    struct feed feed = tape_feed(t);
    struct scenario *s = scenario_builtin(scenario, &e);
    assert_non_null(s);
    struct simulator *m = simulator_new(s, seed, seconds * INT64_C(1000000000), &feed, &e);
    assert_non_null(m);
    while (simulator_step(m) == 1)
        ;
    simulator_free(m);
    scenario_free(s);
}

struct engine_options tape_options(int64_t threads)
{
    static struct config c;
    config_init(&c);
    c.engine.threads = threads;
    c.engine.anomalies = true;
    c.engine.max_entities = 10000;
    c.engine.max_series = 10000;
    return c.engine;
}

static void keep(void *context, const struct event *event)
{
    struct player *p = context;
    struct text t;

    if (p->length + EVENT_JSON_MAX > p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 4 * EVENT_JSON_MAX;
        p->said = realloc(p->said, p->capacity);
        assert_non_null(p->said);
    }
    text_init(&t, p->said + p->length, EVENT_JSON_MAX);
    event_json_write(&t, engine_catalog(p->engine), event);
    p->length += t.length;
}

static void make(struct player *p, const struct tape *t, const struct engine_options *options, bool ticks)
{
    struct error e;
    *p = (struct player){.tape = t, .engine = engine_new(options, ENGINE_STREAM, &e)};
    assert_non_null(p->engine);
    p->series = malloc((catalog_series_count(t->names) + 1) * sizeof(uint32_t));
    assert_non_null(p->series);
    engine_on_event(p->engine, keep, p);
    engine_want_ticks(p->engine, ticks);
}

void player_start(struct player *p, const struct tape *t, const struct engine_options *options, bool ticks)
{
    make(p, t, options, ticks);
    memset(p->series, 0xff, catalog_series_count(t->names) * sizeof(uint32_t));
}

void player_done(struct player *p)
{
    engine_free(p->engine);
    free(p->series);
    free(p->said);
}

/* The engine's id of an entity of the tape. */
static uint32_t declare_entity(struct player *p, uint32_t id)
{
    const struct entity *e = catalog_entity_get(p->tape->names, id);
    struct catalog *c = engine_catalog(p->engine);
    int64_t r;

    if (e->kind == ENTITY_HOST) {
        r = catalog_host(c, e->name, strlen(e->name));
    } else {
        uint32_t host = declare_entity(p, e->host), parent = declare_entity(p, e->parent);
        r = catalog_entity(c, host, e->kind, e->name, strlen(e->name), parent);
    }
    assert_true(r >= 0);
    return (uint32_t)r;
}

static uint32_t declare(struct player *p, uint32_t id)
{
    const struct series *s = catalog_series_get(p->tape->names, id);
    struct catalog *c = engine_catalog(p->engine);
    uint32_t entity = declare_entity(p, s->entity), metric = s->metric;

    if (metric >= METRIC_KNOWN_COUNT) {
        const char *name = catalog_metric_name(p->tape->names, metric);
        int64_t m = catalog_metric(c, name, strlen(name));
        assert_true(m >= 0);
        metric = (uint32_t)m;
    }
    int64_t r = catalog_series_of(c, entity, metric, s->scale);
    assert_true(r >= 0);
    return (uint32_t)r;
}

void player_play(struct player *p, uint32_t ticks)
{
    struct sample samples[512];
    const struct tape *t = p->tape;

    while (p->step < t->step_count && ticks > 0) {
        const struct tape_step *step = &t->steps[p->step++];
        if (step->end != ENTITY_LIVES) {
            uint32_t entity = declare_entity(p, step->entity);
            if (p->recording)
                telemetry_csv_gone(p->recording, engine_catalog(p->engine), step->t_ns, entity, step->end);
            if (p->recorder)
                assert_int_equal(recording_writer_gone(
                                     p->recorder, engine_catalog(p->engine), step->t_ns, entity, step->end),
                    0);
            assert_int_equal(engine_gone(p->engine, step->t_ns, entity, step->end), 0);
            continue;
        }
        if (step->count == 0) {
            ticks--;
            if (p->recording)
                telemetry_csv_tick(p->recording, engine_catalog(p->engine), step->t_ns);
            if (p->recorder)
                assert_int_equal(
                    recording_writer_tick(p->recorder, engine_catalog(p->engine), step->t_ns), 0);
            assert_int_equal(engine_tick(p->engine, step->t_ns), 0);
            continue;
        }
        assert_true(step->count <= 512);
        for (uint32_t i = 0; i < step->count; i++) {
            samples[i] = t->samples[step->from + i];
            uint32_t *series = &p->series[samples[i].series];
            if (*series == UINT32_MAX || !catalog_series_lives(engine_catalog(p->engine), *series))
                *series = declare(p, samples[i].series);
            samples[i].series = *series;
        }
        if (p->recording)
            telemetry_csv_frame(p->recording, engine_catalog(p->engine), step->t_ns, samples, step->count);
        if (p->recorder)
            assert_int_equal(recording_writer_frame(
                                 p->recorder, engine_catalog(p->engine), step->t_ns, samples, step->count),
                0);
        assert_int_equal(engine_frame(p->engine, step->t_ns, samples, step->count), 0);
    }
}

void player_restore(struct player *p, const struct player *from, const struct engine_options *options,
    bool ticks, const uint8_t *bytes, size_t n)
{
    struct error e = {0};
    make(p, from->tape, options, ticks);
    int r = engine_restore(p->engine, bytes, n, &e);
    if (r)
        print_message("# %s\n", e.text);
    assert_int_equal(r, 0);
    memset(p->series, 0xff, catalog_series_count(from->tape->names) * sizeof(uint32_t)); /* other ids */
    p->step = from->step;
}

void player_save(struct player *p, struct pack *out)
{
    struct error e = {0};
    pack_rewind(out);
    int r = engine_save(p->engine, out, INT64_MIN, &e);
    if (r)
        print_message("# %s\n", e.text);
    assert_int_equal(r, 0);
}

void assert_same_bytes(const struct pack *a, const struct pack *b)
{
    assert_int_equal(a->at, b->at);
    assert_memory_equal(a->bytes, b->bytes, a->at);
}

void assert_same_text(const char *a, size_t a_n, const char *b, size_t b_n)
{
    size_t at = 0, line = 0;
    while (at < a_n && at < b_n && a[at] == b[at]) {
        line = a[at] == '\n' ? at + 1 : line;
        at++;
    }
    if (at < a_n || at < b_n) {
        print_message("# one:   %.*s\n", (int)(a_n - line < 900 ? a_n - line : 900), a + line);
        print_message("# other: %.*s\n", (int)(b_n - line < 900 ? b_n - line : 900), b + line);
    }
    assert_int_equal(a_n, b_n);
    assert_true(at == a_n);
}
