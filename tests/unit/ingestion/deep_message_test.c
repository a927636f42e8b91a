/* SPDX-License-Identifier: MIT
 * Messages between the sentinel and the deep sense: what is written is read, and nothing else is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "ingestion/deep/deep_message.h"

static const struct deep_message process = {
    .kind = DEEP_PROCESS,
    .of.process =
        {
            .id = {77, 123456789},
            .name = "java",
            .tasks_known = 9,
            .tasks_futex = 4,
            .open_files = 12,
            .open_files_limit = 1024,
            .read_bytes = 4096,
            .written_bytes = 0,
        },
};

static struct deep_message jvm_message(void)
{
    struct deep_message m = {.kind = DEEP_JVM, .of.jvm = {.id = {78, 5}, .name = "org.example.Main"}};

    m.of.jvm.reading = (struct jvm_reading){0.5, 7, 2, 3600, 100, 200, (double)NAN, 30, 40, 6};
    return m;
}

static struct deep_message watch_message(uint32_t count)
{
    struct deep_message m = {.kind = DEEP_WATCH, .of.watch.count = count};

    for (uint32_t i = 0; i < count; i++)
        m.of.watch.ids[i] = (struct deep_id){i + 1, UINT64_MAX - i};
    return m;
}

/* The layout is what both sides were built with; these bytes were laid out by hand from the header's words.
 */
static void test_the_bytes_of_a_hello(void **state)
{
    const struct deep_message m = {.kind = DEEP_HELLO, .of.hello = {.may_trace = true}};
    static const uint8_t wanted[] = {1, 1, 2, 0, 1, 0};
    uint8_t bytes[DEEP_MESSAGE_MAX];

    (void)state;
    assert_int_equal(deep_message_write(&m, bytes), (int)sizeof(wanted));
    assert_memory_equal(bytes, wanted, sizeof(wanted));
}

static void test_what_is_written_is_read(void **state)
{
    const struct deep_message jvm = jvm_message(), watch = watch_message(DEEP_WATCH_MAX);
    struct deep_message m;
    uint8_t bytes[DEEP_MESSAGE_MAX];

    (void)state;
    int n = deep_message_write(&process, bytes);
    assert_true(n > 0);
    for (int short_n = 0; short_n < n; short_n++)
        assert_int_equal(deep_message_read(bytes, (size_t)short_n, &m), 0);
    assert_int_equal(deep_message_read(bytes, (size_t)n, &m), n);
    assert_int_equal(m.kind, DEEP_PROCESS);
    assert_true(m.of.process.id.pid == 77 && m.of.process.id.start_ticks == 123456789);
    assert_string_equal(m.of.process.name, "java");
    assert_true(m.of.process.tasks_known == 9 && m.of.process.tasks_futex == 4);
    assert_true(m.of.process.open_files == 12 && m.of.process.written_bytes == 0);
    n = deep_message_write(&jvm, bytes);
    assert_int_equal(deep_message_read(bytes, sizeof(bytes), &m), n);
    assert_true(m.of.jvm.reading.gc_time_s == 0.5 && m.of.jvm.reading.young_count == 6);
    assert_true(m.of.jvm.reading.major_count == 2 && m.of.jvm.reading.uptime_s == 3600);
    assert_true(isnan(m.of.jvm.reading.heap_live_bytes));
    n = deep_message_write(&watch, bytes);
    assert_int_equal(deep_message_read(bytes, sizeof(bytes), &m), n);
    assert_int_equal(m.of.watch.count, DEEP_WATCH_MAX);
    assert_true(m.of.watch.ids[63].pid == 64 && m.of.watch.ids[63].start_ticks == UINT64_MAX - 63);
}

static void test_what_could_not_be_read_is_not_written(void **state)
{
    struct deep_message m = process;
    uint8_t bytes[DEEP_MESSAGE_MAX];

    (void)state;
    m.of.process.tasks_futex = 10; /* of 9 */
    assert_int_equal(deep_message_write(&m, bytes), -ERANGE);
    m = process;
    m.of.process.id.pid = 0;
    assert_int_equal(deep_message_write(&m, bytes), -ERANGE);
    m = process;
    m.of.process.read_bytes = -1;
    assert_int_equal(deep_message_write(&m, bytes), -ERANGE);
    m.of.process.read_bytes = (double)INFINITY;
    assert_int_equal(deep_message_write(&m, bytes), -ERANGE);
    m = process;
    m.of.process.name[0] = '\0';
    assert_int_equal(deep_message_write(&m, bytes), -ERANGE);
    m.of.process.name[0] = '\x1b';
    assert_int_equal(deep_message_write(&m, bytes), -ERANGE);
    m = watch_message(DEEP_WATCH_MAX);
    m.of.watch.count++;
    assert_int_equal(deep_message_write(&m, bytes), -ERANGE);
    m.kind = (enum deep_kind)99;
    assert_int_equal(deep_message_write(&m, bytes), -ERANGE);
}

