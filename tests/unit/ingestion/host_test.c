/* SPDX-License-Identifier: MIT
 * The host source over recorded trees of several kernels (tests/golden/host) and over trees that change
 * between rounds. Expected numbers are worked out by hand from the texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "host_fixture.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

static struct recorder recorder;
static struct host_options options;
static struct host_source *source;
static struct feed feed;
static struct tree tree;

static void set_options(void)
{
    options = (struct host_options){
        .interval_ns = S, .fast_interval_ns = 100 * MS, .cgroups = true, .max_cgroups = 50, .max_cpus = 8};
}

static void open_root(const char *root)
{
    struct error e = {0};

    feed = recorder_feed(&recorder, 256);
    source = host_source_open(&options, root, NULL, &feed, &e);
    if (!source)
        print_message("%s\n", e.text);
    assert_non_null(source);
}

static void open_case(const char *name)
{
    const char *top = getenv("COHERENCE_SOURCE_ROOT");
    char root[FIXTURE_PATH_MAX];

    snprintf(root, sizeof(root), "%s/tests/golden/host/%s", top ? top : ".", name);
    open_root(root);
}

static int set_up(void **state)
{
    (void)state;
    set_options();
    source = NULL;
    tree_make(&tree);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    host_source_close(source);
    catalog_free(recorder.catalog);
    recorder.catalog = NULL;
    tree_done(&tree);
    return 0;
}

static double value(const char *metric)
{
    return recorder_value(&recorder, "", metric);
}

static bool close_to(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static void fast(int64_t at_ns)
{
    recorder.count = 0;
    assert_int_equal(host_source_fast(source, 1000 * S + at_ns, at_ns), 0);
}

static void slow(int64_t at_ns)
{
    recorder.count = 0;
    assert_int_equal(host_source_slow(source, 1000 * S + at_ns, at_ns), 0);
}

/* What is the same in every whole tree. */
static void assert_common(void)
{
    assert_true(value("system.context_switches") == 435827);
    assert_true(value("system.process.created") == 6615);
    assert_true(value("system.memory.limit") == 4000000 * 1024.0);
    assert_true(value("system.network.connection.opened.active") == 1300);
    assert_true(value("system.network.connection.opened.passive") == 420);
    assert_true(value("system.network.connection.failed") == 7 + 5 + 30);
}

static void linux_3_10(void **state)
{
    (void)state;
    open_case("linux-3.10-v1");
    assert_true(recorder_knows(&recorder, ENTITY_HOST, "old", NULL));
    assert_true(recorder_knows(&recorder, ENTITY_CPU, "1", NULL));
    assert_true(recorder_knows(&recorder, ENTITY_CGROUP, "system.slice", NULL));
    slow(S);
    assert_common();
    assert_false(
        recorder_has(&recorder, "", "system.memory.usage")); /* no MemAvailable: absent, not guessed */
    assert_true(source_lacks(source, "no MemAvailable"));
    assert_true(source_lacks(source, "pressure/cpu"));
    assert_true(value("system.memory.allocated") == 32100.0 * (double)sysconf(_SC_PAGESIZE));
    assert_true(value("system.paging.scanned") == 975);
    assert_true(value("system.cpu.load_average.1m") == 0.21); /* no pressure: load stands in */
    assert_true(recorder_value(&recorder, "system.slice", "system.memory.usage") == 500000000);
    assert_false(recorder_has(&recorder, "system.slice", "container.cpu.throttled.time"));
    fast(S + 100 * MS);
    fast(S + 200 * MS);
    assert_true(value("system.cpu.utilization") == 0);
    assert_false(source_lacks(source, "counts the CPU time"));
}

static void linux_4_15(void **state)
{
    const char *parent;

    (void)state;
    open_case("linux-4.15-v1");
    slow(S);
    assert_common();
    assert_true(value("system.memory.usage") == 1000000 * 1024.0);
    assert_true(recorder_value(&recorder, "docker/aaaa", "container.cpu.throttled.time") == 3.5);
    assert_true(recorder_value(&recorder, "docker/aaaa", "system.memory.limit") == 1073741824);
    assert_false(recorder_has(&recorder, "docker", "system.memory.limit"));
    assert_true(recorder_knows(&recorder, ENTITY_CGROUP, "docker/aaaa", &parent));
    assert_string_equal(parent, "docker");
}

static void linux_5_10(void **state)
{
    (void)state;
    open_case("linux-5.10-v2");
    fast(S);
    assert_true(value("system.pressure.cpu.some") == 3.756629);
    assert_true(value("system.pressure.memory.some") == 3.050838);
    assert_true(value("system.pressure.io.some") == 0);
    slow(S);
    assert_common();
    assert_false(recorder_has(&recorder, "", "system.pressure.cpu.some")); /* each series in one round only */
    assert_false(recorder_has(&recorder, "", "system.cpu.load_average.1m"));
    assert_true(value("system.paging.scanned") == 1234);
    assert_true(recorder_value(&recorder, "system.slice/web.service", "system.memory.usage") == 710000000);
    assert_true(recorder_value(&recorder, "system.slice/web.service", "container.cpu.throttled.time") == 2.5);
    assert_null(host_source_missing(source, 0));
}

