/* SPDX-License-Identifier: MIT
 * Metrics as text: Prometheus' format 0.0.4 or OpenMetrics 1.0. Source: prometheus.io/docs/instrumenting/
 * exposition_formats, the OpenMetrics specification. */
#ifndef COHERENCE_OUTPUT_API_EXPOSITION_H
#define COHERENCE_OUTPUT_API_EXPOSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct exposition {
    struct text *out;
    bool openmetrics;
    const char *family; /* of the samples that follow */
};

enum exposition_type { EXPOSITION_GAUGE, EXPOSITION_COUNTER, EXPOSITION_INFO };

/* A label and its value: outside bytes, NUL-terminated; what is not printable UTF-8 is shown as \xNN. */
struct exposition_label {
    const char *name, *value;
};

/* Begins a family. name: in full, a counter's with "_total", an info's with "_info"; help: one line, no
 * backslash. All samples of a family follow one another. */
void exposition_begin(struct exposition *x, const char *name, enum exposition_type type, const char *help);

/* One sample of the family; labels end with a name of NULL (NULL: none). Absent values (NaN) are left out. */
void exposition_put(struct exposition *x, const struct exposition_label *labels, double value);
void exposition_put_count(struct exposition *x, const struct exposition_label *labels, uint64_t value);

/* What must stand at the end. */
void exposition_end(struct exposition *x);

/* Appends the name under which an entity stands in metrics, "kind:name": what is in the name an id of a thing
 * that comes and goes becomes a star, so that the number of names stays what it is when things are started
 * anew. Ids are runs of 12 or more hexadecimal digits among them a decimal one, UUIDs, and in names of
 * transient scopes all numbers. At most 128 bytes of the name. kind: "cgroup". */
void exposition_add_name(struct text *out, const char *kind, const char *name);

#endif
