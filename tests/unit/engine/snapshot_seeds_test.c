/* SPDX-License-Identifier: MIT
 * The seeds of the snapshot fuzzer: an input of another format version is refused at its first bytes, and
 * then nothing behind them is fuzzed. With COHERENCE_MAKE_SEEDS=FOLDER in the environment they are made anew
 * there first (scripts/fuzz --seeds BUILD). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "churn.h"
#include "engine/snapshot.h"
#include "world.h"

#define SEED_MAX (1U << 20)

/* The first byte of an input: what the fuzzer does with the engine (fuzz/engine/snapshot.c, work). */
enum how { HOW_RESUME = 1, HOW_SECONDS = 2, HOW_TICKS = 4, HOW_ENDS = 8 };

static const char *const names[] = {"world", "young", "days", "cascade", "leaving"};

static void put(const char *name, struct tape *t, int how)
{
    struct engine_options options = tape_options(1);
    char path[512];
    struct player p;
    struct pack bytes;

    player_start(&p, t, &options, true);
    player_play(&p, UINT32_MAX);
    pack_to_write(&bytes, SEED_MAX);
    player_save(&p, &bytes);
    (void)snprintf(path, sizeof(path), "%s/%s", getenv("COHERENCE_MAKE_SEEDS"), name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fputc(how, f), how);
    assert_int_equal(fwrite(bytes.bytes, 1, bytes.at, f), bytes.at);
    assert_int_equal(fclose(f), 0);
    pack_free(&bytes);
    player_done(&p);
    tape_done(t);
}

static void are_made_where_that_is_asked_for(void **state)
{
    struct tape t;

    (void)state;
    if (!getenv("COHERENCE_MAKE_SEEDS"))
        return;
    world_of_seconds(&t, 290);
    put("world", &t, HOW_SECONDS | HOW_TICKS);
    world_of_seconds(&t, 20);
    put("young", &t, HOW_RESUME | HOW_SECONDS);
    world_of_minutes(&t, 3000);
    put("days", &t, HOW_SECONDS | HOW_ENDS);
    tape_init(&t);
    tape_simulate(&t, "cascade", 3, 400);
    put("cascade", &t, HOW_SECONDS | HOW_ENDS);
    churn_of_seconds(&t, 7, 200, true);
    while (t.step_count > 1 && t.steps[t.step_count - 1].end == ENTITY_LIVES) /* to just behind an end */
        t.step_count--;
    put("leaving", &t, HOW_SECONDS | HOW_TICKS | HOW_ENDS);
}

static void are_of_this_version_and_within_the_fuzzers_limits(void **state)
{
    static uint8_t bytes[SEED_MAX];
    struct engine_options options = tape_options(1);

    (void)state;
    options.max_entities = 40; /* as fuzz/engine/snapshot.c has them */
    options.max_series = 100;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[512];
        struct error e = {0};
        (void)snprintf(
            path, sizeof(path), "%s/fuzz/corpus/snapshot/%s", getenv("COHERENCE_SOURCE_ROOT"), names[i]);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        const size_t n = fread(bytes, 1, sizeof(bytes), f);
        fclose(f);
        struct engine *g = engine_new(&options, ENGINE_STREAM, NULL);
        assert_non_null(g);
        if (n < 1 || engine_restore(g, bytes + 1, n - 1, &e) != 0)
            fail_msg(
                "fuzz/corpus/snapshot/%s: %s; make it anew: scripts/fuzz --seeds BUILD", names[i], e.text);
        engine_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_made_where_that_is_asked_for),
        cmocka_unit_test(are_of_this_version_and_within_the_fuzzers_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
