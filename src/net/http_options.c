/* SPDX-License-Identifier: MIT
 * The options of the HTTP service and what they may say together; reads the token's file. */
#include "net/http_options.h"

#include <errno.h>
#include <string.h>

#include "net/endpoint.h"
#include "net/secret_file.h"

const struct option_row http_option_rows[] = {
    {.key = "http.listen",
        .type = OPTION_TEXT,
        .offset = offsetof(struct http_options, listen),
        .fallback = "",
        .unit = "",
        .help = "address and port of the HTTP service, such as 127.0.0.1:9911; empty: no service. Beyond "
                "this host only with http.token_file or http.tls_cert"},
    {.key = "http.token_file",
        .type = OPTION_TEXT,
        .offset = offsetof(struct http_options, token_file),
        .fallback = "",
        .unit = "",
        .help = "file with the bearer token that requests must carry, readable by its owner and group only"},
    {.key = "http.tls_cert",
        .type = OPTION_TEXT,
        .offset = offsetof(struct http_options, tls_cert),
        .fallback = "",
        .unit = "",
        .help =
            "file with the server's certificate and its chain, in PEM form; with http.tls_key the service "
            "speaks TLS 1.2 and 1.3"},
    {.key = "http.tls_key",
        .type = OPTION_TEXT,
        .offset = offsetof(struct http_options, tls_key),
        .fallback = "",
        .unit = "",
        .help = "file with the certificate's private key, in PEM form, readable by its owner and group only"},
    {.key = "http.allowed_hosts",
        .type = OPTION_TEXT,
        .offset = offsetof(struct http_options, allowed_hosts),
        .fallback = "",
        .unit = "",
        .help = "names under which the service may be asked besides addresses and localhost, separated by "
                "commas"},
    {.key = "http.max_connections",
        .type = OPTION_INT,
        .offset = offsetof(struct http_options, max_connections),
        .minimum = 8,
        .maximum = 16384,
        .fallback = "1024",
        .unit = "",
        .help = "connections at once; beyond, the one that has waited longest without a request is closed"},
    /* Defaults: what OpenTelemetry's protocol recommends for a decompressed body, and a quarter of it. */
    {.key = "http.max_body",
        .type = OPTION_SIZE,
        .offset = offsetof(struct http_options, max_body),
        .minimum = 65536,
        .maximum = 268435456,
        .fallback = "16MiB",
        .unit = "",
        .help = "bytes that one request may send, as they are sent; all together at most four times that"},
    {.key = "http.max_body_decoded",
        .type = OPTION_SIZE,
        .offset = offsetof(struct http_options, max_body_decoded),
        .minimum = 65536,
        .maximum = 1073741824,
        .fallback = "64MiB",
        .unit = "",
        .help = "bytes that the body of one request may have when it is decompressed"},
};
const size_t http_option_count = sizeof(http_option_rows) / sizeof(http_option_rows[0]);

int http_options_check(const struct http_options *o, const char **ret_key, struct error *e)
{
    struct endpoint at;
    struct error why;

    *ret_key = "http.listen";
    if (o->listen[0] == '\0')
        return 0;
    if (endpoint_parse(o->listen, strlen(o->listen), &at, &why) != 0)
        return error_set(e, -EINVAL, "http.listen: %s", why.text);
    if (!at.loopback && o->token_file[0] == '\0' && o->tls_cert[0] == '\0')
        return error_set(e, -EINVAL,
            "http.listen: others can reach %s; set http.token_file or http.tls_cert, or listen on 127.0.0.1",
            o->listen);
    *ret_key = o->tls_cert[0] ? "http.tls_cert" : "http.tls_key";
    if ((o->tls_cert[0] == '\0') != (o->tls_key[0] == '\0'))
        return error_set(
            e, -EINVAL, "%s is set without %s", *ret_key, o->tls_cert[0] ? "http.tls_key" : "http.tls_cert");
    if (o->tls_cert[0] && (o->tls_cert[0] != '/' || o->tls_key[0] != '/'))
        return error_set(e, -EINVAL, "http.tls_cert and http.tls_key must be absolute paths, from '/' on");
    *ret_key = "http.token_file";
    if (o->token_file[0] != '\0' && o->token_file[0] != '/')
        return error_set(e, -EINVAL, "http.token_file must be an absolute path, from '/' on");
    return 0;
}

int http_token_read(const char *path, char ret_token[HTTP_TOKEN_MAX], struct error *e)
{
    char bytes[HTTP_TOKEN_MAX + 2];
    const ssize_t n = secret_file_read("http.token_file", path, bytes, sizeof(bytes), e);

    if (n < 0)
        return (int)n;
    const size_t length = secret_line(bytes, (size_t)n);
    if (length < HTTP_TOKEN_MIN || length >= HTTP_TOKEN_MAX)
        return error_set(e, -EINVAL,
            "http.token_file: '%s' must hold one line of %d to %d printable characters without blanks", path,
            HTTP_TOKEN_MIN, HTTP_TOKEN_MAX - 1);
    memcpy(ret_token, bytes, length);
    ret_token[length] = '\0';
    explicit_bzero(bytes, sizeof(bytes));
    return 0;
}
