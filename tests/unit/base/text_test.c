/* SPDX-License-Identifier: MIT
 * Bounded text: bounds, hostile bytes (text_table.h), numbers and times. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct bytes {
    const char *data;
    size_t n;
};

struct row {
    struct bytes input, json, printable;
};

#include "text_table.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static char buffer[512];

static struct text start(size_t size)
{
    struct text t;
    memset(buffer, '#', sizeof buffer);
    text_init(&t, buffer, size);
    return t;
}

/* What must hold after every call, whatever the input. */
static void check_sound(const struct text *t)
{
    assert_true(t->length < t->capacity);
    assert_int_equal(t->data[t->length], '\0');
    for (size_t i = t->capacity; i < sizeof buffer; i++)
        assert_int_equal(buffer[i], '#');
}

static void begins_empty(void **state)
{
    (void)state;
    struct text t = start(1);
    assert_string_equal(t.data, "");
    assert_int_equal(t.length, 0);
    assert_false(t.truncated);
    text_add(&t, "");
    assert_false(t.truncated);
    text_add(&t, "x");
    assert_true(t.truncated);
    check_sound(&t);
}

static void appends(void **state)
{
    (void)state;
    struct text t = start(64);
    text_add(&t, "ab");
    text_add_char(&t, 'c');
    text_add_bytes(&t, "d\0e", 3);
    text_addf(&t, "-%d-%s", 42, "x");
    assert_memory_equal(t.data, "abcd\0e-42-x", 12);
    assert_int_equal(t.length, 11);
    text_clear(&t);
    assert_string_equal(t.data, "");
    check_sound(&t);
}

static void fits_exactly(void **state)
{
    (void)state;
    struct text t = start(6);
    text_add(&t, "abcde");
    assert_false(t.truncated);
    t = start(6);
    text_addf(&t, "%s", "abcde");
    assert_false(t.truncated);
    assert_string_equal(t.data, "abcde");
    t = start(6);
    text_add_int(&t, -1234);
    assert_false(t.truncated);
    check_sound(&t);
}

static void is_a_prefix_once_cut(void **state)
{
    (void)state;
    struct text t = start(6);
    text_add(&t, "abcdef");
    assert_string_equal(t.data, "abcde");
    assert_true(t.truncated);
    t = start(6);
    text_add(&t, "abc");
    text_add_uint(&t, 12345); /* a whole number or none */
    text_add(&t, "d");
    text_addf(&t, "%s", "e");
    text_add_char(&t, 'f');
    text_add_json_string(&t, "g", 1);
    text_add_printable(&t, "h", 1);
    text_add_time(&t, 1);
    assert_string_equal(t.data, "abc");
    assert_true(t.truncated);
    check_sound(&t);
    text_clear(&t);
    text_add(&t, "again");
    assert_string_equal(t.data, "again");
    assert_false(t.truncated);
}

/* e-acute, euro sign, grinning face: 2, 3 and 4 bytes. */
static void cuts_between_characters(void **state)
{
    (void)state;
    const char *text = "a\xc3\xa9"
                       "b\xe2\x82\xac"
                       "c\xf0\x9f\x98\x80";
    const size_t kept[] = {0, 1, 1, 3, 4, 4, 4, 7, 8, 8, 8, 8, 12};
    for (size_t room = 0; room < LENGTH(kept); room++) {
        for (int way = 0; way < 4; way++) {
            struct text t = start(room + 1);
            if (way == 0)
                text_add(&t, text);
            else if (way == 1)
                text_addf(&t, "%s", text);
            else if (way == 2)
                text_add_printable(&t, text, strlen(text));
            else
                text_add_bytes(&t, text, strlen(text));
            assert_int_equal(t.length, kept[room]);
            assert_int_equal(t.truncated, room < 12);
            check_sound(&t);
        }
    }
}

/* Bytes that were no sequence to begin with are not waited for. */
static void cuts_nonsense_anywhere(void **state)
{
    (void)state;
    struct text t = start(5);
    text_add_bytes(&t, "\x80\x80\x80\x80\x80\x80", 6);
    assert_int_equal(t.length, 4);
    t = start(5);
    text_add_bytes(&t, "a\xc3\xa9\xa9\xa9\xa9", 6);
    assert_int_equal(t.length, 4);
}

