/* SPDX-License-Identifier: MIT
 * The loop on the real kernel: alignment, order, missed periods, injected clock steps, descriptors, signals,
 * no allocation, and all of it under the seal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <uv.h>

#include "net/loop.h"
#include "net/reserve.h"
#include "sandbox/seal.h"

#define MS(x) ((int64_t)(x)*1000000)
/* A machine that runs tests may be late by this much and is not wrong. */
#define PATIENCE MS(2000)

#define CALLS_MAX 64

struct journal {
    struct loop *loop;
    size_t count, stop_after;
    struct {
        int who;
        struct loop_instant at;
    } calls[CALLS_MAX];
};

struct writer {
    struct journal *journal;
    int who;
};

static void note(void *context, const struct loop_instant *now)
{
    struct writer *w = context;
    struct journal *j = w->journal;

    if (j->count < CALLS_MAX) {
        j->calls[j->count].who = w->who;
        j->calls[j->count].at = *now;
    }
    if (++j->count >= j->stop_after)
        loop_stop(j->loop);
}

static unsigned long allocations; /* libuv's */

static void *allocate(size_t n)
{
    allocations++;
    return malloc(n);
}

static void *reallocate(void *p, size_t n)
{
    allocations++;
    return realloc(p, n);
}

static void *allocate_zeroed(size_t k, size_t n)
{
    allocations++;
    return calloc(k, n);
}

static void test_timers_fall_on_whole_periods_in_order(void **state)
{
    struct journal j = {.stop_after = 23};
    struct writer fast = {&j, 1}, slow = {&j, 2};
    int64_t last = INT64_MIN;
    size_t both = 0;

    (void)state;
    j.loop = loop_new(NULL);
    assert_non_null(j.loop);
    assert_int_equal(loop_every(j.loop, MS(10), note, &fast), 0);
    assert_int_equal(loop_every(j.loop, MS(100), note, &slow), 0);
    assert_int_equal(loop_run(j.loop), 0);
    assert_int_equal(j.count, 23);
    for (size_t i = 0; i < j.count; i++) {
        const struct loop_instant *at = &j.calls[i].at;

        assert_int_equal(at->due_real_ns % (j.calls[i].who == 1 ? MS(10) : MS(100)), 0);
        assert_true(at->due_real_ns >= last);
        if (at->due_real_ns == last) {
            /* Together: the one that was registered first comes first. */
            assert_int_equal(j.calls[i - 1].who, 1);
            assert_int_equal(j.calls[i].who, 2);
            both++;
        }
        assert_true(at->real_ns >= at->due_real_ns - PERIOD_DRIFT_NS);
        assert_true(at->real_ns < at->due_real_ns + PATIENCE);
        assert_false(at->suspended);
        last = at->due_real_ns;
    }
    assert_true(both >= 1);
    loop_free(j.loop);
}

static void be_late_once(void *context, const struct loop_instant *now)
{
    struct writer *w = context;

    if (w->journal->count == 0)
        (void)nanosleep(&(struct timespec){.tv_nsec = MS(105)}, NULL);
    note(context, now);
}

static void test_missed_periods_are_counted_not_caught_up(void **state)
{
    struct journal j = {.stop_after = 2};
    struct writer w = {&j, 1};
    const struct loop_instant *a = &j.calls[0].at, *b = &j.calls[1].at;

    (void)state;
    j.loop = loop_new(NULL);
    assert_int_equal(loop_every(j.loop, MS(20), be_late_once, &w), 0);
    assert_int_equal(loop_run(j.loop), 0);
    assert_true(b->missed >= 4); /* 105 ms of 20 ms periods: the fifth is late, not missed */
    assert_int_equal(b->due_real_ns - a->due_real_ns, (int64_t)(b->missed + 1) * MS(20));
    loop_free(j.loop);
}

