/* SPDX-License-Identifier: MIT
 * Reads the state file beside a running sentinel, in a directory that a killed one left, and where nothing
 * may be written. What it reads is not believed: every error of a damaged or hostile file is a -EBADMSG, in
 * bounded memory and time.
 *
 * Two steps around the seal: state_source_open opens the files by name, state_reader_new reads through the
 * descriptors. As long as a source is open the sentinel does not move its log into the database (the log
 * grows); so read, close, and then print. */
#ifndef COHERENCE_STATE_READER_H
#define COHERENCE_STATE_READER_H

#include <stdbool.h>

#include "base/error.h"
#include "state/state_rows.h"

struct state_source {
    int db_fd, wal_fd; /* -1: closed; no log */
};

/* Opens the state file in that directory for reading, and holds back the writer's checkpoints. Before the
 * seal; parses nothing. Returns 0; -ENOENT: no state file there (or no directory); -EACCES and other -errno;
 * -EBUSY: the sentinel has been writing its log back for more than five seconds. e says it. */
int state_source_open(struct state_source *s, const char *dir_path, struct error *e);
/* The same of a directory that is open, which a sealed process needs no name for. */
int state_source_open_at(struct state_source *s, int dir_fd, struct error *e);
void state_source_close(struct state_source *s);

struct state_reader;

/* A look at the file as it is now: what is committed later is not seen. source: borrowed until the reader is
 * freed. Needs no file to be opened. -EBADMSG: damaged, another program's, or of another version; -ENOMEM;
 * -errno of reading. e says it. */
int state_reader_new(struct state_reader **ret, const struct state_source *source, struct error *e);
void state_reader_free(struct state_reader *r); /* NULL allowed */

/* The host label with which the file was made; "" when there is none. Borrowed from r. */
const char *state_reader_label(const struct state_reader *r);

/* Which incidents. Texts may be NULL: any. */
struct state_question {
    int64_t since_ns, until_ns; /* those that overlap this time; STATE_TIME_NONE: no bound. An open one
                                   reaches to the end of time */
    const char *host, *kind, *law, *severity;
    bool open;         /* only those that are not closed */
    bool closed;       /* only those that are */
    bool oldest_first; /* else newest first, by their start */
    uint32_t limit;    /* 0: no limit */
};

/* Calls visit for each, in order of start, then id; a row is borrowed for the call; not 0 stops and is
 * returned (so positive numbers are the caller's). Else 0 or -errno (-EBADMSG, -EIO, -ENOMEM). Cost: an index
 * by start; rows before since_ns are passed over one by one. */
int state_reader_incidents(struct state_reader *r, const struct state_question *q,
    int (*visit)(void *context, const struct state_incident *i), void *context);

/* The incident whose id begins with these characters (hex, at least 1). visit is called for the first two
 * that match, so that a caller sees when it is ambiguous. */
int state_reader_incident(struct state_reader *r, const char *id_prefix,
    int (*visit)(void *context, const struct state_incident *i), void *context);

/* The findings of an incident by its id, or those (at most two) whose id begins with these characters; in
 * order of onset. */
int state_reader_findings(struct state_reader *r, const char *incident_id,
    int (*visit)(void *context, const struct state_finding *f), void *context);
int state_reader_finding(struct state_reader *r, const char *id_prefix,
    int (*visit)(void *context, const struct state_finding *f), void *context);

/* Starts and stops, configurations, newest first, of that time; limit 0: no limit. */
int state_reader_runs(struct state_reader *r, int64_t since_ns, int64_t until_ns, uint32_t limit,
    int (*visit)(void *context, const struct state_run *run), void *context);
int state_reader_configs(struct state_reader *r, int64_t since_ns, int64_t until_ns, uint32_t limit,
    int (*visit)(void *context, const struct state_config *c), void *context);

/* Blocks that overlap a time (STATE_TIME_NONE: no bound), by rising sequence, beginning at from_sequence at
 * the earliest. Memory: one block. */
struct state_block_range {
    int64_t since_ns, until_ns;
    uint64_t from_sequence;
    bool without_bytes; /* bytes stays NULL, n is what it would be: a list of contents */
    uint32_t limit;     /* 0: no limit */
};
int state_reader_blocks(struct state_reader *r, const struct state_block_range *range,
    int (*visit)(void *context, const struct state_block *b), void *context);

/* The sequence of the last block of that kind (enum recording_kind) that begins at or before t_ns, or of the
 * first of that kind when there is none: where reading for a range must begin. Returns 0; -ENOENT: there is
 * none of that kind; -errno. */
int state_reader_find_block(struct state_reader *r, int32_t kind, int64_t t_ns, uint64_t *ret_sequence);

#endif
