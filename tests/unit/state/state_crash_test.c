/* SPDX-License-Identifier: MIT
 * A crash after any system call that changed the disk: what is there opens clean, holds what was committed
 * and nothing of what was not; a reader sees the same before anybody has opened it for writing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "state_calls.h"
#include "state_rig.h"

#define ROUNDS 11

/* What a sentinel does: incidents that open, change and close, findings, blocks, the log moved back now and
 * then, old rows dropped, an end and a new beginning. Marks how many incidents are on the disk. */
static void live(int dir_fd)
{
    const struct state_limits limits = {.keep_ns = 1000 * INT64_C(1000000000), .recording_bytes = 40000};
    struct rig rig = {.dir_fd = dir_fd};
    struct state_file *f = NULL;

    for (unsigned n = 1; n <= ROUNDS; n++) {
        struct state_finding x;
        struct state_block b;
        if (!f)
            f = rig_file(&rig, NULL);
        rig_put_incident(f, n, "open", n + 1);
        calls_mark(n);
        rig_finding(&x, n, "open", n);
        rig_block(&b, n, 9000);
        assert_int_equal(state_file_begin(f), 0);
        assert_int_equal(state_file_put_finding(f, &x), 0);
        assert_int_equal(state_file_put_block(f, &b), 0);
        assert_int_equal(state_file_commit(f), 0);
        rig_put_incident(f, n, "close", n + 2);
        calls_mark(n | 0x1000); /* and closed */
        if (n % 3 == 0)
            assert_int_equal(state_file_checkpoint(f), 0);
        if (n % 4 == 0) {
            assert_int_equal(state_file_begin(f), 0);
            assert_true(state_file_prune(f, &limits, n * INT64_C(1000000000), 100) >= 0);
            assert_int_equal(state_file_commit(f), 0);
        }
        if (n % 5 == 0) {
            state_file_close(f);
            f = NULL;
        }
    }
    state_file_close(f);
}

/* SQLite's own judgement, by its own file system code. */
static void check_integrity(const struct rig *rig)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;

    snprintf(path, sizeof(path), "%s/%s", rig->path, STATE_FILE_NAME);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(s, 0), "ok");
    sqlite3_finalize(s);
    sqlite3_close(db);
}

/* n calls reached the disk (torn, seed: as calls_play). */
static void check_crash(const struct calls *c, size_t n, bool torn, unsigned seed)
{
    unsigned opened = 0, closed = 0, all = 0, done = 0;
    char note[ERROR_TEXT_MAX];
    struct rig rig;

    for (size_t i = 0; i < n; i++)
        if (c->list[i].kind == CALL_MARK) {
            opened = (unsigned)c->list[i].n & 0xfff;
            closed = c->list[i].n & 0x1000 ? opened : closed;
        }
    rig_open(&rig);
    calls_play(c, n, torn, seed, rig.dir_fd);
    int r = rig_count(&rig, &all, &done);
    if (r != -ENOENT || opened > 0) {
        assert_int_equal(r, 0);
        assert_in_range(all, opened, opened + 1);
        assert_in_range(done, closed, closed + 1);
    }
    struct state_file *f = rig_file(&rig, note);
    assert_string_equal(note, ""); /* nothing was set aside */
    bool is_closed;
    int64_t said_ns;
    for (unsigned i = 1; i <= opened; i++) {
        char id[17];
        snprintf(id, sizeof(id), "%016x", i);
        assert_int_equal(state_file_said(f, false, id, &is_closed, &said_ns), 0);
        assert_true(said_ns != STATE_TIME_NONE);
        assert_true(is_closed || i > closed);
    }
    rig_put_incident(f, 999, "open", 999); /* and it goes on */
    state_file_close(f);
    check_integrity(&rig);
    rig_close(&rig);
}

static struct calls record_life(void)
{
    struct rig rig;

    rig_open(&rig);
    calls_record(rig.dir_fd);
    live(rig.dir_fd);
    struct calls c = calls_end();
    rig_close(&rig);
    return c;
}

static void test_a_crash_after_any_write(void **state)
{
    (void)state;
    struct calls c = record_life();
    size_t writes = 0;

    for (size_t n = 0; n <= c.count; n++) {
        check_crash(&c, n, false, 0);
        if (n > 0 && c.list[n - 1].kind == CALL_WRITE) {
            writes++;
            check_crash(&c, n, true, 0);
        }
    }
    print_message("# %zu calls, %zu of them writes, each whole and torn\n", c.count, writes);
    assert_true(writes > 200);
    calls_free(&c);
}

static void test_a_power_cut_that_loses_what_was_not_synced(void **state)
{
    (void)state;
    struct calls c = record_life();

    for (size_t n = 0; n <= c.count; n++)
        for (unsigned seed = 1; seed <= 1; seed++)
            check_crash(&c, n, false, seed * 7919u + (unsigned)n);
    calls_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_crash_after_any_write),
        cmocka_unit_test(test_a_power_cut_that_loses_what_was_not_synced),
    };

    calls_init();
    return cmocka_run_group_tests_name("state_crash", tests, NULL, NULL);
}
