/* SPDX-License-Identifier: MIT
 * Every parser of kernel text that the host source has. The first byte chooses the parser (a letter, so that
 * seeds can be read), the rest is the text. Beyond crashes: what a parser promises about its outputs is
 * checked. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ingestion/host/cgroup_file.h"
#include "ingestion/host/cgroup_layout.h"
#include "ingestion/host/cgroup_sample.h"
#include "ingestion/host/filesystem_table.h"
#include "ingestion/host/proc_diskstats.h"
#include "ingestion/host/proc_memory.h"
#include "ingestion/host/proc_net.h"
#include "ingestion/host/proc_pid_file.h"
#include "ingestion/host/proc_pid_stat.h"
#include "ingestion/host/proc_pressure.h"
#include "ingestion/host/proc_stat.h"

#define RECORDS 8

static void fuzz_stat(const char *p, size_t n)
{
    struct proc_stat_cpu cpus[RECORDS];
    struct proc_stat s = {0};

    if (proc_stat_parse(p, n, &s, cpus, RECORDS) < 0) {
        assert(s.total.columns == 0 && s.cpu_count == 0);
        return;
    }
    assert(s.total.columns >= 4 && s.cpu_kept <= RECORDS && s.cpu_kept <= s.cpu_count);
    for (uint32_t i = 1; i < s.cpu_kept; i++)
        assert(cpus[i].id > cpus[i - 1].id);
}

static void fuzz_meminfo(const char *p, size_t n)
{
    struct meminfo m = {0};

    if (meminfo_parse(p, n, &m) == 0)
        assert(m.total_bytes > 0 && m.available_bytes <= m.total_bytes);
}

static void fuzz_vmstat(const char *p, size_t n)
{
    struct vmstat v;

    (void)vmstat_parse(p, n, &v);
}

static void fuzz_pressure(const char *p, size_t n)
{
    struct pressure v = {0};

    if (pressure_parse(p, n, &v) == 0)
        assert(v.some.avg10_ratio >= 0 && v.some.avg10_ratio < 1.01);
    else
        assert(v.some.total_us == 0 && !v.has_full);
}

static void fuzz_protocol(const char *p, size_t n)
{
    static const char *const names[] = {"ActiveOpens", "RetransSegs", "A"};
    const struct proc_net_names wanted = {"Tcp", names, 3};
    uint64_t v[3];
    uint32_t found = 0;

    (void)proc_net_parse(p, n, &wanted, v, &found);
    assert(found < 8);

    struct proc_net_tcp tcp = {.opened = 7};
    uint64_t overflows = 7;
    int r = proc_net_tcp_parse(p, n, &tcp);
    assert(r == 0 || (r == -ENODATA && tcp.opened == 0) || (r == -EBADMSG && tcp.opened == 7));
    if (proc_net_overflows_parse(p, n, &overflows) < 0)
        assert(overflows == 7);
}

static void fuzz_cgroup_procs(const char *p, size_t n)
{
    uint32_t pids[3];
    size_t count = cgroup_procs_parse(p, n, pids, 3);

    assert(count <= 3 && 2 * count <= n);
    for (size_t i = 0; i < count; i++)
        assert(pids[i] > 0 && pids[i] <= PROCESS_PID_MAX);
}

static void fuzz_net_dev(const char *p, size_t n)
{
    struct net_device d[RECORDS];
    size_t count = 0;

    (void)net_dev_parse(p, n, d, RECORDS, &count);
    assert(count <= RECORDS);
    for (size_t i = 0; i < count; i++)
        assert(memchr(d[i].name, 0, sizeof(d[i].name)) && d[i].name[0] != '\0');
}

static void fuzz_diskstats(const char *p, size_t n)
{
    struct disk d[RECORDS];
    size_t count = 0;

    (void)diskstats_parse(p, n, d, RECORDS, &count);
    assert(count <= RECORDS);
    for (size_t i = 0; i < count; i++)
        assert(memchr(d[i].name, 0, sizeof(d[i].name)));
}

static void fuzz_loadavg(const char *p, size_t n)
{
    struct proc_loadavg v = {0};

    (void)proc_loadavg_parse(p, n, &v);
    assert(v.load >= 0 && isfinite(v.load));
}

static void fuzz_mountinfo(const char *p, size_t n)
{
    static struct filesystem_table t;
    struct cgroup_layout l;

    filesystem_table_parse(p, n, &t);
    assert(t.count <= FILESYSTEM_MAX && (t.excess == 0 || t.count == FILESYSTEM_MAX));
    for (uint32_t i = 0; i < t.count; i++)
        assert(filesystem_table_find(&t, &t.items[i]) == &t.items[i] && t.items[i].point[0] == '/');
    cgroup_layout_parse(p, n, &l);
    assert(l.mount_count <= CGROUP_ROLE_COUNT);
    for (int role = 0; role < CGROUP_ROLE_COUNT; role++) {
        assert(l.role_mount[role] < (int)l.mount_count);
        if (l.role_mount[role] >= 0)
            assert(l.mounts[l.role_mount[role]].point[0] == '/');
    }
}

static void fuzz_cgroup_value(const char *p, size_t n)
{
    uint64_t v;

    (void)cgroup_value_parse(p, n, &v);
}

static void fuzz_cgroup_cpu_max(const char *p, size_t n)
{
    double cpus = 0;

    (void)cgroup_cpu_max_parse(p, n, &cpus);
    assert(isnan(cpus) || (cpus >= 0 && isfinite(cpus)));
}

static void fuzz_cgroup_cpu_stat(const char *p, size_t n)
{
    uint64_t usage_ns = 7;
    double throttled_s = 0;

    if (cgroup_usage_parse(p, n, true, &usage_ns, &throttled_s) < 0)
        assert(usage_ns == 7);
    else
        assert(usage_ns % 1000 == 0);
    if (cgroup_usage_parse(p, n, false, &usage_ns, NULL) == 0)
        assert(usage_ns != CGROUP_NO_LIMIT);
}

static void fuzz_cgroup_memory_stat(const char *p, size_t n)
{
    struct cgroup_memory_stat stat;

    (void)cgroup_memory_stat_parse(p, n, &stat);
}

static void fuzz_pid_stat(const char *p, size_t n)
{
    struct proc_pid_stat s = {0};

    if (proc_pid_stat_parse(p, n, &s) < 0) {
        assert(s.pid == 0 && s.threads == 0);
        return;
    }
    assert(s.pid > 0 && s.pid <= PROCESS_PID_MAX && s.threads > 0 && memchr(s.comm, 0, sizeof(s.comm)));
    assert(p[n - 1] == '\n');
}

static void fuzz_pid_sched(const char *p, size_t n)
{
    struct proc_pid_sched s;

    (void)proc_pid_sched_parse(p, n, &s);
}

static void fuzz_pid_cgroup(const char *p, size_t n)
{
    static const char *const controllers[] = {NULL, "cpuacct", "memory"};

    for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
        const char *path = NULL;
        size_t path_n = 0;
        if (proc_pid_cgroup_parse(p, n, controllers[i], &path, &path_n) == 0)
            assert(
                path > p && path_n < n && path + path_n < p + n && path[path_n] == '\n' && path[-1] == '/');
        else
            assert(!path);
    }
}

static void fuzz_pid_switches(const char *p, size_t n)
{
    uint64_t v, i;

    (void)proc_pid_switches_parse(p, n, &v, &i);
}

static const struct {
    char letter;
    void (*run)(const char *p, size_t n);
} parsers[] = {
    {'s', fuzz_stat},
    {'m', fuzz_meminfo},
    {'v', fuzz_vmstat},
    {'p', fuzz_pressure},
    {'n', fuzz_protocol},
    {'i', fuzz_net_dev},
    {'d', fuzz_diskstats},
    {'l', fuzz_loadavg},
    {'t', fuzz_mountinfo},
    {'1', fuzz_cgroup_value},
    {'o', fuzz_cgroup_procs},
    {'x', fuzz_cgroup_cpu_max},
    {'c', fuzz_cgroup_cpu_stat},
    {'y', fuzz_cgroup_memory_stat},
    {'P', fuzz_pid_stat},
    {'S', fuzz_pid_sched},
    {'G', fuzz_pid_cgroup},
    {'W', fuzz_pid_switches},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; size > 0 && i < sizeof(parsers) / sizeof(parsers[0]); i++)
        if (data[0] == (uint8_t)parsers[i].letter)
            parsers[i].run((const char *)data + 1, size - 1);
    return 0;
}
