/* SPDX-License-Identifier: MIT
 * Turns the process table into a part of the slow round, and what it cannot see into the lines of what is
 * missing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingestion/host/host_source.h"
#include "ingestion/host/process_cgroup.h"
#include "ingestion/host/process_rank.h"
#include "ingestion/host/process_sample.h"

/* Descriptors left to others: the host's files, the loop, terminal, state, logs; and what cgroups may need
 * until the next look. Heuristic. */
#define DESCRIPTORS_RESERVED  96
#define DESCRIPTORS_A_CGROUP  4
#define CGROUPS_GROWTH        32
#define DESCRIPTORS_A_PROCESS 2
#define NS_PER_S              1e9

/* How many files of processes may stay open beside everything else. */
static uint32_t spare_descriptors(const struct host_source *s)
{
    long limit = sysconf(_SC_OPEN_MAX);
    int64_t cgroups = s->options.cgroups ? (int64_t)s->tree.count + s->tree.count / 4 + CGROUPS_GROWTH : 0;
    int64_t most = DESCRIPTORS_A_PROCESS * s->options.max_processes;

    if (cgroups > s->options.max_cgroups)
        cgroups = s->options.max_cgroups;
    int64_t left = limit < 0 ? most : limit - DESCRIPTORS_RESERVED - DESCRIPTORS_A_CGROUP * cgroups;
    return left <= 0 ? 0 : (uint32_t)(left < most ? left : most);
}

static void note_missing(struct host_source *s)
{
    const struct process_coverage *c = &s->processes->coverage;
    const struct process_table *t = s->processes;
    double sweep_s = (double)c->sweep_ns / NS_PER_S;

    host_missing_set(s, HOST_LACK_PROCESSES, c->error, "%s/proc cannot be listed: %s; without it: processes",
        s->root, strerrordesc_np(-c->error));
    if (!c->has_swept)
        return;
    bool excess = c->existing > t->count + c->hidden && t->count == t->options.max;
    /* The line is made anew when the number has another power of two, not with every fork. */
    host_missing_set(s, HOST_LACK_PROCESS_ROOM, excess ? 64 - __builtin_clzll(c->existing | 1) : 0,
        "%u processes exist, more than the %u of sources.host.max_processes; the others are looked at every "
        "%.0f "
        "s",
        c->existing, t->options.max, sweep_s > 1 ? sweep_s : 1);
    host_missing_set(s, HOST_LACK_PROCESS_HIDDEN,
        !c->sees_first  ? 1
        : c->hidden > 0 ? 2
                        : 0,
        c->hidden > 0
            ? "%s/proc lists processes that it does not show (hidepid); without them: who uses CPU and memory"
            : "%s/proc does not show process 1 (hidepid or no process there); without the hidden ones: who "
              "uses CPU and memory",
        s->root);
    host_missing_set(s, HOST_LACK_PROCESS_DESCRIPTORS,
        t->count > 0 && t->descriptors < t->count && c->refused > 0,
        "no file descriptors left for all processes; they are opened anew in each round, and read more "
        "rarely: raise "
        "the limit of open files or lower sources.host.max_processes");
    host_missing_set(s, HOST_LACK_PROCESS_NAMES, t->names_short,
        "more processes were worth watching for themselves than may become entities; the rest is only "
        "ranked");
}

/* What the look at the directory tells before the first round. */
static void probe(struct host_source *s)
{
    size_t n;
    int r = kfile_read_once(s->processes->proc_fd, "1/stat", &s->buffer, &n);

    s->processes->coverage.has_swept = true;
    s->processes->coverage.sees_first = r == 0;
    note_missing(s);
    s->processes->coverage.has_swept = false;
}

int host_process_open(struct host_source *s)
{
    if (!s->options.processes || s->options.max_processes == 0)
        return 0;
    const struct process_table_options o = {
        .max = (uint32_t)s->options.max_processes,
        .descriptors = spare_descriptors(s),
        .tick_hz = s->tick_hz,
        .page_bytes = s->page_bytes,
        .rules = &s->slow_rules,
    };
    s->processes = calloc(1, sizeof(*s->processes));
    if (!s->processes)
        return -ENOMEM;
    int r = process_table_init(s->processes, &o, s->root_fd);
    if (r == -ENOMEM)
        return r;
    if (r == 0)
        probe(s);
    else
        note_missing(s);
    return 0;
}

void host_process_close(struct host_source *s)
{
    if (s->processes)
        process_table_done(s->processes);
    free(s->processes);
    s->processes = NULL;
}

void host_process_look(struct host_source *s)
{
    if (s->processes)
        process_table_set_descriptors(s->processes, spare_descriptors(s));
}

int host_process_gather(struct host_source *s, int64_t t_ns, int64_t mono_ns)
{
    if (!s->processes)
        return 0;
    const struct process_round round = {
        .buffer = &s->buffer,
        .tree = &s->tree,
        .mono_ns = mono_ns,
        .memory_bytes = s->memory_bytes,
        .forks = s->stat.forks,
        .has_forks = s->stat.has_forks,
    };
    const struct process_sampling sampling = {
        .catalog = s->feed.catalog,
        .host = s->host,
        .frame = &s->frame,
        .mono_ns = mono_ns,
        .online_cpus = s->stat.cpu_count,
        .memory_bytes = s->memory_bytes,
    };
    process_table_round(s->processes, &round);
    oom_victims_find(&s->oom_kills, s->processes, &s->tree,
        fullness_is_recent(&s->memory_full, mono_ns) ? s->memory_bytes : 0, mono_ns);
    int r = process_say_gone(s->processes, &s->feed, t_ns);
    process_sample(s->processes, &sampling);
    note_missing(s);
    return r;
}

const struct process_table *host_source_processes(const struct host_source *s)
{
    return s->processes;
}

uint32_t host_source_process_entity(const struct host_source *s, uint32_t pid, uint64_t start_ticks)
{
    const struct process *p = s->processes ? process_table_find(s->processes, pid) : NULL;

    return p && p->stat.start_ticks == start_ticks ? p->entity : ENTITY_NONE;
}

uint32_t host_source_entity(const struct host_source *s)
{
    return s->host;
}

uint32_t host_source_cgroup_of(void *context, uint32_t pid)
{
    struct host_source *s = context;
    char path[32];

    (void)snprintf(path, sizeof(path), "proc/%u/cgroup", pid);
    return process_cgroup_read(&s->tree, s->root_fd, path, &s->buffer).entity;
}

static bool uses_more(const struct process *a, const struct process *b)
{
    return a->interest > b->interest;
}

uint32_t host_source_threaded(const struct host_source *s, struct host_process_id *out, uint32_t max)
{
    const struct process *top[HOST_THREADED_MAX];
    uint32_t n = 0;

    if (max > HOST_THREADED_MAX)
        max = HOST_THREADED_MAX;
    for (uint32_t i = 0; s->processes && i < s->processes->count; i++) {
        const struct process *p = &s->processes->items[i];
        if (p->entity == ENTITY_NONE || p->stat.threads < 2)
            continue;
        uint32_t at = n < max ? n++ : n;
        for (; at > 0 && uses_more(p, top[at - 1]); at--)
            if (at < max)
                top[at] = top[at - 1];
        if (at < max)
            top[at] = p;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = i;
        for (; at > 0 && out[at - 1].pid > top[i]->stat.pid; at--)
            out[at] = out[at - 1];
        out[at] = (struct host_process_id){top[i]->stat.pid, top[i]->stat.start_ticks};
    }
    return n;
}
