/* SPDX-License-Identifier: MIT
 * Findings and incidents out of the JSON lines that were made of them (output/event_json.h): what a history
 * keeps becomes again what the sinks show. The lines are outside bytes. */
#ifndef COHERENCE_INGESTION_EVENT_LINE_H
#define COHERENCE_INGESTION_EVENT_LINE_H

#include "core/catalog.h"
#include "core/event.h"
#include "core/words.h"

/* One line of n bytes whose last is a newline. Entities are declared in c; words (causes, units) are kept in
 * w: both must live as long as the result. Members that are not known are passed over; missing ones and null
 * are absent (NaN, "", 0). Texts and names that are too long are cut, and so are lists. ret: valid only after
 * 0; strength is 0, for no line says it. Returns 0; -EBADMSG: no such object, or something in it that we
 * never write; -ENOSPC: c or w is full. O(n). */
int event_line_finding(const char *line, size_t n, struct catalog *c, struct words *w, struct finding *ret);
int event_line_incident(const char *line, size_t n, struct catalog *c, struct words *w, struct incident *ret);

#endif
