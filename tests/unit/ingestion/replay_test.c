/* SPDX-License-Identifier: MIT
 * Recorded telemetry through the real replay: what reaches the feed, in which order, and what is counted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingestion/replay_capture.h"

static struct capture cap;

static int start(void **state)
{
    (void)state;
    capture_init(&cap, 10000);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    capture_done(&cap);
    return 0;
}

static int replay(const char *text)
{
    return capture_bytes(&cap, text, strlen(text), NULL);
}

/* The input must replay to exactly this transcript. */
static void expect(const char *text, const char *transcript)
{
    assert_int_equal(replay(text), 0);
    assert_string_equal(cap.text.data, transcript);
}

static void long_rows_become_frames_and_ticks(void **state)
{
    (void)state;
    expect("timestamp,host,metric,value\n"
           "100,a,cpu_usage,42.5\n100,b,cpu_usage,7\n101,a,cpu_usage,\n101,b,queue,-1e-3\n",
        "100 a system.cpu.utilization 42.5\n100 b system.cpu.utilization 7\ntick 100\n"
        "101 a system.cpu.utilization null\n101 b series:queue queue -0.001\ntick 101\n");
    assert_int_equal(cap.frames, 2);
    assert_int_equal(cap.counts.rows, 4);
    assert_int_equal(cap.counts.samples, 4);
    assert_int_equal(cap.counts.ticks, 2);
    assert_false(cap.has_clock);
}

static void entity_column_names_the_entity(void **state)
{
    (void)state;
    expect("timestamp,host,metric,value,entity\n100,a,cpu_usage,1,cpu:0\n100,a,cpu_usage,2,\n100,a,cpu_usage,"
           "3,cgroup:/x:y\n"
           "101,a,cpu_usage,4,cpu:0\n101,a,cpu_usage,5,\n101,a,cpu_usage,6,cgroup:/x:y\n",
        "100 a cpu:0 system.cpu.utilization 1\n100 a system.cpu.utilization 2\n100 a cgroup:/x:y "
        "system.cpu.utilization 3\ntick 100\n"
        "101 a cpu:0 system.cpu.utilization 4\n101 a system.cpu.utilization 5\n101 a cgroup:/x:y "
        "system.cpu.utilization 6\ntick 101\n");
}

static void columns_come_in_any_order_and_extra_ones_are_noted(void **state)
{
    (void)state;
    expect("value,unit,metric,timestamp\n1.5,s,queue,100\n2.5,\"a,b\",queue,101\n",
        "100 host series:queue queue 1.5\ntick 100\n101 host series:queue queue 2.5\ntick 101\n");
    assert_int_equal(cap.counts.ignored_columns, 1);
}

static void a_file_without_hosts_gets_the_default_host(void **state)
{
    (void)state;
    struct replay_options o = {.default_host = "web-1"};
    const char text[] = "timestamp,metric,value\n100,queue,1\n";
    assert_int_equal(capture_bytes(&cap, text, sizeof(text) - 1, &o), 0);
    assert_string_equal(cap.text.data, "100 web-1 series:queue queue 1\ntick 100\n");
}

static void wide_rows_become_one_frame_each(void **state)
{
    (void)state;
    expect("timestamp,host,cpu_percent,queue\n100,a,1,2\n100,b,3,\n101.25,a,,6\r\n",
        "100 a system.cpu.utilization 1\n100 a series:queue queue 2\n100 b system.cpu.utilization 3\n100 b "
        "series:queue queue null\n"
        "tick 100\n101.25 a system.cpu.utilization null\n101.25 a series:queue queue 6\ntick 101.25\n");
}

static void a_column_now_is_the_clock(void **state)
{
    (void)state;
    expect("timestamp,queue,now\n100,1,100\n50,2,101\n60,3,101\n,4,102\n103,5,\n104,6,104\n",
        "100 host series:queue queue 1\ntick 100\n50 host series:queue queue 2\n60 host series:queue queue "
        "3\n"
        "103 host series:queue queue 5\ntick 101\n104 host series:queue queue 6\ntick 104\n");
    assert_true(cap.has_clock);
    assert_int_equal(cap.counts.skipped, 1);
    assert_int_equal(cap.counts.out_of_order, 2);
}

