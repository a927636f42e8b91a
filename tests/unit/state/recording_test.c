/* SPDX-License-Identifier: MIT
 * Recordings: what was recorded comes back in the same order, bit for bit, with the same names in the same
 * order in the catalog; whatever lives come and go, whatever the names and values are, however blocks are
 * cut. */
#include "recording_world.h"

#include <errno.h>
#include <math.h>

#include "state/recording_block.h"

static const struct recording_settings small = {.max_samples = 200, .max_span_ns = 5000000000};

/* Reads all blocks of w into a new world. */
static struct world *replay(const struct world *w, struct recording_read *ret)
{
    struct world *to = world_new(NULL);
    struct feed feed = world_feed(to);
    struct recording_reader *r = recording_reader_new();
    struct recording_key key;
    for (size_t i = 0; i < w->block_count; i++)
        assert_int_equal(recording_reader_block(r, w->blocks[i].bytes, w->blocks[i].head.n, &feed, &key),
            w->blocks[i].head.kind);
    if (ret)
        *ret = recording_reader_totals(r);
    recording_reader_free(r);
    return to;
}

static void assert_same(struct world *live, struct world *replayed)
{
    world_say_catalog(live);
    world_say_catalog(replayed);
    size_t line = 0, at = 0;
    while (live->text[at] && live->text[at] == replayed->text[at])
        line = live->text[at++] == '\n' ? at : line;
    if (live->text[at] != replayed->text[at])
        print_message("live:   %.200s\nreplay: %.200s\n", live->text + line, replayed->text + line);
    assert_int_equal(live->text[at], replayed->text[at]);
}

/* A value of any kind that telemetry has, and of some that it should not. */
static double any_value(struct rng *r, double before)
{
    uint64_t bits = rng_next(r);
    double x;
    switch (rng_next(r) % 12) {
    case 0:
        memcpy(&x, &bits, sizeof(x));
        return x;
    case 1:
        return -0.0;
    case 2:
        return (double)NAN;
    case 3:
        return (double)INFINITY;
    case 4:
        return (double)(bits % 1000) / 100;
    case 5:
        return (double)(int64_t)bits;
    default:
        return before + (double)(bits % 5);
    }
}

#define SERIES_MAX 64

/* A random schedule: hosts, entities and metrics come, are sampled and go. */
static void live_through(struct world *w, uint64_t seed, int steps)
{
    static const enum entity_kind kinds[] = {
        ENTITY_CGROUP, ENTITY_PROCESS, ENTITY_CPU, ENTITY_SERIES, ENTITY_JVM};
    struct feed feed = world_feed(w);
    struct rng r;
    struct sample samples[SERIES_MAX];
    uint32_t series[SERIES_MAX], entities[SERIES_MAX];
    double last[SERIES_MAX] = {0};
    size_t n = 0, people = 0;
    int64_t t_ns = 1767225600000000000;
    char name[64];

    rng_seed(&r, seed);
    for (int i = 0; i < steps; i++) {
        t_ns += (int64_t)(rng_next(&r) % 1000000000) - 100000000; /* now and then back */
        unsigned what = (unsigned)(rng_next(&r) % 40);
        if (what == 0 || people == 0) {
            snprintf(name, sizeof(name), "host, \"%u\"", (unsigned)(rng_next(&r) % 3));
            if (people < SERIES_MAX)
                entities[people++] = (uint32_t)catalog_host(feed.catalog, name, strlen(name));
        } else if (what < 4 && people < SERIES_MAX) {
            uint32_t parent = entities[rng_next(&r) % people];
            snprintf(name, sizeof(name), "%c\n/\xff%u", (char)(1 + rng_next(&r) % 255),
                (unsigned)(rng_next(&r) % 9));
            uint32_t host = catalog_entity_get(feed.catalog, parent)->host;
            entities[people++] = (uint32_t)catalog_entity(
                feed.catalog, host, kinds[rng_next(&r) % 5], name, strlen(name), parent);
        } else if (what < 8 && n < SERIES_MAX) {
            static const char *const metrics[] = {
                "cpu_usage", "system.memory.usage", "a metric", "memory_used_mb", "\x01"};
            const char *metric = metrics[rng_next(&r) % 5];
            int64_t id =
                catalog_series(feed.catalog, entities[rng_next(&r) % people], metric, strlen(metric));
            if (id >= 0)
                series[n++] = (uint32_t)id;
        } else if (what == 8) {
            uint32_t entity = entities[rng_next(&r) % people];
            if (catalog_entity_get(feed.catalog, entity)->kind != ENTITY_HOST)
                feed.gone(w, t_ns, entity, rng_next(&r) % 2 ? ENTITY_ENDED : ENTITY_OUT_OF_MEMORY);
        } else if (what < 14) {
            feed.tick(w, t_ns);
        } else if (n > 0) {
            size_t count = 0, from = rng_next(&r) % n;
            for (size_t k = from; k < n; k += 1 + (rng_next(&r) % 10 == 0)) {
                last[k] = any_value(&r, last[k]);
                samples[count++] = (struct sample){series[k], last[k]};
            }
            feed.frame(w, t_ns - (int64_t)(rng_next(&r) % 3), samples, count);
        }
        for (size_t k = 0; k < people;)
            if (catalog_entity_lives(feed.catalog, entities[k]))
                k++;
            else
                entities[k] = entities[--people];
        for (size_t k = 0; k < n;)
            if (catalog_series_lives(feed.catalog, series[k]))
                k++;
            else
                series[k] = series[--n];
    }
    feed.tick(w, t_ns); /* what was declared last is recorded with the next record */
}

