/* SPDX-License-Identifier: MIT
 * Random schedules of lives: the same words for any number of threads, across a restart anywhere and from a
 * recording; and nothing that is gone is ever mixed up with what comes after it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "churn.h"
#include "engine/internal.h"
#include "engine/snapshot.h"
#include "ingestion/replay/replay.h"
#include "rig.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)
#define LIMIT  (64U << 20)

static size_t count_text(const struct player *p, const char *what)
{
    size_t n = 0, length = strlen(what);
    for (const char *at = p->said, *end = p->said + p->length;
         (at = memmem(at, (size_t)(end - at), what, length)); at += length)
        n++;
    return n;
}

static void any_number_of_threads_says_the_same(void **state)
{
    static const struct {
        int64_t threads;
        uint32_t records; /* in a batch; small: the crew is at work whenever somebody comes or goes */
    } ways[] = {{2, 0}, {3, 0}, {8, 0}, {2, 5}, {3, 16}, {5, 300}};
    struct engine_options one = tape_options(1);
    struct pack first, second;

    (void)state;
    pack_to_write(&first, LIMIT);
    pack_to_write(&second, LIMIT);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct tape t;
        struct player whole;
        churn_of_seconds(&t, seed, 900, true);
        player_start(&whole, &t, &one, true);
        player_play(&whole, UINT32_MAX);
        player_save(&whole, &first);
        engine_end(whole.engine);
        print_message("# seed %d: %zu findings closed by the end, %zu stories tell of one\n", (int)seed,
            count_text(&whole, "; it is gone"), count_text(&whole, "gone at "));
        assert_true(count_text(&whole, "; it is gone") > 5 && count_text(&whole, "gone at ") > 5);
        for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
            struct engine_options options = tape_options(ways[k].threads);
            struct player p;
            player_start(&p, &t, &options, true);
            if (ways[k].records)
                p.engine->batch_records = ways[k].records;
            player_play(&p, UINT32_MAX);
            player_save(&p, &second);
            engine_end(p.engine);
            assert_same_text(whole.said, whole.length, p.said, p.length);
            assert_same_bytes(&first, &second);
            player_done(&p);
        }
        player_done(&whole);
        tape_done(&t);
    }
    pack_free(&first);
    pack_free(&second);
}

/* Cut after `steps` steps of the tape (not only at ticks), saved, restored with other threads, played on. */
static void check_cut(
    const struct tape *t, const struct player *whole, const struct pack *end, uint32_t steps)
{
    struct engine_options before = tape_options(1 + steps % 2), after = tape_options(1 + steps % 3);
    struct tape head = *t;
    struct player p, other;
    struct pack first, second;

    pack_to_write(&first, LIMIT);
    pack_to_write(&second, LIMIT);
    head.step_count = steps;
    player_start(&p, &head, &before, true);
    player_play(&p, UINT32_MAX);
    player_save(&p, &first);
    player_restore(&other, &p, &after, true, first.bytes, first.at);
    player_save(&other, &second);
    assert_same_bytes(&first, &second);
    assert_int_equal(other.length, 0);
    other.tape = t;
    player_play(&other, UINT32_MAX);
    player_save(&other, &second);
    engine_end(other.engine);
    assert_same_text(whole->said + p.length, whole->length - p.length, other.said, other.length);
    assert_same_bytes(end, &second);
    player_done(&p);
    player_done(&other);
    pack_free(&first);
    pack_free(&second);
}

static void a_restart_anywhere_changes_nothing(void **state)
{
    struct engine_options one = tape_options(1);
    struct tape t;
    struct player whole;
    struct pack end;
    uint32_t leaving = 0;

    (void)state;
    churn_of_seconds(&t, 7, 500, true);
    pack_to_write(&end, LIMIT);
    player_start(&whole, &t, &one, true);
    player_play(&whole, UINT32_MAX);
    player_save(&whole, &end);
    engine_end(whole.engine);
    for (uint32_t steps = 1; steps < t.step_count; steps += 23) {
        check_cut(&t, &whole, &end, steps);
        leaving += t.steps[steps - 1].end != ENTITY_LIVES;
    }
    print_message("# %u cuts stood between a last word and its tick\n", leaving);
    assert_true(leaving > 2);
    player_done(&whole);
    pack_free(&end);
    tape_done(&t);
}