static void tick_rows_are_the_clock_when_the_first_row_says_so(void **state)
{
    (void)state;
    expect("timestamp,host,metric,value,entity\n100,,coherence.clock,,\n100.5,a,queue,1,\n100.75,,coherence."
           "tick,,\n"
           "100.5,a,queue,2,\n10,a,queue,3,\n99,,coherence.tick,,\n101,a,queue,4,\n",
        "100.5 a series:queue queue 1\ntick 100.75\n100.5 a series:queue queue 2\n10 a series:queue queue "
        "3\ntick 99\n"
        "101 a series:queue queue 4\n");
    assert_true(cap.has_clock);
    assert_int_equal(cap.counts.ticks, 2);
    assert_int_equal(cap.counts.samples, 4);
}

static void a_tick_may_come_first_too(void **state)
{
    (void)state;
    expect("timestamp,metric,value\n\n99,coherence.tick,\n100,queue,1\n100,coherence.tick,\n",
        "tick 99\n100 host series:queue queue 1\ntick 100\n");
}

static void a_tick_that_was_not_announced_refuses_the_file(void **state)
{
    (void)state;
    assert_int_equal(replay("timestamp,metric,value\n99,queue,1\n99,coherence.tick,\n"), -EBADMSG);
    assert_int_equal(cap.error.line, 3);
    assert_non_null(strstr(cap.error.text, "coherence.clock"));
}

static void json_lines_say_the_same(void **state)
{
    (void)state;
    expect("{\"t\":100.000000001,\"host\":\"a\",\"metric\":\"queue\",\"value\":1.5}\n"
           "{\"value\":null,\"metric\":\"queue\",\"host\":\"a\",\"t\":\"1970-01-01T00:01:41Z\"}\r\n\n"
           "{ \"t\" : 102 , \"metric\" : \"qu\\u00e9\\\"\", \"entity\":\"cpu:1\", \"x\":[{\"a\":[]},{}], "
           "\"value\":-0.0 }",
        "100.000000001 a series:queue queue 1.5\ntick 100.000000001\n101 a series:queue queue null\ntick "
        "101\n"
        "102 host series:cpu:1/qu\xc3\xa9\" qu\xc3\xa9\" 0\ntick 102\n");
}

static void json_lines_carry_ticks(void **state)
{
    (void)state;
    expect("{\"t\":1,\"metric\":\"coherence.clock\"}\n{\"t\":2,\"metric\":\"queue\",\"value\":1}\n{\"t\":2,"
           "\"metric\":\"coherence.tick\"}\n",
        "2 host series:queue queue 1\ntick 2\n");
    assert_true(cap.has_clock);
}

static void nanoseconds_survive(void **state)
{
    (void)state;
    expect("timestamp,metric,value\n-5.000000001,queue,1\n1767225600.123456789,queue,2\n2026-01-01T00:00:01."
           "987654321+00:00,queue,3\n",
        "-5.000000001 host series:queue queue 1\ntick -5.000000001\n1767225600.123456789 host series:queue "
        "queue 2\n"
        "tick 1767225600.123456789\n1767225601.987654321 host series:queue queue 3\ntick "
        "1767225601.987654321\n");
}

static void quoted_fields_hold_commas_quotes_and_newlines(void **state)
{
    (void)state;
    expect("timestamp,host,metric,value\n100,\"a,b\",\"q\"\"1\"\"\",1\n100,\"a,b\",\"q\"\"1\"\"\",\"2\"\n101,"
           "\"c\nd\",q,3\n102,\"c\nd\",q,x\n"
           "103,\"c\nd\",q,4\n",
        "100 a,b series:q\"1\" q\"1\" 1\n100 a,b series:q\"1\" q\"1\" 2\ntick 100\n101 c\nd series:q q "
        "3\ntick 101\n"
        "103 c\nd series:q q 4\ntick 103\n");
    assert_int_equal(cap.counts.skipped, 1);
    assert_int_equal(cap.counts.first_skipped.line, 7); /* lines are those of the file, not records */
    assert_int_equal(cap.counts.first_skipped.column, 6);
}

