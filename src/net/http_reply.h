/* SPDX-License-Identifier: MIT
 * Answers as the library takes them: with the headers that every answer has, compressed where that is asked
 * for and worth it. */
#ifndef COHERENCE_NET_HTTP_REPLY_H
#define COHERENCE_NET_HTTP_REPLY_H

#include <stdbool.h>

#include "net/http_library.h"
#include "net/http_route.h"
#include "net/http_zip.h"

#define HTTP_ETAG_MAX 20
#define HTTP_ZIP_LEAST                                                                                       \
    1024 /* bytes from which an answer is compressed; below, the headers are most of it                      \
          */

struct http_reply_maker {
    const struct http_library *library;
    struct http_zip *zip;
    char *scratch; /* HTTP_BODY_MAX bytes */
};

/* An answer in both of its forms. */
struct http_reply {
    unsigned status;
    char etag[HTTP_ETAG_MAX];
    struct MHD_Response *plain;  /* NULL: nothing is kept */
    struct MHD_Response *zipped; /* NULL: not asked for yet, or not worth it */
    char *body;                  /* of plain, which owns it */
    size_t n;
    struct http_answer answer; /* without its body */
};

/* Returns 0 or -ENOMEM; then *ret is empty. The body is copied. */
int http_reply_make(const struct http_reply_maker *m, const struct http_answer *a, struct http_reply *ret);

/* The response to queue: compressed when wanted and worth it. Borrowed. */
struct MHD_Response *http_reply_form(const struct http_reply_maker *m, struct http_reply *r, bool zipped);

/* The answer 304 to that; the caller destroys it. NULL: out of memory. */
struct MHD_Response *http_reply_unchanged(const struct http_reply_maker *m, const struct http_reply *r);

/* Lets go of it; what is being sent goes on. */
void http_reply_forget(const struct http_reply_maker *m, struct http_reply *r);

/* The headers that every answer has. policy: as in struct http_answer. */
void http_reply_protect(const struct http_reply_maker *m, struct MHD_Response *response, const char *policy);

#endif
