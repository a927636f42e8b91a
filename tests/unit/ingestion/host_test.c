/* SPDX-License-Identifier: MIT
 * The host source over trees that change between rounds. Expected numbers are worked out by hand from the
 * texts. */
#include "host_rig.h"

/* A tree with the CPU numbers of one instant. */
static void put_stat(unsigned user0, unsigned user1, unsigned idle, unsigned iowait, unsigned steal)
{
    tree_putf(&tree, "proc/stat",
        "cpu  %u 0 0 %u %u 0 0 %u 0 0\ncpu0 %u 0 0 0 0 0 0 0 0 0\ncpu1 %u 0 0 0 0 0 0 0 0 0\nctxt 1\n",
        user0 + user1, idle, iowait, steal, user0, user1);
}

static void put_v1_usage(unsigned long long ns)
{
    tree_put(&tree, "proc/self/mountinfo", "1 2 0:1 / /cg rw - cgroup cgroup rw,cpuacct\n");
    tree_put(&tree, "cg/release_agent", "\n");
    tree_putf(&tree, "cg/cpuacct.usage", "%llu\n", ns);
}

static void utilization_divides_by_measured_time(void **state)
{
    (void)state;
    put_stat(0, 0, 0, 0, 0);
    put_v1_usage(5000000000);
    open_root(tree.root);
    fast(S);
    assert_false(recorder_has(&recorder, "", "system.cpu.utilization"));
    put_v1_usage(5030000000);
    fast(S + 125 * MS); /* late: 30 ms in 125 ms of 2 CPUs */
    assert_true(close_to(value("system.cpu.utilization"), 0.12));
    assert_int_equal(recorder.t_ns, 1001 * S + 125 * MS);
    put_v1_usage(5230000000);
    fast(S + 225 * MS);
    assert_true(close_to(value("system.cpu.utilization"), 1.0));
}

static void a_gap_gives_no_rates(void **state)
{
    (void)state;
    put_stat(0, 0, 0, 0, 0);
    put_v1_usage(0);
    open_root(tree.root);
    fast(S);
    slow(S);
    put_v1_usage(1000000);
    put_stat(100, 100, 0, 0, 0);
    fast(S + 301 * MS); /* more than three fast intervals */
    assert_false(recorder_has(&recorder, "", "system.cpu.utilization"));
    slow(4 * S + 1); /* more than three slow ones */
    assert_false(recorder_has(&recorder, "0", "system.cpu.utilization"));
    assert_true(value("system.context_switches") == 1); /* levels and counters stay */
    put_v1_usage(21000000);
    put_stat(150, 100, 0, 0, 0);
    fast(S + 401 * MS);
    assert_true(close_to(value("system.cpu.utilization"), 0.1));
    slow(5 * S + 1);
    assert_true(close_to(recorder_value(&recorder, "0", "system.cpu.utilization"), 0.5));
    assert_true(close_to(recorder_value(&recorder, "1", "system.cpu.utilization"), 0));
}

static void without_fine_counter_ticks_stand_in(void **state)
{
    (void)state;
    put_stat(0, 0, 0, 0, 0);
    open_root(tree.root);
    fast(S);
    slow(S);
    put_stat(50, 30, 70, 40, 10);
    slow(2 * S);
    /* 100 ticks a second and CPU, two CPUs */
    assert_true(close_to(value("system.cpu.utilization"), 0.4));
    assert_true(close_to(value("system.cpu.utilization.iowait"), 0.2));
    assert_true(close_to(value("system.cpu.utilization.steal"), 0.05));
}

static void iowait_may_step_back(void **state)
{
    (void)state;
    put_stat(0, 0, 0, 1000, 0);
    open_root(tree.root);
    slow(S);
    put_stat(0, 0, 0, 950, 0); /* 50 ticks back */
    slow(2 * S);
    assert_true(value("system.cpu.utilization.iowait") == 0);
    put_stat(0, 0, 0, 1020, 0); /* 20 more than ever before */
    slow(3 * S);
    assert_true(close_to(value("system.cpu.utilization.iowait"), 0.1));
    put_stat(0, 0, 0, 5, 0); /* 1015 back: a reset, nobody knows */
    slow(4 * S);
    assert_false(recorder_has(&recorder, "", "system.cpu.utilization.iowait"));
    put_stat(0, 0, 0, 15, 0);
    slow(5 * S);
    assert_true(close_to(value("system.cpu.utilization.iowait"), 0.05));
}

