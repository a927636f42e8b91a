/* SPDX-License-Identifier: MIT
 * Turns the list of outages into answers about moments: which outages a host has, and whether an incident
 * that opens now is about one of them. Reading the list is ingestion's matter, counting verdict.c's. */
#include "verdict/ground.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct outage *x = a, *y = b;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    if (x->end_ns != y->end_ns)
        return x->end_ns < y->end_ns ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

void ground_sort(struct outage *outages, size_t n)
{
    qsort(outages, n, sizeof(*outages), compare);
}

int64_t ground_reach(const struct ground *g, uint32_t i)
{
    const struct outage *o = &g->outages[i];
    return o->onset_ns != INT64_MIN ? o->onset_ns : o->start_ns - g->lead_ns;
}

int64_t ground_warm_at(int64_t first_ns)
{
    return first_ns > INT64_MAX - GROUND_WARM_NS ? INT64_MAX : first_ns + GROUND_WARM_NS;
}

int64_t ground_merge(const struct ground *g, int64_t usual_ns)
{
    if (g->merge_ns >= 0)
        return g->merge_ns;
    if (usual_ns >= GROUND_MERGE_MAX_NS / GROUND_MERGE_STEPS)
        return GROUND_MERGE_MAX_NS;
    int64_t steps = GROUND_MERGE_STEPS * usual_ns;
    return steps < GROUND_MERGE_MIN_NS ? GROUND_MERGE_MIN_NS : steps;
}

int64_t ground_outages_of(const struct ground *g, const char *host, uint32_t **ret)
{
    uint32_t n = 0, *found = calloc(g->count + 1, sizeof(*found));
    if (!found)
        return -ENOMEM;
    for (uint32_t i = 0; i < g->count; i++)
        if (g->outages[i].host[0] == '\0' || strcmp(g->outages[i].host, host) == 0)
            found[n++] = i;
    *ret = found;
    return n;
}

bool ground_is_about(const struct ground *g, const uint32_t *outages, uint32_t n, int64_t t_ns)
{
    for (uint32_t k = 0; k < n; k++)
        if (ground_reach(g, outages[k]) <= t_ns && t_ns <= g->outages[outages[k]].end_ns)
            return true;
    return false;
}
