/* SPDX-License-Identifier: MIT
 * What a run said that was recorded, its recording says again: every line, with and without threads, from
 * its beginning and from each of its snapshots, over a restart and around what is damaged. The expected lines
 * are those of the run itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "cli/playback.h"
#include "cli/recorder.h"
#include "engine/snapshot.h"
#include "stage.h"

#define SECOND     INT64_C(1000000000)
#define START      (INT64_C(1767225600) * SECOND)
#define BLOCKS_MAX 4096

/* Blocks in memory, as a state file would have them. */
struct tape {
    struct recording_block blocks[BLOCKS_MAX];
    size_t count;
    size_t refuse_at; /* the put with that number is refused; 0: none */
    size_t puts;
};

static int keep_block(void *context, const struct recording_block *block)
{
    struct tape *t = context;
    if (t->refuse_at && ++t->puts == t->refuse_at)
        return -ENOSPC;
    assert_true(t->count < BLOCKS_MAX);
    struct recording_block *b = &t->blocks[t->count++];
    *b = *block;
    uint8_t *bytes = malloc(block->n);
    assert_non_null(bytes);
    memcpy(bytes, block->bytes, block->n);
    b->bytes = bytes;
    return 0;
}

static void tape_free(struct tape *t)
{
    for (size_t i = 0; i < t->count; i++)
        free((void *)(uintptr_t)t->blocks[i].bytes);
    free(t);
}

static struct tape *tape_new(void)
{
    struct tape *t = calloc(1, sizeof(*t));
    assert_non_null(t);
    return t;
}

/* Names that come, are nested, are declared long before they are sampled or never, swing together, and go. */
struct restless {
    struct rng rng;
    uint32_t host, groups[40];
    bool lives[40];
};

static uint32_t declare(struct catalog *c, uint32_t host, unsigned i, uint32_t parent)
{
    char name[32];
    int n = snprintf(name, sizeof(name), "/slice/%u", i);
    int64_t id = catalog_entity(c, host, ENTITY_CGROUP, name, (size_t)n, parent);
    assert_true(id >= 0);
    return (uint32_t)id;
}

static void restless_second(struct restless *r, struct feed *feed, int64_t t_ns)
{
    static const enum metric_id metrics[] = {METRIC_CPU_UTILIZATION, METRIC_MEMORY_USAGE};
    struct sample samples[200];
    size_t n = 0;

    for (unsigned k = 0; k < 3; k++) {
        unsigned i = (unsigned)(rng_next(&r->rng) % 40), above = (unsigned)(rng_next(&r->rng) % 40);
        uint64_t what = rng_next(&r->rng) % 40;
        if (!r->lives[i]) {
            uint32_t parent = above != i && r->lives[above] ? r->groups[above] : ENTITY_NONE;
            r->groups[i] = declare(feed->catalog, r->host, i, parent);
            r->lives[i] = true;
        } else if (what == 0 && catalog_entity_lives(feed->catalog, r->groups[i])) {
            enum entity_end end = i % 2 ? ENTITY_ENDED : ENTITY_OUT_OF_MEMORY;
            assert_int_equal(feed->gone(feed->context, t_ns, r->groups[i], end), 0);
            r->lives[i] = false;
        }
    }
    int64_t whole = catalog_series_known(feed->catalog, r->host, METRIC_CPU_UTILIZATION);
    assert_true(whole >= 0);
    samples[n++] = (struct sample){(uint32_t)whole, 0.3 + 0.02 * rng_normal(&r->rng)}; /* in the tick lines */
    for (unsigned k = 0; k < 40; k++) { /* from the last to the first: not in the order of their ids */
        unsigned i = 39 - k;
        if (!r->lives[i] || i % 5 == 0)
            continue;
        for (unsigned m = 0; m < 2; m++) {
            int64_t id = catalog_series_known(feed->catalog, r->groups[i], metrics[m]);
            assert_true(id >= 0);
            double swing = t_ns / SECOND % 600 > 200 && i % 3 == 0 ? (t_ns / SECOND % 2 ? 0.8 : 0.05) : 0.3;
            double x = m ? 1e8 + 1e6 * rng_normal(&r->rng) : swing + 0.01 * rng_normal(&r->rng);
            samples[n++] = (struct sample){(uint32_t)id, x};
        }
    }
    if (n > 0)
        assert_int_equal(
            feed->frame(feed->context, t_ns + (int64_t)(rng_next(&r->rng) % 900), samples, n), 0);
    assert_int_equal(feed->tick(feed->context, t_ns), 0);
}

