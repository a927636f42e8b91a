/* SPDX-License-Identifier: MIT
 * StatsD's lines: what they become at a flush, and what of them is refused (rows 66 to 78 of the bad inputs).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ingestion/statsd/statsd_line.h"
#include "ingestion/statsd/statsd_table.h"
#include "intake_capture.h"

static struct intake_capture capture;
static struct push_door door;
static struct statsd_table *table;
static int64_t now_ns;

static int64_t now(void *context)
{
    (void)context;
    return now_ns;
}

static void open_table(uint32_t series, bool relative)
{
    const struct statsd_rules rules = {.series = series, .relative_gauges = relative};

    intake_capture_open(&capture, 0);
    door = (struct push_door){.in = intake_open(capture.house, "statsd", NULL, 0), .now_ns = now};
    table = statsd_table_new(&rules);
    assert_non_null(table);
    now_ns = INT64_C(1000000000000);
}

static int set_up(void **state)
{
    (void)state;
    open_table(100, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    statsd_table_free(table);
    intake_capture_close(&capture);
    return 0;
}

static void take(const char *text)
{
    statsd_table_take(table, &door, text, strlen(text));
}

/* A second passes. Returns what is fed then. */
static const char *flush(void)
{
    now_ns += INT64_C(1000000000);
    assert_int_equal(statsd_table_flush(table, &door), 0);
    return intake_capture_said(&capture);
}

static uint64_t dropped(enum intake_drop reason)
{
    return intake_count(door.in)->dropped[reason];
}

static void has(const char *said, const char *wanted)
{
    if (!strstr(said, wanted))
        fail_msg("no '%s' in:\n%s", wanted, said);
}

/* A counter that no law knows is a rate; values sampled at 0.1 stand for ten. */
static void test_counters(void **state)
{
    (void)state;
    take("jobs:1|c|#host:a\n");
    (void)flush();
    take("jobs:1|c|#host:a\njobs:2:3|c|#host:a\njobs:1|c|@0.1|#host:a");
    has(flush(), "1002 a series:rate(jobs) 16\n");
    assert_string_equal(flush(), ""); /* nothing was said: nothing is known */
    take("jobs:4|c|#host:a\n");
    has(flush(), "1004 a series:rate(jobs) 2\n"); /* over the two seconds since */
}

static void test_gauges(void **state)
{
    (void)state;
    take("depth:-5|g|#host:a"); /* a change of what nobody has said */
    assert_int_equal(dropped(INTAKE_DROP_BAD_VALUE), 1);
    assert_string_equal(flush(), "");
    take("depth:20|g|#host:a\ndepth:-5|g|#host:a\ndepth:+1.5|g|#host:a");
    has(flush(), "1002 a series:depth 16.5\n");
    take("depth:+1|g|#host:a");
    has(flush(), "1003 a series:depth 17.5\n");
}

static void test_absolute_gauges(void **state)
{
    open_table(100, false);
    take("t:-5|g|#host:a\n");
    has(flush(), "1001 a series:t -5\n");
    tear_down(state);
}

static void test_timers(void **state)
{
    (void)state;
    take("lat:10|ms|#host:a\nlat:20:60|ms|#host:a\n");
    (void)flush();
    take("lat:10|h|@0.5|#host:a\nlat:40|d|#host:a");
    const char *said = flush();
    has(said, "series:rate(lat.count) 3\n"); /* the first stands for two */
    has(said, "series:lat.avg 20\n");
    has(said, "series:lat.max 40\n");
    take("lat:-1|ms|#host:a\n");
    assert_int_equal(dropped(INTAKE_DROP_BAD_VALUE), 1);
    assert_string_equal(flush(), "");
}

static void test_sets(void **state)
{
    char line[64];

    (void)state;
    take("users:ann|s|#host:a\nusers:bob|s|#host:a\nusers:ann|s|#host:a\n");
    has(flush(), "1001 a series:users 2\n");
    for (int i = 0; i < 2000; i++) {
        snprintf(line, sizeof(line), "users:%d|s|#host:a", i);
        take(line);
    }
    has(flush(), "1002 a series:users 1024\n");
    assert_int_equal(dropped(INTAKE_DROP_BATCH_LIMIT), 2000 - 1024);
}

/* What says of what time it is is not added up with others. */
static void test_times(void **state)
{
    (void)state;
    take("depth:20|g|#host:a|T999\ndepth:22|g|T998|#host:a\n");
    has(intake_capture_said(&capture), "999 a series:depth 20\n");
    assert_int_equal(dropped(INTAKE_DROP_OUT_OF_ORDER), 1);
    take("depth:20|g|T1x\ndepth:20|ms|T999");
    assert_int_equal(dropped(INTAKE_DROP_MALFORMED), 1);
    assert_int_equal(dropped(INTAKE_DROP_UNSUPPORTED), 1);
}

