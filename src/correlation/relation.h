/* SPDX-License-Identifier: MIT
 * Does a finding belong to what is told already? By what its entity has to do with another's, and when it
 * began (docs/incidents.md). */
#ifndef COHERENCE_CORRELATION_RELATION_H
#define COHERENCE_CORRELATION_RELATION_H

#include "core/catalog.h"
#include "core/event.h"
#include "correlation/narrative.h"

/* From the weakest to the strongest. */
enum relation {
    RELATION_NONE,
    RELATION_MOMENT, /* things side by side that fell ill at one moment, or of one shared cause */
    RELATION_LINE,   /* one is above the other: process, cgroup, host */
    RELATION_SAME    /* the same thing */
};

struct relation_found {
    enum relation relation;
    int64_t distance_ns; /* of the onsets, of the chapter that is nearest */
};

/* What f, which has just opened, has to do with a story of n chapters of the same host. join_ns: the window.
 * O(n times the depth of cgroups). */
struct relation_found relation_find(const struct catalog *names, const struct chapter *chapters, uint32_t n,
    const struct finding *f, int64_t join_ns);

/* Is one of them above the other, or are they the same thing? A series is a number of its parent and counts
 * as that. */
bool relation_in_line(const struct catalog *names, uint32_t a, uint32_t b);

/* Is one of them above the other? */
bool relation_is_above(const struct catalog *names, uint32_t above, uint32_t entity);

#endif
