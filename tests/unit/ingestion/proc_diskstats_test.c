/* SPDX-License-Identifier: MIT
 * /proc/diskstats: busy devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "ingestion/host/proc_diskstats.h"

static void reads_disks_that_work(void **state)
{
    const char *text = "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0\n"
                       " 254       0 vda 67464 25773 3444266 8089 26187 14783 1134048 3384 0 5760 11671 24 "
                       "146280 177 928 20\n"
                       "   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11\n";
    static const char *const bad[] = {"8 0 sda 1 2 3 4\n", "8 0 sda\n", "8 0\n", "\n",
        "8 0 sda 1 2 3 4 5 6 7 8 9 x\n", "8 0 a-disk-with-a-name-of-33-bytes-xxxx 1 2 3 4 5 6 7 8 9 10 11\n",
        "8 0 sda 1 2 3 4 5 6 7 8 9 10 11"};
    struct disk d[3];
    size_t n = 0;

    (void)state;
    assert_int_equal(diskstats_parse(text, strlen(text), d, 3, &n), 0);
    assert_int_equal(n, 2);
    assert_string_equal(d[0].name, "vda");
    assert_int_equal(d[0].busy_ms, 5760);
    assert_int_equal(d[1].busy_ms, 10);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        n = 77;
        assert_int_equal(diskstats_parse(bad[i], strlen(bad[i]), d, 3, &n), -EBADMSG);
        assert_int_equal(n, 77);
    }
}

static void a_nul_in_a_name_is_refused(void **state)
{
    static const char text[] = "8 0 s\0a 1 2 3 4 5 6 7 8 9 10 11\n";
    struct disk d[1];
    size_t n = 77;

    (void)state;
    assert_int_equal(diskstats_parse(text, sizeof(text) - 1, d, 1, &n), -EBADMSG);
    assert_int_equal(n, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_disks_that_work),
        cmocka_unit_test(a_nul_in_a_name_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
