/* SPDX-License-Identifier: MIT
 * What can run out on a host: tasks, tracked connections, file systems that come, go and are mounted over,
 * and the tasks of cgroups. Space and inodes are those of the file system that the tree is on, asked the same
 * way here. */
#include "host_rig.h"

#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static void put_basics(void)
{
    tree_put(&tree, "proc/stat", "cpu  1 0 0 1 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0\nctxt 1\n");
    tree_put(&tree, "proc/loadavg", "0.21 0.05 0.01 3/104 6617\n");
    tree_put(&tree, "proc/sys/kernel/pid_max", "32768\n");
    tree_put(&tree, "proc/sys/kernel/threads-max", "9000\n");
    tree_put(&tree, "data/x", "");
}

/* A mount at `point` with the device of the tree itself (so that it is what its line says), or another. */
static void put_mount(const char *point, unsigned more)
{
    struct stat st;

    assert_int_equal(stat(tree.root, &st), 0);
    tree_putf(&tree, "proc/self/mountinfo", "1 2 %u:%u / %s rw - ext4 /dev/x rw\n", major(st.st_dev),
        minor(st.st_dev) + more, point);
}

static double of(const char *point, const char *metric)
{
    return recorder_value(&recorder, point, metric);
}

static void tasks_have_the_nearer_of_two_limits(void **state)
{
    (void)state;
    put_basics();
    open_root(tree.root);
    slow(S);
    assert_true(value("system.task.count") == 104);
    assert_true(value("system.task.limit") == 9000);
    assert_false(recorder_has(&recorder, "", "system.network.conntrack.count"));
    tree_put(&tree, "proc/sys/kernel/pid_max", "max\n");
    tree_put(&tree, "proc/sys/kernel/threads-max", "\n");
    slow(20 * S);
    slow(21 * S);
    assert_false(recorder_has(&recorder, "", "system.task.count"));
}

/* The firewall's module may be loaded at any time. */
static void tracked_connections_where_they_are_tracked(void **state)
{
    (void)state;
    put_basics();
    open_root(tree.root);
    slow(S);
    tree_put(&tree, "proc/sys/net/netfilter/nf_conntrack_max", "262144\n");
    tree_put(&tree, "proc/sys/net/netfilter/nf_conntrack_count", "77\n");
    slow(12 * S);
    assert_true(value("system.network.conntrack.count") == 77);
    assert_true(value("system.network.conntrack.max") == 262144);
}

static void a_file_system_is_asked_as_df_asks(void **state)
{
    struct statvfs v;
    (void)state;

    put_basics();
    put_mount("/data", 0);
    options.filesystems = true;
    open_root(tree.root);
    slow(S);
    assert_int_equal(statvfs(tree.root, &v), 0);
    double used = of("/data", "system.filesystem.usage"), limit = of("/data", "system.filesystem.limit");
    assert_true(fabs(used - (double)(v.f_blocks - v.f_bfree) * (double)v.f_frsize) < 1e9);
    assert_true(fabs(limit - used - (double)v.f_bavail * (double)v.f_frsize) < 1e9);
    if (v.f_files)
        assert_true(of("/data", "system.filesystem.inodes.limit") == (double)v.f_files);
}

static void one_that_is_unmounted_is_gone(void **state)
{
    (void)state;
    put_basics();
    put_mount("/data", 0);
    options.filesystems = true;
    open_root(tree.root);
    slow(S);
    assert_true(recorder_has(&recorder, "/data", "system.filesystem.usage"));
    tree_put(&tree, "proc/self/mountinfo", "1 2 0:5 / / rw - proc proc rw\n");
    slow(12 * S);
    assert_string_equal(recorder.gone, "/data 1,");
    assert_int_equal(recorder.gone_ns, 1012 * S);
    assert_false(recorder_has(&recorder, "/data", "system.filesystem.usage"));
    put_mount("/data", 0);
    slow(24 * S);
    assert_true(recorder_has(&recorder, "/data", "system.filesystem.usage"));
}

/* What is seen at its place is another file system: nothing is said of either. */
static void one_that_is_hidden_is_not_asked(void **state)
{
    (void)state;
    put_basics();
    put_mount("/data", 1);
    options.filesystems = true;
    open_root(tree.root);
    slow(S);
    assert_false(recorder_has(&recorder, "/data", "system.filesystem.usage"));
    put_mount("/data", 0);
    slow(12 * S);
    assert_true(recorder_has(&recorder, "/data", "system.filesystem.usage"));
    put_mount("/data", 1);
    slow(24 * S);
    assert_string_equal(recorder.gone, "/data 1,");
}