static void restless_run(struct restless *r, struct session *s, int64_t from_s, int64_t seconds)
{
    struct feed feed = session_feed(s);
    int64_t host = catalog_host(feed.catalog, "h", 1);
    assert_true(host >= 0);
    r->host = (uint32_t)host;
    for (int64_t i = from_s; i < from_s + seconds; i++)
        restless_second(r, &feed, START + i * SECOND);
}

/* A run that records itself. scenario NULL: the restless host. */
static char *record(struct tape *tape, const char *scenario, int64_t seconds, int64_t threads)
{
    struct stage *x = stage_new(threads);
    struct recorder *recorder = recorder_new(&x->s);

    assert_non_null(recorder);
    assert_int_equal(recorder_add(recorder, keep_block, tape), 0);
    assert_int_equal(session_start(&x->s, ENGINE_STREAM), STATUS_FINE);
    x->s.recorder = recorder;
    if (scenario) {
        struct feed feed = session_feed(&x->s);
        stage_fly(scenario, 7, seconds, &feed);
    } else {
        struct restless r = {0};
        rng_seed(&r.rng, 5);
        restless_run(&r, &x->s, 0, seconds);
    }
    recorder_flush(recorder);
    session_finish(&x->s);
    char *said = stage_lines(x, 0);
    recorder_free(recorder);
    stage_free(x);
    return said;
}

/* Replays blocks[from..to) but `without`. Returns what was said. */
static char *play(const struct tape *t, size_t from, size_t without, int64_t threads, struct playback *ret)
{
    struct stage *x = stage_new(threads);
    struct playback p;
    struct error e = {0};

    assert_int_equal(playback_open(&p, &x->s, "tape"), 0);
    for (size_t i = from; i < t->count; i++)
        if (i != without)
            assert_int_equal(playback_block(&p, &t->blocks[i], &e), 0);
    assert_non_null(x->s.engine);
    session_finish(&x->s);
    char *said = stage_lines(x, 0);
    if (ret)
        *ret = p;
    playback_close(&p);
    stage_free(x);
    return said;
}

#define ALL SIZE_MAX

/* Where the lines of times after t_ns begin: each begins {"type":"...","t":SECONDS. */
static const char *after(const char *lines, int64_t t_ns)
{
    while (*lines) {
        const char *t = strstr(lines, "\"t\":");
        if (strncmp(lines, "{\"type\":\"summary\"", 17) == 0 ||
            strtod(t + 4, NULL) > (double)t_ns * 1e-9 + 1e-4)
            return lines;
        lines = strchr(lines, '\n') + 1;
    }
    return lines;
}

static size_t without_summary(const char *lines)
{
    const char *summary = strstr(lines, "{\"type\":\"summary\"");
    assert_non_null(summary);
    return (size_t)(summary - lines);
}

/* All lines but the summary, which counts what was replayed only. */
static void assert_same(const char *wanted, const char *said)
{
    size_t a = without_summary(wanted), b = without_summary(said), at = 0, line = 0;
    while (at < a && at < b && wanted[at] == said[at]) {
        line = wanted[at] == '\n' ? at + 1 : line;
        at++;
    }
    if (at < a || at < b)
        print_message("# wanted: %.600s\n# said:   %.600s\n", wanted + line, said + line);
    assert_true(at == a && at == b);
}

static size_t count_keys(const struct tape *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        n += t->blocks[i].kind == RECORDING_KEY;
    return n;
}

static const char *const scenes[] = {NULL, "cascade", "retry-storm", "flapping"};

static void test_a_recording_says_what_was_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        struct tape *t = tape_new();
        char *live = record(t, scenes[i], 1300, i % 2 ? 2 : 1);
        print_message("# %s: %zu blocks, %zu keys, %zu bytes of lines\n", scenes[i] ? scenes[i] : "restless",
            t->count, count_keys(t), strlen(live));
        assert_true(count_keys(t) >= 4);
        assert_non_null(strstr(live, "\"type\":\"incident\""));
        for (int64_t threads = 1; threads <= 3; threads++) {
            char *said = play(t, 0, ALL, threads, NULL);
            assert_string_equal(live, said); /* the summary too */
            free(said);
        }
        free(live);
        tape_free(t);
    }
}

