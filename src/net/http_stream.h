/* SPDX-License-Identifier: MIT
 * Server-sent events: one ring of bytes that all listeners read, each at its own place. A listener that falls
 * a whole ring behind is dropped and counted, so that the memory is fixed and nobody waits for anybody.
 * Source of the format: WHATWG HTML, "Server-sent events". */
#ifndef COHERENCE_NET_HTTP_STREAM_H
#define COHERENCE_NET_HTTP_STREAM_H

#include <stdint.h>

#include "net/http_library.h"

#define HTTP_STREAM_LISTENERS_MAX 32
#define HTTP_STREAM_RING          (256u * 1024u) /* bytes: a minute of a host's ticks and more */

struct http_stream;

struct http_stream *http_stream_new(const struct http_library *library); /* NULL: out of memory */
/* After the daemon has stopped. */
void http_stream_free(struct http_stream *s);

/* An answer that goes on for ever, for one connection with that descriptor, from the next event on; the
 * caller queues and destroys it. NULL: HTTP_STREAM_LISTENERS_MAX listen already, or no memory. */
struct MHD_Response *http_stream_join(struct http_stream *s, struct MHD_Connection *connection, int fd);

/* One event: a line without its newline. One longer than half a ring is dropped and counted. Drops the
 * listeners that it would overtake. Wakes nobody: http_stream_wake does, for all that was pushed. */
void http_stream_push(struct http_stream *s, const char *line, size_t n);
/* A comment, by which a peer that is gone is found out. */
void http_stream_beat(struct http_stream *s);
void http_stream_wake(struct http_stream *s);

/* Ends every listener's answer as soon as the daemon runs again; no new one is taken. */
void http_stream_end(struct http_stream *s);

uint32_t http_stream_listeners(const struct http_stream *s);
uint64_t http_stream_dropped(const struct http_stream *s); /* listeners that were too slow, and long lines */

#endif
