/* SPDX-License-Identifier: MIT
 * What the files of the server share: the server itself. http_server.c brings it up and keeps its
 * connections, http_request.c answers. */
#ifndef COHERENCE_NET_HTTP_SERVER_INSIDE_H
#define COHERENCE_NET_HTTP_SERVER_INSIDE_H

#include "net/http_later.h"
#include "net/http_library.h"
#include "net/http_peers.h"
#include "net/http_reply.h"
#include "net/http_server.h"
#include "net/http_stream.h"
#include "net/http_tls.h"
#include "net/http_upload.h"

struct route_group {
    const struct http_route *row;
    void *context;
};

struct kept {
    struct http_reply reply;
    uint64_t generation; /* of the tick that it was made in */
};

struct http_server {
    struct http_options options;
    char token[HTTP_TOKEN_MAX], next_token[HTTP_TOKEN_MAX]; /* next: prepared, not committed */
    struct http_library library;
    struct MHD_Daemon *daemon;
    struct loop *loop;
    int daemon_fd; /* an epoll of the daemon's: readable when there is something to do */
    int kick_fd;   /* an eventfd: there is more to do */
    char where[64];
    struct route_group routes[HTTP_ROUTES_MAX];
    size_t route_count;
    struct kept kept[HTTP_ROUTES_MAX][2];
    uint64_t generation;
    struct http_reply_maker maker;
    struct http_peers peers;
    struct http_stream *stream;
    struct http_later later;
    struct http_tls *tls; /* NULL: none */
    struct http_uploads uploads;
    unsigned codings; /* in which the routes take bodies */
    unsigned sweeps;
    uint64_t answered[6], refused_head;
    struct text body;
};

/* CLOCK_MONOTONIC. */
int64_t http_now_ns(void);

/* The library's callback for each request: once when its head is there, then for each piece of its body, then
 * when all of it is. context: the struct http_server. */
enum MHD_Result http_request_take(void *context, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *body, size_t *body_n, void **request);

#endif
