/* SPDX-License-Identifier: MIT
 * Where the cgroup hierarchies are, and which of them answers which question: v1, v2, both (hybrid) or none.
 */
#ifndef COHERENCE_INGESTION_CGROUP_LAYOUT_H
#define COHERENCE_INGESTION_CGROUP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGROUP_MOUNT_PATH_MAX 512
#define CGROUP_MOUNT_NONE     (-1)

/* The questions. */
enum cgroup_role {
    CGROUP_USAGE,  /* CPU time used: v1 cpuacct, v2 cpu.stat */
    CGROUP_QUOTA,  /* CPU limit and throttling: v1 cpu, v2 cpu */
    CGROUP_MEMORY, /* memory used and its limit: v1 memory, v2 memory */
    CGROUP_TASKS,  /* processes and threads, and their limit: v1 pids, v2 pids */
    CGROUP_ROLE_COUNT
};

struct cgroup_mount {
    char point[CGROUP_MOUNT_PATH_MAX]; /* absolute, below the root directory that stands before /proc */
    bool is_v2;
    bool is_whole;  /* not a bind mount of one cgroup, as far as can be seen: a cgroup namespace looks whole,
                       too */
    uint32_t above; /* its root is so many cgroups above the top of our own cgroup namespace: a sentinel in a
                       container that is given the host's cgroups */
};

struct cgroup_layout {
    struct cgroup_mount mounts[CGROUP_ROLE_COUNT]; /* each hierarchy once */
    uint32_t mount_count;
    int role_mount[CGROUP_ROLE_COUNT]; /* index into mounts, or CGROUP_MOUNT_NONE */
};

/* Chooses from n bytes of mountinfo. A v1 hierarchy with the controller wins over v2: on hybrid hosts the
 * controllers are there. Among mounts of the same hierarchy a whole one wins, then one below /sys/fs/cgroup
 * (not a copy in some container's root), then the first. Bad lines are passed over, and so are paths that are
 * too long. */
void cgroup_layout_parse(const char *p, size_t n, struct cgroup_layout *ret);

#endif
