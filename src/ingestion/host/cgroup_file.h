/* SPDX-License-Identifier: MIT
 * The small files of a cgroup as text, of v1 and v2. */
#ifndef COHERENCE_INGESTION_CGROUP_FILE_H
#define COHERENCE_INGESTION_CGROUP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGROUP_NO_LIMIT UINT64_MAX

/* A file of one number ("123\n"): cpuacct.usage, memory.current, memory.max, cpu.cfs_quota_us. "max" (v2) and
 * negative numbers (v1: no quota) give CGROUP_NO_LIMIT. Returns 0 or -EBADMSG (*ret_value untouched): no
 * number, more than one word, or no end of line. Source: Linux, Documentation/admin-guide/cgroup-v2.rst,
 * cgroup-v1/. */
int cgroup_value_parse(const char *p, size_t n, uint64_t *ret_value);

/* cpu.stat. Times in ns whatever the version counts in. */
struct cgroup_cpu_stat {
    uint64_t usage_ns;     /* v2 only */
    uint64_t throttled_ns; /* where the cpu controller is enabled */
    bool has_usage, has_throttled;
};

/* Returns 0, or -EBADMSG (*ret untouched) as keyed_scan says or when microseconds do not fit. */
int cgroup_cpu_stat_parse(const char *p, size_t n, struct cgroup_cpu_stat *ret);

/* CPU time used, in ns: cpuacct.usage of v1, cpu.stat of v2. *ret_throttled_s in seconds, NaN where there is
 * none; may be NULL. Returns 0 or -EBADMSG (outputs untouched): as above, or the usage is missing. */
int cgroup_usage_parse(const char *p, size_t n, bool is_v2, uint64_t *ret_usage_ns, double *ret_throttled_s);

/* cpu.max of v2, "50000 100000\n" or "max 100000\n": *ret_cpus = how many CPUs' worth of time, NaN = no
 * limit. Returns 0 or -EBADMSG (*ret_cpus untouched): a period of 0, a word missing or no number. */
int cgroup_cpu_max_parse(const char *p, size_t n, double *ret_cpus);

/* cgroup.procs, a number a line: the first max processes of it that have a number here (those of other pid
 * namespaces are a 0). Stops at what is no process number, and at a last line without end. Returns how many.
 */
size_t cgroup_procs_parse(const char *p, size_t n, uint32_t *pids, size_t max);

/* memory.stat. */
struct cgroup_memory_stat {
    uint64_t inactive_file_bytes; /* what reclaim can have back at once: total_inactive_file in v1 (it
                                     includes the children, as the usage does), inactive_file in v2 */
    uint64_t refaults;            /* pages that came back soon after they were evicted, since the start */
    bool has_refaults;            /* Linux 3.15 and later (one number), 5.9 and later (memory and files) */
};

/* Returns 0, -ENODATA: no inactive_file, or -EBADMSG; then *ret is untouched. */
int cgroup_memory_stat_parse(const char *p, size_t n, struct cgroup_memory_stat *ret);

#endif
