/* SPDX-License-Identifier: MIT
 * cgroups that come, go, are made anew, are too many, or vanish under the reading. Trees of plain files show
 * what the walk does; the last test takes real cgroups where this process may make them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/resource.h>

#include "host_fixture.h"
#include "ingestion/host/cgroup_sample.h"
#include "ingestion/host/cgroup_tree.h"

#define S INT64_C(1000000000)

struct world {
    struct tree tree;
    struct recorder recorder;
    struct cgroup_tree cgroups;
    struct kfile_buffer buffer;
    struct frame frame;
    struct counter_rules rules;
    struct feed feed;
    uint32_t host;
};

static struct world w;

static void start(const char *mountinfo, const char *root, uint32_t max)
{
    struct cgroup_layout layout;

    w.feed = recorder_feed(&w.recorder, 256);
    w.host = (uint32_t)catalog_host(w.recorder.catalog, "h", 1);
    w.rules = (struct counter_rules){.max_gap_ns = 10 * S};
    assert_int_equal(kfile_buffer_init(&w.buffer, 4096, 65536), 0);
    assert_int_equal(frame_init(&w.frame, w.recorder.catalog, 1024), 0);
    cgroup_layout_parse(mountinfo, strlen(mountinfo), &layout);
    int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(root_fd >= 0);
    assert_int_equal(cgroup_tree_init(&w.cgroups, &layout, root_fd, max), 0);
    close(root_fd);
    w.cgroups.catalog = w.recorder.catalog;
    w.cgroups.host = w.host;
}

static void stop(void)
{
    cgroup_tree_done(&w.cgroups);
    frame_done(&w.frame);
    kfile_buffer_done(&w.buffer);
    catalog_free(w.recorder.catalog);
}

#define V2 "1 2 0:1 / /cg rw - cgroup2 cgroup2 rw\n"
#define V1 "1 2 0:1 / /cpu rw - cgroup cgroup rw,cpu,cpuacct\n1 2 0:1 / /mem rw - cgroup cgroup rw,memory\n"

static int set_up(void **state)
{
    (void)state;
    tree_make(&w.tree);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stop();
    tree_done(&w.tree);
    return 0;
}

static void put_usage(const char *name, unsigned long long usec)
{
    char path[256];

    snprintf(path, sizeof(path), "cg/%s/cpu.stat", name);
    tree_putf(&w.tree, path, "usage_usec %llu\n", usec);
}

static void read_at(int64_t mono_ns)
{
    const struct cgroup_reading r = {.tree = &w.cgroups,
        .buffer = &w.buffer,
        .frame = &w.frame,
        .rules = &w.rules,
        .mono_ns = mono_ns,
        .online_cpus = 2,
        .memory_bytes = UINT64_C(1) << 32};

    cgroup_sample_usage(&r);
    cgroup_sample_slow(&r);
    w.recorder.count = 0;
    assert_int_equal(frame_send(&w.frame, &w.feed, mono_ns), 0);
}

static double utilization(const char *name)
{
    return recorder_value(&w.recorder, name, "system.cpu.utilization");
}

static void finds_nested_groups_and_their_parents(void **state)
{
    const char *parent;

    (void)state;
    put_usage("a/b/c", 1);
    put_usage("d", 1);
    start(V2, w.tree.root, 10);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 4);
    assert_true(recorder_knows(&w.recorder, ENTITY_CGROUP, "a/b/c", &parent));
    assert_string_equal(parent, "a/b");
    assert_true(recorder_knows(&w.recorder, ENTITY_CGROUP, "a/b", &parent));
    assert_string_equal(parent, "a");
    assert_true(recorder_knows(&w.recorder, ENTITY_CGROUP, "a", &parent));
    assert_string_equal(parent, "h");
    assert_true(recorder_knows(&w.recorder, ENTITY_CGROUP, "d", &parent));
}

static void usage_is_a_share_of_the_limit_or_the_host(void **state)
{
    (void)state;
    put_usage("free", 1000000);
    put_usage("half", 1000000);
    put_usage("wide", 1000000);
    tree_put(&w.tree, "cg/half/cpu.max", "50000 100000\n");
    tree_put(&w.tree, "cg/wide/cpu.max", "800000 100000\n"); /* more than the host has */
    start(V2, w.tree.root, 10);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    read_at(1 * S);
    assert_true(isnan(utilization("free"))); /* no rate from one reading */
    put_usage("free", 1400000);
    put_usage("half", 1400000);
    put_usage("wide", 1400000);
    read_at(3 * S); /* 0.4 s in 2 s = 0.2 CPUs: of 2, of 0.5, of 2 */
    assert_true(fabs(utilization("free") - 0.1) < 1e-12);
    assert_true(fabs(utilization("half") - 0.4) < 1e-12);
    assert_true(fabs(utilization("wide") - 0.1) < 1e-12);
}

