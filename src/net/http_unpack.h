/* SPDX-License-Identifier: MIT
 * Bodies decompressed into memory that is taken once: never more of it than was configured, whatever the
 * compressed bytes promise. */
#ifndef COHERENCE_NET_HTTP_UNPACK_H
#define COHERENCE_NET_HTTP_UNPACK_H

#include <stddef.h>

#include "base/error.h"
#include "net/http_route.h"

struct http_unpack;

/* For bodies of at most max bytes, in these codings. The memory is reserved, and used as far as bodies need
 * it. NULL with e filled: no memory, or no library for one of the codings (before the seal). */
struct http_unpack *http_unpack_new(size_t max, unsigned codings, struct error *e);
void http_unpack_free(struct http_unpack *u);

/* Decompresses n bytes of one coding of those, gzip (RFC 1952: one member, nothing after it) or snappy's
 * block format; what is not compressed is handed back as it is. *ret_bytes: u's, or bytes, until the next
 * call. Returns 0, -EFBIG (more than max would come out) or -EBADMSG (damaged, or another format). */
int http_unpack_body(struct http_unpack *u, enum http_coding coding, const char *bytes, size_t n,
    const char **ret_bytes, size_t *ret_n);

/* The body is not needed any more: gives back to the system what an unusually large one took. */
void http_unpack_done(struct http_unpack *u);

#endif
