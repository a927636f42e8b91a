/* SPDX-License-Identifier: MIT
 * Network namespaces of cgroups: whose each one is, and what is read of it. In the trees of plain files a
 * namespace is a file, and processes that share it have hard links to it; the last test has a real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "host_fixture.h"
#include "ingestion/host/network_table.h"

#define S        INT64_C(1000000000)
#define OUT      "system.network.connection.opened.active"
#define IN       "system.network.connection.opened.passive"
#define FAILED   "system.network.connection.failed"
#define OVERFLOW "system.network.listen.overflows" /* no law knows it: an entity of its own, "" here */
#define NOBODY   65534

struct world {
    struct tree tree;
    struct recorder recorder;
    struct feed feed;
    struct cgroup_tree cgroups;
    struct network_table networks;
    struct process_table processes; /* of these, only the list */
    bool has_processes;
    struct frame frame;
    struct kfile_buffer buffer;
    int64_t now_ns;
};

static struct world w;

/* Process 1, whose namespace is the host's. */
static int set_up(void **state)
{
    (void)state;
    w = (struct world){.now_ns = 1000 * S, .networks.proc_fd = -1};
    tree_make(&w.tree);
    tree_put(&w.tree, "proc/1/net/snmp", "Tcp: ActiveOpens\nTcp: 1000\n");
    tree_put(&w.tree, "cg/cgroup.procs", "1\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    network_table_done(&w.networks);
    cgroup_tree_done(&w.cgroups);
    frame_done(&w.frame);
    kfile_buffer_done(&w.buffer);
    catalog_free(w.recorder.catalog);
    tree_done(&w.tree);
    return 0;
}

static void group(const char *name, const char *procs)
{
    char path[256];

    snprintf(path, sizeof(path), "cg/%s/cgroup.procs", name);
    tree_put(&w.tree, path, procs);
}

/* What the namespace of that process counts, made with the first call; failed goes to three counters. */
static void counts(unsigned pid, unsigned out, unsigned in, unsigned failed, unsigned overflows)
{
    char path[64];

    snprintf(path, sizeof(path), "proc/%u/net/snmp", pid);
    tree_putf(&w.tree, path,
        "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets RetransSegs\nTcp: %u %u %u 0 0\n", out, in,
        failed);
    snprintf(path, sizeof(path), "proc/%u/net/netstat", pid);
    tree_putf(&w.tree, path, "TcpExt: ListenOverflows\nTcpExt: %u\n", overflows);
}

/* The process `other` is in the namespace of `pid`. */
static void shares(unsigned other, unsigned pid)
{
    static const char *const files[] = {"snmp", "netstat"};
    char from[FIXTURE_PATH_MAX], to[FIXTURE_PATH_MAX], path[64];

    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "proc/%u/net/%s", other, files[i]);
        tree_put(&w.tree, path, ""); /* with its directories */
        snprintf(from, sizeof(from), "%s/proc/%u/net/%s", w.tree.root, pid, files[i]);
        snprintf(to, sizeof(to), "%s/proc/%u/net/%s", w.tree.root, other, files[i]);
        unlink(to);
        if (access(from, F_OK) == 0)
            assert_int_equal(link(from, to), 0);
    }
}

static void ends(unsigned pid)
{
    char path[64];

    snprintf(path, sizeof(path), "proc/%u", pid);
    tree_remove(&w.tree, path);
}

/* Ten seconds pass: what came and went is known. */
static void look(void)
{
    assert_int_equal(cgroup_tree_scan(&w.cgroups, &w.buffer, &w.feed, w.now_ns), 0);
    network_table_look(&w.networks, &w.cgroups, w.has_processes ? &w.processes : NULL, &w.buffer, 0);
}

static void looks(int count)
{
    while (count-- > 0)
        look();
}

/* proc_root: before the /proc that is asked. */
static void start_at(const char *proc_root)
{
    static const char mountinfo[] = "1 2 0:1 / /cg rw - cgroup2 cgroup2 rw\n";
    struct cgroup_layout layout;
    int root_fd = open(w.tree.root, O_PATH | O_DIRECTORY | O_CLOEXEC),
        proc_root_fd = open(proc_root, O_PATH | O_DIRECTORY | O_CLOEXEC);

    assert_true(root_fd >= 0 && proc_root_fd >= 0);
    w.feed = recorder_feed(&w.recorder, 256);
    assert_int_equal(kfile_buffer_init(&w.buffer, 4096, 65536), 0);
    cgroup_layout_parse(mountinfo, strlen(mountinfo), &layout);
    assert_int_equal(cgroup_tree_init(&w.cgroups, &layout, root_fd, 100), 0);
    assert_int_equal(network_table_init(&w.networks, proc_root_fd, 100), 0);
    assert_int_equal(frame_init(&w.frame, w.recorder.catalog, NETWORK_SAMPLES * NETWORK_READINGS), 0);
    close(root_fd);
    close(proc_root_fd);
    w.cgroups.catalog = w.recorder.catalog;
    w.cgroups.host = (uint32_t)catalog_host(w.recorder.catalog, "h", 1);
    look();
}