static void repeated_rows_count_as_duplicates(void **state)
{
    (void)state;
    assert_int_equal(replay("timestamp,metric,value\n100,q,1\n100,q,2\n100,r,2\n101,q,2\n"), 0);
    assert_int_equal(cap.counts.duplicate, 1);
    assert_int_equal(cap.counts.samples, 4);
}

static void a_step_back_of_a_window_is_handed_on(void **state)
{
    (void)state;
    expect("timestamp,metric,value\n100,q,1\n40,q,2\n101,q,3\n",
        "100 host series:q q 1\n40 host series:q q 2\ntick 100\n101 host series:q q 3\ntick 101\n");
    assert_int_equal(cap.counts.out_of_order, 1);
}

static void a_longer_step_back_refuses_the_file(void **state)
{
    (void)state;
    assert_int_equal(replay("timestamp,metric,value\n100,q,1\n39,q,2\n"), -EBADMSG);
    assert_non_null(strstr(cap.error.text, "sort the file by timestamp"));
    assert_int_equal(cap.error.line, 3);
    assert_int_equal(cap.error.column, 1);
}

/* Local time at the end of summer, written down as if it were UTC: found in public five-minute data. */
static void an_hour_back_is_within_the_window_of_five_minute_data(void **state)
{
    (void)state;
    assert_int_equal(replay("timestamp,metric,value\n0,q,1\n300,q,1\n600,q,1\n900,q,1\n1200,q,1\n1500,q,"
                            "1\n1800,q,1\n2100,q,1\n2400,q,1\n2700,q,1\n"
                            "3000,q,1\n3300,q,1\n3600,q,1\n300,q,1\n"),
        0);
    assert_int_equal(cap.counts.out_of_order, 1);
}

static void many_samples_of_one_time_make_several_frames(void **state)
{
    (void)state;
    static char text[200000];
    size_t n = (size_t)sprintf(text, "timestamp,metric,value\n");
    for (int i = 0; i < 3000; i++)
        n += (size_t)sprintf(text + n, "100,m%d,%d\n", i, i);
    assert_int_equal(capture_bytes(&cap, text, n, NULL), 0);
    assert_int_equal(cap.counts.samples, 3000);
    assert_int_equal(cap.frames, 3);
    assert_int_equal(cap.largest_frame, 1024);
}

static void what_does_not_fit_the_catalog_counts(void **state)
{
    (void)state;
    capture_done(&cap);
    capture_init(&cap, 2);
    expect("timestamp,metric,value\n100,q,1\n100,r,2\n100,s,3\n101,s,4\n101,q,5\n",
        "100 host series:q q 1\n100 host series:r r 2\ntick 100\n101 host series:q q 5\ntick 101\n");
    assert_int_equal(cap.counts.refused, 2);
    assert_int_equal(cap.counts.samples, 3);
}

static void a_wide_row_that_does_not_fit_counts_once(void **state)
{
    (void)state;
    capture_done(&cap);
    capture_init(&cap, 1);
    expect("timestamp,q,r,s\n100,1,2,3\n", "100 host series:q q 1\ntick 100\n");
    assert_int_equal(cap.counts.refused, 1);
}

static void what_the_feed_answers_ends_the_replay(void **state)
{
    (void)state;
    cap.fail_after = 2;
    assert_int_equal(replay("timestamp,metric,value\n1,q,1\n2,q,1\n3,q,1\n"), -EIO);
    assert_string_equal(cap.text.data, "1 host series:q q 1\ntick 1\n2 host series:q q 1\n");
}

