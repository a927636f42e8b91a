/* SPDX-License-Identifier: MIT
 * The processes of this host: a bounded list of those that are watched every second, and a rotation through
 * all others, so that those which use the most, grow or fault come onto the list and stay on it. The list is
 * process_table.c's, the rotation process_sweep.c's, what is read now and then process_detail.c's. */
#ifndef COHERENCE_INGESTION_PROCESS_TABLE_H
#define COHERENCE_INGESTION_PROCESS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/kdir.h"
#include "ingestion/host/cgroup_tree.h"
#include "ingestion/host/process.h"
#include "ingestion/host/process_glance.h"

/* Heuristics, chosen on 2026-11-22 from what a look costs (10 to 20 us) and what may be spent in all. */
#define PROCESS_LOOKS_MAX   1000 /* a round, at processes that are not watched: 10 000 are seen in 10 s */
#define PROCESS_ADOPT_CALLS 8u   /* to take one onto the list: two files, two readings, the cgroup */
#define PROCESS_THREAD_SETS 8    /* processes whose threads' waiting is added up */

/* What is seen, and what happened, since the start. */
struct process_coverage {
    uint32_t existing; /* processes that the last whole listing found */
    uint32_t hidden;   /* of these, refused to us */
    uint32_t watched;  /* every second */
    int64_t sweep_ns;  /* how long it took to come by every other one; 0: within one round */
    bool has_swept;    /* existing and hidden are known */
    bool sees_first;   /* process 1 is visible */
    int error;         /* 0, or why the directory could not be listed */
    uint64_t looks;    /* at processes that are not watched */
    uint64_t adopted;  /* came onto the list */
    uint64_t replaced; /* ... in another one's place */
    uint64_t vanished; /* ended between being listed and being read, or while watched */
    uint64_t spoilt;   /* readings that were not understood, or were cut */
    uint64_t refused;  /* files not kept open for want of descriptors */
};

struct process_table_options {
    uint32_t max;         /* watched at a time, >= 1 */
    uint32_t descriptors; /* to be kept open */
    double tick_hz, page_bytes;
    const struct counter_rules *rules; /* of CPU time; borrowed */
};

struct process_thread_set {
    bool used;
    struct process_threads threads;
};

/* One that left the list, if it was an entity. */
struct process_end {
    uint32_t entity, parent;
    double rss_bytes; /* when it was last read */
    bool vanished;    /* it is no more; else it lost its place, or could not be understood */
    bool killed;      /* for want of memory; see oom_victim.h */
};

struct process_table {
    struct process_table_options options;
    int proc_fd; /* <root>/proc, O_PATH */
    struct kdir listing, tasks;
    struct process *items;
    uint32_t count;
    uint32_t *index; /* open addressing by pid: position in items + 1, 0 = free */
    uint32_t index_size;
    struct process_glances glances;
    struct process_thread_set thread_sets[PROCESS_THREAD_SETS];
    struct process_coverage coverage;
    uint32_t descriptors; /* kept open now */

    /* whose turn it is, among items */
    uint32_t read_turn, refresh_turn, detail_turn;
    uint32_t detail_saved; /* system calls saved up for what is read now and then */

    /* the rotation */
    bool sweeping;
    uint32_t sweep;          /* its number */
    uint32_t held;           /* a pid that waits for the next round; 0 = none */
    uint32_t listed, denied; /* in this sweep */
    bool first_listed, has_unseen;
    int64_t sweep_began_ns, sweep_ended_ns;
    uint64_t sweep_forks;

    /* entities; see process_sample.c */
    double names_left;         /* new ones that may be declared now */
    bool names_short;          /* some process was worth one and got none */
    struct process_end *ended; /* since the last round, not said to be gone yet; room for max */
    uint32_t ended_count;
    int64_t named_ns;
};

/* What a round is given. */
struct process_round {
    struct kfile_buffer *buffer;
    const struct cgroup_tree *tree;
    int64_t mono_ns;
    uint64_t memory_bytes; /* of the host; 0 = unknown */
    uint64_t forks;        /* since boot, as /proc/stat counts them */
    bool has_forks;
};

/* Opens <root>/proc. Reads nothing yet. Returns 0; -ENOMEM; or the -errno of the directory: then the table is
 * empty for ever, and coverage.error says so. */
int process_table_init(struct process_table *t, const struct process_table_options *o, int root_fd);
void process_table_done(struct process_table *t);

/* One round: reads every watched process once and, with what is left of about 1.1 system calls a process
 * (and at most 6 * PROCESS_LOOKS_MAX besides), goes on with the rotation. The first round takes in what is
 * there. Allocates nothing. */
void process_table_round(struct process_table *t, const struct process_round *r);

/* More or fewer descriptors may be kept open from now on. */
void process_table_set_descriptors(struct process_table *t, uint32_t descriptors);

/* The watched process of that number, or NULL; valid until the next round. */
struct process *process_table_find(const struct process_table *t, uint32_t pid);

/* --- for the files named above only --- */

/* Puts a process on the list; there must be room. Returns it, or NULL. */
struct process *process_table_adopt(struct process_table *t, struct process_reading *r, uint32_t pid);
/* Takes items[i] off the list; the last one takes its place. vanished: it has ended. */
void process_table_drop(struct process_table *t, uint32_t i, bool vanished);
/* Goes on with the rotation until `calls` system calls are spent. */
void process_sweep(
    struct process_table *t, const struct process_round *round, struct process_reading *r, uint32_t calls);
/* Reads what is read now and then: cgroups, threads, switches; from what is saved up. */
void process_detail(struct process_table *t, const struct process_round *round, struct process_reading *r);
/* Which entity the process belongs to. Three system calls. */
void process_detail_cgroup(struct process *p, const struct process_round *round, struct process_reading *r);

#endif
