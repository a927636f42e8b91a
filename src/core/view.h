/* SPDX-License-Identifier: MIT
 * The const read interface through which outputs ask the engine what it knows, on the loop's thread, valid
 * until the next feed or tick. */
#ifndef COHERENCE_CORE_VIEW_H
#define COHERENCE_CORE_VIEW_H

#include <stdbool.h>
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

/* A quantity of an entity as it was last, in its metric's unit; a counter or a count as its rate, per second.
 * NaN = not known. */
struct view_signal {
    double value;
    double expected; /* NaN also where nothing is foretold of it: limits, what processes use */
    double surprise; /* distance from the expected, in usual deviations of it */
    bool rate;
};

/* What is known of one metric of an entity (of a series entity: of its only one). Returns false, *ret
 * untouched, when nothing is. Cost O(1). */
bool view_signal(const struct view *v, uint32_t entity, uint32_t metric, struct view_signal *ret);

/* What a process uses: short means but for CPU and memory, which are the last. NaN = not known. */
struct view_process {
    double cpu_ratio; /* of the host's CPUs */
    double memory_bytes, growth_bytes_per_s;
    double threads;
    double futex_ratio; /* of its threads that wait in a futex */
    double wait_ratio;  /* seconds a second that its threads were ready and did not run */
    double faults_per_s, major_faults_per_s;
    double read_bytes_per_s, written_bytes_per_s;
};

/* Returns false, *ret untouched, when the entity is no process or nothing is known of it. Cost O(1). */
bool view_process(const struct view *v, uint32_t entity, struct view_process *ret);

/* Something that an entity has so much of and no more. */
#define VIEW_SUPPLIES_MAX 8
struct view_supply {
    const char *name;    /* static: "memory", "tasks", "tracked connections", "space", ... */
    bool bytes;          /* amounts are bytes, else counts */
    double used, limit;  /* NaN = not known, or no limit */
    double growth_per_s; /* of the last minute; NaN = not known */
    double early_s,
        late_s; /* when it is exhausted, while a finding of its growth is open: from now; NaN = not said */
};

/* Those of an entity, in a fixed order; at most n. Returns how many were written. Cost O(1). */
uint32_t view_supplies(const struct view *v, uint32_t entity, struct view_supply *out, uint32_t n);

/* Totals so far. */
struct summary view_summary(const struct view *v);

#endif
