/* SPDX-License-Identifier: MIT
 * Who is watched every second and who is looked at in turn: what is forked and ends, what works or grows,
 * crowds, and what a round may cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "process_table_fixture.h"

/* A process must be met by two listings before a file of it is opened. */
static void what_ends_at_once_costs_nothing(void **state)
{
    (void)state;
    put_stat(&(struct person){.pid = 1, .comm = "init", .start = 1});
    open_table();
    turn(1);
    for (unsigned i = 0; i < 500; i++) {
        put_stat(&(struct person){.pid = 1000 + i, .comm = "true", .start = 100 + i});
        turn(2 + i);
        remove_process(1000 + i);
    }
    assert_int_equal(table.coverage.adopted, 1);
    assert_int_equal(table.coverage.vanished, 0);
    assert_int_equal(table.coverage.looks, 0);
    put_stat(&(struct person){.pid = 1000, .comm = "stays", .start = 999}); /* the first number again */
    turn(1000);
    assert_null(process_table_find(&table, 1000));
    turn(1001);
    assert_non_null(process_table_find(&table, 1000));
}

/* Without a fork there is no new process: the directory is left alone, but for a look every ten seconds. */
static void a_listing_needs_a_cause(void **state)
{
    (void)state;
    put_stat(&(struct person){.pid = 1, .comm = "init", .start = 1});
    counts_forks = true;
    open_table();
    turn(1);
    uint64_t calls = table.listing.calls;
    for (int i = 2; i < 11; i++)
        turn(i);
    assert_int_equal(table.listing.calls, calls);
    turn(11);
    assert_true(table.listing.calls > calls);
    calls = table.listing.calls;
    forks++;
    turn(12);
    assert_true(table.listing.calls > calls);
}

/* Those that are not on the list are looked at every five seconds, and at once when something has forked. */
static void the_others_are_gone_through_now_and_then(void **state)
{
    unsigned rounds = 0;

    (void)state;
    crowd(12);
    counts_forks = true;
    open_table();
    for (int s = 1; s <= 10; s++)
        turn(s);
    uint64_t looks = table.coverage.looks;
    for (int s = 11; s <= 50; s++) {
        turn(s);
        rounds += table.coverage.looks > looks;
        assert_true(table.coverage.looks == looks || table.coverage.looks == looks + 4);
        looks = table.coverage.looks;
    }
    assert_int_equal(rounds, 8);
    forks++;
    turn(52);
    assert_true(table.coverage.looks > looks);
}

/* Of a host of 1 GiB 60 pages a second are 1.4 % a minute; of a group's 16 MiB they are nearly all. */
static void growth_counts_against_the_limit_of_its_cgroup(void **state)
{
    struct cgroup group = {.has_used = true, .limit_bytes = 16U << 20},
                  boundless = {.limit_bytes = CGROUP_NO_LIMIT};
    struct cgroup items[2];
    double interest[3];
    (void)state;

    group.entity = (uint32_t)catalog_entity_below(recorder.catalog, cgroups.host, ENTITY_CGROUP, "g", 1);
    boundless.entity = (uint32_t)catalog_entity_below(recorder.catalog, cgroups.host, ENTITY_CGROUP, "b", 1);
    items[0] = group;
    items[1] = boundless;
    const uint32_t parents[3] = {cgroups.host, group.entity, boundless.entity};
    open_table();
    for (int64_t s = 1; s < 60; s++) {
        for (unsigned i = 0; i < 3; i++)
            put_stat(
                &(struct person){.pid = 5 + i, .comm = "grows", .start = 5, .rss = 1000 + 60 * (unsigned)s});
        turn(s);
        cgroups.items = items;
        cgroups.count = 2;
        for (unsigned i = 0; i < 3; i++)
            process_table_find(&table, 5 + i)->parent = parents[i];
    }
    for (unsigned i = 0; i < 3; i++)
        interest[i] = process_table_find(&table, 5 + i)->interest;
    assert_true(interest[0] > 0.05 && interest[0] < 0.09);
    assert_true(close_to(interest[2], interest[0]));
    assert_true(fabs(interest[1] / interest[0] - 64) < 0.1); /* 1 GiB to 16 MiB */
    cgroups.items = NULL;
    cgroups.count = 0;
}