static void test_tags(void **state)
{
    (void)state;
    take("q:1|g|#host:a,env:prod:eu,beta,,zone:|c:ci-0123|e:x|card:low|unheard");
    const char *said = flush();
    has(said, "env=\"prod:eu\"");
    has(said, "beta=\"true\"");
    assert_null(strstr(said, "zone"));
    take("q:1|g|#host:a,host:b"); /* twice the same */
    (void)flush();
    assert_int_equal(dropped(INTAKE_DROP_DUPLICATE_LABEL), 1);
}

static void test_bad_lines(void **state)
{
    static const struct {
        enum intake_drop why;
        const char *line;
    } rows[] = {
        {INTAKE_DROP_MALFORMED, ":"},
        {INTAKE_DROP_MALFORMED, "a"},
        {INTAKE_DROP_MALFORMED, "a:1"},
        {INTAKE_DROP_MALFORMED, "a:|c"},
        {INTAKE_DROP_MALFORMED, ":1|c"},
        {INTAKE_DROP_MALFORMED, "a:1|x"},
        {INTAKE_DROP_MALFORMED, "a:1|"},
        {INTAKE_DROP_MALFORMED, "a:1|c|@0"},
        {INTAKE_DROP_MALFORMED, "a:1|c|@-1"},
        {INTAKE_DROP_MALFORMED, "a:1|c|@2"},
        {INTAKE_DROP_MALFORMED, "a:1|c|@nan"},
        {INTAKE_DROP_MALFORMED, "a:1|c|@"},
        {INTAKE_DROP_MALFORMED, "a:one|c"},
        {INTAKE_DROP_MALFORMED, "a:1:|c"},
        {INTAKE_DROP_MALFORMED, "a:nan|g"},
        {INTAKE_DROP_MALFORMED, "a:1e999|g"},
        {INTAKE_DROP_BAD_NAME, "a\x1b[2J:1|c"},
        {INTAKE_DROP_BAD_NAME, "a:1|c|#x:\x07"},
        {INTAKE_DROP_UNSUPPORTED, "_e{9999999,1}:title|text"},
        {INTAKE_DROP_UNSUPPORTED, "_sc|disk|2|#host:a|m:full"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)set_up(state);
        take(rows[i].line);
        if (dropped(rows[i].why) != 1)
            fail_msg("row %zu: %s", i, rows[i].line);
        assert_string_equal(flush(), "");
        (void)tear_down(state);
    }
}

static void test_bounds(void **state)
{
    static char line[16384];
    size_t n = (size_t)snprintf(line, sizeof(line), "a:1");

    (void)state;
    for (int i = 1; i <= STATSD_VALUES_MAX; i++) /* one too many: row 78 */
        n += (size_t)snprintf(line + n, sizeof(line) - n, ":1");
    snprintf(line + n, sizeof(line) - n, "|ms");
    take(line);
    assert_int_equal(dropped(INTAKE_DROP_BATCH_LIMIT), 1);
    memset(line, '\n', 10000); /* row 74 */
    statsd_table_take(table, &door, line, 10000);
    memset(line, 'x', 8000); /* row 72 */
    memcpy(line, "s:", 2);
    memcpy(line + 8000, "|s", 3);
    take(line);
    assert_int_equal(dropped(INTAKE_DROP_MALFORMED), 1);
    memset(line, 'x', 8000);
    memcpy(line + 8000, ":1|c", 5);
    take(line);
    assert_int_equal(dropped(INTAKE_DROP_TOO_LONG), 1);
}

/* At the limit new series are refused until others have not been heard of for a flush. */
static void test_limit_of_series(void **state)
{
    char line[64];

    (void)state;
    for (int i = 0; i < 110; i++) {
        snprintf(line, sizeof(line), "g%d:1|g|#host:a", i);
        take(line);
    }
    assert_int_equal(dropped(INTAKE_DROP_SERIES_LIMIT), 10);
    (void)flush();
    assert_int_equal(statsd_table_count(table), 100);
    take("g7:+1|g|#host:a");
    has(flush(), "series:g7 2\n");
    assert_int_equal(statsd_table_count(table), 1);
    take("g7:+1|g|#host:a\ng200:5|g|#host:a\nset:x|s");
    const char *said = flush();
    has(said, "series:g7 3\n");
    has(said, "series:g200 5\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_counters),
        TEST(test_gauges),
        cmocka_unit_test(test_absolute_gauges),
        TEST(test_timers),
        TEST(test_sets),
        TEST(test_times),
        TEST(test_tags),
        cmocka_unit_test(test_bad_lines),
        TEST(test_bounds),
        TEST(test_limit_of_series),
    };

    return cmocka_run_group_tests_name("statsd", tests, NULL, NULL);
}
