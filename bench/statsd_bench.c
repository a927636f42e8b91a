/* SPDX-License-Identifier: MIT
 * What receiving StatsD costs on the wire: real datagrams from another process, over UDP on the loopback and
 * over a Unix socket, into the receiver with its table and an intake (what the engine adds, push_bench
 * tells); beside the floor of it, a loop that receives the same and looks at nothing. Each row is SECONDS
 * long, with a sender that goes as fast as it can, and one that keeps to PACE. Packets a second, those that
 * the kernel threw away, and the CPU time of the receiving process for each packet. usage: bench_statsd (no
 * arguments). Fails when packets are unaccounted for. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "ingestion/intake/meaning.h"
#include "ingestion/statsd/statsd.h"

#define SECONDS  2
#define NAMES    2000 /* series */
#define LINE     56   /* bytes of a datagram, about what clients without a buffer send */
#define BATCH    64
#define PACE     300000 /* packets a second that must be received */
#define SLICE_NS 500000
#define NS       INT64_C(1000000000)
#define PAUSE_NS (NS / 4) /* after which the last datagram brings the kernel's last count */

struct way {
    const char *name;
    bool unix_socket;
    int64_t pace; /* a second; 0: as fast as it goes */
};

struct received {
    uint64_t packets, lost;
    double cpu_s, wall_s;
    bool slow; /* a core would not be enough for PACE */
};

/* What the sender says at its end. */
struct sent {
    uint64_t packets;
    double wall_s, cpu_s;
};

static char lines[NAMES][LINE];
static size_t line_n[NAMES];