static void start(void)
{
    start_at(w.tree.root);
}

static void round_of_reading(void)
{
    const struct network_reading r = {&w.buffer, &w.frame, w.now_ns += S};

    w.recorder.count = 0;
    network_table_round(&w.networks, &r);
    assert_int_equal(frame_send(&w.frame, &w.feed, w.now_ns), 0);
}

static double value(const char *group_name, const char *metric)
{
    return recorder_value(&w.recorder, group_name, metric);
}

static void a_container_has_what_its_namespace_counts_since_it_is_known(void **state)
{
    (void)state;
    group("web", "20\n21\n");
    counts(20, 100, 50, 7, 3);
    group("host-net", "30\n");
    shares(30, 1);
    start();
    round_of_reading();
    assert_true(value("web", OUT) == 0 && value("web", IN) == 0 && value("web", FAILED) == 0);
    counts(20, 140, 60, 9, 23);
    round_of_reading();
    assert_true(value("web", OUT) == 40 && value("web", IN) == 10 && value("web", FAILED) == 2);
    /* What is in the host's own namespace is in the host's own figures. */
    assert_true(isnan(value("host-net", OUT)));
    assert_int_equal(w.recorder.count, 3);
}

/* They are read more rarely: twenty in ten seconds. */
static void overflows_are_a_rate(void **state)
{
    (void)state;
    group("web", "20\n");
    counts(20, 100, 50, 7, 3);
    start();
    round_of_reading();
    counts(20, 100, 50, 7, 23);
    for (int i = 1; i < NETWORK_NETSTAT_TURN; i++) {
        round_of_reading();
        assert_int_equal(w.recorder.count, 3);
    }
    round_of_reading();
    assert_int_equal(w.recorder.count, 4);
    assert_true(value("", OVERFLOW) == 2);
}

static void a_namespace_of_two_containers_is_their_pods(void **state)
{
    (void)state;
    group("pods/a/pause", "20\n");
    group("pods/a/app", "21\n");
    group("pods/b/pause", "30\n");
    group("pods/b/app", "31\n");
    counts(20, 1, 1, 0, 0);
    shares(21, 20);
    counts(30, 1, 1, 0, 0);
    shares(31, 30);
    start();
    round_of_reading();
    assert_true(value("pods/a", OUT) == 0 && value("pods/b", OUT) == 0);
    assert_int_equal(w.recorder.count, 6);
}

/* Beside a third one of another network, the group above both says too much. */
static void a_namespace_that_is_shared_across_is_the_first_ones(void **state)
{
    (void)state;
    group("docker/a", "20\n");
    group("docker/b", "30\n");
    group("docker/c", "21\n");
    counts(20, 1, 1, 0, 0);
    shares(21, 20);
    counts(30, 1, 1, 0, 0);
    start();
    round_of_reading();
    assert_true(isnan(value("docker", OUT)));
    assert_int_equal(w.recorder.count, 6);
    assert_true(isnan(value("docker/a", OUT)) != isnan(value("docker/c", OUT)));
    assert_true(value("docker/b", OUT) == 0);
    /* Alone, the two are all that is there. */
    tree_remove(&w.tree, "cg/docker/b");
    looks(1);
    round_of_reading();
    assert_true(value("docker", OUT) == 0);
    assert_int_equal(w.recorder.count, 3);
}

static void where_a_process_ends_another_one_stands_in(void **state)
{
    (void)state;
    group("web", "20\n21\n");
    counts(20, 100, 50, 0, 0);
    shares(21, 20);
    start();
    round_of_reading();
    ends(20);
    group("web", "21\n");
    round_of_reading();
    assert_int_equal(w.recorder.count, 0);
    look();
    counts(21, 130, 50, 0, 0);
    round_of_reading();
    assert_true(value("web", OUT) == 30);
}

/* A number that came back for a process of another namespace, and one that is a container anew. */
static void another_namespace_is_never_taken_for_the_first(void **state)
{
    (void)state;
    group("web", "20\n");
    counts(20, 100, 50, 0, 0);
    start();
    round_of_reading();
    ends(20);
    tree_put(&w.tree, "proc/29/net/snmp", "keeps the inode from being used again\n");
    counts(20, 5000, 50, 0, 0);
    round_of_reading();
    assert_int_equal(w.recorder.count, 0);
    look();
    round_of_reading();
    assert_true(value("web", OUT) == 0);
    counts(20, 5001, 50, 0, 0);
    round_of_reading();
    assert_true(value("web", OUT) == 1);
}

/* What makes a container moves into its cgroup first and into its namespace then. */
static void a_new_cgroup_is_asked_twice(void **state)
{
    (void)state;
    group("web", "20\n");
    shares(20, 1);
    start();
    ends(20);
    counts(20, 5, 5, 0, 0);
    look();
    round_of_reading();
    assert_true(value("web", OUT) == 0);
}

