/* SPDX-License-Identifier: MIT
 * The time in which nobody looked is nobody's silence: after a gap of a minute, an hour or three days a
 * restored engine finds nothing by the gap alone, and what was open comes back under its id, without advice
 * until it has been seen again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/rng.h"
#include "engine/snapshot.h"
#include "rig.h"
#include "same.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)

static const int64_t gaps_s[] = {1, 60, 3600, 3 * 86400};
#define GAPS (sizeof(gaps_s) / sizeof(gaps_s[0]))

/* One host's life, second by second; counters go on where they were unless `rebooted`. */
struct life {
    struct rng rng;
    struct rig rig;
    double in, out, forks;
    double queue; /* level of a series that no law knows */
    double memory_mb;
    bool swings, leaks;
};

static void feed(struct life *l, int64_t t_ns, const char *host, const char *metric, double x)
{
    rig_sample(&l->rig, host, metric, t_ns, x);
}

static void live(struct life *l, int64_t from_s, int64_t seconds)
{
    for (int64_t s = from_s; s < from_s + seconds; s++) {
        int64_t t = START + s * SECOND;
        for (int k = 9; k >= 0; k--)
            feed(l, t - k * SECOND / 10 + SECOND / 1000, "a", "cpu_usage",
                l->swings ? (s % 4 < 2 ? 10 : 70) : 30 + rng_normal(&l->rng));
        l->in += (double)rng_poisson(&l->rng, 100);
        l->out += (double)rng_poisson(&l->rng, 130);
        l->forks += 3;
        if (l->leaks)
            l->memory_mb += 20;
        feed(l, t, "a", "memory_limit_mb", 16000);
        feed(l, t, "a", "memory_used_mb", l->memory_mb + rng_normal(&l->rng));
        feed(l, t, "a", "ingress_requests", l->in);
        feed(l, t, "a", "egress_requests", l->out);
        feed(l, t, "a", "system.process.created", l->forks);
        feed(l, t, "a", "queue_length", l->queue + rng_normal(&l->rng));
        feed(l, t, "b", "temperature", 50 + rng_normal(&l->rng));
        assert_int_equal(engine_tick(l->rig.engine, t), 0);
    }
}

static void begin(struct life *l)
{
    *l = (struct life){.queue = 40, .memory_mb = 4000};
    rng_seed(&l->rng, 9);
    rig_init(&l->rig);
    rig_start(&l->rig, ENGINE_STREAM);
    engine_want_ticks(l->rig.engine, true);
}

/* The process ends after the tick at last_ns, and another begins gap_s later. What was said before is
 * forgotten. */
static void restart_at(struct life *l, int64_t last_ns, int64_t gap_s)
{
    struct pack bytes;
    struct error e = {0};

    pack_to_write(&bytes, 64U << 20);
    assert_int_equal(engine_save(l->rig.engine, &bytes, INT64_MIN, &e), 0);
    rig_done(&l->rig);
    struct engine_options options = l->rig.options;
    rig_init(&l->rig);
    l->rig.options = options;
    rig_start(&l->rig, ENGINE_STREAM);
    engine_want_ticks(l->rig.engine, true);
    assert_int_equal(engine_restore(l->rig.engine, bytes.bytes, bytes.at, &e), 0);
    pack_free(&bytes);
    assert_true(engine_last_tick_ns(l->rig.engine) == last_ns);
    engine_resume(l->rig.engine, last_ns + gap_s * SECOND - SECOND / 2);
    assert_int_equal(l->rig.count, 0);
}

static void restart(struct life *l, int64_t s, int64_t gap_s)
{
    restart_at(l, START + (s - 1) * SECOND, gap_s);
}

static void assert_no_host_is(const struct rig *r, enum host_state state)
{
    const struct rig_event *e;
    for (size_t i = 0; (e = rig_find(r, EVENT_TICK, -1, i)); i++)
        assert_int_not_equal(e->tick.state, state);
}

static void say_findings(const struct rig *r)
{
    const struct rig_event *e;
    for (size_t i = 0; (e = rig_find(r, EVENT_FINDING, -1, i)); i++)
        print_message("# %s %s at %lld: %s\n", change_name(e->finding->change), law_name(e->finding->law),
            (long long)(e->finding->t_ns / SECOND - START / SECOND), e->finding->text);
}

