/* SPDX-License-Identifier: MIT
 * What we read ourselves of an HTTP request: path, query values, Host, Accept and Accept-Encoding,
 * If-None-Match, Authorization. All take outside bytes of any kind; none allocates. */
#ifndef COHERENCE_NET_HTTP_TEXT_H
#define COHERENCE_NET_HTTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_PATH_MAX  256 /* bytes */
#define HTTP_VALUE_MAX 512 /* bytes of a query value, decoded, NUL included: a name of the catalog */

/* A value of a header; NULL: not there. */
struct http_field {
    const char *text;
    size_t n;
};

/* Whether path is one that a route could have: from '/' on letters, digits, '-', '_', '.', '~' between single
 * slashes, no segment "." or "..", at most HTTP_PATH_MAX bytes. Percent signs have no place in it: what a
 * route is called needs none, and decoding twice is how paths are made to lie. */
bool http_path_is_plain(const char *path, size_t n);

/* Whether it is a token of RFC 9110 5.6.2, as names of headers must be: "Content-Length " is not. */
bool http_is_token(const char *text, size_t n);

/* Decodes %XX once. Returns 0, or -EINVAL: an escape that is none, a control byte or NUL, or no room in out
 * (size >= 1), which is then "". */
int http_value_decode(const char *text, size_t n, char *out, size_t size);

/* Whether a Host header names us: an IP address, "localhost", or one of the names in allowed (separated by
 * commas and blanks, case ignored), each with or without a port. Whoever made a browser ask us under a name
 * of his own (DNS rebinding) cannot forge this header. Source: RFC 9110 7.2, RFC 3986 3.2.2. */
bool http_host_is_allowed(const char *host, size_t n, const char *allowed);

/* How much the header wants a value: 0 (not at all) to 1000, from its q, which counts from the most exact
 * entry: the value itself, TYPE/ *, then *. An empty header wants everything (1000). Entries that are not
 * understood are passed over. value: "text/plain", "gzip". Source: RFC 9110 12.4, 12.5. */
int http_wants(const char *header, size_t n, const char *value);

/* Whether If-None-Match names this tag ("abc", with its quotes), by weak comparison. Source: RFC 9110 13.1.2.
 */
bool http_etag_matches(const char *header, size_t n, const char *etag);

/* Whether Authorization carries this bearer token; takes the same time whatever differs, for one length.
 * Source: RFC 6750 2.1. */
bool http_bearer_is(const char *header, size_t n, const char *token);

#endif
