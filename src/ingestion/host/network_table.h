/* SPDX-License-Identifier: MIT
 * The network namespaces of this host besides its own: whose they are, and TCP's counters of each. A
 * container's or a pod's connections are in none of the host's own files. */
#ifndef COHERENCE_INGESTION_NETWORK_TABLE_H
#define COHERENCE_INGESTION_NETWORK_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/kfile.h"
#include "ingestion/host/cgroup_tree.h"
#include "ingestion/host/frame.h"
#include "ingestion/host/process_table.h"

/* Heuristics, chosen on 2026-11-23: to open, read and close a namespace's snmp took 27 us with two CPUs, its
 * netstat 110 us (they are summed up over all CPUs). Eight of the one and less than one of the other a round
 * are a third of a millisecond. */
#define NETWORK_READINGS     8  /* a round */
#define NETWORK_NETSTAT_TURN 10 /* with each of so many readings of a namespace its netstat is read, too */
#define NETWORK_SAMPLES      4  /* of each reading, at most */

/* Overflows of listen queues a second; of the host, too. */
#define METRIC_LISTEN_OVERFLOWS_NAME "system.network.listen.overflows"

enum network_count { NETWORK_OUT, NETWORK_IN, NETWORK_FAILED, NETWORK_COUNTS };

struct network {
    uint64_t inode;  /* which namespace: see cgroup_network */
    uint32_t pid;    /* a process in it, by which it is read; 0: that one has gone, until the next look */
    uint32_t entity; /* the cgroup whose namespace it is */
    bool was_seen;   /* by the present look */
    bool has_first;
    uint64_t first[NETWORK_COUNTS]; /* what it had counted when it was first read */
    uint32_t turns;                 /* readings so far; wraps */
    struct counter overflows;
    struct frame_slot slots[NETWORK_COUNTS], overflows_slot;
};

struct network_table {
    int proc_fd;   /* <root>/proc, O_PATH; -1: there is none, and no namespace is ever found */
    uint64_t host; /* inode of the host's own namespace, which is none of these; 0: not known */
    struct network *items;
    uint32_t count, max;
    uint32_t turn;   /* whose turn it is to be read */
    uint32_t looks;  /* so far; wraps */
    uint32_t denied; /* cgroups whose namespace we were refused to know, in the last look */
};

struct network_reading {
    struct kfile_buffer *buffer;
    struct frame *frame;
    int64_t mono_ns;
};

/* max: as many as there can be cgroups, 0 = none. Returns 0 or -ENOMEM. */
int network_table_init(struct network_table *t, int root_fd, uint32_t max);
void network_table_done(struct network_table *t);

/* Finds out which cgroups have which namespace, by the first processes of each: of those that are new (twice)
 * or whose process has gone, and in turn of all others, so that each comes every sixth time. Call it after
 * each scan of the tree. processes (NULL: none are known) stand in where a cgroup does not tell the numbers
 * of its own, as to a sentinel in a container. A namespace belongs to the smallest cgroup that holds all of
 * its processes (a pod), or, where that one holds processes of other namespaces too, to the first cgroup that
 * has it. The host's is that of process 1, or, where that one is hidden, `own`: the inode of the file that is
 * read as the host's /proc/net/snmp, 0 = none. Cost: four system calls for each that is looked at, some 20
 * us. */
void network_table_look(struct network_table *t, struct cgroup_tree *tree,
    const struct process_table *processes, struct kfile_buffer *buffer, uint64_t own);

/* Reads NETWORK_READINGS of them, in turn, and adds what their connections have become since the first
 * reading: opened out and in, failed (attempts, resets, retransmitted segments); and overflows of listen
 * queues a second. Keeps nothing open: an open file would keep a namespace, and its devices, alive after its
 * container. Allocates nothing but series. */
void network_table_round(struct network_table *t, const struct network_reading *r);

#endif
