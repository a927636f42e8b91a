/* SPDX-License-Identifier: MIT
 * The words in which the state file is kept: its tables as SQL, its rows as bound values. When what is
 * written, and what becomes of errors, is state_file.c's matter; who reads what, state_reader.c's. */
#include "state/state_schema.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "state/state_file.h"

#define DIGEST_MAX 8192 /* bytes of our tables as SQLite writes them down, some 2 KiB */

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

/* `size` is what the limits count: the row's bytes with its part of the indices. It stands in an index of
 * each table, so that adding it up reads no row. */
const char state_schema_sql[] =
    "PRAGMA journal_mode=MEMORY;" /* first: the next but one writes already */
    "PRAGMA page_size=4096;"
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA synchronous=FULL;"
    "BEGIN;"
    "PRAGMA application_id=" STRING(
        STATE_FILE_APPLICATION_ID) ";"
                                   "PRAGMA user_version=" STRING(
                                       STATE_FILE_VERSION) ";"
                                                           "CREATE TABLE meta(name TEXT PRIMARY KEY, value "
                                                           "ANY) STRICT, WITHOUT ROWID;"
                                                           "CREATE TABLE run(start_ns INTEGER PRIMARY KEY, "
                                                           "seen_ns INTEGER NOT NULL, stop_ns INTEGER,"
                                                           " version TEXT NOT NULL, end TEXT) STRICT;"
                                                           "CREATE TABLE config(t_ns INTEGER PRIMARY KEY, "
                                                           "hash TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
                                                           "CREATE TABLE incident(id TEXT PRIMARY KEY, host "
                                                           "TEXT NOT NULL, kind TEXT NOT NULL,"
                                                           " severity TEXT NOT NULL, state TEXT NOT NULL, "
                                                           "laws TEXT NOT NULL, narrative TEXT NOT NULL, "
                                                           "veto TEXT,"
                                                           " start_ns INTEGER NOT NULL, end_ns INTEGER NOT "
                                                           "NULL, said_ns INTEGER NOT NULL, risk REAL,"
                                                           " json TEXT NOT NULL, size INTEGER NOT NULL) "
                                                           "STRICT;"
                                                           "CREATE INDEX incident_start ON "
                                                           "incident(start_ns, id, state, end_ns, size);"
                                                           "CREATE INDEX incident_open ON incident(start_ns) "
                                                           "WHERE state IN ('open','update');"
                                                           "CREATE TABLE finding(id TEXT PRIMARY KEY, "
                                                           "incident TEXT, host TEXT NOT NULL, entity TEXT "
                                                           "NOT NULL,"
                                                           " law TEXT NOT NULL, cause TEXT NOT NULL, state "
                                                           "TEXT NOT NULL, onset_ns INTEGER NOT NULL,"
                                                           " said_ns INTEGER NOT NULL, json TEXT NOT NULL, "
                                                           "size INTEGER NOT NULL) STRICT;"
                                                           "CREATE INDEX finding_incident ON "
                                                           "finding(incident, onset_ns);"
                                                           "CREATE INDEX finding_said ON finding(said_ns, "
                                                           "state, size);"
                                                           "CREATE INDEX finding_open ON finding(onset_ns) "
                                                           "WHERE state='open';"
                                                           "CREATE TABLE recording(sequence INTEGER PRIMARY "
                                                           "KEY, kind INTEGER NOT NULL, from_ns INTEGER NOT "
                                                           "NULL,"
                                                           " to_ns INTEGER NOT NULL, samples INTEGER NOT "
                                                           "NULL, size INTEGER NOT NULL, bytes BLOB NOT "
                                                           "NULL) STRICT;"
                                                           "CREATE INDEX recording_time ON recording(to_ns, "
                                                           "from_ns, kind, size);"
                                                           "COMMIT;";

#define SIZE_OF_ROW                                                                                          \
    "256" /* columns beside the texts, keys in indices: heuristic, 2026-11-22, dbstat of a file */

