/* SPDX-License-Identifier: MIT
 * Decimal text to doubles and integers: tables from Python (number_table.h), what must be refused, and the
 * inlined way against the full one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/rng.h"

struct format_row {
    double v;
    const char *text;
};

struct parse_row {
    const char *text;
    double v;
};

#include "number_table.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define UNSET         (-777.0)

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Both ways, on a copy of exactly n bytes so that a sanitizer sees a read beyond. */
static int parse(const char *text, size_t n, double *ret_value)
{
    char *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    double v = UNSET, inlined = UNSET;
    const int error = number_parse(copy, n, &v);
    assert_int_equal(number_parse_inline(copy, n, &inlined), error);
    assert_true(same_bits(v, inlined));
    assert_true(error == 0 || v == UNSET);
    free(copy);
    *ret_value = v;
    return error;
}

static void reads_the_nearest_double(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(parse_rows); i++) {
        double v;
        const int error = parse(parse_rows[i].text, strlen(parse_rows[i].text), &v);
        if (isinf(parse_rows[i].v) ? error != -ERANGE : error != 0 || !same_bits(v, parse_rows[i].v))
            fail_msg("'%s': %d, %a, expected %a", parse_rows[i].text, error, v, parse_rows[i].v);
    }
    for (size_t i = 0; i < LENGTH(format_rows); i++) {
        double v;
        assert_int_equal(parse(format_rows[i].text, strlen(format_rows[i].text), &v), 0);
        assert_true(v == format_rows[i].v);
    }
}

static void refuses(void **state)
{
    (void)state;
    const char *bad[] = {"", " ", "+", "-", ".", "-.", "e5", ".e5", "1e", "1e+", "1e-", "1.5.", "1..5", "--1",
        "+-1", "1 ", " 1", "1_000", "1,5", "0x10", "0x1p3", "inf", "-inf", "nan", "NaN", "infinity", "1f",
        "1e5.0", "1e5e5", "\xd9\xa1", "1\n", "1e 5", "'1'"};
    double v;
    for (size_t i = 0; i < LENGTH(bad); i++) {
        if (parse(bad[i], strlen(bad[i]), &v) != -EINVAL)
            fail_msg("'%s' was taken", bad[i]);
    }
    assert_int_equal(parse("1\0", 2, &v), -EINVAL);
    assert_int_equal(parse("1\0002", 3, &v), -EINVAL);
}

static void bounds_the_length(void **state)
{
    (void)state;
    char text[NUMBER_PARSE_MAX + 1];
    memset(text, '0', sizeof text);
    text[0] = '7';
    text[1] = '.';
    double v;
    assert_int_equal(parse(text, NUMBER_PARSE_MAX, &v), 0);
    assert_true(v == 7);
    assert_int_equal(parse(text, NUMBER_PARSE_MAX + 1, &v), -EINVAL);
}

/* The C library's strtod (in the C locale) as judge: short and long mantissas, small and large exponents. */
static void agrees_with_strtod(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 9);
    for (int i = 0; i < 300000; i++) {
        char text[NUMBER_PARSE_MAX + 1];
        const int digits = 1 + (int)(rng_next(&r) % 24), point = (int)(rng_next(&r) % (uint64_t)(digits + 1));
        int n = 0;
        if (rng_next(&r) % 2)
            text[n++] = '-';
        for (int k = 0; k < digits; k++) {
            if (k == point)
                text[n++] = '.';
            text[n++] = (char)('0' + rng_next(&r) % 10);
        }
        if (rng_next(&r) % 2)
            n += snprintf(text + n, 8, "e%d", (int)(rng_next(&r) % 80) - 40);
        text[n] = '\0';
        double v;
        assert_int_equal(parse(text, (size_t)n, &v), 0);
        if (!same_bits(v, strtod(text, NULL)))
            fail_msg("'%s': %a, strtod %a", text, v, strtod(text, NULL));
    }
}

