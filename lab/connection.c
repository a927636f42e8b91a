/* SPDX-License-Identifier: MIT
 * Turns one request into one TCP connection with a deadline. Blocks its thread; whoever calls has a thread
 * for each request. Loopback and the lab's own network namespaces are all that it is meant for: it refuses
 * other addresses. */
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"

#define BACKLOG 256

static unsigned address_of(double packed)
{
    unsigned long long p = (unsigned long long)packed;
    return (
        unsigned)(p / 1000000000 % 1000 << 24 | p / 1000000 % 1000 << 16 | p / 1000 % 1000 << 8 | p % 1000);
}

void connection_check(double packed)
{
    unsigned address = address_of(packed);
    errno = EADDRNOTAVAIL;
    if (address >> 24 != 127 && address >> 17 != (198U << 24 | 18U << 16) >> 17)
        fault_give_up("only 127.0.0.0/8 and 198.18.0.0/15");
}

static struct sockaddr_in socket_address(unsigned address, double port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    a.sin_addr.s_addr = htonl(address);
    return a;
}

int connection_listen(double port)
{
    struct sockaddr_in a = socket_address(INADDR_ANY, port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
        bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, BACKLOG))
        fault_give_up("listen");
    return fd;
}

/* 0 when fd became ready for events before the deadline. */
static int wait_for(int fd, short events, double deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    double left = deadline - fault_now_s();
    int r = poll(&p, 1, left > 0 ? (int)(left * 1000) : 0);
    return r == 1 && (p.revents & events) ? 0 : -1;
}

int connection_accept(int listener, double timeout_s)
{
    if (wait_for(listener, POLLIN, fault_now_s() + timeout_s))
        return -1;
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static int ask_on(int fd, const struct sockaddr_in *to, double deadline)
{
    int error = 0;
    socklen_t n = sizeof error;
    char answer = 0;

    if (connect(fd, (const struct sockaddr *)to, sizeof *to) && errno != EINPROGRESS)
        return -1;
    if (wait_for(fd, POLLOUT, deadline) || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) || error)
        return -1;
    if (send(fd, "q", 1, MSG_NOSIGNAL) != 1 || wait_for(fd, POLLIN, deadline))
        return -1;
    return recv(fd, &answer, 1, 0) == 1 && answer == 'a' ? 0 : -1;
}

int connection_ask(double packed, double port, double timeout_s)
{
    struct sockaddr_in to = socket_address(address_of(packed), port);
    double deadline = fault_now_s() + timeout_s;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    int r = ask_on(fd, &to, deadline);
    close(fd);
    return r;
}

int connection_read_request(int fd, double timeout_s)
{
    char request = 0;
    if (wait_for(fd, POLLIN, fault_now_s() + timeout_s))
        return -1;
    return recv(fd, &request, 1, 0) == 1 && request == 'q' ? 0 : -1;
}

void connection_answer(int fd, int is_good)
{
    struct linger reset = {1, 0};
    if (is_good)
        (void)!send(fd, "a", 1, MSG_NOSIGNAL);
    else
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
}