static void test_a_gap_alone_finds_nothing(void **state)
{
    (void)state;
    for (size_t g = 0; g < GAPS; g++)
        for (int rebooted = 0; rebooted < 2; rebooted++) {
            struct life l;
            begin(&l);
            live(&l, 1, 900);
            assert_int_equal(rig_count(&l.rig, EVENT_FINDING, CHANGE_OPEN), 0);
            restart(&l, 901, gaps_s[g]);
            /* The first tick comes before the first sample. */
            assert_int_equal(engine_tick(l.rig.engine, START + (900 + gaps_s[g]) * SECOND - SECOND / 4), 0);
            /* While nobody looked: the counters ran on, at another ratio, or began again; levels moved. */
            if (rebooted) {
                l.in = l.out = l.forks = 0;
            } else {
                l.in += 100.0 * (double)gaps_s[g];
                l.out += 500.0 * (double)gaps_s[g];
                l.forks += 400.0 * (double)gaps_s[g];
            }
            if (gaps_s[g] >= 60) {
                l.queue = 55;
                l.memory_mb = rebooted ? 2500 : 9000;
            }
            live(&l, 900 + gaps_s[g], 900);
            say_findings(&l.rig);
            assert_int_equal(rig_count(&l.rig, EVENT_FINDING, -1), 0);
            assert_int_equal(rig_count(&l.rig, EVENT_INCIDENT, -1), 0);
            assert_no_host_is(&l.rig, HOST_STALE);
            rig_done(&l.rig);
        }
}

/* With days of history every surprise is armed: series that have their course go on in another part of it. */
static void test_a_level_that_moved_meanwhile_is_no_shock(void **state)
{
    struct life l;
    int64_t m = 1;

    (void)state;
    begin(&l);
    for (int part = 0; part < 2; part++) {
        for (int64_t end = m + (part ? 600 : 6 * 1440); m < end; m++) {
            double course = (double)(m % 1440) / 720, height = 40 * (course < 1 ? course : 2 - course);
            int64_t t = START + m * 60 * SECOND;
            feed(&l, t, "a", "queue_length", 50 + height + rng_normal(&l.rng));
            feed(&l, t, "a", "sessions", 500 + 5 * height + rng_normal(&l.rng));
            feed(&l, t, "b", "temperature", 20 + height + rng_normal(&l.rng));
            assert_int_equal(engine_tick(l.rig.engine, t), 0);
        }
        if (part == 0) {
            size_t before = rig_count(&l.rig, EVENT_FINDING, CHANGE_OPEN);
            assert_int_equal(before, 0);
            restart_at(&l, START + (m - 1) * 60 * SECOND, 400 * 60);
            m += 399;
        }
    }
    say_findings(&l.rig);
    assert_int_equal(rig_count(&l.rig, EVENT_FINDING, -1), 0);
    rig_done(&l.rig);
}

/* Brings the host to an open incident of a seizure with advice; its id goes to id. */
static void fall_ill(struct life *l, char *id)
{
    begin(l);
    live(l, 1, 300);
    l->swings = true;
    live(l, 301, 120);
    const struct rig_event *e = rig_find(&l->rig, EVENT_INCIDENT, CHANGE_OPEN, 0);
    assert_non_null(e);
    strcpy(id, e->incident->id);
    const struct host_tick *t = view_host(engine_view(l->rig.engine), 0);
    assert_int_equal(t->veto.type, VETO_COMPUTE);
}

static void test_what_goes_on_is_the_same_incident(void **state)
{
    (void)state;
    for (size_t g = 0; g < GAPS; g++) {
        struct life l;
        char id[HASH_ID_TEXT_MAX];
        fall_ill(&l, id);
        restart(&l, 421, gaps_s[g]);
        const struct view *v = engine_view(l.rig.engine);
        assert_int_equal(view_incident_count(v), 1);
        assert_string_equal(view_incident(v, 0)->id, id);
        live(&l, 420 + gaps_s[g], 5);
        /* Nothing has been seen yet: no news, no advice. */
        assert_int_equal(rig_count(&l.rig, EVENT_INCIDENT, -1), 0);
        assert_int_equal(view_host(v, 0)->veto.type, VETO_NONE);
        live(&l, 425 + gaps_s[g], 115);
        assert_int_equal(rig_count(&l.rig, EVENT_FINDING, -1), 0);
        assert_int_equal(rig_count(&l.rig, EVENT_INCIDENT, CHANGE_OPEN), 0);
        assert_int_equal(rig_count(&l.rig, EVENT_INCIDENT, CHANGE_CLOSE), 0);
        const struct rig_event *e = rig_find(&l.rig, EVENT_INCIDENT, CHANGE_UPDATE, 0);
        assert_non_null(e);
        assert_string_equal(e->incident->id, id);
        /* Two minutes before and two after are not a quarter of an hour. */
        assert_int_equal(e->incident->kind, INCIDENT_SINGLE);
        assert_int_equal(view_host(v, 0)->veto.type, VETO_COMPUTE);
        /* Restarted once more, it is still the same. */
        restart(&l, 540 + gaps_s[g], 60);
        assert_string_equal(view_incident(engine_view(l.rig.engine), 0)->id, id);
        rig_done(&l.rig);
    }
}

