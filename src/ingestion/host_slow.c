/* SPDX-License-Identifier: MIT
 * Turns what is read once a second (/proc/stat, memory, network, disks) into samples. Counters that the laws
 * know go as they are; others go as rates, because a metric without a law is watched as a level. */
#include "ingestion/host_source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ingestion/proc_memory.h"

#define MS_PER_S 1000.0

/* Fastest that 64-byte frames can come over 100 Gbit/s with preamble and gap: 148.8 million a second (IEEE
 * 802.3). */
#define PACKETS_MAX_PER_S 1.5e8
/* A busy time cannot outrun the clock; the rest is the coarseness of both. */
#define BUSY_MS_MAX_PER_S 1100.0

/* Falls of up to 3 s of ticks are iowait and idle stepping back; larger ones are a CPU that came anew. */
#define BACK_TOLERANCE_S 3

static double rate(struct counter *c, const struct counter_rules *rules, int64_t mono_ns, double value)
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

/* Ticks a second of one CPU-time counter, as a share of `cpus` CPUs. */
static double share(struct host_source *s, struct counter *c, int64_t mono_ns, uint64_t ticks, uint32_t cpus)
{
    struct counter_rules rules = s->slow_rules;

    rules.back_tolerance = BACK_TOLERANCE_S * s->tick_hz;
    double per_s = rate(c, &rules, mono_ns, (double)ticks);
    return cpus == 0 ? (double)NAN : per_s / s->tick_hz / cpus;
}

/* Where the CPU of that id is remembered, declared when new; NULL when it is beyond a limit. */
static struct host_cpu *find_cpu(struct host_source *s, uint32_t id)
{
    char name[16];

    if (id >= (uint64_t)s->options.max_cpus)
        return NULL;
    struct host_cpu *cpu = &s->cpus[id];
    if (cpu->entity != ENTITY_NONE)
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

static void gather_meminfo(struct host_source *s)
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
    if (m.has_available)
        frame_add(&s->frame, &s->memory_slot, s->host, METRIC_MEMORY_USAGE,
            (double)(m.total_bytes - m.available_bytes));
    frame_add(&s->frame, &s->memory_limit_slot, s->host, METRIC_MEMORY_LIMIT, (double)m.total_bytes);
}

static void add_rate(
    struct host_source *s, struct host_rate *r, int64_t mono_ns, const char *metric, uint64_t value)
{
    frame_add_named(
        &s->frame, &r->slot, s->host, metric, rate(&r->counter, &s->slow_rules, mono_ns, (double)value));
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
    if (v.has_major_faults)
        add_rate(s, &s->major_faults, mono_ns, "system.paging.faults.major", v.major_faults);
    if (v.has_oom_kills)
        add_rate(s, &s->oom_kills, mono_ns, "system.memory.oom_kills", v.oom_kills);
}

