/* SPDX-License-Identifier: MIT
 * Turns the CPU time files of the known cgroups into counters, leaving out those that cannot have moved. What
 * becomes of the counters is cgroup_sample's matter.
 *
 * The kernel charges a process's time to its group and to all above it at once (v1: kernel/sched/cpuacct.c,
 * cpuacct_charge; v2: kernel/cgroup/rstat.c, which sums up on reading). What a group used apart from those
 * below it that are known (its own processes, groups that are gone or have no room in the table) is held
 * still between two whole readings; when that moves, or somebody below who had been at rest does, the sums
 * disagree. The group above is read first: whoever below runs on meanwhile makes the sums disagree too, which
 * costs a whole reading and nothing else. */
#include "ingestion/host/cgroup_usage.h"

#include <math.h>

/* Heuristics, chosen on 2026-11-23: what works each second (agents, watchers) is read in every round; and for
 * no longer than a second a group is taken at the word of its sum. */
#define REST_ROUNDS 10
#define WHOLE_NS    INT64_C(1000000000)
#define QUANTUM_NS  UINT64_C(1000) /* of v2's usage_usec, which is rounded down for each group by itself */

struct round {
    struct cgroup_tree *tree;
    struct kfile_buffer *buffer;
    int64_t mono_ns;
    bool is_v2;
};

static void read_one(const struct round *r, struct cgroup *c)
{
    uint64_t before_ns = c->used_ns;
    bool had = c->has_used;
    size_t n = 0;

    c->is_read = true;
    c->has_used = false;
    c->throttled_s = (double)NAN;
    if (c->usage.fd < 0)
        return;
    if (kfile_read(&c->usage, r->buffer, &n) < 0) {
        cgroup_tree_lost(r->tree, c, CGROUP_USAGE);
        return;
    }
    if (cgroup_usage_parse(r->buffer->data, n, r->is_v2, &c->used_ns, &c->throttled_s) < 0)
        return;
    c->has_used = true;
    if (!had || c->used_ns != before_ns) {
        c->rest_rounds = 0;
        c->worked_ns = r->mono_ns;
    } else if (c->rest_rounds < REST_ROUNDS) {
        c->rest_rounds++;
    }
}

/* Does it rest, as far as is known? A quota of v2 has its throttling in the same file. */
static bool rests(const struct round *r, const struct cgroup *c)
{
    return c->has_used && c->rest_rounds >= REST_ROUNDS && !(r->is_v2 && !isnan(c->limit_cpus));
}

static struct cgroup *at(const struct round *r, uint32_t link)
{
    return link ? &r->tree->items[link - 1] : NULL;
}

/* What the groups in that list have used, together; it wraps like everything that is compared with it. */
static uint64_t sum_of(const struct round *r, uint32_t first)
{
    uint64_t sum_ns = 0;

    for (const struct cgroup *c = at(r, first); c; c = at(r, c->next_beside))
        if (c->has_used)
            sum_ns += c->used_ns;
    return sum_ns;
}

/* Reads the groups in that list that have not been read in this round: all, or those that do not rest.
 * Returns how many. */
static uint32_t read_list(const struct round *r, uint32_t first, bool all)
{
    uint32_t count = 0;

    for (struct cgroup *c = at(r, first); c; c = at(r, c->next_beside))
        if (!c->is_read && (all || !rests(r, c))) {
            read_one(r, c);
            count++;
        }
    return count;
}

static bool adds_up(const struct round *r, const struct cgroup *above, uint32_t count)
{
    const struct cgroup_below *below = &above->below;

    if (!above->has_used || !below->has_apart || r->mono_ns - below->whole_ns >= WHOLE_NS)
        return false;
    uint64_t excess_ns = above->used_ns - below->apart_ns - sum_of(r, below->first);
    uint64_t off_ns = excess_ns > UINT64_MAX / 2 ? -excess_ns : excess_ns;
    return off_ns <= (r->is_v2 ? (count + 1) * QUANTUM_NS : 0);
}

static void settle(const struct round *r, struct cgroup *above)
{
    struct cgroup_below *below = &above->below;

    if (adds_up(r, above, read_list(r, below->first, false)))
        return;
    (void)read_list(r, below->first, true);
    below->has_apart = above->has_used;
    below->apart_ns = above->used_ns - sum_of(r, below->first);
    below->whole_ns = r->mono_ns;
}

void cgroup_usage_read(struct cgroup_tree *t, struct kfile_buffer *buffer, int64_t mono_ns)
{
    const struct round r = {t, buffer, mono_ns, cgroup_tree_is_v2(t, CGROUP_USAGE)};

    for (uint32_t i = 0; i < t->count; i++)
        t->items[i].is_read = false;
    (void)read_list(&r, t->first_top, true);
    /* Parents come before children: whoever is above has been settled. */
    for (uint32_t i = 0; i < t->count; i++)
        settle(&r, &t->items[i]);
    t->usage_ns = mono_ns;
}
