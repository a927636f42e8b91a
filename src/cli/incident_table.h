/* SPDX-License-Identifier: MIT
 * Incidents of the history as a table for people: two or three lines for each, at the width of the terminal.
 */
#ifndef COHERENCE_CLI_INCIDENT_TABLE_H
#define COHERENCE_CLI_INCIDENT_TABLE_H

#include <stdbool.h>

#include "base/text.h"
#include "state/state_rows.h"

#define INCIDENT_TABLE_WIDTH_MIN 60
#define INCIDENT_TABLE_WIDTH     80   /* where there is no terminal */
#define INCIDENT_TABLE_ROW_MAX   4096 /* bytes that one row needs at most */

struct incident_table {
    int width;        /* columns */
    bool color;       /* ANSI colours, which only repeat what words say */
    int64_t seen_ns;  /* up to then it is known of an open one that it is open; STATE_TIME_NONE: not */
    const char *host; /* named only where it is another one; NULL: always */
};

/* The line with the names of the columns. */
void incident_table_head(const struct incident_table *t, struct text *out);

/* One incident: when (UTC), how long, state, severity, kind, risk, id; below, indented, its story, cut after
 * two lines. Every byte of the file is made printable. */
void incident_table_row(const struct incident_table *t, struct text *out, const struct state_incident *i);

#endif