static void a_group_that_left_is_forgotten(void **state)
{
    (void)state;
    put_usage("a/b", 1);
    put_usage("c", 1);
    start(V2, w.tree.root, 10);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 3);
    tree_remove(&w.tree, "cg/a");
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 1);
    assert_string_equal(w.cgroups.items[0].name, "c");
    put_usage("e", 1);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 2);
    assert_string_equal(w.cgroups.items[1].name, "e");
}

static void a_group_made_anew_starts_its_rates_anew(void **state)
{
    (void)state;
    put_usage("a", 1000000);
    start(V2, w.tree.root, 10);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    uint32_t entity = w.cgroups.items[0].entity;
    read_at(1 * S);
    /* A sibling holds the old inode's place, so that the new directory cannot get the same number. */
    char from[FIXTURE_PATH_MAX], to[FIXTURE_PATH_MAX];
    snprintf(from, sizeof(from), "%s/cg/a", w.tree.root);
    snprintf(to, sizeof(to), "%s/away", w.tree.root);
    assert_int_equal(rename(from, to), 0);
    put_usage("a", 9000000);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.items[0].entity, entity); /* the same name is the same entity */
    read_at(2 * S);
    assert_true(isnan(utilization("a"))); /* 8 s in 1 s would be 4.0 */
    put_usage("a", 9500000);
    read_at(3 * S);
    assert_true(fabs(utilization("a") - 0.25) < 1e-12);
}

static void a_counter_that_falls_gives_no_rate(void **state)
{
    (void)state;
    put_usage("a", 5000000);
    start(V2, w.tree.root, 10);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    read_at(1 * S);
    put_usage("a", 100);
    read_at(2 * S);
    assert_true(isnan(utilization("a")));
    put_usage("a", 200100);
    read_at(3 * S);
    assert_true(fabs(utilization("a") - 0.1) < 1e-12);
}

static void an_unreadable_file_is_absent_until_the_next_scan(void **state)
{
    (void)state;
    put_usage("a", 1000000);
    start(V2, w.tree.root, 10);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    read_at(1 * S);
    tree_put(&w.tree, "cg/a/cpu.stat", ""); /* reads as -ENODATA */
    read_at(2 * S);
    assert_true(isnan(utilization("a")));
    assert_true(w.cgroups.items[0].usage.fd < 0);
    put_usage("a", 3000000);
    read_at(3 * S);
    assert_true(isnan(utilization("a")));
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    read_at(4 * S);
    assert_true(isnan(utilization("a")));
    put_usage("a", 3200000);
    read_at(5 * S);
    assert_true(fabs(utilization("a") - 0.1) < 1e-12);
}

static void v1_groups_are_joined_by_path(void **state)
{
    (void)state;
    tree_put(&w.tree, "cpu/release_agent", "\n");
    tree_put(&w.tree, "mem/release_agent", "\n");
    tree_put(&w.tree, "cpu/cpuacct.usage", "5\n");
    tree_put(&w.tree, "cpu/x/cpuacct.usage", "1000000000\n");
    tree_put(&w.tree, "cpu/x/cpu.cfs_quota_us", "50000\n");
    tree_put(&w.tree, "cpu/x/cpu.cfs_period_us", "100000\n");
    tree_put(&w.tree, "cpu/x/cpu.stat", "nr_periods 1\nthrottled_time 1500000000\n");
    tree_put(&w.tree, "mem/x/memory.usage_in_bytes", "900\n");
    tree_put(&w.tree, "mem/x/memory.stat", "total_inactive_file 200\n");
    tree_put(&w.tree, "mem/x/memory.limit_in_bytes", "1000\n");
    tree_put(&w.tree, "mem/only/memory.usage_in_bytes", "100\n");
    tree_put(&w.tree, "mem/only/memory.stat",
        "total_inactive_file 200\n"); /* read a moment later: more than the whole */
    tree_put(&w.tree, "mem/only/memory.limit_in_bytes", "9223372036854771712\n");
    start(V1, w.tree.root, 10);
    assert_true(w.cgroups.host_usage.fd >= 0);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 2);
    read_at(1 * S);
    assert_true(recorder_value(&w.recorder, "x", "system.memory.usage") == 700);
    assert_true(recorder_value(&w.recorder, "x", "system.memory.limit") == 1000);
    assert_true(recorder_value(&w.recorder, "x", "container.cpu.throttled.time") == 1.5);
    assert_true(recorder_value(&w.recorder, "only", "system.memory.usage") == 0);
    assert_false(recorder_has(&w.recorder, "only", "system.memory.limit"));
    assert_false(recorder_has(&w.recorder, "only", "system.cpu.utilization"));
    tree_remove(&w.tree, "cpu/x"); /* gone from one hierarchy, still in the other */
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 2);
    read_at(2 * S);
    assert_false(recorder_has(&w.recorder, "x", "container.cpu.throttled.time"));
    assert_true(recorder_has(&w.recorder, "x", "system.memory.usage"));
}

