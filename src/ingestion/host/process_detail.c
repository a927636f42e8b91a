/* SPDX-License-Identifier: MIT
 * Turns what is read of a process only now and then (its cgroup, the waiting of its threads, its switches)
 * into fields of the watched process, from a budget that is saved up over the rounds. */
#include <errno.h>
#include <stdio.h>

#include "ingestion/host/process_cgroup.h"
#include "ingestion/host/process_table.h"

#define CGROUP_AGE_NS  INT64_C(120000000000) /* moves are rare: every two minutes */
#define CGROUP_CALLS   3u
#define SWITCHES_CALLS 3u
#define THREADS_AGE_NS INT64_C(5000000000) /* heuristic: not more often, however much is saved up */
/* From here on a process is of interest: heuristic, chosen on 2026-11-22, as process_sample.c has it. */
#define INTEREST_CORES 0.02

void process_detail_cgroup(struct process *p, const struct process_round *round, struct process_reading *r)
{
    char file[32];

    p->moved_ns = r->mono_ns;
    p->parent = round->tree->host;
    p->parent_has_its_time = false;
    if (round->tree->count == 0)
        return;
    (void)snprintf(file, sizeof(file), "%u/cgroup", p->stat.pid);
    r->calls += CGROUP_CALLS;
    const struct process_home home = process_cgroup_read(round->tree, r->proc_fd, file, r->buffer);
    p->parent = home.entity;
    p->parent_has_its_time = home.has_its_time;
}

/* A set of threads for p, if one is free or its owner is of less interest. */
static void give_threads(struct process_table *t, struct process *p)
{
    struct process *least = NULL;
    uint32_t i;

    for (i = 0; i < PROCESS_THREAD_SETS && t->thread_sets[i].used; i++)
        ;
    if (i == PROCESS_THREAD_SETS) {
        for (uint32_t k = 0; k < t->count; k++)
            if (t->items[k].threads && (!least || t->items[k].interest < least->interest))
                least = &t->items[k];
        if (!least || p->interest < 2 * least->interest)
            return;
        for (i = 0; least->threads != &t->thread_sets[i].threads; i++)
            ;
        least->threads = NULL;
        least->has_wait = false;
    }
    t->thread_sets[i] = (struct process_thread_set){.used = true};
    p->threads = &t->thread_sets[i].threads;
}

static bool threads_are_due(const struct process *p, int64_t mono_ns)
{
    return !p->threads || !p->threads->has_begun || mono_ns - p->threads->read_ns >= THREADS_AGE_NS;
}

static void take_threads(struct process_table *t, struct process_reading *r, struct process *p)
{
    if (!p->threads)
        give_threads(t, p);
    if (!p->threads || !threads_are_due(p, r->mono_ns))
        return;
    const struct process_threads_reading reading = {
        .proc_fd = r->proc_fd,
        .pid = p->stat.pid,
        .listing = &t->tasks,
        .buffer = r->buffer,
        .mono_ns = r->mono_ns,
        .calls = &r->calls,
    };
    uint64_t before_ns = p->threads->total_ns;
    p->has_wait = process_threads_read(p->threads, &reading) == 0;
    p->wait_ns += p->threads->total_ns - before_ns;
}

static void take_switches(struct process_reading *r, struct process *p)
{
    char file[32];
    uint64_t voluntary, involuntary;
    size_t n;

    snprintf(file, sizeof(file), "%u/status", p->stat.pid);
    r->calls += SWITCHES_CALLS;
    if (kfile_read_once(r->proc_fd, file, r->buffer, &n) == 0 &&
        proc_pid_switches_parse(r->buffer->data, n, &voluntary, &involuntary) == 0) {
        p->switches = voluntary + involuntary;
        p->has_switches = true;
    }
}

/* System calls that one process' turn may take. */
static uint32_t cost(const struct process *p, int64_t mono_ns)
{
    uint32_t calls = mono_ns - p->moved_ns >= CGROUP_AGE_NS ? CGROUP_CALLS : 0;

    if (p->interest < INTEREST_CORES)
        return calls;
    if (p->stat.threads == 1)
        return calls + SWITCHES_CALLS;
    if (!threads_are_due(p, mono_ns))
        return calls;
    return calls + (p->stat.threads <= PROCESS_THREADS_MAX ? process_threads_cost(p->stat.threads) : 0);
}

void process_detail(struct process_table *t, const struct process_round *round, struct process_reading *r)
{
    for (uint32_t k = 0; k < t->count; k++) {
        struct process *p = &t->items[t->detail_turn % t->count];
        uint32_t calls = cost(p, r->mono_ns), before = r->calls;
        if (calls > t->detail_saved)
            break; /* its turn comes when enough is saved up */
        t->detail_turn = (t->detail_turn + 1) % t->count;
        if (r->mono_ns - p->moved_ns >= CGROUP_AGE_NS)
            process_detail_cgroup(p, round, r);
        if (p->interest >= INTEREST_CORES && p->stat.threads == 1)
            take_switches(r, p);
        else if (p->interest >= INTEREST_CORES && p->stat.threads <= PROCESS_THREADS_MAX)
            take_threads(t, r, p);
        uint32_t spent = r->calls - before;
        t->detail_saved -= spent < t->detail_saved ? spent : t->detail_saved;
    }
}
