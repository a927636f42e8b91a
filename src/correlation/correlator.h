/* SPDX-License-Identifier: MIT
 * The memory: findings of related entities that begin close together are one incident with a story
 * (docs/incidents.md). Incidents open with a finding, grow, and close by evidence; an open incident carries
 * the advice (veto), which expires by itself. */
#ifndef COHERENCE_CORRELATION_CORRELATOR_H
#define COHERENCE_CORRELATION_CORRELATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/catalog.h"
#include "core/event.h"

struct correlator_settings {
    int64_t join_ns;       /* how close in time what is related must be to belong together */
    int64_t veto_ttl_ns;   /* advice expires this long after its last evidence */
    int64_t persistent_ns; /* an incident older than this is persistent */
};

struct correlator;

/* names is borrowed. emit is called for every incident that opens, changes or closes. NULL: out of memory. */
struct correlator *correlator_new(const struct correlator_settings *s, const struct catalog *names,
    void (*emit)(void *context, const struct incident *i), void *context);
/* Other settings from the next tick on. */
void correlator_set(struct correlator *c, const struct correlator_settings *s);
void correlator_free(struct correlator *c);

/* A finding opened or closed. Findings come in the order (t, entity, law). Single series that went quiet are
 * noted, but open no incident. */
void correlator_finding(struct correlator *c, const struct finding *f);

/* It is now_ns, and all findings of that time have come: says what is new, renews or drops advice, closes
 * incidents whose evidence has been over for the join window. */
void correlator_tick(struct correlator *c, int64_t now_ns);

/* The life of that entity has ended, seen at t_ns; its findings have closed already. The story of its host's
 * open incident will say so. A host is forgotten with its last incident. */
void correlator_gone(struct correlator *c, uint32_t entity, int64_t t_ns, enum entity_end end);

/* Does an open incident tell of that entity? Then its name must stay readable. */
bool correlator_tells_of(const struct correlator *c, uint32_t entity);

/* The close of that incident has been said already, by a run whose memory ended earlier: forgets it and says
 * nothing. False, and nothing done: no such incident is open, or findings of it are. */
bool correlator_settle(struct correlator *c, const char *id);

/* Telemetry of that host has stopped or come back: while it is silent there is no advice. */
void correlator_silence(struct correlator *c, uint32_t host, bool silent);

/* The worst open incident of a host (by severity, then risk, then age), or NULL; the advice of the worst that
 * gives any, or NULL. Open incidents in order of opening. */
const struct incident *correlator_incident(const struct correlator *c, uint32_t host);
const struct veto *correlator_advice(const struct correlator *c, uint32_t host);
uint32_t correlator_open_count(const struct correlator *c);
const struct incident *correlator_open(const struct correlator *c, uint32_t i);

/* Findings of that host's open incidents that are open themselves: a bit per law. */
uint32_t correlator_active_laws(const struct correlator *c, uint32_t host);

#endif
