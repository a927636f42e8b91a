/* SPDX-License-Identifier: MIT
 * /proc/meminfo and /proc/vmstat of several kernels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "ingestion/host/proc_memory.h"

static int parse_meminfo(const char *text, struct meminfo *m)
{
    return meminfo_parse(text, strlen(text), m);
}

static int parse_vmstat(const char *text, struct vmstat *v)
{
    return vmstat_parse(text, strlen(text), v);
}

static void meminfo_is_in_units_of_1024(void **state)
{
    struct meminfo m;

    (void)state;
    assert_int_equal(
        parse_meminfo("MemTotal:       24682416 kB\nMemFree: 5 kB\nMemAvailable:   24154232 kB\n", &m), 0);
    assert_int_equal(m.total_bytes, 25274793984); /* bc: 24682416 * 1024 */
    assert_true(m.has_available);
    assert_int_equal(m.available_bytes, 24733933568);
}

static void old_kernels_have_no_available(void **state)
{
    struct meminfo m;

    (void)state;
    assert_int_equal(parse_meminfo("MemTotal: 100 kB\nMemFree: 5 kB\n", &m), 0);
    assert_false(m.has_available);
}

static void meminfo_refuses_nonsense(void **state)
{
    static const char *const bad[] = {"", "MemFree: 1 kB\n", "MemTotal: 0 kB\n",
        "MemTotal: 1 kB\nMemAvailable: 2 kB\n",
        "MemTotal: 18014398509481985 kB\n" /* 2^54 + 1 units do not fit 64 bits of bytes */,
        "MemTotal: 5 kB"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct meminfo m = {.total_bytes = 77};
        assert_int_equal(parse_meminfo(bad[i], &m), -EBADMSG);
        assert_int_equal(m.total_bytes, 77);
    }
}

static void vmstat_sums_zones(void **state)
{
    struct vmstat v;

    (void)state;
    assert_int_equal(
        parse_vmstat("pgalloc_dma 1\npgalloc_dma32 20\npgalloc_normal 300\npgalloc_movable 4000\n"
                     "pgalloc_device 50000\npgscan_kswapd 7\npgscan_direct 80\npgscan_khugepaged 1000\n"
                     "pgscan_direct_throttle 900\npgscan_anon 40\npgscan_file 47\npgmajfault 5\noom_kill 2\n",
            &v),
        0);
    assert_true(v.has_allocated && v.has_scanned && v.has_major_faults && v.has_oom_kills);
    assert_int_equal(v.allocated_pages, 54321);
    assert_int_equal(v.scanned_pages, 87);
    assert_int_equal(v.major_faults, 5);
    assert_int_equal(v.oom_kills, 2);
}

static void vmstat_before_4_8_scans_by_zone(void **state)
{
    struct vmstat v;

    (void)state;
    assert_int_equal(parse_vmstat("pgscan_kswapd_dma 1\npgscan_kswapd_normal 20\npgscan_direct_dma32 300\n"
                                  "pgscan_direct_movable 4000\npgscan_direct_throttle 99\npgalloc_high 6\n",
                         &v),
        0);
    assert_int_equal(v.scanned_pages, 4321);
    assert_int_equal(v.allocated_pages, 6);
    assert_false(v.has_oom_kills);
    assert_false(v.has_major_faults);
}

static void vmstat_refaults_are_one_counter_or_two(void **state)
{
    struct vmstat v;

    (void)state;
    assert_int_equal(parse_vmstat("workingset_refault_anon 12\nworkingset_refault_file 340\n", &v), 0);
    assert_true(v.has_refaulted);
    assert_int_equal(v.refaulted_pages, 352);
    assert_int_equal(parse_vmstat("workingset_refault 9\nworkingset_activate 5\n", &v), 0);
    assert_int_equal(v.refaulted_pages, 9);
    assert_int_equal(parse_vmstat("pgmajfault 9\n", &v), 0);
    assert_false(v.has_refaulted);
}

static void vmstat_without_the_keys_has_nothing(void **state)
{
    struct vmstat v;

    (void)state;
    assert_int_equal(parse_vmstat("nr_free_pages 5\n", &v), 0);
    assert_false(v.has_allocated || v.has_scanned || v.has_major_faults || v.has_oom_kills);
    assert_int_equal(parse_vmstat("pgalloc_dma 1\npgalloc_dma 1\n", &v), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meminfo_is_in_units_of_1024),
        cmocka_unit_test(old_kernels_have_no_available),
        cmocka_unit_test(meminfo_refuses_nonsense),
        cmocka_unit_test(vmstat_sums_zones),
        cmocka_unit_test(vmstat_before_4_8_scans_by_zone),
        cmocka_unit_test(vmstat_refaults_are_one_counter_or_two),
        cmocka_unit_test(vmstat_without_the_keys_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
