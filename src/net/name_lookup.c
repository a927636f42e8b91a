/* SPDX-License-Identifier: MIT
 * Turns a host's name into addresses and keeps them while they hold. Everything that may take time is left to
 * the loop: a resolver that does not answer delays nobody but who asked. */
#include "net/name_lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "base/text.h"
#include "net/client_library.h"
#include "net/http_url.h"

#define SECOND_NS INT64_C(1000000000)
/* Bounds of how long an answer holds, heuristic, chosen on 2026-11-22: no shorter, so that a record with a
 * life of 0 is not asked for with every request; no longer, so that a host that moves is followed. An entry
 * of /etc/hosts has no life of its own and gets the least. */
#define KEEP_MIN_NS    (5 * SECOND_NS)
#define KEEP_MAX_NS    (300 * SECOND_NS)
#define TRY_AGAIN_NS   (5 * SECOND_NS)
#define TRY_TIMEOUT_MS 2000
#define TRIES          3

struct name {
    char host[HTTP_URL_HOST_MAX];
    char addresses[NAME_LOOKUP_ADDRESSES_MAX]; /* "": none yet */
    int64_t until_ns;                          /* they hold so long; monotonic */
    int64_t again_ns;                          /* not asked before; monotonic */
    bool asking;
    struct name_lookup *of;
};

struct name_lookup {
    struct ares_library ares;
    ares_channel channel;
    bool has_channel;
    struct loop *loop;
    struct loop_alarm *alarm;
    void (*changed)(void *context);
    void *context;
    bool closing;
    size_t count;
    struct name names[NAME_LOOKUP_NAMES_MAX];
};

static int64_t mono_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

/* When the library wants to be called again though nothing came. */
static void arm(struct name_lookup *n)
{
    struct timeval room, *until = n->ares.timeout(n->channel, NULL, &room);

    if (!n->alarm)
        return;
    if (until)
        loop_alarm_set(n->alarm, until->tv_sec * SECOND_NS + until->tv_usec * INT64_C(1000));
    else
        loop_alarm_clear(n->alarm);
}

static void on_alarm(void *context)
{
    struct name_lookup *n = context;

    n->ares.process_fd(n->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    arm(n);
}

static void on_socket(void *context, int fd, unsigned events)
{
    struct name_lookup *n = context;

    n->ares.process_fd(n->channel, events & LOOP_READABLE ? fd : ARES_SOCKET_BAD,
        events & LOOP_WRITABLE ? fd : ARES_SOCKET_BAD);
    arm(n);
}

/* The library tells what it waits for. */
static void on_state(void *context, ares_socket_t fd, int readable, int writable)
{
    struct name_lookup *n = context;
    const unsigned events = (readable ? LOOP_READABLE : 0U) | (writable ? LOOP_WRITABLE : 0U);

    if (!n->loop)
        return;
    if (events == 0)
        loop_forget(n->loop, fd);
    else
        (void)loop_watch(n->loop, fd, events, on_socket, n); /* if not: its own time runs out */
}

/* One address more, when it is one and fits. */
static void add_address(struct text *t, const struct ares_addrinfo_node *node)
{
    const size_t before = t->length;
    char address[INET6_ADDRSTRLEN];

    if (node->ai_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)node->ai_addr;
        if (inet_ntop(AF_INET, &v4->sin_addr, address, sizeof(address)))
            text_addf(t, "%s%s", before ? "," : "", address);
    } else if (node->ai_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)node->ai_addr;
        if (inet_ntop(AF_INET6, &v6->sin6_addr, address, sizeof(address)))
            text_addf(t, "%s[%s]", before ? "," : "", address);
    }
    if (t->truncated) {
        t->length = before;
        t->data[before] = '\0';
    }
}