/* Where 128-bit integers are divided and the remainder decides: with 27 decimals one quotient in about 4000
 * ends exactly half way. */
static void remainders_decide(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 10);
    for (int i = 0; i < 200000; i++) {
        char text[NUMBER_PARSE_MAX + 1];
        const uint64_t digits = UINT64_C(1000000000000000000) + rng_next(&r) % UINT64_C(9000000000000000000);
        const int n = snprintf(text, sizeof text, "%llue-%d", (unsigned long long)digits, 25 + i % 3);
        double v;
        assert_int_equal(parse(text, (size_t)n, &v), 0);
        if (!same_bits(v, strtod(text, NULL)))
            fail_msg("'%s': %a, strtod %a", text, v, strtod(text, NULL));
    }
}

/* A decimal comma in the environment changes nothing. Needs such a locale on this machine. */
static void knows_no_locale(void **state)
{
    (void)state;
    const char *names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "pl_PL.UTF-8"};
    const char *found = NULL;
    for (size_t i = 0; i < LENGTH(names) && found == NULL; i++)
        found = setlocale(LC_ALL, names[i]);
    if (found == NULL) {
        printf("# SKIP: no locale with a decimal comma is installed\n");
        return; /* not skip(): cmocka 1.1.5 writes it as "not ok" in TAP */
    }
    double v;
    char text[NUMBER_TEXT_MAX];
    const int error = number_parse("1.7976931348623157e308", 22, &v);
    number_format(1.5e-200, text);
    setlocale(LC_ALL, "C");
    assert_int_equal(error, 0);
    assert_true(v == 1.7976931348623157e308);
    assert_string_equal(text, "1.5e-200");
}

static void unsigned_integers(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int error;
        uint64_t v;
    } cases[] = {
        {"0", 0, 0},
        {"18446744073709551615", 0, UINT64_MAX},
        {"18446744073709551616", -ERANGE, 0},
        {"99999999999999999999", -ERANGE, 0},
        {"184467440737095516150", -ERANGE, 0},
        {"00000000000000000000000000000042", 0, 42},
        {"18446744073709551610", 0, UINT64_MAX - 5},
        {"", -EINVAL, 0},
        {"-1", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {"1.0", -EINVAL, 0},
        {"99999999999999999999x", -EINVAL, 0},
        {"0x1", -EINVAL, 0},
        {" 1", -EINVAL, 0},
        {"00000000000000000000000000000000000000000000000000000000000000001", -EINVAL, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        uint64_t v = 77;
        assert_int_equal(number_parse_u64(cases[i].text, strlen(cases[i].text), &v), cases[i].error);
        assert_int_equal(v, cases[i].error == 0 ? cases[i].v : 77);
    }
}

static void signed_integers(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int error;
        int64_t v;
    } cases[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"9223372036854775807", 0, INT64_MAX},
        {"+9223372036854775807", 0, INT64_MAX},
        {"9223372036854775808", -ERANGE, 0},
        {"-9223372036854775808", 0, INT64_MIN},
        {"-9223372036854775809", -ERANGE, 0},
        {"-1", 0, -1},
        {"-", -EINVAL, 0},
        {"+", -EINVAL, 0},
        {"", -EINVAL, 0},
        {"--1", -EINVAL, 0},
        {"1e3", -EINVAL, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t v = 77;
        assert_int_equal(number_parse_i64(cases[i].text, strlen(cases[i].text), &v), cases[i].error);
        assert_int_equal(v, cases[i].error == 0 ? cases[i].v : 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_nearest_double),
        cmocka_unit_test(refuses),
        cmocka_unit_test(bounds_the_length),
        cmocka_unit_test(agrees_with_strtod),
        cmocka_unit_test(remainders_decide),
        cmocka_unit_test(knows_no_locale),
        cmocka_unit_test(unsigned_integers),
        cmocka_unit_test(signed_integers),
    };
    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
