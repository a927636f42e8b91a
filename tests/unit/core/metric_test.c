/* SPDX-License-Identifier: MIT
 * The table of known metrics: whole, without doubles, and found by every name it gives. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/metric.h"

static void every_metric_has_a_row_and_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++) {
        double scale = 0;
        assert_non_null(metric_table[i].name);
        assert_non_null(metric_table[i].unit);
        assert_int_equal(metric_find(metric_table[i].name, strlen(metric_table[i].name), &scale), i);
        assert_true(scale == 1);
    }
}

/* The seeds' names with their units: a percent is a hundredth, a megabyte 2^20 bytes. */
static void aliases_carry_their_scale(void **state)
{
    static const struct {
        const char *name;
        enum metric_id id;
        double scale;
    } known[] = {
        {"cpu_usage", METRIC_CPU_UTILIZATION, 0.01},
        {"cpu_percent", METRIC_CPU_UTILIZATION, 0.01},
        {"memory_used_mb", METRIC_MEMORY_USAGE, 1048576},
        {"memory_limit_mb", METRIC_MEMORY_LIMIT, 1048576},
        {"MemTotal_kb", METRIC_MEMORY_LIMIT, 1024},
        {"MemAvailable_kb", METRIC_MEMORY_AVAILABLE, 1024},
        {"node_memory_MemTotal_bytes", METRIC_MEMORY_LIMIT, 1},
        {"node_memory_MemAvailable_bytes", METRIC_MEMORY_AVAILABLE, 1},
        {"net_sent_packets", METRIC_PACKETS_SENT, 1},
        {"net_recv_packets", METRIC_PACKETS_RECEIVED, 1},
        {"ingress_requests", METRIC_REQUESTS_IN, 1},
        {"egress_requests", METRIC_REQUESTS_OUT, 1},
        {"egress_failures", METRIC_REQUESTS_FAILED, 1},
        {"runtime.gc.time", METRIC_GC_TIME, 1},
        {"jvm.gc.duration.sum", METRIC_GC_TIME, 1},
        {"v8js.gc.duration.sum", METRIC_GC_TIME, 1},
        {"v8js.gc.duration.count", METRIC_GC_COUNT, 1},
        {"go.memory.gc.cycles", METRIC_GC_COUNT, 1},
        {"go.memory.used", METRIC_HEAP_USED, 1},
        {"v8js.memory.heap.used", METRIC_HEAP_USED, 1},
        {"go.memory.limit", METRIC_HEAP_LIMIT, 1},
        {"v8js.memory.heap.limit", METRIC_HEAP_LIMIT, 1},
        {"jvm.memory.allocated", METRIC_HEAP_ALLOCATED, 1},
        {"jvm.uptime", METRIC_UPTIME, 1},
    };
    size_t n = sizeof(known) / sizeof(known[0]), rows = 0;
    (void)state;

    for (size_t i = 0; i < n; i++) {
        double scale = 0;
        assert_int_equal(metric_find(known[i].name, strlen(known[i].name), &scale), known[i].id);
        assert_true(scale == known[i].scale);
    }
    for (const struct metric_alias *a = metric_aliases; a->name; a++)
        rows++;
    assert_int_equal(rows, n);
}

static void other_names_are_unknown(void **state)
{
    static const char *const names[] = {
        "cpu_usag", "cpu_usage2", "CPU_USAGE", "system.cpu", "system.cpu.utilization.", " cpu_usage", "x"};
    double scale = 7;
    (void)state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(metric_find(names[i], strlen(names[i]), &scale), -1);
    assert_int_equal(metric_find("", 0, &scale), -1);
    assert_int_equal(metric_find("cpu_usage\0", 10, &scale), -1);
    assert_true(scale == 7);
}

static void no_name_is_given_twice(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++) {
        for (int k = 0; k < i; k++)
            assert_string_not_equal(metric_table[i].name, metric_table[k].name);
        for (const struct metric_alias *a = metric_aliases; a->name; a++)
            assert_string_not_equal(metric_table[i].name, a->name);
    }
    for (const struct metric_alias *a = metric_aliases; a->name; a++)
        for (const struct metric_alias *b = metric_aliases; b != a; b++)
            assert_string_not_equal(a->name, b->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_has_a_row_and_is_found_by_its_name),
        cmocka_unit_test(aliases_carry_their_scale),
        cmocka_unit_test(other_names_are_unknown),
        cmocka_unit_test(no_name_is_given_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