static void hostile_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        /* A copy of exactly that size, so that a sanitizer sees a read beyond it. */
        char *input = malloc(rows[i].input.n + 1);
        assert_non_null(input);
        memcpy(input, rows[i].input.data, rows[i].input.n);
        input = realloc(input, rows[i].input.n > 0 ? rows[i].input.n : 1);
        assert_non_null(input);
        struct text t = start(256);
        text_add_json_string(&t, input, rows[i].input.n);
        if (t.length != rows[i].json.n || memcmp(t.data, rows[i].json.data, t.length) != 0)
            fail_msg("row %zu as JSON: %s", i, t.data);
        t = start(256);
        text_add_printable(&t, input, rows[i].input.n);
        if (t.length != rows[i].printable.n || memcmp(t.data, rows[i].printable.data, t.length) != 0)
            fail_msg("row %zu printable: %s", i, t.data);
        check_sound(&t);
        free(input);
    }
}

/* At every size the result is the beginning of the whole, and no escape or character is cut. */
static void hostile_bytes_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        for (size_t size = 1; size <= rows[i].printable.n + 1; size++) {
            struct text t = start(size);
            text_add_printable(&t, rows[i].input.data, rows[i].input.n);
            assert_memory_equal(t.data, rows[i].printable.data, t.length);
            assert_int_equal(t.truncated, t.length < rows[i].printable.n);
            assert_true(t.truncated ? size - 1 - t.length < 4 : t.length == rows[i].printable.n);
            check_sound(&t);
        }
        for (size_t size = 1; size <= rows[i].json.n + 1; size++) {
            struct text t = start(size);
            text_add_json_string(&t, rows[i].input.data, rows[i].input.n);
            assert_memory_equal(t.data, rows[i].json.data, t.length);
            assert_int_equal(t.truncated, t.length < rows[i].json.n);
            check_sound(&t);
        }
    }
}

/* Every code point, encoded here by arithmetic: all but the surrogates come out unchanged. */
static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0x80; c < 0x120000; c++) {
        char in[4];
        size_t n = 0;
        if (c < 0x800) {
            in[n++] = (char)(0xc0 | c >> 6);
        } else {
            if (c < 0x10000) {
                in[n++] = (char)(0xe0 | c >> 12);
            } else {
                in[n++] = (char)(0xf0 | c >> 18);
                in[n++] = (char)(0x80 | (c >> 12 & 63));
            }
            in[n++] = (char)(0x80 | (c >> 6 & 63));
        }
        in[n++] = (char)(0x80 | (c & 63));
        const bool character = !(c >= 0xd800 && c < 0xe000) && c < 0x110000;
        char out[32];
        struct text t;
        text_init(&t, out, sizeof out);
        text_add_json_string(&t, in, n);
        const bool unchanged = t.length == n + 2 && memcmp(out + 1, in, n) == 0;
        if (unchanged != character)
            fail_msg("U+%04X as JSON", c);
        text_clear(&t);
        text_add_printable(&t, in, n);
        const bool shown = t.length == n && memcmp(out, in, n) == 0;
        if (shown != (character && c >= 0xa0))
            fail_msg("U+%04X printable", c);
    }
}

static void integers(void **state)
{
    (void)state;
    struct text t = start(128);
    text_add_uint(&t, 0);
    text_add_char(&t, ' ');
    text_add_uint(&t, UINT64_MAX);
    text_add_char(&t, ' ');
    text_add_int(&t, INT64_MIN);
    text_add_char(&t, ' ');
    text_add_int(&t, INT64_MAX);
    text_add_char(&t, ' ');
    text_add_int(&t, -7);
    assert_string_equal(t.data, "0 18446744073709551615 -9223372036854775808 9223372036854775807 -7");
}

static void numbers(void **state)
{
    (void)state;
    struct text t = start(128);
    const double v[] = {0.1, -2.5e-7, 1e300, (double)NAN, (double)INFINITY, -(double)INFINITY, -0.0, 45.125};
    for (size_t i = 0; i < LENGTH(v); i++) {
        text_add_number(&t, v[i]);
        text_add_char(&t, ' ');
    }
    assert_string_equal(t.data, "0.1 -2.5e-7 1e+300 null null null 0 45.125 ");
}

