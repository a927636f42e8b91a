/* SPDX-License-Identifier: MIT
 * Turns processes, by number and start, into rows that keep a name, an entity and the counters of whoever
 * holds the name now. What is fed for a row is decided in deep_sense.c. */
#include "ingestion/deep/deep_entries.h"

#include <stdio.h>
#include <string.h>

static void take_over(struct deep_entry *e, const struct deep_id *id)
{
    e->holder = *id;
    e->is_held = true;
    e->allocation = (struct jvm_allocation){0};
}

static bool is_held_by(const struct deep_entry *e, const struct deep_id *id)
{
    return e->is_held && e->holder.pid == id->pid && e->holder.start_ticks == id->start_ticks;
}

/* A row whose last holder is gone, and said to be. */
static struct deep_entry *find_left(struct deep_entries *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (!t->items[i].is_held && t->items[i].entity == ENTITY_NONE)
            return &t->items[i];
    return NULL;
}

struct deep_entry *deep_entries_get(struct deep_entries *t, enum entity_kind kind, const struct deep_id *id,
    const char *name, int64_t mono_ns)
{
    struct deep_entry *vacant = NULL;
    uint32_t ordinal = 1;

    for (uint32_t i = 0; i < t->count; i++) {
        struct deep_entry *e = &t->items[i];
        if (e->kind != kind || strcmp(e->name, name) != 0)
            continue;
        if (is_held_by(e, id)) {
            e->heard_ns = mono_ns;
            return e;
        }
        if (!e->is_held && !vacant)
            vacant = e;
        ordinal++;
    }
    if (!vacant) {
        vacant = t->count < DEEP_ENTRIES_MAX ? &t->items[t->count++] : find_left(t);
        if (!vacant) {
            t->refused++;
            return NULL;
        }
        *vacant = (struct deep_entry){.kind = kind, .ordinal = ordinal, .entity = ENTITY_NONE};
        (void)snprintf(vacant->name, sizeof(vacant->name), "%s", name);
    }
    take_over(vacant, id);
    vacant->heard_ns = mono_ns;
    return vacant;
}

void deep_entries_release(struct deep_entries *t, int64_t before_ns)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->items[i].heard_ns < before_ns)
            t->items[i].is_held = false;
}

void deep_entry_name(const struct deep_entry *e, char out[DEEP_NAME_MAX + 16])
{
    if (e->ordinal > 1)
        (void)snprintf(out, DEEP_NAME_MAX + 16, "%s#%u", e->name, e->ordinal);
    else
        (void)snprintf(out, DEEP_NAME_MAX + 16, "%s", e->name);
}
