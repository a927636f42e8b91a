/* SPDX-License-Identifier: MIT
 * What Datadog answers, taken apart: series with their tags and points, in both versions of its API, and its
 * messages. */
#ifndef COHERENCE_INGESTION_DATADOG_ANSWER_H
#define COHERENCE_INGESTION_DATADOG_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define DATADOG_DEPTH_MAX  12     /* levels of nesting; its answers have seven */
#define DATADOG_VALUES_MAX 400000 /* commas and brackets of one answer: bounds what its tree takes */
#define DATADOG_POINTS_MAX 4096   /* of one series; Datadog has no more than 1500 */
#define DATADOG_TAGS_MAX   16
#define DATADOG_TAG_MAX    400 /* bytes of "name:value"; Datadog: 200 characters */

/* One series. Points are in the order of time, each time later than the one before. */
struct datadog_series {
    int64_t query; /* number in the request; -1: not said (then metric and expression tell) */
    const char *metric, *expression;    /* v1; "" in v2 */
    const char *tags[DATADOG_TAGS_MAX]; /* "name:value", NUL-terminated */
    size_t tag_count;
    double scale;        /* of its unit, where that is one of bytes: value * scale is in bytes; else 1 */
    const int64_t *t_ns; /* beginnings of buckets, Unix nanoseconds */
    const double *value; /* NaN: null */
    size_t count;
};

struct datadog_reader {
    void (*series)(void *context, const struct datadog_series *s); /* all pointers for the call only */
    void *context;
    size_t skipped; /* series that could not be taken: tags that are none, times out of order, ... */
};

/* Reads the body of an answer with status 200; bytes: anything. Returns 0, having called r->series for each
 * series; or -EINVAL with e (nothing called): no JSON, or none of the expected shape; -EMSGSIZE with e:
 * more than DATADOG_VALUES_MAX values; -EBADMSG with e: it says itself that something went wrong. */
int datadog_read_v2(const char *bytes, size_t n, struct datadog_reader *r, struct error *e);
int datadog_read_v1(const char *bytes, size_t n, struct datadog_reader *r, struct error *e);

/* The first message of an answer that is an error: {"errors": ["..."]} or {"errors": [{"detail": ...}]}, into
 * out (outside bytes, as they are). Nothing when there is none. */
void datadog_read_message(const char *bytes, size_t n, struct text *out);

/* Does the body of /api/v1/validate say that the key is valid? 1, 0, or -EINVAL. */
int datadog_read_valid(const char *bytes, size_t n);

#endif
