/* SPDX-License-Identifier: MIT
 * Times: RFC 3339 against Python's datetime (timestamp_table.h), Unix seconds, every edge of both, and back
 * to text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/number.h"
#include "base/rng.h"
#include "base/text.h"

struct row {
    const char *text;
    int64_t t_ns;
};

#include "timestamp_table.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define UNSET         INT64_C(-777)
#define S             INT64_C(1000000000)

struct expectation {
    const char *text;
    int error;
    int64_t t_ns;
};

/* On a copy of exactly n bytes so that a sanitizer sees a read beyond. */
static int parse(const char *text, int64_t *ret_ns)
{
    const size_t n = strlen(text);
    char *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    *ret_ns = UNSET;
    const int error = timestamp_parse(copy, n, ret_ns);
    free(copy);
    return error;
}

static void check(const struct expectation *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t t_ns;
        const int error = parse(cases[i].text, &t_ns);
        if (error != cases[i].error || t_ns != (error == 0 ? cases[i].t_ns : UNSET))
            fail_msg("'%s': %d, %lld", cases[i].text, error, (long long)t_ns);
    }
}

static void rfc3339_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int64_t t_ns;
        const int error = parse(rows[i].text, &t_ns);
        if (error != 0 || t_ns != rows[i].t_ns)
            fail_msg("'%s': %d, %lld", rows[i].text, error, (long long)t_ns);
    }
}

static void unix_seconds(void **state)
{
    (void)state;
    const struct expectation cases[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"+1", 0, S},
        {"1767225600", 0, 1767225600 * S},
        {"1767225600.1", 0, 1767225600 * S + 100000000},
        {"1767225600.123456789", 0, 1767225600 * S + 123456789},
        {"1767225600.000000001", 0, 1767225600 * S + 1},
        {"1767225600.12345678", 0, 1767225600 * S + 123456780},
        {"-1.5", 0, -1500000000},
        {"-0.000000001", 0, -1},
        {"0.999999999", 0, 999999999},
        {"000001767225600", 0, 1767225600 * S},
        {"12345678", 0, 12345678 * S},
        {"1234567", 0, 1234567 * S},
        {"9223372035.999999999", 0, INT64_C(9223372035999999999)},
        {"-9223372035.999999999", 0, -INT64_C(9223372035999999999)},
        {"9223372036", -ERANGE, 0},
        {"-9223372036", -ERANGE, 0},
        {"99999999999", -ERANGE, 0},
        {"99999999999.999999999", -ERANGE, 0},
        {"100000000000", -EDOM, 0},
        {"-100000000000", -EDOM, 0},
        {"1767225600000", -EDOM, 0},                    /* milliseconds */
        {"1767225600000000", -EDOM, 0},                 /* microseconds */
        {"1767225600000000000", -EDOM, 0},              /* nanoseconds */
        {"1767225600000.5", -EDOM, 0},                  /* milliseconds with fraction */
        {"99999999999999999999999999999999", -EDOM, 0}, /* beyond 64 bits */
        {"1767225600.1234567890", -EINVAL, 0},          /* ten decimals, even if the last is 0 */
        {"1767225600.", -EINVAL, 0},
        {".5", -EINVAL, 0},
        {"-.5", -EINVAL, 0},
        {"", -EINVAL, 0},
        {"-", -EINVAL, 0},
        {"+", -EINVAL, 0},
        {"1e9", -EINVAL, 0},
        {"1.5e9", -EINVAL, 0},
        {"1767225600 ", -EINVAL, 0},
        {" 1767225600", -EINVAL, 0},
        {"1767225600s", -EINVAL, 0},
        {"1767225600.5.5", -EINVAL, 0},
        {"1767225600,5", -EINVAL, 0},
        {"176722560/", -EINVAL, 0}, /* the bytes before '0' and after '9' */
        {"176722560:", -EINVAL, 0},
        {"/7672256", -EINVAL, 0},
        {"1767:256", -EINVAL, 0},
        {"1767225600.1234567:", -EINVAL, 0},
        {"nan", -EINVAL, 0},
        {"timestamp", -EINVAL, 0},
        {"0000000000000000000000000000000000000000000000000000000000000001", 0, S},
        {"00000000000000000000000000000000000000000000000000000000000000001", -EINVAL, 0},
    };
    check(cases, LENGTH(cases));
}

static void rfc3339_zones(void **state)
{
    (void)state;
    const int64_t y2026 = 1767225600 * S;
    const struct expectation cases[] = {
        {"2026-01-01T00:00:00Z", 0, y2026},
        {"2026-01-01t00:00:00z", 0, y2026},
        {"2026-01-01 00:00:00Z", 0, y2026},
        {"2026-01-01 00:00:00+00:00", 0, y2026},
        {"2026-01-01T00:00:00-00:00", 0, y2026},
        {"2026-01-01T23:59:00+23:59", 0, y2026},
        {"2025-12-31T00:01:00-23:59", 0, y2026},
        {"2026-01-01T00:00:00.000000001Z", 0, y2026 + 1},
        {"2026-01-01T00:00:00.5+00:00", 0, y2026 + S / 2},
        {"1969-12-31T23:59:59.999999999Z", 0, -1},
        /* Without zone, or no time at all. */
        {"2026-01-01", -EDOM, 0},
        {"2026-01-01T00:00:00", -EDOM, 0},
        {"2026-01-01 00:00:00", -EDOM, 0},
        {"2026-01-01T00:00:00.5", -EDOM, 0},
    };
    check(cases, LENGTH(cases));
}

