/* SPDX-License-Identifier: MIT
 * The table of metrics that the laws know, and the other names by which they come. Names follow the
 * OpenTelemetry semantic conventions (system and http metrics, 2026-08) where one exists; attributes that
 * split a metric (direction, mode) are its last name part. */
#include "core/metric.h"

#include <string.h>

const struct metric metric_table[METRIC_KNOWN_COUNT] = {
    [METRIC_CPU_UTILIZATION] = {"system.cpu.utilization", "1", METRIC_GAUGE},
    [METRIC_MEMORY_USAGE] = {"system.memory.usage", "By", METRIC_GAUGE},
    [METRIC_MEMORY_LIMIT] = {"system.memory.limit", "By", METRIC_GAUGE},
    [METRIC_MEMORY_AVAILABLE] = {"system.linux.memory.available", "By", METRIC_GAUGE},
    [METRIC_MEMORY_ALLOCATED] = {"system.memory.allocated", "By", METRIC_COUNTER},
    /* A runtime's. OpenTelemetry's durations are histograms: their sum and count are the counters. Where a
     * source splits them by collector or pool, what belongs to the heap is added up before it gets here.
     * It has no name for the collections of the old part alone (its attribute jvm.gc.action tells them), and
     * none for how long a runtime is up that would not be a process' as well. */
    [METRIC_GC_TIME] = {"jvm.gc.duration", "s", METRIC_COUNTER},
    [METRIC_GC_COUNT] = {"jvm.gc.duration.count", "{collection}", METRIC_COUNTER},
    [METRIC_GC_MAJOR] = {"jvm.gc.major.count", "{collection}", METRIC_COUNTER},
    [METRIC_UPTIME] = {"process.uptime", "s", METRIC_GAUGE},
    [METRIC_HEAP_USED] = {"jvm.memory.used", "By", METRIC_GAUGE},
    [METRIC_HEAP_LIVE] = {"jvm.memory.used_after_last_gc", "By", METRIC_GAUGE},
    [METRIC_HEAP_LIMIT] = {"jvm.memory.limit", "By", METRIC_GAUGE},
    [METRIC_HEAP_ALLOCATED] = {"go.memory.allocated", "By", METRIC_COUNTER},
    [METRIC_PACKETS_SENT] = {"system.network.packet.count.transmit", "{packet}", METRIC_COUNTER},
    [METRIC_PACKETS_RECEIVED] = {"system.network.packet.count.receive", "{packet}", METRIC_COUNTER},
    [METRIC_REQUESTS_IN] = {"http.server.request.count", "{request}", METRIC_COUNT},
    [METRIC_REQUESTS_OUT] = {"http.client.request.count", "{request}", METRIC_COUNT},
    [METRIC_REQUESTS_FAILED] = {"http.client.request.failed", "{request}", METRIC_COUNT},
    [METRIC_CONNECTIONS_IN] = {"system.network.connection.opened.passive", "{connection}", METRIC_COUNTER},
    [METRIC_CONNECTIONS_OUT] = {"system.network.connection.opened.active", "{connection}", METRIC_COUNTER},
    [METRIC_CONNECTIONS_FAILED] = {"system.network.connection.failed", "{event}", METRIC_COUNTER},
    [METRIC_CPU_PRESSURE] = {"system.pressure.cpu.some", "s", METRIC_COUNTER},
    [METRIC_MEMORY_PRESSURE] = {"system.pressure.memory.some", "s", METRIC_COUNTER},
    [METRIC_IO_PRESSURE] = {"system.pressure.io.some", "s", METRIC_COUNTER},
    [METRIC_CPU_THROTTLED] = {"container.cpu.throttled.time", "s", METRIC_COUNTER},
    [METRIC_CPU_IOWAIT] = {"system.cpu.utilization.iowait", "1", METRIC_GAUGE},
    [METRIC_CPU_STEAL] = {"system.cpu.utilization.steal", "1", METRIC_GAUGE},
    [METRIC_CONTEXT_SWITCHES] = {"system.context_switches", "{switch}", METRIC_COUNTER},
    [METRIC_FORKS] = {"system.process.created", "{process}", METRIC_COUNTER},
    [METRIC_RECLAIM] = {"system.paging.scanned", "{page}", METRIC_COUNTER},
    [METRIC_REFAULTS] = {"system.paging.refaults", "{page}", METRIC_COUNTER},
    /* Of processes. OpenTelemetry has process.paging.faults (its attribute system.paging.fault.type is the
     * last name part here) and process.thread.count; it has no name for the two others. */
    [METRIC_RUN_QUEUE_WAIT] = {"process.cpu.run_queue.wait", "s", METRIC_COUNTER},
    [METRIC_PAGE_FAULTS] = {"process.paging.faults", "{fault}", METRIC_COUNTER},
    [METRIC_MAJOR_FAULTS] = {"process.paging.faults.major", "{fault}", METRIC_COUNTER},
    [METRIC_THREADS] = {"process.thread.count", "{thread}", METRIC_GAUGE},
    [METRIC_FUTEX_SHARE] = {"process.thread.futex_wait.share", "1", METRIC_GAUGE},
    [METRIC_OPEN_FILES] = {"process.open_file_descriptor.count", "{file}", METRIC_GAUGE},
    [METRIC_OPEN_FILES_LIMIT] = {"process.open_file_descriptor.limit", "{file}", METRIC_GAUGE},
    /* OpenTelemetry has no names for the next two; those of tracked connections and of inodes are those of
     * its host metrics receiver. */
    [METRIC_TASKS] = {"system.task.count", "{task}", METRIC_GAUGE},
    [METRIC_TASKS_LIMIT] = {"system.task.limit", "{task}", METRIC_GAUGE},
    [METRIC_TRACKED] = {"system.network.conntrack.count", "{entry}", METRIC_GAUGE},
    [METRIC_TRACKED_LIMIT] = {"system.network.conntrack.max", "{entry}", METRIC_GAUGE},
    [METRIC_SPACE] = {"system.filesystem.usage", "By", METRIC_GAUGE},
    [METRIC_SPACE_LIMIT] = {"system.filesystem.limit", "By", METRIC_GAUGE},
    [METRIC_INODES] = {"system.filesystem.inodes.usage", "{inode}", METRIC_GAUGE},
    [METRIC_INODES_LIMIT] = {"system.filesystem.inodes.limit", "{inode}", METRIC_GAUGE},
    [METRIC_STORAGE_READ] = {"process.disk.io.read", "By", METRIC_COUNTER},
    [METRIC_STORAGE_WRITTEN] = {"process.disk.io.write", "By", METRIC_COUNTER},
};

