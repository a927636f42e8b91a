/* SPDX-License-Identifier: MIT
 * Recording and reading allocate nothing once the names are known: blocks, shapes that come and go, and all.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_steady)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
