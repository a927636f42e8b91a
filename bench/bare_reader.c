/* SPDX-License-Identifier: MIT
 * The least that an agent can do: keeps the files named open and reads each from its beginning every second,
 * until it is ended. The floor of scripts/bench-agent. usage: bare_reader FILE... */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static char buffer[1 << 20];
    int *fds = calloc((size_t)argc, sizeof(*fds));
    struct timespec next;

    if (!fds || argc < 2)
        return 64;
    for (int i = 1; i < argc; i++)
        fds[i] = open(argv[i], O_RDONLY | O_CLOEXEC); /* what is gone by now is not read */
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (;; next.tv_sec++) {
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
        for (int i = 1; i < argc; i++) {
            off_t at = 0;
            ssize_t n;
            while (fds[i] >= 0 && (n = pread(fds[i], buffer, sizeof(buffer), at)) > 0)
                at += n;
        }
    }
}
