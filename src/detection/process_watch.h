/* SPDX-License-Identifier: MIT
 * One process under watch: no verdict of its own, but what tells whether it carries the trouble of its cgroup
 * or host. A process lives too short, and changes its habits too often, for a baseline. */
#ifndef COHERENCE_DETECTION_PROCESS_WATCH_H
#define COHERENCE_DETECTION_PROCESS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/metric.h"
#include "detection/cadence.h"
#include "detection/convoy.h"
#include "detection/trend_line.h"

#define PROCESS_RING      64   /* a minute at a sample a second, and some more */
#define PROCESS_SETTLED_S 30.0 /* whose memory has stood still for so long has started */

/* A counter of which a short mean of its rate is kept. */
struct process_rate {
    double last; /* NaN: none */
    int64_t t_ns;
    double per_s; /* NaN: not known */
};

enum process_counter {
    PROCESS_FAULTS,
    PROCESS_MAJOR_FAULTS,
    PROCESS_RUN_QUEUE, /* seconds a second that its threads were ready and did not run */
    PROCESS_READ,
    PROCESS_WRITTEN,
    PROCESS_COUNTERS
};

struct process_watch {
    struct cadence cadence;   /* of its CPU */
    float ring[PROCESS_RING]; /* share of the host's CPUs, in percent */
    uint32_t head, count;
    struct trend_line memory; /* of its resident memory, */
    double resident;          /* which is so many bytes now, 0 before any was heard; */
    int64_t began_ns;         /* when the process was started; INT64_MIN: not known */
    double still_s;           /* for how long its memory has stood still, all in all; NaN: none was heard */
    struct process_rate rates[PROCESS_COUNTERS];
    double busy;        /* a short mean of its CPU, percent of the host; NaN: no source */
    double futex_share; /* of its threads that wait in a futex, a short mean; NaN: no source */
    struct convoy convoy;
    struct trend_line threads; /* how many it has */
};

void process_watch_init(struct process_watch *p);

/* Takes one finite sample of a known metric; metrics that say nothing of a process are let pass. Returns
 * false when it was late. */
bool process_watch_take(struct process_watch *p, enum metric_id metric, int64_t t_ns, double x);

/* CPU over its last n seconds up to t_ns, in percent of the host, oldest first, into x; what is not known is
 * NaN. Returns how many are known. */
uint32_t process_watch_minute(const struct process_watch *p, int64_t t_ns, double *x, uint32_t n);

#endif
