/* SPDX-License-Identifier: MIT
 * Tries the keys, once: is the API key valid, may the application key read metrics, and is there anything to
 * read? For `doctor`. */
#ifndef COHERENCE_INGESTION_DATADOG_CHECK_H
#define COHERENCE_INGESTION_DATADOG_CHECK_H

#include "ingestion/datadog/datadog.h"
#include "ingestion/datadog/datadog_query.h"

struct datadog_finding {
    struct datadog_query query;
    size_t series; /* with a value in the last ten minutes */
};

struct datadog_check {
    struct datadog_keys keys;
    bool valid;                         /* the API key is one of this site */
    bool readable;                      /* the query was answered */
    int version;                        /* of the API that answered it */
    char why[1024];                     /* why not; "" */
    size_t hosts;                       /* with a value of system.cpu.user, or of the first query */
    int64_t newest_ns;                  /* beginning of the newest bucket with a value; INT64_MIN: none */
    int64_t limit, remaining, period_s; /* of requests, as it says; -1: it does not */
    struct datadog_finding findings[DATADOG_QUERIES_MAX];
    size_t count;
};

struct datadog_checking;

/* As datadog_open. */
struct datadog_checking *datadog_check_open(
    const struct datadog_options *o, struct http_client *c, const char *const *environment, struct error *e);

/* Asks, and stops the loop when everything is known. Returns 0 or -errno. now_ns: real time. */
int datadog_check_start(struct datadog_checking *k, struct loop *l, int64_t now_ns);

/* What is known. Valid as long as it is open. */
const struct datadog_check *datadog_check_result(const struct datadog_checking *k);

void datadog_check_close(struct datadog_checking *k); /* NULL allowed; before the client */

#endif
