/* SPDX-License-Identifier: MIT
 * What a part of the program offers over HTTP: rows of paths, each with the function that writes the answer.
 * Sources and outputs bring their rows, http_server.h serves them. */
#ifndef COHERENCE_NET_HTTP_ROUTE_H
#define COHERENCE_NET_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "net/http_text.h"

#define HTTP_BODY_MAX    (1024u * 1024u) /* bytes of an answer */
#define HTTP_HEADERS_MAX 2
#define HTTP_QUERIES_MAX 8 /* parameters behind '?' */

struct http_request {
    unsigned form;             /* which of the route's types was asked for */
    const char *rest;          /* what stands for the star of the row's path; "" where it has none */
    const char *const *values; /* of the route's queries, decoded, in their order; "" = not given */
    uint64_t ticket;           /* of this request: what to deliver an answer to that comes later */
};

/* What a handler fills: status 200, no headers and an empty body are given. */
struct http_answer {
    unsigned status;
    const char *type;   /* static; the route's */
    const char *policy; /* static; what a browser may load for it (Content-Security-Policy); NULL: nothing */
    struct {
        const char *name, *value; /* static */
    } headers[HTTP_HEADERS_MAX];
    struct text *body; /* HTTP_BODY_MAX bytes; what does not fit ends the request with 500 */
    bool later;        /* nothing of this is sent: the answer comes with http_server_deliver, for the
                          request's ticket. Only routes with a star, fresh ones, and requests with a query */
};

struct http_route {
    const char *path;                      /* "/api/v1/status"; a last segment of "*" stands for any one */
    const char *types[2];                  /* of the body, the first one preferred; the second may be NULL */
    const char *queries[HTTP_QUERIES_MAX]; /* names that may stand behind '?' */
    const char *help;                      /* one line for people, lower case; NULL: it is not listed */
    bool open;                             /* answered without the token: it tells nothing worth hiding */
    bool fresh;                            /* what it says changes between ticks: it is asked each time */
    bool stream;                           /* server-sent events; answer is NULL */
    bool fixed;                            /* it always says the same: it is asked and compressed once */
    /* Writes the answer to a GET. Not called again for the same path before the next http_server_tick when
     * neither rest nor values were given. */
    void (*answer)(void *context, const struct http_request *q, struct http_answer *a);
};

/* Whether the row serves that path; *ret_rest: what stands for its star, or "". */
bool http_route_serves(const struct http_route *row, const char *path, const char **ret_rest);

/* Which of the row's types an Accept header wants (NULL: there is none, and the first is): 0, 1, or -1: none
 * of them. Where the header says nothing else, the first. */
int http_route_form(const struct http_route *row, const char *accept, size_t accept_n);

/* Makes an error of the answer: the status, and {"error": text} as its body. */
void http_answer_error(struct http_answer *a, unsigned status, const char *text);

#endif
