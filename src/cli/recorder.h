/* SPDX-License-Identifier: MIT
 * The flight recorder: what the sources deliver, on its way to the engine, as blocks of a recording, with the
 * configuration and a snapshot of the engine at the beginning and every five minutes. Where the blocks go is
 * whoever gives `put`'s matter. */
#ifndef COHERENCE_CLI_RECORDER_H
#define COHERENCE_CLI_RECORDER_H

#include "base/error.h"
#include "core/feed.h"
#include "state/recording_writer.h"

struct session;
struct recorder;

/* A range begins at most so long after a KEY: what a replay of the last minutes judges needlessly, against
 * the size of snapshots on disk (ten minutes are the most that is promised). Heuristic, chosen on
 * 2026-11-22 from a host with 100 series: a snapshot is as long as half a minute of telemetry. */
#define RECORDER_KEY_EVERY_NS INT64_C(300000000000)

/* session: borrowed, with its engine by the time of the first record. NULL: out of memory. */
struct recorder *recorder_new(struct session *session);

/* Where blocks go, before the first record: put as in recording_writer_new; what it refuses is lost there and
 * counted. At most RECORDER_SINKS_MAX; each gets every block. Returns its number. */
#define RECORDER_SINKS_MAX 2
unsigned recorder_add(
    struct recorder *r, int (*put)(void *context, const struct recording_block *block), void *context);

void recorder_free(struct recorder *r); /* NULL allowed; what was not flushed is lost */

/* Before the engine is told of each. */
void recorder_frame(struct recorder *r, int64_t t_ns, const struct sample *samples, size_t n);
void recorder_gone(struct recorder *r, int64_t t_ns, uint32_t entity, enum entity_end end);
void recorder_tick(struct recorder *r, int64_t now_ns);

/* After the engine has judged that tick: the place for a snapshot, when one is due. */
void recorder_ticked(struct recorder *r, int64_t now_ns);

/* The engine was changed other than by a record (engine_forget): from here on it is another run, which begins
 * with the engine as it stands; a replay makes another engine there. Between a tick and the next record. */
void recorder_renew(struct recorder *r);

/* Hands over what has been collected. */
void recorder_flush(struct recorder *r);

/* What one place has got. */
struct recorder_state {
    uint64_t blocks, bytes, samples;
    uint64_t lost_blocks, lost_samples; /* refused there */
    uint64_t key_failures;              /* snapshots that could not be made or put */
    int fault;                          /* 0, or the first -errno that put answered */
    int64_t from_ns, to_ns;             /* first and last record; INT64_MIN: none yet */
};
struct recorder_state recorder_state(const struct recorder *r, unsigned sink);

#endif
