/* SPDX-License-Identifier: MIT
 * Recorded telemetry (CSV long, CSV wide, JSON lines) turned into frames and ticks. Memory does not depend on
 * the length of the input.
 *
 * Formats, told by the first bytes: '{' begins JSON lines, anything else must be a CSV header. Long CSV has
 * columns timestamp, metric and value, and perhaps host and entity, in any order; further columns are ignored
 * (counted). Wide CSV has timestamp, perhaps host, entity and now, and every other column is a metric. Lines
 * end in LF or CRLF, also mixed. An empty field, or null, is a missing value; words such as NaN are faults.
 *
 * Ticks. A file with its own clock gets exactly the ticks that it states: wide, by the column `now` (rows
 * with the same reading share the tick, which follows the last of them); long and JSON lines, by rows with
 * the metric `coherence.tick` (host and value mean nothing there), when the first row is one or has the
 * metric `coherence.clock`, which only announces them. Any other file gets ticks by this rule: the samples of
 * one whole second of data time are one group; when a row of a later second comes, or the input ends, a tick
 * is stated at the latest timestamp of the group. When the step to the next group is longer than twice the
 * usual step (the median of the last eight, never below 1 s), ticks are stated at the usual step in between,
 * at most REPLAY_GAP_TICKS_MAX of them.
 *
 * Order. With its own clock, rows may carry any time. Otherwise a row may lie behind the latest one by 60
 * usual steps (at least 60 s, at most an hour; the first row of a series: 60 s) and is handed on; a greater
 * step back refuses the file.
 *
 * Faults. A fault of the file (no header, times in milliseconds, a quote that is never closed, ...) refuses
 * it; a fault of a record skips and counts that record. The file is refused as well with more than 10 000 bad
 * records, with more than 100 that are more than 1 %, or when no record was good. What was handed to the feed
 * before that stays handed on. */
#ifndef COHERENCE_INGESTION_REPLAY_H
#define COHERENCE_INGESTION_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/feed.h"
#include "ingestion/replay/byte_stream.h"

#define REPLAY_GAP_TICKS_MAX 512

enum replay_format { REPLAY_AUTO, REPLAY_CSV, REPLAY_JSONL };

struct replay_options {
    enum replay_format format;
    const char *default_host; /* for wide files without a host column */
};

/* Counters of what was passed over; printed at the end when not zero. */
struct replay_counts {
    uint64_t rows, samples, ticks;
    uint64_t skipped;           /* bad records passed over (bounded: see replay_run) */
    uint64_t out_of_order;      /* rows earlier than an earlier row, within the tolerance */
    uint64_t duplicate;         /* same series and time again */
    uint64_t refused;           /* rows whose series did not fit the limits */
    uint64_t imprecise;         /* integers of which a double keeps only the leading digits */
    uint32_t ignored_columns;   /* columns of a long file that mean nothing here */
    struct error first_skipped; /* where and why the first record was passed over */
};

/* Does the input carry its own clock? Looks at the first bytes only (header, or the first row). Call before
 * replay_run; needed because the engine's mode is chosen from it. Reads and keeps at most 1 MiB. */
struct replay;
struct replay *replay_open(
    struct byte_stream *s, const struct replay_options *o, struct error *e); /* s is borrowed */
bool replay_has_clock(const struct replay *r);

/* Reads to the end. Returns 0; -EBADMSG with e filled (file-level fault, or more than 1 % and more than 100
 * bad records, or more than 10 000); the errno of a failed read; or what the feed answered. May be called
 * once. `stop`: polled now and then, non-zero ends early with -EINTR. */
int replay_run(struct replay *r, const struct feed *feed, const volatile int *stop,
    struct replay_counts *counts, struct error *e);
void replay_close(struct replay *r);

#endif
