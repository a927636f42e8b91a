/* SPDX-License-Identifier: MIT
 * What is remembered of processes that are not watched: how they stood when they were last looked at. A cache
 * of fixed size; what it forgets costs one comparison, never a mistake. */
#ifndef COHERENCE_INGESTION_PROCESS_GLANCE_H
#define COHERENCE_INGESTION_PROCESS_GLANCE_H

#include <stdbool.h>
#include <stdint.h>

#define PROCESS_GLANCES 131072 /* heuristic: 7 MB of which only what is used is ever touched */

struct process_glance {
    uint32_t pid;   /* 0: free */
    uint32_t sweep; /* in which it was last met */
    bool was_read;  /* the fields below hold a reading */
    int64_t t_ns;   /* monotonic */
    uint64_t start_ticks, ticks, rss_pages, faults;
};

struct process_glances {
    struct process_glance *items;
};

/* Returns 0 or -ENOMEM. */
int process_glances_init(struct process_glances *g);
void process_glances_done(struct process_glances *g);

/* The place of that process: its own when it is known (pid is set), else one that may be taken over (its pid
 * is another's or 0). Two places are looked at. */
struct process_glance *process_glances_find(struct process_glances *g, uint32_t pid);

#endif
