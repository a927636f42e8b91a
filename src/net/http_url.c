/* SPDX-License-Identifier: MIT
 * Turns a URL of the configuration into host, port and path, or says why it is none that is asked. Whether it
 * may be asked is decided elsewhere. Source of the form: RFC 3986, 3. */
#include "net/http_url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

#define HTTP_PORT  80
#define HTTPS_PORT 443

static int refuse(struct error *e, const char *why)
{
    return error_set(e, -EINVAL, "%s; expected a URL such as http://127.0.0.1:9090/path", why);
}

/* Whether every byte may stand in a URL, and where it begins is one that we ask. */
static const char *fault_of_form(const char *text, size_t n, struct http_url *u, size_t *ret_host)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
            return "it holds a blank, a control character or one that has to be escaped";
        if (text[i] == '#')
            return "it has a fragment ('#')";
    }
    if (n > 7 && strncasecmp(text, "http://", 7) == 0) {
        *ret_host = 7;
    } else if (n > 8 && strncasecmp(text, "https://", 8) == 0) {
        *ret_host = 8;
        u->tls = true;
    } else {
        return "it does not begin with http:// or https://";
    }
    return NULL;
}

/* A host name in lower case: letters, digits, '-', '_' and '.'; no empty part. */
static const char *take_name(const char *text, size_t n, struct http_url *u)
{
    static const char wrong[] = "its host is neither a name nor an address";

    if (n == 0 || n >= HTTP_URL_HOST_MAX)
        return n ? "its host is too long" : "it has no host";
    for (size_t i = 0; i < n; i++) {
        char c = text[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.') ||
            (c == '.' && (i == 0 || text[i - 1] == '.')))
            return wrong;
        u->host[i] = c;
    }
    u->host[n] = '\0';
    return NULL;
}

static const char *take_host(const char *text, size_t n, struct http_url *u)
{
    const bool in_brackets = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    struct in6_addr v6;
    struct in_addr v4;
    const char *why = NULL;

    if (in_brackets) {
        n -= 2;
        if (n >= INET6_ADDRSTRLEN)
            return "what stands in brackets is no IPv6 address";
        memcpy(u->host, text + 1, n);
        u->host[n] = '\0';
        if (inet_pton(AF_INET6, u->host, &v6) != 1)
            return "what stands in brackets is no IPv6 address";
        u->numeric = u->ipv6 = true;
        u->loopback = IN6_IS_ADDR_LOOPBACK(&v6);
        return NULL;
    }
    why = take_name(text, n, u);
    if (why)
        return why;
    if (inet_pton(AF_INET, u->host, &v4) == 1) {
        u->numeric = true;
        u->loopback = ntohl(v4.s_addr) >> 24 == 127;
    } else if (u->host[n - 1] >= '0' && u->host[n - 1] <= '9' &&
               !strpbrk(u->host, "abcdefghijklmnopqrstuvwxyz")) {
        return "its host is neither a name nor an address"; /* 127.1, 2130706433 */
    } else {
        u->loopback = strcmp(u->host, "localhost") == 0;
    }
    return NULL;
}

/* The host and, behind the last colon that is not an address's own, the port. */
static const char *take_authority(const char *text, size_t n, struct http_url *u)
{
    const char *bracket = memchr(text, ']', n);
    size_t colon = bracket ? (size_t)(bracket - text) : 0;
    uint64_t port = u->tls ? HTTPS_PORT : HTTP_PORT;

    if (memchr(text, '@', n))
        return "it holds a name or password; those belong in a file of their own (token_file)";
    while (colon < n && text[colon] != ':')
        colon++;
    if (colon < n &&
        (number_parse_u64(text + colon + 1, n - colon - 1, &port) != 0 || port < 1 || port > UINT16_MAX))
        return "its port is not a number from 1 to 65535";
    u->port = (uint16_t)port;
    return take_host(text, colon, u);
}

int http_url_parse(const char *text, size_t n, struct http_url *ret, struct error *e)
{
    struct http_url u = {.port = 0};
    size_t host = 0, path;
    const char *why = fault_of_form(text, n, &u, &host);

    if (why)
        return refuse(e, why);
    path = host;
    while (path < n && text[path] != '/' && text[path] != '?')
        path++;
    /* "http://host?query" asks for "/?query" */
    const size_t slash = path < n && text[path] == '/' ? 0 : 1;
    why = take_authority(text + host, path - host, &u);
    if (!why && slash + (n - path) >= sizeof(u.path))
        why = "its path is too long";
    if (why)
        return refuse(e, why);
    u.path[0] = '/';
    memcpy(u.path + slash, text + path, n - path);
    u.path[n - path + slash] = '\0';
    *ret = u;
    return 0;
}

static void write_origin(const struct http_url *u, struct text *out)
{
    const bool usual = u->port == (u->tls ? HTTPS_PORT : HTTP_PORT);

    text_addf(out, "%s://%s%s%s", u->tls ? "https" : "http", u->ipv6 ? "[" : "", u->host, u->ipv6 ? "]" : "");
    if (!usual)
        text_addf(out, ":%u", (unsigned)u->port);
}

void http_url_write(const struct http_url *u, const char *path, struct text *out)
{
    write_origin(u, out);
    text_add(out, path ? path : u->path);
}

void http_url_describe(const struct http_url *u, struct text *out)
{
    write_origin(u, out);
    text_add_bytes(out, u->path, strcspn(u->path, "?"));
}
