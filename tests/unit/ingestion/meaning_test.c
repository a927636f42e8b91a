/* SPDX-License-Identifier: MIT
 * What known names come to: bodies as the exporters write them, and the samples that follow. The numbers are
 * worked out by hand in the comments. */
#include "ingestion/intake/meaning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingestion/prometheus/exposition.h"
#include "intake_capture.h"

#define S INT64_C(1000000000)

static struct intake_capture c;
static struct intake *in;

static int open_it(void **state)
{
    static const struct intake_label labels[] = {{"instance", "db1:9100", 8, 8}};
    (void)state;
    intake_capture_open(&c, 0);
    in = intake_open(c.house, "test", labels, 1);
    return in ? 0 : -1;
}

static int close_it(void **state)
{
    (void)state;
    intake_capture_close(&c);
    return 0;
}

/* One scrape at t seconds, and what it came to. */
static const char *scrape(int64_t t, const char *body)
{
    const struct exposition_options o = {.max_samples = 1000};
    struct error e;

    intake_capture_said(&c);
    intake_begin(in, t * S);
    assert_int_equal(exposition_read(body, strlen(body), &o, in, &e), 0);
    assert_int_equal(intake_end(in, INTAKE_WHOLE), 0);
    return intake_capture_said(&c);
}

static void cpu_seconds_become_a_share_of_all_cpus(void **state)
{
    (void)state;
#define CPU(a, b, d, e, f, g)                                                                                \
    "# TYPE node_cpu_seconds_total counter\n"                                                                \
    "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} " a "\n"                                                \
    "node_cpu_seconds_total{cpu=\"0\",mode=\"iowait\"} " b "\n"                                              \
    "node_cpu_seconds_total{cpu=\"0\",mode=\"steal\"} " d "\n"                                               \
    "node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} " e "\n"                                                \
    "node_cpu_seconds_total{cpu=\"1\",mode=\"idle\"} " f "\n"                                                \
    "node_cpu_seconds_total{cpu=\"1\",mode=\"system\"} " g "\n"
    assert_string_equal(scrape(10, CPU("100", "5", "1", "50", "200", "7")), "");
    /* idle 4+2, iowait 1, steal 1, user 4, system 8: 20 s in all, 12 of them busy. */
    assert_string_equal(scrape(20, CPU("104", "6", "2", "54", "202", "15")),
        "20 db1 host system.cpu.utilization 0.6\n20 db1 host system.cpu.utilization.iowait 0.05\n"
        "20 db1 host system.cpu.utilization.steal 0.05\n");
    /* idle and iowait may step back a little: nothing. user 2, idle of the other 8. */
    assert_string_equal(scrape(30, CPU("103.9", "5.9", "2", "56", "210", "15")),
        "30 db1 host system.cpu.utilization 0.2\n30 db1 host system.cpu.utilization.iowait 0\n"
        "30 db1 host system.cpu.utilization.steal 0\n");
    /* It started anew: no share that once. */
    assert_string_equal(scrape(40, CPU("1", "0", "0", "1", "1", "1")), "");
    assert_string_equal(scrape(50, CPU("6", "0", "0", "1", "6", "1")),
        "50 db1 host system.cpu.utilization 0\n50 db1 host system.cpu.utilization.iowait 0\n"
        "50 db1 host system.cpu.utilization.steal 0\n");
}

static void a_cpu_that_comes_or_goes_moves_no_share(void **state)
{
    (void)state;
#define ONE(n, idle, user)                                                                                   \
    "node_cpu_seconds_total{cpu=\"" n "\",mode=\"idle\"} " idle "\n"                                         \
    "node_cpu_seconds_total{cpu=\"" n "\",mode=\"user\"} " user "\n"
    scrape(10, ONE("0", "10", "10"));
    assert_non_null(strstr(scrape(20, ONE("0", "15", "15") ONE("1", "1000", "9000")), "utilization 0.5\n"));
    assert_non_null(strstr(scrape(30, ONE("0", "20", "20") ONE("1", "1010", "9000")), "utilization 0.25\n"));
    assert_non_null(strstr(scrape(40, ONE("0", "30", "20")), "utilization 0\n"));
}