static void on_answer(void *context, int status, int timeouts, struct ares_addrinfo *found)
{
    struct name *name = context;
    struct name_lookup *n = name->of;
    int64_t keep_ns = KEEP_MAX_NS;
    struct text t;

    (void)timeouts;
    name->asking = false;
    name->again_ns = mono_ns() + TRY_AGAIN_NS;
    if (status == ARES_SUCCESS && found && found->nodes) {
        text_init(&t, name->addresses, sizeof(name->addresses));
        for (const struct ares_addrinfo_node *node = found->nodes; node; node = node->ai_next) {
            add_address(&t, node);
            if (node->ai_ttl * SECOND_NS < keep_ns)
                keep_ns = node->ai_ttl * SECOND_NS;
        }
        name->until_ns = mono_ns() + (keep_ns < KEEP_MIN_NS ? KEEP_MIN_NS : keep_ns);
    }
    if (found)
        n->ares.freeaddrinfo(found);
    if (!n->closing)
        n->changed(n->context);
}

struct name_lookup *name_lookup_open(struct error *e)
{
    struct name_lookup *n = calloc(1, sizeof(*n));
    struct ares_options options = {.flags = ARES_FLAG_USEVC,
        .timeout = TRY_TIMEOUT_MS,
        .tries = TRIES,
        .sock_state_cb = on_state,
        .sock_state_cb_data = n};
    const int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    int status;

    if (!n) {
        error_set(e, -ENOMEM, "not enough memory to look up names");
        return NULL;
    }
    if (ares_library_load(&n->ares, e) != 0) {
        free(n);
        return NULL;
    }
    status = n->ares.library_init(ARES_LIB_INIT_ALL);
    if (status == ARES_SUCCESS)
        status = n->ares.init_options(&n->channel, &options, given);
    if (status != ARES_SUCCESS) {
        error_set(e, -EIO, "names of hosts cannot be looked up: %s", n->ares.strerror(status));
        free(n);
        return NULL;
    }
    n->has_channel = true;
    return n;
}

static struct name *find(struct name_lookup *n, const char *host)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->names[i].host, host) == 0)
            return &n->names[i];
    return NULL;
}

int name_lookup_allow(struct name_lookup *n, const char *name)
{
    if (find(n, name))
        return 0;
    if (n->count == NAME_LOOKUP_NAMES_MAX || strlen(name) >= HTTP_URL_HOST_MAX)
        return -ENOSPC;
    struct name *into = &n->names[n->count++];
    *into = (struct name){.of = n, .again_ns = INT64_MIN, .until_ns = INT64_MIN};
    memcpy(into->host, name, strlen(name) + 1); /* its length was judged above */
    return 0;
}

int name_lookup_start(struct name_lookup *n, struct loop *l, void (*changed)(void *context), void *context)
{
    n->alarm = loop_alarm_new(l, on_alarm, n);
    if (!n->alarm)
        return -ENOSPC;
    n->loop = l;
    n->changed = changed;
    n->context = context;
    return 0;
}

static void ask(struct name_lookup *n, struct name *name)
{
    /* Not sorted: that would open a datagram socket to each address; libcurl tries them side by side. */
    const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

    name->asking = true;
    n->ares.getaddrinfo(n->channel, name->host, NULL, &hints, on_answer, name);
    arm(n);
}

int name_lookup_find(struct name_lookup *n, const char *host, const char **ret_addresses)
{
    struct name *name = find(n, host);
    const int64_t now_ns = mono_ns();

    if (!name)
        return -EACCES;
    if (now_ns >= name->until_ns && !name->asking && now_ns >= name->again_ns)
        ask(n, name); /* may be answered at once */
    if (name->addresses[0] == '\0')
        return name->asking ? -EAGAIN : -EHOSTUNREACH;
    *ret_addresses = name->addresses;
    return 0;
}

void name_lookup_close(struct name_lookup *n)
{
    if (!n)
        return;
    n->closing = true;
    if (n->has_channel)
        n->ares.destroy(n->channel);
    if (n->alarm)
        loop_alarm_clear(n->alarm);
    free(n);
}