const char *const state_schema_put[STATE_TABLES] = {
    [STATE_RUN] = "INSERT INTO run(start_ns,seen_ns,stop_ns,version,end) VALUES(?1,?2,?3,?4,?5)"
                  " ON CONFLICT DO UPDATE SET seen_ns=max(seen_ns,excluded.seen_ns),"
                  " stop_ns=excluded.stop_ns, end=excluded.end",
    [STATE_CONFIG] = "INSERT INTO config(t_ns,hash,text) VALUES(?1,?2,?3)"
                     " ON CONFLICT DO UPDATE SET hash=excluded.hash, text=excluded.text",
    [STATE_INCIDENT] =
        "INSERT INTO incident(id,host,kind,severity,state,laws,narrative,veto,start_ns,end_ns,said_ns,risk,"
        "json,size) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13," SIZE_OF_ROW
        "+length(?7)+length(?13)) ON CONFLICT DO UPDATE SET kind=excluded.kind, severity=excluded.severity,"
        " state=excluded.state, laws=excluded.laws, narrative=excluded.narrative, veto=excluded.veto,"
        " start_ns=excluded.start_ns, end_ns=excluded.end_ns, said_ns=excluded.said_ns, risk=excluded.risk,"
        " json=excluded.json, size=excluded.size WHERE excluded.said_ns>=said_ns",
    [STATE_FINDING] =
        "INSERT INTO finding(id,incident,host,entity,law,cause,state,onset_ns,said_ns,json,size)"
        " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10," SIZE_OF_ROW "+length(?10))"
        " ON CONFLICT DO UPDATE SET incident=coalesce(excluded.incident,incident), cause=excluded.cause,"
        " state=excluded.state, said_ns=excluded.said_ns, json=excluded.json, size=excluded.size"
        " WHERE excluded.said_ns>=said_ns",
    [STATE_BLOCK] = "INSERT INTO recording(sequence,kind,from_ns,to_ns,samples,size,bytes)"
                    " VALUES(?1,?2,?3,?4,?5,length(?6),?6) ON CONFLICT DO UPDATE SET kind=excluded.kind,"
                    " from_ns=excluded.from_ns, to_ns=excluded.to_ns, samples=excluded.samples,"
                    " size=excluded.size, bytes=excluded.bytes",
};

const char *const state_schema_columns[STATE_TABLES] = {
    [STATE_RUN] = "start_ns,seen_ns,stop_ns,version,end",
    [STATE_CONFIG] = "t_ns,hash,text",
    [STATE_INCIDENT] = "id,host,kind,severity,state,laws,narrative,veto,start_ns,end_ns,said_ns,risk,json",
    [STATE_FINDING] = "id,incident,host,entity,law,cause,state,onset_ns,said_ns,json",
    [STATE_BLOCK] = "sequence,kind,from_ns,to_ns,samples,bytes",
};

/* The columns of a row in turn; the first that does not fit stays in `bad`. */
struct binder {
    sqlite3_stmt *s;
    int column;
    bool bad;
};

static void bind_text(struct binder *b, const struct state_text *t)
{
    b->column++;
    if (t->n > STATE_TEXT_MAX)
        b->bad = true;
    else if (t->at)
        b->bad |= sqlite3_bind_text(b->s, b->column, t->at, (int)t->n, SQLITE_STATIC) != SQLITE_OK;
    else
        b->bad |= sqlite3_bind_null(b->s, b->column) != SQLITE_OK;
}

/* An id must be there. */
static void bind_id(struct binder *b, const struct state_text *t)
{
    b->bad |= !t->at || t->n == 0;
    bind_text(b, t);
}

static void bind_time(struct binder *b, int64_t t_ns)
{
    b->column++;
    b->bad |= (t_ns == STATE_TIME_NONE ? sqlite3_bind_null(b->s, b->column)
                                       : sqlite3_bind_int64(b->s, b->column, t_ns)) != SQLITE_OK;
}

static int bound(const struct binder *b)
{
    return b->bad ? -EINVAL : 0;
}

int state_schema_bind_run(sqlite3_stmt *s, const struct state_run *r)
{
    struct binder b = {.s = s};

    bind_time(&b, r->start_ns);
    bind_time(&b, r->seen_ns);
    bind_time(&b, r->stop_ns);
    bind_text(&b, &r->version);
    bind_text(&b, &r->end);
    return bound(&b);
}

int state_schema_bind_config(sqlite3_stmt *s, const struct state_config *c)
{
    struct binder b = {.s = s};

    bind_time(&b, c->t_ns);
    bind_text(&b, &c->hash);
    bind_text(&b, &c->text);
    return bound(&b);
}

