/* SPDX-License-Identifier: MIT
 * Events as lines for people (and logfmt), one event a line; outside bytes made harmless. */
#ifndef COHERENCE_OUTPUT_EVENT_TEXT_H
#define COHERENCE_OUTPUT_EVENT_TEXT_H

#include <stdbool.h>

#include "base/text.h"
#include "core/catalog.h"
#include "core/event.h"

enum event_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_LOGFMT };

/* Appends one line with its newline. color: ANSI colours may be used (every state has a word as well). */
void event_text_write(struct text *out, const struct catalog *c, const struct event *e, bool color);
void event_logfmt_write(struct text *out, const struct catalog *c, const struct event *e);

#endif