static void hybrid(void **state)
{
    (void)state;
    open_case("linux-6.18-hybrid");
    fast(S);
    fast(S + 100 * MS);
    assert_true(value("system.cpu.utilization") == 0);
    slow(S + 100 * MS);
    assert_common();
    assert_true(recorder_value(&recorder, "batch", "system.memory.usage") == 800000000);
    slow(S + 1100 * MS);
    assert_true(recorder_has(&recorder, "", "system.cpu.utilization.iowait"));
    assert_false(recorder_has(&recorder, "", "system.cpu.utilization")); /* two clocks never share a series */
    assert_false(
        recorder_knows(&recorder, ENTITY_CGROUP, "only.v2", NULL)); /* its hierarchy serves no role */
    assert_null(host_source_missing(source, 0));
}

static void later_kernels(void **state)
{
    (void)state;
    open_case("linux-6.x-future");
    assert_true(recorder_knows(&recorder, ENTITY_CPU, "2", NULL));
    assert_false(recorder_knows(&recorder, ENTITY_CPU, "1", NULL));
    fast(S);
    assert_true(value("system.pressure.cpu.some") == 3.756629);
    slow(S);
    assert_common();
    assert_true(recorder_value(&recorder, "app.slice", "system.memory.usage") == 800000000);
    assert_null(host_source_missing(source, 0));
}

static void inside_a_container(void **state)
{
    static const char *const cases[] = {"nested-v1", "nested-v2"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        open_case(cases[i]);
        assert_true(source_lacks(source, "counts the CPU time of the whole host"));
        fast(S);
        slow(S);
        assert_true(recorder_value(&recorder, "/", "system.memory.usage") == 450000000);
        assert_true(recorder_value(&recorder, "/", "system.memory.limit") == 536870912);
        assert_true(recorder_value(&recorder, "/", "container.cpu.throttled.time") == 0.1);
        fast(S + 100 * MS);
        assert_false(recorder_has(&recorder, "", "system.cpu.utilization"));
        assert_true(recorder_value(&recorder, "/", "system.cpu.utilization") == 0);
        slow(2 * S);
        assert_true(value("system.cpu.utilization") == 0); /* from /proc/stat */
        host_source_close(source);
        source = NULL;
        catalog_free(recorder.catalog);
        recorder.catalog = NULL;
    }
}

static void nothing_but_stat(void **state)
{
    uint32_t lines = 0;

    (void)state;
    open_case("only-stat");
    assert_true(recorder_knows(&recorder, ENTITY_HOST, "localhost", NULL));
    assert_true(source_lacks(source, "hostname"));
    assert_true(source_lacks(source, "mountinfo"));
    while (host_source_missing(source, lines))
        lines++;
    assert_true(lines > 8);
    fast(S);
    assert_int_equal(recorder.count, 0); /* and no empty frame */
    assert_int_equal(recorder.frames, 0);
    slow(S);
    slow(2 * S);
    assert_true(value("system.cpu.utilization") == 0);
    assert_false(recorder_has(&recorder, "", "system.memory.usage"));
    uint32_t again = 0;
    for (int i = 3; i < 40; i++)
        slow(i * S);
    while (host_source_missing(source, again))
        again++;
    assert_int_equal(again, lines); /* bounded: nothing piles up */
}

static void damaged_files_are_absent(void **state)
{
    static const char *const files[] = {"meminfo", "vmstat", "snmp", "netstat", "net/dev", "diskstats",
        "pressure/cpu", "pressure/memory", "pressure/io"};

    (void)state;
    open_case("malformed");
    fast(S);
    assert_int_equal(recorder.count, 0);
    slow(S);
    assert_int_equal(recorder.count, 2); /* context switches and forks */
    assert_true(value("system.context_switches") == 435827);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_true(source_lacks(source, files[i]));
    assert_false(source_lacks(source, "proc/stat: "));
}

static void only_a_missing_stat_fails(void **state)
{
    struct error e = {0};

    (void)state;
    feed = recorder_feed(&recorder, 16);
    assert_null(host_source_open(&options, tree.root, NULL, &feed, &e));
    assert_int_equal(e.code, -ENOENT);
    assert_non_null(strstr(e.text, "/proc/stat"));
    assert_null(host_source_open(&options, "/no/such/directory", NULL, &feed, &e));
    assert_int_equal(e.code, -ENOENT);
}

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(linux_3_10),
        TEST(linux_4_15),
        TEST(linux_5_10),
        TEST(hybrid),
        TEST(later_kernels),
        TEST(inside_a_container),
        TEST(nothing_but_stat),
        TEST(damaged_files_are_absent),
        TEST(only_a_missing_stat_fails),
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
