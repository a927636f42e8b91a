/* SPDX-License-Identifier: MIT
 * Turns one request into its answer: judges it, finds the row that serves it, collects its body where it has
 * one, and queues what the row's handler wrote, which is kept until the next tick where it can be. The form
 * of heads (http_head.c), bodies (http_upload.c), the stream (http_stream.c) and the answers' bytes
 * (http_reply.c) have files of their own. */
#include <string.h>

#include "net/http_head.h"
#include "net/http_query.h"
#include "net/http_server_inside.h"

/* One request on its way through. */
struct asked {
    struct MHD_Connection *connection;
    struct http_peer *peer;
    const char *path, *rest;
    const char *allow; /* methods, for a refusal */
    struct http_head head;
    size_t route; /* index */
    unsigned form;
    struct http_query query;
    bool is_head, is_post, zipped;
};

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
    http_peer_enter(q->peer, HTTP_PEER_ANSWERED, http_now_ns());
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
        a.headers[0].name = "Allow", a.headers[0].value = q->allow;
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
        http_peer_enter(q->peer, HTTP_PEER_LISTENS, http_now_ns());
    return queued;
}

/* The row that serves the path; false: none. */
static bool find_route(const struct http_server *s, struct asked *q)
{
    for (size_t i = 0; i < s->route_count; i++)
        if (http_route_serves(s->routes[i].row, q->path, &q->rest)) {
            q->route = i;
            q->allow = s->routes[i].row->take ? "POST" : "GET, HEAD";
            return true;
        }
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

    const int form = http_route_form(row, q->head.accept);
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
    http_peer_enter(q->peer, HTTP_PEER_ANSWERED, http_now_ns());
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

/* Whatever is asked of a row that is switched off. */
static enum MHD_Result refuse_off(struct http_server *s, struct asked *q)
{
    return has_token(s, q) ? refuse(s, q, 404, s->routes[q->route].row->off)
                           : refuse(s, q, 401, "a token is required");
}

/* Why this request is not answered; NULL: it is. */
static const char *judge(
    const struct http_server *s, struct asked *q, const char *method, unsigned *ret_status)
{
    const bool found = find_route(s, q);
    const struct http_route *row = found ? s->routes[q->route].row : NULL;

    *ret_status = 405;
    if (!q->is_post && !q->is_head && strcmp(method, "GET") != 0)
        return "no such method here";
    if (found && q->is_post != (row->take != NULL))
        return row->take ? "only POST is answered here" : "only GET and HEAD are answered here";
    *ret_status = 401;
    if ((!found || !row->open) && !has_token(s, q))
        return "a token is required";
    *ret_status = 404;
    if (!found)
        return "there is nothing here; GET / lists what there is";
    *ret_status = 0;
    return NULL;
}

/* The head of a POST is here. */
static enum MHD_Result begin_post(struct http_server *s, struct asked *q)
{
    unsigned status;
    const char *why = judge(s, q, "POST", &status);
    const struct http_upload *p = http_upload_begin(
        &s->uploads, q->connection, &q->head, why ? NULL : s->routes[q->route].row, &status, &why);

    if (!p)
        return refuse(s, q, status, why);
    http_peer_enter(q->peer, HTTP_PEER_SENDS, http_now_ns());
    return MHD_YES;
}

/* All of its body is. */
static enum MHD_Result answer_post(struct http_server *s, struct asked *q, struct http_upload *upload)
{
    struct http_post post;
    struct http_answer a;
    const char *why;
    enum MHD_Result r;

    (void)find_route(s, q);
    const struct route_group *g = &s->routes[q->route];
    const unsigned status = http_upload_take(&s->uploads, upload, &post, &why);
    if (status) {
        r = refuse(s, q, status, why);
    } else {
        post.head = &q->head;
        text_clear(&s->body);
        a = (struct http_answer){.status = 200, .type = "text/plain; charset=utf-8", .body = &s->body};
        g->row->take(g->context, &post, &a);
        if (a.status == 503)
            a.headers[HTTP_HEADERS_MAX - 1].name = "Retry-After",
                                         a.headers[HTTP_HEADERS_MAX - 1].value = "10";
        r = queue_once(s, q, &a);
    }
    http_upload_end(&s->uploads, upload);
    return r;
}

enum MHD_Result http_request_take(void *context, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *body, size_t *body_n, void **request)
{
    struct http_server *s = context;
    struct asked q = {.connection = connection, .path = path, .rest = "", .allow = "GET, HEAD"};
    const union MHD_ConnectionInfo *info =
        s->library.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_upload *upload = http_upload_of(&s->uploads, connection);
    unsigned status = 400;
    const char *wrong;

    (void)version;
    q.peer = info ? info->socket_context : NULL;
    if (!q.peer)
        return MHD_NO;
    if (upload && *body_n > 0) {
        const size_t n = *body_n;
        *body_n = 0;
        return http_upload_add(&s->uploads, upload, body, n) ? MHD_YES : MHD_NO;
    }
    const bool first = !*request;
    *request = q.peer;
    struct http_waiting *w = http_later_of(&s->later, connection);
    if (w)
        return answer_late(s, &q, w);
    q.is_head = strcmp(method, "HEAD") == 0;
    q.is_post = s->codings && strcmp(method, "POST") == 0;
    const bool off = find_route(s, &q) && s->routes[q.route].row->off;
    q.head.may_send = q.is_post || off;
    (void)s->library.get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &q.head);
    (void)s->library.get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, take_query, &q);
    q.zipped = q.head.accept_encoding.text &&
               http_wants(q.head.accept_encoding.text, q.head.accept_encoding.n, "gzip") > 0;
    if (upload)
        return answer_post(s, &q, upload);
    if (first) {
        /* Who answers the first call has not read to the end, and the library closes the connection for it:
         * right for what is refused. What is not is asked once more, with the same head. */
        wrong = http_head_judge(&q.head, s->options.allowed_hosts, &status);
        if (!wrong && !http_path_is_plain(path, strlen(path)))
            wrong = "no path that could lead anywhere";
        if (!wrong && off)
            return refuse_off(s, &q);
        if (!wrong)
            return q.is_post ? begin_post(s, &q) : MHD_YES;
        s->refused_head++;
        return refuse(s, &q, status, wrong);
    }
    wrong = judge(s, &q, method, &status);
    return wrong ? refuse(s, &q, status, wrong) : answer_route(s, &q);
}
