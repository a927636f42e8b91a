/* SPDX-License-Identifier: MIT
 * The kernel's text about one process. Lines are as Linux 6.18 writes them unless said otherwise. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "ingestion/deep/process_text.h"

static void test_status_tells_owner_and_inner_number(void **state)
{
    static const char nested[] = "Name:\tjava\nUid:\t1000\t1001\t1002\t1003\nNSpid:\t4711\t12\t7\n";
    static const char plain[] = "Name:\tjava\nUid:\t0\t0\t0\t0\nNSpid:\t4711\n";
    static const char old[] = "Name:\tjava\nUid:\t5\t5\t5\t5\n";
    struct process_status s;

    (void)state;
    assert_int_equal(process_status_parse(nested, strlen(nested), 4711, &s), 0);
    assert_true(s.uid == 1001 && s.ns_pid == 7 && s.is_nested);
    assert_int_equal(process_status_parse(plain, strlen(plain), 4711, &s), 0);
    assert_true(s.uid == 0 && s.ns_pid == 4711 && !s.is_nested);
    assert_int_equal(process_status_parse(old, strlen(old), 12, &s), 0);
    assert_true(s.uid == 5 && s.ns_pid == 12 && !s.is_nested);
    assert_int_equal(process_status_parse("Name:\tx\n", 8, 12, &s), -EBADMSG);
    assert_int_equal(process_status_parse("Uid:\t1\t1\t1\n", 11, 12, &s), -EBADMSG);
    assert_int_equal(process_status_parse("Uid:\t1\t4294967296\t1\t1\n", 22, 12, &s), -EBADMSG);
    assert_int_equal(process_status_parse("Uid:\t1\t1\t1\t1\nNSpid:\t-3\n", 24, 12, &s), -EBADMSG);
    assert_int_equal(process_status_parse("Uid:\t1\t1\t1\t1", 12, 12, &s), -EBADMSG); /* cut */
}

static void test_limits_and_io(void **state)
{
    static const char limits[] =
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max processes             63454                63454                processes \n"
        "Max open files            1024                 524288               files     \n";
    static const char none[] =
        "Max open files            unlimited            unlimited            files     \n";
    static const char io[] = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\n"
                             "cancelled_write_bytes: 5\n";
    double x = -1, y = -1;

    (void)state;
    assert_int_equal(process_limits_parse(limits, strlen(limits), &x), 0);
    assert_true(x == 1024);
    assert_int_equal(process_limits_parse(none, strlen(none), &x), 0);
    assert_true(isnan(x));
    assert_int_equal(process_limits_parse(limits, strlen(limits) - 1, &x), -EBADMSG);
    assert_int_equal(process_limits_parse("", 0, &x), -EBADMSG);
    assert_int_equal(process_io_parse(io, strlen(io), &x, &y), 0);
    assert_true(x == 4096 && y == 8192);
    assert_int_equal(process_io_parse("read_bytes: 1\n", 14, &x, &y), -EBADMSG);
}

static void test_wchan_nothing_is_not_no_futex(void **state)
{
    static const struct {
        const char *text;
        enum wchan wanted;
    } cases[] = {
        {"0", WCHAN_NONE},
        {"0\n", WCHAN_NONE},
        {"", WCHAN_NONE},
        {"futex_wait_queue_me", WCHAN_FUTEX}, /* to Linux 5.15 */
        {"futex_wait_queue", WCHAN_FUTEX},
        {"futex_do_wait\n", WCHAN_FUTEX}, /* 6.18, this machine's */
        {"__futex_wait", WCHAN_FUTEX},
        {"do_nanosleep", WCHAN_OTHER},
        {"futex", WCHAN_OTHER},
        {"ep_poll", WCHAN_OTHER},
        {"___", WCHAN_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(wchan_parse(cases[i].text, strlen(cases[i].text)), cases[i].wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_tells_owner_and_inner_number),
        cmocka_unit_test(test_limits_and_io),
        cmocka_unit_test(test_wchan_nothing_is_not_no_futex),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