static void file_systems_can_be_left_out(void **state)
{
    (void)state;
    put_basics();
    put_mount("/data", 0);
    open_root(tree.root);
    slow(S);
    assert_false(recorder_has(&recorder, "/data", "system.filesystem.usage"));
}

/* Where the list of mounts cannot be read any more, what is known of them stays. */
static void without_a_list_nothing_is_gone(void **state)
{
    bool said = false;
    (void)state;

    put_basics();
    put_mount("/data", 0);
    options.filesystems = true;
    open_root(tree.root);
    slow(S);
    tree_remove(&tree, "proc/self/mountinfo");
    slow(12 * S);
    assert_string_equal(recorder.gone, "");
    assert_true(recorder_has(&recorder, "/data", "system.filesystem.usage"));
    for (uint32_t i = 0; host_source_missing(source, i); i++)
        said |= strstr(host_source_missing(source, i), "without it: file systems") != NULL;
    assert_true(said);
}

/* Tasks of a cgroup count where there is a limit. */
static void cgroups_have_tasks_too(void **state)
{
    (void)state;
    put_basics();
    tree_put(&tree, "proc/self/mountinfo",
        "1 2 0:1 / /cg rw - cgroup cgroup rw,pids\n1 2 0:2 / /two rw - cgroup2 cgroup2 rw\n");
    tree_put(&tree, "cg/release_agent", "\n");
    tree_put(&tree, "cg/shop/pids.max", "512\n");
    tree_put(&tree, "cg/shop/pids.current", "31\n");
    tree_put(&tree, "cg/free/pids.max", "max\n");
    tree_put(&tree, "cg/free/pids.current", "9\n");
    open_root(tree.root);
    slow(S);
    assert_true(of("shop", "system.task.count") == 31);
    assert_true(of("shop", "system.task.limit") == 512);
    assert_false(recorder_has(&recorder, "free", "system.task.count"));
    tree_put(&tree, "cg/shop/pids.current", "x\n");
    slow(2 * S);
    assert_false(recorder_has(&recorder, "shop", "system.task.count"));
}

static void put_pressure(const char *path, unsigned us)
{
    tree_putf(&tree, path, "some avg10=0.00 avg60=0.00 avg300=0.00 total=%u\n", us);
}

/* In turn, so that each of the three comes every third round; where the kernel counts none, none is asked. */
static void cgroups_have_pressure_in_turn(void **state)
{
    static const char *const metrics[] = {
        "system.pressure.memory.some", "system.pressure.io.some", "system.pressure.cpu.some"};
    (void)state;

    put_basics();
    tree_put(&tree, "proc/self/mountinfo", "1 2 0:2 / /two rw - cgroup2 cgroup2 rw\n");
    put_pressure("proc/pressure/cpu", 5);
    tree_put(&tree, "two/shop/cpu.stat", "usage_usec 5\n");
    put_pressure("two/shop/memory.pressure", 1000000);
    put_pressure("two/shop/io.pressure", 2000000);
    put_pressure("two/shop/cpu.pressure", 3000000);
    open_root(tree.root);
    for (unsigned i = 0; i < 6; i++) {
        slow((int64_t)(1 + i) * S);
        for (unsigned k = 0; k < 3; k++)
            if (k == i % 3)
                assert_true(of("shop", metrics[k]) == 1 + k);
            else
                assert_false(recorder_has(&recorder, "shop", metrics[k]));
    }
    tree_put(&tree, "two/shop/memory.pressure", "");
    slow(7 * S);
    assert_false(recorder_has(&recorder, "shop", metrics[0]));
}

static void without_pressure_no_cgroup_is_asked(void **state)
{
    (void)state;
    put_basics();
    tree_put(&tree, "proc/self/mountinfo", "1 2 0:2 / /two rw - cgroup2 cgroup2 rw\n");
    tree_put(&tree, "two/shop/cpu.stat", "usage_usec 5\n");
    put_pressure("two/shop/memory.pressure", 1000000);
    open_root(tree.root);
    slow(S);
    assert_false(recorder_has(&recorder, "shop", "system.pressure.memory.some"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tasks_have_the_nearer_of_two_limits),
        TEST(tracked_connections_where_they_are_tracked),
        TEST(a_file_system_is_asked_as_df_asks),
        TEST(one_that_is_unmounted_is_gone),
        TEST(one_that_is_hidden_is_not_asked),
        TEST(file_systems_can_be_left_out),
        TEST(without_a_list_nothing_is_gone),
        TEST(cgroups_have_tasks_too),
        TEST(cgroups_have_pressure_in_turn),
        TEST(without_pressure_no_cgroup_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
