/* SPDX-License-Identifier: MIT
 * Forgetting on request: what is forgotten is as if it were new, in memory and in what is said of it later;
 * everything else stays, byte for byte; and neither threads nor a restart make a difference. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "detection/watch_snapshot.h"
#include "engine/internal.h"
#include "engine/snapshot.h"
#include "rig.h"
#include "tape.h"
#include "world.h"

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define START  (INT64_C(1767225600) * SECOND)
#define LIMIT  (64U << 20)

static uint32_t find(struct player *p, const char *host, const char *entity)
{
    uint32_t id = catalog_find_text(engine_catalog(p->engine), host, strlen(host), entity, strlen(entity));
    assert_true(id != ENTITY_NONE);
    return id;
}

/* What a watch has learned, as bytes. */
static void pack_of(struct engine *g, struct watch *w, struct pack *out)
{
    struct snapshot_cut cut = {0};
    struct snapshot s = {.pack = out, .catalog = g->catalog, .cut = &cut};

    bool *keep = malloc(catalog_entity_places(g->catalog) + 1);
    assert_non_null(keep);
    memset(keep, 1, catalog_entity_places(g->catalog) + 1);
    assert_int_equal(snapshot_cut_make(&cut, g->catalog, keep), 0);
    free(keep);
    pack_rewind(out);
    watch_pack(&s, w, &g->settings, g->settings.budget_per_day);
    assert_int_equal(out->error, 0);
    snapshot_cut_free(&cut);
}

/* Series and parts are those of an engine that was fed nothing but one missing value of each series. */
static void is_like_new_in_memory(void **state)
{
    static const char *const entities[] = {"series:slow_queue", "", "cgroup:a/b", "jvm:app"};
    struct engine_options options = tape_options(1);
    struct pack forgotten, untouched;
    struct player p, blank;
    struct tape t;

    (void)state;
    world_of_seconds(&t, 290);
    player_start(&p, &t, &options, false);
    player_play(&p, UINT32_MAX);
    for (uint32_t i = 0; i < t.sample_count; i++)
        t.samples[i].value = (double)NAN;
    uint32_t frames = 0;
    for (uint32_t i = 0; i < t.step_count; i++)
        if (t.steps[i].count > 0)
            t.steps[frames++] = t.steps[i];
    t.step_count = frames; /* no ticks */
    player_start(&blank, &t, &options, false);
    player_play(&blank, UINT32_MAX);
    pack_to_write(&forgotten, LIMIT);
    pack_to_write(&untouched, LIMIT);
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        uint32_t id = find(&p, "h2", entities[i]), like = find(&blank, "h2", entities[i]);
        pack_of(p.engine, engine_watch(p.engine, id), &forgotten);
        watch_rest(engine_watch(blank.engine, like)); /* that its values were none */
        pack_of(blank.engine, engine_watch(blank.engine, like), &untouched);
        assert_true(forgotten.at != untouched.at ||
                    memcmp(forgotten.bytes, untouched.bytes, untouched.at) != 0); /* it had learned */
        assert_int_equal(engine_forget(p.engine, id), 0);
        pack_of(p.engine, engine_watch(p.engine, id), &forgotten);
        assert_same_bytes(&forgotten, &untouched);
    }
    pack_free(&forgotten);
    pack_free(&untouched);
    player_done(&p);
    player_done(&blank);
    tape_done(&t);
}

static void others_stay_as_they_are(void **state)
{
    struct engine_options options = tape_options(1);
    struct pack before[64], after;
    struct player p;
    struct tape t;
    uint32_t n = 0, own = 0;

    (void)state;
    world_of_seconds(&t, 290);
    player_start(&p, &t, &options, false);
    player_play(&p, UINT32_MAX);
    struct catalog *c = engine_catalog(p.engine);
    uint32_t forgotten = find(&p, "h2", "");
    for (uint32_t i = catalog_entity_first(c); i != ENTITY_NONE; i = catalog_entity_next(c, i), n++) {
        assert_true(n < 64);
        pack_to_write(&before[n], LIMIT);
        if (engine_watch(p.engine, i))
            pack_of(p.engine, engine_watch(p.engine, i), &before[n]);
    }
    pack_to_write(&after, LIMIT);
    assert_int_equal(engine_forget(p.engine, forgotten), 0);
    n = 0;
    for (uint32_t i = catalog_entity_first(c); i != ENTITY_NONE; i = catalog_entity_next(c, i), n++) {
        const struct entity *e = catalog_entity_get(c, i);
        if (engine_watch(p.engine, i)) {
            pack_of(p.engine, engine_watch(p.engine, i), &after);
            if (i == forgotten || (e->kind == ENTITY_SERIES && e->parent == forgotten))
                own++;
            else
                assert_same_bytes(&before[n], &after);
        }
        pack_free(&before[n]);
    }
    assert_int_equal(own, 3); /* the host, its slow_queue, and a pressure that no law knows */
    pack_free(&after);
    player_done(&p);
    tape_done(&t);
}

