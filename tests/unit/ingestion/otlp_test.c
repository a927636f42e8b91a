/* SPDX-License-Identifier: MIT
 * OpenTelemetry's messages in both of their forms: what they become, and what of them is refused. The
 * messages are put together field by field from metrics.proto. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/otlp/otlp_json.h"
#include "ingestion/otlp/otlp_metrics.h"
#include "intake_capture.h"
#include "wire_writer.h"

#define NOW_NS INT64_C(1000000000000)

static struct intake_capture capture;
static struct intake *in;
static struct otlp_reader *reader;
static struct otlp_summary sum;

static int set_up(void **state)
{
    (void)state;
    intake_capture_open(&capture, 0);
    in = intake_open(capture.house, "otlp", NULL, 0);
    reader = otlp_reader_new();
    return in && reader ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    otlp_reader_free(reader);
    intake_capture_close(&capture);
    return 0;
}

static const char *read_bytes(const void *bytes, size_t n, int expected)
{
    intake_begin(in, NOW_NS);
    const int r = otlp_metrics_read(reader, in, bytes, n, &sum);
    if (r != expected)
        fail_msg("%d: %s", r, sum.wrong ? sum.wrong : "");
    if (r == 0)
        assert_int_equal(intake_end(in, INTAKE_PART), 0);
    else
        intake_cancel(in);
    return intake_capture_said(&capture);
}

static void put_attribute(struct wire_writer *w, unsigned field, const char *key, const char *value)
{
    WIRE_WRITER(any, 256);
    WIRE_WRITER(pair, 512);

    put_string(&any, 1, value);
    put_string(&pair, 1, key);
    put_message(&pair, 2, &any);
    put_message(w, field, &pair);
}

/* A message of one metric called `name`, whose data is the field `data`; of host "a", or of none. */
static void wrap(
    struct wire_writer *w, const char *name, const char *unit, unsigned field, const struct wire_writer *data)
{
    WIRE_WRITER(metric, 4096);
    WIRE_WRITER(scope, 4200);
    WIRE_WRITER(resource, 256);
    WIRE_WRITER(all, 5000);

    put_string(&metric, 1, name);
    put_message(&metric, field, data);
    put_string(&metric, 3, unit); /* behind the data: order says nothing */
    put_message(&scope, 2, &metric);
    put_attribute(&resource, 1, "host.name", "a");
    put_attribute(&resource, 1, "service.name", "web");
    put_message(&all, 2, &scope);
    put_message(&all, 1, &resource); /* likewise */
    put_message(w, 1, &all);
}

/* A NumberDataPoint of second t_s, with an attribute unless NULL. */
static void put_number(struct wire_writer *data, const char *zone, uint64_t t_s, double value, bool as_int)
{
    WIRE_WRITER(point, 512);

    put_fixed64(&point, 3, t_s * 1000000000);
    if (as_int)
        put_fixed64(&point, 6, (uint64_t)(int64_t)value);
    else
        put_real(&point, 4, value);
    if (zone)
        put_attribute(&point, 7, "zone", zone);
    put_message(data, 1, &point);
}

static void test_gauge(void **state)
{
    WIRE_WRITER(w, 8192);
    WIRE_WRITER(data, 2048);

    (void)state;
    put_number(&data, "1", 999, 5.5, false);
    put_number(&data, "2", 999, -7, true);
    wrap(&w, "queue.depth", "1", 5, &data);
    const char *said = read_bytes(w.bytes, w.n, 0);
    assert_non_null(strstr(said, "999 a series:queue.depth{"));
    assert_non_null(strstr(said, " 5.5\n"));
    assert_non_null(strstr(said, " -7\n"));
    assert_int_equal(sum.metrics, 1);
    assert_int_equal(sum.points, 2);
    assert_int_equal(intake_count(in)->series, 2);
}

