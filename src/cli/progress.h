/* SPDX-License-Identifier: MIT
 * How far the reading of files is, and how long the rest will take: one line on a terminal's stderr,
 * rewritten now and then. */
#ifndef COHERENCE_CLI_PROGRESS_H
#define COHERENCE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool shown; /* stderr is a terminal */
    bool on_line;
    uint64_t total_bytes; /* of all inputs; 0: not known (a pipe) */
    int64_t began_ns, said_ns;
    uint32_t skipped; /* calls since the clock was last looked at */
};

void progress_begin(struct progress *p, uint64_t total_bytes);

/* done_bytes: read so far; now_ns: of the telemetry. Cheap: looks at the clock once in many calls. */
void progress_step(struct progress *p, uint64_t done_bytes, int64_t now_ns);

/* Clears the line. */
void progress_end(struct progress *p);

#endif
