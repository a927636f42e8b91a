/* SPDX-License-Identifier: MIT
 * What we read of a request ourselves. The first byte says what the rest is; what is taken must be what was
 * promised. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "net/endpoint.h"
#include "net/http_head.h"
#include "net/http_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_head(const char *p, size_t n)
{
    struct http_head h = {0};
    unsigned status = 0;

    while (n > 0) {
        const char *end = memchr(p, '\n', n);
        const size_t line = end ? (size_t)(end - p) : n;
        const char *colon = memchr(p, ':', line);
        const size_t name = colon ? (size_t)(colon - p) : line;
        const size_t from = colon ? name + 1 : line;
        http_head_add(&h, (struct http_field){p, name}, (struct http_field){p + from, line - from});
        n -= end ? line + 1 : line;
        p += end ? line + 1 : line;
    }
    const char *wrong = http_head_judge(&h, "web-1", &status);
    assert(
        wrong ? status == 400 || status == 403 || status == 431 : h.hosts == 1 && !h.has_body && !h.codings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char value[64];
    struct endpoint where;

    if (size == 0)
        return 0;
    const char *p = (const char *)data + 1;
    const size_t n = size - 1;
    switch (data[0] % 8) {
    case 0:
        if (http_path_is_plain(p, n))
            assert(n <= HTTP_PATH_MAX && p[0] == '/' && !memchr(p, '%', n) && !memchr(p, '\0', n));
        break;
    case 1:
        if (http_value_decode(p, n, value, sizeof(value)) == 0)
            assert(strlen(value) <= n);
        else
            assert(value[0] == '\0');
        break;
    case 2:
        if (http_host_is_allowed(p, n, "web-1"))
            assert(n > 0 && !memchr(p, '\0', n) && !memchr(p, '@', n));
        break;
    case 3: {
        const int q = http_wants(p, n, "text/plain");
        assert(q >= 0 && q <= 1000);
        (void)http_wants(p, n, "gzip");
        break;
    }
    case 4:
        (void)http_etag_matches(p, n, "\"0123456789abcdef\"");
        break;
    case 5:
        (void)http_bearer_is(p, n, "0123456789abcdef");
        break;
    case 6:
        (void)endpoint_parse(p, n, &where, NULL);
        break;
    default:
        read_head(p, n);
    }
    return 0;
}
