/* SPDX-License-Identifier: MIT
 * Bodies on their way in: collected piece by piece, each within its bound and all together within theirs. */
#ifndef COHERENCE_NET_HTTP_UPLOAD_H
#define COHERENCE_NET_HTTP_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/http_head.h"
#include "net/http_route.h"
#include "net/http_unpack.h"

#define HTTP_UPLOADS_MAX 64 /* bodies at once */
/* All bodies together hold so many times what one may hold. Heuristic, chosen on 2026-11-22: whoever sends
 * the largest ones does it from few places. */
#define HTTP_UPLOADS_SHARE 4
/* A refused body is taken and thrown away up to so many times what one may hold, so that its sender reads the
 * refusal instead of finding the connection reset, which it takes for a reason to send again. */
#define HTTP_UPLOADS_PATIENCE 4

struct http_upload {
    const void *connection; /* NULL: free */
    unsigned status;        /* not 0: it will be refused with it, and is not kept */
    const char *why;        /* static */
    enum http_coding coding;
    unsigned accept; /* which of the row's media types */
    char *bytes;
    size_t n, capacity; /* the memory stays for the next one */
    size_t received;    /* also of what is not kept */
};

struct http_uploads {
    struct http_upload items[HTTP_UPLOADS_MAX];
    size_t max;                 /* bytes of one body */
    size_t held;                /* of all capacities */
    struct http_unpack *unpack; /* NULL: no route takes anything */
};

/* Room for bodies of max bytes, and of max_decoded when they are decompressed, in these codings. Before the
 * seal. Returns 0, or -errno with e filled. */
int http_uploads_init(
    struct http_uploads *u, size_t max, size_t max_decoded, unsigned codings, struct error *e);
void http_uploads_done(struct http_uploads *u); /* all zero is fine too */

/* Refused bodies take at most so many of the places, so that who has no token cannot keep out who has one. */
#define HTTP_UPLOADS_REFUSED_MAX 32

/* Begins one: reads from the head how long it is, how it is compressed and what it is for the row.
 * *ret_status not 0: it is refused already, with *ret_why, and row may be NULL. NULL: there is nothing to
 * wait for, and *ret_status and *ret_why say what is to be answered at once, after which the connection ends:
 * too many bodies at once, a body that is too long to be thrown away, or a client that asks first (Expect)
 * and is refused. */
struct http_upload *http_upload_begin(struct http_uploads *u, const void *connection,
    const struct http_head *head, const struct http_route *row, unsigned *ret_status, const char **ret_why);

/* The one of that connection, or NULL. */
struct http_upload *http_upload_of(struct http_uploads *u, const void *connection);

/* More bytes of it. Returns false when it goes on for too long: the connection is to be closed. */
bool http_upload_add(struct http_uploads *u, struct http_upload *upload, const char *bytes, size_t n);

/* It is complete: what a handler gets (type and header aside). Returns 0, or the status with which it is
 * refused and *ret_why. */
unsigned http_upload_take(
    struct http_uploads *u, struct http_upload *upload, struct http_post *ret_post, const char **ret_why);

/* It is answered, or its sender is gone. */
void http_upload_end(struct http_uploads *u, struct http_upload *upload);

#endif
