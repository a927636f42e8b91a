/* SPDX-License-Identifier: MIT
 * What a part of the program offers over HTTP: rows of paths, each with the function that writes the answer.
 * Sources and outputs bring their rows, http_server.h serves them. */
#ifndef COHERENCE_NET_HTTP_ROUTE_H
#define COHERENCE_NET_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "net/http_head.h"

#define HTTP_BODY_MAX    (1024u * 1024u) /* bytes of an answer */
#define HTTP_HEADERS_MAX 4
#define HTTP_QUERIES_MAX 8 /* parameters behind '?' */
#define HTTP_ACCEPTS_MAX 2

struct http_request {
    unsigned form;             /* which of the route's types was asked for */
    const char *rest;          /* what stands for the star of the row's path; "" where it has none */
    const char *const *values; /* of the route's queries, decoded, in their order; "" = not given */
    uint64_t ticket;           /* of this request: what to deliver an answer to that comes later */
};

/* How a body may be compressed: bits. */
enum http_coding { HTTP_CODING_NONE = 1, HTTP_CODING_GZIP = 2, HTTP_CODING_SNAPPY = 4 };

/* What was sent to a route that takes something; all borrowed for the call. */
struct http_post {
    const char *bytes; /* decompressed; n = 0: nothing */
    size_t n;
    unsigned accept;              /* which of the row's media types it is */
    const struct http_head *head; /* of the request */
};

/* What a handler fills: status 200, no headers and an empty body are given. */
struct http_answer {
    unsigned status;
    const char *type;   /* static; the route's */
    const char *policy; /* static; what a browser may load for it (Content-Security-Policy); NULL: nothing */
    struct {
        const char *name, *value; /* static, or the handler's until its next call */
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

    /* A row that takes a POST has this instead of answer and types: takes what was sent and writes what is
     * said to it. Each time, and only with the token. An answer with status 503 asks to come again. */
    void (*take)(void *context, const struct http_post *p, struct http_answer *a);
    const char *accepts[HTTP_ACCEPTS_MAX]; /* media types without parameters; others get 415 */
    unsigned codings;                      /* of enum http_coding; others get 415 */

    /* A row that is switched off has this alone beside its path: what to switch on. Whatever is asked of it,
     * the answer is 404 with these words. */
    const char *off;
};

/* Whether the row serves that path; *ret_rest: what stands for its star, "" where it has none. */
bool http_route_serves(const struct http_route *row, const char *path, const char **ret_rest);

/* Which of the types is wanted by an Accept header (text NULL: none came): its index; -1: none of them. Where
 * the header says nothing else, the first. */
int http_route_form(const struct http_route *row, struct http_field accept);

/* Which of the media types that a row accepts this Content-Type is, parameters and case aside; -1: none. */
int http_route_accept(const struct http_route *row, struct http_field type);

/* Makes an error of the answer: the status, and {"error": text} as its body. */
void http_answer_error(struct http_answer *a, unsigned status, const char *text);

#endif
