/* SPDX-License-Identifier: MIT
 * The waiting of all threads of one process, added up from /proc/PID/task/TID/schedstat. */
#ifndef COHERENCE_INGESTION_PROCESS_THREADS_H
#define COHERENCE_INGESTION_PROCESS_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/kdir.h"
#include "base/kfile.h"

#define PROCESS_THREADS_MAX 256 /* heuristic: a reading costs three system calls a thread */

struct process_thread {
    uint32_t tid;
    uint64_t wait_ns;
};

/* All zero: nothing read yet. */
struct process_threads {
    struct process_thread items[PROCESS_THREADS_MAX], scratch[PROCESS_THREADS_MAX];
    uint32_t count;
    bool has_begun;
    uint64_t total_ns; /* waited since the first reading; what threads that ended waited last is lost */
    int64_t read_ns;   /* monotonic; of the last reading */
};

struct process_threads_reading {
    int proc_fd;
    uint32_t pid;
    struct kdir *listing; /* scratch */
    struct kfile_buffer *buffer;
    int64_t mono_ns;
    uint32_t *calls; /* added to */
};

/* System calls that the next reading of a process with so many threads makes. */
uint32_t process_threads_cost(uint32_t threads);

/* Reads every thread once. Returns 0; -E2BIG (more than PROCESS_THREADS_MAX: their sum would be no sum);
 * -ESRCH (gone); or -errno. After an error the next reading begins anew, total_ns kept. */
int process_threads_read(struct process_threads *t, const struct process_threads_reading *r);

#endif