/* Whatever a byte of such a snapshot is changed to, the engine that comes of it works on: the sanitizers
 * watch. */
static void changed_bytes_never_break_it(void **state)
{
    struct engine_options options = tape_options(1);
    struct tape t;
    struct player p, other;
    struct pack bytes;
    struct rng rng;
    unsigned taken = 0;

    (void)state;
    churn_of_seconds(&t, 7, 260, true);
    uint32_t steps = 4 * t.step_count / 5;
    while (t.steps[steps - 1].end == ENTITY_LIVES)
        steps++;
    struct tape head = t;
    head.step_count = steps;
    player_start(&p, &head, &options, true);
    player_play(&p, UINT32_MAX);
    pack_to_write(&bytes, LIMIT);
    player_save(&p, &bytes);
    rng_seed(&rng, 2);
    for (int i = 0; i < 600; i++) {
        size_t at = (size_t)(rng_next(&rng) % bytes.at);
        uint8_t was = bytes.bytes[at];
        bytes.bytes[at] = (uint8_t)(was ^ (1U << rng_next(&rng) % 8));
        struct engine *g = engine_new(&options, ENGINE_STREAM, NULL);
        int r = engine_restore(g, bytes.bytes, bytes.at, NULL);
        engine_free(g);
        if (r == 0) {
            player_restore(&other, &p, &options, true, bytes.bytes, bytes.at);
            for (int k = 1; k < 400; k += 40)
                assert_int_not_equal(engine_tick(other.engine, START + (300 + k) * SECOND), -ENOMEM);
            player_done(&other);
            taken++;
        }
        bytes.bytes[at] = was;
    }
    print_message("# %u of 600 changed snapshots still meant something\n", taken);
    player_done(&p);
    pack_free(&bytes);
    tape_done(&t);
}

static void replay(const char *path, struct player *p)
{
    struct error e = {0};
    struct replay_counts counts;
    struct replay_options o = {.default_host = "host"};
    struct feed feed = engine_feed(p->engine);
    struct byte_stream *s = byte_stream_open(path, &e);
    assert_non_null(s);
    struct replay *r = replay_open(s, &o, &e);
    assert_non_null(r);
    assert_true(replay_has_clock(r));
    int fault = replay_run(r, &feed, NULL, &counts, &e);
    if (fault)
        print_message("# %s\n", e.text);
    assert_int_equal(fault, 0);
    assert_int_equal(counts.skipped, 0);
    replay_close(r);
    byte_stream_close(s);
}

/* What live telemetry said is what its recording says, last words included. */
static void a_recording_replays_the_same(void **state)
{
    char path[] = "/tmp/coherence-life-XXXXXX";
    struct engine_options options = tape_options(1);
    struct tape t;
    struct player live, again;
    struct pack first, second;
    struct error e;

    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    pack_to_write(&first, LIMIT);
    pack_to_write(&second, LIMIT);
    churn_of_seconds(&t, 4, 700, false);
    player_start(&live, &t, &options, true);
    live.recording = telemetry_csv_open(path, &e);
    assert_non_null(live.recording);
    player_play(&live, UINT32_MAX);
    assert_int_equal(telemetry_csv_close(live.recording, NULL), 0);
    player_save(&live, &first);
    engine_end(live.engine);
    player_start(&again, &t, &options, true);
    replay(path, &again);
    player_save(&again, &second);
    engine_end(again.engine);
    /* The summary counts series under the names by which they were fed. */
    assert_same_text(live.said, live.length, again.said, again.length);
    player_done(&live);
    player_done(&again);
    pack_free(&first);
    pack_free(&second);
    tape_done(&t);
    assert_int_equal(unlink(path), 0);
}

