/* SPDX-License-Identifier: MIT
 * Turns an open state file into rows for whoever asks, and never into a change. What may be hostile is every
 * byte of the file: the tables must be exactly ours (so there is no view, trigger or expression to be run),
 * and each question may take only so many steps. What rows mean to people is the commands' matter. */
#include "state/state_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "state/state_file.h"
#include "state/state_schema.h"
#include "state/state_vfs.h"

/* A checkpoint of the largest log takes about as long as writing it. */
#define WAIT_TRIES   250
#define WAIT_STEP_NS 20000000L /* 250 times 20 ms */
/* What one question may take: a file whose pages name each other in circles has no end. A row takes some 20
 * steps and at least ten bytes. */
#define STEPS_BASE       10000000
#define STEPS_PER_BYTE_1 4 /* one step more for so many bytes */
#define STEPS_AT_ONCE    50000
#define QUESTION_MAX     1024 /* bytes of SQL */

struct state_reader {
    sqlite3 *db;
    struct state_vfs vfs;
    int64_t steps, steps_max;
    char label[STATE_LABEL_MAX];
};

static int open_file(int dir_fd, const char *name)
{
    struct stat st;
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return -EBADMSG;
    }
    return fd;
}

/* Waits for the end of a checkpoint and holds back the next one. */
static int hold_back(int fd)
{
    const struct timespec step = {.tv_nsec = WAIT_STEP_NS};

    for (int i = 0; i < WAIT_TRIES; i++) {
        if (flock(fd, LOCK_SH | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK)
            return -errno;
        (void)nanosleep(&step, NULL);
    }
    return -EBUSY;
}

static int open_both(struct state_source *s, int dir_fd, struct error *e)
{
    s->db_fd = open_file(dir_fd, STATE_FILE_NAME);
    if (s->db_fd == -ENOENT)
        return error_set(e, -ENOENT, "there is no history yet");
    if (s->db_fd == -EBADMSG || s->db_fd == -ELOOP)
        return error_set(e, -EBADMSG, "it is no plain file");
    if (s->db_fd < 0)
        return error_set(e, s->db_fd, "it cannot be opened: %s", strerror(-s->db_fd));
    int r = hold_back(s->db_fd);
    if (r == -EBUSY)
        return error_set(e, r, "the sentinel is still writing it after five seconds");
    if (r)
        return error_set(e, r, "it cannot be locked: %s", strerror(-r));
    s->wal_fd = open_file(dir_fd, STATE_FILE_NAME "-wal");
    if (s->wal_fd < 0 && s->wal_fd != -ENOENT)
        return error_set(e, s->wal_fd, "its log cannot be opened: %s", strerror(-s->wal_fd));
    return 0;
}

int state_source_open_at(struct state_source *s, int dir_fd, struct error *e)
{
    *s = (struct state_source){.db_fd = -1, .wal_fd = -1};
    int r = open_both(s, dir_fd, e);
    if (r)
        state_source_close(s);
    return r;
}

int state_source_open(struct state_source *s, const char *dir_path, struct error *e)
{
    *s = (struct state_source){.db_fd = -1, .wal_fd = -1};
    int dir_fd = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return error_set(e, -errno, "the directory cannot be opened: %s", strerror(errno));
    int r = state_source_open_at(s, dir_fd, e);
    (void)close(dir_fd);
    return r;
}

void state_source_close(struct state_source *s)
{
    if (s->db_fd >= 0)
        (void)close(s->db_fd);
    if (s->wal_fd >= 0)
        (void)close(s->wal_fd);
    s->db_fd = s->wal_fd = -1;
}

static int count_steps(void *context)
{
    struct state_reader *r = context;
    r->steps += STEPS_AT_ONCE;
    return r->steps > r->steps_max;
}

/* -errno; a question that does not end is one more kind of damage. */
static int errno_of(const struct state_reader *r, int code)
{
    if ((code & 0xff) == SQLITE_INTERRUPT)
        return -EBADMSG;
    return state_schema_errno(code, r->vfs.last_errno);
}

static int ask(struct state_reader *r, const char *sql, sqlite3_stmt **ret)
{
    r->steps = 0;
    r->vfs.last_errno = 0;
    return sqlite3_prepare_v2(r->db, sql, -1, ret, NULL);
}

static int look(int fd, struct error *e)
{
    unsigned char head[STATE_SCHEMA_HEAD];
    unsigned version = 0;
    ssize_t n = pread(fd, head, sizeof(head), 0);

    if (n < 0)
        return error_set(e, -errno, "it cannot be read: %s", strerror(errno));
    int r = state_schema_look(head, (size_t)n, &version);
    if (r == -EPROTO)
        return error_set(e, -EBADMSG, "it is of format %u, this version of coherence reads %d", version,
            STATE_FILE_VERSION);
    if (r)
        return error_set(
            e, -EBADMSG, r == -EEXIST ? "it is another program's database" : "it is no database");
    return 0;
}

static int read_label(struct state_reader *r)
{
    sqlite3_stmt *s = NULL;
    int code = ask(r, "SELECT value FROM meta WHERE name='label'", &s);

    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
    if (text)
        (void)snprintf(r->label, sizeof(r->label), "%s", text);
    (void)sqlite3_finalize(s);
    return errno_of(r, code);
}

static int connect_to(struct state_reader *r)
{
    int code =
        sqlite3_open_v2(STATE_FILE_NAME, &r->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, r->vfs.name);

    if (code == SQLITE_OK) {
        sqlite3_progress_handler(r->db, STEPS_AT_ONCE, count_steps, r);
        code = state_schema_harden(r->db);
    }
    /* One look for all questions: what is committed meanwhile is not seen. */
    if (code == SQLITE_OK)
        code = sqlite3_exec(r->db, "PRAGMA query_only=ON; BEGIN", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return errno_of(r, code);
    int result = state_schema_compare(r->db);
    return result ? result : read_label(r);
}

int state_reader_new(struct state_reader **ret, const struct state_source *source, struct error *e)
{
    struct stat st;
    int result = look(source->db_fd, e);

    if (result)
        return result;
    struct state_reader *r = calloc(1, sizeof(*r));
    if (!r || state_vfs_init_reader(&r->vfs, source->db_fd, source->wal_fd)) {
        free(r);
        return error_set(e, -ENOMEM, "not enough memory");
    }
    r->steps_max = STEPS_BASE;
    if (fstat(source->db_fd, &st) == 0)
        r->steps_max += st.st_size / STEPS_PER_BYTE_1;
    result = connect_to(r);
    if (result) {
        state_reader_free(r);
        return result == -EBADMSG ? error_set(e, result, "it is damaged")
                                  : error_set(e, result, "it cannot be read: %s", strerror(-result));
    }
    *ret = r;
    return 0;
}

void state_reader_free(struct state_reader *r)
{
    if (!r)
        return;
    (void)sqlite3_close(r->db);
    state_vfs_done(&r->vfs);
    free(r);
}

const char *state_reader_label(const struct state_reader *r)
{
    return r->label;
}

/* A question being put together: SQL with numbered arguments, and what they are. */
struct question {
    char sql[QUESTION_MAX];
    size_t n;
    sqlite3_stmt *s;
    int code;
};

static void begin(struct question *q, enum state_table table, const char *name)
{
    *q = (struct question){.code = SQLITE_OK};
    q->n = (size_t)snprintf(
        q->sql, sizeof(q->sql), "SELECT %s FROM %s WHERE 1", state_schema_columns[table], name);
}

static void add(struct question *q, const char *sql)
{
    int n = snprintf(q->sql + q->n, sizeof(q->sql) - q->n, "%s", sql);
    q->n += n > 0 && (size_t)n < sizeof(q->sql) - q->n ? (size_t)n : 0;
}

/* Prefix as a range: what begins with p is at least p and below p followed by the last character. */
#define HAS_PREFIX(argument) " AND id>=" argument " AND id<" argument "||'~'"

static void bind_text(struct question *q, int at, const char *text)
{
    if (q->code == SQLITE_OK && text)
        q->code = sqlite3_bind_text(q->s, at, text, -1, SQLITE_STATIC);
}

static void bind_number(struct question *q, int at, int64_t x, int64_t none, int64_t instead)
{
    if (q->code == SQLITE_OK)
        q->code = sqlite3_bind_int64(q->s, at, x == none ? instead : x);
}

/* One row after the other through `one`; 0, what it returned, or -errno. */
static int run(
    struct state_reader *r, struct question *q, int (*one)(void *context, sqlite3_stmt *s), void *context)
{
    int stop = 0;

    while (q->code == SQLITE_OK && !stop) {
        int code = sqlite3_step(q->s);
        if (code == SQLITE_ROW)
            stop = one(context, q->s);
        else
            q->code = code;
    }
    int code = q->code == SQLITE_DONE ? SQLITE_OK : q->code;
    (void)sqlite3_finalize(q->s);
    return stop ? stop : errno_of(r, code);
}

struct incident_visit {
    int (*visit)(void *context, const struct state_incident *i);
    void *context;
};

static int one_incident(void *context, sqlite3_stmt *s)
{
    const struct incident_visit *v = context;
    struct state_incident i;

    state_schema_get_incident(s, &i);
    return i.id.at && i.json.at ? v->visit(v->context, &i) : -ENOMEM;
}

int state_reader_incidents(struct state_reader *r, const struct state_question *q,
    int (*visit)(void *context, const struct state_incident *i), void *context)
{
    struct incident_visit v = {visit, context};
    struct question x;

    begin(&x, STATE_INCIDENT, "incident");
    add(&x, " AND start_ns<=?1 AND (end_ns>=?2 OR state IN ('open','update'))");
    add(&x, q->host ? " AND host=?3" : "");
    add(&x, q->kind ? " AND kind=?4" : "");
    add(&x, q->severity ? " AND severity=?5" : "");
    add(&x, q->law ? " AND instr(' '||laws||' ',' '||?6||' ')" : "");
    add(&x, q->open ? " AND state IN ('open','update')" : "");
    add(&x, q->closed ? " AND state NOT IN ('open','update')" : "");
    add(&x, q->oldest_first ? " ORDER BY start_ns,id" : " ORDER BY start_ns DESC,id DESC");
    add(&x, " LIMIT ?7");
    x.code = ask(r, x.sql, &x.s);
    bind_number(&x, 1, q->until_ns, STATE_TIME_NONE, INT64_MAX);
    bind_number(&x, 2, q->since_ns, STATE_TIME_NONE, INT64_MIN);
    bind_text(&x, 3, q->host);
    bind_text(&x, 4, q->kind);
    bind_text(&x, 5, q->severity);
    bind_text(&x, 6, q->law);
    bind_number(&x, 7, q->limit, 0, -1);
    return run(r, &x, one_incident, &v);
}

int state_reader_incident(struct state_reader *r, const char *id_prefix,
    int (*visit)(void *context, const struct state_incident *i), void *context)
{
    struct incident_visit v = {visit, context};
    struct question x;

    begin(&x, STATE_INCIDENT, "incident");
    add(&x, HAS_PREFIX("?1") " ORDER BY id LIMIT 2");
    x.code = ask(r, x.sql, &x.s);
    bind_text(&x, 1, id_prefix);
    return run(r, &x, one_incident, &v);
}

struct finding_visit {
    int (*visit)(void *context, const struct state_finding *f);
    void *context;
};

static int one_finding(void *context, sqlite3_stmt *s)
{
    const struct finding_visit *v = context;
    struct state_finding f;

    state_schema_get_finding(s, &f);
    return f.id.at && f.json.at ? v->visit(v->context, &f) : -ENOMEM;
}

static int find_findings(
    struct state_reader *r, const char *condition, const char *id, const struct finding_visit *v)
{
    struct question x;
    struct finding_visit copy = *v;

    begin(&x, STATE_FINDING, "finding");
    add(&x, condition);
    x.code = ask(r, x.sql, &x.s);
    bind_text(&x, 1, id);
    return run(r, &x, one_finding, &copy);
}

int state_reader_findings(struct state_reader *r, const char *incident_id,
    int (*visit)(void *context, const struct state_finding *f), void *context)
{
    const struct finding_visit v = {visit, context};
    return find_findings(r, " AND incident=?1 ORDER BY onset_ns,id", incident_id, &v);
}

int state_reader_finding(struct state_reader *r, const char *id_prefix,
    int (*visit)(void *context, const struct state_finding *f), void *context)
{
    const struct finding_visit v = {visit, context};
    return find_findings(r, HAS_PREFIX("?1") " ORDER BY id LIMIT 2", id_prefix, &v);
}

struct run_visit {
    int (*visit)(void *context, const struct state_run *run);
    void *context;
};

static int one_run(void *context, sqlite3_stmt *s)
{
    const struct run_visit *v = context;
    struct state_run x;

    state_schema_get_run(s, &x);
    return v->visit(v->context, &x);
}

int state_reader_runs(struct state_reader *r, int64_t since_ns, int64_t until_ns, uint32_t limit,
    int (*visit)(void *context, const struct state_run *run), void *context)
{
    struct run_visit v = {visit, context};
    struct question x;

    begin(&x, STATE_RUN, "run");
    add(&x, " AND start_ns<=?1 AND seen_ns>=?2 ORDER BY start_ns DESC LIMIT ?3");
    x.code = ask(r, x.sql, &x.s);
    bind_number(&x, 1, until_ns, STATE_TIME_NONE, INT64_MAX);
    bind_number(&x, 2, since_ns, STATE_TIME_NONE, INT64_MIN);
    bind_number(&x, 3, limit, 0, -1);
    return run(r, &x, one_run, &v);
}

struct config_visit {
    int (*visit)(void *context, const struct state_config *c);
    void *context;
};

static int one_config(void *context, sqlite3_stmt *s)
{
    const struct config_visit *v = context;
    struct state_config c;

    state_schema_get_config(s, &c);
    return v->visit(v->context, &c);
}

int state_reader_configs(struct state_reader *r, int64_t since_ns, int64_t until_ns, uint32_t limit,
    int (*visit)(void *context, const struct state_config *c), void *context)
{
    struct config_visit v = {visit, context};
    struct question x;

    begin(&x, STATE_CONFIG, "config");
    add(&x, " AND t_ns<=?1 AND t_ns>=?2 ORDER BY t_ns DESC LIMIT ?3");
    x.code = ask(r, x.sql, &x.s);
    bind_number(&x, 1, until_ns, STATE_TIME_NONE, INT64_MAX);
    bind_number(&x, 2, since_ns, STATE_TIME_NONE, INT64_MIN);
    bind_number(&x, 3, limit, 0, -1);
    return run(r, &x, one_config, &v);
}

struct block_visit {
    int (*visit)(void *context, const struct state_block *b);
    void *context;
    bool without_bytes;
};

static int one_block(void *context, sqlite3_stmt *s)
{
    const struct block_visit *v = context;
    struct state_block b;

    state_schema_get_block(s, &b);
    if (v->without_bytes) {
        b.bytes = NULL; /* the column was its length */
        b.n = (size_t)sqlite3_column_int64(s, 5);
    } else if (!b.bytes && b.n > 0) {
        return -ENOMEM;
    }
    return v->visit(v->context, &b);
}

int state_reader_blocks(struct state_reader *r, const struct state_block_range *range,
    int (*visit)(void *context, const struct state_block *b), void *context)
{
    struct block_visit v = {visit, context, range->without_bytes};
    struct question x;

    begin(&x, STATE_BLOCK, "recording");
    if (range->without_bytes)
        x.n = (size_t)snprintf(
            x.sql, sizeof(x.sql), "SELECT sequence,kind,from_ns,to_ns,samples,size FROM recording WHERE 1");
    add(&x, " AND sequence>=?1 AND from_ns<=?2 AND to_ns>=?3 ORDER BY sequence LIMIT ?4");
    x.code = ask(r, x.sql, &x.s);
    bind_number(&x, 1, (int64_t)range->from_sequence, -1, 0);
    bind_number(&x, 2, range->until_ns, STATE_TIME_NONE, INT64_MAX);
    bind_number(&x, 3, range->since_ns, STATE_TIME_NONE, INT64_MIN);
    bind_number(&x, 4, range->limit, 0, -1);
    return run(r, &x, one_block, &v);
}

static int take_sequence(void *context, sqlite3_stmt *s)
{
    *(uint64_t *)context = (uint64_t)sqlite3_column_int64(s, 0);
    return 1;
}

static int find_sequence(struct state_reader *r, const char *sql, int32_t kind, int64_t t_ns, uint64_t *ret)
{
    struct question x = {.code = SQLITE_OK};

    x.code = ask(r, sql, &x.s);
    bind_number(&x, 1, kind, -1, 0);
    bind_number(&x, 2, t_ns, STATE_TIME_NONE, INT64_MIN);
    return run(r, &x, take_sequence, ret);
}

int state_reader_find_block(struct state_reader *r, int32_t kind, int64_t t_ns, uint64_t *ret_sequence)
{
    int result = find_sequence(r,
        "SELECT sequence FROM recording WHERE kind=?1 AND from_ns<=?2 ORDER BY sequence DESC LIMIT 1", kind,
        t_ns, ret_sequence);
    if (result == 0)
        result = find_sequence(r,
            "SELECT sequence FROM recording WHERE kind=?1 AND ?2=?2 ORDER BY sequence LIMIT 1", kind, 0,
            ret_sequence);
    return result == 1 ? 0 : result == 0 ? -ENOENT : result;
}