static void cpus_leave_and_return(void **state)
{
    (void)state;
    tree_put(&tree, "proc/stat", "cpu 30 0 0 0\ncpu0 10 0 0 0\ncpu5 20 0 0 0\n");
    open_root(tree.root);
    assert_true(recorder_knows(&recorder, ENTITY_CPU, "5", NULL));
    slow(S);
    tree_put(&tree, "proc/stat", "cpu 50 0 0 0\ncpu0 30 0 0 0\n");
    slow(2 * S);
    assert_true(close_to(recorder_value(&recorder, "0", "system.cpu.utilization"), 0.2));
    assert_false(recorder_has(&recorder, "5", "system.cpu.utilization"));
    assert_true(close_to(value("system.cpu.utilization"), 0.2)); /* of the one CPU that is online */
    tree_put(&tree, "proc/stat", "cpu 80 0 0 0\ncpu0 50 0 0 0\ncpu5 40 0 0 0\ncpu7 0 0 0 0\n");
    slow(3 * S);
    assert_true(
        close_to(recorder_value(&recorder, "5", "system.cpu.utilization"), 0.1)); /* 20 ticks in 2 s */
    assert_true(close_to(value("system.cpu.utilization"), 0.1));
    assert_true(recorder_knows(&recorder, ENTITY_CPU, "7", NULL));
}

static void cpus_beyond_the_limit_are_said(void **state)
{
    (void)state;
    tree_put(&tree, "proc/stat", "cpu 30 0 0 0\ncpu0 10 0 0 0\ncpu8 20 0 0 0\n");
    open_root(tree.root);
    assert_true(source_lacks(source, "max_cpus"));
    assert_false(recorder_knows(&recorder, ENTITY_CPU, "8", NULL));
    tree_put(&tree, "proc/stat", "cpu 30 0 0 0\ncpu0 10 0 0 0\n");
    slow(S);
    assert_false(source_lacks(source, "max_cpus"));
}

#define HEADING "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n"

static void packets_are_summed_by_what_each_interface_adds(void **state)
{
    (void)state;
    put_stat(0, 0, 0, 0, 0);
    tree_put(&tree, "proc/net/dev", HEADING "lo: 1 9 0 0 0 0 0 0 1 9\neth0: 1 1000 0 0 0 0 0 0 1 2000\n");
    open_root(tree.root);
    slow(S);
    double received = value("system.network.packet.count.receive"),
           sent = value("system.network.packet.count.transmit");
    /* One with a long past appears; the old one moves on by 10 and 20. */
    tree_put(&tree, "proc/net/dev",
        HEADING "eth0: 1 1010 0 0 0 0 0 0 1 2020\neth1: 1 5000000 0 0 0 0 0 0 1 5000000\n");
    slow(2 * S);
    assert_true(value("system.network.packet.count.receive") - received == 10);
    assert_true(value("system.network.packet.count.transmit") - sent == 20);
    /* The driver of one starts anew, the other adds 5. */
    tree_put(
        &tree, "proc/net/dev", HEADING "eth0: 1 3 0 0 0 0 0 0 1 3\neth1: 1 5000005 0 0 0 0 0 0 1 5000005\n");
    slow(3 * S);
    assert_true(value("system.network.packet.count.receive") - received == 15);
    assert_true(value("system.network.packet.count.transmit") - sent == 25);
    tree_put(&tree, "proc/net/dev", HEADING "lo: 1 9 0 0 0 0 0 0 1 9\n");
    slow(4 * S);
    assert_false(recorder_has(&recorder, "", "system.network.packet.count.receive"));
}

