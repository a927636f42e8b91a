/* SPDX-License-Identifier: MIT
 * The deep sense's own process, once it stands under its filter: reads what the sealed sentinel may not, and
 * sends it through a pipe. */
#ifndef COHERENCE_INGESTION_DEEP_CHILD_H
#define COHERENCE_INGESTION_DEEP_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#define DEEP_CHILD_FILES_MAX 768 /* descriptors that it may need: two a JVM, one a process, and some */

struct deep_task {
    int proc_fd;       /* <root>/proc, open for listing */
    int tmp_fd;        /* <root>/tmp, open for listing; -1: none */
    int self_fd;       /* /proc/self/fd of this process, O_PATH; -1: none, and then no JVM is read */
    int in_fd, out_fd; /* ends of the two pipes, non-blocking */
    int64_t interval_ns;
    int64_t max_jvms;
    double tick_hz;  /* of /proc/PID/stat */
    uint32_t own[2]; /* processes that are not looked at: this one and its sentinel */
    bool may_trace, may_read;
};

/* Says that it is there, and then reads a round every interval, until one of the pipes ends. Calls nothing
 * that sandbox/deep_filter.c does not allow, takes no memory; a round that hangs (a file system that does not
 * answer) ends the process by SIGALRM. Returns 0, or -errno of a pipe that failed. */
int deep_child_run(const struct deep_task *task);

#endif
