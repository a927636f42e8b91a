/* SPDX-License-Identifier: MIT
 * Keeps pages, lists and what is selected in them while the engine behind the screen is exchanged. What is
 * known at that moment is the other page's own. */
#include "output/tui/carry.h"

#include <stdio.h>
#include <string.h>

static void take_name(struct carry_name *n, const struct catalog *c, uint32_t entity)
{
    n->host[0] = n->entity[0] = '\0';
    if (entity == ENTITY_NONE || catalog_stage(c, entity) == CATALOG_UNKNOWN)
        return;
    const struct entity *e = catalog_entity_get(c, entity);
    const bool is_host = e->kind == ENTITY_HOST;

    (void)snprintf(n->host, sizeof(n->host), "%s", catalog_host_name(c, entity));
    (void)snprintf(n->entity, sizeof(n->entity), "%s%s%s", entity_kind_name(e->kind), is_host ? "" : ":",
        is_host ? "" : e->name);
}

static uint32_t find_name(const struct carry_name *n, const struct catalog *c)
{
    return n->entity[0] ? catalog_find_text(c, n->host, strlen(n->host), n->entity, strlen(n->entity))
                        : ENTITY_NONE;
}

static void take_list(struct carry_list *to, const struct list *l, const struct catalog *c)
{
    take_name(&to->selected, c, l->selected);
    to->order = l->order;
    to->reversed = l->reversed;
    memcpy(to->filter, l->filter, sizeof(to->filter));
}

static void give_list(const struct carry_list *from, struct list *l, const struct view *v)
{
    l->selected = find_name(&from->selected, view_catalog(v));
    l->order = from->order;
    l->reversed = from->reversed;
    memcpy(l->filter, from->filter, sizeof(l->filter));
    list_update(l, v);
}

void carry_take(struct carry *y, const struct page *p, const struct catalog *c)
{
    y->now = p->now;
    take_name(&y->shown, c, p->now.kind == PAGE_OF_ENTITY ? p->now.entity : ENTITY_NONE);
    y->depth = p->depth;
    for (unsigned i = 0; i < p->depth; i++) {
        y->before[i] = p->before[i];
        take_name(
            &y->shown_before[i], c, p->before[i].kind == PAGE_OF_ENTITY ? p->before[i].entity : ENTITY_NONE);
    }
    take_list(&y->entities, &p->board.entities, c);
    take_list(&y->processes, &p->board.processes, c);
    memcpy(y->sought, p->sought, sizeof(y->sought));
    memcpy(y->chosen, p->board.chosen, sizeof(y->chosen));
}

/* False: what it shows is not known there. */
static bool give_place(
    struct place *to, const struct place *from, const struct carry_name *shown, const struct catalog *c)
{
    *to = *from;
    if (from->kind != PAGE_OF_ENTITY)
        return true;
    to->entity = find_name(shown, c);
    if (to->entity != ENTITY_NONE)
        return true;
    *to = (struct place){.kind = PAGE_MAIN};
    return false;
}

void carry_give(const struct carry *y, struct page *p, const struct view *v)
{
    const struct catalog *c = view_catalog(v);

    p->depth = y->depth;
    for (unsigned i = 0; i < y->depth; i++)
        (void)give_place(&p->before[i], &y->before[i], &y->shown_before[i], c);
    if (!give_place(&p->now, &y->now, &y->shown, c)) {
        p->depth = 0;
        p->message = "what was shown is not known at this moment";
    }
    memcpy(p->sought, y->sought, sizeof(p->sought));
    memcpy(p->board.chosen, y->chosen, sizeof(p->board.chosen));
    give_list(&y->entities, &p->board.entities, v);
    give_list(&y->processes, &p->board.processes, v);
}