/* The simple model: names that live, and every id that ever was. */
#define MODEL_NAMES 40
struct model {
    struct rig rig;
    struct rng rng;
    struct catalog *names;
    uint32_t host;
    int64_t ids[MODEL_NAMES];    /* -1: does not live */
    int64_t series[MODEL_NAMES]; /* of its CPU */
    uint32_t largest;            /* id so far */
    uint32_t dead[4096];
    uint32_t dead_count;
};

static void model_begin(struct model *m, int i)
{
    char name[16];
    int n = snprintf(name, sizeof(name), "box%d", i);
    m->ids[i] = catalog_entity(m->names, m->host, ENTITY_CGROUP, name, (size_t)n, ENTITY_NONE);
    assert_true(m->ids[i] > (int64_t)m->largest); /* an id is never given twice, and ids grow */
    m->largest = (uint32_t)m->ids[i];
    m->series[i] = catalog_series_known(m->names, (uint32_t)m->ids[i], METRIC_CPU_UTILIZATION);
    assert_true(m->series[i] >= 0);
    if (i % 4 == 0) {
        int64_t own = catalog_series(m->names, (uint32_t)m->ids[i], "depth", 5);
        struct sample s = {(uint32_t)own, 1};
        assert_int_equal(engine_frame(m->rig.engine, START, &s, 1), 0);
        m->largest = catalog_series_get(m->names, (uint32_t)own)->entity;
    }
}

static void model_end(struct model *m, int i, int64_t t_ns)
{
    struct sample s = {(uint32_t)m->series[i], 0.5};
    assert_int_equal(engine_gone(m->rig.engine, t_ns, (uint32_t)m->ids[i], ENTITY_ENDED), 0);
    /* At once it is unknown: to its source, and to whoever asks by its old numbers. */
    assert_int_equal(engine_gone(m->rig.engine, t_ns, (uint32_t)m->ids[i], ENTITY_ENDED), -ENOENT);
    assert_int_equal(engine_frame(m->rig.engine, t_ns, &s, 1), -ENOENT);
    m->dead[m->dead_count++ % 4096] = (uint32_t)m->ids[i];
    m->ids[i] = -1;
}

static void model_check(struct model *m)
{
    const struct view *v = engine_view(m->rig.engine);
    uint32_t there = 1, before = 0;

    for (int i = 0; i < MODEL_NAMES; i++) {
        char name[16];
        int n = snprintf(name, sizeof(name), "cgroup:box%d", i);
        uint32_t found = catalog_find_text(m->names, "h", 1, name, (size_t)n);
        assert_true(m->ids[i] < 0 ? found == ENTITY_NONE : found == m->ids[i]);
        there += m->ids[i] >= 0 ? 1 + (i % 4 == 0) : 0;
        if (m->ids[i] >= 0)
            assert_int_not_equal(view_reading(v, (uint32_t)m->ids[i], LAW_SEIZURE).state, LAW_UNOBSERVABLE);
    }
    assert_int_equal(catalog_entity_count(m->names), there);
    for (uint32_t e = catalog_entity_first(m->names); e != ENTITY_NONE;
         e = catalog_entity_next(m->names, e)) {
        assert_true(e == m->host || e > before); /* in order of appearance */
        before = e;
    }
    for (uint32_t i = 0; i < m->dead_count && i < 4096; i++) {
        assert_int_equal(catalog_stage(m->names, m->dead[i]), CATALOG_UNKNOWN);
        assert_int_equal(view_reading(v, m->dead[i], LAW_SEIZURE).state, LAW_UNOBSERVABLE);
    }
}

