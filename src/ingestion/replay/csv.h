/* SPDX-License-Identifier: MIT
 * Fields and header of comma-separated values. Source: RFC 4180, with LF as well as CRLF. */
#ifndef COHERENCE_INGESTION_CSV_H
#define COHERENCE_INGESTION_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CSV_COLUMNS_MAX 4096
#define CSV_FIELD_MAX   (64u * 1024u)

enum csv_after {
    CSV_COMMA, /* another field follows */
    CSV_LINE,  /* the record ends here */
    CSV_CUT,   /* the bytes end inside the field: read more */
    CSV_FAULT  /* not CSV: see fault */
};

struct csv_field {
    const char *raw; /* as it stands, quotes included */
    size_t raw_n;
    const char *text; /* without the quotes; doubled quotes still doubled */
    size_t n;
    bool doubled;      /* holds doubled quotes */
    bool newline;      /* holds a newline */
    const char *fault; /* what is wrong, for CSV_FAULT; raw then points at the place */
};

/* Splits off the field at p. end: after a newline, so that an unquoted field always ends. *ret_next: after
 * the comma or line end. */
enum csv_after csv_field_next(const char *p, const char *end, struct csv_field *f, const char **ret_next);

/* The text of a field with doubled quotes made single, in out (n bytes at least). Returns its length. */
size_t csv_field_text(const struct csv_field *f, char *out);

enum csv_role {
    CSV_METRIC,
    CSV_TIMESTAMP,
    CSV_HOST,
    CSV_NOW,
    CSV_ENTITY,
    CSV_METRIC_NAME,
    CSV_VALUE,
    CSV_IGNORED
};

struct csv_column {
    enum csv_role role;
    bool non_negative; /* CSV_METRIC: a known counter or count */
    const char *name;  /* CSV_METRIC: owned by the header */
    size_t name_n;
};

struct csv_header {
    bool is_long;
    bool has_now;
    size_t count;        /* columns */
    size_t metric_count; /* of them CSV_METRIC */
    size_t ignored;      /* of them CSV_IGNORED */
    struct csv_column *columns;
    char *names;
};

/* Parses the header line at line[0..n) (with its newline). name: for messages. Returns 0, -ENOMEM or -EBADMSG
 * with e filled (line 1). */
int csv_header_parse(struct csv_header *h, const char *line, size_t n, const char *name, struct error *e);
void csv_header_done(struct csv_header *h);

#endif
