/* SPDX-License-Identifier: MIT
 * Turns the listing of /proc into changes of the watched list, a bounded piece of it each round. A process
 * must have been met by two listings before anything of it is read: what forks and ends between two rounds
 * costs its directory entry and nothing else. */
#include "ingestion/host/process_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ingestion/host/scan.h"

#define LOOK_CALLS 3u /* open, read, close */
/* A listing without cause: nothing says that forks were counted truly. */
#define SWEEP_AGE_NS INT64_C(10000000000)
/* From the beginning of one listing to the next, where it is only for those that are not on the list: the
 * list holds what works most, and who begins to work gets onto it that much later. */
#define ROTATION_NS INT64_C(5000000000)
/* Hysteresis of the list. Heuristics, chosen on 2026-11-22: a percent of a CPU is what one reading of ticks
 * can tell from nothing. */
#define STAY_NS     INT64_C(10000000000) /* at least, once on it */
#define RIVAL_TIMES 2.0                  /* as interesting as the one whose place it takes, */
#define RIVAL_CORES 0.01                 /* and so much more */
#define ENTRIES_MAX 8192u                /* names gone through in a round, at about a microsecond each */

/* The next process of the listing; 0 at its end. */
static uint32_t next_pid(struct process_table *t)
{
    const char *name;
    uint64_t pid;
    int error;

    while ((name = kdir_next(&t->listing, &error))) {
        const char *p = name, *end = name + strlen(name);
        if (scan_u64(&p, end, &pid) && p == end && pid > 0 && pid <= PROCESS_PID_MAX)
            return (uint32_t)pid;
    }
    t->coverage.error = error;
    return 0;
}

static bool is_due(const struct process_table *t, const struct process_round *round)
{
    bool rotates = t->coverage.existing > t->count && round->mono_ns - t->sweep_began_ns >= ROTATION_NS;

    return t->sweep == 0 || t->has_unseen || rotates || !round->has_forks || round->forks != t->sweep_forks ||
           round->mono_ns - t->sweep_ended_ns >= SWEEP_AGE_NS;
}

static void begin(struct process_table *t, const struct process_round *round)
{
    t->coverage.error = kdir_rewind(&t->listing);
    t->sweeping = true;
    t->sweep++;
    t->held = 0;
    t->listed = t->denied = 0;
    t->first_listed = t->has_unseen = false;
    t->sweep_began_ns = round->mono_ns;
    t->sweep_forks = round->forks;
}

/* What was watched before the listing began and is not in it is gone, whatever its files still say: a kept
 * descriptor of /proc answers ESRCH by itself, one of a recorded tree does not. */
static void drop_unlisted(struct process_table *t)
{
    for (uint32_t i = t->count; i-- > 0;)
        if (t->items[i].since_ns < t->sweep_began_ns && t->items[i].sweep != t->sweep) {
            t->coverage.vanished++;
            process_table_drop(t, i, true);
        }
}

static void end(struct process_table *t, const struct process_round *round)
{
    t->sweeping = false;
    t->sweep_ended_ns = round->mono_ns;
    if (t->coverage.error < 0)
        return;
    drop_unlisted(t);
    t->coverage.has_swept = true;
    t->coverage.existing = t->listed;
    t->coverage.hidden = t->denied;
    t->coverage.sees_first = t->first_listed;
    t->coverage.sweep_ns = round->mono_ns - t->sweep_began_ns;
}

/* The watched process that is least worth its place and may go; -1: none. */
static int64_t weakest(const struct process_table *t, int64_t mono_ns)
{
    int64_t found = -1;

    for (uint32_t i = 0; i < t->count; i++)
        if (mono_ns - t->items[i].since_ns >= STAY_NS &&
            (found < 0 || t->items[i].interest < t->items[found].interest))
            found = i;
    return found;
}

static struct process *adopt(
    struct process_table *t, const struct process_round *round, struct process_reading *r, uint32_t pid)
{
    struct process *p = process_table_adopt(t, r, pid);

    if (p)
        process_detail_cgroup(p, round, r);
    return p;
}

/* A process that is not watched was found to do that much: does it get a place? */
static void contend(struct process_table *t, const struct process_round *round, struct process_reading *r,
    uint32_t pid, double interest)
{
    if (interest < RIVAL_CORES)
        return;
    int64_t rival = weakest(t, r->mono_ns);
    if (rival < 0 || interest < RIVAL_TIMES * t->items[rival].interest + RIVAL_CORES)
        return;
    process_table_drop(t, (uint32_t)rival, false);
    struct process *p = adopt(t, round, r, pid);
    if (!p)
        return;
    p->interest = interest;
    t->coverage.replaced++;
}

