/* SPDX-License-Identifier: MIT
 * Turns requests into calls of routes, and what they write into answers that are kept until the next tick.
 * Syntax and connections are libmicrohttpd's matter, in our loop and on our thread; the form of heads
 * (http_head.c), deadlines (http_peers.c), the stream (http_stream.c) and the answers' bytes (http_reply.c)
 * have files of their own. */
#include "net/http_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "net/endpoint.h"
#include "net/http_head.h"
#include "net/http_later.h"
#include "net/http_library.h"
#include "net/http_peers.h"
#include "net/http_query.h"
#include "net/http_reply.h"
#include "net/http_stream.h"
#include "net/http_tls.h"

/* Bytes that libmicrohttpd may use for one connection: a head of HTTP_HEAD_MAX and that of an answer. */
#define CONNECTION_BYTES ((size_t)16384)
#define IDLE_S           65u /* the library's own limit, behind ours (http_peers.h) */
#define SWEEP_NS         INT64_C(1000000000)
#define BEAT_SWEEPS      15u /* sweeps between two beats of the stream */
/* Passes of the daemon in a row before other events of the loop get their turn. Heuristic, chosen on
 * 2026-11-22: one pass serves up to 128 connections in about 2 ms. */
#define PASSES_MAX 4

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
    unsigned sweeps;
    uint64_t answered[6], refused_head;
    struct text body;
};

/* One request on its way through. */
struct asked {
    struct MHD_Connection *connection;
    struct http_peer *peer;
    const char *path, *rest;
    struct http_head head;
    size_t route; /* index */
    unsigned form;
    struct http_query query;
    bool is_head, zipped;
};

static int64_t now_ns(void)
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

/* ---- requests ---- */

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_n,
    const char *value, size_t value_n)
{
    (void)kind;
    http_head_add(
        context, (struct http_field){name, name_n}, (struct http_field){value ? value : "", value_n});
    return MHD_YES;
}

static enum MHD_Result take_query(void *context, enum MHD_ValueKind kind, const char *name, size_t name_n,
    const char *value, size_t value_n)
{
    struct asked *q = context;

    (void)kind;
    http_query_add(
        &q->query, (struct http_field){name, name_n}, (struct http_field){value ? value : "", value_n});
    return MHD_YES;
}

static enum MHD_Result queue(
    struct http_server *s, const struct asked *q, unsigned status, struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    s->answered[status / 100 < 6 ? status / 100 : 0]++;
    http_peer_enter(q->peer, HTTP_PEER_ANSWERED, now_ns());
    return s->library.queue_response(q->connection, status, response);
}

/* An answer for this request alone. */
static enum MHD_Result queue_once(struct http_server *s, const struct asked *q, const struct http_answer *a)
{
    struct http_reply reply;

    if (http_reply_make(&s->maker, a, &reply) != 0)
        return MHD_NO; /* the connection is closed */
    const enum MHD_Result r = queue(s, q, a->status, http_reply_form(&s->maker, &reply, q->zipped));
    http_reply_forget(&s->maker, &reply);
    return r;
}

static enum MHD_Result refuse(struct http_server *s, const struct asked *q, unsigned status, const char *why)
{
    struct http_answer a = {.body = &s->body};

    http_answer_error(&a, status, why);
    if (status == 401)
        a.headers[0].name = "WWW-Authenticate", a.headers[0].value = "Bearer";
    else if (status == 405)
        a.headers[0].name = "Allow", a.headers[0].value = "GET, HEAD";
    else if (status == 503)
        a.headers[0].name = "Retry-After", a.headers[0].value = "10";
    if (status == 400 || status == 405 || status == 431)
        a.headers[1].name = "Connection", a.headers[1].value = "close";
    return queue_once(s, q, &a);
}

static void write_answer(
    struct http_server *s, const struct asked *q, const char *const *values, struct http_answer *a)
{
    const struct route_group *g = &s->routes[q->route];
    const struct http_request request = {
        .form = q->form, .rest = q->rest, .values = values, .ticket = ++s->later.last_ticket};

    text_clear(&s->body);
    *a = (struct http_answer){.status = 200, .type = g->row->types[q->form], .body = &s->body};
    g->row->answer(g->context, &request, a);
    if (a->body->truncated && !a->later)
        http_answer_error(a, 500, "the answer is too long");
}

static const char *const nothing_given[HTTP_QUERIES_MAX] = {"", "", "", "", "", "", "", ""};

static enum MHD_Result answer_kept(struct http_server *s, const struct asked *q)
{
    struct kept *k = &s->kept[q->route][q->form];
    struct http_answer a;

    if (!k->reply.plain || (k->generation != s->generation && !s->routes[q->route].row->fixed)) {
        http_reply_forget(&s->maker, &k->reply);
        write_answer(s, q, nothing_given, &a);
        if (http_reply_make(&s->maker, &a, &k->reply) != 0)
            return MHD_NO;
        k->generation = s->generation;
    }
    const struct http_head *h = &q->head;
    if (k->reply.status == 200 && h->if_none_match.text &&
        http_etag_matches(h->if_none_match.text, h->if_none_match.n, k->reply.etag)) {
        struct MHD_Response *unchanged = http_reply_unchanged(&s->maker, &k->reply);
        const enum MHD_Result r = queue(s, q, 304, unchanged);
        if (unchanged)
            s->library.destroy_response(unchanged);
        return r;
    }
    return queue(s, q, k->reply.status, http_reply_form(&s->maker, &k->reply, q->zipped));
}

