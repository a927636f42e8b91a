/* SPDX-License-Identifier: MIT
 * One request to Datadog's API and, in plain words, what became of it. */
#ifndef COHERENCE_INGESTION_DATADOG_REQUEST_H
#define COHERENCE_INGESTION_DATADOG_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "ingestion/datadog/datadog_keys.h"
#include "ingestion/datadog/datadog_options.h"
#include "net/http_client.h"

#define DATADOG_PATH_V2       "/api/v2/query/timeseries"
#define DATADOG_PATH_VALIDATE "/api/v1/validate"

struct datadog_request {
    struct http_client *client;
    const struct datadog_keys *keys;
    const struct datadog_options *options;
    const char *path;
    const struct text *body; /* NULL: GET */
    bool api_key_only;
    void (*on_header)(void *context, const char *line, size_t n);
    void (*on_answer)(void *context, const struct http_client_answer *a);
    void *context;
};

/* Sends it, the keys in headers. Returns as http_client_send. */
int datadog_send(const struct datadog_request *r, uint64_t *ret_id);

/* What kind of end an answer is. */
enum datadog_end {
    DATADOG_END_GOOD,    /* 200 */
    DATADOG_END_REFUSED, /* 401, 403: keys, or their scope */
    DATADOG_END_ABSENT,  /* 404: not at this address */
    DATADOG_END_WRONG,   /* 400: what was asked */
    DATADOG_END_LIMITED, /* 429 */
    DATADOG_END_LONG,    /* too long an answer */
    DATADOG_END_FAILED   /* anything else: no connection, 5xx, ... */
};
enum datadog_end datadog_end_of(const struct http_client_answer *a);

/* Appends why it did not work and what to look at. The keys are not in it, whatever the answer says. */
void datadog_explain(const struct datadog_keys *k, const struct http_client_answer *a, struct text *out);

#endif
