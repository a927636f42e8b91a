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

/* Reads one whole block.
 * A KEY: returns RECORDING_KEY with *ret_key, borrowed until the next call. feed may be NULL. Whoever starts
 * a replay there makes an engine of it; whoever comes from before goes on with the one he has: it knows the
 * same. A DATA block: its records go to feed, in their order, ids being those of feed->catalog (by names,
 * declared as needed); returns RECORDING_DATA. feed->gone may be NULL. feed NULL: the block is only checked.
 * The catalog may be another one after a KEY, not in between. Errors: -EBADMSG, damaged or hostile; -EPROTO,
 * another version's; -ENOKEY, DATA before the first KEY; -ENOMEM; e says it in words (not -ENOKEY's feed
 * answers). After -EBADMSG the next block may be read: what depends on the names of the lost one is passed
 * over and counted, up to the next KEY or the next block that declares all names. Or what the feed answered.
 */
int recording_reader_block(struct recording_reader *r, const uint8_t *bytes, size_t n,
    const struct feed *feed, struct recording_key *ret_key);

/* In words, after an error that was not the feed's. */
const struct error *recording_reader_error(const struct recording_reader *r);

/* Says that a block was lost on the way here (a torn file): counted as damaged. */
void recording_reader_lost(struct recording_reader *r);

struct recording_read recording_reader_totals(const struct recording_reader *r);

#endif
