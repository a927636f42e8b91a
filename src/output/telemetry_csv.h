/* SPDX-License-Identifier: MIT
 * Keeps telemetry as long CSV (timestamp,host,metric,value,entity) with its ticks (metric coherence.tick), so that a replay judges the same.
 * The file is opened before the seal; writing is buffered and never blocks a tick: what a full disk refuses is counted. */
#ifndef COHERENCE_OUTPUT_TELEMETRY_CSV_H
#define COHERENCE_OUTPUT_TELEMETRY_CSV_H

#include <stdint.h>

#include "base/error.h"
#include "core/feed.h"

struct telemetry_csv;

/* path: created or emptied; refuses what exists and is not a regular file ("-" is standard output). NULL with e filled. */
struct telemetry_csv *telemetry_csv_open(const char *path, struct error *e);
/* Writes header, rows, ticks. Return 0 or -errno (kept; later calls count instead of writing). */
int telemetry_csv_frame(struct telemetry_csv *w, const struct catalog *c, int64_t t_ns, const struct sample *samples, size_t n);
int telemetry_csv_tick(struct telemetry_csv *w, const struct catalog *c, int64_t now_ns);
/* Flushes and closes. Returns 0 or the first error; *ret_lost: rows that could not be written (may be NULL). */
int telemetry_csv_close(struct telemetry_csv *w, uint64_t *ret_lost);

#endif