static void packets_pass_32_bits(void **state)
{
    (void)state;
    put_stat(0, 0, 0, 0, 0);
    tree_put(&tree, "proc/net/dev", HEADING "eth0: 1 4294967295 0 0 0 0 0 0 1 4294967290\n");
    open_root(tree.root);
    slow(S);
    double received = value("system.network.packet.count.receive"),
           sent = value("system.network.packet.count.transmit");
    tree_put(&tree, "proc/net/dev", HEADING "eth0: 1 3 0 0 0 0 0 0 1 4294967300\n");
    slow(2 * S);
    assert_true(value("system.network.packet.count.receive") - received == 4);
    assert_true(value("system.network.packet.count.transmit") - sent == 10);
}

static void only_physical_interfaces_count_where_they_are_known(void **state)
{
    (void)state;
    put_stat(0, 0, 0, 0, 0);
    tree_put(&tree, "sys/class/net/eth0/device/vendor", "0x1af4\n");
    tree_put(&tree, "sys/class/net/docker0/mtu", "1500\n");
    tree_put(&tree, "proc/net/dev", HEADING "eth0: 1 0 0 0 0 0 0 0 1 0\ndocker0: 1 0 0 0 0 0 0 0 1 0\n");
    open_root(tree.root);
    slow(S);
    tree_put(&tree, "proc/net/dev", HEADING "eth0: 1 7 0 0 0 0 0 0 1 8\ndocker0: 1 70 0 0 0 0 0 0 1 80\n");
    slow(2 * S);
    assert_true(value("system.network.packet.count.receive") == 7);
    assert_true(value("system.network.packet.count.transmit") == 8);
}

static void named_rates_and_the_busiest_disk(void **state)
{
    (void)state;
    put_stat(0, 0, 0, 0, 0);
    tree_put(&tree, "proc/vmstat", "pgmajfault 100\noom_kill 1\n");
    tree_put(&tree, "proc/net/netstat", "TcpExt: ListenOverflows\nTcpExt: 11\n");
    tree_put(&tree, "proc/diskstats",
        "8 0 sda 1 2 3 4 5 6 7 8 9 4294967000 11\n8 16 sdb 1 2 3 4 5 6 7 8 9 100 11\n");
    open_root(tree.root);
    slow(S);
    assert_false(recorder_has(&recorder, "", "system.paging.faults.major"));
    tree_put(&tree, "proc/vmstat", "pgmajfault 150\noom_kill 2\n");
    tree_put(&tree, "proc/net/netstat", "TcpExt: ListenOverflows\nTcpExt: 31\n");
    /* sda wraps at 2^32 ms and is busy for 796 ms in 2 s, sdb for 600 ms */
    tree_put(
        &tree, "proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 500 11\n8 16 sdb 1 2 3 4 5 6 7 8 9 700 11\n");
    slow(3 * S);
    assert_true(value("system.paging.faults.major") == 25);
    assert_true(value("system.memory.oom_kills") == 0.5);
    assert_true(value("system.network.listen.overflows") == 10);
    assert_true(close_to(value("system.disk.utilization"), 0.398));
}

/* A file that cannot be read is tried again every ten seconds, and the line about it then goes away. */
static void a_file_comes_back(void **state)
{
    (void)state;
    put_stat(0, 0, 0, 0, 0);
    tree_put(&tree, "proc/pressure/cpu", "");
    open_root(tree.root);
    fast(S);
    assert_true(source_lacks(source, "pressure/cpu"));
    tree_put(&tree, "proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5000000\n");
    tree_put(&tree, "proc/meminfo", "MemTotal: 10 kB\nMemAvailable: 4 kB\n");
    slow(S);
    fast(2 * S);
    assert_false(recorder_has(&recorder, "", "system.pressure.cpu.some"));
    slow(11 * S);
    assert_true(value("system.memory.usage") == 6 * 1024);
    fast(11 * S);
    assert_true(value("system.pressure.cpu.some") == 5);
    assert_false(source_lacks(source, "pressure/cpu"));
    assert_false(source_lacks(source, "meminfo"));
}

