/* SPDX-License-Identifier: MIT
 * Takes the samples of one entity apart by metric and hands each to the part that keeps, in bounded state,
 * what the laws will ask for (watch_cpu.c, watch_memory.c, watch_resource.c, watch_traffic.c, watch_causes.c,
 * watch_series.c). Judging is the laws' business. */
#include "detection/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/catalog.h"
#include "detection/watch_parts.h"

/* Which part a known metric belongs to. */
enum part { PART_CAUSES, PART_CPU, PART_MEMORY, PART_RESOURCE, PART_RUNTIME, PART_TRAFFIC };
static const uint8_t part_of[METRIC_KNOWN_COUNT] = {
    [METRIC_CPU_UTILIZATION] = PART_CPU,
    [METRIC_MEMORY_USAGE] = PART_MEMORY,
    [METRIC_MEMORY_LIMIT] = PART_MEMORY,
    [METRIC_MEMORY_AVAILABLE] = PART_MEMORY,
    [METRIC_MEMORY_ALLOCATED] = PART_MEMORY,
    [METRIC_TASKS] = PART_RESOURCE,
    [METRIC_TASKS_LIMIT] = PART_RESOURCE,
    [METRIC_TRACKED] = PART_RESOURCE,
    [METRIC_TRACKED_LIMIT] = PART_RESOURCE,
    [METRIC_SPACE] = PART_RESOURCE,
    [METRIC_SPACE_LIMIT] = PART_RESOURCE,
    [METRIC_INODES] = PART_RESOURCE,
    [METRIC_INODES_LIMIT] = PART_RESOURCE,
    [METRIC_OPEN_FILES] = PART_RESOURCE,
    [METRIC_OPEN_FILES_LIMIT] = PART_RESOURCE,
    [METRIC_GC_TIME] = PART_RUNTIME,
    [METRIC_GC_COUNT] = PART_RUNTIME,
    [METRIC_GC_MAJOR] = PART_RUNTIME,
    [METRIC_UPTIME] = PART_RUNTIME,
    [METRIC_HEAP_USED] = PART_RUNTIME,
    [METRIC_HEAP_LIVE] = PART_RUNTIME,
    [METRIC_HEAP_LIMIT] = PART_RUNTIME,
    [METRIC_HEAP_ALLOCATED] = PART_RUNTIME,
    [METRIC_REQUESTS_IN] = PART_TRAFFIC,
    [METRIC_REQUESTS_OUT] = PART_TRAFFIC,
    [METRIC_REQUESTS_FAILED] = PART_TRAFFIC,
    [METRIC_CONNECTIONS_IN] = PART_TRAFFIC,
    [METRIC_CONNECTIONS_OUT] = PART_TRAFFIC,
    [METRIC_CONNECTIONS_FAILED] = PART_TRAFFIC,
    [METRIC_PACKETS_RECEIVED] = PART_TRAFFIC,
    [METRIC_PACKETS_SENT] = PART_TRAFFIC,
};

void watch_init(struct watch *w, uint32_t entity, uint32_t host, enum entity_kind kind)
{
    memset(w, 0, sizeof(*w));
    w->entity = entity;
    w->host = host;
    w->kind = kind;
    w->host_watch = w;
    cadence_init(&w->cadence);
}

/* Is it asked who else is on its host? */
static bool is_member(const struct watch *w)
{
    return w->kind == ENTITY_PROCESS || w->kind == ENTITY_CGROUP || w->kind == ENTITY_JVM;
}

int watch_join(struct watch *w, struct host_share *share)
{
    w->share = share;
    if (w->kind == ENTITY_HOST)
        share->host = w;
    if (!is_member(w))
        return 0;
    if (share->member_count == share->member_capacity) {
        uint32_t more = share->member_capacity ? 2 * share->member_capacity : 64;
        struct watch **members = realloc(share->members, more * sizeof(struct watch *));
        if (!members)
            return -ENOMEM;
        share->members = members;
        share->member_capacity = more;
    }
    share->members[share->member_count++] = w;
    return 0;
}

struct watch *watch_on(const struct host_share *share, uint32_t entity)
{
    if (share->host && share->host->entity == entity)
        return share->host;
    for (uint32_t i = 0; i < share->member_count; i++)
        if (share->members[i]->entity == entity)
            return share->members[i];
    return NULL;
}

