/* SPDX-License-Identifier: MIT
 * An address to which Coherence connects out: http or https, host, port and path, as written in the
 * configuration. Read before the seal, which is made of these. */
#ifndef COHERENCE_NET_HTTP_URL_H
#define COHERENCE_NET_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define HTTP_URL_HOST_MAX 254  /* bytes, NUL included: RFC 1035, 2.3.4 */
#define HTTP_URL_PATH_MAX 1024 /* bytes, NUL included; query included */

struct http_url {
    char host[HTTP_URL_HOST_MAX]; /* a name in lower case, or an address; IPv6 without brackets */
    char path[HTTP_URL_PATH_MAX]; /* begins with '/'; holds the query, if any */
    uint16_t port;                /* 1..65535 */
    bool tls;                     /* https */
    bool numeric;                 /* the host is an address: nothing is asked of a name service */
    bool ipv6;                    /* numeric, and in brackets when written */
    bool loopback;                /* 127.0.0.0/8, ::1 or localhost: what is sent stays on this host */
};

/* Reads "http://HOST[:PORT][/PATH][?QUERY]" (anything). Refused, each with its reason: other schemes, names
 * and passwords in it (they belong in a file), fragments, control characters and blanks, hosts that are no
 * name or address, ports outside 1..65535, what is too long. Returns 0, or -EINVAL with e (NULL allowed)
 * saying what is wrong; it repeats nothing that may be a password. */
int http_url_parse(const char *text, size_t n, struct http_url *ret, struct error *e);

/* Appends it as it is asked for; path: instead of its own (from '/' on), NULL = its own. */
void http_url_write(const struct http_url *u, const char *path, struct text *out);

/* Appends "https://host:port/path" without the query, which may hold a key: for people and logs. */
void http_url_describe(const struct http_url *u, struct text *out);

#endif