static double clock_s(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- the sender, in a process of its own ---- */

static uint64_t send_batch(int fd, uint64_t number)
{
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    int n;

    memset(messages, 0, sizeof(messages));
    for (size_t i = 0; i < BATCH; i++) {
        const size_t name = (number + i) % NAMES;
        parts[i] = (struct iovec){lines[name], line_n[name]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    do
        n = sendmmsg(fd, messages, BATCH, 0);
    while (n < 0 && (errno == EINTR || errno == ENOBUFS));
    if (n < 0)
        fail("sendmmsg");
    return (uint64_t)n;
}

static void send_all(int fd, int report_fd, int64_t pace)
{
    const double begun_s = clock_s(CLOCK_MONOTONIC);
    struct sent s = {.packets = 0};
    double now_s;

    while ((now_s = clock_s(CLOCK_MONOTONIC) - begun_s) < SECONDS) {
        if (pace && (double)s.packets > now_s * (double)pace)
            (void)nanosleep(&(struct timespec){.tv_nsec = SLICE_NS}, NULL);
        else
            s.packets += send_batch(fd, s.packets);
    }
    s.wall_s = now_s;
    s.cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    (void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    if (send(fd, lines[0], line_n[0], 0) < 0)
        fail("send");
    s.packets++;
    if (write(report_fd, &s, sizeof(s)) != (ssize_t)sizeof(s))
        fail("write");
    _exit(0);
}

/* ---- the floor ---- */

static int64_t bare_lost; /* as the kernel counts them */

static uint64_t receive_bare(int fd, char (*bytes)[8192], struct mmsghdr *messages, char (*control)[64])
{
    for (size_t i = 0; i < BATCH; i++) {
        messages[i].msg_hdr.msg_control = control[i];
        messages[i].msg_hdr.msg_controllen = sizeof(control[i]);
    }
    const int n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
    (void)bytes;
    for (struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&messages[n - 1].msg_hdr) : NULL; c;
         c = CMSG_NXTHDR(&messages[n - 1].msg_hdr, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            uint32_t total;
            memcpy(&total, CMSG_DATA(c), sizeof(total));
            bare_lost = total;
        }
    return n > 0 ? (uint64_t)n : 0;
}

/* Until the sender's report can be read. */
static void run_bare(int fd, int report_fd, struct received *ret)
{
    static char bytes[BATCH][8192], control[BATCH][64];
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = report_fd, .events = POLLIN}};
    uint64_t n;

    memset(messages, 0, sizeof(messages));
    for (size_t i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){bytes[i], sizeof(bytes[i])};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    bare_lost = 0;
    while (!(fds[1].revents & POLLIN) || (fds[0].revents & POLLIN)) {
        (void)poll(fds, 2, -1);
        while ((n = receive_bare(fd, bytes, messages, control)) > 0)
            ret->packets += n;
    }
    ret->lost = (uint64_t)bare_lost;
}

/* ---- the receiver ---- */

struct rig {
    struct catalog *catalog;
    struct meaning *meaning;
    struct intake_house *house;
    struct push_door door;
    struct loop *loop;
};

static int64_t now(void *context)
{
    struct timespec t;

    (void)context;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * NS + t.tv_nsec;
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)context;
    (void)t_ns;
    (void)samples;
    (void)n;
    return 0;
}

static void on_report(void *context)
{
    const struct rig *r = context;

    loop_stop(r->loop);
}

static void open_rig(struct rig *r, const struct config *c)
{
    static struct feed feed;
    const struct catalog_limits limits = {8 * NAMES, 8 * NAMES, 8 * NAMES};

    r->catalog = catalog_new(&limits);
    r->meaning = meaning_new(NULL, 0);
    feed = (struct feed){.context = r, .catalog = r->catalog, .frame = take_frame};
    const struct intake_setup setup = {
        .feed = &feed, .meaning = r->meaning, .options = c->intake, .local_host = "here"};
    r->house = intake_house_new(&setup);
    r->door = (struct push_door){.in = intake_open(r->house, "statsd", NULL, 0), .now_ns = now};
}

static void close_rig(struct rig *r)
{
    intake_close(r->door.in);
    intake_house_free(r->house);
    meaning_free(r->meaning);
    catalog_free(r->catalog);
}

static void run_statsd(struct statsd *s, const struct config *c, int report_fd, struct received *ret)
{
    struct error e;
    struct rig r;

    open_rig(&r, c);
    r.loop = loop_new(&e);
    if (!r.loop || statsd_start(s, r.loop, &r.door) != 0 ||
        loop_on_readable(r.loop, report_fd, on_report, &r) != 0 || loop_run(r.loop) != 0)
        fail("loop");
    ret->packets = statsd_datagrams(s);
    ret->lost = statsd_overruns(s);
    if (intake_count(r.door.in)->dropped[INTAKE_DROP_OVERRUN] != ret->lost)
        fail("what was lost and what was counted differ");
    loop_forget(r.loop, report_fd);
    statsd_close(s);
    loop_free(r.loop);
    close_rig(&r);
}

/* ---- one row ---- */

static int connect_to(const char *where, bool unix_socket)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct sockaddr_in port = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(unix_socket ? AF_UNIX : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(path.sun_path, where, strnlen(where, sizeof(path.sun_path) - 1));
    const char *colon = strrchr(where, ':');
    port.sin_port = htons((uint16_t)(colon ? strtol(colon + 1, NULL, 10) : 0));
    if (fd < 0 || connect(fd, unix_socket ? (const struct sockaddr *)&path : (const struct sockaddr *)&port,
                      unix_socket ? sizeof(path) : sizeof(port)) != 0)
        fail("connect");
    return fd;
}

/* A socket as the receiver has it; its descriptor is the lowest that is free. */
static struct statsd *open_receiver(
    const struct config *c, const struct way *w, char *where, size_t room, int *ret_fd)
{
    struct statsd_options o = c->statsd;
    struct error e;
    struct text t;
    const int lowest = dup(0);

    (void)close(lowest);
    strcpy(o.listen, w->unix_socket ? "" : "127.0.0.1:0");
    snprintf(o.socket, sizeof(o.socket), w->unix_socket ? "/tmp/coherence-bench-%d.sock" : "", (int)getpid());
    struct statsd *s = statsd_open(&o, 2 * NAMES, &e);
    if (!s) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    text_init(&t, where, room);
    statsd_describe(s, &t);
    *ret_fd = lowest;
    return s;
}

static void measure(const struct config *c, const struct way *w, bool bare, struct received *ret)
{
    char where[256];
    int fd, report[2];
    struct sent sent = {.packets = 0};

    *ret = (struct received){.packets = 0};
    struct statsd *s = open_receiver(c, w, where, sizeof(where), &fd);
    if (pipe(report) != 0)
        fail("pipe");
    const pid_t sender = fork();
    if (sender < 0)
        fail("fork");
    if (sender == 0)
        send_all(connect_to(where, w->unix_socket), report[1], w->pace);
    const double from_s = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    if (bare)
        run_bare(fd, report[0], ret);
    else
        run_statsd(s, c, report[0], ret);
    ret->cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID) - from_s;
    if (bare)
        statsd_close(s);
    if (read(report[0], &sent, sizeof(sent)) != (ssize_t)sizeof(sent) || waitpid(sender, NULL, 0) != sender)
        fail("the sender");
    (void)close(report[0]);
    (void)close(report[1]);
    if (w->unix_socket)
        (void)unlink(where);
    ret->wall_s = sent.wall_s;
    const double each_s = ret->cpu_s / (double)ret->packets;
    printf("%-24s %-6s %7.0f/s sent, %7.0f/s received, %5.2f %% lost; CPU: sender %4.0f, receiver %4.0f ns "
           "each, "
           "%7.0f/s a core\n",
        w->name, bare ? "floor" : "statsd", (double)sent.packets / ret->wall_s,
        (double)ret->packets / ret->wall_s, 100 * (double)ret->lost / (double)sent.packets,
        1e9 * sent.cpu_s / (double)sent.packets, 1e9 * each_s, 1 / each_s);
    ret->slow = !bare && each_s > 1.0 / PACE;
    if (ret->packets + ret->lost != sent.packets) {
        fprintf(stderr, "%llu sent, %llu received, %llu counted as lost\n", (unsigned long long)sent.packets,
            (unsigned long long)ret->packets, (unsigned long long)ret->lost);
        exit(1);
    }
}

int main(void)
{
    static const struct way ways[] = {{"UDP, as fast as it goes", false, 0}, {"UDP, 300000/s", false, PACE},
        {"Unix, as fast as it goes", true, 0}, {"Unix, 300000/s", true, PACE}};
    static struct config config;
    struct received r;
    bool slow = false;

    config_init(&config);
    for (int i = 0; i < NAMES; i++)
        line_n[i] = (size_t)snprintf(lines[i], LINE, "worker.requests.%05d:1|c|#queue:seven", i);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        measure(&config, &ways[i], true, &r);
        measure(&config, &ways[i], false, &r);
        slow |= r.slow;
    }
    return slow;
}
