/* SPDX-License-Identifier: MIT
 * The HTTP service: rows of routes served in the event loop, by libmicrohttpd without a thread of its own. It
 * answers GET and HEAD, and POST where a row takes one, to whoever names us rightly, within fixed limits of
 * time, bytes and connections.
 *
 * In the order of use: http_server_open before the seal, http_server_route for each part's rows,
 * http_server_start with the loop, http_server_tick after each tick, http_server_close. */
#ifndef COHERENCE_NET_HTTP_SERVER_H
#define COHERENCE_NET_HTTP_SERVER_H

#include <stdint.h>

#include "base/error.h"
#include "net/http_options.h"
#include "net/http_route.h"
#include "net/loop.h"

#define HTTP_ROUTES_MAX 32

/* What was served and what was not; all since the start. */
struct http_counts {
    uint64_t answered[6];    /* by the hundreds of the status; 0: none */
    uint64_t refused_head;   /* requests that were refused for their form: Host, path, headers, a body */
    uint64_t overdue;        /* connections closed because they took too long */
    uint64_t evicted;        /* connections closed to make room for others */
    uint64_t stream_dropped; /* listeners of the stream that were too slow */
    uint32_t connections;    /* now */
    uint32_t listeners;      /* of the stream, now */
    int64_t certificate_s;   /* Unix seconds: when the certificate that serves ends; 0: no TLS */
};

struct http_server;

/* Loads the library, reads the token, listens. NULL with e filled: e->code -EINVAL for what is wrong in the
 * configuration or the token's file, else what this host cannot do. options: copied. */
struct http_server *http_server_open(const struct http_options *options, struct error *e);

/* Adds rows, which must outlive the server; those that take something before the seal. context goes to their
 * handlers. Returns 0, or -errno with e filled: -ENOSPC, -ENOMEM, or no library to decompress. */
int http_server_route(
    struct http_server *s, const struct http_route *rows, size_t n, void *context, struct error *e);

/* Serves from now on, in callbacks of l. Returns 0 or -errno. */
int http_server_start(struct http_server *s, struct loop *l);

/* What answers are made of has changed: what was kept of them is forgotten, and the stream's listeners get
 * what was pushed. */
void http_server_tick(struct http_server *s);

/* One line, without its newline, for the listeners of the stream. They get it at the next http_server_tick.
 */
void http_server_push(struct http_server *s, const char *line, size_t n);
bool http_server_has_listeners(const struct http_server *s);

/* Options that changed while it serves, in two steps, so that nothing is changed when one part refuses: reads
 * what token_file names now; then token and allowed hosts hold (listen and max_connections stay). Returns 0,
 * or -EINVAL with e filled: the token cannot be used, and the old one goes on. */
int http_server_prepare(struct http_server *s, const struct http_options *options, struct error *e);
void http_server_commit(struct http_server *s, const struct http_options *options);

/* The answer to a request that was told to wait (http_answer.later); copied. Who asked may be gone. */
void http_server_deliver(struct http_server *s, uint64_t ticket, const struct http_answer *a);

struct http_counts http_server_counts(const struct http_server *s);

/* Appends "http://127.0.0.1:9911". */
void http_server_describe(const struct http_server *s, struct text *out);

/* The rows, for the list of them; i < HTTP_ROUTES_MAX. NULL: no more. */
const struct http_route *http_server_row(const struct http_server *s, size_t i);

/* Ends all connections and frees. NULL allowed. Before loop_free. */
void http_server_close(struct http_server *s);

#endif