static void packets_of_real_interfaces_are_added_up(void **state)
{
    (void)state;
#define NET(a, b)                                                                                            \
    "# TYPE node_network_transmit_packets_total counter\n"                                                   \
    "node_network_transmit_packets_total{device=\"eth0\"} " a "\n"                                           \
    "node_network_transmit_packets_total{device=\"lo\"} 9\n"                                                 \
    "node_network_transmit_packets_total{device=\"eth1\"} " b "\n"
    assert_non_null(
        strstr(scrape(10, NET("100", "10")), "db1 host system.network.packet.count.transmit 110\n"));
    assert_non_null(strstr(scrape(20, NET("150", "20")), "transmit 170\n"));
    /* One of them starts anew: the sum stands, for that part. */
    assert_non_null(strstr(scrape(30, NET("160", "3")), "transmit 180\n"));
    /* One goes: what it counted stays. */
    assert_non_null(
        strstr(scrape(40, "node_network_transmit_packets_total{device=\"eth0\"} 170\n"), "transmit 190\n"));
    /* It comes back with another count: the sum does not jump. */
    assert_non_null(strstr(scrape(50, NET("180", "5000")), "transmit 200\n"));
    assert_non_null(strstr(scrape(60, NET("180", "5001")), "transmit 201\n"));
}

static void file_systems_are_what_is_used_and_what_may_be(void **state)
{
    (void)state;
#define FS(name, value)                                                                                      \
    "node_filesystem_" name "{device=\"/dev/a\",fstype=\"ext4\",mountpoint=\"/srv\"} " value "\n"
    assert_string_equal(
        scrape(10, FS("size_bytes", "100") FS("free_bytes", "40") FS("avail_bytes",
                       "35") "node_filesystem_size_bytes{fstype=\"tmpfs\",mountpoint=\"/run\"} 5\n"),
        "10 db1 filesystem:/srv system.filesystem.usage 60\n10 db1 filesystem:/srv system.filesystem.limit "
        "95\n"
        "10 db1 "
        "series:node_filesystem_size_bytes{fstype=\"tmpfs\",instance=\"db1:9100\",mountpoint=\"/run\"} 5\n");
}

static void containers_are_cgroups_with_their_own_capacity(void **state)
{
    (void)state;
#define BOX "container=\"app\",namespace=\"shop\",pod=\"web-1\",name=\"k8s_x\"}"
#define TOP "container_spec_cpu_quota{" BOX " 50000\ncontainer_spec_cpu_period{" BOX " 100000\n"
    scrape(10, "# TYPE container_cpu_usage_seconds_total counter\ncontainer_cpu_usage_seconds_total{" BOX
               " 5\n" TOP);
    /* A second of CPU in ten seconds, of half a CPU. */
    assert_string_equal(
        scrape(20, "# TYPE container_cpu_usage_seconds_total counter\ncontainer_cpu_usage_seconds_total{" BOX
                   " 6\n" TOP "container_spec_memory_limit_bytes{" BOX " 0\n"
                   "container_memory_working_set_bytes{container=\"\",pod=\"web-1\"} 3\n"),
        "20 db1 cgroup:/shop/web-1/app system.cpu.utilization 0.2\n20 db1 cgroup:/shop/web-1/app "
        "system.memory.limit 0\n20 db1 "
        "series:container_memory_working_set_bytes{instance=\"db1:9100\",pod=\"web-1\"} "
        "3\n");
}

