/* SPDX-License-Identifier: MIT
 * Turns a count of kills and a list of processes that left into victims. The kernel's own word is in its log,
 * which is not ours to read. It takes who holds the most (mm/oom_kill.c, oom_badness): a process that held a
 * quarter of a limit which was reached, and left in the seconds in which a kill was counted, was it. */
#include "ingestion/host/oom_victim.h"

/* Heuristic, chosen on 2026-11-23: a victim with less is one of a crowd, of which nobody can say which. */
#define VICTIM_SHARE 0.25

void oom_kills_count(struct oom_kills *k, uint64_t count, int64_t mono_ns)
{
    if (k->has_count && count > k->count) {
        k->pending += count - k->count;
        k->moved_ns = mono_ns;
    }
    k->has_count = true;
    k->count = count;
}

/* Of the limit that it ran into; 0: of none. */
static double share_of(
    const struct process_end *e, const struct cgroup_tree *tree, uint64_t host_bytes, int64_t mono_ns)
{
    uint64_t limit_bytes = cgroup_tree_limit_reached(tree, e->parent, mono_ns);

    if (limit_bytes == CGROUP_NO_LIMIT)
        limit_bytes = host_bytes;
    return limit_bytes == 0 ? 0 : e->rss_bytes / (double)limit_bytes;
}

void oom_victims_find(struct oom_kills *k, struct process_table *t, const struct cgroup_tree *tree,
    uint64_t host_bytes, int64_t mono_ns)
{
    if (mono_ns - k->moved_ns > FULLNESS_AGE_NS)
        k->pending = 0;
    while (k->pending > 0) {
        struct process_end *victim = NULL;
        double most = VICTIM_SHARE;
        for (uint32_t i = 0; i < t->ended_count; i++) {
            struct process_end *e = &t->ended[i];
            double share = e->vanished && !e->killed ? share_of(e, tree, host_bytes, mono_ns) : 0;
            if (share >= most) {
                most = share;
                victim = e;
            }
        }
        if (!victim)
            return;
        victim->killed = true;
        k->pending--;
    }
}