static void stop_ends_early(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "timestamp,q\n1,1\n2,2\n", 20), 20);
    close(fds[1]);
    struct byte_stream *s = byte_stream_from_fd(fds[0], "pipe", &cap.error);
    struct replay *r = replay_open(s, NULL, &cap.error);
    assert_non_null(r);
    struct feed feed = capture_feed(&cap);
    volatile int stopped = 1;
    assert_int_equal(replay_run(r, &feed, &stopped, &cap.counts, &cap.error), -EINTR);
    assert_int_equal(cap.counts.samples, 0);
    replay_close(r);
    byte_stream_close(s);
}

static void one_percent_of_bad_records_passes_and_more_does_not(void **state)
{
    (void)state;
    static char text[400000];
    for (int bad = 200; bad <= 201; bad++) {
        size_t n = (size_t)sprintf(text, "timestamp,q\n");
        for (int i = 0; i < 20000; i++)
            n += (size_t)sprintf(text + n, i % 99 == 0 && i / 99 < bad ? "%d,x\n" : "%d,1\n", i);
        capture_done(&cap);
        capture_init(&cap, 10);
        assert_int_equal(capture_bytes(&cap, text, n, NULL), bad == 200 ? 0 : -EBADMSG);
        assert_int_equal(cap.counts.skipped, bad);
        assert_int_equal(cap.counts.rows, 20000);
    }
    assert_non_null(strstr(cap.error.text, "201 of 20000 records are bad"));
    assert_int_equal(cap.error.line, 2);
}

static void a_hundred_bad_records_pass_in_a_short_file(void **state)
{
    (void)state;
    static char text[10000];
    for (int bad = 100; bad <= 101; bad++) {
        size_t n = (size_t)sprintf(text, "timestamp,q\n0,1\n");
        for (int i = 0; i < bad; i++)
            n += (size_t)sprintf(text + n, "%d,x\n", i);
        capture_done(&cap);
        capture_init(&cap, 10);
        assert_int_equal(capture_bytes(&cap, text, n, NULL), bad == 100 ? 0 : -EBADMSG);
    }
}

static void more_than_ten_thousand_bad_records_refuse_at_once(void **state)
{
    (void)state;
    size_t size = 30000000, n = (size_t)sprintf(cap.buffer, "timestamp,q\n");
    char *text = malloc(size);
    memcpy(text, cap.buffer, n);
    cap.buffer[0] = '\0';
    for (int i = 0; i < 1100000; i++)
        n += (size_t)sprintf(text + n, i % 100 == 50 ? "100,x\n" : "100,\n");
    assert_int_equal(capture_bytes(&cap, text, n, NULL), -EBADMSG);
    assert_int_equal(cap.counts.skipped, 10001);
    assert_non_null(strstr(cap.error.text, "more than 10000 bad records"));
    free(text);
}

static void integers_beyond_a_double_are_flagged(void **state)
{
    (void)state;
    assert_int_equal(replay("timestamp,q\n1,9007199254740993\n2,9007199254740992\n3,12345678901234567890\n4,"
                            "100000000000000000000\n5,0.1234567890123456789\n"),
        0);
    assert_int_equal(cap.counts.imprecise, 3);
}

/* Values by the short road and by number_parse must be the same doubles; strtod is the judge (C locale). */
static void values_are_the_nearest_doubles(void **state)
{
    (void)state;
    static const char *const values[] = {"0.1", "42.687285", "-0.000001", "9007199254740992",
        "9007199254740993", "123456789012345678", "0.00000000000000000000001", "1e22", "1e23", "8.41e21",
        "179769313486231570000000000000000000000", "4.35", "0.3", "2.675", "1234567.8901234",
        "0000000000000000000000.5", "5.", ".5", "+7"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char text[200], line[100];
        (void)snprintf(
            text, sizeof(text), "timestamp,host,metric,value\n1,a,q,%s\n1,a,q,%s\n", values[i], values[i]);
        capture_done(&cap);
        capture_init(&cap, 10);
        assert_int_equal(replay(text), 0);
        struct text expected;
        text_init(&expected, line, sizeof(line));
        text_add_number(&expected, strtod(values[i], NULL));
        char both[300];
        (void)snprintf(both, sizeof(both), "1 a series:q q %s\n1 a series:q q %s\ntick 1\n", line, line);
        assert_string_equal(cap.text.data, both);
    }
}

