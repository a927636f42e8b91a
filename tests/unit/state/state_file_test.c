/* SPDX-License-Identifier: MIT
 * The state file: what was committed is read, also while it is being written; later words win; what is not
 * ours is set aside or left alone; limits hold. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/state_vfs.h"
#include "state_rig.h"

#define SECOND INT64_C(1000000000)

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    rig_open(&rig);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_close(&rig);
    return 0;
}

static void expect(unsigned incidents, unsigned closed)
{
    unsigned all = 0, done = 0;
    assert_int_equal(rig_count(&rig, &all, &done), 0);
    assert_int_equal(all, incidents);
    assert_int_equal(done, closed);
}

static void test_a_new_file_is_private_and_empty(void **state)
{
    struct stat st;
    char note[ERROR_TEXT_MAX];
    (void)state;

    struct state_file *f = rig_file(&rig, note);
    assert_string_equal(note, "");
    assert_int_equal(fstatat(rig.dir_fd, STATE_FILE_NAME, &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    expect(0, 0);
    state_file_close(f);
    assert_false(rig_has(&rig, STATE_FILE_NAME ".new"));
    assert_false(rig_has(&rig, STATE_FILE_NAME "-journal"));
    expect(0, 0);
}

static void test_what_is_committed_is_seen_by_a_reader_beside_it(void **state)
{
    (void)state;
    struct state_file *f = rig_file(&rig, NULL);
    struct state_incident i;

    rig_put_incident(f, 1, "open", 10);
    expect(1, 0);
    rig_put_incident(f, 1, "close", 20);
    expect(1, 1);
    /* What is not committed is not seen, and gone when it is undone. */
    rig_incident(&i, 2, "open", 30);
    assert_int_equal(state_file_begin(f), 0);
    assert_int_equal(state_file_put_incident(f, &i), 0);
    expect(1, 1);
    state_file_rollback(f);
    expect(1, 1);
    /* The same from the database, after the log has been moved there. */
    assert_true(state_file_log_bytes(f) > 0);
    assert_int_equal(state_file_checkpoint(f), 0);
    assert_int_equal(state_file_log_bytes(f), 0);
    expect(1, 1);
    state_file_close(f);
    expect(1, 1);
    f = rig_file(&rig, NULL);
    rig_put_incident(f, 3, "open", 30);
    state_file_close(f);
    expect(2, 1);
}

static void test_an_earlier_word_does_not_undo_a_later_one(void **state)
{
    (void)state;
    struct state_file *f = rig_file(&rig, NULL);

    rig_put_incident(f, 1, "close", 20);
    rig_put_incident(f, 1, "open", 10);
    expect(1, 1);
    bool closed = false;
    int64_t said_ns = 0;
    assert_int_equal(state_file_said(f, false, "0000000000000001", &closed, &said_ns), 0);
    assert_true(closed && said_ns == 20 * SECOND);
    assert_int_equal(state_file_said(f, false, "0000000000000002", &closed, &said_ns), 0);
    assert_true(!closed && said_ns == STATE_TIME_NONE);
    state_file_close(f);
}

static void test_a_reader_sees_one_moment_and_holds_back_the_checkpoint(void **state)
{
    struct state_source source;
    struct state_reader *reader = NULL;
    struct error e;
    (void)state;

    struct state_file *f = rig_file(&rig, NULL);
    rig_put_incident(f, 1, "open", 10);
    assert_int_equal(state_source_open(&source, rig.path, &e), 0);
    assert_int_equal(state_reader_new(&reader, &source, &e), 0);
    assert_string_equal(state_reader_label(reader), RIG_LABEL);
    for (unsigned n = 2; n < 200; n++)
        rig_put_incident(f, n, "open", n);
    assert_int_equal(state_file_checkpoint(f), -EBUSY);
    state_reader_free(reader);
    state_source_close(&source);
    assert_int_equal(state_file_checkpoint(f), 0);
    expect(199, 0);
    state_file_close(f);
}

