/* SPDX-License-Identifier: MIT
 * Turns what is read once a second of CPUs and memory into samples; host_io.c does so for network and disks.
 * Counters that the laws know go as they are; others go as rates, because a metric without a law is watched
 * as a level. */
#include "ingestion/host/host_source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "ingestion/host/proc_memory.h"

/* Falls of up to 3 s of ticks are iowait and idle stepping back; larger ones are a CPU that came anew. */
#define BACK_TOLERANCE_S 3

double host_rate(struct counter *c, const struct counter_rules *rules, int64_t mono_ns, double value)
{
    double delta, dt_s;

    switch (counter_update(c, rules, mono_ns, value, &delta, &dt_s)) {
    case COUNTER_RATE:
    case COUNTER_BACK:
    case COUNTER_WRAPPED:
        return delta / dt_s;
    case COUNTER_FIRST:
    case COUNTER_RESET:
    case COUNTER_GAP:
        break;
    }
    return (double)NAN;
}

void host_add_rate(
    struct host_source *s, struct host_named_rate *r, int64_t mono_ns, const char *metric, uint64_t value)
{
    double rate = host_rate(&r->counter, &s->slow_rules, mono_ns, (double)value);

    frame_add_named(&s->frame, &r->slot, s->host, metric, frame_rounded(rate));
}

/* Ticks a second of one CPU-time counter, as a share of `cpus` CPUs. */
static double share(struct host_source *s, struct counter *c, int64_t mono_ns, uint64_t ticks, uint32_t cpus)
{
    struct counter_rules rules = s->slow_rules;

    rules.back_tolerance = BACK_TOLERANCE_S * s->tick_hz;
    double per_s = host_rate(c, &rules, mono_ns, (double)ticks);
    return cpus == 0 ? (double)NAN : frame_rounded(per_s / s->tick_hz / cpus);
}

/* Where the CPU of that id is remembered, declared when new; NULL when it is beyond a limit. */
static struct host_cpu *find_cpu(struct host_source *s, uint32_t id)
{
    char name[16];

    if (id >= (uint64_t)s->options.max_cpus)
        return NULL;
    struct host_cpu *cpu = &s->cpus[id];
    if (catalog_entity_lives(s->feed.catalog, cpu->entity))
        return cpu;
    int n = snprintf(name, sizeof(name), "%u", id);
    int64_t entity = catalog_entity(s->feed.catalog, s->host, ENTITY_CPU, name, (size_t)n, ENTITY_NONE);
    if (entity < 0) {
        s->frame.refused++;
        return NULL;
    }
    cpu->entity = (uint32_t)entity;
    return cpu;
}

/* Reads /proc/stat into s->stat and s->stat_cpus. */
static bool read_stat(struct host_source *s)
{
    size_t n;
    const char *text = host_file_read(s, HOST_STAT, &n);

    if (!text)
        return false;
    int r = proc_stat_parse(text, n, &s->stat, s->stat_cpus, (size_t)s->options.max_cpus);
    host_file_judge(s, HOST_STAT, r);
    if (r < 0)
        return false;
    uint32_t kept = s->stat.cpu_kept, count = s->stat.cpu_count;
    uint32_t last_id = kept > 0 ? s->stat_cpus[kept - 1].id : 0;
    bool beyond = kept < count || (kept > 0 && last_id >= (uint64_t)s->options.max_cpus);
    host_missing_set(s, HOST_LACK_CPU_LIMIT, beyond ? (int)count : 0,
        "%u CPUs are online, more than sources.host.max_cpus lets be watched one by one", count);
    return true;
}

static void gather_cpus(struct host_source *s, int64_t mono_ns)
{
    for (uint32_t i = 0; i < s->stat.cpu_kept; i++) {
        struct host_cpu *cpu = find_cpu(s, s->stat_cpus[i].id);
        if (cpu)
            frame_add(&s->frame, &cpu->utilization_slot, cpu->entity, METRIC_CPU_UTILIZATION,
                share(s, &cpu->busy_ticks, mono_ns, s->stat_cpus[i].busy, 1));
    }
}

static void gather_stat(struct host_source *s, int64_t mono_ns)
{
    const struct proc_stat *stat = &s->stat;
    const struct proc_stat_cpu *total = &stat->total;

    if (!read_stat(s))
        return;
    double busy = share(s, &s->busy_ticks, mono_ns, total->busy, stat->cpu_count);
    if (!s->has_fine_cpu)
        frame_add(&s->frame, &s->utilization_slot, s->host, METRIC_CPU_UTILIZATION, busy);
    if (total->columns >= PROC_STAT_COLUMNS_IOWAIT)
        frame_add(&s->frame, &s->iowait_slot, s->host, METRIC_CPU_IOWAIT,
            share(s, &s->iowait_ticks, mono_ns, total->iowait, stat->cpu_count));
    if (total->columns >= PROC_STAT_COLUMNS_STEAL)
        frame_add(&s->frame, &s->steal_slot, s->host, METRIC_CPU_STEAL,
            share(s, &s->steal_ticks, mono_ns, total->steal, stat->cpu_count));
    if (stat->has_context_switches)
        frame_add(
            &s->frame, &s->switches_slot, s->host, METRIC_CONTEXT_SWITCHES, (double)stat->context_switches);
    if (stat->has_forks)
        frame_add(&s->frame, &s->forks_slot, s->host, METRIC_FORKS, (double)stat->forks);
    gather_cpus(s, mono_ns);
}

