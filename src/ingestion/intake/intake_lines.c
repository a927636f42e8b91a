/* SPDX-License-Identifier: MIT
 * Who counts where: lines, their roles, and the slots of the engine's series; and their end. What a sample
 * does to them is intake_slot.c's matter. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/intake/intake_inside.h"

/* Room for one more in an array of items. Returns false without memory. */
static bool make_room(void **items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    uint32_t more = *capacity ? 2 * *capacity : 64;
    void *bigger = realloc(*items, more * size);
    if (!bigger)
        return false;
    *items = bigger;
    *capacity = more;
    return true;
}

uint32_t intake_new_line(struct intake *in)
{
    uint32_t line = in->free_line;
    void *items = in->lines;

    if (line != INTAKE_NONE) {
        in->free_line = in->lines[line].first_role;
    } else {
        if (!make_room(&items, in->line_count, &in->line_capacity, sizeof(*in->lines)))
            return INTAKE_NONE;
        in->lines = items;
        line = in->line_count++;
    }
    in->lines[line] = (struct line){.last_ns = INT64_MIN, .first_role = INTAKE_NONE, .used = true};
    return line;
}

static uint32_t new_role(struct intake *in)
{
    uint32_t role = in->free_role;
    void *items = in->roles;

    if (role != INTAKE_NONE) {
        in->free_role = in->roles[role].next_of_line;
        return role;
    }
    if (!make_room(&items, in->role_count, &in->role_capacity, sizeof(*in->roles)))
        return INTAKE_NONE;
    in->roles = items;
    return in->role_count++;
}

static uint32_t new_slot(struct intake *in)
{
    uint32_t slot = in->free_slot;
    void *items = in->slots;

    if (slot != INTAKE_NONE) {
        in->free_slot = in->slots[slot].first;
        return slot;
    }
    if (!make_room(&items, in->slot_count, &in->slot_capacity, sizeof(*in->slots)))
        return INTAKE_NONE;
    in->slots = items;
    return in->slot_count++;
}

/* Small numbers in a table of pointers: never NULL. */
static void *as_item(uint32_t n)
{
    return (void *)((uintptr_t)n + 1); /* NOLINT(performance-no-int-to-ptr): it is no address */
}

static uint32_t from_item(const void *item)
{
    return (uint32_t)((uintptr_t)item - 1);
}

static uint32_t users(const struct intake_house *h, uint32_t entity)
{
    const void *item = id_table_get(&h->users_of, entity);
    return item ? from_item(item) : 0;
}

static bool use_entity(struct intake_house *h, uint32_t entity)
{
    return id_table_put(&h->users_of, entity, as_item(users(h, entity) + 1)) == 0;
}

uint32_t intake_slot_for(struct intake *in, uint32_t series, uint32_t entity, uint32_t metric)
{
    struct intake_house *h = in->house;
    const void *known = id_table_get(&in->slot_of, series);

    if (known)
        return from_item(known);
    uint32_t slot = new_slot(in);
    if (slot == INTAKE_NONE)
        return INTAKE_NONE;
    in->slots[slot] = (struct slot){.series = series,
        .entity = entity,
        .first = INTAKE_NONE,
        .t_ns = INT64_MIN,
        .fed_ns = INT64_MIN,
        .metric = (uint16_t)(metric < METRIC_KNOWN_COUNT ? metric : METRIC_KNOWN_COUNT),
        .counts = metric < METRIC_KNOWN_COUNT && metric_table[metric].kind != METRIC_GAUGE,
        .used = true};
    if (id_table_put(&in->slot_of, series, as_item(slot)) || id_table_put(&h->owner_of, series, in) ||
        !use_entity(h, entity)) {
        id_table_remove(&in->slot_of, series);
        id_table_remove(&h->owner_of, series);
        in->slots[slot].used = false;
        in->slots[slot].first = in->free_slot;
        in->free_slot = slot;
        return INTAKE_NONE;
    }
    return slot;
}

int intake_add_role(struct intake *in, uint32_t line, uint32_t slot, uint8_t part, double scale)
{
    uint32_t role = new_role(in), last = INTAKE_NONE;
    struct slot *s = &in->slots[slot];

    if (role == INTAKE_NONE)
        return -ENOMEM;
    in->roles[role] = (struct role){.line = line,
        .slot = slot,
        .next_of_line = in->lines[line].first_role,
        .next_of_slot = INTAKE_NONE,
        .part = part,
        .scale = scale,
        .t_ns = INT64_MIN,
        .before_ns = INT64_MIN};
    in->lines[line].first_role = role;
    for (uint32_t r = s->first; r != INTAKE_NONE; r = in->roles[r].next_of_slot)
        last = r;
    *(last == INTAKE_NONE ? &s->first : &in->roles[last].next_of_slot) = role;
    s->members++;
    s->cpu |= part >= MEANING_CPU_BUSY && part <= MEANING_CPU_PERIOD;
    return 0;
}

/* Kinds whose end a source may tell: what it alone made. */
static bool may_end(const struct entity *e)
{
    return e->kind == ENTITY_SERIES || e->kind == ENTITY_SERVICE || e->kind == ENTITY_JVM ||
           e->kind == ENTITY_CGROUP || e->kind == ENTITY_FILESYSTEM;
}

