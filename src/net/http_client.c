/* SPDX-License-Identifier: MIT
 * Turns requests into what libcurl does on our loop, and its outcomes into answers: who may be asked, names,
 * deadlines and bounds are judged here; HTTP and TLS are libcurl's. What a token's file holds is looked after
 * in http_client_tokens.c, what a request looks like to libcurl in http_client_setup.c. */
#include "net/http_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "net/http_client_inside.h"

#define CA_SYSTEM_FILE     "/etc/ssl/certs/ca-certificates.crt"
#define CONNECTIONS_KEPT   16
#define POST_MAX           ((size_t)16 << 20)
#define ANSWER_MAX         ((size_t)64 << 20)
#define RETRY_AFTER_MAX_NS (3600 * INT64_C(1000000000))
#define SECOND_NS          INT64_C(1000000000)

static int64_t mono_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

/* Releases a request's slot; its buffer is the caller's from here on. */
static void release(struct http_client *c, struct flight *f)
{
    if (f->state == FLIGHT_FLYING)
        (void)c->curl.multi_remove_handle(c->multi, f->easy);
    http_flight_clear(c, f);
    f->state = FLIGHT_FREE;
    c->in_flight--;
}

/* Fills what every answer has and hands it over; the slot is free again before that. */
static void answer(struct http_client *c, struct flight *f, struct http_client_answer *a)
{
    void (*on_answer)(void *, const struct http_client_answer *) = f->on_answer;
    void *context = f->context;
    char *bytes = f->bytes;

    a->took_ns = mono_ns() - f->begun_ns;
    a->body = bytes ? bytes : "";
    a->body_n = bytes ? f->bytes_n : 0;
    f->bytes = NULL;
    release(c, f);
    on_answer(context, a);
    free(bytes);
}

static void fail(struct http_client *c, struct flight *f, int error, const char *why)
{
    struct http_client_answer a = {.error = error, .retry_after_ns = -1};
    struct text t;

    text_init(&t, a.text, sizeof(a.text));
    text_add(&t, why);
    answer(c, f, &a);
}

/* What libcurl's outcome is in our words. */
static int error_of(const struct http_client *c, const struct flight *f, CURLcode code, struct text *why)
{
    long os_error = 0;

    if (f->too_long) {
        text_addf(why, "the answer is longer than %llu bytes", (unsigned long long)f->body_max);
        return -EMSGSIZE;
    }
    if (f->unwanted) {
        text_add(why, "no more of it was wanted");
        return -ECANCELED;
    }
    (void)c->curl.easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &os_error);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        text_add(why, "no answer in time");
        return -ETIMEDOUT;
    case CURLE_COULDNT_CONNECT:
        text_add(why, "cannot connect");
        if (os_error > 0)
            text_addf(why, ": %s", strerror((int)os_error));
        return os_error > 0 ? -(int)os_error : -ECONNREFUSED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        text_add(why, "its name has no address");
        return -EHOSTUNREACH;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ISSUER_ERROR:
        text_addf(why, "TLS: %s", f->curl_text[0] ? f->curl_text : c->curl.easy_strerror(code));
        return code == CURLE_SSL_CONNECT_ERROR ? -EPROTO : -EKEYREJECTED;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        text_add(why, "the connection ended before the answer did");
        return -ECONNRESET;
    case CURLE_OUT_OF_MEMORY:
        text_add(why, "not enough memory");
        return -ENOMEM;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
        text_add(why, "what came is not an HTTP answer");
        return -EPROTO;
    default:
        text_add(why, c->curl.easy_strerror(code));
        return -EIO;
    }
}

static bool follow(struct http_client *c, struct flight *f);

/* libcurl is done with this request. */
static void settle(struct http_client *c, struct flight *f, CURLcode code)
{
    struct http_client_answer a = {.retry_after_ns = -1};
    curl_off_t retry_s = 0;
    char *type = NULL;
    struct text t;

    (void)c->curl.easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &a.status);
    if (code == CURLE_OK && a.status >= 300 && a.status < 400 && f->redirects > 0 && follow(c, f))
        return;
    text_init(&t, a.text, sizeof(a.text));
    if (code != CURLE_OK)
        a.error = error_of(c, f, code, &t);
    else
        text_addf(&t, "HTTP %ld", a.status);
    if (c->curl.easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &retry_s) == CURLE_OK && retry_s > 0)
        a.retry_after_ns = retry_s > 3600 ? RETRY_AFTER_MAX_NS : retry_s * SECOND_NS;
    if (c->curl.easy_getinfo(f->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type) {
        text_init(&t, a.content_type, sizeof(a.content_type));
        text_add_printable(&t, type, strlen(type));
    }
    answer(c, f, &a);
}

