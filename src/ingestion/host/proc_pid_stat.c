/* SPDX-License-Identifier: MIT
 * Turns the one line of /proc/PID/stat into numbers and a name. Which process that is, and what the numbers
 * say about it, is left to the callers. */
#include "ingestion/host/proc_pid_stat.h"

#include <errno.h>
#include <string.h>

#include "ingestion/host/scan.h"

/* Fields as proc(5) numbers them; the state is the 3rd and the first behind the name. */
enum field {
    FIELD_FLAGS = 9,
    FIELD_MINOR_FAULTS = 10,
    FIELD_MAJOR_FAULTS = 12,
    FIELD_USER = 14,
    FIELD_SYSTEM = 15,
    FIELD_THREADS = 20,
    FIELD_START = 22,
    FIELD_RSS = 24,
    FIELD_LAST = FIELD_RSS
};
#define FIELD_FIRST 4 /* behind the state */

#define KERNEL_THREAD UINT64_C(0x00200000) /* PF_KTHREAD, include/linux/sched.h */

/* Fields that are or may be negative (a terminal's group, priority, nice) are not ours: their sign is stepped
 * over, and their number with it. */
static bool parse_fields(const char *p, const char *end, uint64_t *fields)
{
    for (int i = FIELD_FIRST; i <= FIELD_LAST; i++) {
        scan_blanks(&p, end);
        if (p < end && *p == '-')
            p++;
        if (!scan_field_u64(&p, end, &fields[i]))
            return false;
    }
    return true;
}

/* "123 (" before the name. */
static bool parse_head(const char **p, const char *end, uint32_t *ret_pid)
{
    uint64_t pid;

    if (!scan_u64(p, end, &pid) || pid == 0 || pid > PROCESS_PID_MAX || end - *p < 2 ||
        memcmp(*p, " (", 2) != 0)
        return false;
    *p += 2;
    *ret_pid = (uint32_t)pid;
    return true;
}

int proc_pid_stat_parse(const char *p, size_t n, struct proc_pid_stat *ret)
{
    struct proc_pid_stat s = {0};
    uint64_t fields[FIELD_LAST + 1];

    if (n == 0 || p[n - 1] != '\n')
        return -EBADMSG;
    const char *end = p + n - 1;
    if (!parse_head(&p, end, &s.pid))
        return -EBADMSG;
    const char *close = memrchr(p, ')', (size_t)(end - p));
    /* ") S " must follow; the state is a letter. */
    if (!close || end - close < 4 || close[1] != ' ' || close[2] <= ' ' || close[3] != ' ')
        return -EBADMSG;
    size_t comm_n = (size_t)(close - p);
    if (comm_n > sizeof(s.comm) - 1)
        comm_n = sizeof(s.comm) - 1;
    if (memchr(p, '\0', comm_n) || !parse_fields(close + 3, end, fields))
        return -EBADMSG;
    if (fields[FIELD_THREADS] == 0 || fields[FIELD_THREADS] > PROCESS_PID_MAX ||
        __builtin_add_overflow(fields[FIELD_USER], fields[FIELD_SYSTEM], &s.ticks))
        return -EBADMSG;
    memcpy(s.comm, p, comm_n);
    s.state = close[2];
    s.is_kernel = fields[FIELD_FLAGS] & KERNEL_THREAD;
    s.minor_faults = fields[FIELD_MINOR_FAULTS];
    s.major_faults = fields[FIELD_MAJOR_FAULTS];
    s.threads = (uint32_t)fields[FIELD_THREADS];
    s.start_ticks = fields[FIELD_START];
    s.rss_pages = fields[FIELD_RSS];
    *ret = s;
    return 0;
}
