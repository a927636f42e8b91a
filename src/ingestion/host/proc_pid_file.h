/* SPDX-License-Identifier: MIT
 * The smaller files of a process as text: schedstat, cgroup, status. */
#ifndef COHERENCE_INGESTION_PROC_PID_FILE_H
#define COHERENCE_INGESTION_PROC_PID_FILE_H

#include <stddef.h>
#include <stdint.h>

/* /proc/PID/schedstat: of one thread only, the first of the process. */
struct proc_pid_sched {
    uint64_t exec_ns; /* on a CPU */
    uint64_t wait_ns; /* ready, and not on one */
    uint64_t slices;  /* times it came on one */
};

/* "123 456 7\n"; more numbers are passed over. All are 0 where the kernel does not count. Returns 0 or
 * -EBADMSG (*ret untouched): a number missing or too large, no newline at the end. Source: Linux,
 * Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat". */
int proc_pid_sched_parse(const char *p, size_t n, struct proc_pid_sched *ret);

/* /proc/PID/cgroup, lines "5:cpu,cpuacct:/path": the path in the v1 hierarchy of that controller, or in v2
 * (controller NULL, line "0::/path"). *ret_path points into p and does not hold the leading '/'; of the top
 * *ret_n is 0. Returns 0, -ENODATA (no such hierarchy) or -EBADMSG (its line has no path, or no end); outputs
 * are untouched then. Source: cgroups(7). */
int proc_pid_cgroup_parse(
    const char *p, size_t n, const char *controller, const char **ret_path, size_t *ret_n);

/* /proc/PID/status: how often its first thread gave the CPU up by itself and how often it was taken away.
 * Returns 0, -ENODATA (not there) or -EBADMSG as keyed_scan says; outputs are untouched then. */
int proc_pid_switches_parse(const char *p, size_t n, uint64_t *ret_voluntary, uint64_t *ret_involuntary);

#endif
