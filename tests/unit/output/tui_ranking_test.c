/* SPDX-License-Identifier: MIT
 * The order of the entities, also when there are more of them than can be kept, against a plain insertion
 * sort. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "fake_view.h"
#include "output/tui/ranking.h"

static struct ranking ranking;

static int setup(void **state)
{
    (void)state;
    fake_view_make("a");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_view_free();
    return 0;
}

static uint32_t at(uint32_t i)
{
    struct law_reading r;
    return ranking_get(&ranking, fake_view_get(), i, &r);
}

static void update(const struct rank_query *q)
{
    ranking_update(&ranking, fake_view_get(), q);
}

static void test_active_first_then_ratio_then_the_silent(void **state)
{
    (void)state;
    uint32_t unseen = fake_view_add(ENTITY_CGROUP, "unseen"), calm = fake_view_add(ENTITY_CGROUP, "calm"),
             near = fake_view_add(ENTITY_CGROUP, "near"), stale = fake_view_add(ENTITY_CGROUP, "stale"),
             active = fake_view_add(ENTITY_CGROUP, "active");
    fake_view.readings[calm][LAW_SEIZURE] = fake_reading(LAW_OK, 1.0, 12.0, "%");
    fake_view.readings[near][LAW_FEVER] = fake_reading(LAW_OK, 11.0, 12.0, "By/s");
    fake_view.readings[stale][LAW_SEIZURE] = fake_reading(LAW_STALE, (double)NAN, 12.0, "%");
    /* Active below its band: a finding closes later than its value falls. */
    fake_view.readings[active][LAW_SEIZURE] = fake_reading(LAW_ACTIVE, 2.0, 12.0, "%");
    fake_view.readings[active][LAW_FEVER] = fake_reading(LAW_OK, 100.0, 1.0, "By/s");
    fake_view.tick.laws[LAW_AMPLIFICATION] =
        fake_reading(LAW_WARMUP, (double)NAN, (double)NAN, "1"); /* the host's, id 0 */
    update(&(struct rank_query){.below = ENTITY_NONE, .filter = ""});
    assert_int_equal(ranking.count, 6);
    assert_int_equal(ranking.total, 6);
    assert_int_equal(ranking.unstable, 1);
    assert_int_equal(ranking.active[LAW_SEIZURE], 1);
    assert_int_equal(ranking.active[LAW_FEVER], 0);
    const uint32_t expected[] = {active, near, calm, stale, 0, unseen};
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(at(i), expected[i]);
    assert_int_equal(ranking.rows[0].law, LAW_SEIZURE);
    assert_int_equal(ranking.rows[1].law, LAW_FEVER);
}

static void test_a_source_that_speaks_is_no_news(void **state)
{
    (void)state;
    struct law_reading r;
    fake_view.readings[0][LAW_SIGNAL_LOST] = fake_reading(LAW_OK, 0.0, 10.0, "s");
    fake_view.tick.laws[LAW_FEVER] = fake_reading(LAW_WARMUP, (double)NAN, (double)NAN, "By/s");
    update(&(struct rank_query){.below = ENTITY_NONE, .filter = ""});
    assert_int_equal(ranking.rows[0].law, LAW_FEVER);
    fake_view.readings[0][LAW_SIGNAL_LOST].state = LAW_ACTIVE;
    update(&(struct rank_query){.below = ENTITY_NONE, .filter = ""});
    assert_int_equal(ranking_get(&ranking, fake_view_get(), 0, &r), 0);
    assert_int_equal(ranking.rows[0].law, LAW_SIGNAL_LOST);
    assert_int_equal(r.state, LAW_ACTIVE);
}

static void test_ratio_needs_a_band(void **state)
{
    (void)state;
    struct law_reading r = fake_reading(LAW_OK, 6.0, 12.0, "%");
    assert_true(ranking_ratio(&r) == 0.5);
    r.hi = (double)NAN;
    assert_true(isnan(ranking_ratio(&r)));
    r = fake_reading(LAW_OK, (double)NAN, 12.0, "%");
    assert_true(isnan(ranking_ratio(&r)));
    r = fake_reading(LAW_OK, 1.0, 0.0, "%");
    assert_true(isnan(ranking_ratio(&r)));
}

static void test_the_most_unstable_of_very_many_are_kept(void **state)
{
    (void)state;
    enum { COUNT = RANKING_MAX + 1000 };
    static uint32_t order[COUNT + 1];
    static int tenths[COUNT + 1];
    uint32_t seed = 1, n = 0;
    char name[32];

    for (uint32_t i = 0; i < COUNT; i++) {
        snprintf(name, sizeof(name), "e%u", i);
        uint32_t id = fake_view_add(ENTITY_CGROUP, name);
        seed = seed * 1664525 + 1013904223; /* Numerical Recipes' generator */
        tenths[id] = (int)(seed >> 16) % 500;
        fake_view.readings[id][LAW_SEIZURE] = fake_reading(LAW_OK, tenths[id], 10.0, "%");
        uint32_t k = n++;
        for (; k > 0 && tenths[order[k - 1]] < tenths[id]; k--)
            order[k] = order[k - 1];
        order[k] = id;
    }
    update(&(struct rank_query){.below = ENTITY_NONE, .filter = ""});
    assert_int_equal(ranking.count, RANKING_MAX);
    assert_int_equal(ranking.total, COUNT + 1);
    for (uint32_t i = 0; i < RANKING_MAX; i++)
        assert_int_equal(at(i), order[i]);
}

