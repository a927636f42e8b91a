/* SPDX-License-Identifier: MIT
 * /proc/stat and /proc/loadavg as text: CPU time in ticks, context switches, forks, and the load average. */
#ifndef COHERENCE_INGESTION_PROC_STAT_H
#define COHERENCE_INGESTION_PROC_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROC_STAT_TOTAL UINT32_MAX /* id of the line of all CPUs */

/* Numbers that a line must have for these to be among them. */
#define PROC_STAT_COLUMNS_IOWAIT 5
#define PROC_STAT_COLUMNS_STEAL  8

/* Ticks (1/USER_HZ s) since boot. */
struct proc_stat_cpu {
    uint32_t id;           /* PROC_STAT_TOTAL for the sum */
    uint32_t columns;      /* numbers on the line, at most 8 */
    uint64_t busy;         /* user + nice + system + irq + softirq; guests are inside user and nice already */
    uint64_t idle, iowait; /* may step back: kept apart from busy for that reason */
    uint64_t steal;        /* taken by the hypervisor: neither busy nor idle */
};

struct proc_stat {
    struct proc_stat_cpu total;
    uint32_t cpu_count; /* lines cpuN: the CPUs online now, more than fit into cpus included */
    uint32_t cpu_kept;  /* entries of cpus that were filled */
    uint64_t context_switches, forks;
    bool has_context_switches, has_forks;
};

/* Parses n bytes. cpus: room for max CPUs in rising order of id (ids may have holes); nothing of use after an
 * error. Unknown lines, further columns and CPUs beyond max are skipped. Returns 0, or -EBADMSG (*ret
 * untouched): no line of all CPUs, fewer than 4 columns, a column that is no number, CPUs out of order or
 * twice, a line twice, or the last line does not end. Source: Linux, Documentation/filesystems/proc.rst
 * section 1.7; fs/proc/stat.c. */
int proc_stat_parse(const char *p, size_t n, struct proc_stat *ret, struct proc_stat_cpu *cpus, size_t max);

/* /proc/loadavg: "0.21 0.05 0.01 3/104 6617". */
struct proc_loadavg {
    double load;    /* of one minute */
    uint64_t tasks; /* processes and threads of the whole host */
};

/* Parses n bytes. Returns 0 or -EBADMSG (*ret untouched). Source: Linux, fs/proc/loadavg.c. */
int proc_loadavg_parse(const char *p, size_t n, struct proc_loadavg *ret);

#endif
