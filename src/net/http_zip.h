/* SPDX-License-Identifier: MIT
 * gzip for answers, with memory taken once. */
#ifndef COHERENCE_NET_HTTP_ZIP_H
#define COHERENCE_NET_HTTP_ZIP_H

#include <stddef.h>

struct http_zip;

struct http_zip *http_zip_new(void); /* NULL: out of memory. About 64 KiB. */
void http_zip_free(struct http_zip *z);

/* Compresses n bytes into out. Returns the number of bytes written, or 0 when they do not fit in size: then
 * it is not worth it. The bytes depend on the input alone. Source: RFC 1952. */
size_t http_zip_pack(struct http_zip *z, const char *bytes, size_t n, char *out, size_t size);

#endif
