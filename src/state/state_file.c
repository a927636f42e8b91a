/* SPDX-License-Identifier: MIT
 * Turns rows into transactions of the one connection that writes, and keeps the file within its limits. It
 * decides nothing about time or trying again: state_writer.c does. Opening is state_connect.c's matter, the
 * words of SQL state_schema.c's.
 *
 * The log is only ever moved into the database as a whole, under a lock that readers share (flock on the
 * database): so whoever reads sees the database and a log that only grows, and needs no shared memory. */
#include "state/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "state/state_connect.h"
#include "state/state_left.h"
#include "state/state_schema.h"
#include "state/state_vfs.h"

/* Free pages that are kept for the next rows, and given back in one go: 1 MiB and 8 MiB of 4 KiB pages. */
#define FREE_PAGES_KEPT 256
#define FREE_PAGES_MOST 2048

struct state_file {
    sqlite3 *db;
    struct state_vfs vfs;
    sqlite3_stmt *put[STATE_TABLES];
    uint64_t next_sequence;
    bool spent; /* something failed: nothing more is written through this connection */
};

static int errno_of(struct state_file *f, int code)
{
    int r = state_schema_errno(code, f->vfs.last_errno);
    f->spent |= r != 0;
    return r;
}

static int run_sql(struct state_file *f, const char *sql)
{
    f->vfs.last_errno = 0;
    return errno_of(f, sqlite3_exec(f->db, sql, NULL, NULL, NULL));
}

/* The first column of the only row; *ret_x is 0 for NULL. */
static int ask_number(struct state_file *f, const char *sql, int64_t *ret_x)
{
    sqlite3_stmt *s = NULL;
    int r = sqlite3_prepare_v2(f->db, sql, -1, &s, NULL);

    if (r == SQLITE_OK)
        r = sqlite3_step(s);
    if (r == SQLITE_ROW)
        *ret_x = sqlite3_column_int64(s, 0);
    (void)sqlite3_finalize(s);
    return errno_of(f, r);
}

static int prepare_all(struct state_file *f)
{
    int64_t last = 0;
    int r = 0;

    for (int i = 0; i < STATE_TABLES && r == 0; i++)
        r = errno_of(f,
            sqlite3_prepare_v3(f->db, state_schema_put[i], -1, SQLITE_PREPARE_PERSISTENT, &f->put[i], NULL));
    if (r == 0)
        r = ask_number(f, "SELECT max(sequence) FROM recording", &last);
    f->next_sequence = last < 0 ? 1 : (uint64_t)last + 1;
    return r;
}

/* Without a checkpoint: after an error nothing more may be written. */
static void drop(struct state_file *f)
{
    for (int i = 0; i < STATE_TABLES; i++)
        (void)sqlite3_finalize(f->put[i]);
    (void)sqlite3_close(f->db);
    state_vfs_done(&f->vfs);
    free(f);
}

int state_file_open(
    struct state_file **ret, int dir_fd, const char *label, char note[ERROR_TEXT_MAX], struct error *e)
{
    struct state_file *f = calloc(1, sizeof(*f));

    note[0] = 0;
    if (!f)
        return error_set(e, -ENOMEM, "not enough memory");
    int r = state_connect(&f->db, &f->vfs, dir_fd, label, note, e);
    if (r) {
        free(f);
        return r;
    }
    r = prepare_all(f);
    /* What an earlier connection could not sync is read back by its checksums, and written anew. */
    if (r == 0)
        r = state_file_checkpoint(f);
    if (r && r != -EBUSY) {
        error_set(e, r, "it cannot be used: %s", strerror(-r));
        drop(f);
        return r;
    }
    *ret = f;
    return 0;
}

int state_file_condemn(int dir_fd, char name[64])
{
    return state_connect_set_aside(dir_fd, "damaged", name);
}

