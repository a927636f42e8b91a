/* SPDX-License-Identifier: MIT
 * A server in a process of its own that answers by path with what a test needs: well, badly, slowly, never.
 */
#ifndef COHERENCE_TESTS_CANNED_SERVER_H
#define COHERENCE_TESTS_CANNED_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zlib.h>

static inline void canned_say(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            _exit(0);
        bytes += sent;
        n -= (size_t)sent;
    }
}

static inline void canned_reply(int fd, const char *status, const char *headers, const char *body)
{
    char head[4096];
    const int n = snprintf(
        head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n", status, strlen(body), headers);

    canned_say(fd, head, (size_t)n);
    canned_say(fd, body, strlen(body));
}

/* n bytes of 'a', gzipped. */
static inline void canned_gzip(int fd, size_t n)
{
    char *plain = malloc(n), *packed = malloc(n / 100 + 1000), head[200];
    z_stream z = {.zalloc = NULL};

    memset(plain, 'a', n);
    (void)deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
    z.next_in = (Bytef *)plain;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)packed;
    z.avail_out = (uInt)(n / 100 + 1000);
    (void)deflate(&z, Z_FINISH);
    const int head_n = snprintf(head, sizeof(head),
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %lu\r\n\r\n", z.total_out);
    canned_say(fd, head, (size_t)head_n);
    canned_say(fd, packed, z.total_out);
    free(plain);
    free(packed);
}

static inline void canned_drip(int fd, const char *head)
{
    canned_say(fd, head, strlen(head));
    for (;;) {
        canned_say(fd, "x", 1);
        usleep(50000);
    }
}

/* One request after the other on one connection; the path says what comes. connection: its number. */
static inline void canned_serve(int fd, int connection)
{
    char in[70000];
    size_t have = 0;

    for (int request = 1;; request++) {
        char *end = NULL, number[64];
        have = 0;
        while (!end) {
            const ssize_t got = recv(fd, in + have, sizeof(in) - 1 - have, 0);
            if (got <= 0)
                _exit(0);
            have += (size_t)got;
            in[have] = '\0';
            end = strstr(in, "\r\n\r\n");
        }
        const char *length = strstr(in, "Content-Length: ");
        const size_t body = length ? (size_t)atol(length + 16) : 0;
        while (have < (size_t)(end - in) + 4 + body && have < sizeof(in) - 1) {
            const ssize_t got = recv(fd, in + have, sizeof(in) - 1 - have, 0);
            if (got <= 0)
                _exit(0);
            have += (size_t)got;
            in[have] = '\0';
        }
#define ASKED(path)                                                                                          \
    (strncmp(in, "GET " path " ", 5 + strlen(path)) == 0 ||                                                  \
        strncmp(in, "POST " path " ", 6 + strlen(path)) == 0)
        if (ASKED("/echo"))
            canned_reply(fd, "200 OK", "Content-Type: text/plain\r\n", in);
        else if (ASKED("/count")) {
            snprintf(number, sizeof(number), "%d/%d", connection, request);
            canned_reply(fd, "200 OK", "", number);
        } else if (ASKED("/500"))
            canned_reply(fd, "500 Internal Server Error", "", "it broke");
        else if (ASKED("/429"))
            canned_reply(fd, "429 Too Many Requests", "Retry-After: 7\r\n", "");
        else if (ASKED("/again"))
            canned_reply(fd, "302 Found", "Location: /count\r\n", "");
        else if (ASKED("/away"))
            canned_reply(fd, "302 Found", "Location: http://127.0.0.1:9/\r\n", "");
        else if (ASKED("/zip"))
            canned_gzip(fd, 100000);
        else if (ASKED("/bomb"))
            canned_gzip(fd, (size_t)200 << 20);
        else if (ASKED("/garbage")) {
            canned_say(fd, "\0\1\2 hello\r\n\r\n", 13);
            _exit(0);
        } else if (ASKED("/cut")) {
            canned_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc", 44);
            _exit(0);
        } else if (ASKED("/mute"))
            sleep(100);
        else if (ASKED("/drip"))
            canned_drip(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        else if (ASKED("/head")) {
            canned_say(fd, "HTTP/1.1 200 OK\r\n", 17);
            for (int i = 0; i < 20000; i++)
                canned_say(fd, "X-A: bbbbbbbbbbbbbbbbbbbbbbbb\r\n", 31);
            sleep(100);
        } else
            canned_reply(fd, "404 Not Found", "", "");
    }
}

struct canned {
    uint16_t port;
    pid_t process;
};

static inline struct canned canned_start(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct canned c;

    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &n) != 0)
        abort();
    c.port = ntohs(at.sin_port);
    c.process = fork();
    if (c.process == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGCHLD, SIG_IGN);
        for (int number = 1;; number++) {
            const int conversation = accept(fd, NULL, NULL);
            if (conversation >= 0 && fork() == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                canned_serve(conversation, number);
            }
            close(conversation);
        }
    }
    close(fd);
    return c;
}

static inline void canned_stop(const struct canned *c)
{
    kill(c->process, SIGKILL);
    (void)waitpid(c->process, NULL, 0);
}

#endif
