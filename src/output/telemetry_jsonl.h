/* SPDX-License-Identifier: MIT
 * Keeps telemetry as JSON lines ({"t":...,"host":...,"entity":...,"metric":...,"value":...}) with its ticks,
 * so that a replay judges the same: what telemetry_csv.h says of long CSV holds here too, but for names that
 * are not UTF-8, whose bad bytes become U+FFFD. The member entity is left out for the host itself; what is
 * missing is null. */
#ifndef COHERENCE_OUTPUT_TELEMETRY_JSONL_H
#define COHERENCE_OUTPUT_TELEMETRY_JSONL_H

#include <stdint.h>

#include "base/error.h"
#include "core/feed.h"

struct telemetry_jsonl;

/* The same as the functions of telemetry_csv.h. */
struct telemetry_jsonl *telemetry_jsonl_open(const char *path, struct error *e);
int telemetry_jsonl_frame(
    struct telemetry_jsonl *w, const struct catalog *c, int64_t t_ns, const struct sample *samples, size_t n);
int telemetry_jsonl_gone(
    struct telemetry_jsonl *w, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end);
int telemetry_jsonl_tick(struct telemetry_jsonl *w, const struct catalog *c, int64_t now_ns);
int telemetry_jsonl_close(struct telemetry_jsonl *w, uint64_t *ret_lost);

#endif
