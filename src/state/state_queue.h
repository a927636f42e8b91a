/* SPDX-License-Identifier: MIT
 * Rows on their way to the state file: a bounded queue of copies. Of several words on one id only the last is
 * kept, so that what cannot be written for an hour still fits. No lock, no thread, no clock: state_writer.c
 * has those. Internal to the state room. */
#ifndef COHERENCE_STATE_QUEUE_H
#define COHERENCE_STATE_QUEUE_H

#include <stdbool.h>

#include "state/state_rows.h"

enum state_row_kind { ROW_RUN, ROW_CONFIG, ROW_INCIDENT, ROW_FINDING, ROW_BLOCK };

struct state_row {
    enum state_row_kind kind;
    union {
        struct state_run run;
        struct state_config config;
        struct state_incident incident;
        struct state_finding finding;
        struct state_block block;
    };
};

struct state_queue {
    uint8_t *bytes; /* entries one after the other; blocks are copies of their own */
    size_t used, size;
    size_t block_bytes, block_max;
    uint32_t count; /* rows waiting */
};

/* size: bytes for rows but the blocks, of which block_max bytes are kept. Allocates both bounds' bookkeeping
 * at once. Returns 0 or -ENOMEM. */
int state_queue_init(struct state_queue *q, size_t size, size_t block_max);
void state_queue_free(struct state_queue *q);

/* Takes a copy. Returns 0; -ENOSPC: full, not taken; -EINVAL: a text or block over its limit; -ENOMEM: a
 * block that could not be copied. Cost O(rows waiting) to find an earlier word on the same id. */
int state_queue_put(struct state_queue *q, const struct state_row *row);

/* Moves rows, the oldest first, into `to` (initialised, empty), as many as fit there; blocks change owner. */
void state_queue_move(struct state_queue *q, struct state_queue *to);

/* Goes through what waits, oldest first: *at begins with 0. False at the end. Texts point into the queue. */
bool state_queue_next(const struct state_queue *q, size_t *at, struct state_row *ret);
void state_queue_clear(struct state_queue *q);

#endif
