/* SPDX-License-Identifier: MIT
 * Blocks of a recording back to frames, ticks and ends of lives. Bytes are not believed: what is no block, is
 * damaged, or does not add up is refused as a whole, before any of it has been fed. Memory is bounded by
 * the limits in state/recording.h. */
#ifndef COHERENCE_STATE_RECORDING_READER_H
#define COHERENCE_STATE_RECORDING_READER_H

#include "core/feed.h"
#include "state/recording.h"

struct recording_reader;

struct recording_read {
    uint64_t keys, blocks;                 /* read well: KEY blocks; DATA blocks */
    uint64_t samples, frames, ticks, gone; /* fed */
    uint64_t damaged;                      /* blocks refused */
    uint64_t missing;  /* blocks that were not there, told from the numbers of those around them */
    uint64_t nameless; /* samples not fed, because the names of their series were in a block that is lost */
    uint64_t refused;  /* samples not fed, because the catalog had no room for their series */
};

struct recording_reader *recording_reader_new(void); /* NULL: out of memory */
void recording_reader_free(struct recording_reader *r);

/* Reads one whole block. feed->gone may be NULL.
 *
 * A KEY: returns RECORDING_KEY with *ret_key, borrowed until the next call; feed is not used. Whoever starts
 * a replay there makes an engine of it; whoever comes from before goes on with the one he has: it knows the
 * same. From a KEY on the catalog may be another one, in between not.
 *
 * A DATA block: its records go to feed, in their order, with ids of feed->catalog (found by names, declared
 * as needed); returns RECORDING_DATA. feed NULL: the block is only checked.
 *
 * Errors, with recording_reader_error: -EBADMSG, damaged or hostile; -EPROTO, another version's; -ENOKEY,
 * DATA before the first KEY; -ENOMEM. Nothing of the block was fed. After -EBADMSG the next block may be
 * read: what depends on the names of the lost one is passed over and counted, up to the next KEY or the next
 * block that declares all names. Or what the feed answered, without an error in words; the rest of the block
 * is not fed. */
int recording_reader_block(struct recording_reader *r, const uint8_t *bytes, size_t n,
    const struct feed *feed, struct recording_key *ret_key);

/* Of the last call; its code is 0 when it was the feed that answered. */
const struct error *recording_reader_error(const struct recording_reader *r);

/* Says that a block was lost on the way here (a torn file): counted as damaged. */
void recording_reader_lost(struct recording_reader *r);

struct recording_read recording_reader_totals(const struct recording_reader *r);

#endif