static void gather_tcp(struct host_source *s)
{
    enum { ACTIVE, PASSIVE, FAILS, RESETS, RETRANSMITTED, COUNT };
    static const char *const names[COUNT] = {
        "ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "RetransSegs"};
    const struct proc_net_names wanted = {"Tcp", names, COUNT};
    uint64_t v[COUNT];
    uint32_t found;
    size_t n;
    const char *text = host_file_read(s, HOST_SNMP, &n);

    if (!text)
        return;
    int r = proc_net_parse(text, n, &wanted, v, &found);
    host_file_judge(s, HOST_SNMP, r == -ENODATA ? 0 : r);
    if (r < 0 && r != -ENODATA)
        return;
    host_missing_set(s, HOST_LACK_TCP, found != (1u << COUNT) - 1,
        "%s/proc/net/snmp: not all counters of Tcp; without them: TCP connections", s->root);
    if (found & (1u << ACTIVE))
        frame_add(&s->frame, &s->connections_slots[0], s->host, METRIC_CONNECTIONS_OUT, (double)v[ACTIVE]);
    if (found & (1u << PASSIVE))
        frame_add(&s->frame, &s->connections_slots[1], s->host, METRIC_CONNECTIONS_IN, (double)v[PASSIVE]);
    const uint32_t failures = 1u << FAILS | 1u << RESETS | 1u << RETRANSMITTED;
    if ((found & failures) == failures)
        frame_add(&s->frame, &s->connections_slots[2], s->host, METRIC_CONNECTIONS_FAILED,
            (double)v[FAILS] + (double)v[RESETS] + (double)v[RETRANSMITTED]);
}

static void gather_netstat(struct host_source *s, int64_t mono_ns)
{
    static const char *const names[] = {"ListenOverflows"};
    const struct proc_net_names wanted = {"TcpExt", names, 1};
    uint64_t overflows;
    uint32_t found;
    size_t n;
    const char *text = host_file_read(s, HOST_NETSTAT, &n);

    if (!text)
        return;
    int r = proc_net_parse(text, n, &wanted, &overflows, &found);
    host_file_judge(s, HOST_NETSTAT, r);
    if (r == 0 && found)
        add_rate(s, &s->listen_overflows, mono_ns, "system.network.listen.overflows", overflows);
}

/* Bridges, bonds and a container's veth carry the same packets once more: where the kernel says which
 * interfaces have hardware behind them, only those count. */
static bool is_physical(const struct host_source *s, const char *name)
{
    char path[DEVICE_NAME_MAX + sizeof("/device")];
    struct stat st;

    if (s->net_class_fd < 0 || strchr(name, '/') || name[0] == '.')
        return false;
    snprintf(path, sizeof(path), "%s/device", name);
    return fstatat(s->net_class_fd, path, &st, 0) == 0;
}

/* What a counter of one interface added since the last reading; 0 after a reset, when nobody knows. */
static double added(struct counter *c, int64_t mono_ns, uint64_t packets)
{
    static const struct counter_rules rules = {.wraps_at_32_bits = true, .max_rate_per_s = PACKETS_MAX_PER_S};
    double delta, dt_s;
    enum counter_event event = counter_update(c, &rules, mono_ns, (double)packets, &delta, &dt_s);

    return event == COUNTER_RATE || event == COUNTER_WRAPPED ? delta : 0;
}

/* Interfaces come and go with whatever they have counted, so the sum is kept by what each of them adds. */
static void gather_packets(struct host_source *s, int64_t mono_ns)
{
    double sent[2] = {0}, received[2] = {0}; /* by is_physical */
    size_t n, count, counted[2] = {0};
    const char *text = host_file_read(s, HOST_NET_DEV, &n);

    if (!text)
        return;
    int r = net_dev_parse(text, n, s->net_devices, DEVICE_MAX, &count);
    host_file_judge(s, HOST_NET_DEV, r);
    if (r < 0)
        return;
    device_table_begin(&s->interfaces);
    for (size_t i = 0; i < count; i++) {
        const struct net_device *reading = &s->net_devices[i];
        bool is_new;
        struct device *d = device_table_get(&s->interfaces, reading->name, &is_new);
        if (!d)
            continue;
        if (is_new)
            d->is_physical = is_physical(s, d->name);
        counted[d->is_physical]++;
        sent[d->is_physical] += added(&d->counters[0], mono_ns, reading->sent_packets);
        received[d->is_physical] += added(&d->counters[1], mono_ns, reading->received_packets);
    }
    device_table_end(&s->interfaces);
    if (counted[0] + counted[1] == 0)
        return;
    s->packets_sent += sent[counted[1] > 0];
    s->packets_received += received[counted[1] > 0];
    frame_add(&s->frame, &s->sent_slot, s->host, METRIC_PACKETS_SENT, s->packets_sent);
    frame_add(&s->frame, &s->received_slot, s->host, METRIC_PACKETS_RECEIVED, s->packets_received);
}

/* The busiest device: that maximum is the same with and without partitions and stacked devices. */
static void gather_disks(struct host_source *s, int64_t mono_ns)
{
    struct counter_rules rules = s->slow_rules;
    double busiest = (double)NAN;
    size_t n, count;
    const char *text = host_file_read(s, HOST_DISKSTATS, &n);

    if (!text)
        return;
    int r = diskstats_parse(text, n, s->disk_readings, DEVICE_MAX, &count);
    host_file_judge(s, HOST_DISKSTATS, r);
    if (r < 0)
        return;
    rules.wraps_at_32_bits = true;
    rules.max_rate_per_s = BUSY_MS_MAX_PER_S;
    device_table_begin(&s->disks);
    for (size_t i = 0; i < count; i++) {
        bool is_new;
        struct device *d = device_table_get(&s->disks, s->disk_readings[i].name, &is_new);
        if (!d)
            continue;
        double busy = rate(&d->counters[0], &rules, mono_ns, (double)s->disk_readings[i].busy_ms) / MS_PER_S;
        if (!isnan(busy) && !(busiest >= busy))
            busiest = busy;
    }
    device_table_end(&s->disks);
    frame_add_named(&s->frame, &s->disk_slot, s->host, "system.disk.utilization", busiest);
}

static void gather_load(struct host_source *s)
{
    double load;
    size_t n;
    const char *text = host_file_read(s, HOST_LOADAVG, &n);

    if (!text)
        return;
    int r = proc_loadavg_parse(text, n, &load);
    host_file_judge(s, HOST_LOADAVG, r);
    if (r == 0)
        frame_add_named(&s->frame, &s->load_slot, s->host, "system.cpu.load_average.1m", load);
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
    gather_meminfo(s);
    gather_vmstat(s, mono_ns);
    gather_tcp(s);
    gather_netstat(s, mono_ns);
    gather_packets(s, mono_ns);
    gather_disks(s, mono_ns);
    gather_load(s);
    const struct cgroup_reading reading = {
        .tree = &s->tree,
        .buffer = &s->buffer,
        .frame = &s->frame,
        .rules = &s->slow_rules,
        .mono_ns = mono_ns,
        .online_cpus = s->stat.cpu_count,
        .memory_bytes = s->memory_bytes,
    };
    cgroup_sample_slow(&reading);
}
