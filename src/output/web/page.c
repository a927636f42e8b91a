/* SPDX-License-Identifier: MIT
 * Turns the files that were built in into answers. They are the same for everybody and tell nothing of this
 * host: the page asks for that itself, with the token where there is one. */
#include "output/web/page.h"

#include <string.h>

#include "output/web/page_data.h"

/* Scripts and styles from here and nowhere else, none that stands in the document, and no text that becomes
 * markup (Trusted Types without a policy: a browser that knows them refuses innerHTML and its like). Source:
 * W3C Content Security Policy Level 3, W3C Trusted Types. */
#define PAGE_POLICY                                                                                          \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "          \
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "      \
    "trusted-types 'none'"

static void put_file(struct http_answer *a, const char *name)
{
    for (const struct document_file *f = page_files; f->name; f++)
        if (strcmp(f->name, name) == 0) {
            text_add_bytes(a->body, (const char *)f->bytes, f->count);
            return;
        }
    http_answer_error(a, 404, "this program was built without the page");
}

void page_front(struct http_answer *a)
{
    a->policy = PAGE_POLICY;
    put_file(a, page_files[0].name);
}

static void put_script(void *context, const struct http_request *q, struct http_answer *a)
{
    (void)context, (void)q;
    put_file(a, "page.js");
}

static void put_style(void *context, const struct http_request *q, struct http_answer *a)
{
    (void)context, (void)q;
    put_file(a, "page.css");
}

static void put_icon(void *context, const struct http_request *q, struct http_answer *a)
{
    (void)context, (void)q;
    put_file(a, "icon.svg");
}

const struct http_route page_routes[] = {
    {.path = "/page/page.js",
        .types = {"text/javascript; charset=utf-8"},
        .open = true,
        .fixed = true,
        .answer = put_script},
    {.path = "/page/page.css",
        .types = {"text/css; charset=utf-8"},
        .open = true,
        .fixed = true,
        .answer = put_style},
    {.path = "/page/icon.svg", .types = {"image/svg+xml"}, .open = true, .fixed = true, .answer = put_icon},
};

size_t page_route_count(void)
{
    return page_files[0].name && page_files[1].name ? sizeof(page_routes) / sizeof(page_routes[0]) : 0;
}
