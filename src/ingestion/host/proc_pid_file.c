/* SPDX-License-Identifier: MIT
 * Turns the small files of a process into a few numbers and a path. Reading them, and when, is left to the
 * process table. */
#include "ingestion/host/proc_pid_file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "ingestion/host/keyed.h"
#include "ingestion/host/scan.h"

int proc_pid_sched_parse(const char *p, size_t n, struct proc_pid_sched *ret)
{
    struct proc_pid_sched s;
    uint64_t *const numbers[] = {&s.exec_ns, &s.wait_ns, &s.slices};
    const char *eol = scan_line_end(p, p + n);

    if (!eol)
        return -EBADMSG;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        scan_blanks(&p, eol);
        if (!scan_field_u64(&p, eol, numbers[i]))
            return -EBADMSG;
    }
    *ret = s;
    return 0;
}

/* Is the word in the list "cpu,cpuacct"? */
static bool list_has(const char *p, size_t n, const char *word)
{
    for (const char *end = p + n; p <= end;) {
        const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
        const char *stop = comma ? comma : end;
        if (scan_is(p, (size_t)(stop - p), word))
            return true;
        p = stop + 1;
    }
    return false;
}

int proc_pid_cgroup_parse(
    const char *p, size_t n, const char *controller, const char **ret_path, size_t *ret_n)
{
    const char *end = p + n, *eol;

    for (; p < end; p = eol + 1) {
        eol = scan_line_end(p, end);
        if (!eol)
            return -EBADMSG;
        const char *list = memchr(p, ':', (size_t)(eol - p));
        if (!list)
            continue;
        bool is_v2 = scan_is(p, (size_t)(list - p), "0");
        list++;
        const char *path = memchr(list, ':', (size_t)(eol - list));
        if (!path)
            continue;
        size_t list_n = (size_t)(path - list);
        path++;
        if (controller ? !list_has(list, list_n, controller) : !(is_v2 && list_n == 0))
            continue;
        if (path == eol || *path != '/')
            return -EBADMSG;
        *ret_path = path + 1;
        *ret_n = (size_t)(eol - path) - 1;
        return 0;
    }
    return -ENODATA;
}

int proc_pid_switches_parse(const char *p, size_t n, uint64_t *ret_voluntary, uint64_t *ret_involuntary)
{
    static const char *const names[] = {"voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"};
    const struct keyed_names wanted = {names, 2};
    uint64_t v[2];
    uint32_t found;
    int r = keyed_scan(p, n, &wanted, v, &found);

    if (r < 0)
        return r;
    if (found != 3)
        return -ENODATA;
    *ret_voluntary = v[0];
    *ret_involuntary = v[1];
    return 0;
}