static void too_many_are_counted_and_the_upper_ones_stay(void **state)
{
    char name[32];

    (void)state;
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof(name), "g%d/deep", i);
        put_usage(name, 1);
    }
    start(V2, w.tree.root, 6);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 6);
    assert_int_equal(w.cgroups.excess, 6);
    for (uint32_t i = 0; i < w.cgroups.count; i++)
        assert_null(strchr(w.cgroups.items[i].name, '/'));
    tree_remove(&w.tree, "cg/g0");
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 6);
    assert_int_equal(w.cgroups.excess, 4);
}

static void the_catalog_may_refuse(void **state)
{
    char name[32];

    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "g%d", i);
        put_usage(name, 1);
    }
    start(V2, w.tree.root, 1000); /* the catalog has room for 256 entities */
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 255);
    assert_int_equal(w.cgroups.excess, 45);
}

/* Many short-lived groups: the table, the descriptors and the index stay as small as what is alive. */
static void churn_leaves_nothing_behind(void **state)
{
    char name[32];

    (void)state;
    put_usage("stays", 1);
    start(V2, w.tree.root, 8);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    int before = dup(0);
    close(before);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "t%d", i % 50);
        put_usage(name, 1);
        cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
        assert_int_equal(w.cgroups.count, 2);
        snprintf(name, sizeof(name), "cg/t%d", i % 50);
        tree_remove(&w.tree, name);
    }
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 1);
    int after = dup(0);
    close(after);
    assert_int_equal(after, before);
}

static void without_descriptors_nothing_counts_as_gone(void **state)
{
    struct rlimit was, none;

    (void)state;
    put_usage("a/b", 1000000);
    start(V2, w.tree.root, 10);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.count, 2);
    read_at(1 * S);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    none = was;
    none.rlim_cur = 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_int_equal(w.cgroups.count, 2);
    assert_true(w.cgroups.refused > 0);
    put_usage("a/b", 1200000);
    read_at(2 * S);
    assert_true(fabs(utilization("a/b") - 0.1) < 1e-12);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_int_equal(w.cgroups.refused, 0);
}

static void a_namespace_shows_its_own_top(void **state)
{
    const char *parent;

    (void)state;
    tree_put(&w.tree, "cg/cgroup.type", "domain\n");
    tree_put(&w.tree, "cg/cpu.stat", "usage_usec 1\n");
    put_usage("child", 1);
    start(V2, w.tree.root, 10);
    assert_true(w.cgroups.host_usage.fd < 0); /* not the host's */
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_true(recorder_knows(&w.recorder, ENTITY_CGROUP, "child", &parent));
    assert_string_equal(parent, "/");
    assert_true(recorder_knows(&w.recorder, ENTITY_CGROUP, "/", &parent));
    assert_string_equal(parent, "h");
}

static void scan_at(int64_t t_ns)
{
    w.recorder.gone[0] = '\0';
    assert_int_equal(cgroup_tree_scan(&w.cgroups, &w.buffer, &w.feed, t_ns), w.recorder.answer);
}

