/* SPDX-License-Identifier: MIT
 * Turns a configured address into a listening socket. Who may be served there is judged elsewhere. */
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/shown.h"

/* Connections that the kernel keeps for us until we get to them; it takes less where net.core.somaxconn is
 * less. */
#define ENDPOINT_BACKLOG 512

static int refuse(struct error *e, const char *text, size_t n)
{
    struct shown s;

    return error_set(e, -EINVAL,
        "%s is no address with a port; expected one such as 127.0.0.1:9911 or [::1]:9911",
        shown_value(&s, text, n));
}

/* Fills in the address without its port. Returns whether it is one. */
static bool parse_address(const char *text, size_t n, struct endpoint *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&ret->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret->address;
    const bool in_brackets = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    char name[INET6_ADDRSTRLEN];

    if (in_brackets) {
        text++;
        n -= 2;
    }
    if (n >= sizeof(name) || memchr(text, '\0', n))
        return false;
    memcpy(name, text, n);
    name[n] = '\0';
    if (in_brackets) {
        v6->sin6_family = AF_INET6;
        ret->length = sizeof(*v6);
        if (inet_pton(AF_INET6, name, &v6->sin6_addr) != 1)
            return false;
        ret->loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        return true;
    }
    v4->sin_family = AF_INET;
    ret->length = sizeof(*v4);
    if (inet_pton(AF_INET, name, &v4->sin_addr) != 1)
        return false;
    ret->loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    return true;
}

int endpoint_parse(const char *text, size_t n, struct endpoint *ret, struct error *e)
{
    struct endpoint found;
    size_t colon = n;
    uint64_t port;

    memset(&found, 0, sizeof(found));
    while (colon > 0 && text[colon - 1] != ':')
        colon--;
    if (colon == 0 || !parse_address(text, colon - 1, &found) ||
        number_parse_u64(text + colon, n - colon, &port) != 0 || port > UINT16_MAX)
        return refuse(e, text, n);
    if (found.address.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&found.address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)&found.address)->sin_port = htons((uint16_t)port);
    *ret = found;
    return 0;
}

int endpoint_listen(const struct endpoint *p, struct error *e)
{
    const int on = 1, fd = socket(p->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int r = 0;

    if (fd < 0) {
        r = -errno;
        return error_set(e, r, "cannot make a socket: %s", strerror(-r));
    }
    /* A restarted service takes its port back at once; an IPv6 one takes no IPv4 port with it. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        (p->address.ss_family == AF_INET6 &&
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
        bind(fd, (const struct sockaddr *)&p->address, p->length) != 0 || listen(fd, ENDPOINT_BACKLOG) != 0) {
        r = -errno;
        (void)close(fd);
        return error_set(e, r, "cannot listen there: %s", strerror(-r));
    }
    return fd;
}

void endpoint_describe(int fd, struct text *out)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof(address);
    char name[INET6_ADDRSTRLEN];

    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return;
    if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
        if (inet_ntop(AF_INET6, &v6->sin6_addr, name, sizeof(name)))
            text_addf(out, "[%s]:%u", name, (unsigned)ntohs(v6->sin6_port));
    } else if (address.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
        if (inet_ntop(AF_INET, &v4->sin_addr, name, sizeof(name)))
            text_addf(out, "%s:%u", name, (unsigned)ntohs(v4->sin_port));
    }
}
