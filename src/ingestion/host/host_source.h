/* SPDX-License-Identifier: MIT
 * The inside of a host source, shared by host.c (opening), host_file.c (reading and what is missing),
 * host_fast.c, host_slow.c, host_io.c and host_process.c (the two rounds). Nobody else includes this. */
#ifndef COHERENCE_INGESTION_HOST_SOURCE_H
#define COHERENCE_INGESTION_HOST_SOURCE_H

#include "base/counter.h"
#include "base/kfile.h"
#include "ingestion/host/cgroup_sample.h"
#include "ingestion/host/cgroup_tree.h"
#include "ingestion/host/device_table.h"
#include "ingestion/host/filesystem_table.h"
#include "ingestion/host/frame.h"
#include "ingestion/host/host.h"
#include "ingestion/host/network_table.h"
#include "ingestion/host/oom_victim.h"
#include "ingestion/host/proc_diskstats.h"
#include "ingestion/host/proc_net.h"
#include "ingestion/host/proc_stat.h"
#include "ingestion/host/process_table.h"

#define HOST_ROOT_MAX     512 /* bytes of the root's path */
#define HOST_MISSING_TEXT 768 /* bytes of one line about something missing: two paths and words */
#define HOST_LOOK_NS                                                                                         \
    INT64_C(10000000000) /* heuristic: cgroups and broken files are looked at again every 10 s */
#define HOST_THREADED_MAX  64u
#define HOST_GAP_INTERVALS 3 /* a longer pause than this many intervals gives no rates */

/* Files with a place in the table of host_file.c. */
enum host_file {
    HOST_STAT,
    HOST_MEMINFO,
    HOST_VMSTAT,
    HOST_SNMP,
    HOST_NETSTAT,
    HOST_NET_DEV,
    HOST_DISKSTATS,
    HOST_LOADAVG,
    HOST_PRESSURE_CPU,
    HOST_PRESSURE_MEMORY,
    HOST_PRESSURE_IO,
    HOST_FILE_COUNT
};

/* What can be missing besides whole files. The line of a file has the file's own number. */
enum host_lack {
    HOST_LACK_HOST_NAME = HOST_FILE_COUNT,
    HOST_LACK_FINE_CPU,            /* no CPU time of the whole host finer than ticks */
    HOST_LACK_AVAILABLE,           /* no MemAvailable */
    HOST_LACK_ALLOCATED,           /* no pgalloc_* */
    HOST_LACK_TCP,                 /* no Tcp in snmp */
    HOST_LACK_CPU_LIMIT,           /* more CPUs than max_cpus */
    HOST_LACK_CGROUPS,             /* no hierarchy */
    HOST_LACK_CGROUP_ROOM,         /* more cgroups than max_cgroups */
    HOST_LACK_DESCRIPTORS,         /* files not opened because the process has no descriptors left */
    HOST_LACK_PROCESSES,           /* no list of processes */
    HOST_LACK_PROCESS_ROOM,        /* more processes than max_processes */
    HOST_LACK_PROCESS_HIDDEN,      /* processes of others are not shown */
    HOST_LACK_PROCESS_DESCRIPTORS, /* their files not kept open */
    HOST_LACK_PROCESS_NAMES,       /* entities not declared */
    HOST_LACK_NETWORKS,            /* network namespaces of others refused */
    HOST_LACK_FILESYSTEMS,         /* no list of mounts */
    HOST_LACK_FILESYSTEM_ROOM,     /* more than FILESYSTEM_MAX */
    HOST_LACK_CATALOG,             /* samples whose series the catalog refused */
    HOST_MISSING_COUNT
};

struct host_missing {
    int code; /* what the text was made for, so that an unchanged state costs nothing; 0 = nothing is missing
               */
    char text[HOST_MISSING_TEXT];
};

struct host_cpu {
    uint32_t entity; /* ENTITY_NONE: not seen yet */
    struct counter busy_ticks;
    struct frame_slot utilization_slot;
};

/* A counter that is fed as events a second under a name of its own. */
struct host_named_rate {
    struct counter counter;
    struct frame_slot slot;
};

struct host_source {
    struct host_options options;
    struct feed feed;
    char root[HOST_ROOT_MAX];
    int root_fd;      /* O_PATH */
    int net_class_fd; /* <root>/sys/class/net, O_PATH; -1 = none */
    uint32_t host;    /* entity */
    double tick_hz;
    double page_bytes;
    struct counter_rules fast_rules, slow_rules;

