/* SPDX-License-Identifier: MIT
 * Turns a connection into one short line. Nothing is read that matters: what the peer may have sent is thrown
 * away, and the line fits into any socket's buffer, so nobody is waited for. */
#include "output/haproxy_agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "net/endpoint.h"

#define ANSWERS_AT_ONCE 64 /* connections taken in one callback, before the rest of the loop has its turn */

const struct option_row haproxy_option_rows[] = {
    {.key = "outputs.haproxy_agent.listen",
        .type = OPTION_TEXT,
        .offset = offsetof(struct haproxy_options, listen),
        .fallback = "",
        .unit = "",
        .help = "address and port where HAProxy's agent-check is answered, such as 127.0.0.1:9912; empty: "
                "nowhere"},
    {.key = "outputs.haproxy_agent.floor",
        .type = OPTION_INT,
        .offset = offsetof(struct haproxy_options, floor_percent),
        .minimum = 1,
        .maximum = 100,
        .fallback = "10",
        .unit = "% of the weight",
        .help = "the least weight that is ever advised, at full confidence"},
    {.key = "outputs.haproxy_agent.farewell",
        .type = OPTION_DURATION,
        .offset = offsetof(struct haproxy_options, farewell_ns),
        .maximum = 60e9,
        .fallback = "5s",
        .unit = "",
        .help = "how long a stopping sentinel goes on answering 100% when it had advised less; two "
                "agent-inter of "
                "HAProxy are enough"},
};
const size_t haproxy_option_count = sizeof(haproxy_option_rows) / sizeof(haproxy_option_rows[0]);

struct haproxy_agent {
    struct haproxy_options options;
    int (*weight)(void *context);
    void *context;
    struct loop *loop;
    int fd;
    int spare; /* a descriptor to give up when there are none left, so that a waiting peer can be turned away
                */
    bool retired;
    int last; /* percent answered last; 100 before the first */
    uint64_t answers;
    char where[64];
};

int haproxy_options_check(const struct haproxy_options *o, struct error *e)
{
    struct endpoint at;
    struct error why;

    if (o->listen[0] && endpoint_parse(o->listen, strlen(o->listen), &at, &why) != 0)
        return error_set(e, -EINVAL, "outputs.haproxy_agent.listen: %s", why.text);
    return 0;
}

struct haproxy_agent *haproxy_agent_open(
    const struct haproxy_options *o, int (*weight)(void *context), void *context, struct error *e)
{
    struct endpoint at;
    struct error why;
    struct text where;
    struct haproxy_agent *a;

    if (haproxy_options_check(o, e) != 0)
        return NULL;
    (void)endpoint_parse(o->listen, strlen(o->listen), &at, NULL);
    a = calloc(1, sizeof(*a));
    if (!a) {
        error_set(e, -ENOMEM, "not enough memory");
        return NULL;
    }
    a->options = *o;
    a->weight = weight;
    a->context = context;
    a->last = 100;
    a->fd = endpoint_listen(&at, &why);
    if (a->fd < 0) {
        error_set(e, a->fd, "outputs.haproxy_agent.listen %s: %s", o->listen, why.text);
        free(a);
        return NULL;
    }
    a->spare = fcntl(a->fd, F_DUPFD_CLOEXEC, 0);
    text_init(&where, a->where, sizeof(a->where));
    endpoint_describe(a->fd, &where);
    return a;
}

static void answer(struct haproxy_agent *a, int peer)
{
    char line[8], ignored[256];
    struct text t;

    a->last = a->retired ? 100 : a->weight(a->context);
    text_init(&t, line, sizeof(line));
    text_addf(&t, "%d%%\n", a->last);
    /* What it sent would otherwise turn our close into a reset that can overtake the answer. */
    (void)recv(peer, ignored, sizeof(ignored), MSG_DONTWAIT);
    if (send(peer, t.data, t.length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)t.length)
        a->answers++;
    (void)shutdown(peer, SHUT_WR);
    (void)close(peer);
}

/* There is no descriptor left: turns the first peer away, or it would wake us for ever. */
static void turn_away(struct haproxy_agent *a)
{
    (void)close(a->spare);
    const int peer = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (peer >= 0)
        (void)close(peer);
    a->spare = fcntl(a->fd, F_DUPFD_CLOEXEC, 0);
}

static void on_peers(void *context)
{
    struct haproxy_agent *a = context;

    for (int i = 0; i < ANSWERS_AT_ONCE; i++) {
        const int peer = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (peer < 0 && (errno == EMFILE || errno == ENFILE))
            turn_away(a);
        if (peer < 0)
            return;
        answer(a, peer);
    }
}

int haproxy_agent_start(struct haproxy_agent *a, struct loop *l)
{
    a->loop = l;
    return loop_on_readable(l, a->fd, on_peers, a);
}

int64_t haproxy_agent_retire(struct haproxy_agent *a)
{
    a->retired = true;
    return a->last < 100 ? a->options.farewell_ns : 0;
}

uint64_t haproxy_agent_answers(const struct haproxy_agent *a)
{
    return a->answers;
}

void haproxy_agent_describe(const struct haproxy_agent *a, struct text *out)
{
    text_add(out, a->where);
}

void haproxy_agent_close(struct haproxy_agent *a)
{
    if (!a)
        return;
    if (a->loop)
        loop_forget(a->loop, a->fd);
    (void)close(a->fd);
    (void)close(a->spare);
    free(a);
}
