/* SPDX-License-Identifier: MIT
 * The files of a cgroup, v1 and v2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "ingestion/host/cgroup_file.h"

static int value(const char *text, uint64_t *v)
{
    return cgroup_value_parse(text, strlen(text), v);
}

static void a_value_is_a_number_or_no_limit(void **state)
{
    static const char *const bad[] = {"", "\n", "12", "12 \n", "12 13\n", "x\n", "-\n", "maximum\n",
        "12\n13\n", "-1x\n", "18446744073709551616\n"};
    uint64_t v;

    (void)state;
    assert_int_equal(value("83624444311\n", &v), 0);
    assert_int_equal(v, 83624444311);
    assert_int_equal(value("max\n", &v), 0);
    assert_true(v == CGROUP_NO_LIMIT);
    assert_int_equal(value("-1\n", &v), 0);
    assert_true(v == CGROUP_NO_LIMIT);
    v = 77;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(value(bad[i], &v), -EBADMSG);
    assert_int_equal(v, 77);
}

static int cpu_max(const char *text, double *cpus)
{
    return cgroup_cpu_max_parse(text, strlen(text), cpus);
}

static void a_quota_is_in_cpus(void **state)
{
    static const char *const bad[] = {
        "", "50000\n", "50000 0\n", "50000 100000", "50000 x\n", "50000 100000 1\n", "max\n"};
    double cpus;

    (void)state;
    assert_int_equal(cpu_max("150000 100000\n", &cpus), 0);
    assert_true(cpus == 1.5);
    assert_int_equal(cpu_max("max 100000\n", &cpus), 0);
    assert_true(isnan(cpus));
    cpus = 77;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(cpu_max(bad[i], &cpus), -EBADMSG);
    assert_true(cpus == 77);
}

static void usage_is_in_ns_in_both_versions(void **state)
{
    const char *v2 = "usage_usec 81388856\nuser_usec 1\nnr_throttled 2\nthrottled_usec 2500000\n",
               *plain = "usage_usec 5\n";
    uint64_t usage_ns = 0;
    double throttled_s = 0;

    (void)state;
    assert_int_equal(cgroup_usage_parse(v2, strlen(v2), true, &usage_ns, &throttled_s), 0);
    assert_int_equal(usage_ns, 81388856000);
    assert_true(throttled_s == 2.5);
    assert_int_equal(cgroup_usage_parse(plain, strlen(plain), true, &usage_ns, &throttled_s), 0);
    assert_true(isnan(throttled_s)); /* the cpu controller is not enabled: unknown, not 0 */
    assert_int_equal(cgroup_usage_parse("12\n", 3, false, &usage_ns, NULL), 0);
    assert_int_equal(usage_ns, 12);
    assert_int_equal(cgroup_usage_parse("max\n", 4, false, &usage_ns, NULL), -EBADMSG);
    assert_int_equal(cgroup_usage_parse("user_usec 5\n", 12, true, &usage_ns, NULL), -EBADMSG);
    assert_int_equal(cgroup_usage_parse("usage_usec 18446744073709551\n", 29, true, &usage_ns, NULL), 0);
    assert_int_equal(
        cgroup_usage_parse("usage_usec 18446744073709552\n", 29, true, &usage_ns, NULL), -EBADMSG);
}

static void throttling_of_v1_is_in_ns(void **state)
{
    const char *text = "nr_periods 400\nnr_throttled 90\nthrottled_time 3500000000\n";
    struct cgroup_cpu_stat s;

    (void)state;
    assert_int_equal(cgroup_cpu_stat_parse(text, strlen(text), &s), 0);
    assert_false(s.has_usage);
    assert_true(s.has_throttled);
    assert_int_equal(s.throttled_ns, 3500000000);
}

static void memory_includes_children(void **state)
{
    const char *v1 = "inactive_file 5\nworkingset_refault_file 1\ntotal_inactive_file 50\n"
                     "total_workingset_refault_anon 3\ntotal_workingset_refault_file 4\n",
               *v2 = "anon 1\ninactive_file 7\nworkingset_refault_anon 20\nworkingset_refault_file 30\n",
               *old = "inactive_file 7\nworkingset_refault 9\n", *none = "inactive_file 7\n";
    struct cgroup_memory_stat v = {.inactive_file_bytes = 77};

    (void)state;
    assert_int_equal(cgroup_memory_stat_parse("anon 1\n", 7, &v), -ENODATA);
    assert_int_equal(cgroup_memory_stat_parse("inactive_file x\n", 16, &v), -EBADMSG);
    assert_true(v.inactive_file_bytes == 77 && !v.has_refaults);
    assert_int_equal(cgroup_memory_stat_parse(v1, strlen(v1), &v), 0);
    assert_true(v.inactive_file_bytes == 50 && v.has_refaults && v.refaults == 7);
    assert_int_equal(cgroup_memory_stat_parse(v2, strlen(v2), &v), 0);
    assert_true(v.inactive_file_bytes == 7 && v.has_refaults && v.refaults == 50);
    assert_int_equal(cgroup_memory_stat_parse(old, strlen(old), &v), 0);
    assert_true(v.has_refaults && v.refaults == 9);
    assert_int_equal(cgroup_memory_stat_parse(none, strlen(none), &v), 0);
    assert_true(v.inactive_file_bytes == 7 && !v.has_refaults);
}

static size_t procs(const char *text, uint32_t *pids)
{
    return cgroup_procs_parse(text, strlen(text), pids, 2);
}

static void processes_without_a_number_here_are_passed_over(void **state)
{
    uint32_t pids[2];

    (void)state;
    assert_int_equal(procs("", pids), 0);
    assert_int_equal(procs("0\n0\n17\n", pids), 1);
    assert_int_equal(pids[0], 17);
    assert_int_equal(procs("4194304\n2\n3\n", pids), 2);
    assert_int_equal(pids[0], 4194304);
    assert_int_equal(pids[1], 2);
    /* What is cut or no number ends it. */
    assert_int_equal(procs("17\n18", pids), 1);
    assert_int_equal(procs("17\nx\n18\n", pids), 1);
    assert_int_equal(procs("17 18\n", pids), 0);
    assert_int_equal(procs("99999999999\n18\n", pids), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_a_number_or_no_limit),
        cmocka_unit_test(a_quota_is_in_cpus),
        cmocka_unit_test(usage_is_in_ns_in_both_versions),
        cmocka_unit_test(throttling_of_v1_is_in_ns),
        cmocka_unit_test(memory_includes_children),
        cmocka_unit_test(processes_without_a_number_here_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
