/* SPDX-License-Identifier: MIT
 * One reading of all known cgroups, into a frame. */
#ifndef COHERENCE_INGESTION_CGROUP_SAMPLE_H
#define COHERENCE_INGESTION_CGROUP_SAMPLE_H

#include "ingestion/host/cgroup_tree.h"

/* Most samples that the two functions below add for each cgroup. */
#define CGROUP_SAMPLES 8

/* What a reading needs to know of its host. */
struct cgroup_reading {
    struct cgroup_tree *tree;
    struct kfile_buffer *buffer;
    struct frame *frame;
    const struct counter_rules *rules; /* of CPU usage in ns */
    int64_t mono_ns;
    uint32_t online_cpus;  /* 0 = unknown: then no utilisation without a limit */
    bool has_pressure;     /* the kernel counts it */
    uint32_t turn;         /* of the slow rounds: which pressure is read */
    uint64_t memory_bytes; /* of the host; 0 = unknown. A limit that is not below it limits nothing */
};

/* CPU time used, as a share of the cgroup's own limit or of the host's CPUs, whichever is smaller. */
void cgroup_sample_usage(const struct cgroup_reading *r);

/* Throttled time, memory used (the working set: usage without the inactive file pages), its limit, and pages
 * that came back, tasks and their limit; and in turn, so that each comes every third round, the pressure of
 * CPU, memory and I/O (v2). */
void cgroup_sample_slow(const struct cgroup_reading *r);

#endif
