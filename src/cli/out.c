/* SPDX-License-Identifier: MIT
 * Turns lines into writes. The buffer is the whole memory between us and a slow reader. */
#include "cli/out.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A pipe that polls writable takes this much without blocking: PIPE_BUF, pipe(7). */
#define ATOMIC_WRITE 4096

void out_init(struct out *o, int fd, bool patient)
{
    memset(o, 0, offsetof(struct out, buffer));
    o->fd = fd;
    o->patient = patient;
}

static bool is_ready(const struct out *o)
{
    struct pollfd p = {.fd = o->fd, .events = POLLOUT};
    return o->patient || poll(&p, 1, 0) > 0;
}

int out_flush(struct out *o)
{
    while (!o->error && o->from < o->to && is_ready(o)) {
        size_t n = o->to - o->from;
        if (!o->patient && n > ATOMIC_WRITE)
            n = ATOMIC_WRITE;
        ssize_t w = write(o->fd, o->buffer + o->from, n);
        if (w >= 0)
            o->from += (size_t)w;
        else if (errno == EAGAIN && !o->patient)
            break;
        else if (errno == EAGAIN)
            (void)poll(&(struct pollfd){.fd = o->fd, .events = POLLOUT}, 1, -1);
        else if (errno != EINTR)
            o->error = -errno;
    }
    if (o->from == o->to)
        o->from = o->to = 0;
    return o->error;
}

int out_lines(struct out *o, const char *bytes, size_t n)
{
    if (o->error)
        return o->error;
    if (n > OUT_BUFFER - o->to && out_flush(o))
        return o->error;
    if (n > OUT_BUFFER - o->to && o->from > 0) {
        memmove(o->buffer, o->buffer + o->from, o->to - o->from);
        o->to -= o->from;
        o->from = 0;
    }
    if (n > OUT_BUFFER - o->to) {
        o->dropped++;
        return o->error;
    }
    memcpy(o->buffer + o->to, bytes, n);
    o->to += n;
    return o->error;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int out_finish(struct out *o, int wait_ms)
{
    const int64_t end_ms = now_ms() + wait_ms;
    int64_t left_ms = wait_ms;

    while (!out_flush(o) && o->from < o->to && left_ms > 0) {
        (void)poll(&(struct pollfd){.fd = o->fd, .events = POLLOUT}, 1, (int)left_ms);
        left_ms = end_ms - now_ms();
    }
    for (; !o->error && o->from < o->to; o->from++)
        o->dropped += o->buffer[o->from] == '\n';
    return o->error;
}
