/* SPDX-License-Identifier: MIT
 * /proc/meminfo and /proc/vmstat as text: how much memory there is, and what the kernel did with its pages.
 */
#ifndef COHERENCE_INGESTION_PROC_MEMORY_H
#define COHERENCE_INGESTION_PROC_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meminfo {
    uint64_t total_bytes;
    uint64_t available_bytes; /* meaningful when has_available */
    bool
        has_available; /* MemAvailable came with Linux 3.14; an estimate from MemFree is not the same thing */
};

/* Returns 0, or -EBADMSG (*ret untouched): no MemTotal, more available than there is, or as keyed_scan says.
 * Source: Linux, Documentation/filesystems/proc.rst section 1.3 (numbers are in units of 1024 bytes). */
int meminfo_parse(const char *p, size_t n, struct meminfo *ret);

/* Counters since boot. */
struct vmstat {
    uint64_t allocated_pages; /* pgalloc_* of all zones, in pages of the base size */
    uint64_t scanned_pages;   /* looked at by kswapd and by direct reclaim, of all zones */
    uint64_t refaulted_pages; /* evicted and soon wanted again */
    uint64_t major_faults;
    uint64_t oom_kills;
    bool has_allocated, has_scanned, has_refaulted, has_major_faults, has_oom_kills;
};

/* Knows both shapes of the scan counters: one for each zone (before Linux 4.8) and one for all; and of the
 * refaults: one counter (before Linux 5.9) and one each for anonymous memory and files.
 * Returns 0 or -EBADMSG (*ret untouched) as keyed_scan says. Source: Linux, mm/vmstat.c, vmstat_text. */
int vmstat_parse(const char *p, size_t n, struct vmstat *ret);

#endif
