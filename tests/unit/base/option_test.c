/* SPDX-License-Identifier: MIT
 * Option rows: defaults, every type taken and refused with words that help, and the way back into text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/option.h"

struct settings {
    bool flag;
    int64_t count;
    double ratio;
    int64_t period_ns;
    uint64_t bytes;
    double per_day;
    int choice;
    char path[OPTION_TEXT_MAX];
    int64_t free_count;
    char words[OPTION_LIST_MAX];
};

static const char *const choices[] = {"auto", "always", "never", NULL};

#define ROW(key_, type_, field_, ...)                                                                        \
    {                                                                                                        \
        .key = key_, .type = type_, .offset = offsetof(struct settings, field_), .unit = "", .help = "",     \
        __VA_ARGS__                                                                                          \
    }

static const struct option_row rows[] = {
    ROW("flag", OPTION_BOOL, flag, .fallback = "true"),
    ROW("a.count", OPTION_INT, count, .fallback = "5", .minimum = -10, .maximum = 100),
    ROW("a.ratio", OPTION_REAL, ratio, .fallback = "1.1", .minimum = 0, .maximum = 100),
    ROW("a.period", OPTION_DURATION, period_ns, .fallback = "1s", .minimum = 1e8, .maximum = 3.6e12),
    ROW("bytes", OPTION_SIZE, bytes, .fallback = "64MiB", .minimum = 4096, .maximum = 1073741824.0),
    ROW("rate", OPTION_RATE, per_day, .fallback = "1/30d", .minimum = 1e-4, .maximum = 24),
    ROW("color", OPTION_CHOICE, choice, .fallback = "auto", .choices = choices),
    ROW("path", OPTION_TEXT, path, .fallback = ""),
    ROW("free", OPTION_INT, free_count, .fallback = "0"),
    ROW("words", OPTION_LIST, words, .fallback = ""),
};

static struct settings s;
static const struct option_group group = {
    .rows = rows, .count = sizeof(rows) / sizeof(rows[0]), .target = &s};

static int reset(void **state)
{
    (void)state;
    memset(&s, 0xA5, sizeof(s));
    option_set_defaults(&group);
    return 0;
}

static const struct option_row *row_of(const char *key)
{
    const struct option_group *found = NULL;
    const struct option_row *row = option_find(&group, 1, key, strlen(key), &found);

    assert_non_null(row);
    assert_ptr_equal(found, &group);
    return row;
}

static int set(const char *key, const char *text, struct error *e)
{
    return option_set(&group, row_of(key), text, strlen(text), e);
}

static void defaults(void **state)
{
    (void)state;
    assert_true(s.flag);
    assert_int_equal(s.count, 5);
    assert_true(s.ratio == 1.1);
    assert_int_equal(s.period_ns, 1000000000);
    assert_int_equal(s.bytes, 67108864);
    assert_true(s.per_day == 1.0 / 30);
    assert_int_equal(s.choice, 0);
    assert_string_equal(s.path, "");
    assert_int_equal(s.free_count, 0);
}

static void every_type_is_taken(void **state)
{
    (void)state;
    assert_int_equal(set("flag", "false", NULL), 0);
    assert_false(s.flag);
    assert_int_equal(set("a.count", "-10", NULL), 0);
    assert_int_equal(s.count, -10);
    assert_int_equal(set("a.count", "100", NULL), 0);
    assert_int_equal(s.count, 100);
    assert_int_equal(set("a.period", "1h", NULL), 0);
    assert_int_equal(set("a.period", "100ms", NULL), 0);
    assert_int_equal(set("a.ratio", "2.5e1", NULL), 0);
    assert_true(s.ratio == 25);
    assert_int_equal(set("a.period", "250ms", NULL), 0);
    assert_int_equal(s.period_ns, 250000000);
    assert_int_equal(set("bytes", "4KiB", NULL), 0);
    assert_int_equal(s.bytes, 4096);
    assert_int_equal(set("rate", "2/1h", NULL), -ERANGE);
    assert_int_equal(set("rate", "2/1d", NULL), 0);
    assert_true(s.per_day == 2);
    assert_int_equal(set("color", "never", NULL), 0);
    assert_int_equal(s.choice, 2);
    assert_int_equal(set("path", "/srv/\xc3\xbc \"x\\y\"", NULL), 0);
    assert_string_equal(s.path, "/srv/\xc3\xbc \"x\\y\"");
    assert_int_equal(set("free", "9223372036854775807", NULL), 0);
    assert_true(s.free_count == INT64_MAX);
}

/* What is refused, with which code, and words that must be in the text. */
static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text;
        int code;
        const char *says;
    } cases[] = {
        {"flag", "yes", -EINVAL, "flag: 'yes' must be true or false; write true"},
        {"flag", "Off", -EINVAL, "write false"},
        {"flag", "", -EINVAL, "must be true or false"},
        {"flag", "True", -EINVAL, "must be true or false"},
        {"a.count", "101", -ERANGE, "a.count: '101' is out of range; it must be -10 to 100"},
        {"a.count", "1e1", -EINVAL, "whole number"},
        {"a.count", "0x10", -EINVAL, "decimal digits"},
        {"a.count", "0o7", -EINVAL, "decimal digits"},
        {"a.count", "010", -EINVAL, "octal"},
        {"a.count", "-01", -EINVAL, "octal"},
        {"a.count", "1_0", -EINVAL, "without '_'"},
        {"a.count", "1:30", -EINVAL, "base 60"},
        {"a.count", "", -EINVAL, "has no value"},
        {"a.count", "99999999999999999999", -ERANGE, "out of range"},
        {"free", "99999999999999999999", -ERANGE, "is too large"},
        {"a.ratio", "nan", -EINVAL, "is not a number"},
        {"a.ratio", ".inf", -EINVAL, "is not a number"},
        {"a.ratio", "1e400", -ERANGE, "0 to 100"},
        {"a.ratio", "1,5", -EINVAL, "decimal point"},
        {"a.ratio", "50%", -EINVAL, "without '%'"},
        {"a.period", "10", -EINVAL, "needs a unit, such as 10s"},
        {"a.period", "10 s", -EINVAL, "without a blank"},
        {"a.period", "1:30", -EINVAL, "is not a duration"},
        {"a.period", "-1s", -EINVAL, "negative"},
        {"a.period", "1d", -ERANGE, "100ms to 1h"},
        {"a.period", "0", -ERANGE, "100ms to 1h"},
        {"bytes", "4096", -EINVAL, "needs a unit, such as 64MiB"},
        {"bytes", "1TiB", -ERANGE, "4KiB to 1GiB"},
        {"bytes", "64M", -EINVAL, "is not a size"},
        {"rate", "1", -EINVAL, "needs a unit after '/'"},
        {"rate", "1/1s", -ERANGE, "1/10000d to 1/1h"},
        {"color", "alway", -EINVAL, "must be auto, always or never; did you mean 'always'?"},
        {"color", "zzzzzz", -EINVAL, "must be auto, always or never"},
        {"color", "AUTO", -EINVAL, "must be auto, always or never"},
        {"path", "a\nb", -EINVAL, "the first at byte 2"},
        {"path", "a\x7f", -EINVAL, "control characters"},
        {"path", "a\xff", -EINVAL, "not UTF-8"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings before = s;
        struct error e = {.code = 0};
        print_message("# %s: %s\n", cases[i].key, cases[i].says);
        assert_int_equal(set(cases[i].key, cases[i].text, &e), cases[i].code);
        assert_int_equal(e.code, cases[i].code);
        assert_non_null(strstr(e.text, cases[i].says));
        assert_non_null(strstr(e.text, cases[i].key));
        assert_memory_equal(&before, &s, sizeof(s));
    }
}

