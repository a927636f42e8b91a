/* SPDX-License-Identifier: MIT
 * Every write, sync, truncation, opening, reading, renaming, removing and allocation of a writer's life fails
 * once, and in another life for good until it is mended: the writer says so, lives, keeps in memory what it
 * was given, and in the end all of it is in the file. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "state/state_writer.h"
#include "state_calls.h"
#include "state_rig.h"

#define SECOND    INT64_C(1000000000)
#define INCIDENTS 6
#define FAULTS    40000 /* more than there are calls of any kind in a life */

static void nap(void)
{
    const struct timespec ms = {.tv_nsec = 200000};
    nanosleep(&ms, NULL);
}

/* Until everything that was put is on the disk, or half a minute has gone. */
static struct state_writer_status settle(struct state_writer *w)
{
    struct state_writer_status s;

    for (int i = 0; i < 150000; i++) {
        state_writer_status(w, &s);
        if (s.waiting == 0 && !s.degraded)
            break;
        nap();
    }
    return s;
}

static int put_all(struct state_writer *w)
{
    int lost = 0;

    for (unsigned n = 1; n <= INCIDENTS; n++) {
        struct state_incident i;
        struct state_finding x;
        struct state_block b;
        rig_incident(&i, n, "open", n + 1);
        lost += state_writer_put_incident(w, &i) != 0;
        rig_finding(&x, n, "open", n);
        lost += state_writer_put_finding(w, &x) != 0;
        rig_block(&b, n, 3000);
        b.sequence = 0;
        lost += state_writer_put_block(w, &b) == -EINVAL; /* no memory for its copy: counted as dropped */
        if (n % 2)
            nap(); /* so that there are several batches */
        state_writer_tick(w, n * 61 * SECOND);
        rig_incident(&i, n, "close", n + 2);
        lost += state_writer_put_incident(w, &i) != 0;
    }
    return lost;
}

/* One life in which call number n of a kind fails `times` times. Returns how often it did. */
static unsigned live_through(enum call_kind kind, unsigned n, unsigned times, int code)
{
    struct state_writer_settings settings = {
        .limits = {.keep_ns = 1000 * SECOND}, .retry_ns = 500000, .label = RIG_LABEL};
    struct state_writer *w = NULL;
    unsigned all = 0, closed = 0;
    struct rig rig;

    rig_open(&rig);
    settings.dir_fd = rig.dir_fd;
    calls_fail(kind, n, times, code);
    if (state_writer_new(&w, &settings)) {
        /* Said at once, and nothing is left behind (the sanitizer looks). */
        unsigned failed = calls_fail(kind, 0, 0, 0);
        rig_close(&rig);
        return failed;
    }
    assert_int_equal(state_writer_start(w, NULL), 0);
    int lost = put_all(w);
    struct state_writer_status s;
    if (times > 1) {
        /* For good: it is said, and nothing is claimed to be on the disk that is not. */
        for (int i = 0; i < 50; i++)
            nap();
        state_writer_status(w, &s);
        if (s.degraded)
            assert_true(s.reason[0]);
    }
    unsigned failed = times > 1 ? calls_fail(kind, 0, 0, 0) : 0;
    s = settle(w);
    assert_int_equal(lost, 0);
    assert_int_equal(s.waiting, 0);
    assert_int_equal(s.degraded, 0);
    assert_true(s.dropped == 0 || kind == CALL_ALLOCATE);
    assert_int_equal(s.refused, 0);
    assert_int_equal(state_writer_close(w, 5000), 0);
    failed += times > 1 ? 0 : calls_fail(kind, 0, 0, 0); /* closing may fail, too */
    assert_int_equal(rig_count(&rig, &all, &closed), 0);
    assert_int_equal(all, INCIDENTS);
    assert_int_equal(closed, INCIDENTS);
    assert_false(rig_has(&rig, STATE_FILE_NAME ".damaged-1")); /* an error is no damage */
    rig_close(&rig);
    return failed;
}

/* step: between calls that fail, after the first hundred; EVERY_FAULT in the environment makes it 1. */
static void walk(enum call_kind kind, int code, unsigned step)
{
    unsigned n, calls = 0;

    step = getenv("EVERY_FAULT") ? 1 : step;
    for (n = 1; n < FAULTS; n += n < 100 ? 1 : step) {
        if (live_through(kind, n, 1, code) == 0)
            break;
        calls++;
        if (n % 8 == 1 && n < 200)
            (void)live_through(kind, n, 1000000, code);
    }
    print_message("# %u lives\n", calls);
    assert_true(n < FAULTS && calls > 0);
}

static void test_writes(void **state)
{
    (void)state;
    walk(CALL_WRITE, ENOSPC, 1);
}

static void test_writes_with_an_error_of_the_disk(void **state)
{
    (void)state;
    walk(CALL_WRITE, EIO, 1);
}

static void test_syncs(void **state)
{
    (void)state;
    walk(CALL_SYNC, EIO, 1);
}

static void test_truncations(void **state)
{
    (void)state;
    walk(CALL_TRUNCATE, EIO, 1);
}

static void test_openings(void **state)
{
    (void)state;
    walk(CALL_OPEN, EROFS, 1);
}