/* The same rows in every format, and across every boundary of the read buffer, must give the same transcript.
 */
static void long_wide_and_json_lines_agree(void **state)
{
    (void)state;
    static char text[3][1 << 21];
    static char first[CAPTURE_TEXT_MAX];
    size_t n[3] = {0};
    n[0] = (size_t)sprintf(text[0], "timestamp,host,metric,value,entity\n");
    n[1] = (size_t)sprintf(text[1], "host,timestamp,q,r\n");
    for (int i = 0; i < 6000; i++) {
        int host = i % 3, t = i / 3;
        double q = i * 0.37, r = i * 1e-7;
        n[0] +=
            (size_t)sprintf(text[0] + n[0], "%d.5,h%d,q,%.17g,\n%d.5,h%d,r,%.17g,\n", t, host, q, t, host, r);
        n[1] += (size_t)sprintf(text[1] + n[1], "h%d,%d.5,%.17g,%.17g\n", host, t, q, r);
        n[2] += (size_t)sprintf(text[2] + n[2],
            "{\"t\":%d.5,\"host\":\"h%d\",\"metric\":\"q\",\"value\":%.17g}\n{\"t\":%d.5,\"host\":\"h%d\","
            "\"metric\":\"r\",\"value\":%.17g}\n",
            t, host, q, t, host, r);
    }
    for (int i = 0; i < 3; i++) {
        capture_done(&cap);
        capture_init(&cap, 100);
        assert_int_equal(capture_bytes(&cap, text[i], n[i], NULL), 0);
        assert_int_equal(cap.counts.samples, 12000);
        assert_false(cap.text.truncated);
        if (i == 0)
            memcpy(first, cap.buffer, sizeof(first));
        assert_string_equal(first, cap.buffer);
    }
}

static void a_line_of_almost_a_mebibyte_passes(void **state)
{
    (void)state;
    size_t n = (size_t)sprintf(cap.buffer, "timestamp,q");
    char *text = malloc(3u << 20);
    memcpy(text, cap.buffer, n);
    cap.buffer[0] = '\0';
    text[n++] = '\n';
    for (int row = 0; row < 2; row++) {
        text[n++] = '1';
        text[n++] = ',';
        memset(text + n, ' ', (1u << 20) - 2 - 70000); /* a bad value, but one line */
        n += (1u << 20) - 2 - 70000;
        text[n++] = '\n';
    }
    n += (size_t)sprintf(text + n, "2,5\n");
    assert_int_equal(capture_bytes(&cap, text, n, NULL), 0);
    assert_int_equal(cap.counts.skipped, 2);
    assert_int_equal(cap.counts.samples, 1);
    free(text);
}

static void named_formats_are_not_guessed(void **state)
{
    (void)state;
    struct replay_options o = {.format = REPLAY_JSONL};
    assert_int_equal(capture_bytes(&cap, "timestamp,q\n1,2\n", 16, &o), -EBADMSG);
    o.format = REPLAY_CSV;
    assert_int_equal(capture_bytes(&cap, "{\"t\":1}\n", 8, &o), -EBADMSG);
}