/* How the process stands against when it was last looked at; 0 when it was not. */
static double interest_since(
    const struct process_glance *g, const struct proc_pid_stat *s, const struct process_reading *r)
{
    struct process_minute m = {.major_per_s = (double)NAN};
    double dt_s = (double)(r->mono_ns - g->t_ns) * 1e-9;

    if (!g->was_read || g->start_ticks != s->start_ticks || dt_s <= 0 || s->ticks < g->ticks)
        return 0;
    m.growth_bytes_per_s = ((double)s->rss_pages - (double)g->rss_pages) * r->page_bytes / dt_s;
    m.faults_per_s = ((double)(s->minor_faults + s->major_faults) - (double)g->faults) / dt_s;
    return process_interest((double)(s->ticks - g->ticks) * r->tick_ns * 1e-9 / dt_s, &m, r->memory_bytes);
}

static void look(struct process_table *t, const struct process_round *round, struct process_reading *r,
    struct process_glance *g)
{
    char path[32];
    struct proc_pid_stat s;
    size_t n;
    uint32_t pid = g->pid;

    snprintf(path, sizeof(path), "%u/stat", pid);
    r->calls += LOOK_CALLS;
    t->coverage.looks++;
    int error = kfile_read_once(r->proc_fd, path, r->buffer, &n);
    if (error == 0)
        error = proc_pid_stat_parse(r->buffer->data, n, &s);
    if (error == 0 && s.pid != pid)
        error = -EBADMSG;
    if (error != 0) {
        t->coverage.vanished += error == -ESRCH || error == -ENOENT;
        t->coverage.spoilt += error == -EBADMSG;
        t->denied += error != -ESRCH && error != -ENOENT && error != -EBADMSG;
        return;
    }
    double interest = interest_since(g, &s, r);
    *g = (struct process_glance){.pid = pid,
        .sweep = t->sweep,
        .was_read = true,
        .t_ns = r->mono_ns,
        .start_ticks = s.start_ticks,
        .ticks = s.ticks,
        .rss_pages = s.rss_pages,
        .faults = s.minor_faults + s.major_faults};
    contend(t, round, r, pid, interest);
}

/* Has the process been met before, so that it has lived for a while? The first listing takes in all. */
static bool is_met(struct process_table *t, struct process_glance *g, uint32_t pid)
{
    bool met = g->pid == pid && (g->was_read || t->sweep - g->sweep <= 1);

    if (g->pid != pid || !met)
        *g = (struct process_glance){.pid = pid};
    g->sweep = t->sweep;
    return met || t->sweep == 1;
}

/* One process of the listing. Returns false when there are no calls left for it: it is held for the next
 * round. */
static bool consider(struct process_table *t, const struct process_round *round, struct process_reading *r,
    uint32_t pid, uint32_t calls)
{
    bool has_room = t->count < t->options.max;

    struct process *p = process_table_find(t, pid);
    if (p) {
        p->sweep = t->sweep;
        return true;
    }
    struct process_glance *g = process_glances_find(&t->glances, pid);
    if (!is_met(t, g, pid)) {
        t->has_unseen = true;
        return true;
    }
    if (r->calls + (has_room ? PROCESS_ADOPT_CALLS : LOOK_CALLS) > calls)
        return false;
    if (has_room)
        (void)adopt(t, round, r, pid);
    else
        look(t, round, r, g);
    return true;
}

void process_sweep(
    struct process_table *t, const struct process_round *round, struct process_reading *r, uint32_t calls)
{
    uint64_t looks_end = t->coverage.looks + (t->sweep == 0 ? UINT32_MAX : PROCESS_LOOKS_MAX);

    if (!t->sweeping) {
        if (!is_due(t, round))
            return;
        begin(t, round);
    }
    uint64_t listing_calls = t->listing.calls;
    for (uint32_t entries = 0; entries < ENTRIES_MAX && t->coverage.looks < looks_end; entries++) {
        if (t->held == 0) {
            t->held = next_pid(t);
            if (t->held == 0) {
                end(t, round);
                break;
            }
            t->listed++;
            t->first_listed |= t->held == 1;
        }
        if (!consider(t, round, r, t->held, calls))
            break;
        t->held = 0;
    }
    r->calls += (uint32_t)(t->listing.calls - listing_calls);
}
