/* SPDX-License-Identifier: MIT
 * What one watched process did in the last minute: its CPU second by second, and marks of its memory, faults
 * and waiting every few seconds. Pure: readings in, figures out. */
#ifndef COHERENCE_INGESTION_PROCESS_HISTORY_H
#define COHERENCE_INGESTION_PROCESS_HISTORY_H

#include <stdint.h>

#define PROCESS_HISTORY_ROUNDS  60                  /* of CPU; a minute at 1 Hz */
#define PROCESS_HISTORY_MARKS   13                  /* a minute of them, and the one it began with */
#define PROCESS_HISTORY_MARK_NS INT64_C(5000000000) /* at least, between two */

struct process_mark {
    int64_t t_ns;
    uint64_t rss_bytes, faults, major_faults, wait_ns; /* counters as they stood; wait may be 0 for ever */
};

/* All zero: nothing known yet. */
struct process_history {
    float cores[PROCESS_HISTORY_ROUNDS];
    uint32_t core_head, core_count;
    struct process_mark marks[PROCESS_HISTORY_MARKS];
    uint32_t mark_head, mark_count;
};

/* NaN: not known. */
struct process_minute {
    double cores, cores_variance;     /* mean and variance of the rounds; two rounds at least */
    double growth_bytes_per_s;        /* of resident memory, last mark against the oldest */
    double faults_per_s, major_per_s; /* faults: minor and major */
    double wait_share;                /* seconds of waiting a second, all threads together */
};

/* CPU used in one round, in CPUs; NaN is left out. */
void process_history_cores(struct process_history *h, double cores);

/* A reading of the other things; taken when the last mark is old enough. t_ns: monotonic. */
void process_history_mark(struct process_history *h, const struct process_mark *mark);

/* Growth and faults alone, and everything. Cost: O(1), O(rounds). */
void process_history_trend(const struct process_history *h, struct process_minute *ret);
void process_history_minute(const struct process_history *h, struct process_minute *ret);

#endif
