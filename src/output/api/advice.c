/* SPDX-License-Identifier: MIT
 * Turns the hosts' advice into the one that counts, and into a weight. Nothing is done with it here: it is
 * pulled. */
#include "output/api/advice.h"

#include <string.h>

const struct veto *advice_now(const struct view *v, const char *host, int64_t now_ns, uint32_t *ret_host)
{
    const struct catalog *c = view_catalog(v);
    const struct veto *best = NULL;
    uint32_t found = ENTITY_NONE;

    for (uint32_t e = catalog_entity_first(c); e != ENTITY_NONE; e = catalog_entity_next(c, e)) {
        if (catalog_entity_get(c, e)->kind != ENTITY_HOST || !catalog_entity_lives(c, e) ||
            (host[0] && strcmp(catalog_entity_get(c, e)->name, host) != 0))
            continue;
        const struct host_tick *t = view_host(v, e);
        if (found == ENTITY_NONE)
            found = e;
        if (!t || t->veto.type == VETO_NONE || t->veto.expires_ns <= now_ns ||
            (best && best->confidence >= t->veto.confidence))
            continue;
        best = &t->veto;
        found = e;
    }
    if (ret_host)
        *ret_host = found;
    return best;
}

int advice_weight(const struct veto *v, int floor_percent)
{
    if (!v || v->type == VETO_INTENT)
        return 100;
    double confidence = v->confidence < 0 ? 0 : v->confidence > 1 ? 1 : v->confidence;
    return 100 - (int)((100 - floor_percent) * confidence + 0.5);
}
