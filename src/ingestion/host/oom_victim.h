/* SPDX-License-Identifier: MIT
 * Which of the processes that left the kernel killed for want of memory: it only says, in /proc/vmstat, that
 * it did. */
#ifndef COHERENCE_INGESTION_OOM_VICTIM_H
#define COHERENCE_INGESTION_OOM_VICTIM_H

#include "ingestion/host/process_table.h"

/* The kernel's kills for which no victim has been found yet. All zero: nothing counted. */
struct oom_kills {
    bool has_count;
    uint64_t count;   /* as the kernel counts them since boot */
    uint64_t pending; /* of these */
    int64_t moved_ns; /* monotonic; when the count last grew */
};

/* Takes a reading of the count. What the first one says is past. */
void oom_kills_count(struct oom_kills *k, uint64_t count, int64_t mono_ns);

/* Finds the victims among t->ended and says so (killed), one for each pending kill: those that held the
 * largest part, and a good part at all, of a limit that was as good as reached in the last seconds.
 * host_bytes: the host's memory, where that was; 0: it was not. Kills older than some seconds are given up:
 * the victim was none of those that are watched. */
void oom_victims_find(struct oom_kills *k, struct process_table *t, const struct cgroup_tree *tree,
    uint64_t host_bytes, int64_t mono_ns);

#endif
