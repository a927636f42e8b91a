/* SPDX-License-Identifier: MIT
 * Doubles to shortest decimals: a table from Python's repr (number_table.h), and for random bits that the
 * text reads back and that nothing shorter does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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

static void writes_what_python_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(format_rows); i++) {
        char text[NUMBER_TEXT_MAX];
        const size_t n = number_format(format_rows[i].v, text);
        assert_string_equal(text, format_rows[i].text);
        assert_int_equal(n, strlen(text));
    }
    assert_int_equal(LENGTH(parse_rows) > 0, 1); /* the other half of the table is number_test's */
}

static unsigned significant_digits(const char *text)
{
    unsigned count = 0, zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (count == 0 && *text == '0'))
            continue;
        count++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return count - zeros;
}

/* Whether a decimal of `digits` digits reads back as v: the two that enclose it are tried, with the C library
 * as judge. */
static bool enough(double v, unsigned digits)
{
    char text[40];
    for (int way = -1; way <= 1; way++) {
        (void)snprintf(text, sizeof text, "%.*e", (int)digits - 1, v);
        char *mantissa_end = strchr(text, 'e');
        const int exponent = atoi(mantissa_end + 1);
        unsigned long long n = 0;
        for (const char *p = text; p < mantissa_end; p++) {
            if (*p >= '0' && *p <= '9')
                n = n * 10 + (unsigned long long)(*p - '0');
        }
        (void)snprintf(text, sizeof text, "%llue%d", n + (unsigned long long)way, exponent - (int)digits + 1);
        if (strtod(text, NULL) == v)
            return true;
    }
    return false;
}

static void check(double v)
{
    char text[NUMBER_TEXT_MAX];
    const size_t n = number_format(v, text);
    assert_int_equal(n, strlen(text));
    double back;
    if (number_parse(text, n, &back) != 0 || memcmp(&back, &v, sizeof v) != 0 || strtod(text, NULL) != v)
        fail_msg("%a became %s", v, text);
    const unsigned digits = significant_digits(text);
    /* One digit less is enough to try: if d digits do, so do d + 1. */
    if (digits > 1 && enough(fabs(v), digits - 1))
        fail_msg("%a became %s, though %u digits do", v, text, digits - 1);
}

static double from_bits(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static void random_bits(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 21);
    for (int i = 0; i < 20000; i++) {
        const double v = from_bits(rng_next(&r));
        if (isfinite(v) && v != 0)
            check(v);
    }
}

static void denormals(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 22);
    for (int i = 0; i < 6000; i++) {
        const double v = from_bits(rng_next(&r) >> (12 + rng_next(&r) % 52));
        if (v != 0)
            check(v);
    }
}

/* Where the doubles below lie closer than those above. */
static void powers_of_two(void **state)
{
    (void)state;
    for (int k = -1074; k < 1024; k++) {
        check(ldexp(1, k));
        if (k > -1074)
            check(nextafter(ldexp(1, k), 0));
        check(nextafter(ldexp(1, k), 2 * ldexp(1, k)));
    }
}

static void what_telemetry_holds(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 23);
    for (int i = 0; i < 30000; i++) {
        check((rng_uniform(&r) - 0.5) * 2000); /* computed: 16 and 17 digits */
        check(floor(rng_uniform(&r) * 1e9 + 1) / number_pow10[rng_next(&r) % 10]); /* read: few decimals */
        check((double)(int64_t)(rng_next(&r) >> (8 + rng_next(&r) % 50)) / 1024 + 0.5); /* binary fractions */
    }
}

/* Each power of ten and its neighbours, over every border between the ways in which digits are found. */
static void powers_of_ten(void **state)
{
    (void)state;
    for (int k = -323; k <= 308; k++) {
        char text[16];
        (void)snprintf(text, sizeof text, "1e%d", k);
        double v = strtod(text, NULL);
        for (int i = 0; i < 3; i++)
            v = nextafter(v, 0);
        for (int i = 0; i < 7; i++, v = nextafter(v, (double)INFINITY)) {
            if (v != 0)
                check(v);
        }
    }
}

static void signs_and_zero(void **state)
{
    (void)state;
    char text[NUMBER_TEXT_MAX];
    assert_int_equal(number_format(0, text), 1);
    assert_string_equal(text, "0");
    number_format(-0.0, text);
    assert_string_equal(text, "0");
    number_format(-1.2345678901234567e-300, text);
    assert_string_equal(text, "-1.2345678901234568e-300");
    number_format(-0.000012345678901234567, text);
    assert_string_equal(text, "-0.000012345678901234568");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_python_writes),
        cmocka_unit_test(random_bits),
        cmocka_unit_test(denormals),
        cmocka_unit_test(powers_of_two),
        cmocka_unit_test(what_telemetry_holds),
        cmocka_unit_test(powers_of_ten),
        cmocka_unit_test(signs_and_zero),
    };
    return cmocka_run_group_tests_name("number_format", tests, NULL, NULL);
}
