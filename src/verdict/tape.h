/* SPDX-License-Identifier: MIT
 * What one engine said, as far as a verdict needs it: when incidents opened and ended, on which host, and
 * when it last raised an alarm before each; with the story of each incident where it is to be told. */
#ifndef COHERENCE_VERDICT_TAPE_H
#define COHERENCE_VERDICT_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/catalog.h"
#include "core/event.h"
#include "verdict/ground.h"

#define TAPE_INCIDENTS_MAX (1U << 20) /* later ones are counted, not judged */
#define TAPE_STORIES_MAX   4096       /* later incidents have none; at most 16 KiB each */
#define TAPE_FINDINGS_MAX  6          /* of a story, the first ones */
#define TAPE_ENTITY_MAX    128        /* bytes of "kind:name"; a longer one is cut */

/* A finding as it was first told: what was known then. */
struct tape_finding {
    char id[HASH_ID_TEXT_MAX];
    int64_t t_ns, onset_ns;
    enum law_id law;
    uint32_t entity_id; /* of the engine's catalog then; it may be another's later */
    char entity[TAPE_ENTITY_MAX];
    const char *cause; /* static */
    enum confidence confidence;
    bool calibrated;
    double false_alarms_per_year; /* NaN: not known */
    struct law_reading reading;
    struct evidence evidence[EVIDENCE_MAX];
    uint32_t evidence_count;
    char text[FINDING_TEXT_MAX];
};

struct tape_story {
    char id[HASH_ID_TEXT_MAX];
    char *narrative; /* as last told */
    enum incident_kind kind;
    enum severity severity;
    double risk;
    uint32_t finding_count, findings_total;
    struct tape_finding *findings[TAPE_FINDINGS_MAX]; /* first: the innermost of those that opened it */
};

struct tape_incident {
    uint32_t host;            /* of the tape */
    uint32_t laws;            /* bit per law_id */
    int64_t opened_ns;        /* when it was told */
    int64_t started_ns;       /* estimate of its beginning */
    int64_t ended_ns;         /* last evidence; INT64_MAX: open at the end */
    int64_t quiet_ns;         /* latest alarm of the host before opened_ns; INT64_MIN: none */
    struct tape_story *story; /* NULL: none */
};

struct tape;

/* stories: keep them. ground: borrowed. NULL: out of memory. */
struct tape *tape_new(const struct ground *ground, bool stories);
void tape_free(struct tape *t); /* NULL allowed */

/* names: the engine's catalog. */
void tape_event(struct tape *t, const struct catalog *names, const struct event *e);

/* Incidents in order of opening. */
uint32_t tape_count(const struct tape *t);
const struct tape_incident *tape_incident(const struct tape *t, uint32_t i);
const char *tape_host(const struct tape *t, uint32_t host);

/* The first alarm inside outage i on one of its hosts, of an incident or not; INT64_MIN: none. */
int64_t tape_alarm(const struct tape *t, uint32_t outage);

/* Incidents beyond TAPE_INCIDENTS_MAX, or beyond the memory there was. */
uint64_t tape_dropped(const struct tape *t);

/* Of the engine's own summary; zero before it came. */
const struct summary *tape_summary(const struct tape *t);

#endif
