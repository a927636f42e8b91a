/* SPDX-License-Identifier: MIT
 * Brings the HTTP service up and down and keeps its connections: libmicrohttpd reads and writes them, in our
 * loop and on our thread. What is answered is http_request.c's matter, who takes too long http_peers.c's. */
#include "net/http_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "net/endpoint.h"
#include "net/http_server_inside.h"

/* Bytes that libmicrohttpd may use for one connection: a head of HTTP_HEAD_MAX and that of an answer. */
#define CONNECTION_BYTES ((size_t)16384)
#define IDLE_S           65u /* the library's own limit, behind ours (http_peers.h) */
#define SWEEP_NS         INT64_C(1000000000)
#define BEAT_SWEEPS      15u /* sweeps between two beats of the stream */
/* Passes of the daemon in a row before other events of the loop get their turn. Heuristic, chosen on
 * 2026-11-22: one pass serves up to 128 connections in about 2 ms. */
#define PASSES_MAX 4

int64_t http_now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void kick(struct http_server *s)
{
    const uint64_t one = 1;
    const ssize_t written = write(s->kick_fd, &one, sizeof(one));

    (void)written; /* full: it is readable already */
}

/* Lets the daemon work off what there is, a bounded number of passes. */
static void drive(struct http_server *s)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;

    for (int i = 0; i < PASSES_MAX; i++) {
        (void)s->library.run(s->daemon);
        if (s->library.get_timeout(s->daemon, &wait_ms) != MHD_YES || wait_ms > 0)
            return;
    }
    kick(s);
}

/* ---- connections ---- */

static void on_connection(
    void *context, struct MHD_Connection *connection, void **peer, enum MHD_ConnectionNotificationCode what)
{
    struct http_server *s = context;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        struct http_waiting *w = http_later_of(&s->later, connection);
        if (w)
            http_later_forget(w, &s->maker);
        if (*peer)
            http_peers_remove(&s->peers, *peer);
        *peer = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        s->library.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *peer = info ? http_peers_add(&s->peers, info->connect_fd, http_now_ns()) : NULL;
}

static void on_completed(
    void *context, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode how)
{
    struct http_server *s = context;
    struct http_upload *upload = http_upload_of(&s->uploads, connection);

    (void)how;
    if (upload)
        http_upload_end(&s->uploads, upload);
    if (*request)
        http_peer_enter(*request, HTTP_PEER_IDLE, http_now_ns());
    *request = NULL;
}

/* Escapes are left as they came: http_text.c reads paths and values. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context, (void)connection;
    return strlen(text);
}

/* ---- life ---- */

static int start_daemon(struct http_server *s, int listen_fd, bool is_ipv6, struct error *e)
{
    const struct MHD_OptionItem with_tls[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)HTTP_TLS_PRIORITIES},
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, http_tls_callback()}, {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem without[] = {{MHD_OPTION_END, 0, NULL}};

    s->daemon = s->library.start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
                                            (is_ipv6 ? (unsigned)MHD_USE_IPv6 : 0u) |
                                            (s->tls ? (unsigned)MHD_USE_TLS : 0u),
        0, NULL, NULL, http_request_take, s, MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_CONNECTION_LIMIT,
        s->peers.capacity, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, s,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
        MHD_OPTION_ARRAY, s->tls ? with_tls : without, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        s->daemon ? s->library.get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info)
        return error_set(e, -EIO, "the HTTP library does not start");
    s->daemon_fd = info->epoll_fd;
    return 0;
}

static int take_memory(struct http_server *s, struct error *e)
{
    char *body = malloc(HTTP_BODY_MAX);

    s->maker = (struct http_reply_maker){
        .library = &s->library, .zip = http_zip_new(), .scratch = malloc(HTTP_BODY_MAX)};
    s->stream = http_stream_new(&s->library);
    s->later.library = &s->library;
    s->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!body || !s->maker.zip || !s->maker.scratch || !s->stream || s->kick_fd < 0 ||
        http_peers_init(&s->peers, (uint32_t)s->options.max_connections) != 0) {
        free(body);
        return error_set(e, -ENOMEM, "not enough memory for the HTTP service");
    }
    text_init(&s->body, body, HTTP_BODY_MAX);
    return 0;
}

static int open_server(struct http_server *s, struct error *e)
{
    struct endpoint at;
    struct error why;
    struct text where;
    const char *key;
    int r = http_options_check(&s->options, &key, e);

    if (r == 0 && s->options.token_file[0])
        r = http_token_read(s->options.token_file, s->token, e);
    if (r == 0)
        r = http_library_load(&s->library, e);
    if (r == 0 && s->options.tls_cert[0]) {
        s->tls = http_tls_open(s->options.tls_cert, s->options.tls_key, e);
        r = s->tls ? 0 : e->code;
    }
    if (r == 0)
        r = take_memory(s, e);
    if (r)
        return r;
    http_peers_raise_descriptors(&s->peers);
    (void)endpoint_parse(s->options.listen, strlen(s->options.listen), &at, NULL);
    const int fd = endpoint_listen(&at, &why);
    if (fd < 0)
        return error_set(e, fd, "http.listen %s: %s", s->options.listen, why.text);
    text_init(&where, s->where, sizeof(s->where));
    endpoint_describe(fd, &where);
    return start_daemon(s, fd, at.address.ss_family == AF_INET6, e);
}

