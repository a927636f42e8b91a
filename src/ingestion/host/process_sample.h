/* SPDX-License-Identifier: MIT
 * The readings of the watched processes, into a frame; and which of them become entities. */
#ifndef COHERENCE_INGESTION_PROCESS_SAMPLE_H
#define COHERENCE_INGESTION_PROCESS_SAMPLE_H

#include "core/feed.h"
#include "ingestion/host/frame.h"
#include "ingestion/host/process_table.h"

#define PROCESS_SAMPLES 8 /* most samples that one process adds to a round */

/* Room for the name of a process' entity: number, name, start. */
#define PROCESS_NAME_MAX (PROCESS_COMM_MAX + 48)

struct process_sampling {
    struct catalog *catalog;
    uint32_t host; /* entity */
    struct frame *frame;
    int64_t mono_ns;
    uint32_t online_cpus;  /* 0 = unknown: then no utilisation */
    uint64_t memory_bytes; /* of the host; 0 = unknown */
};

/* Adds what was read in this round of every process that is an entity. A process becomes one when for some
 * seconds it was worth it (some CPU, some of the memory, growth or faults); how many may is bounded: a burst,
 * then one a second. */
void process_sample(struct process_table *t, const struct process_sampling *s);

/* Says which entities left the list since the last time, and which of them were killed. Returns 0 or what the
 * feed answered. */
int process_say_gone(struct process_table *t, const struct feed *feed, int64_t t_ns);

/* The last part of its path, after the cgroup's: "1234 nginx @8812345": number, name, and the start in ticks
 * since boot, which makes it another entity when the number is given out again. The name is outside bytes as
 * they are, and the one of its first reading. Returns its length. */
size_t process_entity_name(const struct proc_pid_stat *s, char name[PROCESS_NAME_MAX]);

#endif
