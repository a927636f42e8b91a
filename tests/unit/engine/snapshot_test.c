/* SPDX-License-Identifier: MIT
 * An engine that is saved, thrown away and restored goes on as if nothing had happened: every later event is
 * the same, byte for byte, wherever it was cut and whatever the number of threads. And bytes that are not
 * what was saved are refused. */
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
#include "engine/snapshot.h"
#include "ingestion/simulator/simulator.h"
#include "tape.h"
#include "world.h"

#define LIMIT (64U << 20)

/* One way of running: threads before and after the cut, tick lines or not. */
struct way {
    int64_t before, after;
    bool ticks;
};

/* Saves at tick `cut` of p, which goes on; the restored one plays to the end and must say what `whole` said
 * after that tick, and end in the same state. */
static void check_cut(
    struct player *p, const struct player *whole, const struct pack *end, const struct way *way)
{
    struct engine_options options = tape_options(way->after);
    struct pack first, second;
    struct player other;

    pack_to_write(&first, LIMIT);
    pack_to_write(&second, LIMIT);
    player_save(p, &first);
    player_save(p, &second);
    assert_same_bytes(&first, &second);
    player_restore(&other, p, &options, way->ticks, first.bytes, first.at);
    player_save(&other, &second);
    assert_same_bytes(&first, &second);
    assert_int_equal(other.length, 0);
    player_play(&other, UINT32_MAX);
    engine_end(other.engine);
    assert_true(p->length <= whole->length);
    assert_same_text(
        whole->said + p->length, whole->length - p->length, other.said ? other.said : "", other.length);
    player_save(&other, &second);
    assert_same_bytes(end, &second);
    player_done(&other);
    pack_free(&first);
    pack_free(&second);
}

/* cuts: ascending tick numbers. */
static void check_tape(const struct tape *t, const uint32_t *cuts, uint32_t n, const struct way *way)
{
    struct engine_options one = tape_options(1), options = tape_options(way->before);
    struct player whole, p;
    struct pack end;
    uint32_t done = 0;

    player_start(&whole, t, &one, way->ticks);
    player_play(&whole, UINT32_MAX);
    engine_end(whole.engine);
    pack_to_write(&end, LIMIT);
    player_save(&whole, &end);
    player_start(&p, t, &options, way->ticks);
    for (uint32_t i = 0; i < n; i++) {
        player_play(&p, cuts[i] - done);
        done = cuts[i];
        check_cut(&p, &whole, &end, way);
    }
    player_done(&p);
    player_done(&whole);
    pack_free(&end);
}

static const struct way ways[] = {{1, 1, true}, {2, 2, true}, {1, 3, true}, {2, 1, false}};

static void test_every_tick_of_a_short_run(void **state)
{
    struct tape t;
    uint32_t cuts[301], n = 0;

    (void)state;
    world_of_seconds(&t, 300);
    for (uint32_t i = 0; i <= 300; i++)
        cuts[n++] = i;
    check_tape(&t, cuts, n, &ways[0]);
    tape_done(&t);
}

static void test_random_ticks_in_every_way(void **state)
{
    struct tape t;
    struct rng rng;

    (void)state;
    world_of_seconds(&t, 400);
    rng_seed(&rng, 11);
    for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
        uint32_t cuts[12], at = 0;
        for (int i = 0; i < 12; i++)
            cuts[i] = at += 1 + (uint32_t)(rng_next(&rng) % 32);
        check_tape(&t, cuts, 12, &ways[k]);
    }
    tape_done(&t);
}

static void test_every_scenario(void **state)
{
    struct rng rng;

    (void)state;
    rng_seed(&rng, 3);
    for (const char *const *name = scenario_names(); *name; name++) {
        struct tape t;
        uint32_t cuts[5], at = 0;
        tape_init(&t);
        tape_simulate(&t, *name, 5, 600);
        for (int i = 0; i < 5; i++)
            cuts[i] = at += 1 + (uint32_t)(rng_next(&rng) % (t.ticks / 5));
        print_message("# %s: %u ticks, cut at %u %u %u %u %u\n", *name, t.ticks, cuts[0], cuts[1], cuts[2],
            cuts[3], cuts[4]);
        check_tape(&t, cuts, 5, &ways[at % 3]);
        tape_done(&t);
    }
}

static void test_days(void **state)
{
    static const uint32_t cuts[] = {700, 1441, 2903, 3010, 4050, 5400};
    struct tape t;

    (void)state;
    world_of_minutes(&t, 6000);
    check_tape(&t, cuts, 6, &ways[0]);
    tape_done(&t);
}

/* Between two samples of one frame, with nothing flushed. */
static void test_in_the_middle_of_a_tick(void **state)
{
    struct tape t;
    struct engine_options options = tape_options(1);

    (void)state;
    world_of_seconds(&t, 220);
    for (uint32_t steps = 1; steps < t.step_count; steps += 97) {
        struct tape head = t;
        struct player whole, p, other;
        struct pack bytes;
        head.step_count = steps;
        player_start(&whole, &t, &options, true);
        player_play(&whole, UINT32_MAX);
        player_start(&p, &head, &options, true);
        player_play(&p, UINT32_MAX);
        pack_to_write(&bytes, LIMIT);
        player_save(&p, &bytes);
        player_restore(&other, &p, &options, true, bytes.bytes, bytes.at);
        other.tape = &t;
        player_play(&other, UINT32_MAX);
        assert_same_text(whole.said + p.length, whole.length - p.length, other.said, other.length);
        player_done(&whole);
        player_done(&p);
        player_done(&other);
        pack_free(&bytes);
    }
    tape_done(&t);
}

