/* SPDX-License-Identifier: MIT
 * The CPU time of all known cgroups, ten times a second: only the files of those that can have used any are
 * read. */
#ifndef COHERENCE_INGESTION_CGROUP_USAGE_H
#define COHERENCE_INGESTION_CGROUP_USAGE_H

#include "ingestion/host/cgroup_tree.h"

/* Renews used_ns and throttled_s of every cgroup of the tree whose file is open, and says by has_used which
 * ones that went well for; worked_ns and the tree's usage_ns tell when. A group's time is its own processes'
 * and that of the groups below it, to the nanosecond (v1) or microsecond (v2). So where what the ones below
 * used is read for those that used some in the last second, and adds up to what the group above gained, the
 * others have used nothing and are not read. Every file is read once a second all the same, and at once where
 * the sums disagree. buffer: scratch; mono_ns: of this round, later than the last one's. A file that cannot
 * be read is handed to cgroup_tree_lost. Cost: a pread for each group that works, about 1 us (v1) to 3 us
 * (v2), and one for each group that has others below it; ten times fewer for those that rest. */
void cgroup_usage_read(struct cgroup_tree *t, struct kfile_buffer *buffer, int64_t mono_ns);

#endif
