/* SPDX-License-Identifier: MIT
 * What stands behind the '?' of a request: names and values, held against the names that a route knows. */
#ifndef COHERENCE_NET_HTTP_QUERY_H
#define COHERENCE_NET_HTTP_QUERY_H

#include "net/http_head.h"
#include "net/http_route.h"
#include "net/http_text.h"

/* As they came; borrowed. */
struct http_query {
    struct http_field names[HTTP_QUERIES_MAX], values[HTTP_QUERIES_MAX];
    unsigned count; /* of all that came; those beyond HTTP_QUERIES_MAX are not kept */
};

void http_query_add(struct http_query *q, struct http_field name, struct http_field value);

/* Values as a handler gets them, in the order of the route's names. */
struct http_values {
    char bytes[HTTP_QUERIES_MAX][HTTP_VALUE_MAX];
    const char *values[HTTP_QUERIES_MAX]; /* "" = not given */
};

/* Decodes what came into *ret, by the route's names (up to the first NULL). Returns NULL, or why this is no
 * question to that route: an unknown name, one that stands there twice, a value that cannot be decoded. */
const char *http_query_take(
    const struct http_query *q, const char *const names[HTTP_QUERIES_MAX], struct http_values *ret);

#endif
