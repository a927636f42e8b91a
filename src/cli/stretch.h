/* SPDX-License-Identifier: MIT
 * Recorded blocks one after the other from where they are kept, some of them at a time in memory: while they
 * are judged, which may take as long as somebody looks at a moment, nothing is held there. */
#ifndef COHERENCE_CLI_STRETCH_H
#define COHERENCE_CLI_STRETCH_H

#include "cli/short_memory.h"
#include "state/byte_buffer.h"

/* Where: in memory, or else in the state directory, whose descriptor it is. Borrowed. */
struct stretch_source {
    struct short_memory *memory; /* NULL: the directory */
    int dir_fd;
};

/* All zero but for the source: empty. */
struct stretch {
    struct stretch_source source;
    struct byte_buffer bytes; /* of the blocks that are here: a head, then the block, one after the other */
    size_t at;                /* of the next one that is here */
    uint64_t next;            /* number of the next one that is not */
};

/* The next block is the last KEY that begins at or before t_ns, or the first one when there is none. Returns
 * 0; -ENOENT: nothing is kept; -EBUSY, -EBADMSG, -ENOMEM, -errno of reading. */
int stretch_seek(struct stretch *s, int64_t t_ns);

/* The next block, borrowed until the next call. Returns 0; -ENOENT: there is none yet; as above. */
int stretch_next(struct stretch *s, struct state_block *ret);

void stretch_done(struct stretch *s);

#endif
