/* SPDX-License-Identifier: MIT
 * Turns a request into what libcurl is told of it, every protection among that; takes in what comes, within
 * bounds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/http_client_inside.h"

#define HEAD_MAX       ((size_t)64 << 10) /* bytes of an answer's head */
#define FIRST_ROOM     ((size_t)4 << 10)
#define FAULT_BODY_MAX ((size_t)4 << 10) /* kept of an answer that is no 2xx where the rest is streamed */
#define URL_TEXT_MAX   (HTTP_URL_HOST_MAX + HTTP_URL_PATH_MAX + 32)

/* Keeps bytes of the answer. Returns whether there is room. */
static bool keep(struct flight *f, const char *bytes, size_t n, size_t most)
{
    if (n > most - f->bytes_n)
        return false;
    if (f->bytes_n + n + 1 > f->bytes_room) {
        size_t room = f->bytes_room ? f->bytes_room : FIRST_ROOM;
        while (room < f->bytes_n + n + 1)
            room *= 2;
        char *more = realloc(f->bytes, room);
        if (!more)
            return false;
        f->bytes = more;
        f->bytes_room = room;
    }
    memcpy(f->bytes + f->bytes_n, bytes, n);
    f->bytes_n += n;
    f->bytes[f->bytes_n] = '\0';
    return true;
}

/* A piece of the answer's body, unpacked. Answering less than n ends the request. */
static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct flight *f = context;
    const size_t n = size * count;
    long status = 0;

    if (f->on_bytes) {
        (void)f->of->curl.easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status < 200 || status >= 300) {
            (void)keep(
                f, bytes, n < FAULT_BODY_MAX - f->bytes_n ? n : FAULT_BODY_MAX - f->bytes_n, FAULT_BODY_MAX);
            f->streamed_n += n;
            f->too_long = f->streamed_n > f->body_max;
            return f->too_long ? 0 : n;
        }
        f->too_long = n > f->body_max - f->streamed_n;
        if (f->too_long)
            return 0;
        f->streamed_n += n;
        f->unwanted = !f->on_bytes(f->context, bytes, n);
        return f->unwanted ? 0 : n;
    }
    f->too_long = !keep(f, bytes, n, f->body_max);
    return f->too_long ? 0 : n;
}

static size_t on_head(char *bytes, size_t size, size_t count, void *context)
{
    struct flight *f = context;

    size_t n = size * count;

    f->head_n += n;
    f->too_long = f->head_n > HEAD_MAX;
    if (f->too_long)
        return 0;
    while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
        n--;
    if (f->on_header && memchr(bytes, ':', n))
        f->on_header(f->context, bytes, n);
    return size * count;
}

static bool append(const struct http_client *c, struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = c->curl.slist_append(*list, line);

    if (longer)
        *list = longer;
    return longer != NULL;
}

/* A token or the caller's keys stand in it. */
static void drop_list(struct http_client *c, struct curl_slist **list)
{
    for (struct curl_slist *s = *list; s; s = s->next)
        explicit_bzero(s->data, strlen(s->data));
    c->curl.slist_free_all(*list);
    *list = NULL;
}

void http_flight_clear(struct http_client *c, struct flight *f)
{
    if (f->easy)
        c->curl.easy_reset(f->easy); /* keeps its connections */
    drop_list(c, &f->sent);
    drop_list(c, &f->headers);
    c->curl.slist_free_all(f->resolve);
    free(f->body);
    free(f->bytes);
    *f = (struct flight){.state = f->state, .easy = f->easy};
}

int http_flight_fill(struct http_client *c, struct flight *f, const struct http_client_request *r)
{
    if (!f->easy)
        f->easy = c->curl.easy_init();
    if (!f->easy)
        return -ENOMEM;
    f->of = c;
    f->url = *r->url;
    if (r->path) {
        if (r->path[0] != '/' || strlen(r->path) >= sizeof(f->url.path))
            return -EINVAL;
        memcpy(f->url.path, r->path, strlen(r->path) + 1); /* its length was judged above */
    }
    f->post = r->post;
    f->gzip = r->gzip;
    f->body_max = r->body_max;
    f->connect_ns = r->connect_ns;
    f->deadline_ns = r->deadline_ns;
    f->redirects = r->post ? 0 : r->redirects;
    f->on_bytes = r->on_bytes;
    f->on_header = r->on_header;
    f->on_answer = r->on_answer;
    f->context = r->context;
    f->token = r->token_file && r->token_file[0] ? http_client_token(c, r->token_file) : NULL;
    if (r->token_file && r->token_file[0] && !f->token)
        return -EACCES;
    for (size_t i = 0; i < HTTP_CLIENT_HEADERS_MAX && r->headers[i]; i++)
        if (!append(c, &f->headers, r->headers[i]))
            return -ENOMEM;
    if (r->body_n > 0) {
        f->body = malloc(r->body_n);
        if (!f->body)
            return -ENOMEM;
        memcpy(f->body, r->body, r->body_n);
        f->body_n = r->body_n;
    }
    return 0;
}

