/* SPDX-License-Identifier: MIT
 * What the last sentinel left in the state file. Internal to the state room; state_file.h has the public
 * calls. */
#ifndef COHERENCE_STATE_LEFT_H
#define COHERENCE_STATE_LEFT_H

#include <sqlite3.h>
#include <stdbool.h>

#include "state/state_rows.h"

/* Incidents and findings that are open, by their start. visit: as in state_file.h. */
int state_left_incidents(
    sqlite3 *db, int (*visit)(void *context, const struct state_incident *i), void *context);
int state_left_findings(
    sqlite3 *db, int (*visit)(void *context, const struct state_finding *f), void *context);

/* The last word on an id: whether it was its end, and when; STATE_TIME_NONE: it was never heard of. */
int state_left_said(sqlite3 *db, bool finding, const char *id, bool *ret_closed, int64_t *ret_said_ns);

/* The last run that did not say how it ended, begun before before_ns. Its texts are absent. */
int state_left_run(sqlite3 *db, int64_t before_ns, bool *ret_there, struct state_run *ret);

/* The hash of the last configuration; "": none. */
int state_left_config(sqlite3 *db, char hash[17]);

#endif
