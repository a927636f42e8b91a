/* SPDX-License-Identifier: MIT
 * What the files of the HTTP client share. */
#ifndef COHERENCE_NET_HTTP_CLIENT_INSIDE_H
#define COHERENCE_NET_HTTP_CLIENT_INSIDE_H

#include "net/client_library.h"
#include "net/http_client.h"
#include "net/name_lookup.h"

#define HTTP_CLIENT_TOKENS_MAX 16
#define HTTP_HEADER_MAX        1024 /* bytes of one header that is sent, NUL included */

/* A token and the file that it is in. */
struct token {
    char path[OPTION_TEXT_MAX];
    uint64_t mark; /* of the file when it was read; 0: not read */
    char bytes[HTTP_CLIENT_SECRET_MAX];
};

struct address {
    char host[HTTP_URL_HOST_MAX];
    uint16_t port;
};

enum flight_state { FLIGHT_FREE, FLIGHT_WAITING, FLIGHT_FLYING };

/* One request. The easy handle outlives it. */
struct flight {
    enum flight_state state;
    uint64_t id;
    CURL *easy;
    struct http_url url;
    bool post, gzip;
    char *body; /* POST; owned */
    size_t body_n;
    struct curl_slist *headers; /* the caller's */
    struct curl_slist *sent;    /* with a token among them, or NULL */
    struct curl_slist *resolve;
    struct token *token;
    size_t body_max;
    int64_t connect_ns, deadline_ns, begun_ns;
    unsigned redirects;
    char *bytes; /* of the answer, owned; NULL: none yet */
    size_t bytes_n, bytes_room, head_n, streamed_n;
    bool too_long, unwanted;
    bool (*on_bytes)(void *context, const char *bytes, size_t n);
    void (*on_header)(void *context, const char *line, size_t n);
    void (*on_answer)(void *context, const struct http_client_answer *a);
    void *context;
    char curl_text[CURL_ERROR_SIZE];
    struct http_client *of;
};

struct http_client {
    struct curl_library curl;
    const struct http_client_options *options;
    const char *ca_file;
    CURLM *multi;
    CURLSH *share;
    struct name_lookup *names; /* NULL: no name is asked for */
    struct loop *loop;         /* NULL: not started */
    struct loop_alarm *curl_alarm, *start_alarm;
    bool starting, start_again;
    bool has_proxy;
    struct http_url proxy;
    bool tls; /* some address is asked by https */
    struct address allowed[HTTP_CLIENT_ADDRESSES_MAX];
    size_t allowed_count;
    struct token tokens[HTTP_CLIENT_TOKENS_MAX];
    size_t token_count;
    struct http_client_reach reach;
    char token_directories[HTTP_CLIENT_TOKENS_MAX][OPTION_TEXT_MAX];
    uint64_t last_id;
    size_t in_flight;
    struct flight flights[HTTP_CLIENT_FLIGHT_MAX];
};

/* http_client_reach.c */
bool http_client_is_allowed(const struct http_client *c, const struct http_url *u);
const struct http_url *http_client_peer(const struct http_client *c, const struct http_url *u); /* u or the
                                                                                                   proxy */
bool http_is_localhost(const struct http_url *u); /* libcurl knows its address itself */
struct token *http_client_token(struct http_client *c, const char *path); /* NULL: not allowed */
/* Reads the token anew when its file has changed; when that fails, and it was read before, it stays. Returns
 * 0, or -EACCES with e filled. */
int http_client_renew_token(struct token *t, struct error *e);
void http_client_forget_tokens(struct http_client *c);

/* http_client_setup.c */
int http_flight_fill(struct http_client *c, struct flight *f, const struct http_client_request *r);
int http_flight_setup(
    struct http_client *c, struct flight *f, const char *addresses, int64_t left_ns, struct error *e);
void http_flight_clear(struct http_client *c, struct flight *f);

#endif
