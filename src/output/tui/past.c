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

void past_tick(struct past *p, const struct view *v)
{
    for (uint32_t i = 0; i < p->open_count; i++)
        if (!is_open(v, &p->open[i])) {
            p->over[p->count % PAST_MAX] = p->open[i];
            p->over_ns[p->count % PAST_MAX] = view_now_ns(v);
            p->count++;
        }
    p->open_count = view_incident_count(v);
    p->open_count = p->open_count < PAST_OPEN_MAX ? p->open_count : PAST_OPEN_MAX;
    for (uint32_t i = 0; i < p->open_count; i++)
        p->open[i] = *view_incident(v, i);
}

uint32_t past_count(const struct past *p)
{
    return p->count < PAST_MAX ? p->count : PAST_MAX;
}

const struct incident *past_get(const struct past *p, uint32_t i, int64_t *ret_ns)
{
    uint32_t at = (p->count - 1 - i) % PAST_MAX;
    *ret_ns = p->over_ns[at];
    return &p->over[at];
}
