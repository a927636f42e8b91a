/* SPDX-License-Identifier: MIT
 * Turns the parts of a request that the HTTP library leaves as text into answers to yes-or-no questions. The
 * request's own syntax is the library's matter, what follows from an answer http_server.c's. */
#include "net/http_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* The C locale's classes: the program never calls setlocale before it serves; bytes above 127 are none. */
static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool http_path_is_plain(const char *path, size_t n)
{
    if (n == 0 || n > HTTP_PATH_MAX || path[0] != '/')
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_alnum(path[i]) && !memchr("/-_.~", path[i], 5))
            return false;
        if (path[i] != '/')
            continue;
        const char *segment = path + i + 1;
        size_t length = 0;
        while (i + 1 + length < n && segment[length] != '/')
            length++;
        if ((length == 0 && i + 1 < n) || (length == 1 && segment[0] == '.') ||
            (length == 2 && segment[0] == '.' && segment[1] == '.'))
            return false;
    }
    return true;
}

bool http_is_token(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_alnum(text[i]) && (text[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", text[i])))
            return false;
    return n > 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int http_value_decode(const char *text, size_t n, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        unsigned c = (unsigned char)text[i];
        if (c == '%') {
            const int high = n - i > 2 ? hex_digit(text[i + 1]) : -1;
            const int low = n - i > 2 ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                out[0] = '\0';
                return -EINVAL;
            }
            c = (unsigned)(high * 16 + low);
            i += 2;
        }
        if (c < 0x20 || c == 0x7f || used + 1 >= size) {
            out[0] = '\0';
            return -EINVAL;
        }
        out[used++] = (char)c;
    }
    out[used] = '\0';
    return 0;
}

/* Cuts ":port" off. Returns the length of what is before it, or 0 when that is not all there is to it. */
static size_t without_port(const char *host, size_t n)
{
    size_t end = n;

    if (n > 0 && host[0] == '[') {
        const char *bracket = memchr(host, ']', n);
        end = bracket ? (size_t)(bracket - host) + 1 : 0;
    } else {
        const char *colon = memchr(host, ':', n);
        end = colon ? (size_t)(colon - host) : n;
    }
    if (end == 0 || end == n)
        return end;
    if (host[end] != ':' || n - end > 6)
        return 0;
    for (size_t i = end + 1; i < n; i++)
        if (host[i] < '0' || host[i] > '9')
            return 0;
    return end;
}

static bool is_address(const char *host, size_t n)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    char name[INET6_ADDRSTRLEN];
    const bool in_brackets = n > 2 && host[0] == '[';

    if (in_brackets) {
        host++;
        n -= 2;
    }
    if (n >= sizeof(name) || memchr(host, '\0', n))
        return false;
    memcpy(name, host, n);
    name[n] = '\0';
    return inet_pton(in_brackets ? AF_INET6 : AF_INET, name, bytes) == 1;
}

/* Whether one of the names of a list is that. */
static bool is_listed(const char *list, const char *name, size_t n)
{
    for (const char *at = list; *at;) {
        const size_t length = strcspn(at, ", \t");
        if (length == n && n > 0 && strncasecmp(at, name, n) == 0)
            return true;
        at += length;
        at += strspn(at, ", \t");
    }
    return false;
}

bool http_host_is_allowed(const char *host, size_t n, const char *allowed)
{
    const size_t end = without_port(host, n);

    if (end == 0 || end > HTTP_PATH_MAX)
        return false;
    return is_address(host, end) || is_listed("localhost", host, end) || is_listed(allowed, host, end);
}

/* "0.75" to 750; -1 for anything that RFC 9110 does not allow. */
static int parse_q(const char *text, size_t n)
{
    int q = 0, digit = 100;

    if (n == 0 || n > 5 || (text[0] != '0' && text[0] != '1') || (n > 1 && text[1] != '.'))
        return -1;
    q = (text[0] - '0') * 1000;
    for (size_t i = 2; i < n; i++, digit /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        q += (text[i] - '0') * digit;
    }
    return q > 1000 ? -1 : q;
}

/* The q of an entry's parameters, from the first ';' on; 1000 without one. */
static int q_of(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] != ';')
            continue;
        size_t from = i + 1, to;
        while (from < n && is_blank(text[from]))
            from++;
        for (to = from; to < n && text[to] != ';' && !is_blank(text[to]);)
            to++;
        if (to - from >= 2 && (text[from] == 'q' || text[from] == 'Q') && text[from + 1] == '=')
            return parse_q(text + from + 2, to - from - 2);
    }
    return 1000;
}

/* How exactly a range names the value: 3 itself, 2 its type, 1 everything, 0 not at all. */
static int exactness(const char *range, size_t n, const char *value)
{
    const char *slash = strchr(value, '/');
    const size_t type_n = slash ? (size_t)(slash - value) + 1 : 0;

    if (n == strlen(value) && strncasecmp(range, value, n) == 0)
        return 3;
    if (slash && n == type_n + 1 && range[n - 1] == '*' && strncasecmp(range, value, type_n) == 0)
        return 2;
    return (n == 1 && range[0] == '*') || (n == 3 && memcmp(range, "*/*", 3) == 0) ? 1 : 0;
}

int http_wants(const char *header, size_t n, const char *value)
{
    int best = 0, wanted = 0;
    bool empty = true;

    for (size_t at = 0; at < n;) {
        size_t end = at, name;
        while (end < n && header[end] != ',')
            end++;
        while (at < end && is_blank(header[at]))
            at++;
        for (name = at; name < end && header[name] != ';' && !is_blank(header[name]);)
            name++;
        empty = empty && name == at;
        const int exact = exactness(header + at, name - at, value);
        const int q = exact ? q_of(header + name, end - name) : -1;
        if (q >= 0 && (exact > best || (exact == best && q > wanted))) {
            best = exact;
            wanted = q;
        }
        at = end + 1;
    }
    return empty ? 1000 : wanted;
}

bool http_etag_matches(const char *header, size_t n, const char *etag)
{
    const size_t etag_n = strlen(etag);

    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && header[end] != ',')
            end++;
        size_t to = end;
        while (at < to && is_blank(header[at]))
            at++;
        while (to > at && is_blank(header[to - 1]))
            to--;
        if (to - at == 1 && header[at] == '*')
            return true;
        if (to - at > 2 && header[at] == 'W' && header[at + 1] == '/')
            at += 2;
        if (to - at == etag_n && memcmp(header + at, etag, etag_n) == 0)
            return true;
        at = end + 1;
    }
    return false;
}

bool http_bearer_is(const char *header, size_t n, const char *token)
{
    static const char scheme[] = "Bearer ";
    const size_t scheme_n = sizeof(scheme) - 1, token_n = strlen(token);
    unsigned char different = 0;

    if (n != scheme_n + token_n || strncasecmp(header, scheme, scheme_n) != 0)
        return false;
    for (size_t i = 0; i < token_n; i++)
        different |= (unsigned char)(header[scheme_n + i] ^ token[i]);
    return different == 0;
}