static uint32_t lines_with(const struct player *p, size_t from, const char *a, const char *b)
{
    uint32_t n = 0;
    for (char *line = p->said + from, *end = p->said + p->length; line < end;) {
        char *next = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)(next - line);
        n += memmem(line, length, a, strlen(a)) && memmem(line, length, b, strlen(b));
        line = next + 1;
    }
    return n;
}

static void what_is_open_closes_and_says_why(void **state)
{
    struct engine_options options = tape_options(1);
    struct player p;
    struct tape t;

    (void)state;
    world_of_seconds(&t, 290);
    player_start(&p, &t, &options, false);
    player_play(&p, UINT32_MAX);
    struct watch *w = engine_watch(p.engine, find(&p, "h1", ""));
    assert_true(w->cases[LAW_SEIZURE] && w->cases[LAW_SEIZURE]->open); /* h1 swings */
    double days = view_summary(engine_view(p.engine)).judged_days;
    size_t from = p.length;
    assert_int_equal(engine_forget(p.engine, w->entity), 0);
    assert_null(w->cases[LAW_SEIZURE]);
    assert_int_equal(lines_with(&p, from, "\"type\":\"finding\"", "\"state\":\"close\""),
        lines_with(&p, from, "; forgotten, as was asked for", "\"host\":\"h1\""));
    assert_int_equal(lines_with(&p, from, "\"law\":\"seizure\"", "; forgotten, as was asked for"), 1);
    assert_true(view_summary(engine_view(p.engine)).judged_days >= days);
    /* Its incident has no open finding any more. */
    assert_int_equal(correlator_active_laws(p.engine->correlator, w->entity) & (1U << LAW_SEIZURE), 0);
    player_done(&p);
    tape_done(&t);
}

/* Host a is as ever; host b is there from `from` on, and is moved to another machine after 4500 minutes. */
static void moved(struct tape *t, int from)
{
    struct feed feed;
    struct rng rng;

    tape_init(t);
    feed = tape_feed(t);
    rng_seed(&rng, 5);
    for (int s = 1; s <= 6000; s++) {
        for (int h = 0; h < 2; h++) {
            int64_t host = catalog_host(t->names, h ? "b" : "a", 1);
            double level = h == 0 ? 20 : s < 4500 ? 1000 : 5000;
            struct sample samples[] = {
                {(uint32_t)catalog_series(t->names, (uint32_t)host, "cpu_usage", 9),
                    10 + level / 100 + rng_normal(&rng)},
                {(uint32_t)catalog_series(t->names, (uint32_t)host, "latency", 7),
                    level * (1 + 0.02 * rng_normal(&rng))},
            };
            if (h == 0 || s >= from)
                feed.frame(feed.context, START + s * MINUTE, samples, 2);
        }
        feed.tick(feed.context, START + s * MINUTE);
    }
}

/* The lines of a host from an offset on, as text of their own. */
static char *lines_of(const struct player *p, size_t from, const char *host, size_t *ret_n)
{
    char *out = malloc(p->length + 1), *at = out;
    assert_non_null(out);
    for (char *line = p->said + from, *end = p->said + p->length; line < end;) {
        char *next = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)(next + 1 - line);
        if (memmem(line, length, host, strlen(host)))
            at = mempcpy(at, line, length);
        line = next + 1;
    }
    *ret_n = (size_t)(at - out);
    return out;
}

