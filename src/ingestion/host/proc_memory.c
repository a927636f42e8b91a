/* SPDX-License-Identifier: MIT
 * Turns /proc/meminfo and /proc/vmstat into the handful of numbers that are watched. Pages become bytes, and
 * counters become rates, elsewhere. */
#include "ingestion/host/proc_memory.h"

#include <errno.h>

#include "ingestion/host/keyed.h"

#define KIB UINT64_C(1024)

enum meminfo_key { MEMINFO_TOTAL, MEMINFO_AVAILABLE, MEMINFO_COUNT };

static const char *const meminfo_names[] = {
    [MEMINFO_TOTAL] = "MemTotal",
    [MEMINFO_AVAILABLE] = "MemAvailable",
};

int meminfo_parse(const char *p, size_t n, struct meminfo *ret)
{
    const struct keyed_names wanted = {meminfo_names, MEMINFO_COUNT};
    uint64_t v[MEMINFO_COUNT];
    uint32_t found;
    int r = keyed_scan(p, n, &wanted, v, &found);

    if (r < 0)
        return r;
    bool has_available = found & (1u << MEMINFO_AVAILABLE);
    if (!(found & (1u << MEMINFO_TOTAL)) || v[MEMINFO_TOTAL] == 0 || v[MEMINFO_TOTAL] > UINT64_MAX / KIB ||
        (has_available && v[MEMINFO_AVAILABLE] > v[MEMINFO_TOTAL]))
        return -EBADMSG;
    *ret = (struct meminfo){
        .total_bytes = v[MEMINFO_TOTAL] * KIB,
        .available_bytes = has_available ? v[MEMINFO_AVAILABLE] * KIB : 0,
        .has_available = has_available,
    };
    return 0;
}

/* Which sum a key of vmstat belongs to. pgscan_direct_throttle counts events, pgscan_anon and pgscan_file
 * repeat the same pages by another cut: none of them is listed. */
enum sum { SUM_ALLOCATED, SUM_SCANNED, SUM_REFAULTED, SUM_MAJOR_FAULTS, SUM_OOM_KILLS, SUM_COUNT };

static const struct {
    const char *name;
    enum sum sum;
} vmstat_rows[] = {
    {"pgalloc_dma", SUM_ALLOCATED},
    {"pgalloc_dma32", SUM_ALLOCATED},
    {"pgalloc_normal", SUM_ALLOCATED},
    {"pgalloc_high", SUM_ALLOCATED},
    {"pgalloc_movable", SUM_ALLOCATED},
    {"pgalloc_device", SUM_ALLOCATED},
    {"pgscan_kswapd", SUM_SCANNED},
    {"pgscan_direct", SUM_SCANNED},
    {"pgscan_kswapd_dma", SUM_SCANNED},
    {"pgscan_kswapd_dma32", SUM_SCANNED},
    {"pgscan_kswapd_normal", SUM_SCANNED},
    {"pgscan_kswapd_high", SUM_SCANNED},
    {"pgscan_kswapd_movable", SUM_SCANNED},
    {"pgscan_direct_dma", SUM_SCANNED},
    {"pgscan_direct_dma32", SUM_SCANNED},
    {"pgscan_direct_normal", SUM_SCANNED},
    {"pgscan_direct_high", SUM_SCANNED},
    {"pgscan_direct_movable", SUM_SCANNED},
    {"workingset_refault", SUM_REFAULTED},
    {"workingset_refault_anon", SUM_REFAULTED},
    {"workingset_refault_file", SUM_REFAULTED},
    {"pgmajfault", SUM_MAJOR_FAULTS},
    {"oom_kill", SUM_OOM_KILLS},
};

#define VMSTAT_COUNT (sizeof(vmstat_rows) / sizeof(vmstat_rows[0]))

int vmstat_parse(const char *p, size_t n, struct vmstat *ret)
{
    const char *names[VMSTAT_COUNT];
    const struct keyed_names wanted = {names, VMSTAT_COUNT};
    uint64_t v[VMSTAT_COUNT], sums[SUM_COUNT] = {0};
    bool has[SUM_COUNT] = {false};
    uint32_t found;

    for (size_t i = 0; i < VMSTAT_COUNT; i++)
        names[i] = vmstat_rows[i].name;
    int r = keyed_scan(p, n, &wanted, v, &found);
    if (r < 0)
        return r;
    for (size_t i = 0; i < VMSTAT_COUNT; i++)
        if (found & (UINT32_C(1) << i)) {
            sums[vmstat_rows[i].sum] += v[i];
            has[vmstat_rows[i].sum] = true;
        }
    *ret = (struct vmstat){
        .allocated_pages = sums[SUM_ALLOCATED],
        .scanned_pages = sums[SUM_SCANNED],
        .refaulted_pages = sums[SUM_REFAULTED],
        .major_faults = sums[SUM_MAJOR_FAULTS],
        .oom_kills = sums[SUM_OOM_KILLS],
        .has_allocated = has[SUM_ALLOCATED],
        .has_scanned = has[SUM_SCANNED],
        .has_refaulted = has[SUM_REFAULTED],
        .has_major_faults = has[SUM_MAJOR_FAULTS],
        .has_oom_kills = has[SUM_OOM_KILLS],
    };
    return 0;
}
