/* SPDX-License-Identifier: MIT
 * From a series of the catalog back to the names by which it was declared. How they are quoted is left to the
 * formats. */
#include "output/telemetry_name.h"

#include <string.h>

/* Is the series entity `own` the one that catalog_series makes for a metric that no law knows? It stands for
 * its owner then. */
static bool stands_for_owner(const struct entity *own, const struct entity *owner, const char *metric)
{
    const char *name = own->name;
    if (owner->kind != ENTITY_HOST) {
        const char *kind = entity_kind_name(owner->kind);
        size_t kind_n = strlen(kind), owner_n = strlen(owner->name);
        if (strncmp(name, kind, kind_n) != 0 || name[kind_n] != ':' ||
            strncmp(name + kind_n + 1, owner->name, owner_n) != 0 || name[kind_n + 1 + owner_n] != '/')
            return false;
        name += kind_n + owner_n + 2;
    }
    return strcmp(name, metric) == 0;
}

const struct entity *telemetry_owner(const struct catalog *c, const struct series *s)
{
    const struct entity *e = catalog_entity_get(c, s->entity);

    if (e->kind == ENTITY_SERIES && s->metric >= METRIC_KNOWN_COUNT && e->parent != ENTITY_NONE) {
        const struct entity *owner = catalog_entity_get(c, e->parent);
        if (stands_for_owner(e, owner, catalog_metric_name(c, s->metric)))
            return owner;
    }
    return e;
}

void telemetry_entity(struct text *out, const struct entity *e)
{
    if (e->kind == ENTITY_HOST)
        return;
    text_add(out, entity_kind_name(e->kind));
    text_add_char(out, ':');
    text_add(out, e->name);
}