static void without_fast_rounds_the_slow_one_reads_all(void **state)
{
    (void)state;
    options.fast_interval_ns = 0;
    open_case("linux-5.10-v2");
    slow(S);
    assert_true(value("system.pressure.cpu.some") == 3.756629);
    slow(2 * S);
    assert_true(value("system.cpu.utilization") == 0);
    assert_true(recorder_value(&recorder, "system.slice", "system.cpu.utilization") == 0);
    assert_true(recorder_has(&recorder, "system.slice/web.service", "container.cpu.throttled.time"));
}

static void cgroups_can_be_left_out(void **state)
{
    (void)state;
    options.cgroups = false;
    open_case("linux-5.10-v2");
    assert_false(recorder_knows(&recorder, ENTITY_CGROUP, "system.slice", NULL));
    fast(S);
    fast(S + 100 * MS);
    assert_true(value("system.cpu.utilization") == 0);
}

static void a_full_catalog_is_said(void **state)
{
    struct catalog_limits limits = {.entities = 3, .series = 6, .metrics = 2};
    struct error e;

    (void)state;
    feed = recorder_feed(&recorder, 4);
    catalog_free(recorder.catalog);
    recorder.catalog = feed.catalog = catalog_new(&limits);
    const char *top = getenv("COHERENCE_SOURCE_ROOT");
    char root[FIXTURE_PATH_MAX];
    snprintf(root, sizeof(root), "%s/tests/golden/host/linux-5.10-v2", top ? top : ".");
    source = host_source_open(&options, root, NULL, &feed, &e);
    assert_non_null(source);
    for (int i = 1; i < 5; i++) {
        fast(i * S);
        slow(i * S);
    }
    assert_true(source_lacks(source, "no room"));
    assert_true(source_lacks(source, "max_cgroups"));
}

static void what_the_feed_answers_comes_back(void **state)
{
    (void)state;
    open_case("linux-5.10-v2");
    recorder.answer = -ENOSPC;
    assert_int_equal(host_source_fast(source, S, S), -ENOSPC);
    assert_int_equal(host_source_slow(source, S, S), -ENOSPC);
}

static void a_large_stat_is_read_whole(void **state)
{
    char *text = malloc(1 << 20);
    size_t n;

    (void)state;
    assert_non_null(text);
    n = (size_t)sprintf(text, "cpu 1 2 3 4\ncpu0 1 2 3 4\nintr 5");
    while (n < 500000)
        n += (size_t)sprintf(text + n, " %zu", n);
    sprintf(text + n, "\nctxt 77\n");
    tree_put(&tree, "proc/stat", text);
    free(text);
    open_root(tree.root);
    slow(S);
    assert_true(value("system.context_switches") == 77);
}

/* This very host: whatever it has, rounds succeed and shares are sane. */
static void the_host_of_this_test(void **state)
{
    (void)state;
    open_root("");
    fast(S);
    slow(S);
    assert_true(value("system.memory.usage") > 0);
    assert_true(value("system.memory.usage") < value("system.memory.limit"));
    assert_true(value("system.context_switches") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(utilization_divides_by_measured_time),
        TEST(a_gap_gives_no_rates),
        TEST(without_fine_counter_ticks_stand_in),
        TEST(iowait_may_step_back),
        TEST(cpus_leave_and_return),
        TEST(cpus_beyond_the_limit_are_said),
        TEST(packets_are_summed_by_what_each_interface_adds),
        TEST(packets_pass_32_bits),
        TEST(only_physical_interfaces_count_where_they_are_known),
        TEST(named_rates_and_the_busiest_disk),
        TEST(a_file_comes_back),
        TEST(without_fast_rounds_the_slow_one_reads_all),
        TEST(cgroups_can_be_left_out),
        TEST(a_full_catalog_is_said),
        TEST(what_the_feed_answers_comes_back),
        TEST(a_large_stat_is_read_whole),
        TEST(the_host_of_this_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