static void test_other_programs_cannot_open_it_while_we_write(void **state)
{
    char path[128];
    (void)state;
    struct state_file *f = rig_file(&rig, NULL);
    rig_put_incident(f, 1, "open", 10);
    snprintf(path, sizeof(path), "%s/%s", rig.path, STATE_FILE_NAME);
    /* A POSIX lock of another process: what any SQLite would ask for. */
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *db = NULL;
        int r = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix");
        if (r == SQLITE_OK)
            r = sqlite3_exec(db, "DELETE FROM incident", NULL, NULL, NULL);
        _exit(r == SQLITE_BUSY ? 0 : 1 + (r & 0x7f));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    rig_put_incident(f, 2, "open", 11);
    state_file_close(f);
    expect(2, 0);
}

static void put_file(const char *name, const void *bytes, size_t n)
{
    int fd = openat(rig.dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    (void)close(fd);
}

static void patch(off_t at, const void *bytes, size_t n)
{
    int fd = openat(rig.dir_fd, STATE_FILE_NAME, O_WRONLY);
    assert_true(fd >= 0 && pwrite(fd, bytes, n, at) == (ssize_t)n);
    (void)close(fd);
}

static void test_damage_is_set_aside(void **state)
{
    static const char text[] = "not a database";
    char note[ERROR_TEXT_MAX];
    (void)state;

    put_file(STATE_FILE_NAME, text, sizeof(text));
    state_file_close(rig_file(&rig, note));
    assert_string_equal(note, "it is no database; set aside as coherence.db.damaged-1");
    assert_true(rig_has(&rig, STATE_FILE_NAME ".damaged-1"));
    put_file(STATE_FILE_NAME, "", 0);
    state_file_close(rig_file(&rig, note));
    assert_string_equal(note, "it is no database; set aside as coherence.db.damaged-1");
    assert_true(rig_has(&rig, STATE_FILE_NAME ".damaged-2"));
    /* A page of nonsense in the middle. */
    struct state_file *f = rig_file(&rig, note);
    for (unsigned n = 1; n < 100; n++)
        rig_put_incident(f, n, "close", n + 10);
    state_file_close(f);
    char nonsense[4096];
    memset(nonsense, 0xa5, sizeof(nonsense));
    patch(3 * 4096, nonsense, sizeof(nonsense));
    unsigned all, closed;
    (void)rig_count(&rig, &all, &closed); /* whatever it says, it lives */
    state_file_close(rig_file(&rig, note));
    assert_string_equal(note, "it is damaged; set aside as coherence.db.damaged-1");
    assert_false(rig_has(&rig, STATE_FILE_NAME ".damaged-4"));
    expect(0, 0);
}

static void test_another_label_and_a_newer_one_are_set_aside_another_program_left_alone(void **state)
{
    static const unsigned char two[4] = {0, 0, 0, 2}, other[4] = {1, 2, 3, 4};
    char note[ERROR_TEXT_MAX];
    struct state_file *f = NULL;
    struct error e;
    (void)state;

    f = rig_file(&rig, NULL);
    rig_put_incident(f, 1, "open", 10);
    state_file_close(f);
    assert_int_equal(state_file_open(&f, rig.dir_fd, "host b", note, &e), 0);
    state_file_close(f);
    assert_string_equal(note, "it is of 'host a', not of 'host b'; set aside as coherence.db.foreign-1");
    expect(0, 0);
    patch(60, two, 4);
    assert_int_equal(state_file_open(&f, rig.dir_fd, "host b", note, &e), 0);
    state_file_close(f);
    assert_string_equal(
        note, "it is of format 2, this version of coherence reads 1; set aside as coherence.db.foreign-1");
    assert_true(rig_has(&rig, STATE_FILE_NAME ".foreign-2"));
    patch(68, other, 4);
    assert_int_equal(state_file_open(&f, rig.dir_fd, "host b", note, &e), -EEXIST);
    assert_string_equal(e.text, "it is another program's database, and is left alone");
    assert_true(rig_has(&rig, STATE_FILE_NAME));
}

static void test_links_and_directories_are_left_alone(void **state)
{
    char note[ERROR_TEXT_MAX];
    struct state_file *f = NULL;
    struct error e;
    (void)state;

    put_file("elsewhere", "precious", 8);
    assert_int_equal(symlinkat("elsewhere", rig.dir_fd, STATE_FILE_NAME), 0);
    assert_int_equal(state_file_open(&f, rig.dir_fd, "", note, &e), -EEXIST);
    assert_int_equal(unlinkat(rig.dir_fd, STATE_FILE_NAME, 0), 0);
    assert_int_equal(mkdirat(rig.dir_fd, STATE_FILE_NAME, 0700), 0);
    assert_int_equal(state_file_open(&f, rig.dir_fd, "", note, &e), -EEXIST);
    assert_int_equal(unlinkat(rig.dir_fd, STATE_FILE_NAME, AT_REMOVEDIR), 0);
    char bytes[8];
    int fd = openat(rig.dir_fd, "elsewhere", O_RDONLY);
    assert_int_equal(read(fd, bytes, 8), 8);
    (void)close(fd);
    assert_memory_equal(bytes, "precious", 8);
}

/* A file that says it is ours, and has a view, a trigger or another table besides, is not believed. */
static void test_a_file_with_more_in_it_than_ours_is_damaged(void **state)
{
    static const char *const more[] = {"CREATE TABLE x(y)", "CREATE VIEW x AS SELECT 1",
        "CREATE TRIGGER x AFTER INSERT ON incident BEGIN DELETE FROM run; END", "DROP TABLE finding"};
    char path[128], note[ERROR_TEXT_MAX];
    unsigned all, closed;
    (void)state;

    snprintf(path, sizeof(path), "%s/%s", rig.path, STATE_FILE_NAME);
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        sqlite3 *db = NULL;
        state_file_close(rig_file(&rig, note));
        assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, more[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        assert_int_equal(rig_count(&rig, &all, &closed), -EBADMSG);
        state_file_close(rig_file(&rig, note));
        assert_string_equal(note, "it is damaged; set aside as coherence.db.damaged-1");
    }
}

static int note_block(void *context, const struct state_block *b)
{
    struct state_block expected;
    unsigned *count = context;

    rig_block(&expected, (unsigned)b->sequence, b->n);
    assert_int_equal(b->kind, expected.kind);
    assert_true(b->from_ns == expected.from_ns && b->to_ns == expected.to_ns);
    assert_int_equal(b->samples, expected.samples);
    if (b->bytes)
        assert_memory_equal(b->bytes, expected.bytes, b->n);
    ++*count;
    return 0;
}

static void test_blocks_by_time(void **state)
{
    struct state_block_range range = {.since_ns = 5 * 60 * SECOND, .until_ns = 7 * 60 * SECOND};
    struct state_source source;
    struct state_reader *r = NULL;
    struct error e;
    unsigned count = 0;
    uint64_t sequence = 0;
    (void)state;

    struct state_file *f = rig_file(&rig, NULL);
    for (unsigned n = 1; n <= 20; n++) {
        struct state_block b;
        rig_block(&b, n, 10000 + n);
        b.sequence = 0; /* numbered from 1 on */
        assert_int_equal(state_file_begin(f), 0);
        assert_int_equal(state_file_put_block(f, &b), 0);
        assert_int_equal(state_file_commit(f), 0);
    }
    struct state_totals totals = state_file_totals(f);
    assert_int_equal(totals.next_sequence, 21);
    assert_int_equal(totals.recording_bytes, 20 * 10000 + 210);
    assert_int_equal(state_source_open(&source, rig.path, &e), 0);
    assert_int_equal(state_reader_new(&r, &source, &e), 0);
    assert_int_equal(state_reader_blocks(r, &range, note_block, &count), 0);
    assert_int_equal(count, 3);
    range = (struct state_block_range){
        .since_ns = STATE_TIME_NONE, .until_ns = STATE_TIME_NONE, .from_sequence = 18, .without_bytes = true};
    count = 0;
    assert_int_equal(state_reader_blocks(r, &range, note_block, &count), 0);
    assert_int_equal(count, 3);
    assert_int_equal(state_reader_find_block(r, 1, 9 * 60 * SECOND, &sequence), 0);
    assert_int_equal(sequence, 8);
    assert_int_equal(state_reader_find_block(r, 1, 60 * SECOND, &sequence), 0);
    assert_int_equal(sequence, 4);
    assert_int_equal(state_reader_find_block(r, 3, 0, &sequence), -ENOENT);
    state_reader_free(r);
    state_source_close(&source);
    struct state_block large = {.bytes = &large, .n = STATE_BLOCK_MAX + 1};
    assert_int_equal(state_file_begin(f), 0);
    assert_int_equal(state_file_put_block(f, &large), -EINVAL);
    assert_int_equal(state_file_commit(f), 0);
    state_file_close(f);
}

static int prune(struct state_file *f, const struct state_limits *l, int64_t now_ns, uint32_t most)
{
    assert_int_equal(state_file_begin(f), 0);
    int more = state_file_prune(f, l, now_ns, most);
    assert_int_equal(state_file_commit(f), 0);
    assert_true(more >= 0);
    return more;
}

static void test_old_rows_go_open_ones_stay(void **state)
{
    const struct state_limits l = {.keep_ns = 50 * SECOND};
    (void)state;
    struct state_file *f = rig_file(&rig, NULL);

    rig_put_incident(f, 1, "open", 2);
    for (unsigned n = 2; n < 100; n++)
        rig_put_incident(f, n, "close", n);
    while (prune(f, &l, 100 * SECOND, 10))
        ;
    expect(51, 50);
    state_file_close(f);
}

static void test_the_oldest_go_when_it_is_too_large(void **state)
{
    const struct state_limits l = {.history_bytes = 20000, .recording_bytes = 100000};
    (void)state;
    struct state_file *f = rig_file(&rig, NULL);

    for (unsigned n = 1; n < 400; n++) {
        struct state_block b;
        struct state_finding x;
        rig_put_incident(f, n, n == 1 ? "open" : "close", n);
        rig_block(&b, n, 5000);
        rig_finding(&x, n, "close", n);
        assert_int_equal(state_file_begin(f), 0);
        assert_int_equal(state_file_put_block(f, &b), 0);
        assert_int_equal(state_file_put_finding(f, &x), 0);
        assert_int_equal(state_file_commit(f), 0);
    }
    struct stat before, after;
    assert_int_equal(state_file_checkpoint(f), 0);
    assert_int_equal(fstatat(rig.dir_fd, STATE_FILE_NAME, &before, 0), 0);
    while (prune(f, &l, 500 * SECOND, 50))
        ;
    assert_int_equal(state_file_checkpoint(f), 0);
    struct state_totals t = state_file_totals(f);
    assert_in_range(t.history_bytes, 18000, 20000);
    assert_in_range(t.recording_bytes, 95000, 100000);
    /* Pages that became free were given back to the file system, but for a megabyte. */
    assert_int_equal(fstatat(rig.dir_fd, STATE_FILE_NAME, &after, 0), 0);
    assert_true(after.st_size < before.st_size && after.st_size < (1 << 20) + 500000);
    bool closed;
    int64_t said_ns;
    assert_int_equal(state_file_said(f, false, "0000000000000001", &closed, &said_ns), 0);
    assert_true(said_ns == SECOND && !closed);
    state_file_close(f);
}

static void test_it_is_noticed_when_the_file_is_taken_away(void **state)
{
    (void)state;
    struct state_file *f = rig_file(&rig, NULL);
    assert_true(state_file_is_there(f));
    assert_int_equal(unlinkat(rig.dir_fd, STATE_FILE_NAME, 0), 0);
    assert_false(state_file_is_there(f));
    state_file_close(f);
    state_file_close(rig_file(&rig, NULL)); /* its log did not survive it */
    expect(0, 0);
}

static int note_open(void *context, const struct state_incident *i)
{
    char *out = context;
    strncat(out, i->id.at + 15, 1);
    return 0;
}

static void test_what_the_last_run_left(void **state)
{
    char open[32] = "", hash[17];
    struct state_run left;
    bool there = true;
    (void)state;
    struct state_file *f = rig_file(&rig, NULL);
    struct state_run r = {.start_ns = 100 * SECOND,
        .seen_ns = 110 * SECOND,
        .stop_ns = STATE_TIME_NONE,
        .version = rig_text("0.1.0")};
    struct state_config c = {
        .t_ns = 100 * SECOND, .hash = rig_text("0123456789abcdef"), .text = rig_text("profile: default\n")};

    assert_int_equal(state_file_unclean_run(f, INT64_MAX, &there, &left), 0);
    assert_false(there);
    assert_int_equal(state_file_last_config(f, hash), 0);
    assert_string_equal(hash, "");
    rig_put_incident(f, 1, "open", 10);
    rig_put_incident(f, 2, "update", 11);
    rig_put_incident(f, 3, "close", 12);
    rig_put_incident(f, 4, "lost", 12);
    assert_int_equal(state_file_begin(f), 0);
    assert_int_equal(state_file_put_run(f, &r), 0);
    assert_int_equal(state_file_put_config(f, &c), 0);
    assert_int_equal(state_file_commit(f), 0);
    assert_int_equal(state_file_open_incidents(f, note_open, open), 0);
    assert_string_equal(open, "12");
    assert_int_equal(state_file_unclean_run(f, 101 * SECOND, &there, &left), 0);
    assert_true(there && left.seen_ns == 110 * SECOND);
    assert_int_equal(state_file_unclean_run(f, 100 * SECOND, &there, &left), 0);
    assert_false(there);
    r.stop_ns = r.seen_ns = 120 * SECOND;
    r.end = rig_text("stopped");
    assert_int_equal(state_file_begin(f), 0);
    assert_int_equal(state_file_put_run(f, &r), 0);
    assert_int_equal(state_file_commit(f), 0);
    assert_int_equal(state_file_unclean_run(f, 101 * SECOND, &there, &left), 0);
    assert_false(there);
    assert_int_equal(state_file_last_config(f, hash), 0);
    assert_string_equal(hash, "0123456789abcdef");
    state_file_close(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_file_is_private_and_empty),
        TEST(test_what_is_committed_is_seen_by_a_reader_beside_it),
        TEST(test_an_earlier_word_does_not_undo_a_later_one),
        TEST(test_a_reader_sees_one_moment_and_holds_back_the_checkpoint),
        TEST(test_other_programs_cannot_open_it_while_we_write),
        TEST(test_damage_is_set_aside),
        TEST(test_another_label_and_a_newer_one_are_set_aside_another_program_left_alone),
        TEST(test_links_and_directories_are_left_alone),
        TEST(test_a_file_with_more_in_it_than_ours_is_damaged),
        TEST(test_blocks_by_time),
        TEST(test_old_rows_go_open_ones_stay),
        TEST(test_the_oldest_go_when_it_is_too_large),
        TEST(test_it_is_noticed_when_the_file_is_taken_away),
        TEST(test_what_the_last_run_left),
    };

    return cmocka_run_group_tests_name("state_file", tests, NULL, NULL);
}
