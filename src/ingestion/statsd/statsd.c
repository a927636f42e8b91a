/* SPDX-License-Identifier: MIT
 * Turns datagrams of two sockets into lines for the table, many at a time, and flushes it on a timer. What a
 * line means is statsd_line.c's matter, what becomes of it statsd_table.c's. */
#include "ingestion/statsd/statsd.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ingestion/statsd/statsd_table.h"
#include "net/endpoint.h"

#define DATAGRAM_MAX 8192 /* bytes; DogStatsD's clients send at most so much over a Unix socket */
#define BATCH        64   /* datagrams of one system call */
/* System calls in a row before other events of the loop get their turn. Heuristic, chosen on 2026-11-22: 1024
 * datagrams take about a millisecond. */
#define CALLS_MAX 16

struct inlet {
    int fd; /* -1: not configured */
    struct statsd *statsd;
    uint32_t overruns; /* as the kernel counts them, of this socket */
};

struct statsd {
    struct statsd_options options;
    struct statsd_table *table;
    struct push_door *door;
    struct loop *loop;
    struct inlet inlets[2];
    char where[64]; /* of the first; under the seal it cannot be asked for any more */
    uint64_t datagrams, overruns;
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    char control[BATCH][CMSG_SPACE(sizeof(uint32_t))];
    char bytes[BATCH][DATAGRAM_MAX];
};

const struct option_row statsd_option_rows[] = {
    {.key = "sources.statsd.listen",
        .type = OPTION_TEXT,
        .offset = offsetof(struct statsd_options, listen),
        .fallback = "",
        .unit = "",
        .help = "address and UDP port on which StatsD and DogStatsD are taken in, such as 127.0.0.1:8125; "
                "empty: none"},
    {.key = "sources.statsd.socket",
        .type = OPTION_TEXT,
        .offset = offsetof(struct statsd_options, socket),
        .fallback = "",
        .unit = "",
        .help = "path of a Unix datagram socket for the same; empty: none"},
    {.key = "sources.statsd.socket_mode",
        .type = OPTION_TEXT,
        .offset = offsetof(struct statsd_options, mode),
        .fallback = "0660",
        .unit = "octal",
        .help = "permissions of that socket: who may write to it may send"},
    {.key = "sources.statsd.open",
        .type = OPTION_BOOL,
        .offset = offsetof(struct statsd_options, open),
        .fallback = "false",
        .unit = "",
        .help =
            "listen may be an address that other hosts reach; the protocol has no secret, so whoever does "
            "can send anything"},
    {.key = "sources.statsd.flush_interval",
        .type = OPTION_DURATION,
        .offset = offsetof(struct statsd_options, flush_ns),
        .minimum = 1e8,
        .maximum = 60e9,
        .fallback = "1s",
        .unit = "",
        .help =
            "how long values are added up before they are judged; clients that buffer do so for 1 to 10 s"},
    {.key = "sources.statsd.receive_buffer",
        .type = OPTION_SIZE,
        .offset = offsetof(struct statsd_options, receive_bytes),
        .minimum = 65536,
        .maximum = 268435456,
        .fallback = "8MiB",
        .unit = "",
        .help = "what the kernel keeps until it is read; it gives what net.core.rmem_max allows"},
    {.key = "sources.statsd.relative_gauges",
        .type = OPTION_BOOL,
        .offset = offsetof(struct statsd_options, relative_gauges),
        .fallback = "true",
        .unit = "",
        .help =
            "a gauge with a sign (+5, -5) changes the one before, as in StatsD; false: it is the value, as "
            "in DogStatsD"},
};
const size_t statsd_option_count = sizeof(statsd_option_rows) / sizeof(statsd_option_rows[0]);

/* Permissions as three or four octal digits. Returns false: they are none. */
static bool read_mode(const char *text, mode_t *ret)
{
    const size_t n = strlen(text);
    mode_t mode = 0;

    if (n < 3 || n > 4 || strspn(text, "01234567") != n)
        return false;
    for (size_t i = 0; i < n; i++)
        mode = (mode << 3) | (mode_t)(text[i] - '0');
    *ret = mode;
    return mode <= 0777;
}