static void test_other_bytes_are_refused(void **state)
{
    struct deep_message m, untouched;
    uint8_t bytes[DEEP_MESSAGE_MAX], harm[DEEP_MESSAGE_MAX];
    const int n = deep_message_write(&process, bytes);

    (void)state;
    memset(&m, 0x5a, sizeof(m));
    untouched = m;
    static const struct {
        size_t at;
        uint8_t value;
    } harms[] = {
        {0, 0}, {0, DEEP_KIND_END}, {0, 255}, {0, DEEP_JVM}, /* kind: none, unknown, another one */
        {1, 2},                                              /* version */
        {2, 0}, {3, 255},                                    /* length: none, more than any */
        {4, 0}, {7, 0x80},                                   /* number 0, negative */
        {16, 63}, {16, 0}, {20, 0x07}, {20, 0x7f}, /* name: longer, empty, bytes that are not shown */
    };
    for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
        memcpy(harm, bytes, (size_t)n);
        harm[harms[i].at] = harms[i].value;
        assert_int_equal(deep_message_read(harm, (size_t)n, &m), -EBADMSG);
        assert_memory_equal(&m, &untouched, sizeof(m));
    }
    /* A byte more than the message has. */
    memcpy(harm, bytes, (size_t)n);
    harm[n] = 0;
    harm[2]++;
    assert_int_equal(deep_message_read(harm, (size_t)n + 1, &m), -EBADMSG);
}

static void make_pipe(int ends[2])
{
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
}

static void test_a_pipe_hands_out_whole_messages(void **state)
{
    struct deep_inbox in = {0};
    struct deep_message m;
    uint8_t bytes[DEEP_MESSAGE_MAX];
    int ends[2];

    (void)state;
    make_pipe(ends);
    in.fd = ends[0];
    assert_int_equal(deep_inbox_next(&in, &m), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(deep_message_send(ends[1], &process), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(deep_inbox_next(&in, &m), 1);
    assert_int_equal(deep_inbox_next(&in, &m), 0);
    const int n = deep_message_write(&process, bytes);
    for (int i = 0; i < n; i++) {
        assert_int_equal(deep_inbox_next(&in, &m), 0);
        assert_int_equal(write(ends[1], bytes + i, 1), 1);
    }
    assert_int_equal(deep_inbox_next(&in, &m), 1);
    (void)close(ends[1]);
    assert_int_equal(deep_inbox_next(&in, &m), -EPIPE);
    (void)close(ends[0]);
}

static void test_a_full_pipe_loses_messages_and_never_waits(void **state)
{
    struct deep_inbox in = {0};
    struct deep_message m;
    int ends[2], sent = 0, r, got = 0;

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    make_pipe(ends);
    while ((r = deep_message_send(ends[1], &process)) == 0)
        sent++;
    assert_int_equal(r, -EAGAIN);
    in.fd = ends[0];
    while (deep_inbox_next(&in, &m) == 1)
        got++;
    assert_int_equal(got, sent); /* all whole: none was written in part */
    (void)close(ends[0]);
    assert_int_equal(deep_message_send(ends[1], &process), -EPIPE);
    (void)close(ends[1]);
}

static void test_garbage_in_a_pipe_is_found_at_once(void **state)
{
    struct deep_inbox in = {0};
    struct deep_message m;
    int ends[2];

    (void)state;
    make_pipe(ends);
    in.fd = ends[0];
    assert_int_equal(write(ends[1], "GET / HTTP/1.1\r\n", 16), 16);
    assert_int_equal(deep_inbox_next(&in, &m), -EBADMSG);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void test_names_are_made_showable(void **state)
{
    char name[DEEP_NAME_MAX];
    char longest[200];

    (void)state;
    deep_name_clean("Web Content", 11, name);
    assert_string_equal(name, "Web Content");
    deep_name_clean("a\0b\n\xff", 5, name);
    assert_string_equal(name, "a_b__");
    deep_name_clean("", 0, name);
    assert_string_equal(name, "?");
    memset(longest, 'x', sizeof(longest));
    deep_name_clean(longest, sizeof(longest), name);
    assert_int_equal(strlen(name), DEEP_NAME_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_bytes_of_a_hello),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_what_could_not_be_read_is_not_written),
        cmocka_unit_test(test_other_bytes_are_refused),
        cmocka_unit_test(test_a_pipe_hands_out_whole_messages),
        cmocka_unit_test(test_a_full_pipe_loses_messages_and_never_waits),
        cmocka_unit_test(test_garbage_in_a_pipe_is_found_at_once),
        cmocka_unit_test(test_names_are_made_showable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
