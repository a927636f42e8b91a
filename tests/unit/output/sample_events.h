/* SPDX-License-Identifier: MIT
 * One event of each kind over a small catalog, for the writers' tests. Times lie around 2026-01-01T19:20:29Z
 * (1767295229). */
#ifndef COHERENCE_TESTS_OUTPUT_SAMPLE_EVENTS_H
#define COHERENCE_TESTS_OUTPUT_SAMPLE_EVENTS_H

#include "core/catalog.h"
#include "core/event.h"

#define SAMPLE_T_NS INT64_C(1767295229000000000)
/* A name that tries to drive a terminal, to end a line, to end a string, and is no UTF-8 at its end. */
#define HOSTILE_NAME "ev\"il\\\n\033[31m\x9b\xff"

struct samples {
    struct catalog *catalog;
    uint32_t host, cgroup, process, hostile;
    struct anomaly anomaly;
    struct finding finding;
    struct incident incident;
    struct host_tick tick;
    struct summary summary;
};

/* Fills s; the caller frees s->catalog. */
void samples_make(struct samples *s);

struct event event_of_tick(const struct samples *s);
struct event event_of_anomaly(const struct samples *s);
struct event event_of_finding(const struct samples *s);
struct event event_of_incident(const struct samples *s);
struct event event_of_summary(const struct samples *s);

#endif
