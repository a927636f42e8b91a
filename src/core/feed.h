/* SPDX-License-Identifier: MIT
 * The door between the senses and the engine: frames of samples, and ticks. Sources know this and the
 * catalog, nothing of the engine. */
#ifndef COHERENCE_CORE_FEED_H
#define COHERENCE_CORE_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "core/catalog.h"

struct sample {
    uint32_t series;
    double value; /* as read; NaN = missing (counted by the engine, never judged as 0) */
};

struct feed {
    void *context;
    struct catalog *catalog;
    /* All samples of one source at one instant (n >= 1). samples: borrowed for the call. Returns 0 or -errno,
     * on which the source stops. */
    int (*frame)(void *context, int64_t t_ns, const struct sample *samples, size_t n);
    /* It is now now_ns. Returns 0 or -errno. */
    int (*tick)(void *context, int64_t now_ns);
    /* The life of that entity, which lives, ended (not ENTITY_LIVES or ENTITY_UNHEARD), seen at t_ns; after
     * it its ids are unknown, and its name is that of another. What is below it is said to be gone first, or
     * lives on, except its series that no law knows: they end with it. NULL: nobody asks. Returns 0 or
     * -errno.
     *
     * A source that keeps ids looks before it uses them (catalog_entity_lives, catalog_series_lives) and
     * declares anew what is known no more: nothing of it may have been heard for days. */
    int (*gone)(void *context, int64_t t_ns, uint32_t entity, enum entity_end end);
};

#endif
