/* SPDX-License-Identifier: MIT
 * The state file: one SQLite database in the state directory with the history (incidents, findings, starts
 * and stops, configurations) and the flight recorder's blocks, and the one connection that writes it. Used
 * from one thread at a time; each call may block as long as the disk does. Who must not wait puts into a
 * state_writer, who only reads opens a state_reader. */
#ifndef COHERENCE_STATE_FILE_H
#define COHERENCE_STATE_FILE_H

#include <stdbool.h>

#include "base/error.h"
#include "state/state_rows.h"

#define STATE_FILE_NAME           "coherence.db"
#define STATE_FILE_VERSION        1          /* PRAGMA user_version */
#define STATE_FILE_APPLICATION_ID 0x436f6865 /* PRAGMA application_id: "Cohe" */
#define STATE_LABEL_MAX           256        /* bytes of a label, NUL included */
#define STATE_ASIDE_MAX           3          /* files kept of each kind that were set aside */

struct state_file;

/* What is kept at most; the oldest goes first, and never what is open. 0: no bound. */
struct state_limits {
    int64_t keep_ns; /* incidents and findings that closed, runs and configurations that ended, before */
    uint64_t history_bytes; /* of rows of the history */
    int64_t recording_keep_ns;
    uint64_t recording_bytes; /* of blocks */
};

/* Opens the database of the directory dir_fd (borrowed; this process holds its lock, state_dir.h), or makes
 * one, mode 0600, whole under another name first. label: whose it is; "" = anybody's. A file that is damaged,
 * newer than this program, or of another label is set aside under another name (STATE_FILE_NAME ".damaged-1",
 * ".foreign-1" and on) and a new one is made: said in note. A file that is no state file at all (another
 * program's database) is left as it is: -EEXIST.
 * note: 512 bytes, "" when there is nothing to say. Returns 0; -EEXIST; -EBUSY: another program has the
 * database open; -ENOSPC, -EROFS, -EIO, -ENOENT (the directory was removed) or another -errno of the disk;
 * -ENOMEM. e says it. Cost: a look at every page, cut off after two seconds. */
int state_file_open(
    struct state_file **ret, int dir_fd, const char *label, char note[ERROR_TEXT_MAX], struct error *e);

/* For a database that is found damaged again and again while it is used, though it looked well when it was
 * opened: renames it as state_file_open does. Not while it is open. Returns 0 or -errno. */
int state_file_condemn(int dir_fd, char name[64]);

/* Checkpoints (as far as readers let it) and closes. NULL allowed. */
void state_file_close(struct state_file *f);

/* Everything between is one transaction; after commit has returned 0 it survives the machine's crash. After
 * an error of any of these the transaction is undone as a whole, and the file is `spent`: close it and open
 * it again before the next one (SQLite: a sync that failed is not tried again on the same pages).
 * -EBADMSG: the database is found damaged; -ENOSPC; -EIO; -ENOMEM. */
int state_file_begin(struct state_file *f);
int state_file_commit(struct state_file *f);
void state_file_rollback(struct state_file *f);

/* Within a transaction. A row that is there already (same id; same start; same sequence) is replaced, unless
 * what is there was said later. -EINVAL: a text or block over its limit, or an empty id: nothing done, not
 * spent. */
int state_file_put_run(struct state_file *f, const struct state_run *r);
int state_file_put_config(struct state_file *f, const struct state_config *c);
int state_file_put_incident(struct state_file *f, const struct state_incident *i);
int state_file_put_finding(struct state_file *f, const struct state_finding *x);
int state_file_put_block(struct state_file *f, const struct state_block *b);

/* Drops what is over the limits at now_ns, at most `most` rows of each table, and gives free pages back.
 * Within a transaction. Returns 1 when more is over the limits, 0 when not, or an error. */
int state_file_prune(struct state_file *f, const struct state_limits *l, int64_t now_ns, uint32_t most);

/* Moves the write-ahead log into the database, not in a transaction. -EBUSY: a reader is looking: try again
 * later. Anything else: the file is spent. */
int state_file_checkpoint(struct state_file *f);
uint64_t state_file_log_bytes(const struct state_file *f); /* its length now */

/* Is the file still the one with its name? False after somebody removed or replaced it, or its directory. */
bool state_file_is_there(const struct state_file *f);

struct state_totals {
    uint64_t history_bytes, recording_bytes; /* as the limits count them */
    uint64_t next_sequence;                  /* of the next block */
};
struct state_totals state_file_totals(const struct state_file *f);

/* What the last run left: rows that no one has closed, in order of start. visit: its rows are borrowed; not 0
 * stops and is returned. Not in a transaction. Return 0 or -errno. */
int state_file_open_incidents(
    struct state_file *f, int (*visit)(void *context, const struct state_incident *i), void *context);
int state_file_open_findings(
    struct state_file *f, int (*visit)(void *context, const struct state_finding *x), void *context);

/* The last word on an id: whether it was its end, and when; STATE_TIME_NONE: it was never heard of. Returns 0
 * or -errno. */
int state_file_said(
    struct state_file *f, bool finding, const char *id, bool *ret_closed, int64_t *ret_said_ns);

/* The last run that did not say how it ended, begun before before_ns; its texts are absent. The hash of the
 * last configuration, "" when there is none. Return 0 or -errno. */
int state_file_unclean_run(struct state_file *f, int64_t before_ns, bool *ret_there, struct state_run *ret);
int state_file_last_config(struct state_file *f, char hash[17]);

#endif