static void test_filter_kind_and_place(void **state)
{
    (void)state;
    uint32_t shop = fake_view_add(ENTITY_CGROUP, "Shop"), bank = fake_view_add(ENTITY_CGROUP, "bank"),
             process = fake_view_add(ENTITY_PROCESS, "Shop/12 java");
    update(&(struct rank_query){.below = ENTITY_NONE, .filter = ""});
    assert_int_equal(ranking.count, 3); /* no process */
    update(&(struct rank_query){.below = ENTITY_NONE, .filter = "HOP"});
    assert_int_equal(ranking.count, 1);
    assert_int_equal(ranking.total, 3);
    assert_int_equal(ranking.rows[0].entity, shop);
    /* What stands in the row is found: the kind too, but not of a process, whose row has none. */
    update(&(struct rank_query){.below = ENTITY_NONE, .filter = "cgroup:sh"});
    assert_int_equal(ranking.count, 1);
    assert_int_equal(ranking.rows[0].entity, shop);
    update(&(struct rank_query){.below = ENTITY_NONE, .filter = "GROUP"});
    assert_int_equal(ranking.count, 2);
    update(&(struct rank_query){.processes = true, .below = ENTITY_NONE, .filter = "process"});
    assert_int_equal(ranking.count, 0);
    update(&(struct rank_query){.below = bank, .filter = ""});
    assert_int_equal(ranking.count, 1);
    update(&(struct rank_query){.processes = true, .below = ENTITY_NONE, .filter = ""});
    assert_int_equal(ranking.count, 1);
    assert_int_equal(ranking.rows[0].entity, process);
    update(&(struct rank_query){.processes = true, .below = bank, .filter = ""});
    assert_int_equal(ranking.count, 0);
}

static void test_a_series_is_found_by_its_owner(void **state)
{
    (void)state;
    uint32_t shop = fake_view_add(ENTITY_CGROUP, "shop");
    int64_t queue = catalog_entity(fake_view.catalog, 0, ENTITY_SERIES, "queue", 5, shop),
            load = catalog_entity(fake_view.catalog, 0, ENTITY_SERIES, "load", 4, 0);
    const struct catalog *c = fake_view.catalog;
    assert_true(queue > 0 && load > 0);
    assert_string_equal(ranking_owner(c, (uint32_t)queue), "shop");
    assert_null(ranking_owner(c, (uint32_t)load)); /* the host's stand for themselves */
    assert_null(ranking_owner(c, shop));
    assert_true(ranking_shows(c, (uint32_t)queue, "series:shop qu"));
    assert_true(ranking_shows(c, (uint32_t)load, "series:lo"));
    assert_false(ranking_shows(c, (uint32_t)load, "shop"));
}

static void test_by_an_amount_what_is_not_known_is_last_either_way(void **state)
{
    (void)state;
    uint32_t small = fake_view_add(ENTITY_CGROUP, "small"), unknown = fake_view_add(ENTITY_CGROUP, "unknown"),
             large = fake_view_add(ENTITY_CGROUP, "large");
    fake_view.cpu[0] = 0.5;
    fake_view.cpu[small] = 0.1;
    fake_view.cpu[large] = 0.9;
    struct rank_query q = {.below = ENTITY_NONE, .filter = "", .order = ORDER_CPU};
    update(&q);
    const uint32_t down[] = {large, 0, small, unknown}, up[] = {small, 0, large, unknown};
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(at(i), down[i]);
    q.reversed = true;
    update(&q);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(at(i), up[i]);
    q = (struct rank_query){.below = ENTITY_NONE, .filter = "", .order = ORDER_NAME};
    update(&q);
    const uint32_t named[] = {0, large, small, unknown}; /* the host is "a" */
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(at(i), named[i]);
}

static void test_text_in_names(void **state)
{
    (void)state;
    assert_true(ranking_matches("", ""));
    assert_true(ranking_matches("a", ""));
    assert_false(ranking_matches("", "a"));
    assert_true(ranking_matches("aab", "AB"));
    assert_false(ranking_matches("aab", "abb"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_active_first_then_ratio_then_the_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_source_that_speaks_is_no_news, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ratio_needs_a_band, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filter_kind_and_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_series_is_found_by_its_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_by_an_amount_what_is_not_known_is_last_either_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text_in_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_most_unstable_of_very_many_are_kept, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
