/* SPDX-License-Identifier: MIT
 * Lines of key and number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "ingestion/host/keyed.h"

static const char *const names[] = {"usage", "usage_in_a_long_key", "b"};
static const struct keyed_names wanted = {names, 3};

static int scan(const char *text, uint64_t *values, uint32_t *found)
{
    *found = 0xffff;
    return keyed_scan(text, strlen(text), &wanted, values, found);
}

static void finds_keys_in_any_order(void **state)
{
    uint64_t v[3];
    uint32_t found;

    (void)state;
    assert_int_equal(scan("b 3\nother 9\nusage_in_a_long_key 2\nusage 1\n", v, &found), 0);
    assert_int_equal(found, 7);
    assert_int_equal(v[0], 1);
    assert_int_equal(v[1], 2);
    assert_int_equal(v[2], 3);
}

static void takes_colon_blanks_and_unit(void **state)
{
    uint64_t v[3];
    uint32_t found;

    (void)state;
    assert_int_equal(scan("usage:       24682416 kB\nb:\t7\n", v, &found), 0);
    assert_int_equal(found, 5);
    assert_int_equal(v[0], 24682416);
    assert_int_equal(v[2], 7);
}

static void a_longer_key_is_another_key(void **state)
{
    uint64_t v[3];
    uint32_t found;

    (void)state;
    assert_int_equal(scan("usage_other 1\nusag 1\nbb 4\nB 5\n\n", v, &found), 0);
    assert_int_equal(found, 0);
}

static void refuses_what_is_damaged(void **state)
{
    static const char *const bad[] = {
        "b 1\nb 1\n",               /* twice */
        "b 1\nusage 2",             /* cut */
        "b 18446744073709551616\n", /* 2^64 */
        "b -1\n",
        "b\n b 1\n b ",
        "b x\n",
        "b 1x\n",
        "b \n",
        "b 1.5\n",
    };
    uint64_t v[3];
    uint32_t found;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(scan(bad[i], v, &found), -EBADMSG);
        assert_int_equal(found, 0xffff);
    }
}

static void takes_the_largest_number_and_no_text(void **state)
{
    uint64_t v[3];
    uint32_t found;

    (void)state;
    assert_int_equal(scan("b 18446744073709551615\n", v, &found), 0);
    assert_true(v[2] == UINT64_MAX);
    assert_int_equal(scan("", v, &found), 0);
    assert_int_equal(found, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_keys_in_any_order),
        cmocka_unit_test(takes_colon_blanks_and_unit),
        cmocka_unit_test(a_longer_key_is_another_key),
        cmocka_unit_test(refuses_what_is_damaged),
        cmocka_unit_test(takes_the_largest_number_and_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