static enum MHD_Result answer_stream(struct http_server *s, const struct asked *q)
{
    static char nothing[1];
    struct MHD_Response *r = q->is_head
                                 ? s->library.create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT)
                                 : http_stream_join(s->stream, q->connection, q->peer->fd);

    if (!r)
        return refuse(s, q, 503, "too many listen already");
    http_reply_protect(&s->maker, r, NULL);
    (void)s->library.add_response_header(r, "Content-Type", s->routes[q->route].row->types[0]);
    const enum MHD_Result queued = queue(s, q, 200, r);
    s->library.destroy_response(r);
    if (queued == MHD_YES && !q->is_head)
        http_peer_enter(q->peer, HTTP_PEER_LISTENS, now_ns());
    return queued;
}

/* The row that serves the path; false: none. */
static bool find_route(const struct http_server *s, struct asked *q)
{
    for (q->route = 0; q->route < s->route_count; q->route++)
        if (http_route_serves(s->routes[q->route].row, q->path, &q->rest))
            return true;
    return false;
}

static bool has_token(const struct http_server *s, const struct asked *q)
{
    const struct http_field *f = &q->head.authorization;
    return s->token[0] == '\0' || (f->text && http_bearer_is(f->text, f->n, s->token));
}

static enum MHD_Result answer_route(struct http_server *s, struct asked *q)
{
    const struct http_route *row = s->routes[q->route].row;
    struct http_values values;
    struct http_answer a;

    const int form = http_route_form(row, q->head.accept.text, q->head.accept.n);
    if (form < 0)
        return refuse(s, q, 406, "no such representation");
    q->form = (unsigned)form;
    if (row->stream)
        return answer_stream(s, q);
    if (q->query.count == 0 && q->rest[0] == '\0' && !row->fresh)
        return answer_kept(s, q);
    const char *wrong = http_query_take(&q->query, row->queries, &values);
    if (wrong)
        return refuse(s, q, 400, wrong);
    write_answer(s, q, values.values, &a);
    if (!a.later)
        return queue_once(s, q, &a);
    if (!http_later_has_room(&s->later))
        return refuse(s, q, 503, "too many questions wait for their answers already");
    http_peer_enter(q->peer, HTTP_PEER_ANSWERED, now_ns());
    http_later_wait(&s->later, q->connection, s->later.last_ticket, q->zipped);
    return MHD_YES;
}

/* A connection that slept is awake. */
static enum MHD_Result answer_late(struct http_server *s, const struct asked *q, struct http_waiting *w)
{
    enum MHD_Result r = MHD_NO;

    if (!w->done)
        return MHD_YES;
    if (w->reply.plain)
        r = queue(s, q, w->reply.status, http_reply_form(&s->maker, &w->reply, w->zipped));
    http_later_forget(w, &s->maker);
    return r;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *body, size_t *body_n, void **request)
{
    struct http_server *s = context;
    struct asked q = {.connection = connection, .path = path, .rest = ""};
    const union MHD_ConnectionInfo *info =
        s->library.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    unsigned status = 400;
    const char *wrong;

    (void)version, (void)body, (void)body_n;
    q.peer = info ? info->socket_context : NULL;
    if (!q.peer)
        return MHD_NO;
    const bool first = !*request;
    *request = q.peer;
    struct http_waiting *w = http_later_of(&s->later, connection);
    if (w)
        return answer_late(s, &q, w);
    (void)s->library.get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &q.head);
    if (first) {
        /* Who answers the first call has not read to the end, and the library closes the connection for it:
         * right for what is refused. What is not is asked once more, with the same head. */
        wrong = http_head_judge(&q.head, s->options.allowed_hosts, &status);
        if (!wrong && !http_path_is_plain(path, strlen(path)))
            wrong = "no path that could lead anywhere";
        if (!wrong)
            return MHD_YES;
        s->refused_head++;
        return refuse(s, &q, status, wrong);
    }
    q.is_head = strcmp(method, "HEAD") == 0;
    (void)s->library.get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, take_query, &q);
    q.zipped = q.head.accept_encoding.text &&
               http_wants(q.head.accept_encoding.text, q.head.accept_encoding.n, "gzip") > 0;
    if (!q.is_head && strcmp(method, "GET") != 0)
        return refuse(s, &q, 405, "only GET and HEAD are answered");
    const bool found = find_route(s, &q);
    if ((!found || !s->routes[q.route].row->open) && !has_token(s, &q))
        return refuse(s, &q, 401, "a token is required");
    return found ? answer_route(s, &q)
                 : refuse(s, &q, 404, "there is nothing here; GET / lists what there is");
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
    *peer = info ? http_peers_add(&s->peers, info->connect_fd, now_ns()) : NULL;
}

static void on_completed(
    void *context, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode how)
{
    (void)context, (void)connection, (void)how;
    if (*request)
        http_peer_enter(*request, HTTP_PEER_IDLE, now_ns());
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
        0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_CONNECTION_LIMIT,
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
        http_tls_commit(s->tls, now_ns());
    s->options = *options;
}

int http_server_route(struct http_server *s, const struct http_route *rows, size_t n, void *context)
{
    if (s->route_count + n > HTTP_ROUTES_MAX)
        return -ENOSPC;
    for (size_t i = 0; i < n; i++)
        s->routes[s->route_count++] = (struct route_group){.row = &rows[i], .context = context};
    return 0;
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
    free(s->maker.scratch);
    free(s->body.data);
    if (s->kick_fd >= 0)
        (void)close(s->kick_fd);
    explicit_bzero(s->token, sizeof(s->token));
    explicit_bzero(s->next_token, sizeof(s->next_token));
    free(s);
}
