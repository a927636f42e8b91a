/* SPDX-License-Identifier: MIT
 * Turns times into decisions about who must go. What a connection says is read elsewhere. */
#include "net/http_peers.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define DESCRIPTORS_REST 1100u /* what everything else needs at most: the usual limit, and some */

/* Heuristic: so many more are taken, because who is told to go is gone only when the daemon has run. */
#define SPARE 64

void http_peers_raise_descriptors(const struct http_peers *p)
{
    const rlim_t wanted = p->capacity + DESCRIPTORS_REST;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int http_peers_init(struct http_peers *p, uint32_t limit)
{
    *p = (struct http_peers){.capacity = limit + SPARE, .limit = limit};
    p->peers = calloc(p->capacity, sizeof(*p->peers));
    return p->peers ? 0 : -ENOMEM;
}

void http_peers_free(struct http_peers *p)
{
    free(p->peers);
    p->peers = NULL;
}

static void tell_to_go(struct http_peer *peer)
{
    peer->shut = true;
    (void)shutdown(peer->fd, SHUT_RDWR);
}

static bool is_waiting(const struct http_peer *peer)
{
    return !peer->shut && (peer->state == HTTP_PEER_NEW || peer->state == HTTP_PEER_IDLE);
}

static void evict_one(struct http_peers *p)
{
    struct http_peer *oldest = NULL;

    for (uint32_t i = 0; i < p->capacity; i++)
        if (is_waiting(&p->peers[i]) && (!oldest || p->peers[i].since_ns < oldest->since_ns))
            oldest = &p->peers[i];
    if (!oldest)
        return;
    p->evicted++;
    tell_to_go(oldest);
}

struct http_peer *http_peers_add(struct http_peers *p, int fd, int64_t now_ns)
{
    if (p->count >= p->limit)
        evict_one(p);
    for (uint32_t i = 0; i < p->capacity; i++)
        if (p->peers[i].state == HTTP_PEER_FREE) {
            p->peers[i] = (struct http_peer){.state = HTTP_PEER_NEW, .fd = fd, .since_ns = now_ns};
            p->count++;
            return &p->peers[i];
        }
    return NULL;
}

void http_peers_remove(struct http_peers *p, struct http_peer *peer)
{
    *peer = (struct http_peer){.state = HTTP_PEER_FREE};
    p->count--;
}

void http_peer_enter(struct http_peer *peer, enum http_peer_state state, int64_t now_ns)
{
    peer->state = state;
    peer->since_ns = now_ns;
}

void http_peers_sweep(struct http_peers *p, int64_t now_ns)
{
    static const int64_t patience_ns[] = {[HTTP_PEER_FREE] = INT64_MAX,
        [HTTP_PEER_NEW] = HTTP_FIRST_NS,
        [HTTP_PEER_IDLE] = HTTP_IDLE_NS,
        [HTTP_PEER_SENDS] = HTTP_SEND_NS,
        [HTTP_PEER_ANSWERED] = HTTP_ANSWER_NS,
        [HTTP_PEER_LISTENS] = INT64_MAX};

    for (uint32_t i = 0; i < p->capacity; i++) {
        struct http_peer *peer = &p->peers[i];
        if (peer->shut || now_ns - peer->since_ns <= patience_ns[peer->state])
            continue;
        p->overdue++;
        tell_to_go(peer);
    }
}
