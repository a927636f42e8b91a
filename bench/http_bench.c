/* SPDX-License-Identifier: MIT
 * What an answer costs: rendering /metrics of a host with a hundred cgroups, compressing it, and a request
 * for it over one connection that stays, beside the floor: the least handler that libmicrohttpd allows, with
 * a page of the same size, in turn with ours. CPU time of the process that serves (its kernel's share too),
 * medians. usage: http_bench (no arguments). */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "net/http_library.h"
#include "net/http_server.h"
#include "net/http_zip.h"
#include "output/api/handlers.h"

#define RUNS     101
#define TURNS    15   /* of ours and of the floor */
#define REQUESTS 2000 /* in each */
#define CGROUPS  100
#define TICKS    40
#define FIRST_NS INT64_C(1767225600000000000) /* 2026-01-01 */

static char body[HTTP_BODY_MAX], packed[HTTP_BODY_MAX];

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e6 * (double)t.tv_sec + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* An engine that has judged such a host for a while; exits when it cannot be made. */
static struct engine *make_engine(void)
{
    static struct config config;
    static struct sample samples[2 * (CGROUPS + 1)];
    struct error e;
    size_t n = 0;

    config_init(&config);
    struct engine *g = engine_new(&config.engine, ENGINE_STREAM, &e);
    if (!g)
        exit(1);
    struct catalog *c = engine_catalog(g);
    const int64_t host = catalog_host(c, "web-1", 5);
    for (int i = 0; i <= CGROUPS; i++) {
        char name[64];
        const int length =
            snprintf(name, sizeof(name), "/system.slice/worker-%c%c.service", 'a' + i / 26, 'a' + i % 26);
        const int64_t entity =
            i == CGROUPS ? host
                         : catalog_entity_below(c, (uint32_t)host, ENTITY_CGROUP, name, (size_t)length);
        samples[n++].series = (uint32_t)catalog_series_known(c, (uint32_t)entity, METRIC_CPU_UTILIZATION);
        samples[n++].series = (uint32_t)catalog_series_known(c, (uint32_t)entity, METRIC_MEMORY_USAGE);
    }
    for (int t = 0; t < TICKS; t++) {
        const int64_t now_ns = FIRST_NS + t * INT64_C(1000000000);
        for (size_t i = 0; i < n; i++)
            samples[i].value = i % 2 ? 1e8 + t * 4096.0 : 0.2 + 0.01 * (double)((t * 7 + (int)i) % 11);
        if (engine_frame(g, now_ns, samples, n) != 0 || engine_tick(g, now_ns) != 0)
            exit(1);
    }
    return g;
}

/* ---- requests ---- */

/* The bytes of an answer whose head is whole; 0: not yet. */
static size_t answer_length(const char *got)
{
    const char *end = strstr(got, "\r\n\r\n"), *length = strcasestr(got, "\r\nContent-Length:");

    return end && length && length < end ? (size_t)(end + 4 - got) + strtoul(length + 17, NULL, 10) : 0;
}

/* In a process of its own: REQUESTS requests one after the other, each read to its end. */
static void ask(uint16_t port)
{
    static const char get[] = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    static char got[HTTP_BODY_MAX + 4096];
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        _exit(1);
    for (int i = 0; i < REQUESTS; i++) {
        size_t n = 0, all = 0;
        if (write(fd, get, sizeof(get) - 1) != (ssize_t)sizeof(get) - 1)
            _exit(1);
        while (all == 0 || n < all) {
            const ssize_t more = read(fd, got + n, sizeof(got) - 1 - n);
            if (more <= 0)
                _exit(1);
            n += (size_t)more;
            got[n] = '\0';
            all = all ? all : answer_length(got);
        }
        if (strncmp(got, "HTTP/1.1 200", 12) != 0)
            _exit(1);
    }
    _exit(0);
}

/* Starts it. Returns what is readable when it has ended; exits when it cannot be started. */
static int start_client(uint16_t port, pid_t *ret_pid)
{
    int ends[2];

    if (pipe(ends) != 0 || (*ret_pid = fork()) < 0)
        exit(1);
    if (*ret_pid == 0) {
        close(ends[0]);
        ask(port);
    }
    close(ends[1]);
    return ends[0];
}

static void end_client(int done, pid_t pid)
{
    int status;

    close(done);
    if (waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "a request was not answered\n");
        exit(1);
    }
}

static void stop(void *context)
{
    loop_stop(context);
}

/* CPU of one request to our own service, in us. */
static double ours(struct loop *l, struct http_server *server, uint16_t port)
{
    pid_t pid;

    http_server_tick(server);
    const int done = start_client(port, &pid);
    const double from = cpu_us();
    if (loop_on_readable(l, done, stop, l) != 0 || loop_run(l) != 0)
        exit(1);
    const double took = cpu_us() - from;
    loop_forget(l, done);
    end_client(done, pid);
    return took / REQUESTS;
}

