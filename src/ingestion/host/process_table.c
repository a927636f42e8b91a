/* SPDX-License-Identifier: MIT
 * Turns rounds into readings of the watched processes, and keeps the list: its index by number, its
 * descriptors, its budget of system calls. Who comes onto the list is process_sweep.c's matter, what becomes
 * of the readings process_sample.c's. */
#include "ingestion/host/process_table.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S 1e9

/* The budget of a round in system calls. Heuristics, chosen on 2026-11-22. */
#define CALLS_LEAST 32u /* of a small host */
/* For what follows reading those that are watched, at least: half of it is left for the rotation, which has
 * to be able to take in a new process. */
#define CALLS_SPARE   (2u * PROCESS_ADOPT_CALLS)
#define CALLS_BEGIN   3000u /* besides what adopting takes: in the first round every process gets a look */
#define LOOK_CALLS    3u
#define DETAIL_SHARE  4u    /* of the spare calls go to what is read now and then: one of four, ... */
#define DETAIL_LEAST  24u   /* ... at least: where all spare is needed, nine threads are still read */
#define DETAIL_SAVED  1024u /* ... saved up to so many; */
#define REFRESH_SHARE 4u    /* one of four to stat of what ran; the rest to the rotation */
#define SPOILT_ROUNDS 3u    /* in a row not understood: off the list */
#define REST_AGE_NS   INT64_C(5000000000)  /* then who rests is read: it may be elsewhere by now */
#define STAT_AGE_NS   INT64_C(30000000000) /* memory can go without the process running */

static uint32_t *index_place(const struct process_table *t, uint32_t pid)
{
    uint32_t mask = t->index_size - 1, i = pid * UINT32_C(2654435761) >> 7 & mask;

    while (t->index[i] != 0 && t->items[t->index[i] - 1].stat.pid != pid)
        i = (i + 1) & mask;
    return &t->index[i];
}

static void index_again(struct process_table *t)
{
    memset(t->index, 0, t->index_size * sizeof(*t->index));
    for (uint32_t i = 0; i < t->count; i++)
        *index_place(t, t->items[i].stat.pid) = i + 1;
}

struct process *process_table_find(const struct process_table *t, uint32_t pid)
{
    uint32_t at = *index_place(t, pid);

    return at ? &t->items[at - 1] : NULL;
}

static int allocate(struct process_table *t)
{
    /* At most half full, so that probing ends soon. */
    for (t->index_size = 2; t->index_size < 2 * t->options.max;)
        t->index_size *= 2;
    t->items = calloc(t->options.max, sizeof(*t->items));
    t->index = calloc(t->index_size, sizeof(*t->index));
    t->ended = calloc(t->options.max, sizeof(*t->ended));
    if (!t->items || !t->index || !t->ended)
        return -ENOMEM;
    return process_glances_init(&t->glances);
}