static void test_readings(void **state)
{
    (void)state;
    walk(CALL_READ, EIO, 1);
}

static void test_renaming(void **state)
{
    (void)state;
    walk(CALL_RENAME, EACCES, 1);
}

static void test_removing(void **state)
{
    (void)state;
    walk(CALL_UNLINK, EIO, 1);
}

static void test_allocations(void **state)
{
    (void)state;
    walk(CALL_ALLOCATE, ENOMEM, 29);
}

/* What is put while nothing can be written: the last word on each id, as much as there is room for, and the
 * rest is counted. */
static void test_memory_is_bounded_while_the_disk_is_full(void **state)
{
    static char long_text[60000];
    struct state_writer_settings settings = {.retry_ns = 500000, .label = RIG_LABEL};
    struct state_writer *w = NULL;
    struct state_writer_status s;
    unsigned all, closed;
    struct rig rig;
    (void)state;

    memset(long_text, 'x', sizeof(long_text));
    rig_open(&rig);
    settings.dir_fd = rig.dir_fd;
    calls_fail(CALL_WRITE, 1, 1000000000, ENOSPC);
    assert_int_equal(state_writer_new(&w, &settings), 0);
    assert_int_equal(state_writer_start(w, NULL), 0);
    for (unsigned n = 1; n <= 10; n++)
        for (unsigned word = 0; word < 1000; word++) {
            struct state_incident i;
            rig_incident(&i, n, "update", word + 20);
            i.narrative = (struct state_text){long_text, sizeof(long_text)};
            assert_int_equal(state_writer_put_incident(w, &i), 0);
        }
    state_writer_status(w, &s);
    assert_int_equal(s.dropped, 0);
    assert_true(s.waiting <= 20); /* what the thread has in hand, and the last words */
    unsigned put = 0;
    for (unsigned n = 11; n <= 200; n++) {
        struct state_incident i;
        rig_incident(&i, n, "open", n);
        i.narrative = (struct state_text){long_text, sizeof(long_text)};
        int r = state_writer_put_incident(w, &i);
        assert_true(r == 0 || r == -ENOSPC);
        put += r == 0;
    }
    state_writer_status(w, &s);
    assert_int_equal(s.degraded, -ENOSPC);
    assert_string_equal(s.reason, "it cannot be made: No space left on device");
    assert_true(put > 40 && put < 100);
    assert_int_equal(s.dropped, 190 - put);
    calls_fail(CALL_WRITE, 0, 0, 0);
    s = settle(w);
    assert_int_equal(s.degraded, 0);
    assert_int_equal(state_writer_close(w, 5000), 0);
    assert_int_equal(rig_count(&rig, &all, &closed), 0);
    assert_int_equal(all, 10 + put);
    rig_close(&rig);
}

static void test_a_file_that_is_taken_away_is_made_again(void **state)
{
    struct state_writer_settings settings = {.retry_ns = 500000, .label = RIG_LABEL};
    struct state_writer *w = NULL;
    struct state_writer_status s;
    struct state_incident i;
    unsigned all, closed;
    struct rig rig;
    (void)state;

    rig_open(&rig);
    settings.dir_fd = rig.dir_fd;
    assert_int_equal(state_writer_new(&w, &settings), 0);
    assert_int_equal(state_writer_start(w, NULL), 0);
    rig_incident(&i, 1, "open", 1);
    assert_int_equal(state_writer_put_incident(w, &i), 0);
    (void)settle(w);
    assert_int_equal(unlinkat(rig.dir_fd, STATE_FILE_NAME, 0), 0);
    rig_incident(&i, 2, "open", 2);
    assert_int_equal(state_writer_put_incident(w, &i), 0);
    s = settle(w);
    assert_int_equal(s.degraded, 0);
    assert_int_equal(s.notes, 1);
    assert_string_equal(s.note, "it was taken away; what it held is gone");
    assert_int_equal(rig_count(&rig, &all, &closed), 0);
    assert_int_equal(all, 1);
    /* The directory itself: nothing can be made there any more, and that is said. */
    assert_int_equal(unlinkat(rig.dir_fd, STATE_FILE_NAME, 0), 0);
    assert_int_equal(unlinkat(rig.dir_fd, STATE_FILE_NAME "-wal", 0), 0);
    assert_int_equal(rmdir(rig.path), 0);
    rig_incident(&i, 3, "open", 3);
    assert_int_equal(state_writer_put_incident(w, &i), 0);
    for (int k = 0; k < 5000; k++) {
        state_writer_status(w, &s);
        if (s.degraded)
            break;
        nap();
    }
    assert_int_equal(s.degraded, -ENOENT);
    assert_int_equal(state_writer_close(w, 5000), 1);
    (void)close(rig.dir_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_writes_with_an_error_of_the_disk),
        cmocka_unit_test(test_syncs),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_openings),
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_renaming),
        cmocka_unit_test(test_removing),
        cmocka_unit_test(test_allocations),
        cmocka_unit_test(test_memory_is_bounded_while_the_disk_is_full),
        cmocka_unit_test(test_a_file_that_is_taken_away_is_made_again),
    };

    calls_init();
    return cmocka_run_group_tests_name("state_fault", tests, NULL, NULL);
}
