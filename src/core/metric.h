/* SPDX-License-Identifier: MIT
 * The quantities that the laws know by name (OpenTelemetry semantic conventions and the seeds' own names), as
 * one table; everything else is a metric too, watched as a series of its own. */
#ifndef COHERENCE_CORE_METRIC_H
#define COHERENCE_CORE_METRIC_H

#include <stddef.h>
#include <stdint.h>

enum metric_kind {
    METRIC_GAUGE,   /* a level at that instant */
    METRIC_COUNTER, /* cumulative; may reset */
    METRIC_COUNT    /* cumulative or per interval: told apart by whether it keeps falling */
};

enum metric_id {
    METRIC_CPU_UTILIZATION,    /* ratio of the entity's capacity, 0..1 */
    METRIC_MEMORY_USAGE,       /* bytes */
    METRIC_MEMORY_LIMIT,       /* bytes */
    METRIC_MEMORY_AVAILABLE,   /* bytes; usage is what is left of the limit */
    METRIC_MEMORY_ALLOCATED,   /* bytes, counter: allocation seen by the kernel or a runtime */
    METRIC_GC_TIME,            /* seconds, counter: all collections of one runtime */
    METRIC_GC_COUNT,           /* counter: collections */
    METRIC_GC_MAJOR,           /* counter: those of the old part; of a concurrent collector, its pauses */
    METRIC_UPTIME,             /* seconds since one process, or runtime, was started */
    METRIC_HEAP_USED,          /* bytes, of one runtime's heap, all pools together */
    METRIC_HEAP_LIVE,          /* bytes: what was in use after the last collection */
    METRIC_HEAP_LIMIT,         /* bytes: the most that the heap may become */
    METRIC_HEAP_ALLOCATED,     /* bytes, counter: allocated in the heap */
    METRIC_PACKETS_SENT,       /* counter */
    METRIC_PACKETS_RECEIVED,   /* counter */
    METRIC_REQUESTS_IN,        /* count */
    METRIC_REQUESTS_OUT,       /* count */
    METRIC_REQUESTS_FAILED,    /* count: failures, timeouts, resets of outgoing requests */
    METRIC_CONNECTIONS_IN,     /* counter: TCP passive opens */
    METRIC_CONNECTIONS_OUT,    /* counter: TCP active opens */
    METRIC_CONNECTIONS_FAILED, /* counter: failed attempts, resets, retransmitted segments */
    METRIC_CPU_PRESSURE,       /* seconds of PSI "some", counter */
    METRIC_MEMORY_PRESSURE,
    METRIC_IO_PRESSURE,
    METRIC_CPU_THROTTLED,    /* seconds, counter */
    METRIC_CPU_IOWAIT,       /* ratio of capacity */
    METRIC_CPU_STEAL,        /* ratio of capacity */
    METRIC_CONTEXT_SWITCHES, /* counter */
    METRIC_FORKS,            /* counter */
    METRIC_RECLAIM,          /* pages scanned by direct reclaim and kswapd, counter */
    METRIC_REFAULTS,         /* pages that came back soon after they were evicted, counter */
    METRIC_RUN_QUEUE_WAIT,   /* seconds that threads were ready and not run, counter, all threads together */
    METRIC_PAGE_FAULTS,      /* of a process, minor and major, counter */
    METRIC_MAJOR_FAULTS,     /* of a process: those that had to read, counter */
    METRIC_THREADS,          /* of a process */
    METRIC_FUTEX_SHARE,      /* ratio of a process' threads, as sampled, that wait in a futex */
    METRIC_OPEN_FILES,       /* file descriptors of a process */
    METRIC_OPEN_FILES_LIMIT, /* the most that it may have */
    METRIC_TASKS,            /* processes and threads, of a host or cgroup */
    METRIC_TASKS_LIMIT,
    METRIC_TRACKED, /* connections that the kernel's firewall keeps track of */
    METRIC_TRACKED_LIMIT,
    METRIC_SPACE,       /* bytes in use of a file system */
    METRIC_SPACE_LIMIT, /* what is in use and what may still be written without privileges */
    METRIC_INODES,      /* of a file system, in use */
    METRIC_INODES_LIMIT,
    METRIC_STORAGE_READ,    /* bytes that a process had read from storage, counter */
    METRIC_STORAGE_WRITTEN, /* the same, written */
    METRIC_KNOWN_COUNT
};

struct metric {
    const char *name; /* canonical, OpenTelemetry where one exists */
    const char *unit; /* UCUM: "1", "By", "s", "{packet}", "" when unknown */
    enum metric_kind kind;
};

struct metric_alias {
    const char *name;
    enum metric_id id;
    double scale; /* canonical = value * scale */
};

/* The known metrics, indexed by metric_id. */
extern const struct metric metric_table[METRIC_KNOWN_COUNT];

/* Other names by which they come (cpu_usage in percent, memory_used_mb, ...). Ended by a row whose name is
 * NULL. */
extern const struct metric_alias metric_aliases[];

/* Finds a known metric by canonical name or alias. Returns its id and sets *ret_scale, or -1. */
int metric_find(const char *name, size_t n, double *ret_scale);

#endif
