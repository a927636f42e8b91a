/* SPDX-License-Identifier: MIT
 * The inline decimal against strtod (C locale, correctly rounded in glibc) and against what it must decline.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/replay/decimal.h"

static void random_decimals_are_the_nearest_doubles(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252u;
    unsigned taken = 0;
    for (int i = 0; i < 1000000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        char digits[32], text[48];
        int n = snprintf(digits, sizeof(digits), "%" PRIu64, x >> (x % 60)),
            point = (int)((x >> 8) % (uint64_t)(n + 1));
        (void)snprintf(text, sizeof(text), "%s%.*s%s%s\n", x & 64 ? "-" : "", point, digits,
            x & 128 ? "." : "", digits + point);
        double fast;
        const char *end = decimal_fast(text, &fast);
        if (end == NULL)
            continue;
        taken++;
        assert_int_equal(end - text, strlen(text) - 1);
        double judge = strtod(text, NULL);
        assert_memory_equal(&fast, &judge, sizeof(fast));
    }
    assert_in_range(taken, 300000, 1000000);
}

static void it_declines_what_it_cannot_do_exactly(void **state)
{
    (void)state;
    static const char *const texts[] = {"\n", "-\n", ".\n", "-.\n", "+1\n", "9007199254740993\n",
        "18446744073709551617\n", "0.00000000000000000001\n", "nan\n", ",1\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double value = 5;
        assert_null(decimal_fast(texts[i], &value));
        assert_true(value == 5);
    }
}

static void it_stops_where_the_number_does(void **state)
{
    (void)state;
    double value;
    const char *exponent = "1e5\n", *pair = "1.5,2\n", *twice = "1.2.3\n";
    assert_ptr_equal(decimal_fast(exponent, &value), exponent + 1);
    assert_ptr_equal(decimal_fast(pair, &value), pair + 3);
    assert_true(value == 1.5);
    assert_ptr_equal(decimal_fast(twice, &value), twice + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_decimals_are_the_nearest_doubles),
        cmocka_unit_test(it_declines_what_it_cannot_do_exactly),
        cmocka_unit_test(it_stops_where_the_number_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
