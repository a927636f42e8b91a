/* SPDX-License-Identifier: MIT
 * A recording replayed from any of its KEY blocks says, byte for byte, what the engine said that was
 * recorded: from there on, or from the beginning; whatever lives come and go, with one thread and several. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "churn.h"
#include "engine/snapshot.h"
#include "state/recording_reader.h"
#include "world.h"

#define BLOCKS_MAX 4000
#define KEYS_MAX   64
#define LIMIT      (64U << 20)

struct kept {
    struct {
        uint8_t *bytes;
        size_t n;
    } blocks[BLOCKS_MAX];
    size_t count;
    size_t key_block[KEYS_MAX], key_said[KEYS_MAX]; /* which block a KEY is, and how much had been said */
    size_t keys;
};

static int keep_block(void *context, const struct recording_block *b)
{
    struct kept *k = context;
    assert_true(k->count < BLOCKS_MAX);
    k->blocks[k->count].bytes = malloc(b->n);
    k->blocks[k->count].n = b->n;
    memcpy(k->blocks[k->count++].bytes, b->bytes, b->n);
    return 0;
}

/* A KEY of the player's engine as it stands; is_new: without a snapshot. */
static void put_key(struct kept *k, struct player *p, bool is_new)
{
    struct recording_key key = {.config = "profile: default\n", .config_n = 17};
    struct error e = {0};
    struct pack pack;

    pack_to_write(&pack, LIMIT);
    if (!is_new) {
        assert_int_equal(engine_save(p->engine, &pack, INT64_MIN, &e), 0);
        key.snapshot = pack.bytes;
        key.snapshot_n = pack.at;
        key.t_ns = engine_last_tick_ns(p->engine);
    }
    assert_int_equal(recording_writer_flush(p->recorder), 0);
    k->key_block[k->keys] = k->count;
    k->key_said[k->keys++] = p->length;
    assert_int_equal(recording_writer_key(p->recorder, &key), 0);
    pack_free(&pack);
}

/* Replays from the KEY of that number to the end. */
static void replay_from(
    const struct kept *k, size_t number, const struct tape *t, int64_t threads, struct player *p)
{
    struct engine_options options = tape_options(threads);
    struct recording_reader *r = recording_reader_new();
    struct recording_key key;
    struct error e = {0};

    player_start(p, t, &options, true);
    struct feed feed = engine_feed(p->engine);
    for (size_t i = k->key_block[number]; i < k->count; i++) {
        int kind = recording_reader_block(r, k->blocks[i].bytes, k->blocks[i].n, &feed, &key);
        if (kind < 0)
            print_message("# %s\n", recording_reader_error(r)->text);
        assert_true(kind == RECORDING_KEY || kind == RECORDING_DATA);
        if (i == k->key_block[number]) {
            assert_int_equal(kind, RECORDING_KEY);
            assert_memory_equal(key.config, "profile: default\n", 17);
            if (key.snapshot_n > 0)
                assert_int_equal(engine_restore(p->engine, key.snapshot, key.snapshot_n, &e), 0);
        } else if (kind == RECORDING_KEY && number == 0) { /* what the engine knows there is what it knew */
            struct pack pack;
            pack_to_write(&pack, LIMIT);
            assert_int_equal(engine_save(p->engine, &pack, INT64_MIN, &e), 0);
            assert_int_equal(pack.at, key.snapshot_n);
            assert_memory_equal(pack.bytes, key.snapshot, pack.at);
            pack_free(&pack);
        }
    }
    engine_end(p->engine);
    struct recording_read read = recording_reader_totals(r);
    assert_int_equal(read.nameless + read.refused + read.damaged + read.missing, 0);
    recording_reader_free(r);
}

static void check(const struct tape *t, uint32_t ticks_a_key, int64_t threads)
{
    static const struct recording_settings settings = {.max_samples = 3000, .max_span_ns = 30000000000};
    struct engine_options options = tape_options(threads);
    struct kept *k = calloc(1, sizeof(*k));
    struct player live;

    player_start(&live, t, &options, true);
    live.recorder = recording_writer_new(&settings, keep_block, k);
    put_key(k, &live, true);
    while (live.step < t->step_count) {
        player_play(&live, ticks_a_key);
        if (k->keys < KEYS_MAX && live.step < t->step_count)
            put_key(k, &live, false);
    }
    assert_int_equal(recording_writer_flush(live.recorder), 0);
    recording_writer_free(live.recorder);
    engine_end(live.engine);
    for (size_t i = 0; i < k->keys; i++) {
        struct player p;
        replay_from(k, i, t, threads, &p);
        assert_int_equal(p.length, live.length - k->key_said[i]);
        assert_memory_equal(p.said, live.said + k->key_said[i], p.length);
        player_done(&p);
    }
    player_done(&live);
    for (size_t i = 0; i < k->count; i++)
        free(k->blocks[i].bytes);
    free(k);
}

static void test_everything_at_once(void **state)
{
    struct tape t;
    (void)state;
    world_of_seconds(&t, 400);
    check(&t, 60, 1);
    check(&t, 150, 3);
    tape_done(&t);
}

static void test_lives(void **state)
{
    struct tape t;
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        churn_of_seconds(&t, seed, 900, true);
        check(&t, 100, 1);
        tape_done(&t);
    }
}

static void test_a_scenario(void **state)
{
    struct tape t;
    (void)state;
    tape_init(&t);
    tape_simulate(&t, "cascade", 1, 1200);
    check(&t, 300, 2);
    tape_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_at_once),
        cmocka_unit_test(test_lives),
        cmocka_unit_test(test_a_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
