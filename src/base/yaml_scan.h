/* SPDX-License-Identifier: MIT
 * The first of the two passes of base/yaml.h, over bytes: what may not be in the text at all, whatever its
 * structure. Not for others. */
#ifndef COHERENCE_BASE_YAML_SCAN_H
#define COHERENCE_BASE_YAML_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Where both passes say what is wrong; keeps to YAML_PROBLEMS_MAX. */
struct yaml_reporter {
    const char *name;                                      /* borrowed */
    void (*problem)(void *context, const struct error *e); /* NULL: nobody listens */
    void *context;
    unsigned count; /* problems so far */
    bool full;      /* the limit was passed and said: stop */
};

void yaml_report(struct yaml_reporter *r, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What the second pass has to know about the bytes. */
struct yaml_scan {
    size_t start;         /* bytes to pass over: a byte order mark */
    bool indented_by_tab; /* structure cannot be trusted: do not report follow-ups */
    bool hopeless;        /* not UTF-8 text at all: no second pass */
};

/* Checks bytes[0..n) and reports what it finds, each sort of fault once a line. Offending bytes are
 * overwritten (a tab by a blank, the % of a directive by a comment's #, others by '_'), so that the second
 * pass can go on with every byte at its old place. */
struct yaml_scan yaml_scan_bytes(char *bytes, size_t n, struct yaml_reporter *r);

#endif
