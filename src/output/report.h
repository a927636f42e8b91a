/* SPDX-License-Identifier: MIT
 * The text report at the end of simulate and replay: samples, anomalies, and each incident as number, host,
 * risk score, duration and narrative. */
#ifndef COHERENCE_OUTPUT_REPORT_H
#define COHERENCE_OUTPUT_REPORT_H

#include "base/text.h"
#include "core/catalog.h"
#include "core/event.h"
#include "core/view.h"

#define REPORT_INCIDENTS_MAX 1000 /* later ones are counted, not kept */

struct report;

struct report *report_new(void); /* NULL: out of memory */
void report_free(struct report *r);
/* Takes what it needs of an event (copies). */
void report_event(struct report *r, const struct catalog *c, const struct event *e);
/* Until when the incidents that are still open were seen at the end of the input, and what is advised then.
 * v: of the engine whose events it took. */
void report_open_at_end(struct report *r, const struct view *v);
/* Writes the report through write (called with whole lines), wrapped to columns (0: as a file is); returns 0
 * or what write answered. */
int report_print(const struct report *r, size_t columns,
    int (*write)(void *context, const char *bytes, size_t n), void *context);

#endif