struct bare {
    struct http_library library;
    struct MHD_Daemon *daemon;
    size_t page;
};

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload, size_t *upload_n, void **request)
{
    struct bare *b = context;

    (void)url, (void)method, (void)version, (void)upload, (void)upload_n;
    if (!*request) { /* its head alone; an answer now would close the connection */
        *request = b;
        return MHD_YES;
    }
    *request = NULL;
    struct MHD_Response *r = b->library.create_response_from_buffer(b->page, body, MHD_RESPMEM_PERSISTENT);
    const enum MHD_Result queued = b->library.queue_response(connection, 200, r);
    b->library.destroy_response(r);
    return queued;
}

static double floor_of(struct bare *b, uint16_t port)
{
    const int epoll = b->library.get_daemon_info(b->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    pid_t pid;
    const int done = start_client(port, &pid);
    struct pollfd at[2] = {{.fd = epoll, .events = POLLIN}, {.fd = done, .events = POLLIN}};
    const double from = cpu_us();

    while (poll(at, 2, -1) > 0 && !at[1].revents)
        (void)b->library.run(b->daemon);
    const double took = cpu_us() - from;
    end_client(done, pid);
    return took / REQUESTS;
}

static uint16_t open_bare(struct bare *b, size_t page)
{
    struct error e;

    b->page = page;
    if (http_library_load(&b->library, &e) != 0)
        exit(1);
    b->daemon = b->library.start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, b, MHD_OPTION_END);
    if (!b->daemon)
        exit(1);
    return b->library.get_daemon_info(b->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void measure_requests(struct api *api, size_t page)
{
    struct config config;
    struct error e;
    char where[100];
    struct text t;
    struct bare bare;
    double own[TURNS], least[TURNS];

    config_init(&config);
    snprintf(config.http.listen, sizeof(config.http.listen), "127.0.0.1:0");
    struct loop *l = loop_new(&e);
    struct http_server *server = l ? http_server_open(&config.http, &e) : NULL;
    if (!server || http_server_route(server, api_routes, api_route_count, api, &e) != 0 ||
        http_server_start(server, l) != 0) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    text_init(&t, where, sizeof(where));
    http_server_describe(server, &t);
    const uint16_t port = (uint16_t)strtoul(strrchr(where, ':') + 1, NULL, 10);
    const uint16_t bare_port = open_bare(&bare, page);

    for (int i = 0; i < TURNS; i++) {
        own[i] = ours(l, server, port);
        least[i] = floor_of(&bare, bare_port);
    }
    qsort(own, TURNS, sizeof(own[0]), by_value);
    qsort(least, TURNS, sizeof(least[0]), by_value);
    printf("http: a request for it: %.1f us; floor, the least handler: %.1f us; %.2f times\n", own[TURNS / 2],
        least[TURNS / 2], own[TURNS / 2] / least[TURNS / 2]);
    bare.library.stop_daemon(bare.daemon);
    http_server_close(server);
    loop_free(l);
}

int main(void)
{
    struct engine *g = make_engine();
    struct api api = {.view = engine_view(g),
        .tick_ns = FIRST_NS + (TICKS - 1) * INT64_C(1000000000),
        .tick_mono_ns = api_mono_ns(),
        .version = COHERENCE_VERSION,
        .profile = "default",
        .seal_missing = "",
        .layers = {
            {"no_new_privileges", true}, {"landlock", true}, {"seccomp", true}, {"capabilities", true}}};
    static const char *const nothing[HTTP_QUERIES_MAX] = {"", "", "", "", "", "", "", ""};
    const struct http_request q = {.rest = "", .values = nothing};
    struct http_zip *zip = http_zip_new();
    double render[RUNS], pack[RUNS];
    struct text text;
    size_t n = 0, samples = 0;

    if (!zip)
        return 1;
    for (int i = 0; i < RUNS; i++) {
        struct http_answer a = {.status = 200, .body = &text};
        const double begun = cpu_us();
        text_init(&text, body, sizeof(body));
        api_metrics(&api, &q, &a);
        const double rendered = cpu_us();
        n = http_zip_pack(zip, text.data, text.length, packed, sizeof(packed));
        render[i] = rendered - begun;
        pack[i] = cpu_us() - rendered;
    }
    for (size_t i = 0; i < text.length; i++)
        samples += text.data[i] == '\n' && text.data[i + 1] != '#' && text.data[i + 1] != '\0';
    qsort(render, RUNS, sizeof(render[0]), by_value);
    qsort(pack, RUNS, sizeof(pack[0]), by_value);
    printf("http: /metrics of %zu series, %zu bytes: rendered in %.0f us; to %zu bytes of gzip in %.0f us\n",
        samples, text.length, render[RUNS / 2], n, pack[RUNS / 2]);
    measure_requests(&api, text.length);
    http_zip_free(zip);
    engine_free(g);
    return 0;
}