static void test_from_each_snapshot_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        struct tape *t = tape_new();
        char *live = record(t, scenes[i], 1300, 1);
        for (size_t k = 1; k < t->count; k++) {
            if (t->blocks[k].kind != RECORDING_KEY)
                continue;
            char *said = play(t, k, ALL, 1, NULL);
            assert_same(after(live, t->blocks[k].from_ns), said);
            free(said);
        }
        free(live);
        tape_free(t);
    }
}

/* A range says what was said then, up to the last tick with all that was read for it. */
static void test_a_range_is_a_part_of_the_whole(void **state)
{
    struct tape *t = tape_new();
    char *live = record(t, NULL, 900, 1);
    struct rng rng;

    (void)state;
    rng_seed(&rng, 12);
    for (int round = 0; round < 20; round++) {
        int64_t from_s = (int64_t)(rng_next(&rng) % 890), to_s = from_s + (int64_t)(rng_next(&rng) % 200);
        struct stage *x = stage_new(1 + round % 2);
        struct playback p;
        struct error e = {0};
        int r = 0;
        x->a.from_ns = START + from_s * SECOND;
        x->a.to_ns = START + to_s * SECOND;
        assert_int_equal(playback_open(&p, &x->s, "tape"), 0);
        for (size_t i = 0; i < t->count && r == 0; i++)
            r = playback_block(&p, &t->blocks[i], &e);
        assert_int_equal(r, to_s < 899 ? -ECANCELED : 0);
        session_finish(&x->s);
        char *said = stage_lines(x, 0);
        char *wanted = malloc(strlen(live) + strlen(said) + 1);
        assert_non_null(wanted);
        strcpy(wanted, after(live, x->a.from_ns - SECOND / 2));
        wanted[after(wanted, x->a.to_ns) - wanted] = 0;
        strcpy(wanted + strlen(wanted), said + without_summary(said));
        assert_same(wanted, said);
        free(said);
        free(wanted);
        playback_close(&p);
        stage_free(x);
    }
    free(live);
    tape_free(t);
}

/* Around what is missing or damaged: the same before it, and again from the next snapshot on. */
static void test_what_is_lost_is_passed_over_to_the_next_snapshot(void **state)
{
    struct tape *t = tape_new();
    char *live = record(t, NULL, 1300, 1);
    struct rng rng;

    (void)state;
    rng_seed(&rng, 2);
    for (int round = 0; round < 12; round++) {
        size_t lost = 1 + rng_next(&rng) % (t->count - 1), next = lost;
        struct playback p;
        while (next < t->count && t->blocks[next].kind != RECORDING_KEY)
            next++;
        int64_t before_ns = t->blocks[lost].from_ns - SECOND / 2;
        uint8_t *byte = (uint8_t *)(uintptr_t)&t->blocks[lost].bytes[t->blocks[lost].n / 2];
        bool damage = round % 2;
        if (damage && t->blocks[lost].kind == RECORDING_KEY)
            continue; /* has a test of its own */
        if (damage)
            *byte ^= 4;
        char *said = play(t, 0, damage ? ALL : lost, 1, &p);
        if (damage)
            *byte ^= 4;
        const char *rest =
            next < t->count ? after(live, t->blocks[next].from_ns) : live + without_summary(live);
        if (lost == next) /* a key: what follows it is lost as well, up to another one */
            for (next++, rest = live + without_summary(live); next < t->count; next++)
                if (t->blocks[next].kind == RECORDING_KEY) {
                    rest = after(live, t->blocks[next].from_ns);
                    break;
                }
        const char *gap = after(live, before_ns);
        char *wanted = malloc(strlen(live) + 1);
        assert_non_null(wanted);
        memcpy(wanted, live, (size_t)(gap - live));
        strcpy(wanted + (gap - live), rest);
        assert_same(wanted, said);
        assert_true(p.gaps == 1 || lost + 1 == t->count ||
                    (lost + 1 == next && t->blocks[lost].kind == RECORDING_DATA));
        free(wanted);
        free(said);
    }
    free(live);
    tape_free(t);
}

