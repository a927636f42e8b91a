/* SPDX-License-Identifier: MIT
 * Which CPU time files of cgroups are read, and that none of them is left out that has moved. Trees of plain
 * files are changed behind the reader's back: what it knows all the same it has read. The last two take
 * real cgroups where this process may make them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <sys/wait.h>
#include <time.h>

#include "host_fixture.h"
#include "ingestion/host/cgroup_usage.h"

#define MS   INT64_C(1000000)
#define V1   "1 2 0:1 / /cg rw - cgroup cgroup rw,cpu,cpuacct\n"
#define V2   "1 2 0:1 / /cg rw - cgroup2 cgroup2 rw\n"
#define REST 12 /* rounds after which what stands still is known to rest */

struct world {
    struct tree tree;
    struct recorder recorder;
    struct feed feed;
    struct cgroup_tree cgroups;
    struct kfile_buffer buffer;
    int64_t now_ns;
    bool is_v2;
};

static struct world w;

static void put(const char *name, uint64_t used)
{
    char path[256];

    snprintf(path, sizeof(path), "cg/%s/%s", name, w.is_v2 ? "cpu.stat" : "cpuacct.usage");
    tree_putf(&w.tree, path, w.is_v2 ? "usage_usec %" PRIu64 "\n" : "%" PRIu64 "\n", used);
}

static void start(const char *mountinfo, const char *root)
{
    struct cgroup_layout layout;

    w.feed = recorder_feed(&w.recorder, 256);
    assert_int_equal(kfile_buffer_init(&w.buffer, 4096, 65536), 0);
    cgroup_layout_parse(mountinfo, strlen(mountinfo), &layout);
    int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(root_fd >= 0);
    assert_int_equal(cgroup_tree_init(&w.cgroups, &layout, root_fd, 200), 0);
    close(root_fd);
    w.cgroups.catalog = w.recorder.catalog;
    w.cgroups.host = (uint32_t)catalog_host(w.recorder.catalog, "h", 1);
    assert_int_equal(cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0), 0);
}

static int set_up(void **state)
{
    (void)state;
    w = (struct world){.now_ns = 1};
    tree_make(&w.tree);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cgroup_tree_done(&w.cgroups);
    kfile_buffer_done(&w.buffer);
    catalog_free(w.recorder.catalog);
    tree_done(&w.tree);
    return 0;
}

static void round_of(int64_t after_ns)
{
    w.now_ns += after_ns;
    cgroup_usage_read(&w.cgroups, &w.buffer, w.now_ns);
}

static void rounds(int count)
{
    while (count-- > 0)
        round_of(100 * MS);
}

static const struct cgroup *find(const char *name)
{
    for (uint32_t i = 0; i < w.cgroups.count; i++)
        if (strcmp(w.cgroups.items[i].name, name) == 0)
            return &w.cgroups.items[i];
    fail_msg("no %s", name);
    return NULL;
}

/* In ns (v1) or us (v2); UINT64_MAX: not known. */
static uint64_t known(const char *name)
{
    const struct cgroup *c = find(name);

    return c->has_used ? c->used_ns / (w.is_v2 ? 1000 : 1) : UINT64_MAX;
}

/* A group of three that rest, then a whole reading, so that a second is ahead. */
static void three_at_rest(const char *mountinfo)
{
    w.is_v2 = strcmp(mountinfo, V2) == 0;
    put("p", 1000);
    put("p/a", 100);
    put("p/b", 200);
    put("p/c", 300);
    start(mountinfo, w.tree.root);
    rounds(REST);
    round_of(1000 * MS);
}

static void those_that_rest_are_read_once_a_second(void **state)
{
    (void)state;
    three_at_rest(V1);
    put("p/a", 101); /* which no kernel would say while p stands still */
    rounds(9);
    assert_int_equal(known("p/a"), 100);
    rounds(1);
    assert_int_equal(known("p/a"), 101);
}

static void whoever_moves_is_read_at_once(void **state)
{
    (void)state;
    three_at_rest(V1);
    put("p", 1001);
    put("p/b", 201);
    rounds(1);
    assert_int_equal(known("p"), 1001);
    assert_int_equal(known("p/b"), 201);
}

static void what_works_is_read_and_the_others_rest(void **state)
{
    (void)state;
    three_at_rest(V1);
    put("p", 1010);
    put("p/b", 210);
    rounds(1);
    put("p", 1030);
    put("p/b", 230);
    put("p/c", 301);
    rounds(1);
    assert_int_equal(known("p/b"), 230);
    assert_int_equal(known("p/c"), 300); /* b accounts for all of it */
    put("p", 1031);
    rounds(1);
    assert_int_equal(known("p/c"), 301);
}

static void processes_of_its_own_hide_nobody(void **state)
{
    (void)state;
    three_at_rest(V1);
    for (uint64_t i = 1; i < 30; i++) {
        put("p", 1000 + 8 * i);
        put("p/c", 300 + i);
        rounds(1);
        assert_int_equal(known("p/c"), 300 + i);
    }
}

