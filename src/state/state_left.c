/* SPDX-License-Identifier: MIT
 * What the last sentinel left in the state file, for the next one: rows that nobody closed, the last word on
 * an id, a run that ended without saying so. */
#include "state/state_left.h"

#include <string.h>

#include "state/state_schema.h"

/* Rows that one look brings at most: more are open only in a file that is not believed. */
#define LEFT_MAX 100000

static int each(sqlite3 *db, const char *columns, const char *from, sqlite3_stmt **ret)
{
    char sql[256];

    (void)sqlite3_snprintf(sizeof(sql), sql, "SELECT %s FROM %s LIMIT %d", columns, from, LEFT_MAX);
    return sqlite3_prepare_v2(db, sql, -1, ret, NULL);
}

int state_left_incidents(
    sqlite3 *db, int (*visit)(void *context, const struct state_incident *i), void *context)
{
    sqlite3_stmt *s = NULL;
    struct state_incident i;
    int stop = 0;
    int r = each(db, state_schema_columns[STATE_INCIDENT],
        "incident WHERE state IN ('open','update') ORDER BY start_ns", &s);

    while (r == SQLITE_OK && !stop && sqlite3_step(s) == SQLITE_ROW) {
        state_schema_get_incident(s, &i);
        stop = visit(context, &i);
    }
    r = sqlite3_finalize(s);
    return stop ? stop : state_schema_errno(r, 0);
}

int state_left_findings(
    sqlite3 *db, int (*visit)(void *context, const struct state_finding *f), void *context)
{
    sqlite3_stmt *s = NULL;
    struct state_finding f;
    int stop = 0;
    int r = each(db, state_schema_columns[STATE_FINDING], "finding WHERE state='open' ORDER BY onset_ns", &s);

    while (r == SQLITE_OK && !stop && sqlite3_step(s) == SQLITE_ROW) {
        state_schema_get_finding(s, &f);
        stop = visit(context, &f);
    }
    r = sqlite3_finalize(s);
    return stop ? stop : state_schema_errno(r, 0);
}

int state_left_said(sqlite3 *db, bool finding, const char *id, bool *ret_closed, int64_t *ret_said_ns)
{
    const char *sql = finding ? "SELECT state,said_ns FROM finding WHERE id=?1"
                              : "SELECT state,said_ns FROM incident WHERE id=?1";
    sqlite3_stmt *s = NULL;
    int r = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

    *ret_closed = false;
    *ret_said_ns = STATE_TIME_NONE;
    if (r == SQLITE_OK)
        r = sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
    if (r == SQLITE_OK)
        r = sqlite3_step(s);
    if (r == SQLITE_ROW) {
        const char *state = (const char *)sqlite3_column_text(s, 0);
        *ret_closed = state && (strcmp(state, "close") == 0 || strcmp(state, "lost") == 0);
        *ret_said_ns = sqlite3_column_int64(s, 1);
    }
    (void)sqlite3_finalize(s);
    return state_schema_errno(r, 0);
}

int state_left_run(sqlite3 *db, int64_t before_ns, bool *ret_there, struct state_run *ret)
{
    sqlite3_stmt *s = NULL;
    int r = sqlite3_prepare_v2(db,
        "SELECT start_ns,seen_ns FROM run WHERE end IS NULL AND start_ns<?1 ORDER BY start_ns DESC LIMIT 1",
        -1, &s, NULL);

    *ret_there = false;
    if (r == SQLITE_OK)
        r = sqlite3_bind_int64(s, 1, before_ns);
    if (r == SQLITE_OK)
        r = sqlite3_step(s);
    if (r == SQLITE_ROW) {
        *ret_there = true;
        *ret = (struct state_run){.start_ns = sqlite3_column_int64(s, 0),
            .seen_ns = sqlite3_column_int64(s, 1),
            .stop_ns = STATE_TIME_NONE};
    }
    (void)sqlite3_finalize(s);
    return state_schema_errno(r, 0);
}

int state_left_config(sqlite3 *db, char hash[17])
{
    sqlite3_stmt *s = NULL;
    int r = sqlite3_prepare_v2(db, "SELECT hash FROM config ORDER BY t_ns DESC LIMIT 1", -1, &s, NULL);

    hash[0] = 0;
    if (r == SQLITE_OK)
        r = sqlite3_step(s);
    const char *text = r == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
    if (text && strlen(text) == 16)
        memcpy(hash, text, 17);
    (void)sqlite3_finalize(s);
    return state_schema_errno(r, 0);
}