    struct kfile files[HOST_FILE_COUNT];
    uint32_t paused; /* bit i: files[i] failed and waits for the next retry */
    struct kfile_buffer buffer;
    struct host_missing missing[HOST_MISSING_COUNT];
    struct frame frame;
    int64_t looked_ns; /* monotonic; when cgroups and broken files were last looked at */
    bool has_looked;

    /* fast */
    struct counter usage_ns;
    bool has_fine_cpu; /* the last reading of the host's own CPU time succeeded */
    struct frame_slot utilization_slot, pressure_slots[3];
    struct cgroup_tree tree;

    /* slow */
    struct proc_stat stat;
    struct proc_stat_cpu *stat_cpus; /* room for max_cpus lines */
    struct host_cpu *cpus;           /* by id, max_cpus */
    struct counter busy_ticks, iowait_ticks, steal_ticks;
    struct frame_slot iowait_slot, steal_slot, switches_slot, forks_slot;
    uint32_t slow_rounds;  /* so far; wraps */
    uint64_t memory_bytes; /* MemTotal, 0 = unknown */
    struct frame_slot memory_slot, memory_limit_slot, allocated_slot, reclaim_slot, refaults_slot;
    struct host_named_rate major_faults, oom_kill_rate, listen_overflows;
    struct fullness memory_full;
    struct oom_kills oom_kills;
    uint64_t oom_count_scanned; /* kills for want of memory, at the last look for cgroups */
    struct frame_slot connections_slots[3];
    struct device_table interfaces, disks;
    struct net_device net_devices[DEVICE_MAX]; /* scratch of one reading */
    struct disk disk_readings[DEVICE_MAX];
    double packets_sent, packets_received; /* sums of what each interface has added since the first reading */
    struct frame_slot sent_slot, received_slot, disk_slot, load_slot;

    /* what can run out (host_resource.c); CGROUP_NO_LIMIT: not known */
    uint64_t task_count; /* 0: not known */
    uint64_t task_limit, tracked_limit;
    struct frame_slot task_slots[2], tracked_slots[2];
    struct filesystem_table filesystems, filesystems_found; /* the second: scratch of one look */

    struct network_table networks;   /* of cgroups */
    struct process_table *processes; /* NULL: not watched */
};

/* Reads a file. Returns its text and *ret_n, or NULL: not open, failing, or paused; the reason is then among
 * what is missing. */
const char *host_file_read(struct host_source *s, enum host_file file, size_t *ret_n);
/* Reads the list of mounts into s->buffer: behind a root of its own that of process 1, for our own would name
 * the places where we see them. Returns 0 or -errno. */
int host_mountinfo_read(struct host_source *s, size_t *ret_n);
/* Does this kernel count pressure? */
bool host_has_pressure(const struct host_source *s);
/* The text of a file was not what it should be (code: -errno of the parser, 0: it was). */
void host_file_judge(struct host_source *s, enum host_file file, int code);
/* Opens the files that are not open and gives those that failed another try. */
void host_file_open_all(struct host_source *s);

/* Notes that something is missing (code not 0; the line is made when the code changed), or is not (0). */
void host_missing_set(struct host_source *s, int what, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Reads how many CPUs there are and declares them; feeds nothing. */
void host_slow_declare(struct host_source *s);

/* Adds what the fast round reads; the slow round calls it too when there is no fast one. */
void host_fast_gather(struct host_source *s, int64_t mono_ns);
/* Adds what the slow round reads besides; host_io_gather is its part about network and disks. */
void host_slow_gather(struct host_source *s, int64_t mono_ns);
void host_io_gather(struct host_source *s, int64_t mono_ns);

/* What can run out: the list of file systems and the limits, every ten seconds (t_ns: for what is gone,
 * INT64_MIN: nothing has been said of any yet; returns 0 or what the feed answered), and the slow round's
 * part. */
int host_resource_look(struct host_source *s, int64_t t_ns);
void host_resource_gather(struct host_source *s);

/* Which cgroups have which network, every ten seconds. */
void host_network_look(struct host_source *s);

/* The processes: opening (0 or -ENOMEM), closing, what changes every ten seconds, and their part of the slow
 * round. All do nothing where processes are not watched. */
int host_process_open(struct host_source *s);
void host_process_close(struct host_source *s);
void host_process_look(struct host_source *s);
int host_process_gather(struct host_source *s, int64_t t_ns, int64_t mono_ns);

/* The rate a second that one more reading gives; NaN where there is none (the first one, a reset, a gap). */
double host_rate(struct counter *c, const struct counter_rules *rules, int64_t mono_ns, double value);
/* Adds that rate under a name of its own. */
void host_add_rate(
    struct host_source *s, struct host_named_rate *r, int64_t mono_ns, const char *metric, uint64_t value);

#endif