static void is_like_new_in_what_is_said(void **state)
{
    struct engine_options options = tape_options(1);
    struct tape both, late;
    struct player old, told, fresh;
    size_t told_n, fresh_n;

    (void)state;
    moved(&both, 0);
    moved(&late, 4500);
    player_start(&old, &both, &options, true);
    player_play(&old, UINT32_MAX);
    assert_true(lines_with(&old, 0, "\"type\":\"finding\"", "\"host\":\"b\"") > 0); /* a move is a shock */
    player_start(&told, &both, &options, true);
    player_play(&told, 4499);
    size_t from = told.length;
    assert_int_equal(engine_forget(told.engine, find(&told, "b", "")), 0);
    player_play(&told, UINT32_MAX);
    player_start(&fresh, &late, &options, true);
    player_play(&fresh, UINT32_MAX);
    char *told_lines = lines_of(&told, from, "\"host\":\"b\"", &told_n);
    char *fresh_lines = lines_of(&fresh, 0, "\"host\":\"b\"", &fresh_n);
    assert_true(told_n > 100000);
    assert_same_text(told_lines, told_n, fresh_lines, fresh_n);
    free(told_lines);
    free(fresh_lines);
    player_done(&old);
    player_done(&told);
    player_done(&fresh);
    tape_done(&both);
    tape_done(&late);
}

static void neither_threads_nor_a_restart_make_a_difference(void **state)
{
    static const int64_t threads[] = {2, 3, 8};
    struct engine_options options = tape_options(1);
    struct pack first, second;
    struct player whole, p, other;
    struct tape t;

    (void)state;
    world_of_seconds(&t, 290);
    pack_to_write(&first, LIMIT);
    pack_to_write(&second, LIMIT);
    player_start(&whole, &t, &options, true);
    player_play(&whole, 240);
    assert_int_equal(engine_forget(whole.engine, find(&whole, "h1", "")), 0);
    size_t from = whole.length;
    player_save(&whole, &first);
    player_restore(&other, &whole, &options, true, first.bytes, first.at);
    player_play(&whole, UINT32_MAX);
    player_play(&other, UINT32_MAX);
    assert_same_text(whole.said + from, whole.length - from, other.said, other.length);
    player_save(&whole, &first);
    player_save(&other, &second);
    assert_same_bytes(&first, &second);
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
        struct engine_options several = tape_options(threads[i]);
        player_start(&p, &t, &several, true);
        player_play(&p, 240);
        assert_int_equal(engine_forget(p.engine, find(&p, "h1", "")), 0);
        player_play(&p, UINT32_MAX);
        player_save(&p, &second);
        assert_same_text(whole.said, whole.length, p.said, p.length);
        assert_same_bytes(&first, &second);
        player_done(&p);
    }
    pack_free(&first);
    pack_free(&second);
    player_done(&whole);
    player_done(&other);
    tape_done(&t);
}

static void what_is_not_there_is_not_forgotten(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    rig_sample(&r, "h", "cpu_usage", START, 1);
    assert_int_equal(engine_forget(r.engine, 77), -ENOENT);
    /* Named, but nothing was ever heard of it. */
    int64_t e = catalog_entity_text(engine_catalog(r.engine), 0, "cgroup:a", 8);
    assert_int_equal(engine_forget(r.engine, (uint32_t)e), 0);
    assert_int_equal(engine_gone(r.engine, START, (uint32_t)e, ENTITY_ENDED), 0);
    assert_int_equal(engine_forget(r.engine, (uint32_t)e), -ENOENT);
    rig_done(&r);
    rig_init(&r);
    r.options.profile = PROFILE_CLASSIC;
    rig_start(&r, ENGINE_STREAM);
    rig_sample(&r, "h", "cpu_usage", START, 1);
    assert_int_equal(engine_forget(r.engine, 0), -ENOTSUP);
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_like_new_in_memory),
        cmocka_unit_test(others_stay_as_they_are),
        cmocka_unit_test(what_is_open_closes_and_says_why),
        cmocka_unit_test(is_like_new_in_what_is_said),
        cmocka_unit_test(neither_threads_nor_a_restart_make_a_difference),
        cmocka_unit_test(what_is_not_there_is_not_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
