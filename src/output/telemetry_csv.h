/* SPDX-License-Identifier: MIT
 * Keeps telemetry as long CSV (timestamp,host,metric,value,entity) with its ticks, so that a replay judges
 * the same. The first row has the metric coherence.clock: it is no sample, it says that the ticks (rows with
 * the metric coherence.tick) are the file's own. Metrics have their canonical names and units; values read
 * back as the same doubles, times as the same nanoseconds; missing and infinite values are empty. Names are
 * written as they are, quoted where CSV needs it: this is data, not a report, so a name that a spreadsheet
 * takes for a formula is not changed. The file is opened before the seal; what a full disk refuses is
 * counted, and the file then ends after its last whole row. */
#ifndef COHERENCE_OUTPUT_TELEMETRY_CSV_H
#define COHERENCE_OUTPUT_TELEMETRY_CSV_H

#include <stdint.h>

#include "base/error.h"
#include "core/feed.h"

struct telemetry_csv;

/* path: created (mode 0644 under the umask) or emptied; refuses a symbolic link and what exists and is not a
 * regular file ("-" is standard output). NULL with e filled. */
struct telemetry_csv *telemetry_csv_open(const char *path, struct error *e);
/* Writes header, rows, ticks. Return 0 or -errno (kept; later calls count instead of writing). Bytes reach
 * the file when 64 KiB are together or a tick comes ten seconds or more after the last time. */
int telemetry_csv_frame(
    struct telemetry_csv *w, const struct catalog *c, int64_t t_ns, const struct sample *samples, size_t n);
/* A row with the metric coherence.gone: the entity's life ended (docs/formats.md). Before the catalog is
 * told. */
int telemetry_csv_gone(
    struct telemetry_csv *w, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end);
int telemetry_csv_tick(struct telemetry_csv *w, const struct catalog *c, int64_t now_ns);
/* Flushes and closes. Returns 0 or the first error; *ret_lost: rows that could not be written (may be NULL).
 */
int telemetry_csv_close(struct telemetry_csv *w, uint64_t *ret_lost);

#endif
