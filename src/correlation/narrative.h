/* SPDX-License-Identifier: MIT
 * The story of an incident in plain words: what, where, since when and how bad; then what was seen, in order
 * of onset, observed against expected, with its cause and who carries it; what usually follows; the advice;
 * and in the end how long it was and what ended it (docs/incidents.md). */
#ifndef COHERENCE_CORRELATION_NARRATIVE_H
#define COHERENCE_CORRELATION_NARRATIVE_H

#include "core/catalog.h"
#include "core/event.h"

/* One thing that a story tells of: one of the things of one law on one entity, however often it came. */
struct chapter {
    char id[HASH_ID_TEXT_MAX];     /* of its first finding */
    int64_t onset_ns;              /* of the first time, */
    int64_t opened_ns[3];          /* onsets of the last three, latest first; INT64_MIN: not so often */
    int64_t seen_ns;               /* evidence was last seen, */
    int64_t closed_ns;             /* and the finding last closed, then; INT64_MIN: never */
    int64_t told_ns;               /* what it tells was so then */
    uint32_t entity, facet, times; /* how often it came */
    enum law_id law;
    bool open, stale;           /* stale: open, but its source is quiet or was not looked at since */
    enum finding_end ended;     /* how, the last time */
    double strength;            /* of the strongest sight, 0..1 */
    enum confidence confidence; /* and what that sight told: */
    const char *cause;
    struct carrier carriers[CARRIERS_MAX];
    uint32_t carrier_count;
    double exhaustion_lo_s, exhaustion_hi_s; /* from told_ns on; NaN: no estimate */
    char observed[FINDING_TEXT_MAX];
    enum entity_end end; /* of the entity, */
    int64_t end_ns;      /* seen then */
};

#define FLAPPING_TIMES 3 /* openings, with quiet between them: the original's threshold */
#define FLAPPING_NS    INT64_C(1800000000000) /* within half an hour; heuristic, chosen on 2026-11-22 */
#define COINCIDENCE_NS INT64_C(30000000000)   /* onsets this close are one moment (docs/incidents.md) */

/* Writes i->narrative and its lines from i's other members and its chapters (n >= 1, in order of onset). */
void narrative_write(
    struct incident *i, const struct catalog *names, const struct chapter *chapters, uint32_t n);

/* The same for an incident that is closed because another one goes on with its story. */
void narrative_write_merged(struct incident *i, const struct catalog *names);

/* "COMPUTE SEIZURE (High Variance)", "CASCADING FAILURE", ...: the seeds' name for a set of laws (bit per
 * law_id). */
const char *narrative_pattern(uint32_t laws);

/* What speaks for an advice, in a few words, into out[VETO_REASON_MAX]. */
void narrative_reason(const struct catalog *names, const struct chapter *k, char *out);

#endif
