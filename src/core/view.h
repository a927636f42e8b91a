/* SPDX-License-Identifier: MIT
 * The const read interface through which outputs ask the engine what it knows, on the loop's thread, valid
 * until the next feed or tick. */
#ifndef COHERENCE_CORE_VIEW_H
#define COHERENCE_CORE_VIEW_H

#include <stdint.h>

#include "core/catalog.h"
#include "core/event.h"

struct view; /* the engine behind it */

const struct catalog *view_catalog(const struct view *v);
int64_t view_now_ns(const struct view *v); /* the last tick's time, 0 before the first */

/* The last tick of a host (entity id), or NULL before one. */
const struct host_tick *view_host(const struct view *v, uint32_t host);

/* What a law says of any entity; state LAW_UNOBSERVABLE when it has nothing to say. */
struct law_reading view_reading(const struct view *v, uint32_t entity, enum law_id law);

/* Open findings in order of entity and law, open incidents oldest first. i < the count, else NULL. Cost of a
 * finding O(entities). */
uint32_t view_finding_count(const struct view *v);
const struct finding *view_finding(const struct view *v, uint32_t i);
uint32_t view_incident_count(const struct view *v);
const struct incident *view_incident(const struct view *v, uint32_t i);

/* The last values of a series, oldest first, in the metric's unit; returns how many were written (at most n).
 * Cost O(n). */
uint32_t view_recent(const struct view *v, uint32_t series, float *out, uint32_t n);

/* The variance spectrum of an entity's CPU at the last judgement: robust form per octave; scales in seconds.
 * Returns the number of octaves written (at most n), 0 when there is none. */
uint32_t view_spectrum(const struct view *v, uint32_t entity, double *scale_s, double *value, uint32_t n);

/* Totals so far. */
struct summary view_summary(const struct view *v);

#endif