/* The word that an entity is gone: after what was said of it, and before what comes under its name. */
static void a_life_may_end_in_a_long_file(void **state)
{
    (void)state;
    expect("timestamp,host,metric,value,entity\n100,,coherence.clock,,\n"
           "100,a,cpu_usage,1,cgroup:x\n100,a,queue,2,cgroup:x\n100,,coherence.tick,,\n"
           "101,a,cpu_usage,3,cgroup:x\n101,a,coherence.gone,,cgroup:x\n101,a,cpu_usage,4,cgroup:x\n"
           "101,,coherence.tick,,\n102,a,queue,5,cgroup:x\n102,a,coherence.gone,1,cgroup:x\n"
           "102,a,coherence.gone,1,cgroup:x\n102,a,coherence.gone,,cgroup:never\n102,b,coherence.gone,,\n",
        "100 a cgroup:x system.cpu.utilization 1\n100 a series:cgroup:x/queue queue 2\ntick 100\n"
        "101 a cgroup:x system.cpu.utilization 3\ngone 101 a cgroup:x 1\n"
        "101 a cgroup:x system.cpu.utilization 4\ntick 101\n"
        "102 a series:cgroup:x/queue queue 5\ngone 102 a cgroup:x 2\n");
    assert_int_equal(cap.counts.skipped, 0);
    assert_int_equal(catalog_entity_count(cap.catalog), 1); /* the host; nothing is made by being gone */
}

/* A host as a whole; and ticks by the rule, before the word, where a file has no clock. */
static void a_life_may_end_in_json_lines(void **state)
{
    (void)state;
    expect("{\"t\":100,\"host\":\"a\",\"metric\":\"cpu_usage\",\"value\":1}\n"
           "{\"t\":101,\"host\":\"a\",\"metric\":\"cpu_usage\",\"value\":2}\n"
           "{\"t\":102,\"host\":\"a\",\"metric\":\"coherence.gone\"}\n"
           "{\"t\":102,\"host\":\"a\",\"metric\":\"cpu_usage\",\"value\":3}\n",
        "100 a system.cpu.utilization 1\ntick 100\n101 a system.cpu.utilization 2\ntick 101\n"
        "gone 102 a host:a 1\n102 a system.cpu.utilization 3\ntick 102\n");
}

static void a_bad_word_is_a_bad_record(void **state)
{
    (void)state;
    expect("timestamp,host,metric,value,entity\n100,a,cpu_usage,1,\n100,a,coherence.gone,x,\n"
           "100,a,coherence.gone,,pod:x\n100,a,coherence.gone,,cgroup:\n100,a,coherence.gone,,x\n101,a,cpu_"
           "usage,2,\n",
        "100 a system.cpu.utilization 1\ntick 100\n101 a system.cpu.utilization 2\ntick 101\n");
    assert_int_equal(cap.counts.skipped, 4);
}

/* Thousands of names, each for a while: the cache keeps those that live. */
static void names_that_are_gone_are_forgotten(void **state)
{
    enum { NAMES = 20000 };
    char *text = malloc(NAMES * 160), *at = text;
    (void)state;

    assert_non_null(text);
    at += sprintf(at, "timestamp,host,metric,value,entity\n100,,coherence.clock,,\n");
    for (int i = 0; i < NAMES; i++) {
        at += sprintf(at, "%d,a,cpu_usage,1,cgroup:box%d\n%d,a,cpu_usage,2,\n", 100 + i, i, 100 + i);
        if (i >= 3)
            at += sprintf(at, "%d,a,coherence.gone,,cgroup:box%d\n", 100 + i, i - 3);
    }
    capture_done(&cap);
    capture_init(&cap, 10);
    assert_int_equal(replay(text), 0);
    assert_int_equal(cap.counts.samples, 2 * NAMES);
    assert_int_equal(cap.counts.refused, 0);
    assert_int_equal(catalog_entity_count(cap.catalog), 4);
    free(text);
}

