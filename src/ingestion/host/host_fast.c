/* SPDX-License-Identifier: MIT
 * Turns the counters that are finer than a tick (CPU time of cgroups, pressure totals) into samples. These
 * are read ten times a second, so nothing else belongs here. */
#include "ingestion/host/host_source.h"

#include <errno.h>
#include <math.h>

#include "ingestion/host/proc_pressure.h"

#define NS_PER_S 1e9
#define US_PER_S 1e6

/* The host's CPU time comes from the top of the cgroup hierarchy. v1 counts it in ns by the scheduler's
 * clock; v2 sums up the ticks of the CPUs for its top (kernel/cgroup/rstat.c, root_cgroup_cputime), so its
 * quantum is 1/CONFIG_HZ s, still finer than the 10 ms of /proc/stat. */
static void gather_utilization(struct host_source *s, int64_t mono_ns)
{
    struct kfile *f = &s->tree.host_usage;
    uint64_t usage_ns;
    double delta_ns, dt_s;
    size_t n;

    s->has_fine_cpu = f->fd >= 0 && kfile_read(f, &s->buffer, &n) == 0 &&
                      cgroup_usage_parse(
                          s->buffer.data, n, cgroup_tree_is_v2(&s->tree, CGROUP_USAGE), &usage_ns, NULL) == 0;
    if (!s->has_fine_cpu)
        return;
    if (counter_update(&s->usage_ns, &s->fast_rules, mono_ns, (double)usage_ns, &delta_ns, &dt_s) ==
            COUNTER_RATE &&
        s->stat.cpu_count > 0)
        frame_add(&s->frame, &s->utilization_slot, s->host, METRIC_CPU_UTILIZATION,
            frame_rounded(delta_ns / NS_PER_S / dt_s / s->stat.cpu_count));
}

static void gather_pressure(struct host_source *s)
{
    static const struct {
        enum host_file file;
        enum metric_id metric;
    } kinds[] = {
        {HOST_PRESSURE_CPU, METRIC_CPU_PRESSURE},
        {HOST_PRESSURE_MEMORY, METRIC_MEMORY_PRESSURE},
        {HOST_PRESSURE_IO, METRIC_IO_PRESSURE},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct pressure pressure;
        size_t n;
        const char *text = host_file_read(s, kinds[i].file, &n);
        if (!text)
            continue;
        int r = pressure_parse(text, n, &pressure);
        host_file_judge(s, kinds[i].file, r);
        if (r == 0)
            frame_add(&s->frame, &s->pressure_slots[i], s->host, kinds[i].metric,
                (double)pressure.some.total_us / US_PER_S);
    }
}

void host_fast_gather(struct host_source *s, int64_t mono_ns)
{
    const struct cgroup_reading reading = {
        .tree = &s->tree,
        .buffer = &s->buffer,
        .frame = &s->frame,
        .rules = &s->fast_rules,
        .mono_ns = mono_ns,
        .online_cpus = s->stat.cpu_count,
    };

    /* CPU time first: mono_ns is closest to it. */
    gather_utilization(s, mono_ns);
    cgroup_sample_usage(&reading);
    gather_pressure(s);
}