static void test_what_is_over_closes_by_evidence(void **state)
{
    (void)state;
    for (size_t g = 0; g < GAPS; g++) {
        struct life l;
        char id[HASH_ID_TEXT_MAX];
        fall_ill(&l, id);
        restart(&l, 421, gaps_s[g]);
        l.swings = false;
        live(&l, 420 + gaps_s[g], 30);
        assert_int_equal(rig_count(&l.rig, EVENT_FINDING, -1), 0); /* not closed by the gap */
        live(&l, 450 + gaps_s[g], 600);
        assert_int_equal(rig_count(&l.rig, EVENT_FINDING, CHANGE_OPEN), 0);
        assert_int_equal(rig_count(&l.rig, EVENT_FINDING, CHANGE_CLOSE), 1);
        assert_int_equal(rig_count(&l.rig, EVENT_INCIDENT, -1), 1);
        const struct rig_event *e = rig_find(&l.rig, EVENT_INCIDENT, CHANGE_CLOSE, 0);
        assert_non_null(e);
        assert_string_equal(e->incident->id, id);
        for (size_t i = 0; (e = rig_find(&l.rig, EVENT_TICK, -1, i)); i++)
            assert_int_equal(e->tick.veto.type, VETO_NONE);
        rig_done(&l.rig);
    }
}

/* An incident that only waited for its join window closes at once after a long gap; a new one is new. */
static void test_what_was_over_before_is_not_joined_with(void **state)
{
    struct life l;
    char id[HASH_ID_TEXT_MAX];

    (void)state;
    fall_ill(&l, id);
    l.swings = false;
    live(&l, 421, 240);
    assert_int_equal(rig_count(&l.rig, EVENT_FINDING, CHANGE_CLOSE), 1);
    assert_int_equal(rig_count(&l.rig, EVENT_INCIDENT, CHANGE_CLOSE), 0);
    restart(&l, 661, 86400);
    l.swings = true;
    live(&l, 660 + 86400, 120);
    const struct rig_event *e = rig_find(&l.rig, EVENT_INCIDENT, -1, 0);
    assert_non_null(e);
    assert_int_equal(e->incident->change, CHANGE_CLOSE);
    assert_string_equal(e->incident->id, id);
    e = rig_find(&l.rig, EVENT_INCIDENT, CHANGE_OPEN, 0);
    assert_non_null(e);
    assert_string_not_equal(e->incident->id, id);
    rig_done(&l.rig);
}

/* What a recording relies on: saved after the resume, an engine holds the resume in itself. Restored from
 * those bytes, without another resume, it says the same as the one that was resumed. */
static void test_saved_after_the_resume_it_needs_no_other(void **state)
{
    (void)state;
    for (size_t g = 0; g < GAPS; g++) {
        struct life l, other;
        char id[HASH_ID_TEXT_MAX];
        struct pack first, second;
        struct error e = {0};

        fall_ill(&l, id);
        restart(&l, 421, gaps_s[g]);
        pack_to_write(&first, 64U << 20);
        pack_to_write(&second, 64U << 20);
        assert_int_equal(engine_save(l.rig.engine, &first, INT64_MIN, &e), 0);
        other = l;
        rig_init(&other.rig);
        rig_start(&other.rig, ENGINE_STREAM);
        engine_want_ticks(other.rig.engine, true);
        assert_int_equal(engine_restore(other.rig.engine, first.bytes, first.at, &e), 0);
        assert_int_equal(engine_save(other.rig.engine, &second, INT64_MIN, &e), 0);
        assert_int_equal(first.at, second.at);
        assert_memory_equal(first.bytes, second.bytes, first.at);
        live(&l, 420 + gaps_s[g], 400);
        live(&other, 420 + gaps_s[g], 400);
        assert_true(rig_count(&l.rig, EVENT_INCIDENT, -1) > 0);
        assert_same_events(&l.rig, &other.rig);
        rig_done(&l.rig);
        rig_done(&other.rig);
        pack_free(&first);
        pack_free(&second);
    }
}