static void what_is_gone_is_said(void **state)
{
    (void)state;
    put_usage("a/b", 1);
    put_usage("c", 1);
    start(V2, w.tree.root, 10);
    scan_at(1 * S);
    assert_string_equal(w.recorder.gone, "");
    tree_remove(&w.tree, "cg/a");
    scan_at(2 * S);
    assert_string_equal(w.recorder.gone, "a/b 1,a 1,"); /* children before parents */
    assert_true(w.recorder.gone_ns == 2 * S);
    assert_false(recorder_knows(&w.recorder, ENTITY_CGROUP, "a", NULL));
    assert_int_equal(catalog_entity_count(w.recorder.catalog), 2);
    scan_at(3 * S);
    assert_string_equal(w.recorder.gone, "");
    /* What the feed answers goes to the source. */
    w.recorder.answer = -EPIPE;
    tree_remove(&w.tree, "cg/c");
    scan_at(4 * S);
    assert_string_equal(w.recorder.gone, "c 1,");
    assert_int_equal(w.cgroups.count, 0);
}

static void put_away(const char *name)
{
    char from[FIXTURE_PATH_MAX], to[FIXTURE_PATH_MAX];
    static int n;
    snprintf(from, sizeof(from), "%s/cg/%s", w.tree.root, name);
    snprintf(to, sizeof(to), "%s/away%d", w.tree.root, n++);
    assert_int_equal(rename(from, to), 0);
}

/* The same path, another directory: another cgroup, with nothing of the old one. */
static void made_anew_it_is_another(void **state)
{
    const char *parent;

    (void)state;
    put_usage("a/b", 1000000);
    start(V2, w.tree.root, 10);
    scan_at(1 * S);
    uint32_t a = w.cgroups.items[0].entity, b = w.cgroups.items[1].entity;
    read_at(1 * S);
    put_usage("a/b", 1100000);
    read_at(2 * S);
    assert_false(isnan(utilization("a/b")));
    put_away("a");
    put_usage("a/b", 9000000);
    scan_at(3 * S);
    assert_string_equal(w.recorder.gone, "a 1,a/b 1,");
    assert_true(w.cgroups.items[0].entity > b && w.cgroups.items[1].entity > w.cgroups.items[0].entity);
    assert_true(recorder_knows(&w.recorder, ENTITY_CGROUP, "a/b", &parent));
    assert_string_equal(parent, "a");
    assert_int_equal(
        catalog_entity_get(w.recorder.catalog, w.cgroups.items[1].entity)->parent, w.cgroups.items[0].entity);
    assert_false(catalog_entity_lives(w.recorder.catalog, a));
    read_at(3 * S);
    assert_true(isnan(utilization("a/b")));
    put_usage("a/b", 9100000);
    read_at(4 * S);
    assert_true(fabs(utilization("a/b") - 0.05) < 1e-12);
}

/* The engine lets an entity go of which nothing is heard; the cgroup is there and speaks again. */
static void let_go_by_the_engine_it_is_declared_anew(void **state)
{
    (void)state;
    put_usage("a", 1000000);
    start(V2, w.tree.root, 10);
    scan_at(1 * S);
    uint32_t a = w.cgroups.items[0].entity;
    read_at(1 * S);
    recorder_forget(&w.recorder, a);
    put_usage("a", 1100000);
    read_at(2 * S); /* before the next look it is nobody's */
    assert_int_equal(w.recorder.count, 0);
    scan_at(3 * S);
    assert_string_equal(w.recorder.gone, "");
    assert_true(w.cgroups.items[0].entity > a);
    read_at(3 * S);
    put_usage("a", 1200000);
    read_at(4 * S);
    assert_true(fabs(utilization("a") - 0.05) < 1e-12);
}

static void put_memory(const char *name, int used, int limit)
{
    char path[256];
    snprintf(path, sizeof(path), "cg/%s/memory.current", name);
    tree_putf(&w.tree, path, "%d\n", used);
    snprintf(path, sizeof(path), "cg/%s/memory.stat", name);
    tree_putf(&w.tree, path, "inactive_file 0\n");
    snprintf(path, sizeof(path), "cg/%s/memory.max", name);
    tree_putf(&w.tree, path, "%d\n", limit);
}

/* At its own limit, while the kernel killed: that was it. */
static void killed_for_want_of_memory(void **state)
{
    (void)state;
    put_memory("full", 95, 100);
    put_memory("half", 50, 100);
    put_memory("late", 99, 100);
    start(V2, w.tree.root, 10);
    scan_at(1 * S);
    read_at(1 * S);
    tree_remove(&w.tree, "cg/full");
    tree_remove(&w.tree, "cg/half");
    w.cgroups.oom_killed = true;
    scan_at(2 * S);
    assert_true(
        strcmp(w.recorder.gone, "half 1,full 2,") == 0 || strcmp(w.recorder.gone, "full 2,half 1,") == 0);
    w.cgroups.oom_killed = false;
    tree_remove(&w.tree, "cg/late");
    scan_at(3 * S);
    assert_string_equal(w.recorder.gone, "late 1,");
}