static void gather_meminfo(struct host_source *s, int64_t mono_ns)
{
    struct meminfo m;
    size_t n;
    const char *text = host_file_read(s, HOST_MEMINFO, &n);

    if (!text)
        return;
    int r = meminfo_parse(text, n, &m);
    host_file_judge(s, HOST_MEMINFO, r);
    if (r < 0)
        return;
    s->memory_bytes = m.total_bytes;
    host_missing_set(s, HOST_LACK_AVAILABLE, !m.has_available,
        "%s/proc/meminfo: no MemAvailable (Linux before 3.14); without it: memory used", s->root);
    if (m.has_available) {
        const double used_bytes = (double)(m.total_bytes - m.available_bytes);
        frame_add(&s->frame, &s->memory_slot, s->host, METRIC_MEMORY_USAGE, used_bytes);
        fullness_note(&s->memory_full, used_bytes / (double)m.total_bytes, mono_ns);
    }
    frame_add(&s->frame, &s->memory_limit_slot, s->host, METRIC_MEMORY_LIMIT, (double)m.total_bytes);
}

static void gather_vmstat(struct host_source *s, int64_t mono_ns)
{
    struct vmstat v;
    size_t n;
    const char *text = host_file_read(s, HOST_VMSTAT, &n);

    if (!text)
        return;
    int r = vmstat_parse(text, n, &v);
    host_file_judge(s, HOST_VMSTAT, r);
    if (r < 0)
        return;
    host_missing_set(s, HOST_LACK_ALLOCATED, !v.has_allocated,
        "%s/proc/vmstat: no pgalloc_*; without it: memory allocated", s->root);
    if (v.has_allocated)
        frame_add(&s->frame, &s->allocated_slot, s->host, METRIC_MEMORY_ALLOCATED,
            (double)v.allocated_pages * s->page_bytes);
    if (v.has_scanned)
        frame_add(&s->frame, &s->reclaim_slot, s->host, METRIC_RECLAIM, (double)v.scanned_pages);
    if (v.has_refaulted)
        frame_add(&s->frame, &s->refaults_slot, s->host, METRIC_REFAULTS, (double)v.refaulted_pages);
    if (v.has_major_faults)
        host_add_rate(s, &s->major_faults, mono_ns, "system.paging.faults.major", v.major_faults);
    if (!v.has_oom_kills)
        return;
    host_add_rate(s, &s->oom_kill_rate, mono_ns, "system.memory.oom_kills", v.oom_kills);
    if (!s->oom_kills.has_count)
        s->oom_count_scanned = v.oom_kills;
    oom_kills_count(&s->oom_kills, v.oom_kills, mono_ns);
}

/* Load is a poor relation of pressure: it is watched only where there is none. */
static void gather_load(struct host_source *s)
{
    struct proc_loadavg v;
    size_t n;
    const char *text = host_file_read(s, HOST_LOADAVG, &n);

    s->task_count = 0;
    if (!text)
        return;
    int r = proc_loadavg_parse(text, n, &v);
    host_file_judge(s, HOST_LOADAVG, r);
    if (r < 0)
        return;
    s->task_count = v.tasks;
    if (!host_has_pressure(s))
        frame_add_named(&s->frame, &s->load_slot, s->host, "system.cpu.load_average.1m", v.load);
}

void host_slow_declare(struct host_source *s)
{
    if (read_stat(s))
        for (uint32_t i = 0; i < s->stat.cpu_kept; i++)
            (void)find_cpu(s, s->stat_cpus[i].id);
}

void host_slow_gather(struct host_source *s, int64_t mono_ns)
{
    gather_stat(s, mono_ns);
    gather_meminfo(s, mono_ns);
    gather_vmstat(s, mono_ns);
    host_io_gather(s, mono_ns);
    gather_load(s);
    host_resource_gather(s);
    const struct cgroup_reading reading = {
        .tree = &s->tree,
        .buffer = &s->buffer,
        .frame = &s->frame,
        .rules = &s->slow_rules,
        .mono_ns = mono_ns,
        .online_cpus = s->stat.cpu_count,
        .has_pressure = host_has_pressure(s),
        .turn = s->slow_rounds++,
        .memory_bytes = s->memory_bytes,
    };
    cgroup_sample_slow(&reading);
}
