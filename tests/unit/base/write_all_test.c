/* SPDX-License-Identifier: MIT
 * All bytes arrive, in order: through a pipe that is full and does not block, and past signals; and what
 * cannot be written says why. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/write_all.h"

#define SIZE (1U << 20) /* many times what a pipe holds */

static unsigned char sent[SIZE], got[SIZE];
static size_t got_n;

static void *read_slowly(void *fd)
{
    ssize_t n;
    got_n = 0;
    do {
        n = read(*(int *)fd, got + got_n, SIZE - got_n < 10000 ? SIZE - got_n : 10000);
        if (n > 0)
            got_n += (size_t)n;
        usleep(500);
    } while (got_n < SIZE && (n > 0 || (n < 0 && errno == EINTR))); /* alarms come here too */
    return NULL;
}

static void on_alarm(int number)
{
    (void)number;
}

/* Alarms come all the time, to whichever thread; calls are not begun again by themselves. */
static void through_a_pipe(int flags)
{
    struct sigaction act = {.sa_handler = on_alarm};
    struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
    pthread_t reader;
    int fds[2];

    for (size_t i = 0; i < SIZE; i++)
        sent[i] = (unsigned char)(i * 7 + i / 251);
    memset(got, 0, sizeof(got));
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(fcntl(fds[1], F_SETFL, flags), 0);
    sigaction(SIGALRM, &act, NULL);
    assert_int_equal(pthread_create(&reader, NULL, read_slowly, &fds[0]), 0);
    setitimer(ITIMER_REAL, &often, NULL);
    int r = write_all(fds[1], sent, SIZE);
    setitimer(ITIMER_REAL, &never, NULL);
    close(fds[1]);
    pthread_join(reader, NULL);
    close(fds[0]);
    assert_int_equal(r, 0);
    assert_int_equal(got_n, SIZE);
    assert_memory_equal(sent, got, SIZE);
}

static void everything_arrives(void **state)
{
    (void)state;
    through_a_pipe(0);
    through_a_pipe(O_NONBLOCK);
}

static void what_fails_says_why(void **state)
{
    int fds[2];
    (void)state;

    assert_int_equal(write_all(-1, "x", 1), -EBADF);
    assert_int_equal(write_all(-1, "x", 0), 0);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    close(fds[0]);
    assert_int_equal(write_all(fds[1], "x", 1), -EPIPE);
    close(fds[1]);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(write_all(full, "x", 1), -ENOSPC);
    close(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_arrives),
        cmocka_unit_test(what_fails_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
