/* SPDX-License-Identifier: MIT
 * The condition of a simulated host: what a scenario's phases make of it in one second. */
#ifndef COHERENCE_INGESTION_CONDITION_H
#define COHERENCE_INGESTION_CONDITION_H

#include "ingestion/simulator/scenario.h"

struct condition {
    bool silent;
    double cpu_mean, cpu_noise; /* shares of the host; standard deviation of one fast sample */
    double cpu_keep;            /* autocorrelation of the noise from one fast sample to the next, 0..1 */
    double swing_share;         /* 0..1: how much of the swing is there */
    size_t swing_phase;         /* the phase that swings, or phase_count */
    double memory_extra;        /* bytes in use on top of the usual */
    double allocation_extra;    /* bytes a second */
    double requests, storm;     /* factors: of all traffic; of the outgoing part */
    double failures;            /* share of the outgoing requests */
};

/* The second of host (from 0) that begins at t_ns (since the start, a whole second). Phases begin and end at
 * whole seconds; where two of one kind overlap, the larger counts, but leaks and allocations add up. Cost
 * O(phases). */
struct condition condition_at(const struct scenario *s, size_t host, int64_t t_ns);

#endif
