/* SPDX-License-Identifier: MIT
 * Turns the text of cgroup files into numbers in one unit for both versions. Which file is read when is left
 * to cgroup_tree and cgroup_sample. */
#include "ingestion/host/cgroup_file.h"

#include <errno.h>
#include <math.h>

#include "ingestion/host/keyed.h"
#include "ingestion/host/proc_pid_stat.h"
#include "ingestion/host/scan.h"

#define NS_PER_US UINT64_C(1000)
#define NS_PER_S  1e9

/* One word: a number, "max", or a negative number. */
static bool scan_limit(const char **p, const char *end, uint64_t *ret_value)
{
    const char *q = *p, *word_end = scan_word_end(q, end);
    uint64_t v = CGROUP_NO_LIMIT;

    if (scan_is(q, (size_t)(word_end - q), "max")) {
        q = word_end;
    } else if (q < word_end && *q == '-') {
        q++;
        if (!scan_field_u64(&q, word_end, &v))
            return false;
        v = CGROUP_NO_LIMIT;
    } else if (!scan_field_u64(&q, word_end, &v)) {
        return false;
    }
    *p = q;
    *ret_value = v;
    return true;
}

static bool at_end_of_text(const char *p, const char *end)
{
    return p + 1 == end && *p == '\n';
}

int cgroup_value_parse(const char *p, size_t n, uint64_t *ret_value)
{
    const char *end = p + n;
    uint64_t v;

    if (!scan_limit(&p, end, &v) || !at_end_of_text(p, end))
        return -EBADMSG;
    *ret_value = v;
    return 0;
}

size_t cgroup_procs_parse(const char *p, size_t n, uint32_t *pids, size_t max)
{
    const char *end = p + n;
    size_t count = 0;
    uint64_t v;

    for (; count < max && scan_field_u64(&p, end, &v) && p < end && *p == '\n' && v <= PROCESS_PID_MAX; p++)
        if (v != 0)
            pids[count++] = (uint32_t)v;
    return count;
}

int cgroup_cpu_stat_parse(const char *p, size_t n, struct cgroup_cpu_stat *ret)
{
    enum { USAGE_US, THROTTLED_US, THROTTLED_NS, COUNT };
    static const char *const names[COUNT] = {"usage_usec", "throttled_usec", "throttled_time"};
    const struct keyed_names wanted = {names, COUNT};
    uint64_t v[COUNT];
    uint32_t found;
    int r = keyed_scan(p, n, &wanted, v, &found);

    if (r < 0)
        return r;
    bool has_usage = found & (1u << USAGE_US), has_us = found & (1u << THROTTLED_US),
         has_ns = found & (1u << THROTTLED_NS);
    if ((has_usage && v[USAGE_US] > UINT64_MAX / NS_PER_US) ||
        (has_us && v[THROTTLED_US] > UINT64_MAX / NS_PER_US))
        return -EBADMSG;
    *ret = (struct cgroup_cpu_stat){
        .usage_ns = has_usage ? v[USAGE_US] * NS_PER_US : 0,
        .throttled_ns = has_us   ? v[THROTTLED_US] * NS_PER_US
                        : has_ns ? v[THROTTLED_NS]
                                 : 0,
        .has_usage = has_usage,
        .has_throttled = has_us || has_ns,
    };
    return 0;
}

int cgroup_usage_parse(const char *p, size_t n, bool is_v2, uint64_t *ret_usage_ns, double *ret_throttled_s)
{
    struct cgroup_cpu_stat stat = {0};
    uint64_t usage_ns;
    int r;

    if (is_v2) {
        r = cgroup_cpu_stat_parse(p, n, &stat);
        if (r == 0 && !stat.has_usage)
            r = -EBADMSG;
        usage_ns = stat.usage_ns;
    } else {
        r = cgroup_value_parse(p, n, &usage_ns);
        if (r == 0 && usage_ns == CGROUP_NO_LIMIT)
            r = -EBADMSG;
    }
    if (r < 0)
        return r;
    *ret_usage_ns = usage_ns;
    if (ret_throttled_s)
        *ret_throttled_s = stat.has_throttled ? (double)stat.throttled_ns / NS_PER_S : (double)NAN;
    return 0;
}

int cgroup_cpu_max_parse(const char *p, size_t n, double *ret_cpus)
{
    const char *end = p + n;
    uint64_t quota_us, period_us;

    if (!scan_limit(&p, end, &quota_us))
        return -EBADMSG;
    scan_blanks(&p, end);
    if (!scan_field_u64(&p, end, &period_us) || period_us == 0 || !at_end_of_text(p, end))
        return -EBADMSG;
    *ret_cpus = quota_us == CGROUP_NO_LIMIT ? (double)NAN : (double)quota_us / (double)period_us;
    return 0;
}

int cgroup_memory_stat_parse(const char *p, size_t n, struct cgroup_memory_stat *ret)
{
    enum { INACTIVE, REFAULT, REFAULT_ANON, REFAULT_FILE, ROWS };
    /* v1 has them for the cgroup alone and with its children, as v2 does under the first names. */
    static const char *const names[2 * ROWS] = {"inactive_file", "workingset_refault",
        "workingset_refault_anon", "workingset_refault_file", "total_inactive_file",
        "total_workingset_refault", "total_workingset_refault_anon", "total_workingset_refault_file"};
    const struct keyed_names wanted = {names, 2 * ROWS};
    struct cgroup_memory_stat stat = {0};
    uint64_t v[2 * ROWS];
    uint32_t found;
    int r = keyed_scan(p, n, &wanted, v, &found);

    if (r < 0)
        return r;
    const unsigned of = found & (1u << (ROWS + INACTIVE)) ? ROWS : 0;
    if (!(found & (1u << (of + INACTIVE))))
        return -ENODATA;
    stat.inactive_file_bytes = v[of + INACTIVE];
    for (unsigned i = REFAULT; i < ROWS; i++)
        if (found & (1u << (of + i))) {
            stat.has_refaults = true;
            stat.refaults += v[of + i];
        }
    *ret = stat;
    return 0;
}
