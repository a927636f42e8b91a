/* SPDX-License-Identifier: MIT
 * How the HTTP service is configured, and the token that guards it. */
#ifndef COHERENCE_NET_HTTP_OPTIONS_H
#define COHERENCE_NET_HTTP_OPTIONS_H

#include <stdint.h>

#include "base/error.h"
#include "base/option.h"

struct http_options {
    char listen[OPTION_TEXT_MAX];        /* "": no service */
    char token_file[OPTION_TEXT_MAX];    /* "": whoever may connect may ask */
    char allowed_hosts[OPTION_TEXT_MAX]; /* names of ours besides addresses and localhost */
    char tls_cert[OPTION_TEXT_MAX];      /* "": no TLS */
    char tls_key[OPTION_TEXT_MAX];
    int64_t max_connections;
    uint64_t max_body;         /* bytes of a body as it is sent */
    uint64_t max_body_decoded; /* the same, decompressed */
};
extern const struct option_row http_option_rows[];
extern const size_t http_option_count;

#define HTTP_TOKEN_MAX 256 /* bytes of a token, NUL included */
#define HTTP_TOKEN_MIN 16  /* bytes of the shortest one: 128 bits when it is random bytes in any text form */

/* Whether options may stand so: 0; -EINVAL with e saying what is wrong with which key: listen is no address
 * (*ret_key "http.listen"), or is one that others can reach without a token. Reads nothing. */
int http_options_check(const struct http_options *o, const char **ret_key, struct error *e);

/* Reads the token from its file. Returns 0, or -EINVAL with e filled: it cannot be read, everybody can, or
 * what is in it is no token. */
int http_token_read(const char *path, char ret_token[HTTP_TOKEN_MAX], struct error *e);

#endif
