/* SPDX-License-Identifier: MIT
 * The story of an incident in plain words: what, where, since when, in order; what usually follows; the
 * advice. */
#ifndef COHERENCE_CORRELATION_NARRATIVE_H
#define COHERENCE_CORRELATION_NARRATIVE_H

#include "core/catalog.h"
#include "core/event.h"

/* One fact of the story. */
struct chapter {
    int64_t onset_ns;
    uint32_t entity;
    enum law_id law;
    uint32_t times; /* how often it came */
    double strength;
    const char *cause;
    const char *text;    /* the finding's sentence */
    enum entity_end end; /* of the entity, */
    int64_t end_ns;      /* seen then */
};

/* Writes i->narrative from its chapters (in order of onset, n >= 1) and the incident's kind, laws and risk.
 */
void narrative_write(
    struct incident *i, const struct catalog *names, const struct chapter *chapters, uint32_t n);

/* "COMPUTE SEIZURE (High Variance)", "CASCADING FAILURE", ...: the seeds' name for a set of laws (bit per
 * law_id). */
const char *narrative_pattern(uint32_t laws);

#endif
