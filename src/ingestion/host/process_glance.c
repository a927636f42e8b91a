/* SPDX-License-Identifier: MIT
 * Turns process numbers into places of a table. Numbers are given out in order, so they themselves spread
 * well enough; neighbours that would share a place have a second one. */
#include "ingestion/host/process_glance.h"

#include <errno.h>
#include <stdlib.h>

_Static_assert((PROCESS_GLANCES & (PROCESS_GLANCES - 1)) == 0, "a power of two");

int process_glances_init(struct process_glances *g)
{
    g->items = calloc(PROCESS_GLANCES, sizeof(*g->items));
    return g->items ? 0 : -ENOMEM;
}

void process_glances_done(struct process_glances *g)
{
    free(g->items);
    g->items = NULL;
}

struct process_glance *process_glances_find(struct process_glances *g, uint32_t pid)
{
    struct process_glance *a = &g->items[pid & (PROCESS_GLANCES - 1)];
    struct process_glance *b = &g->items[(pid ^ pid / PROCESS_GLANCES * 2 ^ 1) & (PROCESS_GLANCES - 1)];

    if (a->pid == pid)
        return a;
    if (b->pid == pid)
        return b;
    if (a->pid == 0 || b->pid == 0)
        return a->pid == 0 ? a : b;
    return a->sweep <= b->sweep ? a : b; /* the one that was not met for longer */
}
