/* SPDX-License-Identifier: MIT
 * Keeps a row selected while the rows move about under it. What the rows look like is the panels' business,
 * their order ranking.c's. */
#include "output/tui/list.h"

#include <string.h>

/* Orders that make sense, by kind of list, in the order of the key. */
static const enum rank_order orders[2][ORDER_COUNT] = {
    {ORDER_UNSTABLE, ORDER_CPU, ORDER_MEMORY, ORDER_NAME},
    {ORDER_CPU, ORDER_MEMORY, ORDER_GROWTH, ORDER_FUTEX, ORDER_WAIT, ORDER_FAULTS, ORDER_STORAGE, ORDER_NAME},
};
static const uint32_t order_counts[2] = {4, 8};

void list_init(struct list *l, bool processes)
{
    memset(l, 0, sizeof(*l));
    l->processes = processes;
    l->order = orders[processes][0];
    l->selected = ENTITY_NONE;
    l->room = 1;
}

static void settle(struct list *l)
{
    uint32_t count = l->ranking.count;

    if (l->selected == ENTITY_NONE)
        l->cursor = 0;
    for (uint32_t i = 0; l->selected != ENTITY_NONE && i < count; i++)
        if (l->ranking.rows[i].entity == l->selected) {
            l->cursor = i;
            return;
        }
    l->cursor = l->cursor < count ? l->cursor : count ? count - 1 : 0;
    if (l->selected != ENTITY_NONE && count)
        l->selected = l->ranking.rows[l->cursor].entity;
}

void list_update(struct list *l, const struct view *v)
{
    const struct rank_query q = {.processes = l->processes,
        .below = ENTITY_NONE,
        .filter = l->filter,
        .order = l->order,
        .reversed = l->reversed};
    ranking_update(&l->ranking, v, &q);
    settle(l);
}

void list_fit(struct list *l, uint32_t room)
{
    uint32_t last = l->ranking.count > room ? l->ranking.count - room : 0;

    l->room = room ? room : 1;
    if (l->first > l->cursor)
        l->first = l->cursor;
    if (l->cursor - l->first >= l->room)
        l->first = l->cursor - l->room + 1;
    l->first = l->first < last ? l->first : last;
}

void list_move(struct list *l, int64_t rows)
{
    int64_t to = (int64_t)l->cursor + rows, last = (int64_t)l->ranking.count - 1;

    to = to < last ? to : last;
    l->cursor = to > 0 ? (uint32_t)to : 0;
    l->selected = l->cursor ? l->ranking.rows[l->cursor].entity : ENTITY_NONE;
}

uint32_t list_current(const struct list *l)
{
    return l->cursor < l->ranking.count ? l->ranking.rows[l->cursor].entity : ENTITY_NONE;
}

void list_reorder(struct list *l, bool forward)
{
    uint32_t n = order_counts[l->processes], i = 0;

    while (i < n && orders[l->processes][i] != l->order)
        i++;
    if (forward)
        i = i + 1 < n ? i + 1 : 0;
    else
        i = i > 0 ? i - 1 : n - 1;
    l->order = orders[l->processes][i];
}

bool list_find(struct list *l, const struct view *v, const char *text, bool forward)
{
    uint32_t n = l->ranking.count;

    for (uint32_t step = 1; *text && step <= n; step++) {
        uint32_t i = (l->cursor + (forward ? step : n - step)) % n;
        if (ranking_shows(view_catalog(v), l->ranking.rows[i].entity, text)) {
            l->cursor = i;
            l->selected = l->ranking.rows[i].entity;
            return true;
        }
    }
    return false;
}