void state_file_close(struct state_file *f)
{
    if (!f)
        return;
    if (!f->spent && sqlite3_get_autocommit(f->db) && state_file_is_there(f))
        (void)state_file_checkpoint(f);
    drop(f);
}

int state_file_begin(struct state_file *f)
{
    return run_sql(f, "BEGIN IMMEDIATE");
}

int state_file_commit(struct state_file *f)
{
    int r = run_sql(f, "COMMIT");
    if (r)
        state_file_rollback(f);
    return r;
}

void state_file_rollback(struct state_file *f)
{
    if (!sqlite3_get_autocommit(f->db))
        (void)sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
}

static int put(struct state_file *f, enum state_table t, int bound)
{
    sqlite3_stmt *s = f->put[t];
    int r = bound;

    f->vfs.last_errno = 0;
    if (r == 0) {
        r = sqlite3_step(s);
        (void)sqlite3_reset(s);
        /* Only a row that makes no sense breaks a rule of its table. */
        r = (r & 0xff) == SQLITE_CONSTRAINT ? -EINVAL : errno_of(f, r);
    }
    (void)sqlite3_clear_bindings(s);
    return r;
}

int state_file_put_run(struct state_file *f, const struct state_run *r)
{
    return put(f, STATE_RUN, state_schema_bind_run(f->put[STATE_RUN], r));
}

int state_file_put_config(struct state_file *f, const struct state_config *c)
{
    return put(f, STATE_CONFIG, state_schema_bind_config(f->put[STATE_CONFIG], c));
}

int state_file_put_incident(struct state_file *f, const struct state_incident *i)
{
    return put(f, STATE_INCIDENT, state_schema_bind_incident(f->put[STATE_INCIDENT], i));
}

int state_file_put_finding(struct state_file *f, const struct state_finding *x)
{
    return put(f, STATE_FINDING, state_schema_bind_finding(f->put[STATE_FINDING], x));
}

int state_file_put_block(struct state_file *f, const struct state_block *b)
{
    struct state_block numbered = *b;

    if (!numbered.sequence)
        numbered.sequence = f->next_sequence;
    int r = put(f, STATE_BLOCK, state_schema_bind_block(f->put[STATE_BLOCK], &numbered));
    if (r == 0 && numbered.sequence >= f->next_sequence)
        f->next_sequence = numbered.sequence + 1;
    return r;
}

#define HISTORY_BYTES                                                                                        \
    "SELECT (SELECT coalesce(sum(size),0) FROM incident)+(SELECT coalesce(sum(size),0) FROM finding)"
#define RECORDING_BYTES "SELECT coalesce(sum(size),0) FROM recording"

/* Deletes of one table what a condition names, the oldest first: ?1 the time, ?2 how many. Returns the number
 * of rows or -errno. */
static int delete_old(struct state_file *f, const char *sql, int64_t before_ns, uint32_t most)
{
    sqlite3_stmt *s = NULL;
    int r = sqlite3_prepare_v2(f->db, sql, -1, &s, NULL);

    if (r == SQLITE_OK)
        r = sqlite3_bind_int64(s, 1, before_ns);
    if (r == SQLITE_OK)
        r = sqlite3_bind_int64(s, 2, most);
    if (r == SQLITE_OK)
        r = sqlite3_step(s);
    int n = r == SQLITE_DONE ? sqlite3_changes(f->db) : 0;
    (void)sqlite3_finalize(s);
    return r == SQLITE_DONE ? n : errno_of(f, r);
}

