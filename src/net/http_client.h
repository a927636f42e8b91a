/* SPDX-License-Identifier: MIT
 * Requests to others, over libcurl driven by our loop: everything in which Coherence is the one that connects
 * out goes through here. Loaded only when something of the kind is configured (docs/decisions/0015).
 *
 * In the order of use: http_client_open and http_client_allow for each address, before the seal;
 * http_client_reach tells the seal what must stay possible; http_client_start; then http_client_send as often
 * as is wanted. Everything happens on the loop's thread, nothing blocks. */
#ifndef COHERENCE_NET_HTTP_CLIENT_H
#define COHERENCE_NET_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "net/http_url.h"
#include "net/loop.h"

#define HTTP_CLIENT_ADDRESSES_MAX 256 /* different hosts and ports that may be allowed */
#define HTTP_CLIENT_FLIGHT_MAX    64  /* requests at once */
#define HTTP_CLIENT_SECRET_MAX    4096
#define HTTP_CLIENT_HEADERS_MAX   8
#define HTTP_CLIENT_REACH_PATHS   32

struct http_client_options {
    char ca_file[OPTION_TEXT_MAX]; /* PEM; "": the system's */
    char proxy[OPTION_TEXT_MAX];   /* URL; "": none, whatever the environment says */
};
extern const struct option_row http_client_option_rows[];
extern const size_t http_client_option_count;

/* 0, or -EINVAL with *ret_key and e filled. Reads no file. */
int http_client_options_check(const struct http_client_options *o, const char **ret_key, struct error *e);

struct http_client;

/* What the seal must leave possible. */
struct http_client_reach {
    uint16_t ports[HTTP_CLIENT_ADDRESSES_MAX]; /* TCP ports to connect to, each once, a resolver's among them
                                                  when a name has to be looked up */
    size_t port_count;
    const char *paths[HTTP_CLIENT_REACH_PATHS]; /* files and directories to be read: certificates, tokens,
                                                   hosts; valid as long as the client */
    size_t path_count;
};

/* How a request ended. */
struct http_client_answer {
    int error; /* 0: an answer came, whatever its status; -ETIMEDOUT (deadline), -ECONNREFUSED, -EHOSTUNREACH
                  (no route, or no address for the name), -ECONNRESET, -EPROTO (what came is no HTTP),
                  -EMSGSIZE (longer than body_max), -EKEYREJECTED (its certificate is not trusted), -EACCES (a
                  token's file cannot be read), -ECANCELED (on_bytes said so), -EIO */
    long status;      /* HTTP status; 0 with an error before there was one */
    const char *body; /* without on_bytes: what came, NUL-terminated; never NULL. Valid during the callback */
    size_t body_n;
    char content_type[128];
    int64_t retry_after_ns; /* of a Retry-After in seconds, 0..1 h; -1: none */
    int64_t took_ns;        /* from http_client_send on */
    char text[160];         /* for people: "HTTP 503", "connection refused", ...; holds no secret */
};

struct http_client_request {
    const struct http_url *url; /* allowed before; borrowed for the call */
    const char *path;           /* instead of the URL's own; NULL: its own */
    bool post;
    const char *body;                             /* POST: copied */
    size_t body_n;                                /* at most 16 MiB */
    const char *headers[HTTP_CLIENT_HEADERS_MAX]; /* "Name: value", from the front until NULL; copied */
    const char *token_file; /* "Authorization: Bearer" and its first line, read anew when the file changes;
                               named in http_client_allow; NULL or "": none */
    bool gzip;              /* offers to take the answer compressed; body_max is of what is unpacked */
    size_t body_max;        /* bytes of the answer, 0..64 MiB */
    int64_t connect_ns;     /* so long until connected (TLS included), > 0 */
    int64_t deadline_ns;    /* so long in all (looking the name up included), > 0 */
    unsigned redirects;     /* so many are followed, to allowed addresses; 0: none, a 3xx is the answer */
    /* What comes of a 2xx, as it comes, instead of answer->body. Returns whether more is wanted. NULL: it is
     * kept. */
    bool (*on_bytes)(void *context, const char *bytes, size_t n);
    /* Each header of the answer, "Name: value" without its end; outside bytes, not NUL-terminated. NULL: not
     * asked for. */
    void (*on_header)(void *context, const char *line, size_t n);
    void (*on_answer)(void *context, const struct http_client_answer *a); /* once; may send again */
    void *context;
};

/* Loads the library, for good; before the seal. o: borrowed as long as the client. NULL with e filled:
 * -ENOENT (not installed), -ENOSYS, -ENOMEM. */
struct http_client *http_client_open(const struct http_client_options *o, struct error *e);

/* Requests to this host and port are wanted, with the token of that file (NULL or "": none). Reads the token
 * to see that it can be. A token to others than this host needs https. Before http_client_reach. Returns 0;
 * -EINVAL (token), -ENOSPC (too many), -ENOENT (a name, and the library for names is not installed) with e
 * filled. */
int http_client_allow(
    struct http_client *c, const struct http_url *url, const char *token_file, struct error *e);

/* Valid as long as the client. */
const struct http_client_reach *http_client_reach(struct http_client *c);

/* From now on requests are sent, in callbacks of l. After the seal. Returns 0 or -errno. */
int http_client_start(struct http_client *c, struct loop *l);

/* Begins a request. Returns 0 with *ret_id (never 0; NULL allowed) for http_client_cancel: on_answer will be
 * called, not before this has returned; -EAGAIN: HTTP_CLIENT_FLIGHT_MAX are on their way; -EACCES: not
 * allowed before the seal; -EINVAL; -ENOMEM. */
int http_client_send(struct http_client *c, const struct http_client_request *r, uint64_t *ret_id);

/* Gives a request up: on_answer is not called any more. An unknown id: nothing. Not from on_bytes. */
void http_client_cancel(struct http_client *c, uint64_t id);

/* Requests that are on their way. */
size_t http_client_in_flight(const struct http_client *c);

/* Gives up what is on its way. Before loop_free, not from a callback of the client; NULL allowed. */
void http_client_close(struct http_client *c);

#endif
