/* SPDX-License-Identifier: MIT
 * The certificate and the key of the HTTP service, checked before they are used and replaceable while it
 * serves. GnuTLS is loaded only when they are configured (libmicrohttpd brings it). */
#ifndef COHERENCE_NET_HTTP_TLS_H
#define COHERENCE_NET_HTTP_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* TLS 1.2 and 1.3 with the library's usual ciphers. Source: GnuTLS manual, "Priority Strings". */
#define HTTP_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

#define HTTP_TLS_FILE_MAX  65536 /* bytes of a certificate's or key's file */
#define HTTP_TLS_CHAIN_MAX 8     /* certificates */

struct http_tls;

/* Loads GnuTLS and reads both files; before the seal. One in a process (the library asks without a context).
 * NULL with e filled: e->code -EINVAL for what is wrong in the files (with place and remedy), else what this
 * host cannot do. */
struct http_tls *http_tls_open(const char *cert_path, const char *key_path, struct error *e);

/* Reads both files anew, in two steps: http_tls_prepare (0 or -EINVAL with e filled; what serves goes on),
 * then http_tls_commit: new connections get what was prepared. now_ns: monotonic; what is replaced is kept
 * until handshakes that have begun with it must be over. */
int http_tls_prepare(struct http_tls *t, const char *cert_path, const char *key_path, struct error *e);
void http_tls_commit(struct http_tls *t, int64_t now_ns);

/* When the certificate that serves ends, Unix seconds. */
int64_t http_tls_expiry_s(const struct http_tls *t);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK; a gnutls_certificate_retrieve_function2. */
void *http_tls_callback(void);

void http_tls_free(struct http_tls *t); /* NULL allowed; after the daemon has stopped */

#endif
