/* SPDX-License-Identifier: MIT
 * Turns pieces of bodies into whole ones, or into refusals: 411, 413, 415, 503. Memory grows with what was
 * really sent, never with what was announced, and stays for the next body as long as it is small. What is in
 * a body is its route's matter; deadlines are http_peers.c's. */
#include "net/http_upload.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_BYTES ((size_t)64 << 10)
/* Memory up to so much stays with a place for the next body. Heuristic, chosen on 2026-11-22: agents send 50
 * to 500 KB at a time. */
#define KEPT_BYTES ((size_t)512 << 10)
/* "9007199254740991": longer lengths are too long anyway. */
#define LENGTH_DIGITS_MAX 16

int http_uploads_init(
    struct http_uploads *u, size_t max, size_t max_decoded, unsigned codings, struct error *e)
{
    http_uploads_done(u);
    u->max = max;
    u->unpack = http_unpack_new(max_decoded, codings, e);
    return u->unpack ? 0 : -ENOMEM;
}

void http_uploads_done(struct http_uploads *u)
{
    for (size_t i = 0; i < HTTP_UPLOADS_MAX; i++)
        free(u->items[i].bytes);
    http_unpack_free(u->unpack);
    *u = (struct http_uploads){0};
}

/* The length that a head announces. Returns false: it is none. */
static bool read_length(struct http_field f, uint64_t *ret_length)
{
    uint64_t length = 0;

    if (f.n == 0 || f.n > LENGTH_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < f.n; i++) {
        if (f.text[i] < '0' || f.text[i] > '9')
            return false;
        length = length * 10 + (uint64_t)(f.text[i] - '0');
    }
    *ret_length = length;
    return true;
}

static bool is_word(struct http_field f, const char *word)
{
    return f.n == strlen(word) && strncasecmp(f.text, word, f.n) == 0;
}

/* The coding of a body; 0: none that we know. */
static unsigned read_coding(struct http_field f)
{
    if (!f.text || f.n == 0 || is_word(f, "identity"))
        return HTTP_CODING_NONE;
    if (is_word(f, "gzip"))
        return HTTP_CODING_GZIP;
    return is_word(f, "snappy") ? HTTP_CODING_SNAPPY : 0;
}

static void refuse(struct http_upload *p, unsigned status, const char *why)
{
    if (p->status)
        return;
    p->status = status;
    p->why = why;
}

/* Judges the head; what is wrong stands in p. Returns how long the body is at least. */
static uint64_t judge(const struct http_uploads *u, const struct http_head *h, const struct http_route *row,
    struct http_upload *p)
{
    uint64_t length = 0;

    if (!h->lengths && !h->codings)
        refuse(p, 411, "the length of the body is missing");
    else if (h->lengths && !read_length(h->content_length, &length))
        refuse(p, 413, "the length of the body is none that is taken");
    else if (length > u->max)
        refuse(p, 413, "the body is longer than http.max_body");
    if (!row)
        return length;
    const unsigned coding = read_coding(h->content_encoding);
    if (!(coding & row->codings))
        refuse(p, 415, "the body comes in a Content-Encoding that is not taken here");
    const int accept = http_route_accept(row, h->content_type);
    if (accept < 0)
        refuse(p, 415, "the body has a Content-Type that is not taken here");
    p->coding = (enum http_coding)coding;
    p->accept = accept < 0 ? 0 : (unsigned)accept;
    return length;
}

struct http_upload *http_upload_begin(struct http_uploads *u, const void *connection,
    const struct http_head *head, const struct http_route *row, unsigned *ret_status, const char **ret_why)
{
    struct http_upload judged = {.status = *ret_status, .why = *ret_why};
    struct http_upload *p = NULL;
    size_t refused = 0;

    const uint64_t length = judge(u, head, row, &judged);
    for (size_t i = 0; i < HTTP_UPLOADS_MAX; i++)
        if (!u->items[i].connection)
            p = &u->items[i];
        else
            refused += u->items[i].status != 0;
    if (!p)
        refuse(&judged, 503, "too many bodies are on their way in already");
    if (!p ||
        (judged.status && (head->expect.text || !head->has_body || refused >= HTTP_UPLOADS_REFUSED_MAX ||
                              length > (uint64_t)u->max * HTTP_UPLOADS_PATIENCE))) {
        *ret_status = judged.status;
        *ret_why = judged.why;
        return NULL;
    }
    judged.connection = connection;
    judged.bytes = p->bytes;
    judged.capacity = p->capacity;
    *p = judged;
    return p;
}

struct http_upload *http_upload_of(struct http_uploads *u, const void *connection)
{
    for (size_t i = 0; i < HTTP_UPLOADS_MAX; i++)
        if (u->items[i].connection == connection)
            return &u->items[i];
    return NULL;
}

static void let_go(struct http_uploads *u, struct http_upload *p)
{
    free(p->bytes);
    u->held -= p->capacity;
    p->bytes = NULL;
    p->capacity = 0;
}

/* Memory that places keep for later, without a body in it, makes room for this one. */
static bool find_room(struct http_uploads *u, size_t wanted)
{
    const size_t most = u->max * HTTP_UPLOADS_SHARE;

    for (size_t i = 0; i < HTTP_UPLOADS_MAX && u->held + wanted > most; i++)
        if (!u->items[i].connection)
            let_go(u, &u->items[i]);
    return u->held + wanted <= most;
}

/* Room for n bytes in all; n <= max. */
static bool grow(struct http_uploads *u, struct http_upload *p, size_t n)
{
    size_t capacity = p->capacity ? p->capacity : FIRST_BYTES;

    if (n <= p->capacity)
        return true;
    while (capacity < n)
        capacity *= 2;
    if (!find_room(u, capacity - p->capacity))
        return false;
    char *bytes = realloc(p->bytes, capacity);
    if (!bytes)
        return false;
    u->held += capacity - p->capacity;
    p->bytes = bytes;
    p->capacity = capacity;
    return true;
}

bool http_upload_add(struct http_uploads *u, struct http_upload *upload, const char *bytes, size_t n)
{
    upload->received += n;
    if (upload->received > u->max)
        refuse(upload, 413, "the body is longer than http.max_body");
    if (!upload->status && !grow(u, upload, upload->n + n))
        refuse(upload, 503, "the bodies on their way in hold too much memory already");
    if (upload->status)
        return upload->received <= u->max * HTTP_UPLOADS_PATIENCE;
    memcpy(upload->bytes + upload->n, bytes, n);
    upload->n += n;
    return true;
}

unsigned http_upload_take(
    struct http_uploads *u, struct http_upload *upload, struct http_post *ret_post, const char **ret_why)
{
    const char *bytes;
    size_t n;

    if (!upload->status) {
        const int r = http_unpack_body(u->unpack, upload->coding, upload->bytes, upload->n, &bytes, &n);
        if (r == -EFBIG)
            refuse(upload, 413, "the body is longer than http.max_body_decoded when it is decompressed");
        else if (r)
            refuse(upload, 400, "the body cannot be decompressed");
    }
    if (upload->status) {
        *ret_why = upload->why;
        return upload->status;
    }
    *ret_post = (struct http_post){.bytes = bytes, .n = n, .accept = upload->accept};
    return 0;
}

void http_upload_end(struct http_uploads *u, struct http_upload *upload)
{
    if (u->unpack)
        http_unpack_done(u->unpack);
    upload->connection = NULL;
    upload->n = 0;
    if (upload->capacity > KEPT_BYTES)
        let_go(u, upload);
}
