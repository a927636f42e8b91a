/* SPDX-License-Identifier: MIT
 * Where a service listens: an address and a port, written as in the configuration, and the socket made of
 * them. */
#ifndef COHERENCE_NET_ENDPOINT_H
#define COHERENCE_NET_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/text.h"

struct endpoint {
    struct sockaddr_storage address;
    socklen_t length;
    bool loopback; /* 127.0.0.0/8 or ::1: only this host can reach it */
};

/* Reads "127.0.0.1:9911" or "[::1]:9911": an address, no name, so that nothing is asked of a name service.
 * Port 0: any that is free. Returns 0, or -EINVAL with e (NULL allowed) saying what is expected. */
int endpoint_parse(const char *text, size_t n, struct endpoint *ret, struct error *e);

/* Makes a socket that listens there: non-blocking, close-on-exec. Returns the descriptor, which the caller
 * closes, or -errno with e filled. */
int endpoint_listen(const struct endpoint *p, struct error *e);

/* Appends "127.0.0.1:9911" or "[::1]:9911": where a listening socket is, with its real port; nothing when it
 * cannot be told. */
void endpoint_describe(int fd, struct text *out);

#endif
