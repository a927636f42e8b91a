/* SPDX-License-Identifier: MIT
 * Turns short writes, signals and full pipes into one answer. What becomes of a file that was written in part
 * is its owner's matter. */
#include "base/write_all.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

int write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n > 0) {
        ssize_t wrote = write(fd, p, n);
        if (wrote >= 0) {
            p += wrote;
            n -= (size_t)wrote;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            if (poll(&wait, 1, -1) < 0 && errno != EINTR)
                return -errno;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}
