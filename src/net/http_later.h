/* SPDX-License-Identifier: MIT
 * Requests whose answer takes longer than a handler may: their connections sleep until it is delivered. */
#ifndef COHERENCE_NET_HTTP_LATER_H
#define COHERENCE_NET_HTTP_LATER_H

#include <stdint.h>

#include "net/http_peers.h"
#include "net/http_reply.h"

#define HTTP_LATER_MAX 16 /* at once */

struct http_waiting {
    struct MHD_Connection *connection; /* NULL: free */
    uint64_t ticket;
    bool zipped; /* wanted so */
    bool done;   /* reply holds what is to be said */
    struct http_reply reply;
};

struct http_later {
    const struct http_library *library;
    struct http_waiting items[HTTP_LATER_MAX];
    uint64_t last_ticket;
    bool ends;
};

/* Room for one more? */
bool http_later_has_room(const struct http_later *l);

/* The connection sleeps until its ticket's answer comes. There is room (asserted). */
void http_later_wait(struct http_later *l, struct MHD_Connection *connection, uint64_t ticket, bool zipped);

/* The one of that connection, or NULL. */
struct http_waiting *http_later_of(struct http_later *l, const struct MHD_Connection *connection);

/* Here is the answer to that ticket: wakes its connection. Returns whether somebody still waits for it. */
bool http_later_deliver(
    struct http_later *l, const struct http_reply_maker *m, uint64_t ticket, const struct http_answer *a);

/* Its answer was queued, or nobody wants it any more. */
void http_later_forget(struct http_waiting *w, const struct http_reply_maker *m);

/* Wakes all without an answer: the server closes. */
void http_later_end(struct http_later *l);

#endif