static void a_text_has_a_limit(void **state)
{
    (void)state;
    char text[OPTION_TEXT_MAX + 1];
    struct error e;

    memset(text, 'x', sizeof(text));
    assert_int_equal(option_set(&group, row_of("path"), text, OPTION_TEXT_MAX - 1, &e), 0);
    assert_int_equal(strlen(s.path), OPTION_TEXT_MAX - 1);
    assert_int_equal(option_set(&group, row_of("path"), text, OPTION_TEXT_MAX, &e), -ERANGE);
    assert_non_null(strstr(e.text, "at most 255"));
}

static void a_long_value_is_shortened_in_the_message(void **state)
{
    (void)state;
    char text[4001];
    struct error e;

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(set("color", text, &e), -EINVAL);
    assert_non_null(strstr(e.text, "color: 'xxxx...' must be auto, always or never"));
    assert_int_equal(set("a.count", text, &e), -EINVAL);
    assert_int_equal(set("a.period", text, &e), -EINVAL);
}

static void assert_format(const char *key, const char *text, const char *expected)
{
    char buffer[600];
    struct text out;

    assert_int_equal(set(key, text, NULL), 0);
    text_init(&out, buffer, sizeof(buffer));
    option_format(&group, row_of(key), &out);
    assert_string_equal(buffer, expected);
}

