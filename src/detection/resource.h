/* SPDX-License-Identifier: MIT
 * What else has an end besides memory, as one table: which metrics say how much of it is in use and how much
 * there is, and how it is spoken of. */
#ifndef COHERENCE_DETECTION_RESOURCE_H
#define COHERENCE_DETECTION_RESOURCE_H

#include "core/metric.h"
#include "detection/growth_opinion.h"

struct resource {
    enum metric_id used, limit;
    struct growth_words words;
};

/* By enum resource_id. */
extern const struct resource resource_table[RESOURCE_COUNT];

/* The resource that a metric belongs to, or -1. */
int resource_of(enum metric_id metric);

#endif