/* What was refused for want of room is asked for again when there is some. */
static void what_was_refused_comes_in_later(void **state)
{
    (void)state;
    capture_done(&cap);
    capture_init(&cap, 1);
    expect("timestamp,host,metric,value,entity\n100,a,cpu_usage,1,cgroup:x\n100,a,cpu_usage,2,cgroup:y\n"
           "101,a,cpu_usage,3,cgroup:y\n101,a,coherence.gone,,cgroup:x\n102,a,cpu_usage,4,cgroup:y\n"
           "103,a,cpu_usage,5,cgroup:y\n",
        "100 a cgroup:x system.cpu.utilization 1\ntick 100\ngone 101 a cgroup:x 1\ntick 101\n"
        "102 a cgroup:y system.cpu.utilization 4\ntick 102\n103 a cgroup:y system.cpu.utilization 5\ntick "
        "103\n");
    assert_int_equal(cap.counts.refused, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(long_rows_become_frames_and_ticks, start, stop),
        cmocka_unit_test_setup_teardown(a_life_may_end_in_a_long_file, start, stop),
        cmocka_unit_test_setup_teardown(a_life_may_end_in_json_lines, start, stop),
        cmocka_unit_test_setup_teardown(a_bad_word_is_a_bad_record, start, stop),
        cmocka_unit_test_setup_teardown(names_that_are_gone_are_forgotten, start, stop),
        cmocka_unit_test_setup_teardown(what_was_refused_comes_in_later, start, stop),
        cmocka_unit_test_setup_teardown(entity_column_names_the_entity, start, stop),
        cmocka_unit_test_setup_teardown(columns_come_in_any_order_and_extra_ones_are_noted, start, stop),
        cmocka_unit_test_setup_teardown(a_file_without_hosts_gets_the_default_host, start, stop),
        cmocka_unit_test_setup_teardown(wide_rows_become_one_frame_each, start, stop),
        cmocka_unit_test_setup_teardown(a_column_now_is_the_clock, start, stop),
        cmocka_unit_test_setup_teardown(tick_rows_are_the_clock_when_the_first_row_says_so, start, stop),
        cmocka_unit_test_setup_teardown(a_tick_may_come_first_too, start, stop),
        cmocka_unit_test_setup_teardown(a_tick_that_was_not_announced_refuses_the_file, start, stop),
        cmocka_unit_test_setup_teardown(json_lines_say_the_same, start, stop),
        cmocka_unit_test_setup_teardown(json_lines_carry_ticks, start, stop),
        cmocka_unit_test_setup_teardown(nanoseconds_survive, start, stop),
        cmocka_unit_test_setup_teardown(quoted_fields_hold_commas_quotes_and_newlines, start, stop),
        cmocka_unit_test_setup_teardown(repeated_rows_count_as_duplicates, start, stop),
        cmocka_unit_test_setup_teardown(a_step_back_of_a_window_is_handed_on, start, stop),
        cmocka_unit_test_setup_teardown(a_longer_step_back_refuses_the_file, start, stop),
        cmocka_unit_test_setup_teardown(an_hour_back_is_within_the_window_of_five_minute_data, start, stop),
        cmocka_unit_test_setup_teardown(many_samples_of_one_time_make_several_frames, start, stop),
        cmocka_unit_test_setup_teardown(what_does_not_fit_the_catalog_counts, start, stop),
        cmocka_unit_test_setup_teardown(a_wide_row_that_does_not_fit_counts_once, start, stop),
        cmocka_unit_test_setup_teardown(what_the_feed_answers_ends_the_replay, start, stop),
        cmocka_unit_test_setup_teardown(stop_ends_early, start, stop),
        cmocka_unit_test_setup_teardown(one_percent_of_bad_records_passes_and_more_does_not, start, stop),
        cmocka_unit_test_setup_teardown(a_hundred_bad_records_pass_in_a_short_file, start, stop),
        cmocka_unit_test_setup_teardown(more_than_ten_thousand_bad_records_refuse_at_once, start, stop),
        cmocka_unit_test_setup_teardown(integers_beyond_a_double_are_flagged, start, stop),
        cmocka_unit_test_setup_teardown(values_are_the_nearest_doubles, start, stop),
        cmocka_unit_test_setup_teardown(long_wide_and_json_lines_agree, start, stop),
        cmocka_unit_test_setup_teardown(a_line_of_almost_a_mebibyte_passes, start, stop),
        cmocka_unit_test_setup_teardown(named_formats_are_not_guessed, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