static void groups_below_groups_are_settled_from_above(void **state)
{
    (void)state;
    put("p/q/r", 10);
    put("p/q/s", 20);
    three_at_rest(V1);
    put("p", 1030);
    put("p/q", 30); /* it had no file until now: looked for by the next scan */
    assert_int_equal(cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0), 0);
    rounds(REST);
    put("p", 1040);
    put("p/q", 40);
    put("p/q/s", 30);
    rounds(1);
    assert_int_equal(known("p/q/s"), 30);
    put("p/q/r", 11);
    rounds(1);
    assert_int_equal(known("p/q/r"), 10);
    round_of(1000 * MS);
    assert_int_equal(known("p/q/r"), 11);
}

static void microseconds_are_rounded_for_each_group(void **state)
{
    (void)state;
    three_at_rest(V2);
    put("p", 1001); /* half of one below, half of its own */
    put("p/c", 301);
    rounds(1);
    assert_int_equal(known("p/c"), 300);
    put("p", 1002);
    rounds(1);
    assert_int_equal(known("p/c"), 301);
}

static void a_quota_of_v2_is_watched_in_every_round(void **state)
{
    (void)state;
    tree_put(&w.tree, "cg/p/c/cpu.max", "50000 100000\n");
    three_at_rest(V2);
    tree_put(&w.tree, "cg/p/c/cpu.stat", "usage_usec 300\nthrottled_usec 2000000\n");
    rounds(1);
    assert_true(find("p/c")->throttled_s == 2.0);
}

static void an_unreadable_file_is_absent_and_the_others_are_read(void **state)
{
    (void)state;
    three_at_rest(V1);
    put("p", 1001);
    tree_put(&w.tree, "cg/p/b/cpuacct.usage", "half a\n");
    put("p/a", 101);
    rounds(1);
    assert_int_equal(known("p/b"), UINT64_MAX);
    assert_int_equal(known("p/a"), 101);
    rounds(REST);
    put("p/b", 200);
    rounds(1);
    assert_int_equal(known("p/b"), 200);
}

static void counters_near_their_end_add_up_too(void **state)
{
    const uint64_t high = UINT64_MAX - 1000;

    (void)state;
    put("p", high);
    put("p/a", high - 5);
    put("p/b", high - 7); /* more together than 64 bits hold */
    start(V1, w.tree.root);
    rounds(REST);
    round_of(1000 * MS);
    put("p", high + 3);
    put("p/b", high - 4);
    rounds(1);
    assert_int_equal(known("p/b"), high - 4);
}

/* Uses 50 ms of CPU time in the group whose cgroup.procs that is. */
static int work_in(const char *procs)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        int fd = open(procs, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "0", 1) != 1)
            _exit(1);
        clock_t until = clock() + CLOCKS_PER_SEC / 20;
        while (clock() < until) {
        }
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

/* Three groups made in a hierarchy of this host, of which one wakes up. */
static void one_of_three_wakes_up(const char *mountinfo, const char *point)
{
    static const char *const below[] = {"/a", "/b", "/c"};
    char top[256], path[300];

    start(mountinfo, "/");
    snprintf(top, sizeof(top), "%s/coherence-usage-%d", point, (int)getpid());
    if (mkdir(top, 0755) < 0) {
        printf("# SKIP: no cgroup can be made: %s (%s)\n", top, strerror(errno));
        return;
    }
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s%s", top, below[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    assert_int_equal(cgroup_tree_scan(&w.cgroups, &w.buffer, NULL, 0), 0);
    rounds(REST);
    snprintf(path, sizeof(path), "%s/b/cgroup.procs", top);
    int status = work_in(path);
    rounds(1);
    uint64_t used_ns[3];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s%s", strrchr(top, '/') + 1, below[i]);
        used_ns[i] = find(path)->used_ns;
        snprintf(path, sizeof(path), "%s%s", top, below[i]);
        rmdir(path);
    }
    rmdir(top);
    assert_int_equal(status, 0);
    assert_int_equal(used_ns[0], 0);
    assert_true(used_ns[1] >= 45 * (uint64_t)MS);
    assert_int_equal(used_ns[2], 0);
}

static void real_groups_of_v1_that_wake_up_are_read(void **state)
{
    (void)state;
    one_of_three_wakes_up(
        "1 2 0:1 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n", "/sys/fs/cgroup/cpuacct");
}

static void real_groups_of_v2_that_wake_up_are_read(void **state)
{
    bool is_hybrid = access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0;

    (void)state;
    w.is_v2 = true;
    if (is_hybrid)
        one_of_three_wakes_up(
            "1 2 0:1 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/unified");
    else
        one_of_three_wakes_up("1 2 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_that_rest_are_read_once_a_second),
        TEST(whoever_moves_is_read_at_once),
        TEST(what_works_is_read_and_the_others_rest),
        TEST(processes_of_its_own_hide_nobody),
        TEST(groups_below_groups_are_settled_from_above),
        TEST(microseconds_are_rounded_for_each_group),
        TEST(a_quota_of_v2_is_watched_in_every_round),
        TEST(an_unreadable_file_is_absent_and_the_others_are_read),
        TEST(counters_near_their_end_add_up_too),
        TEST(real_groups_of_v1_that_wake_up_are_read),
        TEST(real_groups_of_v2_that_wake_up_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