/* 60 processes, eight places: every one is looked at, and the one that works gets a place and keeps it. */
static void who_works_comes_onto_the_list(void **state)
{
    unsigned ticks = 0;
    int64_t s;

    (void)state;
    crowd(60);
    open_table();
    turn(1);
    assert_int_equal(table.count, 8);
    for (s = 2; s < 12; s++)
        turn(s);
    assert_int_equal(table.coverage.existing, 60);
    assert_int_equal(table.coverage.replaced, 0); /* nobody does anything: nobody moves */
    unsigned hog = 0;
    for (unsigned i = 0; i < 60 && !hog; i++)
        if (!process_table_find(&table, 100 + i))
            hog = 100 + i;
    for (; s < 30 && !process_table_find(&table, hog); s++) {
        put_stat(&(struct person){.pid = hog, .comm = "hog", .ticks = ticks += 80, .start = hog - 99});
        turn(s);
    }
    assert_true(s < 25);
    assert_int_equal(table.coverage.replaced, 1);
    assert_int_equal(table.count, 8);
    for (int64_t end = s + 40; s < end; s++) { /* a pause does not cost it its place */
        turn(s);
        assert_non_null(process_table_find(&table, hog));
    }
    assert_int_equal(table.coverage.replaced, 1);
    /* So does one that grows, without any CPU. */
    unsigned leak = 0, rss = 0;
    for (unsigned i = 0; i < 60 && !leak; i++)
        if (!process_table_find(&table, 100 + i))
            leak = 100 + i;
    for (int64_t end = s + 25; s < end && !process_table_find(&table, leak); s++) {
        put_stat(&(struct person){.pid = leak, .comm = "leak", .start = leak - 99, .rss = rss += 2000});
        turn(s);
    }
    assert_non_null(process_table_find(&table, leak));
}

/* Where reading those that are watched takes all that there is for a round, a new one is still met. */
static void a_new_one_is_met_whatever_the_others_cost(void **state)
{
    unsigned ticks = 0;

    (void)state;
    options.max = 200;
    for (unsigned n = 20; n <= 100; n += 10) {
        crowd(n);
        open_table();
        turn(1);
        for (int64_t s = 2; s < 20; s++) {
            for (unsigned i = 0; i < n; i++) /* all of them work */
                put_stat(
                    &(struct person){.pid = 100 + i, .comm = "works", .ticks = ticks += 10, .start = i + 1});
            turn(s);
        }
        assert_int_equal(table.count, n);
        put_stat(&(struct person){.pid = 5000, .comm = "new", .start = 777});
        for (int64_t s = 20; s < 26; s++)
            turn(s);
        if (!process_table_find(&table, 5000))
            fail_msg("beside %u others it is not met", n);
        remove_process(5000);
        process_table_done(&table);
    }
    open_table(); /* to be closed again */
}

/* Two that work alike: the one outside does not push the one inside off the list and back. */
static void the_list_does_not_flutter(void **state)
{
    (void)state;
    options.max = 1;
    put_stat(&(struct person){.pid = 100, .comm = "a", .start = 1});
    put_stat(&(struct person){.pid = 200, .comm = "b", .start = 2});
    open_table();
    for (unsigned s = 1; s < 200; s++) {
        put_stat(&(struct person){.pid = 100, .comm = "a", .ticks = s * 30, .start = 1});
        put_stat(&(struct person){.pid = 200, .comm = "b", .ticks = s * (s % 20 < 10 ? 31 : 32), .start = 2});
        turn(s);
    }
    assert_true(table.coverage.replaced <= 1);
}

/* What a round costs is bounded, however many there are; and the tick's memory is. */
static void a_crowd_is_gone_through_in_pieces(void **state)
{
    (void)state;
    crowd(6000);
    open_table();
    turn(1);
    assert_int_equal(table.count, 8);
    uint64_t looks = table.coverage.looks, most = 0;
    int64_t s;
    for (s = 2; s < 30 && !table.coverage.has_swept; s++) {
        turn(s);
        most = table.coverage.looks - looks > most ? table.coverage.looks - looks : most;
        looks = table.coverage.looks;
    }
    assert_int_equal(table.coverage.existing, 6000);
    assert_true(most <= PROCESS_LOOKS_MAX);
    assert_true(s <= 10); /* 6000 at 1000 a round, and some */
    assert_true(table.coverage.sweep_ns >= 3 * S);
    assert_int_equal(table.coverage.watched, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_ends_at_once_costs_nothing),
        TEST(a_listing_needs_a_cause),
        TEST(the_others_are_gone_through_now_and_then),
        TEST(growth_counts_against_the_limit_of_its_cgroup),
        TEST(who_works_comes_onto_the_list),
        TEST(a_new_one_is_met_whatever_the_others_cost),
        TEST(the_list_does_not_flutter),
        TEST(a_crowd_is_gone_through_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
