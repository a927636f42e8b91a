/* SPDX-License-Identifier: MIT
 * Events as lines for people (and logfmt), one event a line; outside bytes made harmless. */
#ifndef COHERENCE_OUTPUT_EVENT_TEXT_H
#define COHERENCE_OUTPUT_EVENT_TEXT_H

#include <stdbool.h>

#include "base/text.h"
#include "core/catalog.h"
#include "core/event.h"

enum event_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_LOGFMT };

#define EVENT_TEXT_DAY_NONE INT64_MIN
#define EVENT_TEXT_INDENT   10 /* columns of the time and the blanks behind it */

/* Appends a line "-- 2026-01-01 (times are UTC) --" when the event is of another UTC day than *day, and keeps
 * its day there; nothing for a summary. Event lines show the time of day only, so call it before each of
 * them. *day: EVENT_TEXT_DAY_NONE at first. */
void event_text_day(struct text *out, int64_t *day, const struct event *e);

/* Appends one line with its newline: time of day (UTC), host, what (TICK, INCIDENT, ANOMALY, or the law),
 * state, then words. The first four are columns at least 8, 12, 13 and 8 wide, separated by two blanks.
 * color: ANSI colours may be used; they only repeat what the state's word says. lines: an incident's story is
 * broken into its lines, for a terminal (output/wrap.h); else an event is one line. Every byte that came from
 * outside is printable afterwards. At most EVENT_JSON_MAX bytes (event_json.h). */
void event_text_write(
    struct text *out, const struct catalog *c, const struct event *e, bool color, bool lines);

/* Appends one line with its newline: level=info|warn|error type=..., then the members of the JSON line under
 * the same names, nested ones joined by '_'. Absent members are left out. Values with anything but plain
 * ASCII in them are quoted and escaped like JSON strings. */
void event_logfmt_write(struct text *out, const struct catalog *c, const struct event *e);

#endif