static void test_a_damaged_snapshot_on_the_way_is_not_needed(void **state)
{
    struct tape *t = tape_new();
    char *live = record(t, NULL, 1000, 1);
    struct playback p;

    (void)state;
    for (size_t i = 1; i < t->count; i++)
        if (t->blocks[i].kind == RECORDING_KEY)
            ((uint8_t *)(uintptr_t)t->blocks[i].bytes)[t->blocks[i].n - 20] ^= 1;
    char *said = play(t, 0, ALL, 1, &p);
    assert_int_equal(p.gaps, 0);
    assert_string_equal(live, said);
    free(said);
    free(live);
    tape_free(t);
}

/* A sentinel that ended and came again: another engine, of what was kept, with the time between cut out. */
static void test_over_a_restart(void **state)
{
    struct tape *t = tape_new();
    struct stage *x = stage_new(1);
    struct restless r = {0};
    struct pack kept;
    struct error e = {0};
    char *lines[2];

    (void)state;
    rng_seed(&r.rng, 8);
    pack_to_write(&kept, 64U << 20);
    for (int run = 0; run < 2; run++) {
        int64_t from_s = run * 5000;
        struct recorder *recorder = recorder_new(&x->s);
        assert_int_equal(recorder_add(recorder, keep_block, t), 0);
        assert_int_equal(session_start(&x->s, ENGINE_STREAM), STATUS_FINE);
        if (run) {
            assert_int_equal(engine_restore(x->s.engine, kept.bytes, kept.at, &e), 0);
            engine_resume(x->s.engine, START + from_s * SECOND - 123);
            memset(r.lives, 0, sizeof(r.lives)); /* the source looks anew */
        }
        x->s.recorder = recorder;
        restless_run(&r, &x->s, from_s, 700);
        recorder_flush(recorder);
        assert_int_equal(engine_save(x->s.engine, &kept, INT64_MIN, &e), 0);
        lines[run] = stage_lines(x, 0);
        recorder_free(recorder);
        if (run == 0) {
            engine_free(x->s.engine);
            x->s.engine = NULL;
        }
    }
    session_finish(&x->s);
    char *live = stage_lines(x, 0);
    assert_true(strlen(lines[1]) > strlen(lines[0]) + 1000);
    char *said = play(t, 0, ALL, 1, NULL);
    assert_same(live, said);
    free(said);
    free(live);
    free(lines[0]);
    free(lines[1]);
    pack_free(&kept);
    stage_free(x);
    tape_free(t);
}

/* A place that refuses a block gets a snapshot soon, so that not much is lost. */
static void test_after_a_refusal_a_snapshot_comes_soon(void **state)
{
    struct tape *t = tape_new();
    char *live, *said;
    struct playback p;

    (void)state;
    t->refuse_at = 20;
    live = record(t, NULL, 400, 1);
    size_t gap = 0;
    while (gap + 1 < t->count && t->blocks[gap + 1].sequence == t->blocks[gap].sequence + 1)
        gap++;
    assert_int_equal(gap, 18); /* the 19 before it are there */
    size_t key = gap + 1;
    while (key < t->count && t->blocks[key].kind != RECORDING_KEY)
        key++;
    assert_true(key < t->count);
    assert_true(t->blocks[key].from_ns - t->blocks[gap].to_ns <= 70 * SECOND);
    said = play(t, 0, ALL, 1, &p);
    assert_int_equal(p.gaps, 1);
    const char *rest = after(live, t->blocks[key].from_ns);
    size_t n = without_summary(rest), m = without_summary(said);
    assert_true(n > 100000 && m > n);
    assert_memory_equal(rest, said + m - n, n);
    free(said);
    free(live);
    tape_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_recording_says_what_was_said),
        cmocka_unit_test(test_from_each_snapshot_on),
        cmocka_unit_test(test_a_range_is_a_part_of_the_whole),
        cmocka_unit_test(test_what_is_lost_is_passed_over_to_the_next_snapshot),
        cmocka_unit_test(test_a_damaged_snapshot_on_the_way_is_not_needed),
        cmocka_unit_test(test_over_a_restart),
        cmocka_unit_test(test_after_a_refusal_a_snapshot_comes_soon),
    };
    return cmocka_run_group_tests_name("playback", tests, NULL, NULL);
}
