/* SPDX-License-Identifier: MIT
 * What Datadog is asked: metrics by the names under which its agents report them, and the text of requests in
 * both versions of its API. */
#ifndef COHERENCE_INGESTION_DATADOG_QUERY_H
#define COHERENCE_INGESTION_DATADOG_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "ingestion/datadog/datadog_options.h"

#define DATADOG_QUERIES_MAX 64
#define DATADOG_BATCH_MAX                                                                                    \
    16 /* queries in one request; heuristic, chosen on 2026-11-22: 16 queries of a                           \
          hundred hosts over an hour in steps of 20 s are about 5 MB of JSON */
#define DATADOG_BODY_MAX 32768

enum datadog_kind {
    DATADOG_LEVEL, /* average of a level over the bucket */
    DATADOG_RATE,  /* average of a rate a second over the bucket */
    DATADOG_COUNT  /* how many in the bucket */
};

struct datadog_query {
    char metric[128];
    const char *over;        /* divided by this metric; NULL: by none */
    const char *aggregation; /* over what is not grouped by: "avg", "sum", "max" */
    enum datadog_kind kind;
    const char *groups; /* tags by which it is grouped, "host" first */
    const char *series; /* under this name the intake knows it (intake/meaning_table.c) */
    bool refused;       /* Datadog has refused it: it is left out */
};

struct datadog_plan {
    struct datadog_query queries[DATADOG_QUERIES_MAX];
    size_t count;
    char scope[1024];
    int64_t bucket_s;
};

/* The queries that the options ask for. o: checked (datadog_options_check). Returns 0, or -EINVAL with e:
 * more than DATADOG_QUERIES_MAX, or hosts and scope too long. */
int datadog_plan_init(struct datadog_plan *p, const struct datadog_options *o, struct error *e);

/* Appends a query's text: "avg:system.cpu.user{*} by {host}.rollup(avg, 20).fill(null)". Source: Datadog,
 * "Querying" and "Functions". */
void datadog_query_write(
    const struct datadog_plan *p, const struct datadog_query *q, const char *metric, struct text *out);

/* What is asked in one request: queries from `first` on, in [from_ns, to_ns), whole seconds. chosen[i]:
 * number of the i-th query in the plan. */
struct datadog_batch {
    size_t first, next; /* next: where the following batch begins; count of the plan: there is none */
    size_t most;        /* queries at most, up to DATADOG_BATCH_MAX */
    size_t count;       /* queries in it; 0: all of them are refused */
    size_t chosen[DATADOG_BATCH_MAX];
    int64_t from_ns, to_ns;
};

/* Fills count, next and chosen, and writes the body of POST /api/v2/query/timeseries into out (empty,
 * DATADOG_BODY_MAX bytes). b: first, most, from_ns and to_ns set. */
void datadog_write_v2(const struct datadog_plan *p, struct datadog_batch *b, struct text *out);

/* The same for the path of GET /api/v1/query, with as many queries as fit. */
void datadog_write_v1(const struct datadog_plan *p, struct datadog_batch *b, struct text *out);

/* Does the name match one of the list's globs? */
bool datadog_host_wanted(const char *hosts, const char *name, size_t n);

#endif
