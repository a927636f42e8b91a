/* SPDX-License-Identifier: MIT
 * The cgroup in which a process is: one answer for everybody who asks. */
#ifndef COHERENCE_INGESTION_PROCESS_CGROUP_H
#define COHERENCE_INGESTION_PROCESS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/kfile.h"
#include "ingestion/host/cgroup_tree.h"

struct process_home {
    uint32_t entity;
    bool has_its_time; /* the cgroup's CPU time holds the process's */
};

/* The entity to which /proc/PID/cgroup (n bytes, outside bytes) assigns the process: of its hierarchies the
 * first that names a cgroup below the top, in the order CPU usage, CPU quota, memory; the nearest one that is
 * watched. Where all of them mean the top, the top's (cgroup_tree_entity); where none can be read, the
 * host's. Source: cgroups(7). */
struct process_home process_cgroup_home(const struct cgroup_tree *t, const char *text, size_t n);

/* The same, reading the file at path below dir_fd into the buffer: three system calls. The host's where the
 * process is gone. */
struct process_home process_cgroup_read(
    const struct cgroup_tree *t, int dir_fd, const char *path, struct kfile_buffer *buffer);

#endif
