/* SPDX-License-Identifier: MIT
 * What Datadog is asked, byte for byte: expected texts are written from its API's documentation by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "ingestion/datadog/datadog_query.h"
#include "net/http_url.h"

static struct datadog_options options_of(const char *hosts, const char *scope, const char *watch)
{
    struct datadog_options o;

    option_set_defaults(&(struct option_group){datadog_option_rows, datadog_option_count, &o});
    strcpy(o.hosts, hosts);
    strcpy(o.scope, scope);
    strcpy(o.watch, watch);
    strcpy(o.requests_in, "servlet.request");
    strcpy(o.requests_out, "okhttp.request");
    return o;
}

static struct datadog_plan plan_of(const char *hosts, const char *scope, const char *watch)
{
    struct datadog_options o = options_of(hosts, scope, watch);
    struct datadog_plan p;
    const char *key;
    struct error e;

    assert_int_equal(datadog_options_check(&o, &key, &e), 0);
    assert_int_equal(datadog_plan_init(&p, &o, &e), 0);
    return p;
}

static const char *text_of(const struct datadog_plan *p, size_t number)
{
    static char bytes[2048];
    struct text t;

    text_init(&t, bytes, sizeof(bytes));
    datadog_query_write(p, &p->queries[number], p->queries[number].metric, &t);
    return bytes;
}

static void a_query_names_metric_hosts_and_bucket(void **state)
{
    (void)state;
    struct datadog_plan p = plan_of("*", "", "host, trace");

    assert_int_equal(p.count, 8 + 3);
    assert_string_equal(text_of(&p, 0), "avg:system.cpu.user{*} by {host}.rollup(avg, 20).fill(null)");
    assert_string_equal(
        text_of(&p, 6), "sum:system.net.packets_in.count{*} by {host}.rollup(avg, 20).fill(null)");
    assert_string_equal(text_of(&p, 8),
        "sum:trace.servlet.request.hits{*} by {host,service}.as_count().rollup(sum, 20).fill(null)");
    assert_string_equal(text_of(&p, 10),
        "sum:trace.okhttp.request.errors{*} by {host,service}.as_count().rollup(sum, 20).fill(null)");
}

static void hosts_and_tags_stand_in_the_braces(void **state)
{
    (void)state;
    struct datadog_plan p = plan_of("web-*, db1", "", "host");

    assert_string_equal(p.scope, "host:web-* OR host:db1");
    p = plan_of("web-*", "env:prod", "host");
    assert_string_equal(p.scope, "(env:prod) AND (host:web-*)");
    p = plan_of("*", "env:prod", "host");
    assert_string_equal(p.scope, "env:prod");
}

static void nothing_leaves_the_braces(void **state)
{
    static const char *const bad[] = {"a}", "a{b", "a,b}by{x", "a\"b", "a b", "", " , "};
    struct datadog_options o;
    const char *key;
    struct error e;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        o = options_of(bad[i], "", "host");
        assert_int_equal(datadog_options_check(&o, &key, &e), -EINVAL);
        assert_string_equal(key, "sources.datadog.hosts");
    }
    o = options_of("*", "env:prod} by {x", "host");
    assert_int_equal(datadog_options_check(&o, &key, &e), -EINVAL);
    o = options_of("*", "", "hosts");
    assert_int_equal(datadog_options_check(&o, &key, &e), -EINVAL);
    o = options_of("*", "", "host");
    strcpy(o.url, "http://api.example.org");
    assert_int_equal(datadog_options_check(&o, &key, &e), -EINVAL);
    assert_string_equal(key, "sources.datadog.url");
    strcpy(o.url, "http://127.0.0.1:8080");
    assert_int_equal(datadog_options_check(&o, &key, &e), 0);
}

static void a_site_is_one_of_datadogs(void **state)
{
    struct error e;

    (void)state;
    assert_int_equal(datadog_site_check("datadoghq.eu", &e), 0);
    assert_int_equal(datadog_site_check("us2.ddog-gov.com", &e), 0);
    assert_int_equal(datadog_site_check("https://app.datadoghq.eu/", &e), -EINVAL);
    assert_string_equal(
        e.text, "'https://app.datadoghq.eu/' is no site of Datadog; did you mean 'datadoghq.eu'?");
    assert_int_equal(datadog_site_check("example.org", &e), -EINVAL);
}

static void version_two_is_one_body(void **state)
{
    (void)state;
    struct datadog_plan p = plan_of("db1", "", "container");
    struct datadog_batch b = {
        .most = 2, .from_ns = INT64_C(1700000000000000000), .to_ns = INT64_C(1700000060000000000)};
    char bytes[DATADOG_BODY_MAX];
    struct text t;

    text_init(&t, bytes, sizeof(bytes));
    datadog_write_v2(&p, &b, &t);
    assert_int_equal(b.count, 2);
    assert_int_equal(b.next, 2);
    assert_string_equal(bytes,
        "{\"data\":{\"type\":\"timeseries_request\",\"attributes\":{\"from\":1700000000000,\"to\":"
        "1700000060000,"
        "\"interval\":20000,\"queries\":["
        "{\"data_source\":\"metrics\",\"query\":\"sum:container.cpu.usage{host:db1} by {host,container_name}"
        ".rollup(avg, 20).fill(null)\",\"name\":\"q0\"},"
        "{\"data_source\":\"metrics\",\"query\":\"sum:container.cpu.limit{host:db1} by {host,container_name}"
        ".rollup(avg, 20).fill(null)\",\"name\":\"d0\"},"
        "{\"data_source\":\"metrics\",\"query\":\"sum:container.cpu.throttled{host:db1} by "
        "{host,container_name}"
        ".rollup(avg, 20).fill(null)\",\"name\":\"q1\"}],"
        "\"formulas\":[{\"formula\":\"q0 / d0\"},{\"formula\":\"q1\"}]}}}");
    b.first = b.next;
    b.most = DATADOG_BATCH_MAX;
    text_clear(&t);
    datadog_write_v2(&p, &b, &t);
    assert_int_equal(b.count, 2);
    assert_int_equal(b.next, p.count);
    p.queries[2].refused = p.queries[3].refused = true;
    text_clear(&t);
    datadog_write_v2(&p, &b, &t);
    assert_int_equal(b.count, 0);
}

static void version_one_is_an_address_that_fits(void **state)
{
    (void)state;
    struct datadog_plan p = plan_of("db1", "", "host, container, trace");
    struct datadog_batch b = {.most = DATADOG_BATCH_MAX,
        .from_ns = INT64_C(1700000000000000000),
        .to_ns = INT64_C(1700000060000000000)};
    char bytes[HTTP_URL_PATH_MAX];
    struct text t;
    size_t asked = 0;

    text_init(&t, bytes, sizeof(bytes));
    for (; b.first < p.count; b.first = b.next) {
        text_clear(&t);
        datadog_write_v1(&p, &b, &t);
        assert_false(t.truncated);
        assert_true(b.count > 0 && b.next > b.first);
        if (asked == 0)
            assert_memory_equal(bytes,
                "/api/v1/"
                "query?from=1700000000&to=1700000060&query=avg%3Asystem.cpu.user%7Bhost%3Adb1%7D%20by%20"
                "%7Bhost%7D.rollup%28avg%2C%2020%29.fill%28null%29%2Cavg%3Asystem.cpu.system",
                strlen(
                    "/api/v1/query?from=1700000000&to=1700000060&query=avg%3Asystem.cpu.user%7Bhost%3Adb1%7D"
                    "%20by%20%7Bhost%7D.rollup%28avg%2C%2020%29.fill%28null%29%2Cavg%3Asystem.cpu.system"));
        asked += b.count;
    }
    assert_int_equal(asked, p.count);
}

static bool is_wanted(const char *hosts, const char *name)
{
    return datadog_host_wanted(hosts, name, strlen(name));
}

static void globs_name_hosts(void **state)
{
    (void)state;
    assert_true(is_wanted("*", "a"));
    assert_true(is_wanted("web-*, db1", "db1"));
    assert_true(is_wanted("web-*,db1", "web-17"));
    assert_true(is_wanted("*-prod-*x", "a-prod-bxcx"));
    assert_false(is_wanted("web-*, db1", "db12"));
    assert_false(is_wanted("web-*", "web"));
    assert_false(is_wanted("a*b*c", "acb"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_names_metric_hosts_and_bucket),
        cmocka_unit_test(hosts_and_tags_stand_in_the_braces),
        cmocka_unit_test(nothing_leaves_the_braces),
        cmocka_unit_test(a_site_is_one_of_datadogs),
        cmocka_unit_test(version_two_is_one_body),
        cmocka_unit_test(version_one_is_an_address_that_fits),
        cmocka_unit_test(globs_name_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
