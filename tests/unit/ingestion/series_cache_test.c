/* SPDX-License-Identifier: MIT
 * The cache of series names: exact compare, growth, the guess, the limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "ingestion/replay/series_cache.h"

static struct series_cache cache;

static int start(void **state)
{
    (void)state;
    return series_cache_init(&cache);
}

static int stop(void **state)
{
    (void)state;
    series_cache_done(&cache);
    return 0;
}

static void an_empty_cache_knows_nothing(void **state)
{
    (void)state;
    assert_null(series_cache_guess(&cache));
    assert_null(series_cache_find(&cache, "a", 1));
}

static void keys_are_compared_whole(void **state)
{
    (void)state;
    series_cache_add(&cache, "host,metric", 11, 5)->id = 7;
    assert_int_equal(series_cache_find(&cache, "host,metric", 11)->id, 7);
    assert_int_equal(series_cache_find(&cache, "host,metric", 11)->head_n, 5);
    assert_null(series_cache_find(&cache, "host,metri", 10));
    assert_null(series_cache_find(&cache, "host,metriC", 11));
    assert_null(series_cache_find(&cache, "host,metric\0", 12));
}

static void many_keys_survive_growth(void **state)
{
    (void)state;
    char key[32];
    for (uint32_t i = 0; i < 100000; i++) {
        size_t n = (size_t)snprintf(key, sizeof(key), "series-%u", i);
        assert_null(series_cache_find(&cache, key, n));
        series_cache_add(&cache, key, n, n)->id = i;
    }
    for (uint32_t i = 0; i < 100000; i++) {
        size_t n = (size_t)snprintf(key, sizeof(key), "series-%u", i);
        const struct series_cache_entry *e = series_cache_find(&cache, key, n);
        assert_non_null(e);
        assert_int_equal(e->id, i);
    }
}

static void the_guess_is_the_successor_of_last_time(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c"};
    for (uint32_t i = 0; i < 3; i++) {
        struct series_cache_entry *e = series_cache_add(&cache, names[i], 1, 1);
        e->id = i;
        series_cache_follow(&cache, e);
    }
    series_cache_follow(&cache, series_cache_find(&cache, "a", 1));
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 1; i <= 3; i++) {
            struct series_cache_entry *e = series_cache_guess(&cache);
            assert_int_equal(e->id, i % 3);
            series_cache_follow(&cache, e);
        }
    series_cache_follow(&cache, series_cache_find(&cache, "c", 1)); /* a new order: a, c */
    series_cache_follow(&cache, series_cache_find(&cache, "a", 1));
    assert_int_equal(series_cache_guess(&cache)->id, 2);
}

static void what_is_too_much_gets_an_entry_that_is_not_kept(void **state)
{
    (void)state;
    static char key[65000];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        (void)snprintf(key, sizeof(key), "%u", i);
        struct series_cache_entry *e = series_cache_add(&cache, key, sizeof(key), sizeof(key));
        assert_non_null(e);
        e->id = i;
        series_cache_follow(&cache, e); /* harmless for one that is not kept */
        kept += series_cache_find(&cache, key, sizeof(key)) != NULL;
    }
    assert_int_equal(kept, SERIES_CACHE_BYTES_MAX / sizeof(key));
}

static bool is_odd(void *context, const struct series_cache_entry *entry)
{
    (void)context;
    return entry->id % 2 == 1;
}

/* Again and again: what lives is found, what was dropped is not, and the room of keys is that of the living.
 */
static void dropped_keys_make_room(void **state)
{
    (void)state;
    char key[32];
    for (uint32_t i = 0; i < 50000; i++) {
        size_t n = (size_t)snprintf(key, sizeof(key), "series-%u", i);
        if (series_cache_is_full(&cache))
            series_cache_drop(&cache, is_odd, NULL);
        uint32_t id = i % 500 == 0 ? 2 * i : 1; /* a hundred stay */
        series_cache_add(&cache, key, n, n)->id = id;
        series_cache_follow(&cache, series_cache_find(&cache, key, n));
    }
    series_cache_drop(&cache, is_odd, NULL);
    assert_int_equal(cache.count, 100);
    assert_int_equal(cache.capacity, 256);
    assert_true(cache.bytes < 100 * sizeof(key));
    for (uint32_t i = 0; i < 50000; i++) {
        size_t n = (size_t)snprintf(key, sizeof(key), "series-%u", i);
        const struct series_cache_entry *e = series_cache_find(&cache, key, n);
        assert_true((e != NULL) == (i % 500 == 0));
        assert_true(!e || e->id == 2 * i);
    }
    for (int i = 0; i < 300; i++) { /* the chain of guesses stays within */
        struct series_cache_entry *guess = series_cache_guess(&cache);
        assert_true(guess >= cache.entries && guess < cache.entries + cache.count);
        series_cache_follow(&cache, guess);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_cache_knows_nothing, start, stop),
        cmocka_unit_test_setup_teardown(keys_are_compared_whole, start, stop),
        cmocka_unit_test_setup_teardown(many_keys_survive_growth, start, stop),
        cmocka_unit_test_setup_teardown(the_guess_is_the_successor_of_last_time, start, stop),
        cmocka_unit_test_setup_teardown(dropped_keys_make_room, start, stop),
        cmocka_unit_test_setup_teardown(what_is_too_much_gets_an_entry_that_is_not_kept, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