static const struct {
    const char *sql;
    bool recording;
} by_age[] = {
    {"DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE start_ns<?1 AND end_ns<?1"
     " AND state NOT IN ('open','update') ORDER BY start_ns LIMIT ?2)",
        false},
    {"DELETE FROM finding WHERE id IN (SELECT id FROM finding WHERE said_ns<?1 AND state<>'open'"
     " ORDER BY said_ns LIMIT ?2)",
        false},
    {"DELETE FROM run WHERE start_ns IN (SELECT start_ns FROM run WHERE seen_ns<?1 AND end IS NOT NULL"
     " ORDER BY start_ns LIMIT ?2)",
        false},
    {"DELETE FROM config WHERE t_ns IN (SELECT t_ns FROM config WHERE t_ns<?1"
     " AND t_ns<(SELECT max(t_ns) FROM config) ORDER BY t_ns LIMIT ?2)",
        false},
    {"DELETE FROM recording WHERE sequence IN (SELECT sequence FROM recording WHERE to_ns<?1"
     " ORDER BY sequence LIMIT ?2)",
        true},
};

static int prune_by_age(struct state_file *f, const struct state_limits *l, int64_t now_ns, uint32_t most)
{
    int more = 0;

    for (size_t i = 0; i < sizeof(by_age) / sizeof(by_age[0]); i++) {
        int64_t keep_ns = by_age[i].recording ? l->recording_keep_ns : l->keep_ns;
        if (keep_ns <= 0 || now_ns < INT64_MIN + keep_ns)
            continue;
        int n = delete_old(f, by_age[i].sql, now_ns - keep_ns, most);
        if (n < 0)
            return n;
        more |= (uint32_t)n == most;
    }
    return more;
}

/* Deletes the rows that `list` names one by one (key, size) until `over` bytes are gone. */
static int delete_listed(
    struct state_file *f, const char *list, const char *delete, uint64_t *over, uint32_t most)
{
    sqlite3_stmt *l = NULL, *d = NULL;
    uint32_t n = 0;
    int r = sqlite3_prepare_v2(f->db, list, -1, &l, NULL);

    if (r == SQLITE_OK)
        r = sqlite3_prepare_v2(f->db, delete, -1, &d, NULL);
    while (r == SQLITE_OK && *over > 0 && n < most && (r = sqlite3_step(l)) == SQLITE_ROW) {
        uint64_t size = (uint64_t)sqlite3_column_int64(l, 1);
        r = sqlite3_bind_value(d, 1, sqlite3_column_value(l, 0));
        if (r == SQLITE_OK)
            r = sqlite3_step(d);
        (void)sqlite3_reset(d);
        r = r == SQLITE_DONE ? SQLITE_OK : r;
        *over -= size < *over ? size : *over;
        n++;
    }
    (void)sqlite3_finalize(l);
    (void)sqlite3_finalize(d);
    if (r == SQLITE_DONE) /* nothing more that may go */
        *over = 0;
    return errno_of(f, r);
}

static int bytes_over(struct state_file *f, const char *sum, uint64_t limit, uint64_t *ret_over)
{
    int64_t sum_bytes = 0;
    int r = limit ? ask_number(f, sum, &sum_bytes) : 0;

    *ret_over = r == 0 && sum_bytes > 0 && (uint64_t)sum_bytes > limit ? (uint64_t)sum_bytes - limit : 0;
    return limit ? r : 0;
}

/* Findings first, which are most of it: an incident's line still tells what it was. */
static int prune_by_size(struct state_file *f, const struct state_limits *l, uint32_t most)
{
    uint64_t over = 0, blocks_over = 0;
    int r = bytes_over(f, HISTORY_BYTES, l->history_bytes, &over);

    if (r == 0 && over)
        r = delete_listed(f,
            "SELECT id,size FROM finding WHERE state<>'open' AND said_ns<(SELECT coalesce(max(said_ns),0)"
            " FROM finding) ORDER BY said_ns",
            "DELETE FROM finding WHERE id=?1", &over, most);
    if (r == 0)
        r = bytes_over(f, HISTORY_BYTES, l->history_bytes, &over);
    if (r == 0 && over)
        r = delete_listed(f,
            "SELECT id,size FROM incident WHERE state NOT IN ('open','update') ORDER BY start_ns",
            "DELETE FROM incident WHERE id=?1", &over, most);
    if (r == 0)
        r = bytes_over(f, RECORDING_BYTES, l->recording_bytes, &blocks_over);
    if (r == 0 && blocks_over)
        r = delete_listed(f, "SELECT sequence,size FROM recording ORDER BY sequence",
            "DELETE FROM recording WHERE sequence=?1", &blocks_over, most);
    return r ? r : over || blocks_over;
}

