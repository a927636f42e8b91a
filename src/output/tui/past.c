/* SPDX-License-Identifier: MIT
 * Remembers incidents beyond their end: whoever comes to the screen in the morning asks what there was. The
 * engine itself forgets them. */
#include "output/tui/past.h"

#include <string.h>

static bool is_open(const struct view *v, const struct incident *i)
{
    for (uint32_t k = 0; k < view_incident_count(v); k++)
        if (strcmp(view_incident(v, k)->id, i->id) == 0)
            return true;
    return false;
}

static void keep(struct past *p, const struct incident *i, int64_t opened_ns, int64_t over_ns)
{
    const uint32_t at = p->count++ % PAST_MAX;

    p->over[at] = *i;
    p->over_opened_ns[at] = opened_ns;
    p->over_ns[at] = over_ns;
}

/* INT64_MIN: it is not among the open ones. */
static int64_t opened_ns_of(const struct past *p, const struct incident *i)
{
    for (uint32_t k = 0; k < p->open_count; k++)
        if (strcmp(p->open[k].id, i->id) == 0)
            return p->opened_ns[k];
    return INT64_MIN;
}

void past_tick(struct past *p, const struct view *v)
{
    int64_t opened_ns[PAST_OPEN_MAX];

    for (uint32_t i = 0; i < p->open_count; i++)
        if (!is_open(v, &p->open[i]))
            keep(p, &p->open[i], p->opened_ns[i], view_now_ns(v));
    uint32_t n = view_incident_count(v);
    n = n < PAST_OPEN_MAX ? n : PAST_OPEN_MAX;
    for (uint32_t i = 0; i < n; i++) {
        const struct incident *one = view_incident(v, i);
        opened_ns[i] = opened_ns_of(p, one);
        if (opened_ns[i] == INT64_MIN)
            opened_ns[i] = p->began ? view_now_ns(v) : one->start_ns;
    }
    for (uint32_t i = 0; i < n; i++) {
        p->open[i] = *view_incident(v, i);
        p->opened_ns[i] = opened_ns[i];
    }
    p->open_count = n;
    p->began = true;
}

uint32_t past_count(const struct past *p)
{
    return p->count < PAST_MAX ? p->count : PAST_MAX;
}

static uint32_t place_of(const struct past *p, uint32_t i)
{
    return (p->count - 1 - i) % PAST_MAX;
}

const struct incident *past_get(const struct past *p, uint32_t i, int64_t *ret_ns)
{
    *ret_ns = p->over_ns[place_of(p, i)];
    return &p->over[place_of(p, i)];
}

const struct incident *past_listed(const struct past *p, const struct view *v, uint32_t i)
{
    const uint32_t open = view_incident_count(v);

    if (i < open)
        return view_incident(v, i);
    return i - open < past_count(p) ? &p->over[place_of(p, i - open)] : NULL;
}

int64_t past_opening_ns(const struct past *p, const struct incident *i)
{
    const int64_t opened_ns = opened_ns_of(p, i);

    for (uint32_t k = 0; opened_ns == INT64_MIN && k < past_count(p); k++)
        if (strcmp(p->over[place_of(p, k)].id, i->id) == 0)
            return p->over_opened_ns[place_of(p, k)];
    return opened_ns == INT64_MIN ? i->start_ns : opened_ns;
}

uint32_t past_since(const struct past *p, int64_t t_ns, const struct incident **ret)
{
    const struct incident *latest = NULL;
    int64_t latest_ns = t_ns;
    uint32_t n = 0;

    for (uint32_t k = 0; k < p->open_count + past_count(p); k++) {
        const bool open = k < p->open_count;
        const uint32_t at = open ? k : place_of(p, k - p->open_count);
        const int64_t opened_ns = open ? p->opened_ns[at] : p->over_opened_ns[at];
        if (opened_ns <= t_ns)
            continue;
        n++;
        if (opened_ns > latest_ns)
            latest = open ? &p->open[at] : &p->over[at];
        latest_ns = opened_ns > latest_ns ? opened_ns : latest_ns;
    }
    if (ret && latest)
        *ret = latest;
    return n;
}

void past_as_of(struct past *p, const struct past *all, int64_t t_ns)
{
    p->began = all->began;
    p->count = p->open_count = 0;
    for (uint32_t i = 0; i < all->open_count; i++) {
        p->open[p->open_count] = all->open[i];
        p->opened_ns[p->open_count++] = all->opened_ns[i];
    }
    for (uint32_t k = past_count(all); k > 0; k--) {
        const uint32_t at = place_of(all, k - 1);
        if (all->over_ns[at] <= t_ns) {
            keep(p, &all->over[at], all->over_opened_ns[at], all->over_ns[at]);
        } else if (p->open_count < PAST_OPEN_MAX) {
            p->open[p->open_count] = all->over[at];
            p->opened_ns[p->open_count++] = all->over_opened_ns[at];
        }
    }
}
