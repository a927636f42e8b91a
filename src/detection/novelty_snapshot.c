/* SPDX-License-Identifier: MIT
 * Turns what a lone series remembers into bytes and back. The size of the memory is the reader's: with less
 * room the places seen of late are kept, with none they are read and dropped, and a series that had no memory
 * starts with an empty one. */
#include <math.h>

#include "detection/watch_snapshot.h"

/* More places than the largest memory has. */
#define PLACES_MOST (NOVELTY_BYTES_MAX / (2 * (sizeof(double) + sizeof(int32_t))))

static void pack_hour(struct pack *p, int32_t *hour)
{
    uint32_t bits = (uint32_t)*hour;
    pack_u32(p, &bits);
    *hour = (int32_t)bits;
}

/* m: NULL when there is no room for any. */
static void pack_places(struct pack *p, struct novelty_memory *m, uint32_t capacity)
{
    uint32_t count = m ? m->places : 0;
    double before = -INFINITY;

    pack_count(p, &count, PLACES_MOST);
    for (uint32_t i = 0; i < count && !p->error; i++) {
        double where = 0;
        int32_t hour = 0;
        if (m && !p->reading) {
            where = m->where[i];
            hour = m->hour[i];
        }
        pack_finite(p, &where);
        pack_hour(p, &hour);
        if (pack_check(p, where > before) && p->reading && m)
            novelty_remember(m, capacity, where, hour);
        before = where;
    }
}

static void pack_memory(
    struct pack *p, struct novelty_memory *m, struct novelty_memory *room, uint32_t capacity)
{
    for (int i = 0; i < NOVELTY_PARTS; i++) {
        pack_finite(p, &m->usual[i]);
        pack_u32(p, &m->seen[i]);
    }
    pack_finite(p, &m->before);
    pack_finite(p, &m->mean);
    pack_finite(p, &m->variance);
    pack_check(p, m->variance >= 0);
    pack_u32(p, &m->count);
    pack_places(p, room, capacity);
}

void novelty_pack(struct pack *p, struct novelty *own)
{
    struct novelty none = {.hours = 0}, *n = own ? own : &none;
    bool there = own != NULL;

    pack_bool(p, &there);
    if (!there || p->error)
        return;
    pack_part(p, "novelty");
    pack_memory(p, &n->value, own ? &n->value : NULL, n->capacity);
    pack_memory(p, &n->recent, own ? &n->recent : NULL, n->capacity);
    for (int i = 0; i < NOVELTY_RECENT; i++)
        pack_finite(p, &n->ring[i]);
    pack_count(p, &n->held, 2 * NOVELTY_RECENT - 1);
    pack_finite(p, &n->largest);
    pack_hour(p, &n->hour);
    pack_u32(p, &n->hours);
}