static void formats(void **state)
{
    (void)state;
    assert_format("flag", "true", "true");
    assert_format("a.count", "-7", "-7");
    assert_format("a.ratio", "0.10", "0.1");
    assert_format("a.period", "90s", "90s");
    assert_format("a.period", "1.5s", "1500ms");
    assert_format("bytes", "2048KiB", "2MiB");
    assert_format("rate", "1/30d", "1/30d");
    assert_format("rate", "1/4h", "1/4h");
    assert_format("rate", "1/5h", "1/5h");
    assert_format("rate", "0.3/1d", "1/80h");
    assert_format("rate", "0.0123456789/1d", "0.0123456789/1d");
    assert_format("rate", "2/7d", "1/84h");
    assert_format("rate", "5/7d", "5/7d");
    assert_format("rate", "2/30d", "1/15d");
    assert_format("rate", "3/7d", "1/56h");
    assert_format("color", "never", "never");
    assert_format("path", "/a \"b\" \\c", "\"/a \\\"b\\\" \\\\c\"");
    assert_format("path", "", "\"\"");
}

/* A rate is written so that it reads back as the same double, whatever it is. */
static void rates_read_back(void **state)
{
    (void)state;
    for (int count = 1; count <= 40; count++) {
        for (int days = 1; days <= 400; days += 3) {
            char text[64], buffer[64];
            struct text in, out;
            text_init(&in, text, sizeof(text));
            text_addf(&in, "%d/%dd", count, days);
            if (option_set(&group, row_of("rate"), text, in.length, NULL) < 0)
                continue; /* out of the row's bounds */
            const double v = s.per_day;
            text_init(&out, buffer, sizeof(buffer));
            option_format(&group, row_of("rate"), &out);
            s.per_day = 0;
            assert_int_equal(option_set(&group, row_of("rate"), buffer, out.length, NULL), 0);
            assert_true(s.per_day == v);
        }
    }
}

