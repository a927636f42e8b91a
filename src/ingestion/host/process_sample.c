/* SPDX-License-Identifier: MIT
 * Turns watched processes into entities and samples. What could not be read in this round is not in the
 * frame; what cannot have changed since it was read (the process did not run) is. */
#include "ingestion/host/process_sample.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S 1e9

/* Worth an entity: heuristics, chosen on 2026-11-22 from an idle host (daemons and threads of the kernel stay
 * below) and a busy one. */
#define WORTH_CORES  0.02
#define WORTH_MEMORY 0.02 /* of the host's */
#define WORTH_ROUNDS 5u   /* in a row */
/* New entities: a burst as large as the list, then so many. */
#define NAMES_A_SECOND  1.0
#define UPTIME_EVERY_NS INT64_C(60000000000) /* its age grows by itself */

size_t process_entity_name(const struct proc_pid_stat *s, char name[PROCESS_NAME_MAX])
{
    int n =
        snprintf(name, PROCESS_NAME_MAX, "%u %s @%llu", s->pid, s->comm, (unsigned long long)s->start_ticks);

    return n < PROCESS_NAME_MAX ? (size_t)n : PROCESS_NAME_MAX - 1;
}

static double rss_bytes(const struct process_table *t, const struct process *p)
{
    return (double)p->stat.rss_pages * t->options.page_bytes;
}

static bool is_worthy(
    const struct process_table *t, const struct process_sampling *s, const struct process *p)
{
    return p->interest >= WORTH_CORES ||
           (s->memory_bytes > 0 && rss_bytes(t, p) >= WORTH_MEMORY * (double)s->memory_bytes);
}

static void refill(struct process_table *t, int64_t mono_ns)
{
    if (t->named_ns != INT64_MIN && mono_ns > t->named_ns)
        t->names_left += NAMES_A_SECOND * 1e-9 * (double)(mono_ns - t->named_ns);
    if (t->names_left > t->options.max)
        t->names_left = t->options.max;
    t->named_ns = mono_ns;
}

/* Declares the process, if it may be. */
static void declare(struct process_table *t, const struct process_sampling *s, struct process *p)
{
    char name[PROCESS_NAME_MAX];
    uint32_t parent = catalog_entity_lives(s->catalog, p->parent) ? p->parent : s->host;

    p->worthy = 0;
    if (t->names_left < 1) {
        t->names_short = true;
        return;
    }
    size_t n = process_entity_name(&p->stat, name);
    int64_t id = catalog_entity_below(s->catalog, parent, ENTITY_PROCESS, name, n);
    t->names_left -= 1;
    if (id < 0) {
        s->frame->refused++;
        return;
    }
    p->entity = (uint32_t)id;
}

/* When it was started is told before what it has. (The clock of started processes goes on while the host is
 * suspended, ours does not: who seems to be younger than nothing is left out.) */
static void add_uptime(const struct process_table *t, const struct process_sampling *s, struct process *p)
{
    double uptime_s = (double)s->mono_ns / NS_PER_S - (double)p->stat.start_ticks / t->options.tick_hz;

    if (uptime_s < 0 || (p->uptime_ns && s->mono_ns - p->uptime_ns < UPTIME_EVERY_NS))
        return;
    p->uptime_ns = s->mono_ns;
    frame_add(
        s->frame, &p->uptime_slot, p->entity, METRIC_UPTIME, floor(uptime_s * 100 + 0.5) / 100); /* ticks */
}

static void add(const struct process_table *t, const struct process_sampling *s, struct process *p)
{
    struct frame *f = s->frame;

    if (s->online_cpus > 0)
        frame_add(
            f, &p->cpu_slot, p->entity, METRIC_CPU_UTILIZATION, frame_rounded(p->cores / s->online_cpus));
    if (p->has_wait && (p->stat.threads == 1 || (p->threads && p->threads->read_ns == s->mono_ns)))
        frame_add(f, &p->wait_slot, p->entity, METRIC_RUN_QUEUE_WAIT, (double)p->wait_ns / NS_PER_S);
    if (p->has_switches)
        frame_add(f, &p->switches_slot, p->entity, METRIC_CONTEXT_SWITCHES, (double)p->switches);
    if (!p->stat_is_current)
        return;
    frame_add(f, &p->threads_slot, p->entity, METRIC_THREADS, p->stat.threads);
    if (p->stat.is_kernel)
        return; /* no memory of its own, so no faults */
    add_uptime(t, s, p);
    frame_add(f, &p->memory_slot, p->entity, METRIC_MEMORY_USAGE, rss_bytes(t, p));
    frame_add(f, &p->faults_slot, p->entity, METRIC_PAGE_FAULTS,
        (double)(p->stat.minor_faults + p->stat.major_faults));
    frame_add(f, &p->major_slot, p->entity, METRIC_MAJOR_FAULTS, (double)p->stat.major_faults);
}

void process_sample(struct process_table *t, const struct process_sampling *s)
{
    refill(t, s->mono_ns);
    for (uint32_t i = 0; i < t->count; i++) {
        struct process *p = &t->items[i];
        if (p->entity != ENTITY_NONE && !catalog_entity_lives(s->catalog, p->entity))
            p->entity = ENTITY_NONE;
        if (p->entity == ENTITY_NONE) {
            p->worthy = is_worthy(t, s, p) ? p->worthy + 1 : 0;
            if (p->worthy < WORTH_ROUNDS)
                continue;
            declare(t, s, p);
            if (p->entity == ENTITY_NONE)
                continue;
        }
        add(t, s, p);
    }
}

int process_say_gone(struct process_table *t, const struct feed *feed, int64_t t_ns)
{
    int r = 0;

    for (uint32_t i = 0; i < t->ended_count && r >= 0 && feed->gone; i++)
        if (catalog_entity_lives(feed->catalog, t->ended[i].entity))
            r = feed->gone(feed->context, t_ns, t->ended[i].entity,
                t->ended[i].killed ? ENTITY_OUT_OF_MEMORY : ENTITY_ENDED);
    t->ended_count = 0;
    return r;
}