static int give_back(struct state_file *f)
{
    char sql[64];
    int64_t free_pages = 0;
    int r = ask_number(f, "PRAGMA freelist_count", &free_pages);

    if (r || free_pages <= FREE_PAGES_KEPT)
        return r;
    free_pages -= FREE_PAGES_KEPT;
    (void)sqlite3_snprintf(sizeof(sql), sql, "PRAGMA incremental_vacuum(%lld)",
        free_pages < FREE_PAGES_MOST ? free_pages : FREE_PAGES_MOST);
    return run_sql(f, sql);
}

int state_file_prune(struct state_file *f, const struct state_limits *l, int64_t now_ns, uint32_t most)
{
    f->vfs.last_errno = 0;
    int aged = prune_by_age(f, l, now_ns, most);
    if (aged < 0)
        return aged;
    int sized = prune_by_size(f, l, most);
    if (sized < 0)
        return sized;
    int r = give_back(f);
    return r ? r : aged || sized;
}

int state_file_checkpoint(struct state_file *f)
{
    if (f->vfs.db_fd < 0 || flock(f->vfs.db_fd, LOCK_EX | LOCK_NB) != 0)
        return f->vfs.db_fd >= 0 && errno != EWOULDBLOCK ? -errno : -EBUSY;
    f->vfs.last_errno = 0;
    int r = sqlite3_wal_checkpoint_v2(f->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    r = r == SQLITE_BUSY ? -EIO : errno_of(f, r); /* nobody else is there: what is left is an error */
    (void)flock(f->vfs.db_fd, LOCK_UN);
    return r;
}

uint64_t state_file_log_bytes(const struct state_file *f)
{
    struct stat st;
    return fstatat(f->vfs.dir_fd, STATE_FILE_NAME "-wal", &st, AT_SYMLINK_NOFOLLOW) == 0
               ? (uint64_t)st.st_size
               : 0;
}

bool state_file_is_there(const struct state_file *f)
{
    struct stat open, named;
    return f->vfs.db_fd >= 0 && fstat(f->vfs.db_fd, &open) == 0 &&
           fstatat(f->vfs.dir_fd, STATE_FILE_NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

struct state_totals state_file_totals(const struct state_file *f)
{
    struct state_file *asked = (struct state_file *)f; /* statements are made and gone */
    int64_t history = 0, recording = 0;

    (void)ask_number(asked, HISTORY_BYTES, &history);
    (void)ask_number(asked, RECORDING_BYTES, &recording);
    return (struct state_totals){.history_bytes = (uint64_t)history,
        .recording_bytes = (uint64_t)recording,
        .next_sequence = f->next_sequence};
}

int state_file_open_incidents(
    struct state_file *f, int (*visit)(void *context, const struct state_incident *i), void *context)
{
    return state_left_incidents(f->db, visit, context);
}

int state_file_open_findings(
    struct state_file *f, int (*visit)(void *context, const struct state_finding *x), void *context)
{
    return state_left_findings(f->db, visit, context);
}

int state_file_said(
    struct state_file *f, bool finding, const char *id, bool *ret_closed, int64_t *ret_said_ns)
{
    return state_left_said(f->db, finding, id, ret_closed, ret_said_ns);
}

int state_file_unclean_run(struct state_file *f, int64_t before_ns, bool *ret_there, struct state_run *ret)
{
    return state_left_run(f->db, before_ns, ret_there, ret);
}

int state_file_last_config(struct state_file *f, char hash[17])
{
    return state_left_config(f->db, hash);
}
