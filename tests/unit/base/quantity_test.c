/* SPDX-License-Identifier: MIT
 * Amounts with units: what is taken, what is refused and why, and back to text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "base/rng.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define UNSET         77
#define S             INT64_C(1000000000)

static void durations(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int error;
        int64_t ns;
    } cases[] = {
        {"250ms", 0, S / 4},
        {"10s", 0, 10 * S},
        {"5m", 0, 300 * S},
        {"4h", 0, 14400 * S},
        {"30d", 0, 2592000 * S},
        {"2w", 0, 1209600 * S},
        {"7us", 0, 7000},
        {"7ns", 0, 7},
        {"1.5h", 0, 5400 * S},
        {"0.000000001s", 0, 1},
        {"1.000000000000000s", 0, S},
        {"0.1w", 0, 60480 * S},
        {"007s", 0, 7 * S},
        {"0", 0, 0},
        {"0.0", 0, 0},
        {"0s", 0, 0},
        {"9223372036854775807ns", 0, INT64_MAX},
        {"9223372036854775808ns", -ERANGE, 0},
        {"15251w", -ERANGE, 0},
        {"9999999999999999999w", -ERANGE, 0},
        {"10", -EDOM, 0},
        {"1.5", -EDOM, 0},
        {"0.5ns", -EINVAL, 0},
        {"0.0000000001s", -EINVAL, 0},
        {"12345678901234567890ns", -EINVAL, 0},
        {"", -EINVAL, 0},
        {"s", -EINVAL, 0},
        {".5s", -EINVAL, 0},
        {"5.s", -EINVAL, 0},
        {"5.", -EINVAL, 0},
        {"1.5.5s", -EINVAL, 0},
        {"-1s", -EINVAL, 0},
        {"+1s", -EINVAL, 0},
        {"1 s", -EINVAL, 0},
        {"1s ", -EINVAL, 0},
        {" 1s", -EINVAL, 0},
        {"1S", -EINVAL, 0},
        {"1sec", -EINVAL, 0},
        {"1M", -EINVAL, 0},
        {"1h30m", -EINVAL, 0},
        {"1e3s", -EINVAL, 0},
        {"1_000s", -EINVAL, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t ns = UNSET;
        const int error = duration_parse(cases[i].text, strlen(cases[i].text), &ns);
        if (error != cases[i].error || ns != (error == 0 ? cases[i].ns : UNSET))
            fail_msg("'%s': %d, %lld", cases[i].text, error, (long long)ns);
    }
}

static void sizes(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int error;
        uint64_t bytes;
    } cases[] = {
        {"64MiB", 0, 67108864},
        {"1GB", 0, 1000000000},
        {"512B", 0, 512},
        {"4KiB", 0, 4096},
        {"1kB", 0, 1000},
        {"1KB", 0, 1000},
        {"3MB", 0, 3000000},
        {"2GiB", 0, UINT64_C(2147483648)},
        {"1TB", 0, UINT64_C(1000000000000)},
        {"1TiB", 0, UINT64_C(1099511627776)},
        {"1.5KiB", 0, 1536},
        {"0.5GiB", 0, 536870912},
        {"0", 0, 0},
        {"16777215.99609375TiB", 0, UINT64_C(18446744069414584320)},
        {"16777216TiB", -ERANGE, 0},
        {"64", -EDOM, 0},
        {"0.3B", -EINVAL, 0},
        {"1.0001KiB", -EINVAL, 0},
        {"64M", -EINVAL, 0},
        {"64mib", -EINVAL, 0},
        {"64Mib", -EINVAL, 0},
        {"-1B", -EINVAL, 0},
        {"64 MiB", -EINVAL, 0},
        {"", -EINVAL, 0},
        {"B", -EINVAL, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        uint64_t bytes = UNSET;
        const int error = size_parse(cases[i].text, strlen(cases[i].text), &bytes);
        if (error != cases[i].error || bytes != (error == 0 ? cases[i].bytes : UNSET))
            fail_msg("'%s': %d, %llu", cases[i].text, error, (unsigned long long)bytes);
    }
}

static void rates(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int error;
        double per_day;
    } cases[] = {
        {"1/30d", 0, 1.0 / 30},
        {"1/1d", 0, 1},
        {"24/d", 0, 24},
        {"1/h", 0, 24},
        {"1/ms", 0, 86400e3},
        {"1/x", -EINVAL, 0},
        {"1/dd", -EINVAL, 0},
        {"1/-d", -EINVAL, 0},
        {"2/1h", 0, 48},
        {"0.5/1w", 0, 0.5 / 7},
        {"1e3/1s", 0, 86400000},
        {"0", 0, 0},
        {"0/1d", 0, 0},
        {"1/30", -EDOM, 0},
        {"1", -EDOM, 0},
        {"1/0s", -EINVAL, 0},
        {"1/0", -EINVAL, 0},
        {"-1/1d", -EINVAL, 0},
        {"-0/1d", -EINVAL, 0},
        {"-0", -EINVAL, 0},
        {"/1d", -EINVAL, 0},
        {"1/", -EINVAL, 0},
        {"1//1d", -EINVAL, 0},
        {"1/1d/1d", -EINVAL, 0},
        {"nan/1d", -EINVAL, 0},
        {"1 / 1d", -EINVAL, 0},
        {"", -EINVAL, 0},
        {"/", -EINVAL, 0},
        {"1e400/1d", -ERANGE, 0},
        {"1e308/1ns", -ERANGE, 0},
        {"1/9999999999d", -ERANGE, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        double per_day = UNSET;
        const int error = rate_parse(cases[i].text, strlen(cases[i].text), &per_day);
        if (error != cases[i].error || per_day != (error == 0 ? cases[i].per_day : UNSET))
            fail_msg("'%s': %d, %.17g", cases[i].text, error, per_day);
    }
}

static void writes_the_largest_exact_unit(void **state)
{
    (void)state;
    const struct {
        int64_t ns;
        const char *text;
    } durations_out[] = {
        {0, "0s"},
        {90 * S, "90s"},
        {14400 * S, "4h"},
        {1500000000, "1500ms"},
        {1, "1ns"},
        {60 * S, "1m"},
        {86400 * S, "1d"},
        {2592000 * S, "30d"},
        {604800 * S, "1w"},
        {1000, "1us"},
        {-90 * S, "-90s"},
        {INT64_MAX, "9223372036854775807ns"},
        {INT64_MIN, "-9223372036854775808ns"},
    };
    char text[NUMBER_TEXT_MAX];
    for (size_t i = 0; i < LENGTH(durations_out); i++) {
        assert_int_equal(duration_format(durations_out[i].ns, text), strlen(durations_out[i].text));
        assert_string_equal(text, durations_out[i].text);
    }
    const struct {
        uint64_t bytes;
        const char *text;
    } sizes_out[] = {
        {0, "0B"},
        {1, "1B"},
        {1000, "1kB"},
        {1024, "1KiB"},
        {67108864, "64MiB"},
        {1000000000, "1GB"},
        {1536, "1536B"},
        {1024000, "1000KiB"},
        {UINT64_C(1099511627776), "1TiB"},
        {UINT64_MAX, "18446744073709551615B"},
    };
    for (size_t i = 0; i < LENGTH(sizes_out); i++) {
        assert_int_equal(size_format(sizes_out[i].bytes, text), strlen(sizes_out[i].text));
        assert_string_equal(text, sizes_out[i].text);
    }
}

static void reads_back_what_it_writes(void **state)
{
    (void)state;
    const int64_t units[] = {1, 1000, 1000000, S, 60 * S, 3600 * S, 86400 * S, 604800 * S};
    struct rng r;
    rng_seed(&r, 8);
    for (int i = 0; i < 50000; i++) {
        char text[NUMBER_TEXT_MAX];
        const int64_t unit = units[rng_next(&r) % LENGTH(units)];
        const int64_t ns = (int64_t)(rng_next(&r) % (uint64_t)(INT64_MAX / unit)) * unit;
        int64_t back_ns = UNSET;
        assert_int_equal(duration_parse(text, duration_format(ns, text), &back_ns), 0);
        assert_int_equal(back_ns, ns);
        const uint64_t bytes = rng_next(&r) >> rng_next(&r) % 64 << rng_next(&r) % 32;
        uint64_t back = UNSET;
        const size_t n = size_format(bytes, text);
        if (n <= 20) { /* 19 digits and a B: more is written, not read */
            assert_int_equal(size_parse(text, n, &back), 0);
            assert_int_equal(back, bytes);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations),
        cmocka_unit_test(sizes),
        cmocka_unit_test(rates),
        cmocka_unit_test(writes_the_largest_exact_unit),
        cmocka_unit_test(reads_back_what_it_writes),
    };
    return cmocka_run_group_tests_name("quantity", tests, NULL, NULL);
}
