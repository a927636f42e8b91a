/* SPDX-License-Identifier: MIT
 * The same telemetry as CSV, remote write 1.0 and 2.0, OTLP in both forms, and StatsD: the same events, byte
 * for byte. A host's CPU becomes unsteady after ten minutes, and a queue, which no law knows, jumps. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "core/event.h"
#include "engine/engine.h"
#include "ingestion/intake/meaning.h"
#include "ingestion/otlp/otlp_json.h"
#include "ingestion/otlp/otlp_metrics.h"
#include "ingestion/push/push_door.h"
#include "ingestion/remote_write/write_request.h"
#include "ingestion/statsd/statsd_table.h"
#include "output/event_json.h"
#include "wire_writer.h"

#define FIRST_S INT64_C(1767225600) /* 2026-01-01 */
#define SECONDS 900
#define NS      INT64_C(1000000000)
#define SAID    (1u << 20)

enum way { WAY_FRAMES, WAY_WRITE_1, WAY_WRITE_2, WAY_OTLP, WAY_OTLP_JSON, WAY_STATSD, WAY_COUNT };

static struct config config;
static struct engine *engine;
static struct push_door door;
static struct write_reader *writer;
static struct otlp_reader *reader;
static struct statsd_table *table;
static int64_t now_ns;
static char said[WAY_COUNT][SAID];
static struct text text;

static int64_t now(void *context)
{
    (void)context;
    return now_ns;
}

static void hear(void *context, const struct event *e)
{
    (void)context;
    event_json_write(&text, engine_catalog(engine), e);
}

static int feed_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)context;
    return engine_frame(engine, t_ns, samples, n);
}

static int feed_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    (void)context;
    return engine_gone(engine, t_ns, entity, end);
}

/* Two metrics of host "a" at a second: whole numbers, which every form writes alike. */
static void values_at(int second, const char *ret_names[2], double ret_values[2])
{
    const int busy = second > 600;

    ret_names[0] = "queue_depth";
    ret_values[0] = (busy ? 900 : 100) + second * 7 % 11;
    ret_names[1] = "cpu_usage";
    ret_values[1] = 40 + (second * 5 % 7) + (busy ? (second / 3 % 2 ? 35 : -35) : 0);
}

static void give_frames(const char *const names[2], const double values[2])
{
    struct catalog *c = engine_catalog(engine);
    struct sample samples[2];

    const int64_t host = catalog_host(c, "a", 1);
    for (int i = 0; i < 2; i++)
        samples[i] = (struct sample){
            (uint32_t)catalog_series(c, (uint32_t)host, names[i], strlen(names[i])), values[i]};
    assert_int_equal(engine_frame(engine, now_ns, samples, 2), 0);
}

static size_t make_write_1(char *bytes, size_t size, const char *const names[2], const double values[2])
{
    struct wire_writer w = {.bytes = bytes, .size = size};

    for (int i = 0; i < 2; i++) {
        WIRE_WRITER(series, 512);
        WIRE_WRITER(sample, 64);
        const char *labels[] = {"__name__", names[i], "host", "a"};
        for (int k = 0; k < 4; k += 2) {
            WIRE_WRITER(label, 128);
            put_string(&label, 1, labels[k]);
            put_string(&label, 2, labels[k + 1]);
            put_message(&series, 1, &label);
        }
        put_real(&sample, 1, values[i]);
        put_integer(&sample, 2, (uint64_t)(now_ns / 1000000));
        put_message(&series, 2, &sample);
        put_message(&w, 1, &series);
    }
    return w.n;
}

static size_t make_write_2(char *bytes, size_t size, const char *const names[2], const double values[2])
{
    struct wire_writer w = {.bytes = bytes, .size = size};
    const char *symbols[] = {"", "__name__", names[0], names[1], "host", "a"};

    for (int i = 0; i < 6; i++)
        put_string(&w, 4, symbols[i]);
    for (int i = 0; i < 2; i++) {
        WIRE_WRITER(series, 256);
        WIRE_WRITER(sample, 64);
        const char refs[] = {1, (char)(2 + i), 4, 5};
        put_bytes(&series, 1, refs, 4);
        put_real(&sample, 1, values[i]);
        put_integer(&sample, 2, (uint64_t)(now_ns / 1000000));
        put_message(&series, 2, &sample);
        put_message(&w, 5, &series);
    }
    return w.n;
}

static size_t make_otlp(char *bytes, size_t size, const char *const names[2], const double values[2])
{
    struct wire_writer w = {.bytes = bytes, .size = size};
    WIRE_WRITER(any, 64);
    WIRE_WRITER(pair, 128);
    WIRE_WRITER(resource, 256);
    WIRE_WRITER(scope, 1024);
    WIRE_WRITER(all, 2048);

    put_string(&any, 1, "a");
    put_string(&pair, 1, "host.name");
    put_message(&pair, 2, &any);
    put_message(&resource, 1, &pair);
    for (int i = 0; i < 2; i++) {
        WIRE_WRITER(point, 64);
        WIRE_WRITER(data, 128);
        WIRE_WRITER(metric, 256);
        put_fixed64(&point, 3, (uint64_t)now_ns);
        put_real(&point, 4, values[i]);
        put_message(&data, 1, &point);
        put_string(&metric, 1, names[i]);
        put_message(&metric, 5, &data);
        put_message(&scope, 2, &metric);
    }
    put_message(&all, 1, &resource);
    put_message(&all, 2, &scope);
    put_message(&w, 1, &all);
    return w.n;
}

