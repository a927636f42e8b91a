/* SPDX-License-Identifier: MIT
 * The writing side of a recording's names: ids of a catalog to numbers within a stretch, given in the order
 * in which names are declared, never twice. */
#ifndef COHERENCE_STATE_RECORDING_NAMES_H
#define COHERENCE_STATE_RECORDING_NAMES_H

#include "core/catalog.h"
#include "state/byte_buffer.h"

#define NAMES_NONE UINT32_MAX

/* Flags of a series in the names section. */
#define NAMES_SCALED 1u /* eight bytes of scale follow the metric's name */

struct names_entry {
    uint32_t id, number;
};

/* Ids to numbers by the place that an id has in the catalog. */
struct names_map {
    struct names_entry *entries;
    uint32_t places; /* a power of two, or 0 */
    uint32_t count;  /* numbers given */
};

struct recording_names {
    struct names_map entities, series;
    uint32_t *ids; /* room for a list of all series */
    uint32_t ids_room;
    int64_t newest;      /* entity: the last one that has been looked at; -1: none */
    uint32_t series_end; /* ids of series below have been looked at */
    bool whole;          /* everything that lives must be declared anew */
};

void recording_names_init(struct recording_names *n);
void recording_names_done(struct recording_names *n);

/* From here on numbers begin at 0 again, and everything that lives is declared anew. */
void recording_names_restart(struct recording_names *n);

/* Have so many numbers been given to what is no more that a restart is due? */
bool recording_names_is_stale(const struct recording_names *n, const struct catalog *c);

/* Declares what is new: appends its names, entities first. *ret_entities, *ret_series: how many of each.
 * Returns 0 or -ENOMEM, after which a restart is due. O(1) when nothing is new. */
int recording_names_sync(struct recording_names *n, const struct catalog *c, struct byte_buffer *names,
    uint32_t *ret_entities, uint32_t *ret_series);

/* The number of a living thing that has been declared, or NAMES_NONE. */
static inline uint32_t names_number(const struct names_map *m, uint32_t id)
{
    const struct names_entry *e = m->places > 0 ? &m->entries[id & (m->places - 1)] : NULL;
    return e != NULL && e->id == id ? e->number : NAMES_NONE;
}

#endif
