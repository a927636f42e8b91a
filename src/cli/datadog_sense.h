/* SPDX-License-Identifier: MIT
 * Datadog as a source of a sentinel: opened before the seal, started after it, and kept in step with the
 * ticks. Where nothing else is watched, the engine's clock is its clock. */
#ifndef COHERENCE_CLI_DATADOG_SENSE_H
#define COHERENCE_CLI_DATADOG_SENSE_H

#include "cli/outgoing.h"
#include "cli/session.h"
#include "ingestion/datadog/datadog.h"

struct datadog_sense {
    struct session *session;
    struct datadog *datadog; /* NULL: not configured */
    bool alone;              /* --source datadog */
    bool caught_up;          /* the past has been judged */
    int64_t last_ns;         /* of the last tick that was made */
};

/* Opens it where the configuration or --source names it, and says what is asked of whom. home: of sources.
 * Returns an exit status. */
int datadog_sense_open(
    struct datadog_sense *d, struct session *s, struct outgoing *outgoing, const struct datadog_home *home);

/* Joins it to an intake of that house, after outgoing_start. known_ns: engine time at which it goes on from
 * what was kept; INT64_MIN: it is new. Returns an exit status. */
int datadog_sense_start(
    struct datadog_sense *d, struct intake_house *house, struct loop *l, int64_t known_ns);

/* How far the engine's clock goes behind real time, ns, so that what Datadog says is there in time; 0: not at
 * all, because something else is watched that is there at once. */
int64_t datadog_sense_behind_ns(const struct datadog_sense *d);

/* May ticks be made? Where only Datadog is read not before it has said what was: the past is judged first. */
bool datadog_sense_may_tick(const struct datadog_sense *d);

/* Hands over what has been said up to now. Where only Datadog is read, each bucket is judged at its own time,
 * by ticks that are made here. Returns 0, or -errno on which the process stops. */
int datadog_sense_step(struct datadog_sense *d, const struct feed *feed, int64_t now_ns);

#endif
