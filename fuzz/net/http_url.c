/* SPDX-License-Identifier: MIT
 * URLs: what is taken is bounded, holds nothing that could end a header, and written out and read again is
 * the same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "net/http_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char written[4096];
    struct http_url u, again;
    struct error e;
    struct text t;

    if (http_url_parse((const char *)data, size, &u, &e) != 0) {
        assert(e.code == -22 && e.text[0]);
        return 0;
    }
    assert(u.port > 0 && u.path[0] == '/' && u.host[0]);
    for (const char *p = u.path; *p; p++)
        assert(*p > ' ' && *p <= '~');
    for (const char *p = u.host; *p; p++)
        assert(*p > ' ' && *p <= '~' && *p != '/' && *p != '@');
    text_init(&t, written, sizeof(written));
    http_url_write(&u, NULL, &t);
    assert(!t.truncated && http_url_parse(written, t.length, &again, NULL) == 0);
    assert(strcmp(u.host, again.host) == 0 && strcmp(u.path, again.path) == 0 && u.port == again.port &&
           u.tls == again.tls);
    return 0;
}
