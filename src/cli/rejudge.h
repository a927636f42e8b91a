/* SPDX-License-Identifier: MIT
 * Recorded blocks through an engine of their own, in silence: what was known then is asked of its view, after
 * each tick. */
#ifndef COHERENCE_CLI_REJUDGE_H
#define COHERENCE_CLI_REJUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "core/view.h"
#include "state/recording_reader.h"

struct rejudge {
    /* Wanted: options for the engine, but for what the recording says of them; whether hosts are judged at
     * every tick, as for a screen; called after each tick with what the engine knows then, which is valid for
     * the call: not 0 stops. */
    struct config config;
    bool keeps_ticks;
    int (*ticked)(void *context, const struct view *v);
    void *context;
    /* What came of it. */
    int64_t from_ns, to_ns; /* first and last tick that were judged; INT64_MIN: none was */
    uint64_t damaged;       /* blocks that could not be read */
    bool cold;              /* the last snapshot could not be used: judged without what had been learned */
    /* Its own. */
    struct engine *engine; /* NULL: no KEY yet */
    struct recording_reader *reader;
    uint64_t next; /* number of the block that goes on */
    bool follows;
};

/* What is wanted has been filled in. Returns 0 or -ENOMEM. */
int rejudge_open(struct rejudge *j);

/* The next whole block. One that is damaged is counted, and what follows passed over up to the next KEY.
 * Returns 0, what `ticked` answered, or -ENOMEM. The rest of a block whose tick stopped is not judged. */
int rejudge_block(struct rejudge *j, const void *bytes, size_t n);

/* What the engine knows; NULL: there is none yet. Valid until the next block. */
const struct view *rejudge_view(const struct rejudge *j);

/* Frees the engine. After a failed open, and all zero: nothing happens. */
void rejudge_close(struct rejudge *j);

#endif
