/* SPDX-License-Identifier: MIT
 * Turns whatever lies under the state file's name into a database that may be written, and never writes into
 * what is not ours: what is damaged, newer or another host's is renamed, what belongs to another program is
 * left as it is. What is written then is state_file.c's matter. */
#include "state/state_connect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "state/state_file.h"
#include "state/state_schema.h"

#define NEW_NAME STATE_FILE_NAME ".new"
#define LOG_NAME STATE_FILE_NAME "-wal"
/* A look at every page at the start takes some 5 ms a MiB; a large flight recorder is not gone through. */
#define CHECK_MAX_NS INT64_C(2000000000)
#define CHECK_STEPS  20000 /* of SQLite's virtual machine between two looks at the clock: some 2 ms */

/* What the file under our name is, by its first bytes. 0: looks like ours; else a -errno with e filled. */
static int look(int dir_fd, struct error *e)
{
    unsigned char head[STATE_SCHEMA_HEAD];
    unsigned version = 0;
    struct stat st;
    int fd = openat(dir_fd, STATE_FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return -ENOENT;
    if (fd < 0 && errno == ELOOP)
        return error_set(e, -EEXIST, "it is a symbolic link, and is left alone");
    if (fd < 0)
        return error_set(e, -errno, "it cannot be opened: %s", strerror(errno));
    int r = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? 0 : -EEXIST;
    ssize_t n = r ? 0 : pread(fd, head, sizeof(head), 0);
    int why = errno;
    (void)close(fd);
    if (r)
        return error_set(e, r, "it is no plain file, and is left alone");
    if (n < 0)
        return error_set(e, -why, "it cannot be read: %s", strerror(why));
    r = state_schema_look(head, (size_t)n, &version);
    if (r == -EEXIST)
        return error_set(e, r, "it is another program's database, and is left alone");
    if (r == -EPROTO)
        return error_set(
            e, r, "it is of format %u, this version of coherence reads %d", version, STATE_FILE_VERSION);
    if (r)
        return error_set(e, r, "it is no database");
    return 0;
}

static void rename_with_log(int dir_fd, const char *from, const char *to)
{
    char from_log[72], to_log[72];

    (void)snprintf(from_log, sizeof(from_log), "%s-wal", from);
    (void)snprintf(to_log, sizeof(to_log), "%s-wal", to);
    (void)renameat(dir_fd, from_log, dir_fd, to_log); /* there may be none */
}

int state_connect_set_aside(int dir_fd, const char *kind, char name[64])
{
    char older[64];

    for (int i = STATE_ASIDE_MAX; i > 1; i--) {
        (void)snprintf(older, sizeof(older), "%s.%s-%d", STATE_FILE_NAME, kind, i);
        (void)snprintf(name, 64, "%s.%s-%d", STATE_FILE_NAME, kind, i - 1);
        (void)renameat(dir_fd, name, dir_fd, older);
        rename_with_log(dir_fd, name, older);
    }
    /* The log first: one that stays behind would be taken for the next database's. */
    rename_with_log(dir_fd, STATE_FILE_NAME, name);
    return renameat(dir_fd, STATE_FILE_NAME, dir_fd, name) == 0 ? 0 : -errno;
}

static void unlink_all(int dir_fd)
{
    (void)unlinkat(dir_fd, NEW_NAME, 0);
    (void)unlinkat(dir_fd, NEW_NAME "-wal", 0);
}

static int run_sql(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int put_label(sqlite3 *db, const char *label)
{
    sqlite3_stmt *s = NULL;
    int r = sqlite3_prepare_v2(db, "INSERT INTO meta VALUES('label',?1)", -1, &s, NULL);

    if (r == SQLITE_OK)
        r = sqlite3_bind_text(s, 1, label, -1, SQLITE_STATIC);
    if (r == SQLITE_OK)
        r = sqlite3_step(s);
    (void)sqlite3_finalize(s);
    return r == SQLITE_DONE ? SQLITE_OK : r;
}

/* Fills a new file, whose last page says that it is kept with a log; that is why it is the last step. */
static int fill(struct state_vfs *v, const char *label)
{
    const int how = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    sqlite3 *db = NULL;
    int r = sqlite3_open_v2(NEW_NAME, &db, how, v->name);

    if (r == SQLITE_OK)
        r = state_schema_harden(db);
    if (r == SQLITE_OK)
        r = run_sql(db, state_schema_sql);
    if (r == SQLITE_OK)
        r = put_label(db, label);
    if (r == SQLITE_OK)
        r = run_sql(db, "PRAGMA journal_mode=WAL");
    int closed = sqlite3_close(db);
    return state_schema_errno(r == SQLITE_OK ? closed : r, v->last_errno);
}

/* A new database, whole before it has its name. */
static int make_new(struct state_vfs *v, const char *label)
{
    unlink_all(v->dir_fd);
    v->last_errno = 0;
    int r = fill(v, label);
    /* A log without its database must not become the new one's. */
    if (r == 0 && unlinkat(v->dir_fd, LOG_NAME, 0) != 0 && errno != ENOENT)
        r = -errno;
    if (r == 0 && renameat(v->dir_fd, NEW_NAME, v->dir_fd, STATE_FILE_NAME) != 0)
        r = -errno;
    unlink_all(v->dir_fd);
    if (r == 0 && fsync(v->dir_fd) != 0)
        r = -errno;
    return r;
}

static int64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int is_late(void *deadline_ns)
{
    return clock_ns() > *(const int64_t *)deadline_ns;
}

/* One value of one row as text; *ret holds for as long as s is not finalized. */
static int ask(sqlite3 *db, const char *sql, sqlite3_stmt **ret)
{
    int r = sqlite3_prepare_v2(db, sql, -1, ret, NULL);
    return r == SQLITE_OK ? sqlite3_step(*ret) : r;
}

static bool says(sqlite3_stmt *s, const char *expected)
{
    const char *said = (const char *)sqlite3_column_text(s, 0);
    return said && strcmp(said, expected) == 0;
}

/* A page that could not be read is reported as a page that is damaged: the last_errno of v tells them apart.
 */
static int check_pages(sqlite3 *db, const struct state_vfs *v)
{
    int64_t deadline_ns = clock_ns() + CHECK_MAX_NS;
    sqlite3_stmt *s = NULL;

    sqlite3_progress_handler(db, CHECK_STEPS, is_late, &deadline_ns);
    int r = ask(db, "PRAGMA quick_check(1)", &s);
    if (r == SQLITE_ROW)
        r = says(s, "ok") ? SQLITE_OK : v->last_errno ? SQLITE_IOERR : SQLITE_CORRUPT;
    (void)sqlite3_finalize(s);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    return r == SQLITE_INTERRUPT || r == SQLITE_DONE ? SQLITE_OK : r;
}

static int check_log_mode(sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    int r = ask(db, "PRAGMA journal_mode", &s);

    if (r == SQLITE_ROW)
        r = says(s, "wal") ? SQLITE_OK : SQLITE_CORRUPT;
    (void)sqlite3_finalize(s);
    return r;
}

static int check_label(sqlite3 *db, const char *label, struct error *e)
{
    sqlite3_stmt *s = NULL;
    int r = ask(db, "SELECT value FROM meta WHERE name='label'", &s);

    if (r == SQLITE_ROW && label[0] && !says(s, label)) {
        const char *theirs = (const char *)sqlite3_column_text(s, 0);
        r = error_set(e, -ESTALE, "it is of '%.200s', not of '%.200s'", theirs ? theirs : "", label);
    } else {
        r = r == SQLITE_ROW ? 0 : state_schema_errno(r == SQLITE_DONE ? SQLITE_CORRUPT : r, 0);
    }
    (void)sqlite3_finalize(s);
    return r;
}

/* Opens what looked like ours and believes it step by step. */
static int open_and_check(sqlite3 **ret, struct state_vfs *v, const char *label, struct error *e)
{
    sqlite3 *db = NULL;

    v->last_errno = 0;
    int r = sqlite3_open_v2(STATE_FILE_NAME, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, v->name);
    if (r == SQLITE_OK)
        r = state_schema_harden(db);
    if (r == SQLITE_OK)
        r = run_sql(db, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;");
    if (r == SQLITE_OK)
        r = check_log_mode(db);
    if (r == SQLITE_OK)
        r = check_pages(db, v);
    r = state_schema_errno(r, v->last_errno);
    if (r == 0)
        r = state_schema_compare(db);
    if (r == -EBADMSG)
        error_set(e, r, "it is damaged");
    else if (r == -EBUSY)
        error_set(e, r, "another program has it open");
    else if (r)
        error_set(e, r, "it cannot be read: %s", strerror(-r));
    else if ((r = check_label(db, label, e)) == -EBADMSG)
        error_set(e, r, "it is damaged");
    if (r)
        (void)sqlite3_close(db);
    else
        *ret = db;
    return r;
}

/* Puts the file out of the way and notes why. */
static int make_way(int dir_fd, int why, char note[ERROR_TEXT_MAX], struct error *e)
{
    char name[64];
    const struct error reason = *e;
    int r = state_connect_set_aside(dir_fd, why == -EBADMSG ? "damaged" : "foreign", name);

    if (r)
        return error_set(e, r, "%.200s, and cannot be set aside: %s", reason.text, strerror(-r));
    (void)snprintf(note, ERROR_TEXT_MAX, "%.300s; set aside as %s", reason.text, name);
    return 0;
}

static int open_or_make(sqlite3 **ret, struct state_vfs *v, const char *label, char *note, struct error *e)
{
    int r = look(v->dir_fd, e);

    if (r == 0)
        r = open_and_check(ret, v, label, e);
    if (r == 0 || (r != -ENOENT && r != -EBADMSG && r != -EPROTO && r != -ESTALE))
        return r;
    if (r != -ENOENT) {
        r = make_way(v->dir_fd, r, note, e);
        if (r)
            return r;
    }
    r = make_new(v, label);
    if (r)
        return error_set(e, r, "it cannot be made: %s", strerror(-r));
    return open_and_check(ret, v, label, e);
}

int state_connect(sqlite3 **ret, struct state_vfs *v, int dir_fd, const char *label,
    char note[ERROR_TEXT_MAX], struct error *e)
{
    struct error quiet;

    e = e ? e : &quiet;
    note[0] = 0;
    if (state_vfs_init_writer(v, dir_fd))
        return error_set(e, -ENOMEM, "not enough memory");
    int r = open_or_make(ret, v, label, note, e);
    if (r)
        state_vfs_done(v);
    return r;
}
