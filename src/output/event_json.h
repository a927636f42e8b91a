/* SPDX-License-Identifier: MIT
 * Events as JSON lines, to the letter of the public format. Bytes depend on the event alone. */
#ifndef COHERENCE_OUTPUT_EVENT_JSON_H
#define COHERENCE_OUTPUT_EVENT_JSON_H

#include "base/text.h"
#include "core/catalog.h"
#include "core/event.h"

#define EVENT_JSON_MAX (64u * 1024u) /* bytes that always hold one line */

/* Appends one line with its newline. */
void event_json_write(struct text *out, const struct catalog *c, const struct event *e);

#endif
