/* SPDX-License-Identifier: MIT
 * Frames, ticks and ends of lives to blocks of a recording. Belongs between the sources and the engine: it is
 * told of each before the engine is, with the catalog that the engine has.
 *
 * Names. Before each record, whatever has come into the catalog since the one before is declared, entities
 * and then series, each in the order of the catalog, sampled or not: so a replay's catalog has the same names
 * in the same order at the same place. The first block after a KEY declares everything that lives. A snapshot
 * for a KEY is saved with heard_since INT64_MIN, for the same reason. */
#ifndef COHERENCE_STATE_RECORDING_WRITER_H
#define COHERENCE_STATE_RECORDING_WRITER_H

#include "core/feed.h"
#include "state/recording.h"

struct recording_settings {
    uint32_t
        max_samples;     /* of a block, 1 .. RECORDING_SAMPLES_MAX; 0: 65 536. Some 40 bytes of memory each */
    int64_t max_span_ns; /* a block ends with the first tick that is so much later than its beginning, so that
                            a crash costs no more; 0: a minute */
};

struct recording_writer;

/* put: called with each block that is done, borrowed for the call, in order; returns 0 or -errno. It may
 * block (a file) or copy and return (a queue); nothing is tried again. NULL: out of memory. */
struct recording_writer *recording_writer_new(const struct recording_settings *settings,
    int (*put)(void *context, const struct recording_block *block), void *context);
void recording_writer_free(struct recording_writer *w); /* what was not flushed is lost */

/* A block that is ready is put; then the key, in a block of its own, and a new stretch begins. First of all,
 * and wherever a replay shall be able to start: between a tick and the next record. Returns 0; -EFBIG:
 * config or snapshot over the limit; -ENOMEM; or what put answered. Cost: compressing the snapshot, 5 ms a
 * MiB. */
int recording_writer_key(struct recording_writer *w, const struct recording_key *key);

/* One record each. Series and entities must live in the catalog (a sample whose series does not is left out
 * and counted). Return 0 or -ENOMEM, or what put answered to a block that was full: that block is lost, and
 * counted; the record is kept, and the next block declares all names anew. No allocation unless the catalog
 * has grown. Cost some 5 ns a sample, and 35 ns for each of its samples when a block ends
 * (2 ms for a minute of 1 000 samples a second). */
int recording_writer_frame(struct recording_writer *w, const struct catalog *c, int64_t t_ns,
    const struct sample *samples, size_t n);
int recording_writer_tick(struct recording_writer *w, const struct catalog *c, int64_t now_ns);
int recording_writer_gone(
    struct recording_writer *w, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end);

/* Puts what has been collected, if anything. Returns 0 or what put answered. */
int recording_writer_flush(struct recording_writer *w);

struct recording_written {
    uint64_t blocks, bytes, samples;    /* put */
    uint64_t lost_blocks, lost_samples; /* put answered an error */
    uint64_t dead_samples;              /* of series that lived no more */
};
struct recording_written recording_writer_totals(const struct recording_writer *w);

#endif