/* A percent as the seeds give it is a hundredth of ours; a megabyte in the seeds is 2^20 bytes (psutil's used
 * / 1024 / 1024). */
#define PERCENT  0.01
#define MEGABYTE 1048576.0
#define KIBIBYTE 1024.0 /* /proc/meminfo calls it kB */

const struct metric_alias metric_aliases[] = {
    {"cpu_usage", METRIC_CPU_UTILIZATION, PERCENT},
    {"cpu_percent", METRIC_CPU_UTILIZATION, PERCENT},
    {"memory_used_mb", METRIC_MEMORY_USAGE, MEGABYTE},
    {"memory_limit_mb", METRIC_MEMORY_LIMIT, MEGABYTE},
    {"MemTotal_kb", METRIC_MEMORY_LIMIT, KIBIBYTE},
    {"MemAvailable_kb", METRIC_MEMORY_AVAILABLE, KIBIBYTE},
    {"node_memory_MemTotal_bytes", METRIC_MEMORY_LIMIT, 1},
    {"node_memory_MemAvailable_bytes", METRIC_MEMORY_AVAILABLE, 1},
    {"net_sent_packets", METRIC_PACKETS_SENT, 1},
    {"net_recv_packets", METRIC_PACKETS_RECEIVED, 1},
    {"ingress_requests", METRIC_REQUESTS_IN, 1},
    {"egress_requests", METRIC_REQUESTS_OUT, 1},
    {"egress_failures", METRIC_REQUESTS_FAILED, 1},
    {"runtime.gc.time", METRIC_GC_TIME, 1},
    {"jvm.gc.duration.sum", METRIC_GC_TIME, 1},
    {"v8js.gc.duration.sum", METRIC_GC_TIME, 1},
    {"v8js.gc.duration.count", METRIC_GC_COUNT, 1},
    {"go.memory.gc.cycles", METRIC_GC_COUNT, 1},
    {"go.memory.used", METRIC_HEAP_USED, 1},
    {"v8js.memory.heap.used", METRIC_HEAP_USED, 1},
    {"go.memory.limit", METRIC_HEAP_LIMIT, 1},
    {"v8js.memory.heap.limit", METRIC_HEAP_LIMIT, 1},
    {"jvm.memory.allocated", METRIC_HEAP_ALLOCATED, 1},
    {"jvm.uptime", METRIC_UPTIME, 1}, /* so recorded before 2026-11-23 */
    {NULL, METRIC_KNOWN_COUNT, 0},
};

static int name_is(const char *known, const char *name, size_t n)
{
    return strlen(known) == n && memcmp(known, name, n) == 0;
}

int metric_find(const char *name, size_t n, double *ret_scale)
{
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++)
        if (name_is(metric_table[i].name, name, n)) {
            *ret_scale = 1;
            return i;
        }
    for (const struct metric_alias *a = metric_aliases; a->name; a++)
        if (name_is(a->name, name, n)) {
            *ret_scale = a->scale;
            return (int)a->id;
        }
    return -1;
}