/* Room in the catalog is asked for again when there is some: what was refused once is not for ever. */
static void what_was_refused_is_asked_for_again(void **state)
{
    (void)state;
    put_usage("a", 1000000);
    put_usage("b", 1000000);
    start(V2, w.tree.root, 10);
    struct catalog_limits limits = {.entities = 4, .series = 1, .metrics = 1};
    catalog_free(w.recorder.catalog);
    w.recorder.catalog = w.feed.catalog = w.cgroups.catalog = w.frame.catalog = catalog_new(&limits);
    w.host = w.cgroups.host = (uint32_t)catalog_host(w.recorder.catalog, "h", 1);
    scan_at(1 * S);
    const char *first = w.cgroups.items[0].name, *second = w.cgroups.items[1].name;
    char gone[8], stays[8];
    snprintf(gone, sizeof(gone), "%s", first);
    snprintf(stays, sizeof(stays), "%s", second);
    for (int s = 1; s < 4; s++) {
        put_usage("a", 1000000ULL + 100000ULL * (unsigned)s);
        put_usage("b", 1000000ULL + 100000ULL * (unsigned)s);
        read_at(s * S);
    }
    assert_false(isnan(utilization(gone)));
    assert_true(isnan(utilization(stays)));
    assert_true(w.frame.refused > 0);
    assert_int_equal(catalog_refused(w.recorder.catalog), 1); /* asked once, not in every round */
    tree_remove(&w.tree, gone[0] == 'a' ? "cg/a" : "cg/b");
    scan_at(4 * S);
    put_usage(stays, 1500000);
    w.frame.refused = 0;
    read_at(4 * S);
    assert_false(isnan(utilization(stays)));
    assert_int_equal(w.frame.refused, 0);
    assert_int_equal(catalog_refused(w.recorder.catalog), 1);
}

/* A real cgroup of v1 that vanishes under an open descriptor: the kernel answers ENODEV. */
static void a_real_group_vanishes_and_comes_back(void **state)
{
    const char *mountinfo = "1 2 0:1 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n";
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "/sys/fs/cgroup/cpuacct/coherence-test-%d", (int)getpid());
    start(mountinfo, "/", 64);
    if (mkdir(path, 0755) < 0) {
        printf("# SKIP: cannot make a cgroup in /sys/fs/cgroup/cpuacct (%s)\n",
            strerror(errno)); /* not skip(): cmocka 1.1.5 writes it as "not ok" in TAP */
        return;
    }
    const char *name = strrchr(path, '/') + 1;
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    assert_true(recorder_knows(&w.recorder, ENTITY_CGROUP, name, NULL));
    read_at(1 * S);
    read_at(2 * S);
    assert_true(utilization(name) == 0);
    assert_int_equal(rmdir(path), 0);
    read_at(3 * S);
    assert_true(isnan(utilization(name)));
    assert_int_equal(mkdir(path, 0755), 0);
    read_at(4 * S);
    assert_true(isnan(utilization(name)));
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    read_at(5 * S);
    read_at(6 * S);
    assert_true(utilization(name) == 0);
    assert_int_equal(rmdir(path), 0);
    cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0);
    for (uint32_t i = 0; i < w.cgroups.count; i++)
        assert_string_not_equal(w.cgroups.items[i].name, name);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_nested_groups_and_their_parents),
        TEST(usage_is_a_share_of_the_limit_or_the_host),
        TEST(a_group_that_left_is_forgotten),
        TEST(a_group_made_anew_starts_its_rates_anew),
        TEST(a_counter_that_falls_gives_no_rate),
        TEST(an_unreadable_file_is_absent_until_the_next_scan),
        TEST(v1_groups_are_joined_by_path),
        TEST(too_many_are_counted_and_the_upper_ones_stay),
        TEST(the_catalog_may_refuse),
        TEST(churn_leaves_nothing_behind),
        TEST(without_descriptors_nothing_counts_as_gone),
        TEST(a_namespace_shows_its_own_top),
        TEST(what_is_gone_is_said),
        TEST(made_anew_it_is_another),
        TEST(let_go_by_the_engine_it_is_declared_anew),
        TEST(killed_for_want_of_memory),
        TEST(what_was_refused_is_asked_for_again),
        TEST(a_real_group_vanishes_and_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