static void leave(const struct watch *w)
{
    struct host_share *share = w->share;
    uint32_t at = 0;

    if (share && share->host == w)
        share->host = NULL;
    if (!share || !is_member(w))
        return;
    while (at < share->member_count && share->members[at] != w)
        at++;
    if (at == share->member_count)
        return;
    share->member_count--;
    memmove(
        &share->members[at], &share->members[at + 1], (share->member_count - at) * sizeof(struct watch *));
}

void watch_done(struct watch *w)
{
    leave(w);
    free(w->process);
    free(w->cpu);
    free(w->memory);
    for (int i = 0; i < RESOURCE_COUNT; i++)
        free(w->resources[i]);
    free(w->traffic);
    free(w->gc);
    for (int i = 0; i < WARNING_SOURCES; i++)
        free(w->warnings[i]);
    free(w->causes);
    free(w->surprise);
    free(w->novelty);
    watch_quantities_done(w);
    free(w->together);
    free(w->readings);
    for (int i = 0; i < LAW_COUNT; i++)
        free(w->cases[i]);
    memset(w, 0, sizeof(*w));
}

static int prepare_process(struct watch *w)
{
    if (w->process)
        return 0;
    w->process = malloc(sizeof(*w->process));
    if (!w->process)
        return -ENOMEM;
    process_watch_init(w->process);
    return 0;
}

/* Makes room in the part that a law will ask. */
static int prepare_part(struct watch *w, enum metric_id metric)
{
    switch ((enum part)part_of[metric]) {
    case PART_CPU:
        return watch_cpu_prepare(w);
    case PART_MEMORY:
        return watch_memory_prepare(w);
    case PART_RESOURCE:
        return watch_resource_prepare(w, metric);
    case PART_RUNTIME:
        return watch_runtime_prepare(w);
    case PART_TRAFFIC:
        return watch_traffic_prepare(w, metric);
    case PART_CAUSES:
        break;
    }
    return watch_causes_prepare(w);
}

int watch_prepare(struct watch *w, uint32_t metric, const struct law_settings *settings)
{
    if (metric >= METRIC_KNOWN_COUNT)
        return watch_series_prepare(w, settings);
    if (w->kind == ENTITY_PROCESS)
        return prepare_process(w);
    int r = prepare_part(w, (enum metric_id)metric);
    return r ? r : watch_quantity_prepare(w, (enum metric_id)metric, settings);
}

void watch_heard(struct watch *w, int64_t t_ns)
{
    if (t_ns > w->cadence.last_ns)
        cadence_take(&w->cadence, t_ns);
}

/* When the threads of this process stand in line, the cgroup or host right around it is told so. */
static void tell_line(const struct watch *w)
{
    if (!w->process->convoy.stands || !w->share)
        return;
    struct watch *around = watch_on(w->share, catalog_entity_get(w->share->names, w->entity)->parent);
    if (around && around->causes)
        around->causes->contention.line_ns = w->process->convoy.asked_ns;
}

static enum watch_outcome take_known(struct watch *w, enum metric_id metric, int64_t t_ns, double x)
{
    if (w->process) {
        if (!process_watch_take(w->process, metric, t_ns, x))
            return WATCH_LATE;
        tell_line(w);
        return WATCH_TAKEN;
    }
    switch ((enum part)part_of[metric]) {
    case PART_CPU:
        return watch_cpu_take(w, t_ns, x);
    case PART_MEMORY:
        return watch_memory_take(w, metric, t_ns, x);
    case PART_RESOURCE:
        return watch_resource_take(w, metric, t_ns, x);
    case PART_RUNTIME:
        return watch_runtime_take(w, metric, t_ns, x);
    case PART_TRAFFIC:
        return watch_traffic_take(w, metric, t_ns, x);
    case PART_CAUSES:
        break;
    }
    return watch_causes_take(w, metric, t_ns, x);
}

bool watch_take(struct watch *w, uint32_t metric, int64_t t_ns, double x, const struct law_settings *settings)
{
    if (metric >= METRIC_KNOWN_COUNT) {
        if (!cadence_take(&w->cadence, t_ns))
            return false;
        watch_series_take(w, t_ns, x, settings);
        w->fresh = true;
        return true;
    }
    switch (take_known(w, (enum metric_id)metric, t_ns, x)) {
    case WATCH_LATE:
        return false;
    case WATCH_UNUSABLE:
        w->unusable = true;
        return true;
    case WATCH_TAKEN:
        break;
    }
    if (w->kind != ENTITY_HOST)
        watch_heard(w, t_ns);
    struct quantity *q = watch_quantity(w, (enum metric_id)metric);
    if (q)
        watch_quantity_take(w, q, t_ns, x, settings);
    w->fresh = true;
    return true;
}
