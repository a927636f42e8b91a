/* SPDX-License-Identifier: MIT
 * The flight simulator: deterministic synthetic telemetry of hosts from a scenario (a data file) and a seed,
 * in virtual time. */
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

/* scenario is borrowed. duration_ns: 0 = the scenario's own. Declares its series in feed->catalog at the
 * first step. */
struct simulator *simulator_new(
    const struct scenario *s, uint64_t seed, int64_t duration_ns, const struct feed *feed, struct error *e);
void simulator_free(struct simulator *m);

/* Feeds the next virtual second (its frames, then its tick). Returns 1 when there was one, 0 at the end, or
 * what the feed answered. */
int simulator_step(struct simulator *m);

#endif
