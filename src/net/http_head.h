/* SPDX-License-Identifier: MIT
 * The head of one request as far as it decides what is answered, and whether its form is one that we answer
 * at all. */
#ifndef COHERENCE_NET_HTTP_HEAD_H
#define COHERENCE_NET_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "net/http_text.h"

#define HTTP_HEAD_MAX       8192 /* bytes of names and values of headers */
#define HTTP_HEAD_LINES_MAX 64

struct http_head {
    struct http_field host, accept, accept_encoding, if_none_match, authorization;
    struct http_field fetch_site, fetch_mode, fetch_dest; /* what a browser says of itself */
    struct http_field content_type, content_encoding, content_length, transfer_encoding, expect;
    struct http_field remote_write_version; /* X-Prometheus-Remote-Write-Version */
    unsigned lines, hosts, lengths, codings;
    size_t bytes;
    bool has_body;  /* a Content-Length that is not 0, or a Transfer-Encoding */
    bool may_send;  /* the caller's word: a POST, which has one */
    bool misshapen; /* a name that is no token */
};

/* Takes one header more; name and value are borrowed. Of several with one name the first counts. */
void http_head_add(struct http_head *h, struct http_field name, struct http_field value);

/* What is wrong with the form of a request, which has a body only when may_send: NULL with *ret_status
 * untouched, or a text with 400, 403 or 431. allowed_hosts as for http_host_is_allowed. */
const char *http_head_judge(const struct http_head *h, const char *allowed_hosts, unsigned *ret_status);

#endif
