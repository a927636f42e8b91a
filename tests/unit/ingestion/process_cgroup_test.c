/* SPDX-License-Identifier: MIT
 * To which cgroup a process belongs: v2, v1 with several hierarchies, in a container, and damaged text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "host_fixture.h"
#include "ingestion/host/process_cgroup.h"

static struct tree tree;
static struct recorder recorder;
static struct cgroup_tree cgroups;
static struct kfile_buffer buffer;

static void start(const char *mountinfo)
{
    struct cgroup_layout layout;

    (void)recorder_feed(&recorder, 64);
    cgroup_layout_parse(mountinfo, strlen(mountinfo), &layout);
    const int root_fd = open(tree.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(root_fd >= 0);
    assert_int_equal(cgroup_tree_init(&cgroups, &layout, root_fd, 16), 0);
    cgroups.catalog = recorder.catalog;
    cgroups.host = (uint32_t)catalog_host(recorder.catalog, "h", 1);
    assert_int_equal(kfile_buffer_init(&buffer, 4096, 65536), 0);
    assert_int_equal(cgroup_tree_scan(&cgroups, &buffer, NULL, 0), 0);
    close(root_fd);
}

static void stop(void)
{
    kfile_buffer_done(&buffer);
    cgroup_tree_done(&cgroups);
    catalog_free(recorder.catalog);
    tree_done(&tree);
}

/* The name of the entity that the text leads to. */
static const char *entity_of(const char *text)
{
    const struct process_home home = process_cgroup_home(&cgroups, text, strlen(text));

    return catalog_entity_get(recorder.catalog, home.entity)->name;
}

/* Does the CPU time of that entity hold the process's? */
static bool has_its_time(const char *text)
{
    return process_cgroup_home(&cgroups, text, strlen(text)).has_its_time;
}

static void of_one_hierarchy_the_nearest_that_is_known(void **state)
{
    (void)state;
    tree_make(&tree);
    tree_put(&tree, "cg/cpu.stat", "usage_usec 1\n");
    tree_put(&tree, "cg/web/cpu.stat", "usage_usec 1\n");
    tree_put(&tree, "cg/web/app/cpu.stat", "usage_usec 1\n");
    start("1 2 0:1 / /cg rw - cgroup2 cgroup2 rw\n");
    assert_string_equal(entity_of("0::/web/app\n"), "web/app");
    assert_string_equal(entity_of("0::/web/app/deeper/still\n"), "web/app");
    assert_string_equal(entity_of("0::/web/other\n"), "web");
    assert_true(has_its_time("0::/web/app\n") && has_its_time("0::/web/app/deeper/still\n"));
    assert_false(has_its_time("0::/web (deleted)\n") || has_its_time(""));
    assert_string_equal(entity_of("0::/web (deleted)\n"),
        catalog_entity_get(recorder.catalog, cgroup_tree_entity(&cgroups, "", 0))->name);
    assert_string_equal(entity_of(""), "h");
    assert_string_equal(entity_of("0::/web/app"), "h"); /* cut */
    assert_string_equal(entity_of("3:cpuacct:/web\n"), "h");
    tree_put(&tree, "proc/7/cgroup", "0::/web\n");
    const int root_fd = open(tree.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const uint32_t web = cgroup_tree_entity(&cgroups, "web", 3);
    assert_int_equal(process_cgroup_read(&cgroups, root_fd, "proc/7/cgroup", &buffer).entity, web);
    assert_int_equal(process_cgroup_read(&cgroups, root_fd, "proc/8/cgroup", &buffer).entity, cgroups.host);
    close(root_fd);
    stop();
}

/* What only one of the hierarchies knows is found there; where two name different ones, CPU usage decides,
 * however long the other's path is, and in whatever order the kernel lists them. */
static void of_several_hierarchies_cpu_usage_first(void **state)
{
    (void)state;
    tree_make(&tree);
    tree_put(&tree, "cpu/short/cpuacct.usage", "1\n");
    tree_put(&tree, "mem/a/much/longer/memory.usage_in_bytes", "1\n");
    start("1 2 0:1 / /cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
          "1 2 0:2 / /mem rw - cgroup cgroup rw,memory\n");
    assert_string_equal(entity_of("4:memory:/a/much/longer\n3:cpu,cpuacct:/short\n"), "short");
    assert_string_equal(entity_of("3:cpu,cpuacct:/short\n4:memory:/a/much/longer\n"), "short");
    assert_string_equal(entity_of("4:memory:/a/much/longer\n3:cpu,cpuacct:/\n"), "a/much/longer");
    assert_string_equal(entity_of("4:memory:/a/much/longer\n"), "a/much/longer");
    assert_string_equal(entity_of("4:memory:/\n3:cpu,cpuacct:/unknown\n"),
        catalog_entity_get(recorder.catalog, cgroup_tree_entity(&cgroups, "", 0))->name);
    assert_string_equal(entity_of("0::/short\n"), "h"); /* v2 is not what is watched here */
    stop();
}

/* The sentinel's own namespace begins at pods/me/own, the mount at the host's top. */
static void from_a_namespace_of_its_own(void **state)
{
    (void)state;
    tree_make(&tree);
    tree_put(&tree, "cg/system/nginx/cpu.stat", "usage_usec 1\n");
    tree_put(&tree, "cg/pods/me/own/cpu.stat", "usage_usec 1\n");
    tree_put(&tree, "cg/pods/me/app/cpu.stat", "usage_usec 1\n");
    tree_put(&tree, "cg/pods/other/app-2/cpu.stat", "usage_usec 1\n");
    tree_put(&tree, "cg/pods/third/twin/cpu.stat", "usage_usec 1\n");
    tree_put(&tree, "cg/pods/me/twin/cpu.stat", "usage_usec 1\n");
    start("1 2 0:1 /../../.. /cg rw - cgroup2 cgroup2 rw\n");
    assert_string_equal(entity_of("0::/../../../system/nginx\n"), "system/nginx");
    assert_string_equal(entity_of("0::/../../../system/nginx/deeper\n"), "system/nginx");
    assert_string_equal(entity_of("0::/../../other/app-2\n"), "pods/other/app-2");
    assert_string_equal(entity_of("0::/../app\n"), "pods/me/app");
    assert_string_equal(entity_of("0::/../app/deeper\n"), "pods/me/app");
    /* Two could be meant; none could; what is not in the mount; its top; ourselves. */
    assert_string_equal(entity_of("0::/../twin\n"), "h");
    assert_string_equal(entity_of("0::/../none\n"), "h");
    assert_string_equal(entity_of("0::/../../../../system/nginx\n"), "h");
    const char *top = catalog_entity_get(recorder.catalog, cgroup_tree_entity(&cgroups, "", 0))->name;
    assert_string_equal(entity_of("0::/../../..\n"), top);
    assert_string_equal(entity_of("0::/\n"), "h");
    /* Names that only begin alike. */
    assert_string_equal(entity_of("0::/..system/nginx\n"), "h");
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_hierarchy_the_nearest_that_is_known),
        cmocka_unit_test(of_several_hierarchies_cpu_usage_first),
        cmocka_unit_test(from_a_namespace_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
