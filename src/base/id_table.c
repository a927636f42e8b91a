/* SPDX-License-Identifier: MIT
 * Finds places for ids: the low bits of an id are its place, and an id whose place is taken is passed over.
 * What the things are, and when they go, is the owner's matter.
 *
 * Tried and left: ids of a place and a generation (the order of ids is then no order of appearance, and every
 * comparison by id would need another key); a hash of the id (one more step for every sample, and the places
 * of things that are sampled together lie apart). */
#include "base/id_table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define PLACES_MIN 16U
#define PLACES_MAX (1U << 28)

/* Doubles the places. Ids that differ in the old places differ in the new ones. */
static int grow(struct id_table *t)
{
    uint32_t old_places = id_table_places(t), places = old_places ? 2 * old_places : PLACES_MIN;
    struct id_entry *entries = places <= PLACES_MAX ? calloc(places, sizeof(*entries)) : NULL;

    if (!entries)
        return -ENOMEM;
    for (uint32_t i = 0; i < old_places; i++)
        if (t->entries[i].item)
            entries[t->entries[i].id & (places - 1)] = t->entries[i];
    free(t->entries);
    t->entries = entries;
    t->mask = places - 1;
    return 0;
}

int64_t id_table_take(struct id_table *t, void *item, uint32_t last)
{
    assert(item && last < ID_TABLE_NO_ID);
    if (id_table_is_full(t)) {
        int r = grow(t);
        if (r && t->count == id_table_places(t))
            return r;
    }
    uint32_t id = t->next;
    while (id <= last && t->entries[id & t->mask].item)
        id++;
    if (id > last)
        return -ENOSPC;
    t->entries[id & t->mask] = (struct id_entry){.item = item, .id = id};
    t->next = id + 1;
    t->count++;
    return id;
}

int id_table_put(struct id_table *t, uint32_t id, void *item)
{
    assert(item && id != ID_TABLE_NO_ID);
    for (;;) {
        struct id_entry *e = t->entries ? &t->entries[id & t->mask] : NULL;
        if (e && (!e->item || e->id == id)) {
            t->count += e->item == NULL;
            *e = (struct id_entry){.item = item, .id = id};
            return 0;
        }
        int r = grow(t);
        if (r)
            return r;
    }
}

void id_table_remove(struct id_table *t, uint32_t id)
{
    if (!id_table_get(t, id))
        return;
    t->entries[id & t->mask] = (struct id_entry){0};
    t->count--;
    t->has_gaps = true;
}

void id_table_done(struct id_table *t)
{
    free(t->entries);
    *t = (struct id_table){0};
}