static void test_random_lives(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct world *w = world_new(&small);
        world_key(w, 1767225600000000000, "a: b\n", "");
        live_through(w, seed, 1500);
        assert_int_equal(recording_writer_flush(w->writer), 0);
        struct recording_read read;
        struct world *to = replay(w, &read);
        assert_same(w, to);
        assert_int_equal(read.nameless + read.refused + read.damaged + read.missing, 0);
        assert_int_equal(read.samples, recording_writer_totals(w->writer).samples);
        world_free(to);
        world_free(w);
    }
}

/* Numbers of what is no more are not given again, but from time to time all begin anew: what a reader must
 * know is bounded by what lives. */
static void test_many_lives(void **state)
{
    static const struct recording_settings settings = {.max_samples = 5000};
    struct world *w = world_new(&settings);
    struct feed feed = world_feed(w);
    uint32_t whole = 0;
    (void)state;
    world_key(w, 0, "", "");
    uint32_t host = (uint32_t)catalog_host(feed.catalog, "a", 1);
    for (uint32_t i = 0; i < 80000; i++) {
        char name[16];
        int n = snprintf(name, sizeof(name), "p%u", i);
        uint32_t process =
            (uint32_t)catalog_entity(feed.catalog, host, ENTITY_PROCESS, name, (size_t)n, ENTITY_NONE);
        const struct sample sample = {
            (uint32_t)catalog_series_known(feed.catalog, process, METRIC_THREADS), i};
        assert_int_equal(recording_writer_frame(w->writer, feed.catalog, i, &sample, 1), 0);
        assert_int_equal(recording_writer_gone(w->writer, feed.catalog, i, process, ENTITY_ENDED), 0);
        world_remove(w, process);
    }
    assert_int_equal(recording_writer_flush(w->writer), 0);
    for (size_t i = 0; i < w->block_count; i++) {
        struct block_head h;
        assert_int_equal(block_look(w->blocks[i].bytes, w->blocks[i].head.n, &h, NULL), 0);
        whole += h.block.kind == RECORDING_DATA && h.since == 0;
    }
    assert_in_range(whole, 3, 4); /* the first, and each 65 536 numbers or a block more */
    struct recording_read read;
    struct world *to = replay(w, &read);
    assert_int_equal(read.samples, 80000);
    assert_int_equal(read.gone, 80000);
    assert_int_equal(catalog_known_count(to->catalog), 1);
    world_free(to);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_lives),
        cmocka_unit_test(test_many_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