static struct flight *flight_of(struct http_client *c, const CURL *easy)
{
    for (size_t i = 0; i < HTTP_CLIENT_FLIGHT_MAX; i++)
        if (c->flights[i].easy == easy && c->flights[i].state == FLIGHT_FLYING)
            return &c->flights[i];
    return NULL;
}

static void collect(struct http_client *c)
{
    struct CURLMsg *m;
    int left;

    while ((m = c->curl.multi_info_read(c->multi, &left)) != NULL) {
        struct flight *f = m->msg == CURLMSG_DONE ? flight_of(c, m->easy_handle) : NULL;
        if (f)
            settle(c, f, m->data.result); /* m is gone with the handle that this removes */
    }
}

static void act(struct http_client *c, curl_socket_t fd, int mask)
{
    int running;

    (void)c->curl.multi_socket_action(c->multi, fd, mask, &running);
    collect(c);
}

static void on_socket(void *context, int fd, unsigned events)
{
    act(context, fd,
        (events & LOOP_READABLE ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITABLE ? CURL_CSELECT_OUT : 0) |
            (events & LOOP_FAILED ? CURL_CSELECT_ERR : 0));
}

static void on_curl_alarm(void *context)
{
    act(context, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl says what it waits for. */
static int on_wish(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    struct http_client *c = context;
    const unsigned events =
        (what & CURL_POLL_IN ? LOOP_READABLE : 0U) | (what & CURL_POLL_OUT ? LOOP_WRITABLE : 0U);

    (void)easy;
    (void)unused;
    if (what == CURL_POLL_REMOVE)
        loop_forget(c->loop, fd);
    else if (events)
        (void)loop_watch(c->loop, fd, events, on_socket, c); /* if not: its deadline passes */
    return 0;
}

static int on_timer(CURLM *multi, long after_ms, void *context)
{
    struct http_client *c = context;

    (void)multi;
    if (after_ms < 0)
        loop_alarm_clear(c->curl_alarm);
    else
        loop_alarm_set(c->curl_alarm, after_ms * INT64_C(1000000));
    return 0;
}

/* Sends a request off, or lets it wait for a name; says at once what cannot become of it. */
static void take_off(struct http_client *c, struct flight *f)
{
    const struct http_url *peer = http_client_peer(c, &f->url);
    const int64_t left_ns = f->begun_ns + f->deadline_ns - mono_ns();
    const char *addresses = NULL;
    int r = 0;

    if (left_ns < INT64_C(1000000)) {
        fail(c, f, -ETIMEDOUT, "no answer in time: its name was looked up");
        return;
    }
    if (!peer->numeric && !http_is_localhost(peer))
        r = name_lookup_find(c->names, peer->host, &addresses);
    if (r == -EAGAIN) {
        f->state = FLIGHT_WAITING;
        return;
    }
    if (r != 0) {
        fail(c, f, -EHOSTUNREACH, "its name has no address, or nobody answered who knows");
        return;
    }
    struct error e;
    r = http_flight_setup(c, f, addresses, left_ns, &e);
    if (r != 0) {
        fail(c, f, r, e.text);
        return;
    }
    f->state = FLIGHT_FLYING;
    const CURLMcode added = c->curl.multi_add_handle(c->multi, f->easy);
    if (added != CURLM_OK) {
        f->state = FLIGHT_WAITING; /* it was not taken */
        fail(c, f, added == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO, "it cannot be sent");
    }
}

/* Whether the request goes on at another, allowed address. A token goes along to the same host only. */
static bool follow(struct http_client *c, struct flight *f)
{
    struct http_url to;
    char *where = NULL;

    (void)c->curl.easy_getinfo(f->easy, CURLINFO_REDIRECT_URL, &where);
    if (!where || http_url_parse(where, strlen(where), &to, NULL) != 0 || (f->url.tls && !to.tls) ||
        !http_client_is_allowed(c, &to))
        return false;
    if (to.port != f->url.port || strcmp(to.host, f->url.host) != 0)
        f->token = NULL;
    (void)c->curl.multi_remove_handle(c->multi, f->easy);
    f->state = FLIGHT_WAITING;
    f->url = to;
    f->redirects--;
    f->bytes_n = 0;
    loop_alarm_set(c->start_alarm, 0);
    return true;
}

/* Starts what waits: new requests, and those whose name may be known by now. */
static void on_start(void *context)
{
    struct http_client *c = context;
    int64_t next_ns = INT64_MAX;

    c->starting = true;
    for (size_t i = 0; i < HTTP_CLIENT_FLIGHT_MAX; i++) {
        struct flight *f = &c->flights[i];
        if (f->state == FLIGHT_WAITING)
            take_off(c, f);
        if (f->state == FLIGHT_WAITING && f->begun_ns + f->deadline_ns < next_ns)
            next_ns = f->begun_ns + f->deadline_ns;
    }
    c->starting = false;
    if (c->start_again)
        loop_alarm_set(c->start_alarm, 0);
    else if (next_ns != INT64_MAX)
        loop_alarm_set(c->start_alarm, next_ns - mono_ns());
    c->start_again = false;
}

/* Also from within on_start, where the alarm is set at the end. */
static void start_soon(void *context)
{
    struct http_client *c = context;

    if (c->starting)
        c->start_again = true;
    else
        loop_alarm_set(c->start_alarm, 0);
}

int http_client_send(struct http_client *c, const struct http_client_request *r, uint64_t *ret_id)
{
    struct flight *f = NULL;

    if (r->deadline_ns <= 0 || r->connect_ns <= 0 || r->body_n > POST_MAX || r->body_max > ANSWER_MAX ||
        !r->on_answer || !c->loop)
        return -EINVAL;
    if (!http_client_is_allowed(c, r->url))
        return -EACCES;
    for (size_t i = 0; i < HTTP_CLIENT_FLIGHT_MAX && !f; i++)
        if (c->flights[i].state == FLIGHT_FREE)
            f = &c->flights[i];
    if (!f)
        return -EAGAIN;
    const int filled = http_flight_fill(c, f, r);
    if (filled != 0) {
        http_flight_clear(c, f);
        return filled;
    }
    f->id = ++c->last_id;
    f->begun_ns = mono_ns();
    f->state = FLIGHT_WAITING;
    c->in_flight++;
    start_soon(c);
    if (ret_id)
        *ret_id = f->id;
    return 0;
}

void http_client_cancel(struct http_client *c, uint64_t id)
{
    for (size_t i = 0; i < HTTP_CLIENT_FLIGHT_MAX; i++)
        if (c->flights[i].state != FLIGHT_FREE && c->flights[i].id == id) {
            free(c->flights[i].bytes);
            c->flights[i].bytes = NULL;
            release(c, &c->flights[i]);
        }
}

size_t http_client_in_flight(const struct http_client *c)
{
    return c->in_flight;
}

static int open_curl(struct http_client *c, struct error *e)
{
    int r = curl_library_load(&c->curl, e);

    if (r != 0)
        return r;
    if (c->curl.global_init(CURL_GLOBAL_ALL) != CURLE_OK)
        return error_set(e, -EIO, "libcurl cannot be started");
    c->multi = c->curl.multi_init();
    c->share = c->curl.share_init();
    if (!c->multi || !c->share ||
        c->curl.share_setopt(c->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK)
        return error_set(e, -ENOMEM, "not enough memory to connect out");
    (void)c->curl.multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_wish);
    (void)c->curl.multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    (void)c->curl.multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)c->curl.multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    (void)c->curl.multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    (void)c->curl.multi_setopt(c->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    return 0;
}

struct http_client *http_client_open(const struct http_client_options *o, struct error *e)
{
    struct http_client *c = calloc(1, sizeof(*c));

    if (!c) {
        error_set(e, -ENOMEM, "not enough memory to connect out");
        return NULL;
    }
    c->options = o;
    c->ca_file = o->ca_file[0] ? o->ca_file : CA_SYSTEM_FILE;
    if (o->proxy[0] && http_url_parse(o->proxy, strlen(o->proxy), &c->proxy, e) == 0)
        c->has_proxy = true;
    if ((o->proxy[0] && !c->has_proxy) || open_curl(c, e) != 0) {
        http_client_close(c);
        return NULL;
    }
    return c;
}

int http_client_start(struct http_client *c, struct loop *l)
{
    c->curl_alarm = loop_alarm_new(l, on_curl_alarm, c);
    c->start_alarm = loop_alarm_new(l, on_start, c);
    if (!c->curl_alarm || !c->start_alarm)
        return -ENOSPC;
    c->loop = l;
    return c->names ? name_lookup_start(c->names, l, start_soon, c) : 0;
}

void http_client_close(struct http_client *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < HTTP_CLIENT_FLIGHT_MAX; i++)
        if (c->flights[i].state != FLIGHT_FREE)
            http_client_cancel(c, c->flights[i].id);
    for (size_t i = 0; i < HTTP_CLIENT_FLIGHT_MAX; i++)
        if (c->flights[i].easy)
            c->curl.easy_cleanup(c->flights[i].easy);
    if (c->multi)
        (void)c->curl.multi_cleanup(c->multi);
    if (c->share)
        (void)c->curl.share_cleanup(c->share);
    name_lookup_close(c->names);
    if (c->loop) {
        loop_alarm_clear(c->curl_alarm);
        loop_alarm_clear(c->start_alarm);
    }
    http_client_forget_tokens(c);
    free(c);
}