int process_table_init(struct process_table *t, const struct process_table_options *o, int root_fd)
{
    *t = (struct process_table){.options = *o, .proc_fd = -1, .listing.fd = -1, .tasks.fd = -1};
    t->names_left = o->max;
    t->named_ns = INT64_MIN;
    int r = allocate(t);
    if (r < 0) {
        process_table_done(t);
        return r;
    }
    t->proc_fd = openat(root_fd, "proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    r = t->proc_fd < 0 ? -errno : kdir_open(&t->listing, t->proc_fd, ".");
    t->coverage.error = r;
    return r;
}

void process_table_done(struct process_table *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        process_close(&t->items[i]);
    kdir_close(&t->listing);
    kdir_close(&t->tasks);
    if (t->proc_fd >= 0)
        close(t->proc_fd);
    free(t->items);
    free(t->index);
    free(t->ended);
    process_glances_done(&t->glances);
    *t = (struct process_table){.proc_fd = -1, .listing.fd = -1, .tasks.fd = -1};
}

static void release(struct process_table *t, struct process *p, bool vanished)
{
    t->descriptors -= process_descriptors(p);
    for (uint32_t i = 0; p->threads && i < PROCESS_THREAD_SETS; i++)
        if (p->threads == &t->thread_sets[i].threads)
            t->thread_sets[i].used = false;
    if (p->entity != ENTITY_NONE && t->ended_count < t->options.max)
        t->ended[t->ended_count++] = (struct process_end){.entity = p->entity,
            .parent = p->parent,
            .rss_bytes = (double)p->stat.rss_pages * t->options.page_bytes,
            .vanished = vanished};
    p->entity = ENTITY_NONE;
    process_close(p);
}

void process_table_drop(struct process_table *t, uint32_t i, bool vanished)
{
    release(t, &t->items[i], vanished);
    t->count--;
    if (i < t->count)
        t->items[i] = t->items[t->count];
    index_again(t);
}

struct process *process_table_adopt(struct process_table *t, struct process_reading *r, uint32_t pid)
{
    struct process *p = &t->items[t->count];
    bool keep = t->descriptors + 2 <= t->options.descriptors;

    switch (process_open(p, r, pid, keep)) {
    case 0:
        break;
    case -EMFILE:
    case -ENFILE:
        t->coverage.refused++;
        return NULL;
    case -ESRCH:
        t->coverage.vanished++;
        return NULL;
    case -EBADMSG:
        t->coverage.spoilt++;
        return NULL;
    default:
        t->denied++;
        return NULL;
    }
    t->coverage.refused += p->stat_file.fd < 0;
    t->coverage.adopted++;
    t->descriptors += process_descriptors(p);
    t->count++;
    *index_place(t, pid) = t->count;
    return p;
}

/* What a reading's answer means for the list. Returns whether the process stays on it. */
static bool judge(struct process_table *t, const struct process *p, int error)
{
    if (error == 0)
        return true;
    if (error == -EBADMSG) {
        t->coverage.spoilt++;
        return p->spoilt < SPOILT_ROUNDS;
    }
    if (error == -EMFILE || error == -ENFILE) {
        t->coverage.refused++;
        return true;
    }
    t->coverage.vanished++;
    return false;
}

/* Takes those without a number off the list and keeps the order of the others. */
static void compact(struct process_table *t)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < t->count; i++)
        if (t->items[i].stat.pid != 0 && kept++ != i)
            t->items[kept - 1] = t->items[i];
    t->count = kept;
    index_again(t);
}

/* Has its cgroup used no CPU since the process was read, as far as is known, and is more known than in the
 * last round? Then it has not run until then. */
static bool rests(
    const struct cgroup_tree *tree, const struct cgroup *c, const struct process *p, int64_t mono_ns)
{
    return c && p->parent_has_its_time && p->spoilt == 0 && mono_ns - p->read_ns < REST_AGE_NS &&
           tree->usage_ns > p->cpu_ns.t_ns && c->has_used && c->worked_ns < p->read_ns;
}

/* What a process in it (NULL: of none) may grow to: its limit, where it has one, else the host's memory. */
static uint64_t memory_of(const struct cgroup *c, uint64_t host_bytes)
{
    return c && c->limit_bytes > 0 && c->limit_bytes < host_bytes ? c->limit_bytes : host_bytes;
}

/* Reads each process once; where that takes more calls than there are, the rest is first in the next round.
 */
static void read_watched(
    struct process_table *t, const struct cgroup_tree *tree, struct process_reading *r, uint32_t calls)
{
    const uint64_t host_bytes = r->memory_bytes;
    bool has_holes = false;