/* Temporality and monotonicity stand behind the points and decide what they are. */
static void test_sums(void **state)
{
    static const struct {
        uint64_t temporality;
        bool monotonic;
        const char *expected; /* NULL: not taken */
    } rows[] = {
        {2, true, "1000 a series:rate(s{service_name=\"web\"}) 3\n"},
        {1, true, "1000 a series:rate(s{service_name=\"web\"}) 8\n"},
        {2, false, "998 a series:s{service_name=\"web\"} 10\n1000 a series:s{service_name=\"web\"} 16\n"},
        {1, false, NULL},
        {0, true, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        WIRE_WRITER(w, 8192);
        WIRE_WRITER(data, 2048);
        (void)set_up(state);
        put_number(&data, NULL, 998, 10, false);
        put_number(&data, NULL, 1000, 16, false);
        put_integer(&data, 2, rows[i].temporality);
        put_integer(&data, 3, rows[i].monotonic);
        wrap(&w, "s", "", 7, &data);
        const char *said = read_bytes(w.bytes, w.n, 0);
        const char *values = rows[i].expected ? strrchr(rows[i].expected, ' ') : "";
        const size_t n = strlen(said);
        if (!rows[i].expected)
            assert_string_equal(said, "");
        else
            assert_string_equal(said + n - strlen(values), values);
        assert_int_equal(sum.odd, rows[i].expected ? 0 : 2);
        assert_int_equal(
            strstr(said, "rate(") != NULL, rows[i].expected && strstr(rows[i].expected, "rate("));
        (void)tear_down(state);
    }
}

/* Histograms, exponential ones and summaries are their counts and sums. */
static void test_distributions(void **state)
{
    static const struct {
        unsigned data, attributes;
    } rows[] = {{9, 9}, {10, 1}, {11, 7}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        WIRE_WRITER(w, 8192);
        WIRE_WRITER(data, 2048);
        (void)set_up(state);
        for (unsigned k = 0; k < 2; k++) {
            WIRE_WRITER(point, 512);
            put_attribute(&point, rows[i].attributes, "zone", "1");
            put_fixed64(&point, 3, (998 + 2 * k) * UINT64_C(1000000000));
            put_fixed64(&point, 4, 100 + 10 * k);
            put_real(&point, 5, 50 + 4 * k);
            put_string(&point, 6, "\x01\x00\x00\x00\x00\x00\x00"); /* buckets, or quantiles: passed over */
            put_message(&data, 1, &point);
        }
        put_integer(&data, 2, 2);
        wrap(&w, "d", "s", rows[i].data, &data);
        const char *said = read_bytes(w.bytes, w.n, 0);
        assert_non_null(strstr(said, "rate(d.count"));
        assert_non_null(strstr(said, "rate(d.sum"));
        assert_non_null(strstr(said, " 5\n"));
        assert_non_null(strstr(said, " 2\n"));
        (void)tear_down(state);
    }
}

/* A point without a recorded value ends its series. */
static void test_no_recorded_value(void **state)
{
    WIRE_WRITER(w, 8192);
    WIRE_WRITER(data, 2048);
    WIRE_WRITER(point, 256);

    (void)state;
    put_number(&data, NULL, 999, 5, false);
    put_fixed64(&point, 3, UINT64_C(1000000000000));
    put_integer(&point, 8, 1);
    put_message(&data, 1, &point);
    wrap(&w, "g", "1", 5, &data);
    const char *said = read_bytes(w.bytes, w.n, 0);
    assert_null(strstr(said, "1000 a"));
}

/* What one attribute of the resource and one of the point are both called, the point says. */
static void test_attributes(void **state)
{
    WIRE_WRITER(w, 8192);
    WIRE_WRITER(data, 2048);
    WIRE_WRITER(point, 1024);
    WIRE_WRITER(pair, 256);
    WIRE_WRITER(any, 128);

    (void)state;
    put_fixed64(&point, 3, UINT64_C(999000000000));
    put_real(&point, 4, 1);
    put_attribute(&point, 7, "service.name", "other");
    put_integer(&any, 3, (uint64_t)-5);
    put_string(&pair, 1, "number");
    put_message(&pair, 2, &any);
    put_message(&point, 7, &pair);
    pair.n = any.n = 0;
    put_string(&any, 5, "\x0a\x00"); /* a list is no label */
    put_string(&pair, 1, "list");
    put_message(&pair, 2, &any);
    put_message(&point, 7, &pair);
    put_message(&data, 1, &point);
    wrap(&w, "g", "1", 5, &data);
    const char *said = read_bytes(w.bytes, w.n, 0);
    assert_non_null(strstr(said, "number=\"-5\""));
    assert_non_null(strstr(said, "other"));
    assert_null(strstr(said, "web"));
    assert_null(strstr(said, "list"));
}

/* 34 KB of nothing but messages in messages, which make a recursive reader run out of stack; inside an
 * attribute's value, where they are allowed, and in place of everything else. */
static void test_nesting(void **state)
{
    enum { DEPTH = 17000 };
    static char nested[2 * DEPTH + 64], message[2 * DEPTH + 512];
    struct wire_writer w = {.bytes = message, .size = sizeof(message)};
    size_t n = 0;

    (void)state;
    /* Each level is a tag and a length of up to three bytes, written from the inside out. */
    char *at = nested + sizeof(nested);
    while (n < 34000) {
        char head[8];
        struct wire_writer h = {.bytes = head, .size = sizeof(head)};
        put_varint(&h, (n % 2 ? 5 : 1) << 3 | 2);
        put_varint(&h, n);
        at -= h.n;
        memcpy(at, head, h.n);
        n += h.n;
    }
    (void)read_bytes(at, n, 0);
    put_bytes(&w, 1, at, n);
    (void)read_bytes(w.bytes, w.n, 0);
    static char pair_bytes[40000], point_bytes[41000], data_bytes[42000], all_bytes[45000];
    struct wire_writer pair = {.bytes = pair_bytes, .size = sizeof(pair_bytes)};
    struct wire_writer point = {.bytes = point_bytes, .size = sizeof(point_bytes)};
    struct wire_writer data = {.bytes = data_bytes, .size = sizeof(data_bytes)};
    struct wire_writer metric = {.bytes = all_bytes, .size = sizeof(all_bytes)};
    put_string(&pair, 1, "deep");
    put_bytes(&pair, 2, at, n);
    put_message(&point, 7, &pair);
    put_real(&point, 4, 1);
    put_message(&data, 1, &point);
    put_string(&metric, 1, "g");
    put_message(&metric, 5, &data);
    w.n = 0;
    static char scope_bytes[46000], resource_bytes[47000], request_bytes[48000];
    struct wire_writer scope = {.bytes = scope_bytes, .size = sizeof(scope_bytes)};
    struct wire_writer resource = {.bytes = resource_bytes, .size = sizeof(resource_bytes)};
    struct wire_writer request = {.bytes = request_bytes, .size = sizeof(request_bytes)};
    put_message(&scope, 2, &metric);
    put_message(&resource, 2, &scope);
    put_message(&request, 1, &resource);
    (void)read_bytes(request.bytes, request.n, 0);
    assert_int_equal(sum.points, 1);
}

static void test_malformed(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } rows[] = {
        {"\x0a", 1},
        {"\x08\x01", 2},
        {"\x0a\x02\x10\x01", 4},                                  /* a scope that is a number */
        {"\x0a\x04\x12\x02\x10\x01", 6},                          /* a metric that is a number */
        {"\x0a\x06\x12\x04\x12\x02\x08\x01", 8},                  /* a name that is a number */
        {"\x0a\x0a\x12\x08\x12\x06\x2a\x04\x0a\x02\x20\x01", 12}, /* as_double that is a varint */
        {"\x0b\x0c", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(read_bytes(rows[i].bytes, rows[i].n, -EINVAL), "");
}

/* ---- JSON ---- */

static const char *read_json(const char *text)
{
    const char *wrong;
    char *bytes;
    size_t n;

    const int r = otlp_json_convert(text, strlen(text), &bytes, &n, &wrong);
    if (r)
        fail_msg("%d: %s", r, wrong);
    const char *said = read_bytes(bytes, n, 0);
    free(bytes);
    return said;
}

/* The example of the protocol's documentation has these members; times and whole numbers are strings. */
static void test_json(void **state)
{
    (void)state;
    const char *said = read_json("{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"host."
                                 "name\",\"value\":{\"stringValue\":\"a\"}}"
                                 ",{\"key\":\"list\",\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":"
                                 "\"x\"}]}}}]},\"scopeMetrics\":[{\"scope\":"
                                 "{\"name\":\"my.library\"},\"metrics\":[{\"name\":\"my.gauge\",\"unit\":"
                                 "\"1\",\"gauge\":{\"dataPoints\":[{\"asDouble\":10,"
                                 "\"timeUnixNano\":\"999000000000\",\"attributes\":[{\"key\":\"zone\","
                                 "\"value\":{\"intValue\":\"3\"}}]},{\"asInt\":\"-4\","
                                 "\"timeUnixNano\":999000000000},{\"asDouble\":\"NaN\",\"timeUnixNano\":"
                                 "999000000001,\"attributes\":[]}]}},"
                                 "{\"name\":\"my.sum\",\"sum\":{\"aggregationTemporality\":2,\"isMonotonic\":"
                                 "true,\"dataPoints\":[{\"asInt\":4,"
                                 "\"timeUnixNano\":\"998000000000\"},{\"asInt\":10,\"timeUnixNano\":"
                                 "\"1000000000000\"}]}}]}]}],\"unknown\":[[[1]]]}");
    assert_non_null(strstr(said, "999 a series:my.gauge{zone=\"3\"} 10\n"));
    assert_non_null(strstr(said, " -4\n"));
    assert_non_null(strstr(said, "rate(my.sum"));
    assert_non_null(strstr(said, " 3\n"));
    assert_string_equal(read_json("{}"), "");
    assert_string_equal(read_json("{\"resourceMetrics\":null}"), "");
}

static void test_json_refused(void **state)
{
    static char deep[100], many[900000];
    static const struct {
        int error;
        const char *text;
    } rows[] = {
        {-EINVAL, ""},
        {-EINVAL, "[]"},
        {-EINVAL, "{\"resourceMetrics\":[}"},
        {-EINVAL, "{\"resourceMetrics\":{}}"},
        {-EINVAL, "{\"resourceMetrics\":[1]}"},
        {-EINVAL, "{\"a\":1,\"a\":2}"},
        {-EINVAL, "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":1}]}]}]}"},
        {-EINVAL, "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"gauge\":{\"dataPoints\":[{"
                  "\"asInt\":\"1.5\"}]}}]}]}]}"},
        {-EINVAL, "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"gauge\":{\"dataPoints\":[{"
                  "\"asDouble\":\"ten\"}]}}]}]}]}"},
        {-EFBIG, deep},
        {-EFBIG, many},
    };

    (void)state;
    memset(deep, '[', OTLP_JSON_DEPTH_MAX + 1);
    memset(many, ',', OTLP_JSON_VALUES_MAX + 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *wrong = NULL;
        char *bytes;
        size_t n;
        const int r = otlp_json_convert(rows[i].text, strlen(rows[i].text), &bytes, &n, &wrong);
        if (r != rows[i].error || !wrong)
            fail_msg("row %zu: %d", i, r);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_gauge),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_distributions),
        TEST(test_no_recorded_value),
        TEST(test_attributes),
        TEST(test_nesting),
        TEST(test_malformed),
        TEST(test_json),
        TEST(test_json_refused),
    };

    return cmocka_run_group_tests_name("otlp", tests, NULL, NULL);
}
