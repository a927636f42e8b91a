/* SPDX-License-Identifier: MIT
 * A crew: every part once a round, side by side, and everything seen when the round is over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "engine/crew.h"

#define MEMBERS_MAX 64
#define ROUNDS      2000
#define GIVE_UP_S   60 /* a crew that hangs ends the test by SIGALRM */

struct board {
    unsigned calls[MEMBERS_MAX];
    pthread_t who[MEMBERS_MAX];
    unsigned round, seen[MEMBERS_MAX];
    pthread_barrier_t all;
};

static void sign(void *context, uint32_t part)
{
    struct board *b = context;
    b->calls[part]++;
    b->who[part] = pthread_self();
    b->seen[part] = b->round;
}

static void each_part_once_in_its_own_thread(void **state)
{
    static const uint32_t sizes[] = {1, 2, 3, 8, MEMBERS_MAX};
    (void)state;

    for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
        struct board b = {0};
        struct crew *c = crew_new(sizes[k]);
        assert_non_null(c);
        crew_run(c, sign, &b);
        for (uint32_t i = 0; i < MEMBERS_MAX; i++)
            assert_int_equal(b.calls[i], i < sizes[k]);
        assert_true(pthread_equal(b.who[0], pthread_self()));
        for (uint32_t i = 1; i < sizes[k]; i++)
            for (uint32_t j = 0; j < i; j++)
                assert_false(pthread_equal(b.who[i], b.who[j]));
        crew_free(c);
    }
}

/* What was written before a round is seen in it, and what it wrote is seen after it, round upon round,
 * without a lock of the caller's. */
static void rounds_follow_each_other(void **state)
{
    struct board b = {0};
    struct crew *c = crew_new(4);
    pthread_t who[4];
    (void)state;

    assert_non_null(c);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        b.round = round;
        crew_run(c, sign, &b);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(b.seen[i], round);
            assert_int_equal(b.calls[i], round);
            if (round > 1)
                assert_true(pthread_equal(who[i], b.who[i]));
            who[i] = b.who[i];
        }
    }
    crew_free(c);
}

static void meet(void *context, uint32_t part)
{
    struct board *b = context;
    pthread_barrier_wait(&b->all);
    b->calls[part]++;
}

/* All parts run at the same time: each waits for all others, which would hang one after the other. */
static void parts_run_side_by_side(void **state)
{
    struct board b = {0};
    struct crew *c = crew_new(5);
    (void)state;

    assert_non_null(c);
    pthread_barrier_init(&b.all, NULL, 5);
    for (int round = 0; round < 50; round++)
        crew_run(c, meet, &b);
    for (int i = 0; i < 5; i++)
        assert_int_equal(b.calls[i], 50);
    pthread_barrier_destroy(&b.all);
    crew_free(c);
}

static void oversleep(void *context, uint32_t part)
{
    struct board *b = context;
    usleep(part == 0 ? 0 : 2000 * part);
    b->calls[part]++;
}

/* The round is over when the slowest is done, not when the caller's part is. */
static void the_slowest_is_waited_for(void **state)
{
    struct board b = {0};
    struct crew *c = crew_new(6);
    (void)state;

    assert_non_null(c);
    for (unsigned round = 1; round <= 10; round++) {
        crew_run(c, oversleep, &b);
        for (int i = 0; i < 6; i++)
            assert_int_equal(b.calls[i], round);
    }
    crew_free(c);
}

struct handshake {
    pthread_barrier_t both;
    unsigned done[2];
};

static void shake(void *context, uint32_t part)
{
    struct handshake *h = context;
    if (part == 1)
        pthread_barrier_wait(&h->both);
    h->done[part]++;
}

/* Between crew_begin and crew_end the caller is free while the other works: part 1 cannot go on until the
 * caller, who has not come to part 0 yet, meets it. */
static void the_caller_is_free_after_crew_begin(void **state)
{
    struct handshake h = {0};
    struct crew *c = crew_new(2);
    (void)state;

    assert_non_null(c);
    pthread_barrier_init(&h.both, NULL, 2);
    for (unsigned round = 1; round <= 50; round++) {
        crew_begin(c, shake, &h);
        assert_int_equal(h.done[0], round - 1);
        pthread_barrier_wait(&h.both);
        crew_end(c);
        assert_int_equal(h.done[0], round);
        assert_int_equal(h.done[1], round);
    }
    pthread_barrier_destroy(&h.both);
    crew_free(c);
}

/* A crew may go while its job is under way: what was begun is finished. */
static void a_crew_that_goes_finishes_what_was_begun(void **state)
{
    struct board b = {0};
    struct crew *c = crew_new(3);
    (void)state;

    assert_non_null(c);
    crew_begin(c, oversleep, &b);
    crew_free(c);
    assert_int_equal(b.calls[0], 0);
    assert_int_equal(b.calls[1], 1);
    assert_int_equal(b.calls[2], 1);
}

static void crews_come_and_go(void **state)
{
    (void)state;
    crew_free(NULL);
    for (uint32_t i = 0; i < 200; i++) {
        struct board b = {0};
        struct crew *c = crew_new(1 + i % 7);
        assert_non_null(c);
        if (i % 3)
            crew_run(c, sign, &b);
        crew_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_once_in_its_own_thread),
        cmocka_unit_test(rounds_follow_each_other),
        cmocka_unit_test(parts_run_side_by_side),
        cmocka_unit_test(the_slowest_is_waited_for),
        cmocka_unit_test(the_caller_is_free_after_crew_begin),
        cmocka_unit_test(a_crew_that_goes_finishes_what_was_begun),
        cmocka_unit_test(crews_come_and_go),
    };
    alarm(GIVE_UP_S);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
