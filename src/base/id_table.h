/* SPDX-License-Identifier: MIT
 * Things by numbers that are never given twice. An id grows for ever, so the order of ids is the order in
 * which things came, and an old id never means a new thing; its low bits are its place in the table, so
 * finding costs one comparison, and memory follows what is there, not what has been. */
#ifndef COHERENCE_BASE_ID_TABLE_H
#define COHERENCE_BASE_ID_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_TABLE_NO_ID UINT32_MAX /* no id is ever this */

struct id_entry {
    void *item; /* NULL: the place is free */
    uint32_t id;
};

/* All zero: empty. */
struct id_table {
    struct id_entry *entries;
    uint32_t mask;  /* places - 1, a power of two less one; 0 without entries */
    uint32_t count; /* things in it */
    uint32_t next;  /* smallest id that id_table_take has never given nor passed over */
    bool has_gaps;  /* something has been removed: ids are not 0 .. count - 1 any more */
};

/* Gives the smallest id above all given before whose place is free to item (not NULL, borrowed). last:
 * largest id that may be given, below ID_TABLE_NO_ID. Without removals ids are 0, 1, 2, ...; after one at
 * most half of the places are taken, so that on average at most every second id is passed over. Returns it,
 * or -ENOMEM, or -ENOSPC (numbers are used up). Amortised O(1). */
int64_t id_table_take(struct id_table *t, void *item, uint32_t last);

/* Puts item under an id that another table's id_table_take gave, and whose thing still is in that table: two
 * such ids share no place there, so this table never needs more places. Replaces what is there under that id.
 * Returns 0 or -ENOMEM. */
int id_table_put(struct id_table *t, uint32_t id, void *item);

/* Takes what is there under that id out. No such id: nothing happens. */
void id_table_remove(struct id_table *t, uint32_t id);

void id_table_done(struct id_table *t); /* the items are their owner's */

/* What is there under that id, or NULL. */
static inline void *id_table_get(const struct id_table *t, uint32_t id)
{
    if (!t->entries)
        return NULL;
    const struct id_entry *e = &t->entries[id & t->mask];
    return e->id == id ? e->item : NULL;
}

static inline uint32_t id_table_places(const struct id_table *t)
{
    return t->entries ? t->mask + 1 : 0;
}

/* Will the next id_table_take move the entries? */
static inline bool id_table_is_full(const struct id_table *t)
{
    uint32_t places = id_table_places(t);
    return t->count == places || (t->has_gaps && t->count >= places / 2);
}

/* A number below id_table_places that no other id in the table has, until something is added. */
static inline uint32_t id_table_place(const struct id_table *t, uint32_t id)
{
    return id & t->mask;
}

#endif