/* What was lost before the gap stays lost and is not said twice; what is lost after it is said. */
static void test_loss_is_measured_by_who_looks(void **state)
{
    struct life l;

    (void)state;
    begin(&l);
    live(&l, 1, 120);
    for (int64_t s = 121; s < 200; s++) {
        feed(&l, START + s * SECOND, "a", "queue_length", 40);
        assert_int_equal(engine_tick(l.rig.engine, START + s * SECOND), 0);
    }
    /* Host b. */
    assert_int_equal(rig_count(&l.rig, EVENT_INCIDENT, CHANGE_OPEN), 1);
    restart(&l, 200, 3600);
    for (int64_t s = 3801; s < 3860; s++) {
        feed(&l, START + s * SECOND, "a", "queue_length", 40);
        assert_int_equal(engine_tick(l.rig.engine, START + s * SECOND), 0);
    }
    assert_int_equal(rig_count(&l.rig, EVENT_FINDING, -1), 0);
    assert_int_equal(rig_count(&l.rig, EVENT_INCIDENT, CHANGE_OPEN), 0);
    for (int64_t s = 3860; s < 3900; s++)
        assert_int_equal(engine_tick(l.rig.engine, START + s * SECOND), 0);
    assert_int_equal(rig_count(&l.rig, EVENT_FINDING, CHANGE_OPEN), 1);
    assert_int_equal(rig_find(&l.rig, EVENT_FINDING, CHANGE_OPEN, 0)->finding->law, LAW_SIGNAL_LOST);
    rig_done(&l.rig);
}

/* A snapshot may leave out what has been silent; the rest keeps its order and its meaning. */
static void test_the_long_silent_is_left_out(void **state)
{
    struct life l;
    struct pack all, some;
    struct error e = {0};

    (void)state;
    begin(&l);
    feed(&l, START, "old", "cpu_usage", 1);
    feed(&l, START, "old", "relic", 1);
    feed(&l, START, "a", "relic", 1);
    live(&l, 1, 200);
    pack_to_write(&all, 64U << 20);
    pack_to_write(&some, 64U << 20);
    assert_int_equal(engine_save(l.rig.engine, &all, INT64_MIN, &e), 0);
    assert_int_equal(engine_save(l.rig.engine, &some, START + 100 * SECOND, &e), 0);
    assert_true(some.at < all.at);
    struct engine *g = engine_new(&l.rig.options, ENGINE_STREAM, NULL);
    assert_int_equal(engine_restore(g, some.bytes, some.at, &e), 0);
    struct catalog *c = engine_catalog(g);
    assert_string_equal(catalog_entity_get(c, 0)->name, "a");
    for (uint32_t i = 0; i < catalog_entity_count(c); i++) {
        assert_string_not_equal(catalog_entity_get(c, i)->name, "old");
        assert_string_not_equal(catalog_entity_get(c, i)->name, "relic");
    }
    /* Saved whole it is what was saved in part. */
    pack_rewind(&all);
    assert_int_equal(engine_save(g, &all, INT64_MIN, &e), 0);
    assert_int_equal(all.at, some.at);
    assert_memory_equal(all.bytes, some.bytes, all.at);
    engine_free(g);
    pack_free(&all);
    pack_free(&some);
    rig_done(&l.rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_gap_alone_finds_nothing),
        cmocka_unit_test(test_a_level_that_moved_meanwhile_is_no_shock),
        cmocka_unit_test(test_what_goes_on_is_the_same_incident),
        cmocka_unit_test(test_what_is_over_closes_by_evidence),
        cmocka_unit_test(test_what_was_over_before_is_not_joined_with),
        cmocka_unit_test(test_saved_after_the_resume_it_needs_no_other),
        cmocka_unit_test(test_loss_is_measured_by_who_looks),
        cmocka_unit_test(test_the_long_silent_is_left_out),
    };
    return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