/* Also one that nobody would write: random doubles within the bounds (SplitMix64, seed 1). */
static void odd_rates_read_back(void **state)
{
    (void)state;
    uint64_t x = 1;

    for (int i = 0; i < 2000; i++) {
        uint64_t z = x += UINT64_C(0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        z ^= z >> 31;
        const double v = 1e-3 + 23 * ((double)(z >> 11) * 0x1p-53);
        char buffer[64];
        struct text out;
        s.per_day = v;
        text_init(&out, buffer, sizeof(buffer));
        option_format(&group, row_of("rate"), &out);
        s.per_day = 0;
        assert_int_equal(option_set(&group, row_of("rate"), buffer, out.length, NULL), 0);
        assert_true(s.per_day == v);
    }
}

static void finds_the_whole_key_only(void **state)
{
    (void)state;
    const struct option_group *found = &group;

    assert_null(option_find(&group, 1, "a", 1, &found));
    assert_null(option_find(&group, 1, "a.counter", 9, &found));
    assert_null(option_find(&group, 1, "a.coun", 6, &found));
    assert_null(option_find(&group, 0, "flag", 4, &found));
    assert_ptr_equal(option_find(&group, 1, "a.counts", 7, &found), &rows[1]);
}

/* Known distances; "kitten" and "sitting" are 3 apart in Levenshtein 1966's sense (the usual textbook
 * example). */
static void distances(void **state)
{
    (void)state;
    char sixty_four[64], sixty_five[65];

    memset(sixty_four, 'a', sizeof(sixty_four));
    memset(sixty_five, 'a', sizeof(sixty_five));
    assert_int_equal(option_distance("kitten", 6, "sitting", 7), 3);
    assert_int_equal(option_distance("sitting", 7, "kitten", 6), 3);
    assert_int_equal(option_distance("", 0, "abc", 3), 3);
    assert_int_equal(option_distance("abc", 3, "", 0), 3);
    assert_int_equal(option_distance("abc", 3, "abc", 3), 0);
    assert_int_equal(option_distance("flaw", 4, "lawn", 4), 2);
    assert_int_equal(option_distance(sixty_four, 64, sixty_four, 64), 0);
    assert_int_equal(option_distance(sixty_five, 65, sixty_five, 65), 64);
}

static void nearest(void **state)
{
    (void)state;
    assert_string_equal(option_nearest(choices, "alwys", 5), "always");
    assert_string_equal(option_nearest(choices, "atuo", 4), "auto");
    assert_null(option_nearest(choices, "xy", 2));
    assert_null(option_nearest(choices, "", 0));
    assert_null(option_nearest(choices, "completely else", 15));
}

static void a_list_is_words(void **state)
{
    static char long_one[OPTION_LIST_MAX + 1];
    const struct option_row *row = row_of("words");
    char written[OPTION_LIST_MAX * 2];
    const char *at = s.words;
    struct error e;
    struct text t;
    size_t n;

    (void)state;
    assert_string_equal(s.words, "");
    assert_int_equal(option_set(&group, row, "  a=1  b ", 9, &e), 0);
    assert_string_equal(s.words, "a=1 b");
    assert_int_equal(option_append(&group, row, "c\"d", 3, &e), 0);
    text_init(&t, written, sizeof(written));
    option_format(&group, row, &t);
    assert_string_equal(written, "[\"a=1\", \"b\", \"c\\\"d\"]");
    assert_non_null(option_list_next(&at, &n));
    assert_int_equal(n, 3);
    assert_string_equal(at, " b c\"d");
    assert_int_equal(option_append(&group, row, "", 0, &e), -EINVAL);
    assert_int_equal(option_append(&group, row, "a b", 3, &e), -EINVAL);
    assert_int_equal(option_append(&group, row, "\x80", 1, &e), -EINVAL);
    memset(long_one, 'x', OPTION_LIST_MAX);
    assert_int_equal(option_append(&group, row, long_one, OPTION_LIST_MAX - 9, &e), -ERANGE);
    assert_int_equal(option_set(&group, row, long_one, OPTION_LIST_MAX, &e), -ERANGE);
    assert_string_equal(s.words, "a=1 b c\"d"); /* as before */
    assert_int_equal(option_append(&group, row, long_one, OPTION_LIST_MAX - 11, &e), 0);
    assert_int_equal(option_set(&group, row, "", 0, &e), 0);
    assert_string_equal(s.words, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(defaults, reset),
        cmocka_unit_test_setup(every_type_is_taken, reset),
        cmocka_unit_test_setup(refusals, reset),
        cmocka_unit_test_setup(a_text_has_a_limit, reset),
        cmocka_unit_test_setup(a_long_value_is_shortened_in_the_message, reset),
        cmocka_unit_test_setup(formats, reset),
        cmocka_unit_test_setup(rates_read_back, reset),
        cmocka_unit_test_setup(odd_rates_read_back, reset),
        cmocka_unit_test_setup(finds_the_whole_key_only, reset),
        cmocka_unit_test_setup(distances, reset),
        cmocka_unit_test_setup(nearest, reset),
        cmocka_unit_test_setup(a_list_is_words, reset),
    };
    return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