/* A restored engine and the bytes that it came from, for tests that change either. */
static void make_bytes(struct tape *t, int seconds, struct pack *bytes)
{
    struct engine_options options = tape_options(1);
    struct player p;

    world_of_seconds(t, seconds);
    player_start(&p, t, &options, true);
    player_play(&p, UINT32_MAX);
    pack_to_write(bytes, LIMIT);
    player_save(&p, bytes);
    player_done(&p);
}

static int restore(const uint8_t *bytes, size_t n, struct error *e)
{
    struct engine_options options = tape_options(1);
    struct engine *g = engine_new(&options, ENGINE_STREAM, NULL);
    int r = engine_restore(g, bytes, n, e);
    engine_free(g);
    return r;
}

static void test_cut_short_it_is_refused_at_every_length(void **state)
{
    struct tape t;
    struct pack bytes;
    struct error e;

    (void)state;
    make_bytes(&t, 260, &bytes);
    for (size_t n = 0; n < bytes.at; n += n < 4096 ? 1 : 211)
        assert_int_equal(restore(bytes.bytes, n, &e), -EBADMSG);
    assert_int_equal(restore(bytes.bytes, bytes.at, &e), 0);
    /* And with something behind it. */
    uint8_t *longer = malloc(bytes.at + 1);
    memcpy(longer, bytes.bytes, bytes.at);
    longer[bytes.at] = 0;
    assert_int_equal(restore(longer, bytes.at + 1, &e), -EBADMSG);
    free(longer);
    pack_free(&bytes);
    tape_done(&t);
}

static void test_another_version_is_told_apart(void **state)
{
    struct tape t;
    struct pack bytes;
    struct error e;

    (void)state;
    make_bytes(&t, 20, &bytes);
    bytes.bytes[4]++; /* behind the mark of the part */
    assert_int_equal(restore(bytes.bytes, bytes.at, &e), -EPROTO);
    assert_string_equal(e.text, "it was written by another version of coherence");
    bytes.bytes[4]--;
    bytes.bytes[8] ^= 1;
    assert_int_equal(restore(bytes.bytes, bytes.at, &e), -EPROTO);
    pack_free(&bytes);
    tape_done(&t);
}

/* Whatever a byte is changed to, the engine that comes of it works on: the sanitizers watch. */
static void test_changed_bytes_never_break_it(void **state)
{
    struct tape t;
    struct pack bytes;
    struct rng rng;
    struct player p, other;
    struct engine_options options = tape_options(1);
    unsigned taken = 0;

    (void)state;
    make_bytes(&t, 240, &bytes);
    rng_seed(&rng, 21);
    player_start(&p, &t, &options, true);
    player_play(&p, 200);
    player_save(&p, &bytes);
    for (int i = 0; i < 400; i++) {
        size_t at = (size_t)(rng_next(&rng) % bytes.at);
        uint8_t was = bytes.bytes[at];
        bytes.bytes[at] = (uint8_t)(was ^ (1U << rng_next(&rng) % 8));
        if (restore(bytes.bytes, bytes.at, NULL) == 0) {
            player_restore(&other, &p, &options, true, bytes.bytes, bytes.at);
            if (engine_last_tick_ns(other.engine) == engine_last_tick_ns(p.engine) &&
                catalog_series_count(engine_catalog(other.engine)) ==
                    catalog_series_count(engine_catalog(p.engine)))
                player_play(&other, 5);
            player_done(&other);
            taken++;
        }
        bytes.bytes[at] = was;
    }
    print_message("# %u of 400 changed snapshots still meant something\n", taken);
    player_done(&p);
    pack_free(&bytes);
    tape_done(&t);
}

static void test_limits_and_states_that_do_not_fit(void **state)
{
    struct tape t;
    struct pack bytes;
    struct error e;
    struct engine_options options = tape_options(1);

    (void)state;
    make_bytes(&t, 60, &bytes);
    options.max_entities = 3;
    struct engine *g = engine_new(&options, ENGINE_STREAM, NULL);
    assert_int_equal(engine_restore(g, bytes.bytes, bytes.at, &e), -ENOSPC);
    engine_free(g);
    options = tape_options(1);
    g = engine_new(&options, ENGINE_STREAM, NULL);
    catalog_host(engine_catalog(g), "x", 1);
    assert_int_equal(engine_restore(g, bytes.bytes, bytes.at, &e), -EBUSY);
    engine_free(g);
    options.profile = PROFILE_CLASSIC;
    g = engine_new(&options, ENGINE_STREAM, NULL);
    assert_int_equal(engine_restore(g, bytes.bytes, bytes.at, &e), -ENOTSUP);
    pack_rewind(&bytes);
    assert_int_equal(engine_save(g, &bytes, INT64_MIN, &e), -ENOTSUP);
    engine_free(g);
    pack_free(&bytes);
    pack_to_write(&bytes, 1000);
    g = engine_new(
        &(struct engine_options){.threads = 1, .max_entities = 10, .max_series = 10}, ENGINE_STREAM, NULL);
    for (char name[3] = "a0"; name[1] < '9'; name[1]++)
        catalog_host(engine_catalog(g), name, 2);
    pack_free(&bytes);
    pack_to_write(&bytes, 32);
    assert_int_equal(
        engine_save(g, &bytes, INT64_MIN, &e), -ERANGE); /* no budget: options that nobody can set */
    engine_free(g);
    pack_free(&bytes);
    tape_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_tick_of_a_short_run),
        cmocka_unit_test(test_random_ticks_in_every_way),
        cmocka_unit_test(test_every_scenario),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_in_the_middle_of_a_tick),
        cmocka_unit_test(test_cut_short_it_is_refused_at_every_length),
        cmocka_unit_test(test_another_version_is_told_apart),
        cmocka_unit_test(test_changed_bytes_never_break_it),
        cmocka_unit_test(test_limits_and_states_that_do_not_fit),
    };
    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