int state_schema_bind_incident(sqlite3_stmt *s, const struct state_incident *i)
{
    struct binder b = {.s = s};

    bind_id(&b, &i->id);
    bind_text(&b, &i->host);
    bind_text(&b, &i->kind);
    bind_text(&b, &i->severity);
    bind_text(&b, &i->state);
    bind_text(&b, &i->laws);
    bind_text(&b, &i->narrative);
    bind_text(&b, &i->veto);
    bind_time(&b, i->start_ns);
    bind_time(&b, i->end_ns);
    bind_time(&b, i->said_ns);
    b.bad |= sqlite3_bind_double(s, ++b.column, i->risk) != SQLITE_OK; /* NaN becomes NULL */
    bind_text(&b, &i->json);
    return bound(&b);
}

int state_schema_bind_finding(sqlite3_stmt *s, const struct state_finding *f)
{
    struct binder b = {.s = s};

    bind_id(&b, &f->id);
    bind_text(&b, &f->incident);
    bind_text(&b, &f->host);
    bind_text(&b, &f->entity);
    bind_text(&b, &f->law);
    bind_text(&b, &f->cause);
    bind_text(&b, &f->state);
    bind_time(&b, f->onset_ns);
    bind_time(&b, f->said_ns);
    bind_text(&b, &f->json);
    return bound(&b);
}

int state_schema_bind_block(sqlite3_stmt *s, const struct state_block *k)
{
    struct binder b = {.s = s};

    if (k->n > STATE_BLOCK_MAX || !k->bytes || k->sequence > INT64_MAX)
        return -EINVAL;
    bind_time(&b, (int64_t)k->sequence);
    bind_time(&b, k->kind);
    bind_time(&b, k->from_ns);
    bind_time(&b, k->to_ns);
    bind_time(&b, k->samples);
    b.bad |= sqlite3_bind_blob(s, ++b.column, k->bytes, (int)k->n, SQLITE_STATIC) != SQLITE_OK;
    return bound(&b);
}

/* Length after the bytes: sqlite3_column_bytes() tells of the conversion that came before it. */
static struct state_text get_text(sqlite3_stmt *s, int column)
{
    struct state_text t = {.at = (const char *)sqlite3_column_text(s, column)};
    t.n = t.at ? (size_t)sqlite3_column_bytes(s, column) : 0;
    return t;
}

static int64_t get_time(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? STATE_TIME_NONE : sqlite3_column_int64(s, column);
}

void state_schema_get_run(sqlite3_stmt *s, struct state_run *ret)
{
    *ret = (struct state_run){.start_ns = get_time(s, 0),
        .seen_ns = get_time(s, 1),
        .stop_ns = get_time(s, 2),
        .version = get_text(s, 3),
        .end = get_text(s, 4)};
}

void state_schema_get_config(sqlite3_stmt *s, struct state_config *ret)
{
    *ret = (struct state_config){.t_ns = get_time(s, 0), .hash = get_text(s, 1), .text = get_text(s, 2)};
}

void state_schema_get_incident(sqlite3_stmt *s, struct state_incident *ret)
{
    *ret = (struct state_incident){.id = get_text(s, 0),
        .host = get_text(s, 1),
        .kind = get_text(s, 2),
        .severity = get_text(s, 3),
        .state = get_text(s, 4),
        .laws = get_text(s, 5),
        .narrative = get_text(s, 6),
        .veto = get_text(s, 7),
        .start_ns = get_time(s, 8),
        .end_ns = get_time(s, 9),
        .said_ns = get_time(s, 10),
        .risk = sqlite3_column_type(s, 11) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(s, 11),
        .json = get_text(s, 12)};
}

void state_schema_get_finding(sqlite3_stmt *s, struct state_finding *ret)
{
    *ret = (struct state_finding){.id = get_text(s, 0),
        .incident = get_text(s, 1),
        .host = get_text(s, 2),
        .entity = get_text(s, 3),
        .law = get_text(s, 4),
        .cause = get_text(s, 5),
        .state = get_text(s, 6),
        .onset_ns = get_time(s, 7),
        .said_ns = get_time(s, 8),
        .json = get_text(s, 9)};
}

