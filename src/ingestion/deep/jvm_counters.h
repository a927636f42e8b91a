/* SPDX-License-Identifier: MIT
 * One JVM's counters over time: from readings of its hsperfdata file to the quantities that the laws know
 * (core/metric.h, METRIC_GC_ and METRIC_HEAP_). */
#ifndef COHERENCE_INGESTION_JVM_COUNTERS_H
#define COHERENCE_INGESTION_JVM_COUNTERS_H

#include <stdbool.h>

#include "ingestion/deep/hsperfdata.h"

/* NaN: not known. */
struct jvm_reading {
    double gc_time_s; /* all collections, as the collectors count it: pauses, not concurrent work */
    double gc_count, major_count; /* major: full ones, and pauses of a concurrent collector */
    double uptime_s;
    double heap_used_bytes;
    double heap_limit_bytes;
    double heap_live_bytes; /* in use after the last collection; unknown before the first, and where a
                               collector does not stop to empty an eden */
    double eden_used_bytes, eden_capacity_bytes, young_count;
};

/* What one file says. Source: the meaning of each counter in OpenJDK as named in hsperfdata.h; checked
 * against jstat -gc of JDK 17 (tests/golden/hsperfdata). */
void jvm_reading_of(const struct hsperfdata *h, struct jvm_reading *ret);

/* Allocation velocity: nobody counts it, but eden fills and is emptied by each young collection. All zero:
 * nothing read yet. */
struct jvm_allocation {
    double total_bytes;                                       /* since the first reading */
    double eden_used_bytes, eden_capacity_bytes, young_count; /* of the last */
    bool has_last;
};

/* Takes one more reading. Returns what has been allocated since the first, in bytes, or NaN while there is
 * no eden. A lower bound: what goes past eden (large objects) is not in it, and a full collection that leaves
 * no trace in the young collector's count hides what was in eden before. */
double jvm_allocation_take(struct jvm_allocation *a, const struct jvm_reading *r);

#endif
