/* SPDX-License-Identifier: MIT
 * /proc/stat and /proc/loadavg of several kernels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "ingestion/host/proc_stat.h"

#define MAX 4

static struct proc_stat_cpu cpus[MAX];

static int parse(const char *text, struct proc_stat *s)
{
    return proc_stat_parse(text, strlen(text), s, cpus, MAX);
}

static void reads_ticks_and_counters(void **state)
{
    struct proc_stat s;

    (void)state;
    assert_int_equal(parse("cpu  3552 10 1459 252146 439 1 70 492 5 0\n"
                           "cpu0 1978 0 732 125795 307 0 22 229 0 0\n"
                           "cpu3 1574 0 727 126350 131 0 47 263 0 0\n"
                           "intr 273474 0 0 0\n"
                           "ctxt 435827\n"
                           "btime 1500000000\n"
                           "processes 6615\n"
                           "procs_running 4\n"
                           "procs_blocked 0\n"
                           "softirq 180174 0\n",
                         &s),
        0);
    assert_int_equal(s.cpu_count, 2);
    assert_int_equal(s.cpu_kept, 2);
    /* user + nice + system + irq + softirq, by hand */
    assert_int_equal(s.total.busy, 3552 + 10 + 1459 + 1 + 70);
    assert_int_equal(s.total.idle, 252146);
    assert_int_equal(s.total.iowait, 439);
    assert_int_equal(s.total.steal, 492);
    assert_int_equal(s.total.columns, 8);
    assert_int_equal(cpus[0].id, 0);
    assert_int_equal(cpus[1].id, 3);
    assert_int_equal(cpus[1].busy, 1574 + 727 + 47);
    assert_true(s.has_context_switches && s.has_forks);
    assert_int_equal(s.context_switches, 435827);
    assert_int_equal(s.forks, 6615);
}

static void few_columns_leave_iowait_and_steal_out(void **state)
{
    struct proc_stat s;

    (void)state;
    assert_int_equal(parse("cpu 1 2 3 4\ncpu0 1 2 3 4\n", &s), 0);
    assert_true(s.total.columns < PROC_STAT_COLUMNS_IOWAIT);
    assert_int_equal(s.total.busy, 6);
    assert_false(s.has_context_switches);
    assert_false(s.has_forks);
    assert_int_equal(parse("cpu 1 2 3 4 5 6 7\n", &s), 0);
    assert_true(s.total.columns >= PROC_STAT_COLUMNS_IOWAIT && s.total.columns < PROC_STAT_COLUMNS_STEAL);
}

static void later_columns_and_lines_are_skipped(void **state)
{
    struct proc_stat s;

    (void)state;
    assert_int_equal(
        parse("cpufreq x\ncpu 1 2 3 4 5 6 7 8 9 10 eleven\n\nctxtra 5\nprocesses_new 7\nprocesses 3\n", &s),
        0);
    assert_int_equal(s.total.steal, 8);
    assert_int_equal(s.forks, 3);
    assert_false(s.has_context_switches);
}

static void cpus_beyond_the_room_are_counted(void **state)
{
    struct proc_stat s;

    (void)state;
    assert_int_equal(
        parse("cpu 1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2 3 4\ncpu2 1 2 3 4\ncpu3 1 2 3 4\ncpu4 1 2 3 4\n", &s), 0);
    assert_int_equal(s.cpu_count, 5);
    assert_int_equal(s.cpu_kept, MAX);
}

static void refuses_what_is_damaged(void **state)
{
    static const char *const bad[] = {
        "",
        "cpu0 1 2 3 4\n", /* no line of all */
        "cpu 1 2 3\n",
        "cpu\n", /* too few */
        "cpu 1 2 3 x\n",
        "cpu 1 2 -3 4\n",
        "cpu 1 2 3 4\ncpu 1 2 3 4\n",
        "cpu 1 2 3 4\ncpu1 1 2 3 4\ncpu0 1 2 3 4\n",
        "cpu 1 2 3 4\ncpu1 1 2 3 4\ncpu1 1 2 3 4\n",
        "cpu 1 2 3 4\ncpu4294967295 1 2 3 4\n",
        "cpu 1 2 3 4\nctxt 1\nctxt 2\n",
        "cpu 1 2 3 4\nctxt \n",
        "cpu 1 2 3 4\nprocesses many\n",
        "cpu 1 2 3 4\nctxt 12",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct proc_stat s = {.forks = 77};
        assert_int_equal(parse(bad[i], &s), -EBADMSG);
        assert_int_equal(s.forks, 77);
    }
}

static int parse_loadavg(const char *text, struct proc_loadavg *ret)
{
    return proc_loadavg_parse(text, strlen(text), ret);
}

static void reads_load_and_tasks(void **state)
{
    static const char *const bad[] = {"", "12", "12.21", "12.2 0", "12.21 0.05 0.01 3/104",
        "12.21 0.05 0.01 3 104 6617\n", "12.21 0.05 0.01\n", "12.21 0.05 0.01 3/ 6617\n",
        "12.21 0.05 0.01 3/99999999999999999999 6617\n"};
    struct proc_loadavg v = {0};

    (void)state;
    assert_int_equal(parse_loadavg("12.21 0.05 0.01 3/104 6617\n", &v), 0);
    assert_true(v.load == 12.21 && v.tasks == 104);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(parse_loadavg(bad[i], &v), -EBADMSG);
    assert_true(v.load == 12.21 && v.tasks == 104);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ticks_and_counters),
        cmocka_unit_test(few_columns_leave_iowait_and_steal_out),
        cmocka_unit_test(later_columns_and_lines_are_skipped),
        cmocka_unit_test(cpus_beyond_the_room_are_counted),
        cmocka_unit_test(refuses_what_is_damaged),
        cmocka_unit_test(reads_load_and_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