void state_schema_get_block(sqlite3_stmt *s, struct state_block *ret)
{
    *ret = (struct state_block){.sequence = (uint64_t)sqlite3_column_int64(s, 0),
        .kind = sqlite3_column_int(s, 1),
        .from_ns = get_time(s, 2),
        .to_ns = get_time(s, 3),
        .samples = (uint32_t)sqlite3_column_int64(s, 4),
        .bytes = sqlite3_column_blob(s, 5)};
    ret->n = ret->bytes ? (size_t)sqlite3_column_bytes(s, 5) : 0;
}

int state_schema_errno(int code, int told_errno)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_SCHEMA:
    case SQLITE_CONSTRAINT: /* our own rows keep them: what is there does not */
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:
        return -EBADMSG;
    case SQLITE_TOOBIG:
        return -EFBIG;
    default:
        return told_errno ? -told_errno : -EIO;
    }
}

int state_schema_look(const unsigned char *head, size_t n, unsigned *ret_version)
{
    /* Source: "Database File Format", section 1.3. */
    static const char magic[16] = "SQLite format 3";

    if (n < STATE_SCHEMA_HEAD || memcmp(head, magic, sizeof(magic)) != 0)
        return -EBADMSG;
    unsigned version = 0, id = 0;
    for (unsigned i = 0; i < 4; i++) {
        version = version << 8 | head[60 + i];
        id = id << 8 | head[68 + i];
    }
    if (id != STATE_FILE_APPLICATION_ID)
        return -EEXIST;
    *ret_version = version;
    return version == STATE_FILE_VERSION ? 0 : -EPROTO;
}

static int digest(sqlite3 *db, sqlite3_stmt **ret)
{
    int r = sqlite3_prepare_v2(db,
        "SELECT coalesce(group_concat(type||' '||name||' '||coalesce(sql,''),char(10)),'') FROM"
        " (SELECT type,name,sql FROM sqlite_schema ORDER BY type,name)",
        -1, ret, NULL);
    return r == SQLITE_OK ? sqlite3_step(*ret) : r;
}

/* What SQLite makes of our tables, worked out in memory with the first file of a process. */
static int work_out_own(char *own, size_t size)
{
    sqlite3 *fresh = NULL;
    sqlite3_stmt *s = NULL;
    int r = sqlite3_open_v2(":memory:", &fresh, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

    if (r == SQLITE_OK)
        r = sqlite3_exec(fresh, state_schema_sql, NULL, NULL, NULL);
    if (r == SQLITE_OK)
        r = digest(fresh, &s);
    if (r == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        const size_t n = text ? strlen(text) : 0;
        assert(n < size);
        if (n)
            memcpy(own, text, n + 1);
        r = n ? SQLITE_OK : SQLITE_NOMEM;
    }
    (void)sqlite3_finalize(s);
    (void)sqlite3_close(fresh);
    return r;
}

static int compare_with(sqlite3 *db, const char *own)
{
    sqlite3_stmt *s = NULL;
    int r = digest(db, &s);

    if (r == SQLITE_ROW) {
        const char *theirs = (const char *)sqlite3_column_text(s, 0);
        r = !theirs ? SQLITE_NOMEM : strcmp(own, theirs) == 0 ? SQLITE_OK : SQLITE_CORRUPT;
    }
    (void)sqlite3_finalize(s);
    return r;
}

int state_schema_compare(sqlite3 *db)
{
    static char own[DIGEST_MAX]; /* "": not yet */
    static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&guard);
    int r = own[0] ? SQLITE_OK : work_out_own(own, sizeof(own));
    pthread_mutex_unlock(&guard);
    return state_schema_errno(r == SQLITE_OK ? compare_with(db, own) : r, 0);
}

int state_schema_harden(sqlite3 *db)
{
    static const struct {
        int limit, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, (int)STATE_BLOCK_MAX + 65536},
        {SQLITE_LIMIT_SQL_LENGTH, 65536},
        {SQLITE_LIMIT_COLUMN, 64},
        {SQLITE_LIMIT_EXPR_DEPTH, 64},
        {SQLITE_LIMIT_COMPOUND_SELECT, 4},
        {SQLITE_LIMIT_VDBE_OP, 25000},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        (void)sqlite3_limit(db, limits[i].limit, limits[i].value);
    (void)sqlite3_extended_result_codes(db, 1);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return sqlite3_exec(db,
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
        " PRAGMA mmap_size=0; PRAGMA cache_size=-1024; PRAGMA secure_delete=OFF;",
        NULL, NULL, NULL);
}