static size_t make_json(char *bytes, size_t size, const char *const names[2], const double values[2])
{
    return (size_t)snprintf(bytes, size,
        "{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"host.name\",\"value\":{"
        "\"stringValue\":\"a\"}}]},"
        "\"scopeMetrics\":[{\"metrics\":[{\"name\":\"%s\",\"gauge\":{\"dataPoints\":[{\"asInt\":\"%d\","
        "\"timeUnixNano\":"
        "\"%lld\"}]}},{\"name\":\"%s\",\"gauge\":{\"dataPoints\":[{\"asDouble\":%d,\"timeUnixNano\":\"%lld\"}"
        "]}}]}]}]}",
        names[0], (int)values[0], (long long)now_ns, names[1], (int)values[1], (long long)now_ns);
}

static void give_statsd(const char *const names[2], const double values[2])
{
    char line[256];

    const int n = snprintf(line, sizeof(line), "%s:%d|g|#host:a\n%s:%d|g|#host:a\n", names[0], (int)values[0],
        names[1], (int)values[1]);
    statsd_table_take(table, &door, line, (size_t)n);
    assert_int_equal(statsd_table_flush(table, &door), 0);
}

static void give(enum way way, const char *const names[2], const double values[2])
{
    static char bytes[4096];
    struct write_summary sum;
    struct otlp_summary other;
    const char *wrong;
    char *converted;
    size_t n;
    int r = 0;

    if (way == WAY_FRAMES || way == WAY_STATSD) {
        (way == WAY_FRAMES ? give_frames : give_statsd)(names, values);
        return;
    }
    push_begin(&door);
    if (way == WAY_WRITE_1) {
        n = make_write_1(bytes, sizeof(bytes), names, values);
        r = write_request_read_1(writer, door.in, bytes, n, &sum);
    } else if (way == WAY_WRITE_2) {
        n = make_write_2(bytes, sizeof(bytes), names, values);
        r = write_request_read_2(writer, door.in, bytes, n, &sum);
    } else if (way == WAY_OTLP) {
        n = make_otlp(bytes, sizeof(bytes), names, values);
        r = otlp_metrics_read(reader, door.in, bytes, n, &other);
    } else {
        n = make_json(bytes, sizeof(bytes), names, values);
        assert_int_equal(otlp_json_convert(bytes, n, &converted, &n, &wrong), 0);
        r = otlp_metrics_read(reader, door.in, converted, n, &other);
        free(converted);
    }
    assert_int_equal(r, 0);
    assert_int_equal(push_end(&door, true), 0);
}

static void run(enum way way)
{
    const struct statsd_rules rules = {.series = 100};
    struct error e;

    config_init(&config);
    engine = engine_new(&config.engine, ENGINE_STREAM, &e);
    assert_non_null(engine);
    text_init(&text, said[way], SAID);
    engine_on_event(engine, hear, NULL);
    const struct feed feed = {.catalog = engine_catalog(engine), .frame = feed_frame, .gone = feed_gone};
    struct meaning *meaning = meaning_new(NULL, 0);
    const struct intake_setup setup = {
        .feed = &feed, .meaning = meaning, .options = config.intake, .local_host = "here"};
    struct intake_house *house = intake_house_new(&setup);
    door = (struct push_door){.in = intake_open(house, "test", NULL, 0), .now_ns = now};
    writer = write_reader_new();
    reader = otlp_reader_new();
    table = statsd_table_new(&rules);
    for (int second = 0; second < SECONDS; second++) {
        const char *names[2];
        double values[2];
        now_ns = (FIRST_S + second) * NS;
        values_at(second, names, values);
        give(way, names, values);
        assert_int_equal(intake_tick(door.in, now_ns), 0);
        assert_int_equal(engine_tick(engine, now_ns), 0);
    }
    assert_int_equal(intake_count(door.in)->samples, way == WAY_FRAMES ? 0 : 2 * SECONDS);
    assert_int_not_equal(
        catalog_find_text(engine_catalog(engine), "a", 1, "series:queue_depth", 18), ENTITY_NONE);
    statsd_table_free(table);
    otlp_reader_free(reader);
    write_reader_free(writer);
    intake_close(door.in);
    intake_house_free(house);
    meaning_free(meaning);
    engine_free(engine);
    assert_false(text.truncated);
}

static void test_all_ways(void **state)
{
    (void)state;
    for (int way = 0; way < WAY_COUNT; way++)
        run((enum way)way);
    assert_non_null(strstr(said[WAY_FRAMES], "\"type\":\"finding\""));
    assert_non_null(strstr(said[WAY_FRAMES], "\"law\":\"seizure\""));
    for (int way = 1; way < WAY_COUNT; way++)
        assert_string_equal(said[way], said[WAY_FRAMES]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_ways)};

    return cmocka_run_group_tests_name("same_findings", tests, NULL, NULL);
}
