/* SPDX-License-Identifier: MIT
 * The thread that owns the state file while a sentinel runs. What is put is copied into a bounded queue and
 * the caller goes on: no call waits for a disk, or for the thread while it works. When writing fails, the
 * thread closes the file, waits (a second, then longer, up to a minute) and tries again; what was said
 * meanwhile stays in memory as far as it fits, and is written then. */
#ifndef COHERENCE_STATE_WRITER_H
#define COHERENCE_STATE_WRITER_H

#include "state/state_file.h"

#define STATE_QUEUE_BYTES (4U << 20)  /* of rows: some thousand incidents and findings */
#define STATE_QUEUE_BLOCK (32U << 20) /* of recorded blocks: two of the largest */

struct state_writer_settings {
    int dir_fd; /* borrowed; its lock is held */
    char label[STATE_LABEL_MAX];
    struct state_limits limits;
    int64_t retry_ns; /* the first wait after a failure; 0: a second */
};

struct state_writer;

/* Makes the queue; what is put waits. Returns 0 or -ENOMEM. */
int state_writer_new(struct state_writer **ret, const struct state_writer_settings *settings);

/* Starts the thread. file: opened already, or NULL: the thread tries to open it; taken over in any case.
 * Returns 0; -EAGAIN: no thread can be had (close w then). */
int state_writer_start(struct state_writer *w, struct state_file *file);

/* Ends the thread when all that waits has been written, or after wait_ms; then closes the file. Returns the
 * number of rows that were not written. A thread that hangs in the disk longer than that is left to the end
 * of the process. NULL allowed. */
uint64_t state_writer_close(struct state_writer *w, int wait_ms);

/* Put one row. Return 0; -ENOSPC: the queue is full: dropped and counted; -EINVAL: a text or block over its
 * limit; -ENOMEM (blocks). Any thread. Cost: copying, and a look at each row that waits. */
int state_writer_put_run(struct state_writer *w, const struct state_run *r);
int state_writer_put_config(struct state_writer *w, const struct state_config *c);
int state_writer_put_incident(struct state_writer *w, const struct state_incident *i);
int state_writer_put_finding(struct state_writer *w, const struct state_finding *f);
int state_writer_put_block(struct state_writer *w, const struct state_block *b); /* sequence 0 */

/* Other limits from the next time on that they are kept. */
void state_writer_set_limits(struct state_writer *w, const struct state_limits *limits);

/* It is now_ns (engine time): limits by age are kept once a minute of it. */
void state_writer_tick(struct state_writer *w, int64_t now_ns);

struct state_writer_status {
    int degraded;                /* 0: what is put gets written; else the -errno why it does not */
    char reason[ERROR_TEXT_MAX]; /* of degraded, in words */
    char note[ERROR_TEXT_MAX]; /* the last thing that happened to the file: "it is damaged; set aside as ..."
                                */
    uint64_t notes;            /* how many there were */
    uint64_t waiting;          /* rows in memory */
    uint64_t dropped;          /* rows that found the queue full */
    uint64_t refused;          /* rows that the file would not take: a bug, or a hostile name */
    uint64_t commits;          /* transactions that are on the disk */
};

/* Copies; waits for nobody but a short copy. */
void state_writer_status(struct state_writer *w, struct state_writer_status *ret);

#endif
