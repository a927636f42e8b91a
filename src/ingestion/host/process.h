/* SPDX-License-Identifier: MIT
 * One watched process: known by its number and start time, its files kept open, its last readings. */
#ifndef COHERENCE_INGESTION_PROCESS_H
#define COHERENCE_INGESTION_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/kfile.h"
#include "ingestion/host/frame.h"
#include "ingestion/host/proc_pid_file.h"
#include "ingestion/host/proc_pid_stat.h"
#include "ingestion/host/process_history.h"
#include "ingestion/host/process_threads.h"

/* What a round needs to know to read processes, and what it has spent. */
struct process_reading {
    int proc_fd; /* the directory */
    struct kfile_buffer *buffer;
    const struct counter_rules *rules; /* of CPU time in ns */
    int64_t mono_ns;
    double tick_ns, page_bytes;
    uint64_t memory_bytes; /* that it may grow to: of the host, or its cgroup's limit; 0 = unknown */
    uint32_t calls;        /* system calls made so far in this round */
};

struct process {
    struct proc_pid_stat stat; /* the last one read */
    int64_t stat_ns;           /* monotonic; when that was */
    bool stat_is_current;      /* it has not run since */
    struct kfile stat_file;    /* kept; not open where there are no descriptors left: then read by name */
    struct kfile sched_file;   /* kept; not open without a use for it */
    struct proc_pid_sched sched;
    bool has_sched;  /* sched holds a reading, of the whole process: it has one thread */
    uint32_t spoilt; /* readings in a row that were not understood */

    struct counter cpu_ns;
    bool cpu_is_fine;                /* cpu_ns counts in ns, of schedstat; else in ticks */
    double cores;                    /* used in this round; NaN = not known */
    uint64_t wait_ns;                /* summed up since it is watched */
    bool has_wait;                   /* of all its threads */
    double interest;                 /* smoothed; see process_interest */
    struct process_threads *threads; /* NULL: not added up one by one. The table's */
    struct process_history history;

    int64_t since_ns;         /* monotonic; on the list since */
    uint32_t sweep;           /* the last listing that it was in */
    int64_t moved_ns;         /* when its cgroup was last read; INT64_MIN = never */
    uint32_t parent;          /* entity: its cgroup's, or the host's */
    bool parent_has_its_time; /* the parent's CPU time holds its own */
    uint32_t parent_at;       /* where the parent was found last, in the tree */
    int64_t read_ns;          /* monotonic; when one of its files was last read in its turn */

    uint32_t entity; /* ENTITY_NONE: it has none */
    uint32_t worthy; /* rounds in a row in which it was worth one */
    uint64_t switches;
    bool has_switches; /* read in this round */
    struct frame_slot cpu_slot, memory_slot, wait_slot, faults_slot, major_slot, threads_slot, switches_slot,
        uptime_slot;
    int64_t uptime_ns; /* when its age was said last; 0: never */
};

/* Starts on the process of that number: reads its stat, and keeps its files open when `keep` and there are
 * descriptors left. Returns 0; -ESRCH (gone), -EBADMSG, or what the kernel answered: *p is then blank. */
int process_open(struct process *p, struct process_reading *r, uint32_t pid, bool keep);
void process_close(struct process *p);

/* Descriptors it holds. */
uint32_t process_descriptors(const struct process *p);

/* One round: one file. schedstat where that is the whole process (cheap, exact, and it tells whether stat can
 * have changed), else stat. Returns 0; -ESRCH: it is gone (or its number belongs to another process now);
 * -EBADMSG: not understood this time; or what the kernel answered. p->cores is NaN unless it was read. */
int process_read(struct process *p, struct process_reading *r);

/* One round without reading: it is known that the process has not run from its last reading until known_ns
 * (monotonic, of late, and later than the last round). */
void process_rest(struct process *p, const struct process_reading *r, int64_t known_ns);

/* Reads stat. Returns like process_read. */
int process_read_stat(struct process *p, struct process_reading *r);

/* What makes a process worth watching, in CPUs: those that it uses, and what its growth and its faults weigh
 * against them. minute: NaN fields count nothing; cores >= 0. */
double process_interest(double cores, const struct process_minute *minute, uint64_t memory_bytes);

#endif
