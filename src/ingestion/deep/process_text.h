/* SPDX-License-Identifier: MIT
 * The few kernel files of a process that only the deep sense reads, as text: outside bytes, all of them.
 * Source of the formats: Linux, Documentation/filesystems/proc.rst sections 1.1 and 3.3. */
#ifndef COHERENCE_INGESTION_PROCESS_TEXT_H
#define COHERENCE_INGESTION_PROCESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process_status {
    uint32_t uid;    /* effective */
    uint32_t ns_pid; /* its number as the process itself sees it */
    bool is_nested;  /* that is another pid namespace than ours */
};

/* /proc/PID/status. Returns 0 or -EBADMSG (*ret untouched). Without NSpid (before Linux 4.1) the process's
 * number is ours. */
int process_status_parse(const char *p, size_t n, uint32_t pid, struct process_status *ret);

/* /proc/PID/limits: the soft limit of open files; NaN where there is none. Returns 0 or -EBADMSG. */
int process_limits_parse(const char *p, size_t n, double *ret_open_files);

/* /proc/PID/io: bytes that reached the storage. Returns 0 or -EBADMSG (nothing written). */
int process_io_parse(const char *p, size_t n, double *ret_read_bytes, double *ret_written_bytes);

/* /proc/PID/task/TID/wchan. "0" is said of a task that runs, and of one that sleeps where we may not know. */
enum wchan { WCHAN_NONE, WCHAN_FUTEX, WCHAN_OTHER };
enum wchan wchan_parse(const char *p, size_t n);

#endif
