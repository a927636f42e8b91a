/* SPDX-License-Identifier: MIT
 * Events as JSON lines, to the letter of the public format. Bytes depend on the event alone. */
#ifndef COHERENCE_OUTPUT_EVENT_JSON_H
#define COHERENCE_OUTPUT_EVENT_JSON_H

#include "base/json.h"
#include "base/text.h"
#include "core/catalog.h"
#include "core/event.h"

#define EVENT_JSON_MAX                                                                                       \
    (64u * 1024u) /* bytes that always hold one line: every text at its longest, every byte of it escaped */

/* Appends one line with its newline. c: the catalog of the event's entity ids. Absent numbers (NaN, infinite)
 * and absent objects are null; `band` is always an array of two. Names and texts are outside bytes: escaped,
 * invalid UTF-8 as U+FFFD. out->truncated is set, and the line is broken, only when out has less than
 * EVENT_JSON_MAX bytes left. Source: docs/formats.md, RFC 8259. */
void event_json_write(struct text *out, const struct catalog *c, const struct event *e);

/* The two members of an incident that stand the same wherever it is told: "laws", an array of the names of
 * laws (bit law_id of laws), and "veto", an object, or null where v advises nothing. */
void event_json_put_laws(struct json *j, unsigned laws);
void event_json_put_veto(struct json *j, const struct veto *v);

#endif
