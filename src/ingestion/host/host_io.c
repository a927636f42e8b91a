/* SPDX-License-Identifier: MIT
 * Turns what is read once a second of network and disks into samples: connections, packets of the interfaces
 * that count, and the busiest disk. */
#include "ingestion/host/host_source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MS_PER_S 1000.0

/* Fastest that 64-byte frames can come over 100 Gbit/s with preamble and gap: 148.8 million a second (IEEE
 * 802.3). */
#define PACKETS_MAX_PER_S 1.5e8
/* A busy time cannot outrun the clock; the rest is the coarseness of both. */
#define BUSY_MS_MAX_PER_S 1100.0

static void gather_tcp(struct host_source *s)
{
    struct proc_net_tcp tcp;
    size_t n;
    const char *text = host_file_read(s, HOST_SNMP, &n);

    if (!text)
        return;
    int r = proc_net_tcp_parse(text, n, &tcp);
    host_file_judge(s, HOST_SNMP, r == -ENODATA ? 0 : r);
    if (r < 0 && r != -ENODATA)
        return;
    host_missing_set(s, HOST_LACK_TCP, !(tcp.has_opened && tcp.has_accepted && tcp.has_failed),
        "%s/proc/net/snmp: not all counters of Tcp; without them: TCP connections", s->root);
    if (tcp.has_opened)
        frame_add(&s->frame, &s->connections_slots[0], s->host, METRIC_CONNECTIONS_OUT, (double)tcp.opened);
    if (tcp.has_accepted)
        frame_add(&s->frame, &s->connections_slots[1], s->host, METRIC_CONNECTIONS_IN, (double)tcp.accepted);
    if (tcp.has_failed)
        frame_add(
            &s->frame, &s->connections_slots[2], s->host, METRIC_CONNECTIONS_FAILED, (double)tcp.failed);
}

static void gather_netstat(struct host_source *s, int64_t mono_ns)
{
    uint64_t overflows;
    size_t n;
    const char *text = host_file_read(s, HOST_NETSTAT, &n);

    if (!text)
        return;
    int r = proc_net_overflows_parse(text, n, &overflows);
    host_file_judge(s, HOST_NETSTAT, r);
    if (r == 0)
        host_add_rate(s, &s->listen_overflows, mono_ns, METRIC_LISTEN_OVERFLOWS_NAME, overflows);
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
        double busy =
            host_rate(&d->counters[0], &rules, mono_ns, (double)s->disk_readings[i].busy_ms) / MS_PER_S;
        if (!isnan(busy) && !(busiest >= busy))
            busiest = busy;
    }
    device_table_end(&s->disks);
    frame_add_named(&s->frame, &s->disk_slot, s->host, "system.disk.utilization", frame_rounded(busiest));
}

void host_network_look(struct host_source *s)
{
    struct stat st;
    bool is_known = s->files[HOST_SNMP].fd >= 0 && fstat(s->files[HOST_SNMP].fd, &st) == 0;

    network_table_look(&s->networks, &s->tree, s->processes, &s->buffer, is_known ? st.st_ino : 0);
    host_missing_set(s, HOST_LACK_NETWORKS, s->networks.denied > 0,
        "%s/proc/PID/net is refused for processes of other cgroups; without it: their TCP connections",
        s->root);
}

void host_io_gather(struct host_source *s, int64_t mono_ns)
{
    gather_tcp(s);
    gather_netstat(s, mono_ns);
    gather_packets(s, mono_ns);
    gather_disks(s, mono_ns);
    const struct network_reading reading = {&s->buffer, &s->frame, mono_ns};
    network_table_round(&s->networks, &reading);
}
