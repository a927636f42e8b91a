/* SPDX-License-Identifier: MIT
 * Turns the files of the known cgroups into samples. Which cgroups there are is cgroup_tree's knowledge; a
 * cgroup that vanishes under the reading is handed back to it and is simply not in the frame. */
#include "ingestion/host/cgroup_sample.h"

#include <errno.h>
#include <math.h>

#include "ingestion/host/cgroup_usage.h"
#include "ingestion/host/proc_pressure.h"

#define NS_PER_S 1e9
#define US_PER_S 1e6

/* Reads one kept file of a cgroup. Returns its length, or -1: not open, or lost (then closed). */
static long read_file(
    const struct cgroup_reading *r, struct cgroup *c, struct kfile *f, enum cgroup_role role)
{
    size_t n = 0;

    if (f->fd < 0)
        return -1;
    if (kfile_read(f, r->buffer, &n) < 0) {
        cgroup_tree_lost(r->tree, c, role);
        return -1;
    }
    return (long)n;
}

/* CPUs that the cgroup can use at most; NaN = unknown. */
static double capacity_cpus(const struct cgroup_reading *r, const struct cgroup *c)
{
    double online = r->online_cpus > 0 ? (double)r->online_cpus : (double)NAN;

    return c->limit_cpus > 0 && !(c->limit_cpus >= online) ? c->limit_cpus : online;
}

void cgroup_sample_usage(const struct cgroup_reading *r)
{
    cgroup_usage_read(r->tree, r->buffer, r->mono_ns);
    for (uint32_t i = 0; i < r->tree->count; i++) {
        struct cgroup *c = &r->tree->items[i];
        double delta_ns, dt_s;

        if (c->has_used && counter_update(&c->usage_ns, r->rules, r->mono_ns, (double)c->used_ns, &delta_ns,
                               &dt_s) == COUNTER_RATE)
            frame_add(r->frame, &c->utilization_slot, c->entity, METRIC_CPU_UTILIZATION,
                frame_rounded(delta_ns / NS_PER_S / dt_s / capacity_cpus(r, c)));
    }
}

static void sample_throttled(const struct cgroup_reading *r, struct cgroup *c)
{
    struct cgroup_cpu_stat stat;
    double throttled_s = c->throttled_s;
    long n = read_file(r, c, &c->throttled, CGROUP_QUOTA);

    if (n >= 0)
        throttled_s = cgroup_cpu_stat_parse(r->buffer->data, (size_t)n, &stat) == 0 && stat.has_throttled
                          ? (double)stat.throttled_ns / NS_PER_S
                          : (double)NAN;
    /* Without a quota the counter stands still for ever: nothing to watch. */
    if (!isnan(c->limit_cpus))
        frame_add(r->frame, &c->throttled_slot, c->entity, METRIC_CPU_THROTTLED, throttled_s);
}

static void sample_memory(const struct cgroup_reading *r, struct cgroup *c)
{
    struct cgroup_memory_stat stat;
    uint64_t used_bytes;
    long n = read_file(r, c, &c->memory, CGROUP_MEMORY);

    if (n < 0 || cgroup_value_parse(r->buffer->data, (size_t)n, &used_bytes) < 0 ||
        used_bytes == CGROUP_NO_LIMIT)
        return;
    n = read_file(r, c, &c->memory_stat, CGROUP_MEMORY);
    if (n < 0 || cgroup_memory_stat_parse(r->buffer->data, (size_t)n, &stat) < 0)
        return;
    /* Two files, two instants: the part may exceed the whole by a little. */
    const uint64_t inactive_bytes =
        stat.inactive_file_bytes < used_bytes ? stat.inactive_file_bytes : used_bytes;
    frame_add(
        r->frame, &c->memory_slot, c->entity, METRIC_MEMORY_USAGE, (double)(used_bytes - inactive_bytes));
    fullness_note(&c->full,
        c->limit_bytes != CGROUP_NO_LIMIT && c->limit_bytes > 0
            ? (double)(used_bytes - inactive_bytes) / (double)c->limit_bytes
            : (double)NAN,
        r->mono_ns);
    if (stat.has_refaults)
        frame_add(r->frame, &c->refaults_slot, c->entity, METRIC_REFAULTS, (double)stat.refaults);
    if (r->memory_bytes > 0 && c->limit_bytes < r->memory_bytes)
        frame_add(r->frame, &c->memory_limit_slot, c->entity, METRIC_MEMORY_LIMIT, (double)c->limit_bytes);
}

/* Reads a file for which no descriptor is kept. Returns its length or < 0. */
static long read_in_passing(
    const struct cgroup_reading *r, const struct cgroup *c, enum cgroup_role role, const char *file)
{
    return cgroup_tree_read_once(r->tree, c, (uint32_t)r->tree->layout.role_mount[role], file, r->buffer);
}

/* Measured on Linux 6.18: 6.7 us for each that is opened and closed, 2.1 us for one that is kept open. What
 * is looked for lasts a quarter of a minute, so three of them in turn are cheap enough without 600
 * descriptors for 200 cgroups. */
static void sample_pressure(const struct cgroup_reading *r, struct cgroup *c)
{
    static const struct {
        const char *file;
        enum metric_id metric;
    } kinds[CGROUP_PRESSURES] = {
        {"memory.pressure", METRIC_MEMORY_PRESSURE},
        {"io.pressure", METRIC_IO_PRESSURE},
        {"cpu.pressure", METRIC_CPU_PRESSURE},
    };
    uint32_t kind = r->turn % CGROUP_PRESSURES;
    struct pressure pressure;

    if (!r->has_pressure || !cgroup_tree_is_v2(r->tree, CGROUP_USAGE))
        return;
    long n = read_in_passing(r, c, CGROUP_USAGE, kinds[kind].file);
    if (n >= 0 && pressure_parse(r->buffer->data, (size_t)n, &pressure) == 0)
        frame_add(r->frame, &c->pressure_slots[kind], c->entity, kinds[kind].metric,
            (double)pressure.some.total_us / US_PER_S);
}

/* How many there are is worth a look where there may not be more, and then not worth a descriptor: the file
 * is opened for each reading. */
static void sample_tasks(const struct cgroup_reading *r, struct cgroup *c)
{
    uint64_t tasks;

    if (c->limit_tasks == CGROUP_NO_LIMIT)
        return;
    long n = read_in_passing(r, c, CGROUP_TASKS, "pids.current");
    if (n < 0 || cgroup_value_parse(r->buffer->data, (size_t)n, &tasks) < 0 || tasks == CGROUP_NO_LIMIT)
        return;
    frame_add(r->frame, &c->tasks_slot, c->entity, METRIC_TASKS, (double)tasks);
    frame_add(r->frame, &c->tasks_limit_slot, c->entity, METRIC_TASKS_LIMIT, (double)c->limit_tasks);
}

void cgroup_sample_slow(const struct cgroup_reading *r)
{
    for (uint32_t i = 0; i < r->tree->count; i++) {
        sample_throttled(r, &r->tree->items[i]);
        sample_memory(r, &r->tree->items[i]);
        sample_pressure(r, &r->tree->items[i]);
        sample_tasks(r, &r->tree->items[i]);
    }
}
