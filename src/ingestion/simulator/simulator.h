/* SPDX-License-Identifier: MIT
 * The flight simulator: deterministic synthetic telemetry of hosts from a scenario (a data file,
 * docs/scenarios.md) and a seed, in virtual time that begins at 2026-01-01T00:00:00Z. The same scenario, seed
 * and duration feed the same bits on every machine. */
#ifndef COHERENCE_INGESTION_SIMULATOR_H
#define COHERENCE_INGESTION_SIMULATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/feed.h"

struct scenario;

/* The built-in scenarios' names, NULL-terminated; and what each shows, in one line. */
const char *const *scenario_names(void);
const char *scenario_title(const char *name); /* NULL: unknown */

/* A built-in scenario by name, or NULL with e filled (the nearest name in the text). */
struct scenario *scenario_builtin(const char *name, struct error *e);
/* A scenario from the bytes of a file; name is for messages. */
struct scenario *scenario_parse(const char *bytes, size_t n, const char *name, struct error *e);
void scenario_free(struct scenario *s);
int64_t scenario_duration_ns(const struct scenario *s);

struct simulator;

/* The scenario is borrowed until simulator_free. duration_ns: 0 = the scenario's own; what is not a whole
 * second is left out. feed is copied; its series are declared in feed->catalog at the first step. NULL with e
 * filled: out of memory. */
struct simulator *simulator_new(
    const struct scenario *s, uint64_t seed, int64_t duration_ns, const struct feed *feed, struct error *e);
void simulator_free(struct simulator *m);

/* Feeds the next virtual second: per host its CPU frames (at the scenario's fast interval, the last at the
 * whole second) and one frame of everything else at the whole second, then the tick. Returns 1 when there was
 * one, 0 at the end, or the -errno of the feed or the catalog (-ENOSPC), after which it must not be called
 * again. Cost: some 1 us a second and host. */
int simulator_step(struct simulator *m);

#endif
