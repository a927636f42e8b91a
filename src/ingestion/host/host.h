/* SPDX-License-Identifier: MIT
 * This host's own telemetry from /proc, /sys and cgroupfs, through descriptors that stay open. Two rounds: a
 * fast one (10 Hz: counters that are cheap and finer than a tick of the scheduler) and a slow one (1 Hz:
 * everything else). What cannot be read is absent, never 0.
 *
 * What is fed. Host, fast: CPU utilisation (from the top cgroup, as a share of all online CPUs) and the
 * pressure totals. Host, slow: utilisation (only where no cgroup has it), iowait and steal, memory used and
 * there, memory allocated, pages scanned and refaulted, context switches, forks, packets of the physical
 * interfaces, TCP connections; and by names of their own system.paging.faults.major, system.memory.oom_kills,
 * system.network.listen.overflows (events a second), system.disk.utilization (of the busiest device) and,
 * only where there is no CPU pressure, system.cpu.load_average.1m. CPUs, slow: utilisation. cgroups, fast:
 * utilisation of their own limit; slow: throttled time, working set, limit, refaults, and of those with a
 * network namespace of their own TCP connections and overflows of listen queues (network_table.h). Processes,
 * slow, those that use CPU or memory worth naming: utilisation, resident memory, page faults and major ones,
 * threads, waiting on the run queue, context switches.
 *
 * Of a process are read: stat and schedstat, cgroup, status and task/TID/schedstat, and of one in each
 * network namespace net/snmp and net/netstat, which are the namespace's; nothing else, and nothing that its
 * owner could make us wait for (cmdline) or that says what it works on. */
#ifndef COHERENCE_INGESTION_HOST_H
#define COHERENCE_INGESTION_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "core/feed.h"

struct host_options {
    int64_t interval_ns;      /* sources.host.interval, 1s */
    int64_t fast_interval_ns; /* sources.host.fast_interval, 100ms; 0 = off: the slow round then reads
                                 everything */
    bool cgroups;             /* sources.host.cgroups */
    int64_t max_cgroups; /* sources.host.max_cgroups, 200: each keeps up to four descriptors, and 1024 is the
                            usual limit */
    int64_t max_cpus;    /* sources.host.max_cpus, 512: CPU ids from there on are not watched one by one */
    bool filesystems;    /* sources.host.filesystems */
    bool processes;      /* sources.host.processes */
    int64_t max_processes; /* sources.host.max_processes, 200: watched every second; each keeps up to two
                              descriptors where the limit allows. The others are looked at in turn */
};

extern const struct option_row host_option_rows[];
extern const size_t host_option_count;

struct host_source;
struct process_table;

/* root: stands before /proc and /sys ("" = this host). host_name: NULL = from root's
 * /proc/sys/kernel/hostname. Opens what exists; only a missing <root>/proc/stat fails (e filled, NULL).
 * Declares host and CPUs in feed->catalog. feed is copied, the strings are only used here. */
struct host_source *host_source_open(const struct host_options *o, const char *root, const char *host_name,
    const struct feed *feed, struct error *e);
void host_source_close(struct host_source *s);

/* One round. t_ns: Unix nanoseconds for the frame; mono_ns: monotonic nanoseconds of the same instant, by
 * which rates are divided. After a gap (suspend, stop) longer than three intervals the rates of that round
 * are absent. Returns 0 or what the feed answered. No allocation after the first rounds unless a cgroup or
 * CPU appears. Every ten seconds the slow round looks for cgroups that came or went, and once more for files
 * that could not be read. */
int host_source_fast(struct host_source *s, int64_t t_ns, int64_t mono_ns);
int host_source_slow(struct host_source *s, int64_t t_ns, int64_t mono_ns);

/* The processes that are watched, for process_table_top and process_coverage; NULL: none are. Valid until the
 * next round. */
const struct process_table *host_source_processes(const struct host_source *s);

/* The entity of the process of that number and start (ticks since boot); ENTITY_NONE: it has none. For
 * senses that learn of it elsewhere. */
uint32_t host_source_process_entity(const struct host_source *s, uint32_t pid, uint64_t start_ticks);

/* The processes of two threads and more that are entities, those that use the most CPU: of interest to a
 * sense that looks at threads. In order of their numbers. Returns how many. O(watched * max). */
struct host_process_id {
    uint32_t pid;
    uint64_t start_ticks; /* since boot */
};
uint32_t host_source_threaded(const struct host_source *s, struct host_process_id *out, uint32_t max);

/* The host's entity. */
uint32_t host_source_entity(const struct host_source *s);

/* The entity of the cgroup in which that process is, the nearest one that is watched; the host's where there
 * is none or the process is gone. Three system calls. context: a struct host_source. */
uint32_t host_source_cgroup_of(void *context, uint32_t pid);

/* What cannot be read here and why, one line each, for doctor and the log; i from 0 until NULL. The text is
 * valid until the next round; it may hold outside bytes (paths). Bounded: at most one line for each file and
 * each limit. */
const char *host_source_missing(const struct host_source *s, uint32_t i);

#endif