static long ms_of(int64_t ns)
{
    return ns < 1000000 ? 1 : (long)(ns / 1000000);
}

/* The headers as they go out: the caller's, no waiting for a 100, and the token. */
static int set_headers(struct http_client *c, struct flight *f, struct error *e)
{
    char line[HTTP_CLIENT_SECRET_MAX + 32];
    struct text t;
    bool fits = true;

    drop_list(c, &f->sent);
    for (const struct curl_slist *s = f->headers; s && fits; s = s->next)
        fits = append(c, &f->sent, s->data);
    if (f->post)
        fits = fits && append(c, &f->sent, "Expect:");
    if (f->token) {
        const int r = http_client_renew_token(f->token, e);
        if (r != 0)
            return r;
        text_init(&t, line, sizeof(line));
        text_addf(&t, "Authorization: Bearer %s", f->token->bytes);
        fits = fits && append(c, &f->sent, line);
        explicit_bzero(line, sizeof(line));
    }
    if (!fits)
        return error_set(e, -ENOMEM, "not enough memory");
    (void)c->curl.easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->sent);
    (void)c->curl.easy_setopt(f->easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    return 0;
}

/* Who is connected to: the addresses that are known, so that libcurl looks nothing up. */
static int set_peer(struct http_client *c, struct flight *f, const char *addresses, struct error *e)
{
    const struct http_url *peer = http_client_peer(c, &f->url);
    char line[HTTP_URL_HOST_MAX + NAME_LOOKUP_ADDRESSES_MAX + 16], url[URL_TEXT_MAX];
    struct text t;

    c->curl.slist_free_all(f->resolve);
    f->resolve = NULL;
    if (addresses) {
        text_init(&t, line, sizeof(line));
        text_addf(&t, "%s:%u:%s", peer->host, (unsigned)peer->port, addresses);
        if (!append(c, &f->resolve, line))
            return error_set(e, -ENOMEM, "not enough memory");
        (void)c->curl.easy_setopt(f->easy, CURLOPT_RESOLVE, f->resolve);
    }
    text_init(&t, url, sizeof(url));
    http_url_write(&c->proxy, "", &t);
    /* Always set: what the environment says of proxies does not count. */
    (void)c->curl.easy_setopt(f->easy, CURLOPT_PROXY, peer == &f->url ? "" : url);
    (void)c->curl.easy_setopt(f->easy, CURLOPT_NOPROXY, "");
    text_clear(&t);
    http_url_write(&f->url, NULL, &t);
    return c->curl.easy_setopt(f->easy, CURLOPT_URL, url) == CURLE_OK
               ? 0
               : error_set(e, -ENOMEM, "not enough memory");
}

static void set_protections(struct http_client *c, struct flight *f)
{
    CURL *easy = f->easy;

    (void)c->curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, f->url.tls ? "https" : "http");
    (void)c->curl.easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)c->curl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)c->curl.easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)c->curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)c->curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)c->curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    (void)c->curl.easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)c->curl.easy_setopt(easy, CURLOPT_CAINFO, c->ca_file);
    (void)c->curl.easy_setopt(easy, CURLOPT_CAPATH, NULL);
    (void)c->curl.easy_setopt(easy, CURLOPT_SHARE, c->share);
}

int http_flight_setup(
    struct http_client *c, struct flight *f, const char *addresses, int64_t left_ns, struct error *e)
{
    CURL *easy = f->easy;
    int r;

    c->curl.easy_reset(easy);
    f->head_n = f->streamed_n = 0;
    r = set_peer(c, f, addresses, e);
    if (r == 0)
        r = set_headers(c, f, e);
    if (r != 0)
        return r;
    set_protections(c, f);
    (void)c->curl.easy_setopt(easy, CURLOPT_USERAGENT, "coherence/" COHERENCE_VERSION);
    (void)c->curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, f->curl_text);
    (void)c->curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms_of(left_ns));
    (void)c->curl.easy_setopt(
        easy, CURLOPT_CONNECTTIMEOUT_MS, ms_of(f->connect_ns < left_ns ? f->connect_ns : left_ns));
    (void)c->curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)c->curl.easy_setopt(easy, CURLOPT_WRITEDATA, f);
    (void)c->curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    (void)c->curl.easy_setopt(easy, CURLOPT_HEADERDATA, f);
    if (f->gzip)
        (void)c->curl.easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (f->post) {
        (void)c->curl.easy_setopt(easy, CURLOPT_POST, 1L);
        (void)c->curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->body_n);
        (void)c->curl.easy_setopt(easy, CURLOPT_POSTFIELDS, f->body ? f->body : "");
    }
    return 0;
}
