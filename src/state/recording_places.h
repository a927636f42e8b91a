/* SPDX-License-Identifier: MIT
 * The reading side of a recording's names: numbers within a stretch to ids of the catalog that a feed has. */
#ifndef COHERENCE_STATE_RECORDING_PLACES_H
#define COHERENCE_STATE_RECORDING_PLACES_H

#include "core/catalog.h"
#include "state/byte_buffer.h"

/* Bounds of what a stretch may declare. A writer declares everything anew before it comes near. */
#define PLACES_ENTITIES_MAX (1u << 22)
#define PLACES_SERIES_MAX   (1u << 22)
#define PLACES_GAP_MAX                                                                                       \
    (1u << 17) /* names that may have been lost at once: what a gap costs in memory is bounded */
#define PLACES_TEXT_MAX  (256u << 20) /* bytes of names */
#define PLACES_DEPTH_MAX 512u /* of an entity below its host: more slashes than a name of 512 bytes has */

/* Ids that are none. All are above any that a catalog gives. */
#define PLACES_LOST    UINT32_MAX       /* declared in a block that is lost */
#define PLACES_REFUSED (UINT32_MAX - 1) /* the catalog has no room */
#define PLACES_UNKNOWN (UINT32_MAX - 2) /* not asked for yet, or no more */
#define PLACES_ID_END  PLACES_UNKNOWN   /* ids are below */

struct place_entity {
    uint32_t id, parent;   /* parent: number; ENTITY_NONE for a host */
    uint32_t name, name_n; /* in text */
    uint16_t depth;
    uint8_t kind;
    bool lost;
};

struct place_series {
    uint32_t entity;           /* number */
    uint32_t metric, metric_n; /* in text */
    double scale;
    bool lost;
};

struct recording_places {
    struct place_entity *entities;
    struct place_series *series;
    uint32_t *ids; /* of series, apart because frames go through them */
    uint32_t entity_count, entity_room, series_count, series_room;
    struct byte_buffer text;
    uint64_t changes; /* of the catalog when ids were last looked through */
};

void recording_places_done(struct recording_places *p);

/* Numbers begin at 0 again: a new stretch, or a block that declares everything. */
void recording_places_restart(struct recording_places *p);

/* A block's numbers begin at first_entity, first_series: between what is here and there lies what was lost.
 * Returns 0, -EBADMSG (it lies back), -ENOMEM. */
int recording_places_begin(struct recording_places *p, uint32_t first_entity, uint32_t first_series);

/* Takes declarations apart at c, without asking any catalog. Returns 0, -EBADMSG, -ENOMEM. */
int recording_places_hear(
    struct recording_places *p, uint32_t entities, uint32_t series, struct byte_cursor *c);

/* Forgets what lies beyond (a block whose declarations were heard, and which is refused). */
void recording_places_cut(struct recording_places *p, uint32_t entities, uint32_t series, size_t text);

/* The id of what has that number, declared in the catalog when it is not known there. < PLACES_ID_END, or
 * PLACES_LOST, PLACES_REFUSED. */
uint32_t recording_places_entity(struct recording_places *p, struct catalog *c, uint32_t number);
uint32_t recording_places_series(struct recording_places *p, struct catalog *c, uint32_t number);

/* When the catalog has changed: what is no more there is unknown. O(series), only then. */
void recording_places_look(struct recording_places *p, const struct catalog *c);

#endif
