/* SPDX-License-Identifier: MIT
 * Who looks on while engines judge: notes when each host was under watch, and what simple detectors would
 * have said. */
#ifndef COHERENCE_VERDICT_OBSERVER_H
#define COHERENCE_VERDICT_OBSERVER_H

#include <stdint.h>

#include "core/catalog.h"
#include "core/feed.h"
#include "verdict/control.h"
#include "verdict/coverage.h"
#include "verdict/ground.h"

struct observer_host {
    char *name;
    struct coverage coverage;
    struct control_host controls;
    uint32_t *outages; /* of it, indices of the ground */
    uint32_t outage_count;
    struct coverage_span *unsettled; /* outages with the hour after each, joined, ascending */
    uint32_t unsettled_count, unsettled_next;
    int64_t settled_ns; /* watched so far, outside of these */
    int64_t row_ns;     /* of the row that is being read; INT64_MIN: none */
    struct control_row row;
    double steady;
    int64_t steady_ns; /* the usual step it was computed from */
    uint64_t samples;
    uint32_t series;
};

struct observer;

/* ground: borrowed. NULL: out of memory. */
struct observer *observer_new(const struct ground *ground);
void observer_free(struct observer *o); /* NULL allowed */

/* For the fan-out: context is the observer. What does not fit into memory is counted (observer_lost). O(n).
 */
void observer_frame(
    void *context, const struct catalog *names, int64_t t_ns, const struct sample *samples, size_t n);

/* No frame follows. */
void observer_finish(struct observer *o);

/* After observer_finish. Hosts in order of appearance. */
uint32_t observer_host_count(const struct observer *o);
const struct observer_host *observer_host(const struct observer *o, uint32_t i);
const struct observer_host *observer_find(const struct observer *o, const char *name); /* or NULL */

/* The first opening of that setting of the controls that was about an outage; INT64_MIN: none. */
int64_t observer_opening(const struct observer *o, uint32_t setting, uint32_t outage);

uint64_t observer_lost(const struct observer *o);

#endif