/* The kernel's clocks, moved. */
struct moved_clock {
    int64_t real_by_ns, boot_by_ns;
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void read_moved(void *context, struct clock_reading *ret_now)
{
    const struct moved_clock *m = context;

    ret_now->mono_ns = clock_ns(CLOCK_MONOTONIC);
    ret_now->boot_ns = clock_ns(CLOCK_BOOTTIME) + m->boot_by_ns;
    ret_now->real_ns = clock_ns(CLOCK_REALTIME) + m->real_by_ns;
}

struct mover {
    struct writer writer;
    struct moved_clock *clock;
    struct moved_clock to; /* after the second call */
};

static void move_once(void *context, const struct loop_instant *now)
{
    struct mover *m = context;

    note(&m->writer, now);
    if (m->writer.journal->count == 2)
        *m->clock = m->to;
}

static void run_moved(struct journal *j, struct moved_clock to)
{
    struct moved_clock clock = {0};
    struct mover m = {{j, 1}, &clock, to};

    j->stop_after = 4;
    j->loop = loop_new(NULL);
    assert_non_null(j->loop);
    loop_set_clock(j->loop, read_moved, &clock);
    assert_int_equal(loop_every(j->loop, MS(50), move_once, &m), 0);
    assert_int_equal(loop_run(j->loop), 0);
    assert_int_equal(j->count, 4);
    loop_free(j->loop);
    for (int i = 0; i < 4; i++)
        assert_int_equal(j->calls[i].at.due_real_ns % MS(50), 0);
}

static void test_a_clock_step_is_told_once(void **state)
{
    const int64_t year = (int64_t)365 * 86400 * 1000000000;

    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct journal j = {0};

        run_moved(&j, (struct moved_clock){.real_by_ns = sign * year});
        assert_false(j.calls[1].at.clock_stepped);
        assert_true(j.calls[2].at.clock_stepped);
        assert_false(j.calls[2].at.suspended);
        assert_false(j.calls[3].at.clock_stepped);
        assert_true(llabs(j.calls[2].at.due_real_ns - j.calls[1].at.due_real_ns - sign * year) < PATIENCE);
        assert_true(j.calls[3].at.due_real_ns > j.calls[2].at.due_real_ns);
        assert_true(j.calls[3].at.mono_ns - j.calls[2].at.mono_ns < PATIENCE); /* the waiting did not jump */
    }
}

static void test_a_suspend_is_told_once(void **state)
{
    const int64_t night = (int64_t)8 * 3600 * 1000000000;
    struct journal j = {0};

    (void)state;
    run_moved(&j, (struct moved_clock){.real_by_ns = night, .boot_by_ns = night});
    assert_false(j.calls[1].at.suspended);
    assert_true(j.calls[2].at.suspended);
    assert_false(j.calls[2].at.clock_stepped);
    assert_false(j.calls[3].at.suspended);
    assert_true(j.calls[2].at.missed < 20); /* the night is not counted */
}

static void test_limits_of_timers(void **state)
{
    struct journal j = {0};
    struct writer w = {&j, 1};
    struct loop *l = loop_new(NULL);

    (void)state;
    assert_int_equal(loop_every(l, PERIOD_MIN_NS - 1, note, &w), -EINVAL);
    for (int i = 0; i < LOOP_TIMERS_MAX; i++)
        assert_int_equal(loop_every(l, MS(1000), note, &w), 0);
    assert_int_equal(loop_every(l, MS(1000), note, &w), -ENOSPC);
    loop_free(l);
    loop_free(NULL);
}

static void test_after_a_stop_no_timer_is_called(void **state)
{
    struct journal j = {.stop_after = 1};
    struct writer first = {&j, 1}, second = {&j, 2};

    (void)state;
    j.loop = loop_new(NULL);
    assert_int_equal(loop_every(j.loop, MS(20), note, &first), 0);
    assert_int_equal(loop_every(j.loop, MS(20), note, &second), 0);
    assert_int_equal(loop_run(j.loop), 0);
    assert_int_equal(j.count, 1);
    assert_int_equal(j.calls[0].who, 1);
    loop_free(j.loop);
}

struct reader {
    struct loop *loop;
    int fd;
    size_t bytes, calls;
    bool ended;
};

static void read_some(void *context)
{
    struct reader *r = context;
    char bytes[16];
    ssize_t n = read(r->fd, bytes, sizeof(bytes));

    r->calls++;
    if (n > 0) {
        r->bytes += (size_t)n;
        return;
    }
    r->ended = true;
    loop_forget(r->loop, r->fd);
}