static void a_random_schedule_agrees_with_a_simple_model(void **state)
{
    struct model m = {0};

    (void)state;
    rig_init(&m.rig);
    m.rig.options.max_entities = 64;
    m.rig.options.max_series = 128;
    rig_start(&m.rig, ENGINE_STREAM);
    m.names = engine_catalog(m.rig.engine);
    m.host = (uint32_t)catalog_host(m.names, "h", 1);
    rng_seed(&m.rng, 5);
    for (int i = 0; i < MODEL_NAMES; i++)
        m.ids[i] = -1;
    for (int s = 1; s <= 3000; s++) {
        int64_t t_ns = START + s * SECOND;
        for (int i = 0; i < MODEL_NAMES; i++) {
            if (m.ids[i] < 0 && rng_uniform(&m.rng) < 0.05)
                model_begin(&m, i);
            else if (m.ids[i] >= 0 && rng_uniform(&m.rng) < 0.05)
                model_end(&m, i, t_ns);
            if (m.ids[i] < 0)
                continue;
            struct sample sample = {(uint32_t)m.series[i], 0.2};
            assert_int_equal(engine_frame(m.rig.engine, t_ns, &sample, 1), 0);
        }
        assert_int_equal(engine_tick(m.rig.engine, t_ns), 0);
        model_check(&m);
    }
    print_message("# %u lives ended\n", m.dead_count);
    assert_true(m.dead_count > 2000);
    assert_int_equal(catalog_refused(m.names), 0);
    rig_done(&m.rig);
}

/* Of two series of a host that were judged together one is alone again. */
static void who_is_left_is_alone(void **state)
{
    (void)state;
    for (int64_t threads = 1; threads <= 2; threads++) {
        struct rig r;
        rig_begin(&r, threads);
        rig_sample(&r, "h", "latency", START, 1);
        struct catalog *c = engine_catalog(r.engine);
        for (int i = 0; i < 40; i++) { /* so that another shard has the other */
            char name = (char)('A' + i);
            assert_true(catalog_entity(c, 0, ENTITY_CGROUP, &name, 1, ENTITY_NONE) > 0);
        }
        rig_sample(&r, "h", "queue", START, 2);
        assert_true(r.engine->used_shards >= threads);
        const struct host_front *h = engine_host(r.engine, catalog_find_text(c, "h", 1, "", 0));
        assert_int_equal(h->series, 2);
        uint32_t queue = catalog_find_text(c, "h", 1, "series:queue", 12);
        assert_int_equal(engine_gone(r.engine, START, queue, ENTITY_ENDED), 0);
        assert_int_equal(engine_tick(r.engine, START), 0);
        assert_int_equal(h->series, 1);
        for (uint32_t i = 0; i < r.engine->used_shards; i++)
            assert_int_equal(h->shares[i].series, 1);
        rig_done(&r);
    }
}

/* What is heard of the hosts that came after it reaches them as before when a host has left. */
static void a_host_leaves_and_the_others_are_heard(void **state)
{
    static const char *const hosts[] = {"first", "second", "third"};
    (void)state;
    for (int64_t threads = 1; threads <= 2; threads++) {
        struct rig r;
        rig_begin(&r, threads);
        for (int i = 0; i < 3; i++)
            rig_sample(&r, hosts[i], "queue", START, 1);
        struct catalog *c = engine_catalog(r.engine);
        assert_int_equal(
            engine_gone(r.engine, START, catalog_find_text(c, "first", 5, "", 0), ENTITY_ENDED), 0);
        assert_int_equal(engine_tick(r.engine, START), 0);
        for (int i = 1; i < 3; i++) {
            uint32_t host = catalog_find_text(c, hosts[i], strlen(hosts[i]), "", 0);
            rig_sample(&r, hosts[i], "queue", START + i * SECOND, 1);
            engine_flush(r.engine);
            assert_true(engine_host(r.engine, host)->watch->cadence.last_ns == START + i * SECOND);
        }
        rig_done(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_says_the_same),
        cmocka_unit_test(a_restart_anywhere_changes_nothing),
        cmocka_unit_test(changed_bytes_never_break_it),
        cmocka_unit_test(a_recording_replays_the_same),
        cmocka_unit_test(who_is_left_is_alone),
        cmocka_unit_test(a_host_leaves_and_the_others_are_heard),
        cmocka_unit_test(a_random_schedule_agrees_with_a_simple_model),
    };
    return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
