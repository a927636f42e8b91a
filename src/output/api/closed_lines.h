/* SPDX-License-Identifier: MIT
 * The last that was said of incidents that are over and of their findings, as lines, in memory: what a
 * sentinel without a state directory can tell of them. */
#ifndef COHERENCE_OUTPUT_API_CLOSED_LINES_H
#define COHERENCE_OUTPUT_API_CLOSED_LINES_H

#include "core/event.h"

#define CLOSED_LINES_BYTES (256u << 10) /* of lines; then the oldest go: some hundred incidents */
#define CLOSED_LINES_MAX   512u

struct closed_lines;

struct closed_line {
    char id[HASH_ID_TEXT_MAX];
    bool is_incident; /* else a finding */
    uint32_t host;    /* entity id, of an incident */
    int64_t start_ns, end_ns;
    const char *text; /* JSON without a newline; borrowed until the next one comes */
    size_t n;
};

struct closed_lines *closed_lines_new(void); /* NULL: out of memory */
void closed_lines_free(struct closed_lines *l);

/* Keeps a line; what there is no room for is not kept. line->text is copied. */
void closed_lines_add(struct closed_lines *l, const struct closed_line *line);

/* The i-th, the latest first. False: there are no more. */
bool closed_lines_get(const struct closed_lines *l, uint32_t i, struct closed_line *ret);

#endif