static void test_a_pipe_is_read_to_its_end(void **state)
{
    struct reader r = {0};
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    r.loop = loop_new(NULL);
    r.fd = ends[0];
    assert_int_equal(loop_on_readable(r.loop, ends[0], read_some, &r), 0);
    assert_int_equal(loop_on_readable(r.loop, ends[0], read_some, &r), -EEXIST);
    assert_int_equal(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0); /* the flags are the caller's */
    assert_int_equal(write(ends[1], "twenty bytes exactly", 20), 20);
    (void)close(ends[1]);
    assert_int_equal(loop_run(r.loop), 0); /* returns: nothing is left to wait for */
    assert_int_equal(r.bytes, 20);
    assert_int_equal(r.calls, 3);
    assert_true(r.ended);
    /* Its place can be taken again. */
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(loop_on_readable(r.loop, ends[0], read_some, &r), 0);
    loop_free(r.loop);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void test_a_terminal_that_hangs_up_ends(void **state)
{
    struct reader r = {0};
    int master, slave;

    (void)state;
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0) {
        print_message("# SKIP no pseudo-terminals here: %s\n", strerror(errno));
        return;
    }
    r.loop = loop_new(NULL);
    r.fd = slave;
    assert_int_equal(loop_on_readable(r.loop, slave, read_some, &r), 0);
    (void)close(master);
    assert_int_equal(loop_run(r.loop), 0);
    assert_true(r.ended);
    assert_true(r.calls <= 2);
    loop_free(r.loop);
    (void)close(slave);
}

static void test_what_cannot_be_waited_for_is_refused(void **state)
{
    struct loop *l = loop_new(NULL);
    FILE *regular = tmpfile();
    int directory = open("/", O_RDONLY | O_DIRECTORY);

    (void)state;
    assert_non_null(regular);
    assert_int_equal(loop_on_readable(l, fileno(regular), read_some, NULL), -EPERM);
    assert_int_equal(loop_on_readable(l, directory, read_some, NULL), -EPERM);
    assert_int_equal(loop_on_readable(l, -1, read_some, NULL), -EBADF);
    loop_forget(l, 12345);
    loop_free(l);
    (void)fclose(regular);
    (void)close(directory);
}

static void stop_by_signal(void *context, int signal_number)
{
    struct journal *j = context;

    j->calls[j->count++].who = signal_number;
    loop_stop(j->loop);
}

static void test_signals_arrive_in_the_loop(void **state)
{
    const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
    struct journal j = {0};

    (void)state;
    j.loop = loop_new(NULL);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(loop_on_signal(j.loop, signals[i], stop_by_signal, &j), 0);
    assert_int_equal(loop_on_signal(j.loop, SIGKILL, stop_by_signal, &j), -EINVAL);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(raise(signals[i]), 0);
        assert_int_equal(loop_run(j.loop), 0);
        assert_int_equal(j.count, i + 1);
        assert_int_equal(j.calls[i].who, signals[i]);
    }
    loop_free(j.loop);
}

struct heap_watch {
    struct writer writer;
    unsigned long allocations_before;
    size_t heap_before;
    int ends[2];
};

static void watch_the_heap(void *context, const struct loop_instant *now)
{
    struct heap_watch *h = context;

    if (h->writer.journal->count == 1) { /* the first call may warm something up */
        h->allocations_before = allocations;
        h->heap_before = mallinfo2().uordblks;
    }
    (void)!write(h->ends[1], "x", 1); /* keeps descriptors and signals busy, too */
    (void)raise(SIGWINCH);
    note(&h->writer, now);
}

static void ignore_signal(void *context, int signal_number)
{
    (void)context;
    (void)signal_number;
}

static void test_running_allocates_nothing(void **state)
{
    struct journal j = {.stop_after = 40};
    struct heap_watch h = {.writer = {&j, 1}};
    struct reader r = {0};

    (void)state;
    assert_int_equal(pipe(h.ends), 0);
    j.loop = r.loop = loop_new(NULL);
    r.fd = h.ends[0];
    assert_int_equal(loop_every(j.loop, MS(5), watch_the_heap, &h), 0);
    assert_int_equal(loop_on_readable(j.loop, h.ends[0], read_some, &r), 0);
    assert_int_equal(loop_on_signal(j.loop, SIGWINCH, ignore_signal, NULL), 0);
    assert_int_equal(loop_run(j.loop), 0);
    assert_true(r.bytes > 30);
    assert_true(allocations > 0); /* libuv is counted: it has allocated while starting */
    assert_int_equal(allocations - h.allocations_before, 0);
    assert_int_equal(mallinfo2().uordblks, h.heap_before);
    loop_free(j.loop);
}