static void times(void **state)
{
    (void)state;
    const struct {
        int64_t t_ns;
        const char *expected;
    } cases[] = {
        {0, "0"},
        {1, "0.000000001"},
        {-1, "-0.000000001"},
        {INT64_C(1767225600000000000), "1767225600"},
        {INT64_C(1767225600123456789), "1767225600.123456789"},
        {INT64_C(1767225600100000000), "1767225600.1"},
        {INT64_C(1767225600000001000), "1767225600.000001"},
        {-INT64_C(1500000000), "-1.5"},
        {-INT64_C(500000000), "-0.5"},
        {INT64_MAX, "9223372036.854775807"},
        {INT64_MIN, "-9223372036.854775808"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct text t = start(64);
        text_add_time(&t, cases[i].t_ns);
        assert_string_equal(t.data, cases[i].expected);
    }
}

static void for_people(void **state)
{
    (void)state;
    const struct {
        double v;
        int digits;
        const char *expected;
    } cases[] = {
        {0, 3, "0"},
        {-0.0, 3, "0"},
        {0.5, 3, "0.5"},
        {1.0 / 3, 3, "0.333"},
        {-2.0 / 3, 2, "-0.67"},
        {12345.678, 3, "12346"},
        {12345.678, 6, "12345.7"},
        {999.96, 4, "1000"},
        {9.999, 3, "10"},
        {0.0001, 3, "0.0001"},
        {0.00012345, 3, "0.000123"},
        {0.000099, 3, "9.9e-5"},
        {999999999, 3, "999999999"},
        {1e9, 3, "1e+9"},
        {1.23456e12, 3, "1.23e+12"},
        {1.23456e-300, 2, "1.2e-300"},
        {123.456, 9, "123.456"},
        {1e8 / 3, 1, "33333333"},
        {5, 1, "5"},
        {(double)NAN, 3, "no data"},
        {(double)INFINITY, 3, "infinite"},
        {-(double)INFINITY, 3, "-infinite"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct text t = start(64);
        text_add_human(&t, cases[i].v, cases[i].digits);
        assert_string_equal(t.data, cases[i].expected);
    }
}

/* Cut sentences lose their end, cut names their beginning; both say so, and no character is cut in two. */
static void cuts_show(void **state)
{
    (void)state;
    const struct {
        const char *whole;
        size_t most;
        const char *sentence, *name;
    } cases[] = {
        {"four", 4, "four", "four"},
        {"", 4, "", ""},
        {"one two three four", 14, "one two...", "...three four"},
        {"one, two; three", 12, "one, two...", "...wo; three"},
        {"system.slice/checkout.service", 20, "system.slice/chec...", ".../checkout.service"},
        {"abcdefghijklmnop", 8, "abcde...", "...lmnop"},
        {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6", 8, "\xc3\xa4\xc3\xb6...", "...\xc3\xa4\xc3\xb6"},
        {"a/b/c/d/e/f/g/h", 10, "a/b/c/d...", ".../f/g/h"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct text t = start(64);
        text_add_shortened(&t, cases[i].whole, strlen(cases[i].whole), cases[i].most);
        assert_string_equal(t.data, cases[i].sentence);
        text_clear(&t);
        text_add_name(&t, cases[i].whole, strlen(cases[i].whole), cases[i].most);
        assert_string_equal(t.data, cases[i].name);
        assert_true(t.length <= cases[i].most);
    }
}

static void spans(void **state)
{
    (void)state;
    const struct {
        int64_t s;
        const char *expected, *brief;
    } cases[] = {{-5, "0 s", "0s"}, {0, "0 s", "0s"}, {45, "45 s", "45s"}, {60, "1 min", "1m"},
        {318, "5 min 18 s", "5m18s"}, {3600, "1 h", "1h"}, {3605, "1 h", "1h"}, {7260, "2 h 1 min", "2h1m"},
        {90000, "1 d 1 h", "1d1h"}, {INT64_MAX / 1000000000, "106751 d 23 h", "106751d23h"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct text t = start(64);
        text_add_span(&t, cases[i].s * 1000000000);
        assert_string_equal(t.data, cases[i].expected);
        text_clear(&t);
        text_add_span_short(&t, cases[i].s * 1000000000);
        assert_string_equal(t.data, cases[i].brief);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_empty),
        cmocka_unit_test(appends),
        cmocka_unit_test(fits_exactly),
        cmocka_unit_test(is_a_prefix_once_cut),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(cuts_nonsense_anywhere),
        cmocka_unit_test(hostile_bytes),
        cmocka_unit_test(hostile_bytes_cut),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(integers),
        cmocka_unit_test(numbers),
        cmocka_unit_test(times),
        cmocka_unit_test(for_people),
        cmocka_unit_test(cuts_show),
        cmocka_unit_test(spans),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
