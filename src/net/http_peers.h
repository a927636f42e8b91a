/* SPDX-License-Identifier: MIT
 * The connections of a server and how long each may take: libmicrohttpd knows only how long one may be idle,
 * and who sends a byte now and then is never idle. */
#ifndef COHERENCE_NET_HTTP_PEERS_H
#define COHERENCE_NET_HTTP_PEERS_H

#include <stdbool.h>
#include <stdint.h>

/* Source: the deadlines are those of common servers; a request here is one packet, an answer at most 1 MiB.
 * Heuristic, chosen on 2026-11-22. */
#define HTTP_FIRST_NS  INT64_C(5000000000)  /* from the connection to the end of the first request's head */
#define HTTP_IDLE_NS   INT64_C(60000000000) /* from one answer to the end of the next request's head */
#define HTTP_SEND_NS   INT64_C(30000000000) /* from there to the end of its body, where it has one */
#define HTTP_ANSWER_NS INT64_C(30000000000) /* from there to the end of the answer */

enum http_peer_state {
    HTTP_PEER_FREE,
    HTTP_PEER_NEW,
    HTTP_PEER_IDLE,
    HTTP_PEER_SENDS,
    HTTP_PEER_ANSWERED,
    HTTP_PEER_LISTENS
};

struct http_peer {
    enum http_peer_state state;
    bool shut;        /* told to go */
    int fd;           /* the server's; borrowed */
    int64_t since_ns; /* monotonic; when it came into that state */
};

struct http_peers {
    struct http_peer *peers;
    uint32_t capacity; /* all memory is taken at the start */
    uint32_t limit;    /* so many are meant to stay; the rest of the capacity is for those who are leaving */
    uint32_t count;
    uint64_t overdue; /* were told to go because of a deadline */
    uint64_t evicted; /* because of the limit */
};

/* Returns 0 or -ENOMEM. limit: 1 or more. */
int http_peers_init(struct http_peers *p, uint32_t limit);
/* Raises the limit of descriptors so that there is room for the connections beside everything else, as far as
 * the hard limit goes. Before the seal. */
void http_peers_raise_descriptors(const struct http_peers *p);
void http_peers_free(struct http_peers *p);

/* A connection came. Beyond the limit the one that has been waiting longest for a request is told to go;
 * those that are being answered are not. Returns its peer; NULL: no room at all (the capacity is the daemon's
 * limit too, so this does not happen). O(capacity). */
struct http_peer *http_peers_add(struct http_peers *p, int fd, int64_t now_ns);
void http_peers_remove(struct http_peers *p, struct http_peer *peer);

void http_peer_enter(struct http_peer *peer, enum http_peer_state state, int64_t now_ns);

/* Tells those to go that took too long: their sockets are shut down, and the daemon closes them. O(capacity).
 */
void http_peers_sweep(struct http_peers *p, int64_t now_ns);

#endif