static void retries_of_haproxy_are_requests_that_go_out(void **state)
{
    (void)state;
#define HA(requests, retries, moved, errors)                                                                 \
    "# TYPE haproxy_backend_connection_errors_total counter\n"                                               \
    "haproxy_backend_connection_errors_total{proxy=\"app\"} " errors "\n"                                    \
    "haproxy_backend_retry_warnings_total{proxy=\"app\"} " retries "\n"                                      \
    "haproxy_backend_redispatch_warnings_total{proxy=\"app\"} " moved "\n"                                   \
    "haproxy_backend_http_requests_total{proxy=\"app\"} " requests "\n"
    scrape(10, HA("100", "0", "0", "0"));
    assert_string_equal(scrape(20, HA("200", "150", "50", "30")),
        "20 db1 service:haproxy/app http.client.request.failed 230\n"
        "20 db1 service:haproxy/app http.client.request.count 400\n"
        "20 db1 service:haproxy/app http.server.request.count 200\n");
}

static void retries_of_envoy_are_in_its_total(void **state)
{
    (void)state;
#define EN(total, retries)                                                                                   \
    "# TYPE envoy_cluster_upstream_rq_total "                                                                \
    "counter\nenvoy_cluster_upstream_rq_total{envoy_cluster_name=\"db\"} " total                             \
    "\n# TYPE envoy_cluster_upstream_rq_retry counter\n"                                                     \
    "envoy_cluster_upstream_rq_retry{envoy_cluster_name=\"db\"} " retries "\n"
    scrape(10, EN("100", "0"));
    assert_string_equal(scrape(20, EN("250", "50")),
        "20 db1 service:envoy/db http.client.request.count 250\n"
        "20 db1 service:envoy/db http.server.request.count 200\n");
    assert_string_equal(scrape(30, EN("350", "50")),
        "30 db1 service:envoy/db http.client.request.count 350\n"
        "30 db1 service:envoy/db http.server.request.count 300\n");
}

static void istio_is_counted_where_it_is_reported(void **state)
{
    (void)state;
    assert_string_equal(
        scrape(10,
            "# TYPE istio_requests_total counter\n"
            "istio_requests_total{reporter=\"source\",source_workload=\"web\",source_workload_namespace="
            "\"shop\",response_code=\"200\"} 5\n"
            "istio_requests_total{reporter=\"source\",source_workload=\"web\",source_workload_namespace="
            "\"shop\",response_code=\"503\"} 2\n"
            "istio_requests_total{reporter=\"destination\",destination_workload=\"web\",destination_workload_"
            "namespace=\"shop\",response_code=\"200\"} 4\n"),
        "10 db1 service:shop/web http.client.request.failed 2\n10 db1 service:shop/web "
        "http.client.request.count 7\n"
        "10 db1 service:shop/web http.server.request.count 4\n");
}

static void a_heap_is_the_sum_of_its_pools(void **state)
{
    (void)state;
    assert_string_equal(
        scrape(10, "jvm_memory_used_bytes{area=\"heap\",id=\"Eden\",application=\"cart\"} 10\n"
                   "jvm_memory_used_bytes{area=\"heap\",id=\"Old\",application=\"cart\"} 20\n"
                   "jvm_memory_max_bytes{area=\"heap\",id=\"Eden\",application=\"cart\"} -1\n"
                   "jvm_memory_max_bytes{area=\"heap\",id=\"Old\",application=\"cart\"} 64\n"),
        "10 db1 service:cart:9100 jvm.memory.used 30\n10 db1 service:cart:9100 jvm.memory.limit 64\n");
}

/* Of a collector that works beside the program only the pauses are time that the program lost. */
static void cycles_of_a_concurrent_collector_are_no_pauses(void **state)
{
    (void)state;
    assert_string_equal(
        scrape(10, "jvm_gc_duration_seconds_sum{jvm_gc_name=\"ZGC Major Cycles\",application=\"cart\"} 40\n"
                   "jvm_gc_duration_seconds_sum{jvm_gc_name=\"ZGC Major Pauses\",application=\"cart\"} 0.25\n"
                   "jvm_gc_collection_seconds_sum{gc=\"Shenandoah Cycles\",application=\"shop\"} 30\n"
                   "jvm_gc_collection_seconds_sum{gc=\"G1 Young Generation\",application=\"shop\"} 0.5\n"),
        "10 db1 service:cart:9100 jvm.gc.duration 0.25\n10 db1 service:shop:9100 jvm.gc.duration 0.5\n");
}