struct http_server *http_server_open(const struct http_options *options, struct error *e)
{
    struct http_server *s = calloc(1, sizeof(*s));

    if (!s) {
        error_set(e, -ENOMEM, "not enough memory for the HTTP service");
        return NULL;
    }
    s->options = *options;
    s->kick_fd = s->daemon_fd = -1;
    s->generation = 1;
    if (open_server(s, e) != 0) {
        http_server_close(s);
        return NULL;
    }
    return s;
}

int http_server_prepare(struct http_server *s, const struct http_options *options, struct error *e)
{
    explicit_bzero(s->next_token, sizeof(s->next_token));
    const int r = options->token_file[0] ? http_token_read(options->token_file, s->next_token, e) : 0;
    return r || !s->tls ? r : http_tls_prepare(s->tls, options->tls_cert, options->tls_key, e);
}

void http_server_commit(struct http_server *s, const struct http_options *options)
{
    memcpy(s->token, s->next_token, sizeof(s->token));
    explicit_bzero(s->next_token, sizeof(s->next_token));
    if (s->tls)
        http_tls_commit(s->tls, http_now_ns());
    s->options = *options;
}

int http_server_route(
    struct http_server *s, const struct http_route *rows, size_t n, void *context, struct error *e)
{
    unsigned codings = s->codings;

    if (s->route_count + n > HTTP_ROUTES_MAX)
        return error_set(e, -ENOSPC, "more routes than the HTTP service has room for");
    for (size_t i = 0; i < n; i++) {
        s->routes[s->route_count++] = (struct route_group){.row = &rows[i], .context = context};
        codings |= rows[i].take ? rows[i].codings : 0;
    }
    if (codings == s->codings)
        return 0;
    s->codings = codings;
    return http_uploads_init(&s->uploads, s->options.max_body, s->options.max_body_decoded, codings, e);
}

static void on_daemon(void *context)
{
    drive(context);
}

static void on_kick(void *context)
{
    struct http_server *s = context;
    uint64_t kicks;
    const ssize_t got = read(s->kick_fd, &kicks, sizeof(kicks));

    (void)got;
    drive(s);
}

static void on_sweep(void *context, const struct loop_instant *now)
{
    struct http_server *s = context;

    http_peers_sweep(&s->peers, now->mono_ns);
    if (++s->sweeps % BEAT_SWEEPS == 0) {
        http_stream_beat(s->stream);
        http_stream_wake(s->stream);
    }
    drive(s);
}

int http_server_start(struct http_server *s, struct loop *l)
{
    int r = loop_on_readable(l, s->daemon_fd, on_daemon, s);

    if (r == 0)
        r = loop_on_readable(l, s->kick_fd, on_kick, s);
    if (r == 0)
        r = loop_every(l, SWEEP_NS, on_sweep, s);
    s->loop = l;
    return r;
}

void http_server_tick(struct http_server *s)
{
    s->generation++;
    http_stream_wake(s->stream);
    kick(s);
}

void http_server_push(struct http_server *s, const char *line, size_t n)
{
    http_stream_push(s->stream, line, n);
}

void http_server_deliver(struct http_server *s, uint64_t ticket, const struct http_answer *a)
{
    if (http_later_deliver(&s->later, &s->maker, ticket, a))
        kick(s);
}

bool http_server_has_listeners(const struct http_server *s)
{
    return http_stream_listeners(s->stream) > 0;
}

struct http_counts http_server_counts(const struct http_server *s)
{
    struct http_counts c = {.refused_head = s->refused_head,
        .overdue = s->peers.overdue,
        .evicted = s->peers.evicted,
        .stream_dropped = http_stream_dropped(s->stream),
        .connections = s->peers.count,
        .listeners = http_stream_listeners(s->stream),
        .certificate_s = s->tls ? http_tls_expiry_s(s->tls) : 0};

    memcpy(c.answered, s->answered, sizeof(c.answered));
    return c;
}

void http_server_describe(const struct http_server *s, struct text *out)
{
    text_add(out, s->tls ? "https://" : "http://");
    text_add(out, s->where);
}

const struct http_route *http_server_row(const struct http_server *s, size_t i)
{
    return i < s->route_count ? s->routes[i].row : NULL;
}

void http_server_close(struct http_server *s)
{
    if (!s)
        return;
    if (s->loop) {
        loop_forget(s->loop, s->daemon_fd);
        loop_forget(s->loop, s->kick_fd);
    }
    if (s->daemon) {
        http_stream_end(s->stream);
        http_later_end(&s->later);
        drive(s);
        s->library.stop_daemon(s->daemon);
    }
    for (size_t i = 0; i < HTTP_ROUTES_MAX; i++)
        for (size_t k = 0; k < 2; k++)
            http_reply_forget(&s->maker, &s->kept[i][k].reply);
    http_stream_free(s->stream);
    http_zip_free(s->maker.zip);
    http_tls_free(s->tls);
    http_peers_free(&s->peers);
    http_uploads_done(&s->uploads);
    free(s->maker.scratch);
    free(s->body.data);
    if (s->kick_fd >= 0)
        (void)close(s->kick_fd);
    explicit_bzero(s->token, sizeof(s->token));
    explicit_bzero(s->next_token, sizeof(s->next_token));
    free(s);
}
