/* SPDX-License-Identifier: MIT
 * Turns lines into server-sent events in a ring, and the ring into what each listener's connection can take.
 * What the lines say, and when the daemon runs, is the callers' matter. */
#include "net/http_stream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BLOCK 4096 /* bytes that are handed to a connection at once, at most */

struct listener {
    struct http_stream *stream;
    struct MHD_Connection *connection; /* NULL: free */
    int fd;
    uint64_t at; /* of the next byte for it, in bytes since the beginning */
    bool waits;  /* suspended until there is more */
    bool lost;   /* overtaken: ends */
};

struct http_stream {
    const struct http_library *library;
    struct listener listeners[HTTP_STREAM_LISTENERS_MAX];
    uint64_t head; /* bytes pushed since the beginning */
    uint64_t dropped;
    bool ends;
    char ring[HTTP_STREAM_RING];
};

struct http_stream *http_stream_new(const struct http_library *library)
{
    struct http_stream *s = calloc(1, sizeof(*s));

    if (s)
        s->library = library;
    return s;
}

void http_stream_free(struct http_stream *s)
{
    free(s);
}

static ssize_t read_ring(void *context, uint64_t position, char *out, size_t size)
{
    struct listener *l = context;
    struct http_stream *s = l->stream;
    uint64_t left = s->head - l->at;

    (void)position;
    if (s->ends || l->lost)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (left == 0) {
        s->library->suspend_connection(l->connection);
        l->waits = true;
        return 0;
    }
    const size_t from = (size_t)(l->at % HTTP_STREAM_RING), whole = HTTP_STREAM_RING - from;
    size_t n = left < size ? (size_t)left : size;
    n = n < whole ? n : whole;
    memcpy(out, s->ring + from, n);
    l->at += n;
    return (ssize_t)n;
}

static void leave(void *context)
{
    struct listener *l = context;

    l->connection = NULL;
}

struct MHD_Response *http_stream_join(struct http_stream *s, struct MHD_Connection *connection, int fd)
{
    struct listener *l = NULL;

    for (size_t i = 0; i < HTTP_STREAM_LISTENERS_MAX && !l; i++)
        if (!s->listeners[i].connection)
            l = &s->listeners[i];
    if (!l || s->ends)
        return NULL;
    *l = (struct listener){.stream = s, .connection = connection, .fd = fd, .at = s->head};
    struct MHD_Response *r =
        s->library->create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_ring, l, leave);
    if (!r)
        l->connection = NULL;
    return r;
}

static void add_bytes(struct http_stream *s, const char *bytes, size_t n)
{
    const size_t from = (size_t)(s->head % HTTP_STREAM_RING), whole = HTTP_STREAM_RING - from;
    const size_t first = n < whole ? n : whole;

    memcpy(s->ring + from, bytes, first);
    memcpy(s->ring, bytes + first, n - first);
    s->head += n;
}

/* Drops those whose next bytes will be overwritten. The library has not asked for more on their behalf,
 * because their peers do not read. */
static void overtake(struct http_stream *s, size_t n)
{
    for (size_t i = 0; i < HTTP_STREAM_LISTENERS_MAX; i++) {
        struct listener *l = &s->listeners[i];
        if (!l->connection || l->lost || s->head + n - l->at <= HTTP_STREAM_RING)
            continue;
        l->lost = true;
        s->dropped++;
        (void)shutdown(l->fd, SHUT_RDWR);
    }
}

void http_stream_push(struct http_stream *s, const char *line, size_t n)
{
    static const char before[] = "data: ", after[] = "\n\n";
    const size_t all = n + sizeof(before) - 1 + sizeof(after) - 1;

    if (all > HTTP_STREAM_RING / 2) {
        s->dropped++;
        return;
    }
    overtake(s, all);
    add_bytes(s, before, sizeof(before) - 1);
    add_bytes(s, line, n);
    add_bytes(s, after, sizeof(after) - 1);
}

void http_stream_beat(struct http_stream *s)
{
    overtake(s, 3);
    add_bytes(s, ":\n\n", 3);
}

void http_stream_wake(struct http_stream *s)
{
    for (size_t i = 0; i < HTTP_STREAM_LISTENERS_MAX; i++) {
        struct listener *l = &s->listeners[i];
        if (!l->connection || !l->waits || (l->at == s->head && !s->ends && !l->lost))
            continue;
        l->waits = false;
        s->library->resume_connection(l->connection);
    }
}

void http_stream_end(struct http_stream *s)
{
    s->ends = true;
    http_stream_wake(s);
}

uint32_t http_stream_listeners(const struct http_stream *s)
{
    uint32_t n = 0;

    for (size_t i = 0; i < HTTP_STREAM_LISTENERS_MAX; i++)
        n += s->listeners[i].connection != NULL;
    return n;
}

uint64_t http_stream_dropped(const struct http_stream *s)
{
    return s->dropped;
}