static void live_under_the_seal(void)
{
    const struct seal_rules rules = {.read_paths = {"/proc"}};
    struct seal_report report;
    struct journal j = {.stop_after = 5};
    struct writer w = {&j, 1};
    struct reader r = {0};
    int ends[2];

    if (seal_apply(SEAL_AUTO, &rules, &report, NULL) != 0)
        _exit(1);
    j.loop = r.loop = loop_new(NULL); /* also its making works under the seal */
    if (!j.loop || pipe2(ends, O_CLOEXEC) != 0 || write(ends[1], "x", 1) != 1)
        _exit(2);
    r.fd = ends[0];
    if (loop_every(j.loop, MS(10), note, &w) != 0 || loop_on_readable(j.loop, ends[0], read_some, &r) != 0 ||
        loop_on_signal(j.loop, SIGTERM, stop_by_signal, &j) != 0)
        _exit(3);
    if (loop_run(j.loop) != 0 || j.count != 5 || r.bytes != 1)
        _exit(4);
    (void)raise(SIGTERM);
    if (loop_run(j.loop) != 0 || j.calls[5].who != SIGTERM)
        _exit(5);
    loop_free(j.loop);
    _exit(0);
}

static void test_the_loop_works_under_the_seal(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0)
        live_under_the_seal();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* What a watched descriptor was said to be. */
struct sighting {
    struct loop *loop;
    unsigned events[4];
    size_t count;
};

static void sight(void *context, int fd, unsigned events)
{
    struct sighting *s = context;

    if (s->count < 4)
        s->events[s->count++] = events;
    if (s->count == 1 && (events & LOOP_WRITABLE))
        assert_int_equal(loop_watch(s->loop, fd, LOOP_READABLE, sight, s), 0);
    if (events & LOOP_READABLE)
        loop_stop(s->loop);
    assert_true(s->count < 4);
}

static void test_a_descriptor_is_watched_for_reading_and_writing(void **state)
{
    struct sighting s = {.loop = loop_new(NULL)};
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(loop_watch(s.loop, pair[0], LOOP_WRITABLE, sight, &s), 0);
    assert_int_equal(loop_on_readable(s.loop, pair[0], (void (*)(void *))loop_stop, s.loop), -EEXIST);
    assert_int_equal(write(pair[1], "x", 1), 1);
    assert_int_equal(loop_run(s.loop), 0);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.events[0], LOOP_WRITABLE);
    assert_int_equal(s.events[1], LOOP_READABLE);
    loop_forget(s.loop, pair[0]);
    assert_int_equal(loop_watch(s.loop, -1, LOOP_READABLE, sight, &s), -EBADF);
    loop_free(s.loop);
    close(pair[0]);
    close(pair[1]);
}

static void ring(void *context)
{
    loop_stop(context);
}

static void test_an_alarm_calls_once_and_not_early(void **state)
{
    struct loop *l = loop_new(NULL);
    struct loop_alarm *a = loop_alarm_new(l, ring, l), *never = loop_alarm_new(l, ring, NULL);
    struct timespec before, after;

    (void)state;
    clock_gettime(CLOCK_MONOTONIC, &before);
    loop_alarm_set(never, MS(1));
    loop_alarm_clear(never);
    loop_alarm_set(a, MS(1));
    loop_alarm_set(a, MS(50)); /* instead */
    assert_int_equal(loop_run(l), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    const int64_t took_ns = (after.tv_sec - before.tv_sec) * MS(1000) + after.tv_nsec - before.tv_nsec;
    assert_true(took_ns >= MS(49));
    for (int i = 2; i < LOOP_ALARMS_MAX; i++)
        assert_non_null(loop_alarm_new(l, ring, l));
    assert_null(loop_alarm_new(l, ring, l));
    loop_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_fall_on_whole_periods_in_order),
        cmocka_unit_test(test_missed_periods_are_counted_not_caught_up),
        cmocka_unit_test(test_a_clock_step_is_told_once),
        cmocka_unit_test(test_a_suspend_is_told_once),
        cmocka_unit_test(test_limits_of_timers),
        cmocka_unit_test(test_after_a_stop_no_timer_is_called),
        cmocka_unit_test(test_a_pipe_is_read_to_its_end),
        cmocka_unit_test(test_a_terminal_that_hangs_up_ends),
        cmocka_unit_test(test_what_cannot_be_waited_for_is_refused),
        cmocka_unit_test(test_signals_arrive_in_the_loop),
        cmocka_unit_test(test_running_allocates_nothing),
        cmocka_unit_test(test_a_descriptor_is_watched_for_reading_and_writing),
        cmocka_unit_test(test_an_alarm_calls_once_and_not_early),
        cmocka_unit_test(test_the_loop_works_under_the_seal),
    };

    /* Before libuv's first allocation, so that all of them are counted; and in the place of the loop's own.
     */
    reserve_for_libuv();
    if (uv_replace_allocator(allocate, reallocate, allocate_zeroed, free) != 0)
        return 1;
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
