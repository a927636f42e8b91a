/* SPDX-License-Identifier: MIT
 * Standard output towards readers that are patient, slow, stuck or gone, through real pipes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/out.h"

#define LINE   1000
#define FLOOD  600 /* lines: more than buffer and pipe hold together */
#define PIPE_B 65536

static struct out out;
static int ends[2];

static int open_pipe(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, PIPE_B), PIPE_B);
    return 0;
}

static int close_pipe(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

/* The number of a line, and as many letters as make LINE bytes. */
static void write_lines(int from, int to)
{
    char line[LINE];
    for (int i = from; i < to; i++) {
        memset(line, 'a' + i % 26, sizeof(line));
        line[0] = (char)('0' + i % 64);
        line[1] = (char)('0' + i / 64);
        line[LINE - 1] = '\n';
        (void)out_lines(&out, line, sizeof(line));
    }
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads what is there; returns the number of whole lines and checks that each is one that was written, in
 * order. */
static int read_lines(void)
{
    static char bytes[FLOOD * LINE];
    size_t n = 0;
    ssize_t r;
    int last = -1, count = 0;

    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    do {
        out_flush(&out);
        r = read(ends[0], bytes + n, sizeof(bytes) - n);
        n += r > 0 ? (size_t)r : 0;
    } while (r > 0);
    for (size_t at = 0; at + LINE <= n; at += LINE, count++) {
        int number = bytes[at] - '0' + 64 * (bytes[at + 1] - '0');
        assert_true(number > last);
        assert_int_equal(bytes[at + 2], 'a' + number % 26);
        assert_int_equal(bytes[at + LINE - 1], '\n');
        last = number;
    }
    assert_int_equal(n % LINE, 0);
    return count;
}

static void a_stuck_reader_costs_lines_and_no_time(void **state)
{
    (void)state;
    out_init(&out, ends[1], false);
    int64_t began = now_ms();
    write_lines(0, FLOOD);
    assert_true(now_ms() - began < 1000);
    assert_int_equal(out.error, 0);
    assert_true(out.dropped > 0);
    /* What the pipe and the buffer hold was kept, the rest counted. */
    int kept = read_lines();
    assert_int_equal(kept + (int)out.dropped, FLOOD);
    assert_true(kept * LINE > (int)OUT_BUFFER);
}

static void after_a_pause_new_lines_come_through(void **state)
{
    (void)state;
    out_init(&out, ends[1], false);
    write_lines(0, FLOOD);
    uint64_t dropped = out.dropped;
    (void)read_lines();
    write_lines(FLOOD, FLOOD + 50);
    assert_int_equal(out.dropped, dropped);
    assert_int_equal(read_lines(), 50);
}

static void finish_waits_as_long_as_told_and_counts_what_is_left(void **state)
{
    (void)state;
    out_init(&out, ends[1], false);
    write_lines(0, 200); /* 65 fill the pipe, 135 wait */
    assert_int_equal(out.dropped, 0);
    int64_t began = now_ms();
    assert_int_equal(out_finish(&out, 300), 0);
    int64_t took = now_ms() - began;
    assert_true(took >= 290 && took < 2000);
    assert_int_equal(out.dropped, 135);
    assert_int_equal(out.from, out.to);
}

static void finish_gives_everything_to_a_reader_that_reads(void **state)
{
    (void)state;
    out_init(&out, ends[1], false);
    write_lines(0, 40);
    assert_int_equal(out_finish(&out, 300), 0);
    assert_int_equal(out.dropped, 0);
    assert_int_equal(read_lines(), 40);
}

static void a_reader_that_left_is_an_error_and_no_loss(void **state)
{
    (void)state;
    for (int patient = 0; patient < 2; patient++) {
        int gone[2];
        assert_int_equal(pipe(gone), 0);
        close(gone[0]);
        out_init(&out, gone[1], patient);
        write_lines(0, FLOOD);
        assert_int_equal(out.error, -EPIPE);
        assert_int_equal(out_flush(&out), -EPIPE);
        assert_int_equal(out_finish(&out, 100), -EPIPE);
        assert_int_equal(out_lines(&out, "x\n", 2), -EPIPE);
        assert_int_equal(out.dropped, 0);
        close(gone[1]);
    }
}

static void a_full_device_is_an_error(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    out_init(&out, fd, true);
    write_lines(0, 3);
    assert_int_equal(out_flush(&out), -ENOSPC);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stuck_reader_costs_lines_and_no_time, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(after_a_pause_new_lines_come_through, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(
            finish_waits_as_long_as_told_and_counts_what_is_left, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(
            finish_gives_everything_to_a_reader_that_reads, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(a_reader_that_left_is_an_error_and_no_loss, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(a_full_device_is_an_error, open_pipe, close_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