static void rates_are_added_up_over_time(void **state)
{
    (void)state;
    /* Datadog's agent tells packets a second. */
    static const char body[] = "{\"system.net.packets_in.count\"} 20\n";
    assert_string_equal(scrape(10, body), "10 db1 host system.network.packet.count.receive 0\n");
    assert_string_equal(scrape(25, body), "25 db1 host system.network.packet.count.receive 300\n");
}

static void rows_of_the_configuration_come_first(void **state)
{
    (void)state;
    const struct meaning_row rows[] = {
        {"node_forks_total", "kind=a*,x!=", METRIC_REQUESTS_IN, MEANING_SUM, 2, "service:{x|y}"}};
    const struct intake_label fits[] = {{"kind", "abc", 4, 3}, {"x", "1", 1, 1}};
    const struct meaning_row *found[MEANING_FITS_MAX];
    struct meaning *m = meaning_new(rows, 1);
    assert_int_equal(meaning_find(m, "node_forks_total", 16, fits, 2, found), 1);
    assert_int_equal(found[0]->metric, METRIC_REQUESTS_IN);
    assert_int_equal(meaning_find(m, "node_forks_total", 16, fits, 1, found), 0);
    assert_true(meaning_knows(m, "node_forks_total", 16));
    assert_false(meaning_knows(m, "node_forks", 10));
    meaning_free(m);
}

static void conditions_and_names_are_checked(void **state)
{
    static const char *const bad_where[] = {"a", "=b", "!=b", "a=b,c", " ,x"};
    static const char *const bad_entity[] = {
        "x", "process:a", "service:{", "service:}", "service:{}", "series:a"};
    struct error e;
    (void)state;
    for (size_t i = 0; i < sizeof(bad_where) / sizeof(bad_where[0]); i++)
        assert_int_not_equal(meaning_check_where(bad_where[i], &e), 0);
    for (size_t i = 0; i < sizeof(bad_entity) / sizeof(bad_entity[0]); i++)
        assert_int_not_equal(meaning_check_entity(bad_entity[i], &e), 0);
    assert_int_equal(meaning_check_where("a=b, c!=d*, e!=", &e), 0);
    assert_int_equal(meaning_check_entity("service:x/{a|b}-{c}", &e), 0);
    /* And every row that is built in is one that a user may write. */
    for (const struct meaning_row *r = meaning_table; r->name; r++) {
        assert_int_equal(meaning_check_where(r->where, &e), 0);
        assert_int_equal(meaning_check_entity(r->entity, &e), 0);
    }
}

static void every_row_is_documented(void **state)
{
    static char text[1 << 17];
    char path[1024];
    (void)state;
    snprintf(path, sizeof(path), "%s/docs/connectors.md", getenv("COHERENCE_SOURCE_ROOT"));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[n] = '\0';
    for (const struct meaning_row *r = meaning_table; r->name; r++) {
        char word[256];
        snprintf(word, sizeof(word), "`%s`", r->name);
        if (!strstr(text, word))
            print_error("docs/connectors.md does not have %s\n", word);
        assert_non_null(strstr(text, word));
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_it, close_it)
    const struct CMUnitTest tests[] = {
        T(cpu_seconds_become_a_share_of_all_cpus),
        T(a_cpu_that_comes_or_goes_moves_no_share),
        T(packets_of_real_interfaces_are_added_up),
        T(file_systems_are_what_is_used_and_what_may_be),
        T(containers_are_cgroups_with_their_own_capacity),
        T(retries_of_haproxy_are_requests_that_go_out),
        T(retries_of_envoy_are_in_its_total),
        T(istio_is_counted_where_it_is_reported),
        T(a_heap_is_the_sum_of_its_pools),
        T(cycles_of_a_concurrent_collector_are_no_pauses),
        T(rates_are_added_up_over_time),
        T(rows_of_the_configuration_come_first),
        T(conditions_and_names_are_checked),
        cmocka_unit_test(every_row_is_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