static void rfc3339_calendar_and_clock(void **state)
{
    (void)state;
    const struct expectation cases[] = {
        /* The calendar. */
        {"2024-02-29T00:00:00Z", 0, 1709164800 * S},
        {"2026-02-29T00:00:00Z", -EINVAL, 0},
        {"1900-02-29T00:00:00Z", -EINVAL, 0},
        {"2000-02-29T00:00:00Z", 0, 951782400 * S},
        {"2100-02-29T00:00:00Z", -EINVAL, 0},
        {"2026-04-31T00:00:00Z", -EINVAL, 0},
        {"2026-06-31T00:00:00Z", -EINVAL, 0},
        {"2026-09-31T00:00:00Z", -EINVAL, 0},
        {"2026-11-31T00:00:00Z", -EINVAL, 0},
        {"2026-12-31T00:00:00Z", 0, 1798675200 * S},
        {"2026-12-32T00:00:00Z", -EINVAL, 0},
        {"2026-00-01T00:00:00Z", -EINVAL, 0},
        {"2026-13-01T00:00:00Z", -EINVAL, 0},
        {"2026-01-00T00:00:00Z", -EINVAL, 0},
        /* The clock. */
        {"2026-01-01T24:00:00Z", -EINVAL, 0},
        {"2026-01-01T00:60:00Z", -EINVAL, 0},
        {"2026-01-01T00:00:61Z", -EINVAL, 0},
        {"2026-01-01T00:00:60Z", -EINVAL, 0},
        {"2026-01-01T00:00:00+24:00", -EINVAL, 0},
        {"2026-01-01T00:00:00+00:60", -EINVAL, 0},
    };
    check(cases, LENGTH(cases));
}

static void rfc3339_leap_seconds_and_the_ends_of_time(void **state)
{
    (void)state;
    const struct expectation cases[] = {
        /* Leap seconds: at the end of a month in UTC, wherever one is. */
        {"2016-12-31T23:59:60Z", 0, 1483228800 * S - 1},
        {"2016-12-31T23:59:60.5Z", 0, 1483228800 * S - 1},
        {"2017-01-01T00:59:60+01:00", 0, 1483228800 * S - 1},
        {"2016-12-31T15:59:60.999999999-08:00", 0, 1483228800 * S - 1},
        {"1990-06-30T23:59:60Z", 0, 646790400 * S - 1},
        {"2016-12-31T23:59:60+01:00", -EINVAL, 0},
        {"2016-12-30T23:59:60Z", -EINVAL, 0},
        {"2016-12-31T23:58:60Z", -EINVAL, 0},
        {"2016-12-31T22:59:60Z", -EINVAL, 0},
        /* What 64-bit nanoseconds hold. */
        {"1677-09-21T00:12:44Z", 0, -INT64_C(9223372036000000000)},
        {"1677-09-21T00:12:43.999999999Z", -ERANGE, 0},
        {"2262-04-11T23:47:15.999999999Z", 0, INT64_C(9223372035999999999)},
        {"2262-04-11T23:47:16Z", -ERANGE, 0},
        {"0000-01-01T00:00:00Z", -ERANGE, 0},
        {"0000-02-29T00:00:00Z", -ERANGE, 0}, /* a leap year */
        {"0001-01-01T00:00:00Z", -ERANGE, 0},
        {"9999-12-31T23:59:59Z", -ERANGE, 0},
        {"9999-12-31T23:59:60Z", -EINVAL, 0},
    };
    check(cases, LENGTH(cases));
}

