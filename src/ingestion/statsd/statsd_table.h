/* SPDX-License-Identifier: MIT
 * What StatsD's clients said since the last flush, added up by series, and handed to an intake at the flush.
 * Knows no sockets and no clock. */
#ifndef COHERENCE_INGESTION_STATSD_TABLE_H
#define COHERENCE_INGESTION_STATSD_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingestion/push/push_door.h"

struct statsd_table;

struct statsd_rules {
    uint32_t series;      /* at most so many at a time */
    bool relative_gauges; /* "+5" and "-5" change a gauge; else they are its value */
};

struct statsd_table *statsd_table_new(const struct statsd_rules *rules); /* NULL: out of memory */
void statsd_table_free(struct statsd_table *t);                          /* NULL allowed */

/* Takes the lines of one datagram. What is dropped is counted at the intake at once. A line with a time of
 * its own goes to the intake at once, as a batch. O(n), without allocations once the series are known, except
 * for the first member of a set. */
void statsd_table_take(struct statsd_table *t, struct push_door *door, const char *bytes, size_t n);

/* Hands over what has come since the last flush, as one batch: counters as deltas, gauges that were heard of,
 * of timers NAME.count, NAME.avg and NAME.max, of sets how many different members. Returns 0 or the fault. */
int statsd_table_flush(struct statsd_table *t, struct push_door *door);

uint32_t statsd_table_count(const struct statsd_table *t);

#endif
