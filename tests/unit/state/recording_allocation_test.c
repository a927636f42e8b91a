/* SPDX-License-Identifier: MIT
 * Recording and reading allocate nothing once the names are known: blocks, shapes that come and go, and all.
 * Before that any allocation may fail: a block is lost and counted, and the next ones are whole. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/allocations.h"
#include "base/rng.h"
#include "state/recording_reader.h"
#include "state/recording_writer.h"

#define S INT64_C(1000000000)

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)t_ns;
    (void)samples;
    *(uint64_t *)context += n;
    return 0;
}

static int take_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

struct loop {
    struct recording_reader *reader;
    struct feed feed;
};

/* Each block is read back at once. */
static int read_block(void *context, const struct recording_block *b)
{
    struct loop *l = context;
    struct recording_key key;
    return recording_reader_block(l->reader, b->bytes, b->n, &l->feed, &key) == (int)b->kind ? 0 : -1;
}

#define SERIES 100

static void test_steady(void **state)
{
    static const struct recording_settings settings = {.max_samples = 4096};
    static const struct catalog_limits limits = {.entities = 1000, .series = 1000, .metrics = 1000};
    struct catalog *from = catalog_new(&limits), *to = catalog_new(&limits);
    uint64_t fed = 0;
    struct loop loop = {recording_reader_new(), {&fed, to, take_frame, take_tick, NULL}};
    struct recording_writer *w = recording_writer_new(&settings, read_block, &loop);
    const struct recording_key key = {.config = "", .snapshot = (const uint8_t *)""};
    struct sample samples[SERIES], some[SERIES];
    struct rng r;
    unsigned long before = 0;
    (void)state;

    rng_seed(&r, 1);
    assert_int_equal(recording_writer_key(w, &key), 0);
    uint32_t host = (uint32_t)catalog_host(from, "a", 1);
    for (uint32_t i = 0; i < SERIES; i++) {
        char name[16];
        int n = snprintf(name, sizeof(name), "m%u", i);
        samples[i] = (struct sample){(uint32_t)catalog_series(from, host, name, (size_t)n), 0};
    }
    for (int64_t second = 0; second < 2000; second++) {
        size_t n = 0;
        if (second == 1000)
            before = allocations;
        for (uint32_t i = 0; i < SERIES; i++) {
            samples[i].value += (double)(rng_next(&r) % 1000);
            if (second % 7 != 3 || i % 11 != 5)
                some[n++] = samples[i];
        }
        assert_int_equal(recording_writer_frame(w, from, second * S + 40000, some, n), 0);
        assert_int_equal(recording_writer_tick(w, from, second * S), 0);
    }
    assert_true(before > 0); /* the counter counts */
    assert_int_equal(allocations, before);
    assert_int_equal(recording_writer_flush(w), 0);
    assert_int_equal(fed, recording_writer_totals(w).samples);
    recording_writer_free(w);
    recording_reader_free(loop.reader);
    catalog_free(from);
    catalog_free(to);
}

/* What comes out of a writer one of whose allocations failed. */
struct told {
    struct loop loop;
    uint32_t blocks;
};

/* Reading has its own memory here. */
static int read_beside(void *context, const struct recording_block *b)
{
    struct told *t = context;
    struct recording_key key;
    unsigned long counted = allocations, fails = allocation_that_fails;

    allocation_that_fails = 0;
    int r = recording_reader_block(t->loop.reader, b->bytes, b->n, &t->loop.feed, &key);
    allocations = counted;
    allocation_that_fails = fails;
    assert_int_equal(r, (int)b->kind);
    t->blocks++;
    return 0;
}

#define HEAD_RECORDS 40
#define TAIL_RECORDS 200

/* Names and shapes that are new again and again, with the allocation of that number failing, then the same
 * with memory. Returns whether so many were made. */
static bool record_with_one_missing(unsigned long number)
{
    static const struct recording_settings settings = {.max_samples = 512};
    static const struct catalog_limits limits = {.entities = 1000, .series = 1000, .metrics = 1000};
    struct catalog *from = catalog_new(&limits), *to = catalog_new(&limits);
    uint64_t fed = 0, lost = 0;
    struct told told = {{recording_reader_new(), {&fed, to, take_frame, take_tick, NULL}}, 0};
    const struct recording_key key = {.config = "", .snapshot = (const uint8_t *)""};
    struct recording_writer *w = recording_writer_new(&settings, read_beside, &told);
    uint32_t host = (uint32_t)catalog_host(from, "a", 1);
    struct sample samples[SERIES];

    for (uint32_t i = 0; i < SERIES; i++) {
        char name[16];
        int n = snprintf(name, sizeof(name), "m%u", i);
        samples[i] = (struct sample){(uint32_t)catalog_series(from, host, name, (size_t)n), i};
    }
    allocations = 0;
    allocation_that_fails = number;
    bool keyed = recording_writer_key(w, &key) == 0;
    for (int64_t second = 0; second < HEAD_RECORDS + TAIL_RECORDS; second++) {
        if (second == HEAD_RECORDS)
            allocation_that_fails = 0;
        if (!keyed)
            keyed = recording_writer_key(w, &key) == 0;
        uint32_t first = (uint32_t)second % SERIES;
        int r = recording_writer_frame(w, from, second * S, &samples[first], SERIES - first);
        assert_true(r == 0 || (r == -ENOMEM && number > 0));
        lost += r != 0;
        r = recording_writer_tick(w, from, second * S);
        assert_true(r == 0 || (r == -ENOMEM && number > 0));
        lost += r != 0;
    }
    bool reached = allocations >= number && number > 0;
    assert_true(lost <= 1);
    assert_int_equal(recording_writer_flush(w), 0);
    const struct recording_written t = recording_writer_totals(w);
    assert_int_equal(fed, t.samples);
    assert_true(fed > 0 && told.blocks > 2);
    assert_true(reached || t.lost_blocks == 0);
    recording_writer_free(w);
    recording_reader_free(told.loop.reader);
    catalog_free(from);
    catalog_free(to);
    return reached;
}

static void test_each_fails_once(void **state)
{
    unsigned long number = 0;

    (void)state;
    assert_false(record_with_one_missing(0));
    while (record_with_one_missing(++number))
        ;
    assert_true(number > 30);
    printf("# %lu allocations, each of which failed once\n", number - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_steady), cmocka_unit_test(test_each_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
