/* SPDX-License-Identifier: MIT
 * The last blocks of a recording in memory: where a sentinel that may write nothing keeps what it has seen.
 * One thread puts, another one looks. */
#ifndef COHERENCE_CLI_SHORT_MEMORY_H
#define COHERENCE_CLI_SHORT_MEMORY_H

#include "state/recording.h"
#include "state/state_rows.h"

struct short_memory;

/* room: bytes of blocks, of which a page is used only when something stands in it. NULL: out of memory. */
struct short_memory *short_memory_new(size_t room);
void short_memory_free(struct short_memory *m); /* NULL allowed */

/* Copies a block; the oldest go. Never blocks for longer than a look takes. Returns 0, or -EFBIG: it takes
 * more than half of the room. */
int short_memory_put(struct short_memory *m, const struct recording_block *block);

/* The number of the last KEY that begins at or before t_ns, or of the first one when there is none. Returns 0
 * or -ENOENT. */
int short_memory_find_key(struct short_memory *m, int64_t t_ns, uint64_t *ret_sequence);

/* Calls visit for each block from that number on, oldest first; a row is borrowed for the call, in which m
 * must not be called; not 0 stops and is returned. */
int short_memory_blocks(struct short_memory *m, uint64_t from_sequence,
    int (*visit)(void *context, const struct state_block *b), void *context);

#endif
