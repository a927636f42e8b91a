/* SPDX-License-Identifier: MIT
 * Telemetry as JSON lines: one flat object a line, {"t":..., "host":"...", "entity":"kind:name",
 * "metric":"...", "value":...}. */
#ifndef COHERENCE_INGESTION_JSONL_H
#define COHERENCE_INGESTION_JSONL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingestion/replay/replay_input.h"

struct jsonl {
    struct replay_input *in; /* borrowed */
    int64_t t_ns;            /* of the text below */
    size_t time_n;
    char time[REPLAY_TIME_TEXT_MAX + 2]; /* the time of the line before as it stands there */
};

void jsonl_init(struct jsonl *j, struct replay_input *in);

/* Parses the lines in p[0..end). Returns 0 or the fault that ends the replay. cut: the last line had no
 * newline of its own. */
int jsonl_rows(struct jsonl *j, const char *p, const char *end, bool cut);

/* Is the metric of the line at p one that announces the input's own clock? */
bool jsonl_announces_clock(const char *p, const char *end);

#endif