static void rfc3339_shapes(void **state)
{
    (void)state;
    const struct expectation cases[] = {
        {"2026-01-01T00:00:00.Z", -EINVAL, 0},
        {"2026-01-01T00:00:00.1234567890Z", -EINVAL, 0},
        {"2026-01-01T00:00:00,5Z", -EINVAL, 0},
        {"2026-01-01_00:00:00Z", -EINVAL, 0},
        {"2026-01-01  00:00:00Z", -EINVAL, 0},
        {"2026-01-01T00:00Z", -EINVAL, 0},
        {"2026-01-01T00:00:0Z", -EINVAL, 0},
        {"2026-01-01T", -EINVAL, 0},
        {"2026-01-01Z", -EINVAL, 0},
        {"2026-01", -EINVAL, 0},
        {"2026-1-1T00:00:00Z", -EINVAL, 0},
        {"2026/01/01T00:00:00Z", -EINVAL, 0},
        {"26-01-01T00:00:00Z", -EINVAL, 0},
        {"02026-01-01T00:00:00Z", -EINVAL, 0},
        {"+2026-01-01T00:00:00Z", -EINVAL, 0},
        {"20260101T000000Z", -EINVAL, 0},
        {"2026-01-01T00:00:00ZZ", -EINVAL, 0},
        {"2026-01-01T00:00:00 Z", -EINVAL, 0},
        {"2026-01-01T00:00:00+0000", -EINVAL, 0},
        {"2026-01-01T00:00:00+00", -EINVAL, 0},
        {"2026-01-01T00:00:00+00:0", -EINVAL, 0},
        {"2026-01-01T00:00:00+00:000", -EINVAL, 0},
        {"2026-01-01T00:00:00 +00:00", -EINVAL, 0},
        {"2026-01-01T00:00:00UTC", -EINVAL, 0},
        {"2026-01-01T0a:00:00Z", -EINVAL, 0},
        {"2026-01-01T00-00-00Z", -EINVAL, 0},
        {"2026-01-01T00:00:00Z                                              ", -EINVAL, 0},
    };
    check(cases, LENGTH(cases));
}

/* The C library's calendar as judge, over the whole range. */
static void formats_like_the_c_library(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 5);
    for (int i = 0; i < 50000; i++) {
        const int64_t t_ns = (int64_t)(rng_next(&r) >> rng_next(&r) % 8);
        const time_t seconds = (time_t)((t_ns - ((t_ns % S) + S) % S) / S);
        struct tm tm;
        char expected[64], text[TIMESTAMP_TEXT_MAX];
        assert_non_null(gmtime_r(&seconds, &tm));
        const size_t n = strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &tm);
        assert_int_equal(timestamp_format(t_ns, text), n);
        assert_string_equal(text, expected);
        (void)strftime(expected, sizeof expected, "%H:%M:%S", &tm);
        assert_int_equal(timestamp_format_clock(t_ns, text), 8);
        assert_string_equal(text, expected);
        (void)strftime(expected, sizeof expected, "%Y-%m-%d %H:%M:%S", &tm);
        assert_int_equal(timestamp_format_plain(t_ns, text), 19);
        assert_string_equal(text, expected);
    }
}

/* Exact both ways: as Unix seconds with nine decimals, and as RFC 3339 to the second. */
static void reads_back_what_it_writes(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 6);
    for (int i = 0; i < 100000; i++) {
        const int64_t t_ns = (int64_t)rng_next(&r) / 1000 * 999;
        char buffer[TIMESTAMP_TEXT_MAX];
        struct text t;
        int64_t back;
        text_init(&t, buffer, sizeof buffer);
        text_add_time(&t, t_ns);
        assert_int_equal(parse(buffer, &back), 0);
        assert_int_equal(back, t_ns);
        timestamp_format(t_ns, buffer);
        assert_int_equal(parse(buffer, &back), 0);
        assert_true(back <= t_ns && t_ns - back < S && back % S == 0);
    }
}

static void formats_the_edges(void **state)
{
    (void)state;
    const struct {
        int64_t t_ns;
        const char *text, *clock;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z", "00:00:00"},
        {-1, "1969-12-31T23:59:59Z", "23:59:59"},
        {-S, "1969-12-31T23:59:59Z", "23:59:59"},
        {-S - 1, "1969-12-31T23:59:58Z", "23:59:58"},
        {1767225599 * S + 999999999, "2025-12-31T23:59:59Z", "23:59:59"},
        {INT64_MAX, "2262-04-11T23:47:16Z", "23:47:16"},
        {INT64_MIN, "1677-09-21T00:12:43Z", "00:12:43"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[TIMESTAMP_TEXT_MAX];
        timestamp_format(cases[i].t_ns, text);
        assert_string_equal(text, cases[i].text);
        timestamp_format_clock(cases[i].t_ns, text);
        assert_string_equal(text, cases[i].clock);
    }
}

/* Every day of the range: the calendar and its inverse agree and never skip. */
static void every_day(void **state)
{
    (void)state;
    for (int64_t day = -106751; day < 106751; day++) {
        char text[TIMESTAMP_TEXT_MAX];
        int64_t back;
        timestamp_format(day * 86400 * S, text);
        assert_int_equal(parse(text, &back), 0);
        assert_int_equal(back, day * 86400 * S);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc3339_matches),
        cmocka_unit_test(unix_seconds),
        cmocka_unit_test(rfc3339_zones),
        cmocka_unit_test(rfc3339_calendar_and_clock),
        cmocka_unit_test(rfc3339_leap_seconds_and_the_ends_of_time),
        cmocka_unit_test(rfc3339_shapes),
        cmocka_unit_test(formats_like_the_c_library),
        cmocka_unit_test(reads_back_what_it_writes),
        cmocka_unit_test(formats_the_edges),
        cmocka_unit_test(every_day),
    };
    return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