int statsd_options_check(const struct statsd_options *o, const char **ret_key, struct error *e)
{
    struct sockaddr_un address;
    struct endpoint at;
    struct error why;
    mode_t mode;

    *ret_key = "sources.statsd.listen";
    if (o->listen[0] && endpoint_parse(o->listen, strlen(o->listen), &at, &why) != 0)
        return error_set(e, -EINVAL, "sources.statsd.listen: %s", why.text);
    if (o->listen[0] && !at.loopback && !o->open)
        return error_set(e, -EINVAL,
            "sources.statsd.listen: others can reach %s, and the protocol has no secret; say "
            "sources.statsd.open: "
            "true, or listen on 127.0.0.1",
            o->listen);
    *ret_key = "sources.statsd.socket";
    if (o->socket[0] && (o->socket[0] != '/' || strlen(o->socket) >= sizeof(address.sun_path)))
        return error_set(e, -EINVAL, "sources.statsd.socket must be an absolute path of at most %zu bytes",
            sizeof(address.sun_path) - 1);
    *ret_key = "sources.statsd.socket_mode";
    if (!read_mode(o->mode, &mode))
        return error_set(
            e, -EINVAL, "sources.statsd.socket_mode must be permissions in octal digits, such as 0660");
    return 0;
}

/* ---- sockets ---- */

/* Asks for room in the kernel, and to be told what it threw away. */
static int set_up(int fd, uint64_t receive_bytes)
{
    const int on = 1, size = (int)receive_bytes;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)); /* it gives what it may */
    return setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)) == 0 ? fd : -errno;
}

static int open_udp(const struct statsd_options *o, struct error *e)
{
    const int on = 1;
    struct endpoint at;
    int r = endpoint_parse(o->listen, strlen(o->listen), &at, e);

    if (r)
        return r;
    const int fd = socket(at.address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        (at.address.ss_family == AF_INET6 &&
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
        bind(fd, (const struct sockaddr *)&at.address, at.length) != 0 || set_up(fd, o->receive_bytes) < 0) {
        r = -errno;
        if (fd >= 0)
            (void)close(fd);
        return error_set(e, r, "sources.statsd.listen %s: cannot listen there: %s", o->listen, strerror(-r));
    }
    return fd;
}

/* Takes a socket's file away that nobody listens at any more: of a sentinel that ended. Anything else stays.
 */
static void remove_stale(const struct sockaddr_un *address)
{
    struct stat st;
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
        connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 && errno == ECONNREFUSED)
        (void)unlink(address->sun_path);
    (void)close(fd);
}

static int open_unix(const struct statsd_options *o, struct error *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t mode = 0;
    int r = 0;

    (void)read_mode(o->mode, &mode); /* checked */
    memcpy(address.sun_path, o->socket, strnlen(o->socket, sizeof(address.sun_path) - 1));
    remove_stale(&address);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const mode_t before = umask(0777 & ~mode); /* never wider than asked, not even for an instant */
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        set_up(fd, o->receive_bytes) < 0)
        r = -errno;
    (void)umask(before);
    if (r == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return error_set(e, r, "sources.statsd.socket %s: cannot listen there: %s", o->socket, strerror(-r));
}

/* Whether a socket's file could be made there. The directory: that of the path. */
static int look_at_path(const struct sockaddr_un *address)
{
    struct sockaddr_un directory = *address;
    struct stat st;

    strrchr(directory.sun_path, '/')[1] = '\0'; /* the path begins with one */
    if (lstat(address->sun_path, &st) != 0)
        return errno == ENOENT && access(directory.sun_path, W_OK | X_OK) == 0 ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode))
        return -EEXIST;
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int r = -errno;
    if (fd >= 0) {
        r = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? -EADDRINUSE : -errno;
        (void)close(fd);
    }
    if (r != -ECONNREFUSED)
        return r;
    return access(directory.sun_path, W_OK | X_OK) == 0 ? 0 : -errno; /* of one that ended: it is replaced */
}

int statsd_try(const struct statsd_options *o, bool unix_socket, struct error *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (!unix_socket) {
        const int fd = open_udp(o, e);
        if (fd >= 0)
            (void)close(fd);
        return fd < 0 ? fd : 0;
    }
    memcpy(address.sun_path, o->socket, strnlen(o->socket, sizeof(address.sun_path) - 1));
    const int r = look_at_path(&address);
    return r == 0 ? 0
                  : error_set(e, r, "sources.statsd.socket %s: cannot listen there: %s", o->socket,
                        r == -EEXIST ? "a file is there that is no socket" : strerror(-r));
}

static void prepare_messages(struct statsd *s)
{
    for (size_t i = 0; i < BATCH; i++) {
        s->parts[i] = (struct iovec){.iov_base = s->bytes[i], .iov_len = DATAGRAM_MAX};
        s->messages[i].msg_hdr = (struct msghdr){.msg_iov = &s->parts[i], .msg_iovlen = 1};
    }
}