/* One slot fewer of the entity; the last one takes it along. */
static void leave_entity(struct intake *in, uint32_t entity, bool tell)
{
    struct intake_house *h = in->house;
    uint32_t left = users(h, entity);

    if (left > 1) {
        (void)id_table_put(&h->users_of, entity, as_item(left - 1)); /* it is there: nothing is allocated */
        return;
    }
    id_table_remove(&h->users_of, entity);
    if (!tell || in->fault || !catalog_entity_lives(h->feed.catalog, entity) || !h->feed.gone ||
        !may_end(catalog_entity_get(h->feed.catalog, entity)))
        return;
    intake_flush(in);
    int r = h->feed.gone(h->feed.context, in->now_ns, entity, ENTITY_ENDED);
    if (r != 0 && r != -ENOMEM) /* the engine lets it go later, when it has heard nothing of it */
        in->fault = r;
}

static void free_slot(struct intake *in, uint32_t slot, bool tell)
{
    struct slot *s = &in->slots[slot];
    uint32_t entity = s->entity;

    id_table_remove(&in->slot_of, s->series);
    id_table_remove(&in->house->owner_of, s->series);
    *s = (struct slot){.first = in->free_slot, .waits = s->waits};
    in->free_slot = slot;
    leave_entity(in, entity, tell);
}

/* Takes a role out of its slot. */
static void unlink_role(struct intake *in, uint32_t role)
{
    uint32_t *at = &in->slots[in->roles[role].slot].first;

    while (*at != role)
        at = &in->roles[*at].next_of_slot;
    *at = in->roles[role].next_of_slot;
}

void intake_free_line(struct intake *in, uint32_t line, bool tell)
{
    struct line *l = &in->lines[line];

    for (uint32_t r = l->first_role, next; r != INTAKE_NONE; r = next) {
        uint32_t slot = in->roles[r].slot;
        next = in->roles[r].next_of_line;
        intake_leave_slot(in, r);
        unlink_role(in, r);
        in->roles[r].next_of_line = in->free_role;
        in->free_role = r;
        if (in->slots[slot].first == INTAKE_NONE)
            free_slot(in, slot, tell);
    }
    *l = (struct line){.first_role = INTAKE_NONE};
    in->living--;
    in->dead++;
}

void intake_discard_line(struct intake *in, uint32_t line)
{
    intake_free_line(in, line, false);
    in->dead--;
    in->lines[line].first_role = in->free_line;
    in->free_line = line;
}

/* Does one of its slots stand for a series that is known no more? */
static bool is_lost(const struct intake *in, const struct line *l)
{
    for (uint32_t r = l->first_role; r != INTAKE_NONE; r = in->roles[r].next_of_line)
        if (!catalog_series_lives(in->house->feed.catalog, in->slots[in->roles[r].slot].series))
            return true;
    return false;
}

void intake_revise(struct intake *in)
{
    uint64_t changes = catalog_changes(in->house->feed.catalog);

    if (changes == in->changes)
        return;
    in->changes = changes;
    for (uint32_t i = 0; i < in->line_count; i++)
        if (in->lines[i].used && !in->lines[i].is_refusal && is_lost(in, &in->lines[i]))
            intake_free_line(in, i, false);
    intake_clean(in);
}

static bool is_dead(void *context, const struct series_cache_entry *e)
{
    const struct intake *in = context;
    return !in->lines[e->id].used;
}

void intake_clean(struct intake *in)
{
    if (in->dead == 0)
        return;
    in->dead = 0;
    series_cache_drop(&in->cache, is_dead, in);
    /* Only now may their numbers be given to others. */
    in->free_line = INTAKE_NONE;
    for (uint32_t i = in->line_count; i-- > 0;)
        if (!in->lines[i].used) {
            in->lines[i].first_role = in->free_line;
            in->free_line = i;
        }
}

/* The metric's name in that of a series of its own: NAME{...} or rate(NAME{...}). */
static const char *metric_of(const char *name, bool is_rate, size_t *ret_n)
{
    if (is_rate && strncmp(name, "rate(", 5) == 0)
        name += 5;
    *ret_n = strcspn(name, is_rate ? "{)" : "{");
    return name;
}

uint32_t intake_meant(const struct intake *in, struct text *unknown)
{
    const struct catalog *catalog = in->house->feed.catalog;
    const char *before = "";
    size_t before_n = 0, n;
    uint32_t meant = 0;

    for (uint32_t i = 0; i < in->line_count; i++) {
        const struct line *l = &in->lines[i];
        if (!l->used || l->is_refusal || l->first_role == INTAKE_NONE)
            continue;
        const struct slot *slot = &in->slots[in->roles[l->first_role].slot];
        if (slot->metric < METRIC_KNOWN_COUNT) {
            meant++;
            continue;
        }
        const char *name = metric_of(catalog_entity_get(catalog, slot->entity)->name, l->as_rate, &n);
        if (n != before_n || memcmp(name, before, n) != 0) {
            const size_t length = unknown->length;
            text_addf(unknown, "%s%.*s", length ? ", " : "", (int)n, name);
            if (unknown->truncated) { /* a whole name or none */
                unknown->length = length;
                unknown->data[length] = '\0';
                before_n = 0;
                continue;
            }
        }
        before = name;
        before_n = n;
    }
    return meant;
}
