/* SPDX-License-Identifier: MIT
 * schedstat, cgroup and status of a process: good, cut, damaged, hostile, and of later kernels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "ingestion/host/proc_pid_file.h"

static void schedstat(void **state)
{
    static const char *const bad[] = {
        "", "1 2 3", "1 2\n", "1 2 x\n", "-1 2 3\n", "1 2 18446744073709551616\n", "\n1 2 3\n", "1,2,3\n"};
    struct proc_pid_sched s = {7, 7, 7};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(proc_pid_sched_parse(bad[i], strlen(bad[i]), &s), -EBADMSG);
    assert_int_equal(s.exec_ns, 7);
    assert_int_equal(proc_pid_sched_parse("43116 18446744073709551615 9\n", 29, &s), 0);
    assert_int_equal(s.exec_ns, 43116);
    assert_true(s.wait_ns == UINT64_MAX);
    assert_int_equal(s.slices, 9);
    assert_int_equal(proc_pid_sched_parse("1 2 3 4 more\n", 13, &s), 0);
}

static const char *path_in(const char *text, const char *controller)
{
    static char copy[128];
    const char *path = "unset";
    size_t n = 5;
    int r = proc_pid_cgroup_parse(text, strlen(text), controller, &path, &n);

    if (r < 0) {
        assert_string_equal(path, "unset");
        return r == -ENODATA ? "none" : "bad";
    }
    memcpy(copy, path, n);
    copy[n] = '\0';
    return copy;
}

static void cgroup(void **state)
{
    static const char hybrid[] = "12:memory:/m/a\n5:cpu,cpuacct:/c/a:b\n1:name=systemd:/s\n0::/u/x.scope\n";

    (void)state;
    assert_string_equal(path_in(hybrid, NULL), "u/x.scope");
    assert_string_equal(path_in(hybrid, "cpuacct"), "c/a:b"); /* a path may hold colons */
    assert_string_equal(path_in(hybrid, "cpu"), "c/a:b");
    assert_string_equal(path_in(hybrid, "memory"), "m/a");
    assert_string_equal(path_in(hybrid, "systemd"), "none"); /* a named hierarchy has no controller */
    assert_string_equal(path_in(hybrid, "cp"), "none");
    assert_string_equal(path_in("0::/\n", NULL), "");
    assert_string_equal(path_in("0::/gone (deleted)\n", NULL), "gone (deleted)");
    assert_string_equal(path_in("", NULL), "none");
    assert_string_equal(path_in("junk\n0:\n0::/a\n", NULL), "a");
    assert_string_equal(path_in("0::", NULL), "bad"); /* cut */
    assert_string_equal(path_in("0::a\n", NULL), "bad");
    assert_string_equal(path_in("3:cpu:\n", "cpu"), "bad");
    assert_string_equal(path_in("0:x:/a\n", NULL), "none");
}

static void switches(void **state)
{
    static const char good[] = "Name:\tvoluntary_ctxt_switches\\n\nState:\tS (sleeping)\n"
                               "voluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t7\n";
    uint64_t v = 1, i = 2;

    (void)state;
    assert_int_equal(proc_pid_switches_parse(good, strlen(good), &v, &i), 0);
    assert_int_equal(v, 150);
    assert_int_equal(i, 7);
    v = 1;
    assert_int_equal(proc_pid_switches_parse("Name:\tx\n", 8, &v, &i), -ENODATA);
    assert_int_equal(proc_pid_switches_parse(good, strlen(good) - 1, &v, &i), -EBADMSG);
    assert_int_equal(v, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedstat),
        cmocka_unit_test(cgroup),
        cmocka_unit_test(switches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
