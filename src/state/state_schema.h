/* SPDX-License-Identifier: MIT
 * The tables of the state file, and how rows get into them and out. Internal to the state room: the schema is
 * no interface (docs/history.md). */
#ifndef COHERENCE_STATE_SCHEMA_H
#define COHERENCE_STATE_SCHEMA_H

#include <sqlite3.h>

#include "state/state_rows.h"

/* What makes a new database, in one go. */
extern const char state_schema_sql[];

enum state_table { STATE_RUN, STATE_CONFIG, STATE_INCIDENT, STATE_FINDING, STATE_BLOCK, STATE_TABLES };

/* INSERT ... ON CONFLICT of each table, and the columns in the order in which the read functions want them.
 */
extern const char *const state_schema_put[STATE_TABLES];
extern const char *const state_schema_columns[STATE_TABLES];

/* Bind one row to its statement of state_schema_put. Return 0 or -EINVAL (a text or block over its limit). */
int state_schema_bind_run(sqlite3_stmt *s, const struct state_run *r);
int state_schema_bind_config(sqlite3_stmt *s, const struct state_config *c);
int state_schema_bind_incident(sqlite3_stmt *s, const struct state_incident *i);
int state_schema_bind_finding(sqlite3_stmt *s, const struct state_finding *f);
int state_schema_bind_block(sqlite3_stmt *s, const struct state_block *b);

/* Take the present row, whose first columns are those of state_schema_columns. Texts point into it. */
void state_schema_get_run(sqlite3_stmt *s, struct state_run *ret);
void state_schema_get_config(sqlite3_stmt *s, struct state_config *ret);
void state_schema_get_incident(sqlite3_stmt *s, struct state_incident *ret);
void state_schema_get_finding(sqlite3_stmt *s, struct state_finding *ret);
void state_schema_get_block(sqlite3_stmt *s, struct state_block *ret);

/* -errno of an SQLite result, told_errno: what the file system said last (0: nothing). */
int state_schema_errno(int code, int told_errno);

#define STATE_SCHEMA_HEAD 100 /* bytes at the front of a file that state_schema_look wants */

/* What the head of a file says. Returns 0 (ours); -EBADMSG: no database; -EEXIST: another program's; -EPROTO:
 * of another version, *ret_version. */
int state_schema_look(const unsigned char *head, size_t n, unsigned *ret_version);

/* Compares the tables with those of a new database. 0, -EBADMSG (others), or -errno. */
int state_schema_compare(sqlite3 *db);

/* For any connection to a file that is not believed: settings, limits, and the exclusive mode that
 * state_vfs.h needs. Returns an SQLite result. */
int state_schema_harden(sqlite3 *db);

#endif
