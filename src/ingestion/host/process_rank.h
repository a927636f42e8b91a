/* SPDX-License-Identifier: MIT
 * Which processes stand out: a ranking of the watched ones over the last minute, for whoever has to say who
 * it was. */
#ifndef COHERENCE_INGESTION_PROCESS_RANK_H
#define COHERENCE_INGESTION_PROCESS_RANK_H

#include "core/catalog.h"
#include "ingestion/host/process_table.h"

enum process_order {
    PROCESS_BY_CPU,          /* mean, in CPUs */
    PROCESS_BY_CPU_VARIANCE, /* of the rounds of the last minute, in CPUs squared */
    PROCESS_BY_GROWTH,       /* of resident memory, bytes a second; only what grows */
    PROCESS_BY_FAULTS,       /* minor and major, a second */
    PROCESS_BY_MAJOR_FAULTS, /* a second */
    PROCESS_BY_WAIT,         /* on the run queue: seconds a second, all threads together */
    PROCESS_ORDER_COUNT
};

struct process_rank {
    const struct process *process; /* valid until the next round */
    double value;                  /* > 0 */
    double share;                  /* of the sum over all watched processes below that entity, 0..1 */
};

struct process_query {
    const struct catalog *catalog;
    uint32_t below; /* a host's or cgroup's entity: processes in it and in what is below it */
    enum process_order order;
};

/* Fills out with the first max (>= 1) processes, largest first; those of which the figure is not known or 0
 * are left out. Returns how many. Only watched processes are ranked; see process_coverage for how many are
 * not. Cost: O(watched * max), at 200 processes some 20 us. */
uint32_t process_table_top(
    const struct process_table *t, const struct process_query *q, struct process_rank *out, uint32_t max);

/* Waiting on the run queue of the watched processes below that entity: seconds a second, all their threads
 * together, of those whose threads are all read; *ret_share: the share of these processes' CPU time that
 * those used. False when none is known. */
bool process_table_wait(
    const struct process_table *t, const struct process_query *q, double *ret_wait, double *ret_share);

#endif
