/* SPDX-License-Identifier: MIT
 * The end of an entity's life in a catalog without an engine. */
#ifndef COHERENCE_FUZZ_FORGET_H
#define COHERENCE_FUZZ_FORGET_H

#include <assert.h>

#include "core/catalog.h"

/* That entity, a host with everything on it: as the engine does, with nobody to tell. */
static inline void forget(struct catalog *c, uint32_t entity)
{
    uint32_t before;
    assert(catalog_entity_lives(c, entity));
    for (uint32_t i = catalog_entity_newest(c); i != ENTITY_NONE; i = before) {
        before = catalog_entity_before(c, i);
        bool below = catalog_entity_get(c, i)->host == entity, own = false;
        /* Series stand behind what they are series of. */
        for (uint32_t up = i; !own && catalog_entity_get(c, up)->kind == ENTITY_SERIES;)
            own = (up = catalog_entity_get(c, up)->parent) == entity;
        if (i != entity && !below && !own)
            continue;
        catalog_leave(c, i);
        catalog_make_room(c, i);
        catalog_remove(c, i);
    }
}

#endif
