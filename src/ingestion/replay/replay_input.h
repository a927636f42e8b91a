/* SPDX-License-Identifier: MIT
 * What the parsers of one replay share: where they are, where rows go, how faults are told and counted, how
 * names become series. */
#ifndef COHERENCE_INGESTION_REPLAY_INPUT_H
#define COHERENCE_INGESTION_REPLAY_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/catalog.h"
#include "ingestion/replay/frame_builder.h"
#include "ingestion/replay/replay.h"
#include "ingestion/replay/series_cache.h"

#define REPLAY_TICK_METRIC   "coherence.tick"
#define REPLAY_CLOCK_METRIC  "coherence.clock"
#define REPLAY_GONE_METRIC   "coherence.gone"
#define REPLAY_TIME_TEXT_MAX 40 /* bytes of a timestamp; timestamp_parse knows none longer */
#define REPLAY_SKIPPED_MAX                                                                                   \
    10000 /* bad records that refuse a file whatever its length (reliability rule for recorded input) */
#define REPLAY_SKIPPED_FREE  100 /* bad records that never refuse one that also has good ones */
#define REPLAY_SKIPPED_SHARE 100 /* more than one in so many refuses it at the end */

struct replay_input {
    const char *name; /* of the input, for messages */
    const char *default_host;
    size_t default_host_n;
    bool own_clock;
    uint64_t line; /* of the row that is being parsed, 1-based */
    struct catalog *catalog;
    struct frame_builder *frames;
    struct series_cache *cache;
    uint64_t changes; /* of the catalog when the cache was last rid of what is gone */
    struct replay_counts *counts;
    struct error *e;
};

/* The parts of a series' name, in the order of a cache key. */
enum name_part { NAME_HOST, NAME_ENTITY, NAME_METRIC, NAME_PARTS };

struct name_text {
    const char *p; /* NULL or n == 0: not given */
    size_t n;
};

/* What is wrong with a name, and with which. */
struct bad_name {
    const char *text;
    enum name_part part;
};

/* A fault of the record that begins at row, seen at `at` (same buffer, at >= row). Counts it; keeps the
 * first. Returns 0 to go on, or -EBADMSG with e filled when there are too many. */
int replay_skip(struct replay_input *in, const char *row, const char *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A fault of the whole input: fills e. Returns -EBADMSG. */
int replay_refuse(struct replay_input *in, const char *row, const char *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* timestamp_parse answered `fault` for text[0..n): skips the record or refuses the input, whichever that
 * fault asks for. */
int replay_time_fault(struct replay_input *in, const char *row, const char *text, size_t n, int fault);

/* A row of the series at entry (or of the host, in wide files) at t_ns comes: frame_builder_row, with what it
 * refuses told as a fault at `at`. Returns 0 or the fault that ends the replay. */
int replay_time(struct replay_input *in, const struct series_cache_entry *entry, int64_t t_ns,
    const char *row, const char *at);

/* Parses the text of a value: empty = missing (NaN). Returns 0, or -EINVAL with *ret_fault a text without
 * argument. Counts imprecise integers. */
int replay_value(struct replay_input *in, const char *p, size_t n, double *ret_value, const char **ret_fault);

/* Has something changed in the catalog since the entry's id was asked for? Then replay_resolve must be asked
 * again before the id is used. */
static inline bool replay_is_stale(const struct replay_input *in, const struct series_cache_entry *entry)
{
    return entry->changes != catalog_changes(in->catalog) && entry->kind == SERIES_CACHE_SERIES;
}

/* A place in the cache for an entry that is not in it, with what `fresh` (from replay_resolve) says of it;
 * what comes once only is not kept. Like series_cache_add. */
struct series_cache_entry *replay_remember(struct replay_input *in, const char *key, size_t n, size_t head_n,
    const struct series_cache_entry *fresh);

/* Fills id, kind, non_negative and changes of a cache entry, new or stale. Names are checked here. Returns 0
 * (also when the catalog's limits refused it: id SERIES_CACHE_REFUSED), or -EINVAL with *ret_bad. */
int replay_resolve(struct replay_input *in, const struct name_text names[NAME_PARTS],
    struct series_cache_entry *entry, struct bad_name *ret_bad);

/* The entity of a host by its text form. Returns its id, -ENOSPC, or -EINVAL with *ret_bad. */
int64_t replay_entity(
    struct replay_input *in, struct name_text host, struct name_text entity, struct bad_name *ret_bad);

/* Hands on one row of one series: time, order, tick rows, duplicates, refusals. value_at, row: places for
 * messages. Returns 0 (also when the record was skipped) or the fault that ends the replay. */
int replay_row(struct replay_input *in, struct series_cache_entry *entry, int64_t t_ns, double value,
    const char *row, const char *value_at);

#endif