    if (t->read_turn >= t->count)
        t->read_turn = 0;
    for (uint32_t k = 0; k < t->count; k++) {
        struct process *p = &t->items[(t->read_turn + k) % t->count];
        const struct cgroup *c =
            p->parent == tree->host ? NULL : cgroup_tree_of(tree, p->parent, &p->parent_at);
        p->cores = (double)NAN;
        if (rests(tree, c, p, r->mono_ns)) {
            process_rest(p, r, tree->usage_ns);
            continue;
        }
        if (r->calls >= calls) {
            t->read_turn = (t->read_turn + k) % t->count;
            for (; k < t->count; k++)
                t->items[(t->read_turn + k) % t->count].cores = (double)NAN;
            break;
        }
        uint32_t kept = process_descriptors(p);
        r->memory_bytes = memory_of(c, host_bytes);
        int error = process_read(p, r);
        t->descriptors -= kept - process_descriptors(p);
        if (!judge(t, p, error)) {
            release(t, p, error != -EBADMSG);
            has_holes = true;
        }
    }
    r->memory_bytes = host_bytes;
    if (has_holes)
        compact(t);
}

/* Reads stat anew of those that ran since, in turn. */
static void refresh(struct process_table *t, struct process_reading *r, uint32_t calls)
{
    uint32_t count = t->count;
    bool has_holes = false;

    for (uint32_t k = 0; k < count && r->calls < calls; k++) {
        struct process *p = &t->items[t->refresh_turn++ % count];
        if (p->stat.pid == 0 || (p->stat_is_current && r->mono_ns - p->stat_ns < STAT_AGE_NS))
            continue;
        int error = process_read_stat(p, r);
        if (!judge(t, p, error)) {
            release(t, p, error != -EBADMSG);
            has_holes = true;
        }
    }
    if (has_holes)
        compact(t);
}

/* System calls of a round: about 1.1 for each process that exists, as long as the rotation has use for them.
 */
static uint32_t allowance(const struct process_table *t)
{
    uint64_t existing = t->coverage.existing > t->count ? t->coverage.existing : t->count;
    if (t->listed > existing) /* so far, by a listing that goes on */
        existing = t->listed;
    uint64_t calls = existing + existing / 10;
    uint64_t most = t->options.max + t->options.max / 10u + 2 * LOOK_CALLS * PROCESS_LOOKS_MAX;

    /* Not through with the first listing in the first round: there are many. */
    if (calls > most || (t->sweep == 1 && t->sweeping))
        calls = most;
    return calls < CALLS_LEAST ? CALLS_LEAST : (uint32_t)calls;
}

void process_table_round(struct process_table *t, const struct process_round *round)
{
    struct process_reading r = {
        .proc_fd = t->proc_fd,
        .buffer = round->buffer,
        .rules = t->options.rules,
        .mono_ns = round->mono_ns,
        .tick_ns = NS_PER_S / t->options.tick_hz,
        .page_bytes = t->options.page_bytes,
        .memory_bytes = round->memory_bytes,
    };
    bool begins = t->sweep == 0;
    uint32_t calls = allowance(t);

    if (t->listing.fd < 0)
        return;
    read_watched(t, round->tree, &r, calls);
    uint32_t spare = calls > r.calls + CALLS_SPARE ? calls - r.calls : CALLS_SPARE;
    t->detail_saved += spare / DETAIL_SHARE > DETAIL_LEAST ? spare / DETAIL_SHARE : DETAIL_LEAST;
    if (t->detail_saved > DETAIL_SAVED)
        t->detail_saved = DETAIL_SAVED;
    uint32_t end = r.calls + spare - spare / DETAIL_SHARE;
    process_sweep(t, round, &r,
        begins ? CALLS_BEGIN + PROCESS_ADOPT_CALLS * t->options.max : end - spare / REFRESH_SHARE);
    refresh(t, &r, end);
    process_detail(t, round, &r);
    t->coverage.watched = t->count;
}

void process_table_set_descriptors(struct process_table *t, uint32_t descriptors)
{
    t->options.descriptors = descriptors;
    for (uint32_t i = 0; i < t->count && t->descriptors > descriptors; i++) {
        struct process *p = &t->items[i];
        t->descriptors -= process_descriptors(p);
        kfile_close(&p->stat_file);
        kfile_close(&p->sched_file);
        p->has_sched = p->has_wait = false;
    }
}
