/* SPDX-License-Identifier: MIT
 * /proc/PID/stat as text. */
#ifndef COHERENCE_INGESTION_PROC_PID_STAT_H
#define COHERENCE_INGESTION_PROC_PID_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESS_COMM_MAX 64         /* TASK_COMM_LEN is 16; a worker of the kernel says more, up to 64 */
#define PROCESS_PID_MAX  (1u << 22) /* PID_MAX_LIMIT of 64-bit kernels */

struct proc_pid_stat {
    uint32_t pid;
    char comm[PROCESS_COMM_MAX];         /* outside bytes, any but NUL, cut at 63, NUL-terminated */
    char state;                          /* R, S, D, Z, T, ... */
    bool is_kernel;                      /* a thread of the kernel (PF_KTHREAD) */
    uint64_t minor_faults, major_faults; /* of all its threads, also of those that ended */
    uint64_t ticks;       /* user and system time of all its threads, in USER_HZ; coarse: 10 ms */
    uint32_t threads;     /* >= 1 */
    uint64_t start_ticks; /* since boot; with the pid it says which process this is */
    uint64_t rss_pages;
};

/* The name may hold spaces, parentheses and newlines: it ends at the last ')'. Fields behind the 24th are
 * passed over. Returns 0, or -EBADMSG (*ret untouched): a field missing or no number, more time than fits 64
 * bits, no newline at the end (the text was cut). Cost: one pass, about 0.2 us. Source: Linux,
 * Documentation/filesystems/proc.rst, table 1-4; fs/proc/array.c, do_task_stat. */
int proc_pid_stat_parse(const char *p, size_t n, struct proc_pid_stat *ret);

#endif
