/* SPDX-License-Identifier: MIT
 * Turns an answer into the library's responses. What is in it is the routes' matter, who gets it
 * http_server.c's. */
#include "net/http_reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"

void http_answer_error(struct http_answer *a, unsigned status, const char *text)
{
    struct json j;

    a->status = status;
    a->type = "application/json";
    text_clear(a->body);
    json_init(&j, a->body);
    json_begin_object(&j, NULL);
    json_put_string(&j, "error", text);
    json_end_object(&j);
    text_add_char(a->body, '\n');
}

/* What a browser is made to show may load and run nothing and stand in no frame, unless it is a page that
 * says what it needs. */
#define POLICY_NOTHING "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

void http_reply_protect(const struct http_reply_maker *m, struct MHD_Response *response, const char *policy)
{
    const char *const headers[][2] = {
        {"Content-Security-Policy", policy ? policy : POLICY_NOTHING},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cache-Control", "no-cache"},
    };

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        (void)m->library->add_response_header(response, headers[i][0], headers[i][1]);
}

static void add_headers(
    const struct http_reply_maker *m, const struct http_reply *r, struct MHD_Response *response)
{
    char etag[HTTP_ETAG_MAX + 2];

    http_reply_protect(m, response, r->answer.policy);
    (void)m->library->add_response_header(response, "Content-Type", r->answer.type);
    (void)m->library->add_response_header(response, "Vary", "Accept, Accept-Encoding");
    if (r->status == 200) {
        snprintf(etag, sizeof(etag), "W/%s", r->etag);
        (void)m->library->add_response_header(response, "ETag", etag);
    }
    for (size_t i = 0; i < HTTP_HEADERS_MAX; i++)
        if (r->answer.headers[i].name)
            (void)m->library->add_response_header(
                response, r->answer.headers[i].name, r->answer.headers[i].value);
}

int http_reply_make(const struct http_reply_maker *m, const struct http_answer *a, struct http_reply *ret)
{
    struct http_reply r = {.status = a->status, .n = a->body->length, .answer = *a};

    r.body = malloc(r.n ? r.n : 1);
    *ret = (struct http_reply){0};
    if (!r.body)
        return -ENOMEM;
    memcpy(r.body, a->body->data, r.n);
    snprintf(r.etag, sizeof(r.etag), "\"%016llx\"", (unsigned long long)hash_sip24(0, 0, r.body, r.n));
    r.plain = m->library->create_response_from_buffer(r.n, r.body, MHD_RESPMEM_MUST_FREE);
    if (!r.plain) {
        free(r.body);
        return -ENOMEM;
    }
    r.answer.body = NULL;
    add_headers(m, &r, r.plain);
    *ret = r;
    return 0;
}

struct MHD_Response *http_reply_form(const struct http_reply_maker *m, struct http_reply *r, bool zipped)
{
    if (!zipped || r->n < HTTP_ZIP_LEAST)
        return r->plain;
    if (r->zipped)
        return r->zipped;
    const size_t n =
        http_zip_pack(m->zip, r->body, r->n, m->scratch, r->n < HTTP_BODY_MAX ? r->n : HTTP_BODY_MAX);
    if (n)
        r->zipped = m->library->create_response_from_buffer(n, m->scratch, MHD_RESPMEM_MUST_COPY);
    if (!r->zipped)
        return r->plain;
    add_headers(m, r, r->zipped);
    (void)m->library->add_response_header(r->zipped, "Content-Encoding", "gzip");
    return r->zipped;
}

struct MHD_Response *http_reply_unchanged(const struct http_reply_maker *m, const struct http_reply *r)
{
    static char nothing[1];
    struct MHD_Response *response =
        m->library->create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);

    if (response)
        add_headers(m, r, response);
    return response;
}

void http_reply_forget(const struct http_reply_maker *m, struct http_reply *r)
{
    if (r->plain)
        m->library->destroy_response(r->plain);
    if (r->zipped)
        m->library->destroy_response(r->zipped);
    *r = (struct http_reply){0};
}
