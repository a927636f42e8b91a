/* SPDX-License-Identifier: MIT
 * --csv and --jsonl: the telemetry that a command judges, kept in files for replay and for other tools. */
#ifndef COHERENCE_CLI_EXPORT_H
#define COHERENCE_CLI_EXPORT_H

#include "cli/arguments.h"
#include "output/telemetry_csv.h"
#include "output/telemetry_jsonl.h"

/* All zero: nothing is kept. */
struct export
{
    struct telemetry_csv *csv;     /* NULL: none */
    struct telemetry_jsonl *jsonl; /* NULL: none */
};

/* Opens what the arguments name. Returns 0 or -errno with e filled; after an error export_close is still due.
 */
int export_open(struct export *x, const struct arguments *a, struct error *e);

/* Does the telemetry go to standard output, which then is no place for anything else? */
bool export_takes_stdout(const struct arguments *a);

/* What a feed brings, before the catalog is told. What cannot be written is counted; export_tick returns 0,
 * or the -errno of standard output (-EPIPE: its reader left). */
void export_frame(
    struct export *x, const struct catalog *c, int64_t t_ns, const struct sample *samples, size_t n);
void export_gone(
    struct export *x, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end);
int export_tick(struct export *x, const struct arguments *a, const struct catalog *c, int64_t now_ns);

/* Closes; say is called for each file that lost something, standard output not among them. Returns 0 or the
 * first -errno of those. */
int export_close(struct export *x, const struct arguments *a,
    void (*say)(const char *path, int fault, uint64_t lost_rows));

#endif