static void what_comes_later_is_found_within_a_minute(void **state)
{
    (void)state;
    group("early", "");
    start();
    counts(20, 1, 1, 0, 0);
    group("early", "20\n");
    group("new", "30\n");
    counts(30, 1, 1, 0, 0);
    look();
    round_of_reading();
    assert_true(value("new", OUT) == 0);
    looks(5);
    round_of_reading();
    assert_true(value("early", OUT) == 0);
    tree_remove(&w.tree, "cg/early");
    look();
    round_of_reading();
    assert_int_equal(w.recorder.count, 3);
    assert_int_equal(w.networks.count, 1);
}

/* In a container, the host's processes have no numbers in cgroup.procs, but those of the host's /proc. */
static void where_a_cgroup_tells_no_numbers_the_watched_stand_in(void **state)
{
    struct process watched[] = {{.stat.pid = 20}, {.stat.pid = 30}, {.stat.pid = 40}};

    (void)state;
    group("web", "0\n0\n"); /* v2 */
    group("old", "");       /* v1 */
    group("db", "0\n");
    counts(20, 1, 1, 0, 0);
    counts(30, 2, 2, 0, 0);
    counts(40, 2, 2, 0, 0);
    start();
    round_of_reading();
    assert_int_equal(w.recorder.count, 0);
    watched[0].parent = cgroup_tree_entity(&w.cgroups, "web", 3);
    watched[1].parent = w.cgroups.host;
    watched[2].parent = cgroup_tree_entity(&w.cgroups, "old", 3);
    w.processes = (struct process_table){.items = watched, .count = 3};
    w.has_processes = true;
    look(); /* at once, not in a minute */
    round_of_reading();
    assert_true(value("web", OUT) == 0 && value("old", OUT) == 0);
    assert_int_equal(w.recorder.count, 6);
}

static void many_are_read_in_turn(void **state)
{
    unsigned read = 0;

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        char name[16], pid[16];
        snprintf(name, sizeof(name), "c%u", i);
        snprintf(pid, sizeof(pid), "%u\n", 100 + i);
        group(name, pid);
        counts(100 + i, 1, 1, 0, 0);
    }
    start();
    for (unsigned i = 0; i < 5; i++) {
        round_of_reading();
        assert_int_equal(w.recorder.count, 3 * NETWORK_READINGS);
    }
    for (unsigned i = 0; i < 20; i++)
        read += w.networks.items[i].turns;
    assert_int_equal(read, 5 * NETWORK_READINGS);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(w.networks.items[i].turns, 2);
}

static void what_is_refused_is_counted(void **state)
{
    char path[FIXTURE_PATH_MAX];
    uid_t was = geteuid();

    (void)state;
    group("web", "20\n");
    counts(20, 1, 1, 0, 0);
    snprintf(path, sizeof(path), "%s/proc/20", w.tree.root);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(w.tree.root, 0755), 0);
    if (was == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    start();
    round_of_reading();
    if (was == 0)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(w.networks.denied, 1);
    assert_int_equal(w.recorder.count, 0);
}

/* ---- a real one ---- */

/* Connects to where nobody listens: opened, and failed. */
static void try_to_connect(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)ioctl(fd, SIOCSIFFLAGS, &lo);
    (void)connect(fd, (struct sockaddr *)&to, sizeof(to));
    close(fd);
}

/* In a namespace of its own: says so, and connects once for each byte that comes. */
static void run_child(int in, int out)
{
    char byte = 0;

    if (unshare(CLONE_NEWNET) < 0)
        _exit(0);
    while (write(out, &byte, 1) == 1 && read(in, &byte, 1) == 1)
        try_to_connect();
    _exit(0);
}

static void a_real_one(void **state)
{
    int to[2], from[2];
    char byte = 0, text[32];

    (void)state;
    assert_int_equal(pipe2(to, O_CLOEXEC), 0);
    assert_int_equal(pipe2(from, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(to[1]);
        close(from[0]);
        run_child(to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    bool may = read(from[0], &byte, 1) == 1;
    if (may) {
        snprintf(text, sizeof(text), "%d\n", (int)pid);
        group("real", text);
        start_at("/");
        round_of_reading();
        for (int i = 0; i < 3; i++)
            assert_true(write(to[1], &byte, 1) == 1 && read(from[0], &byte, 1) == 1);
        round_of_reading();
    }
    close(to[1]);
    close(from[0]);
    waitpid(pid, NULL, 0);
    if (!may) {
        print_message("SKIP: may not make a network namespace\n");
        skip();
    }
    assert_true(value("real", OUT) == 3 && value("real", FAILED) >= 3 && value("real", IN) == 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_container_has_what_its_namespace_counts_since_it_is_known),
        TEST(overflows_are_a_rate),
        TEST(a_namespace_of_two_containers_is_their_pods),
        TEST(a_namespace_that_is_shared_across_is_the_first_ones),
        TEST(where_a_process_ends_another_one_stands_in),
        TEST(another_namespace_is_never_taken_for_the_first),
        TEST(a_new_cgroup_is_asked_twice),
        TEST(what_comes_later_is_found_within_a_minute),
        TEST(where_a_cgroup_tells_no_numbers_the_watched_stand_in),
        TEST(many_are_read_in_turn),
        TEST(what_is_refused_is_counted),
        TEST(a_real_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