struct statsd *statsd_open(const struct statsd_options *o, uint32_t series, struct error *e)
{
    struct statsd *s = calloc(1, sizeof(*s));
    const struct statsd_rules rules = {.series = series, .relative_gauges = o->relative_gauges};

    if (!s || !(s->table = statsd_table_new(&rules))) {
        error_set(e, -ENOMEM, "not enough memory for sources.statsd");
        free(s);
        return NULL;
    }
    s->options = *o;
    s->inlets[0] = s->inlets[1] = (struct inlet){.fd = -1, .statsd = s};
    prepare_messages(s);
    if (o->listen[0])
        s->inlets[0].fd = open_udp(o, e);
    if (o->socket[0] && (!o->listen[0] || s->inlets[0].fd >= 0))
        s->inlets[1].fd = open_unix(o, e);
    if ((o->listen[0] && s->inlets[0].fd < 0) || (o->socket[0] && s->inlets[1].fd < 0)) {
        statsd_close(s);
        return NULL;
    }
    struct text where;
    text_init(&where, s->where, sizeof(s->where));
    endpoint_describe(s->inlets[0].fd, &where);
    return s;
}

/* ---- datagrams ---- */

/* What the kernel says beside a datagram: how many it has thrown away so far on this socket. */
static void note_overruns(struct inlet *in, struct msghdr *m)
{
    uint32_t total;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
            continue;
        memcpy(&total, CMSG_DATA(c), sizeof(total));
        const uint32_t more = total - in->overruns; /* it may wrap */
        in->overruns = total;
        in->statsd->overruns += more;
        if (more)
            intake_drop(in->statsd->door->in, INTAKE_DROP_OVERRUN, more);
    }
}

static void take_datagram(struct inlet *in, const struct mmsghdr *m, const char *bytes)
{
    struct statsd *s = in->statsd;
    size_t n = m->msg_len;

    if (m->msg_hdr.msg_flags & MSG_TRUNC) { /* the last line is cut */
        intake_drop(s->door->in, INTAKE_DROP_TOO_LONG, 1);
        n = n < DATAGRAM_MAX ? n : DATAGRAM_MAX;
        while (n > 0 && bytes[n - 1] != '\n')
            n--;
    }
    statsd_table_take(s->table, s->door, bytes, n);
}

static void on_readable(void *context)
{
    struct inlet *in = context;
    struct statsd *s = in->statsd;

    for (int call = 0; call < CALLS_MAX; call++) {
        for (size_t i = 0; i < BATCH; i++) {
            s->messages[i].msg_hdr.msg_control = s->control[i];
            s->messages[i].msg_hdr.msg_controllen = sizeof(s->control[i]);
        }
        const int n = recvmmsg(in->fd, s->messages, BATCH, MSG_DONTWAIT, NULL);
        s->datagrams += n > 0 ? (uint64_t)n : 0;
        for (int i = 0; i < n; i++) {
            note_overruns(in, &s->messages[i].msg_hdr);
            take_datagram(in, &s->messages[i], s->bytes[i]);
        }
        if (n < BATCH)
            return;
    }
}

static void on_flush(void *context, const struct loop_instant *now)
{
    struct statsd *s = context;

    (void)now;
    (void)statsd_table_flush(s->table, s->door); /* the door keeps the fault */
}

int statsd_start(struct statsd *s, struct loop *l, struct push_door *door)
{
    int r = 0;

    s->door = door;
    s->loop = l;
    for (size_t i = 0; i < 2 && r == 0; i++)
        if (s->inlets[i].fd >= 0)
            r = loop_on_readable(l, s->inlets[i].fd, on_readable, &s->inlets[i]);
    return r ? r : loop_every(l, s->options.flush_ns, on_flush, s);
}

void statsd_describe(const struct statsd *s, struct text *out)
{
    if (s->inlets[0].fd >= 0) {
        text_add(out, "udp ");
        text_add(out, s->where);
    }
    if (s->inlets[1].fd >= 0) {
        text_add(out, s->inlets[0].fd >= 0 ? " and " : "");
        text_add_printable(out, s->options.socket, strlen(s->options.socket));
    }
}

uint64_t statsd_datagrams(const struct statsd *s)
{
    return s->datagrams;
}

uint64_t statsd_overruns(const struct statsd *s)
{
    return s->overruns;
}

void statsd_close(struct statsd *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < 2; i++) {
        if (s->inlets[i].fd < 0)
            continue;
        if (s->loop)
            loop_forget(s->loop, s->inlets[i].fd);
        (void)close(s->inlets[i].fd);
    }
    statsd_table_free(s->table);
    free(s);
}
