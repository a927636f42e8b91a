/* SPDX-License-Identifier: MIT
 * The host source over recorded trees of several kernels (tests/golden/host). Expected numbers are worked out
 * by hand from the texts. */
#include "host_rig.h"

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
    assert_true(recorder_value(&recorder, "system.slice/web.service", "system.task.count") == 37);
    assert_true(recorder_value(&recorder, "system.slice/web.service", "system.task.limit") == 4915);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
