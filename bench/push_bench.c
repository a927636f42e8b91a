/* SPDX-License-Identifier: MIT
 * What taking in pushed telemetry costs: remote write 1.0 and 2.0 and OTLP from decompressed bytes on, StatsD
 * from datagrams on, of series that are known, or refused because there are too many; without an engine
 * behind them, and with one that judges them every second. One core, CPU time, the median of RUNS rounds,
 * each of which brings SERIES samples a second later. usage: push_bench (no arguments). Fails below a floor.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../tests/unit/ingestion/wire_writer.h"
#include "config/config.h"
#include "ingestion/intake/meaning.h"
#include "ingestion/otlp/otlp_metrics.h"
#include "ingestion/push/push_door.h"
#include "ingestion/remote_write/write_request.h"
#include "ingestion/statsd/statsd_table.h"

#define RUNS        21
#define SERIES      10000
#define PER_REQUEST 2000 /* samples: what Prometheus sends at a time */
#define PER_COUNTER 10   /* datagrams of StatsD that add up to one sample */
#define REQUESTS    (SERIES / PER_REQUEST)
#define BODY_MAX    (2u << 20)
#define DATAGRAM    60
#define REFUSED     100                 /* series that are let in where the others are refused */
#define FIRST_S     INT64_C(1767225600) /* 2026-01-01 */
#define NS          INT64_C(1000000000)

struct rig {
    struct engine *engine; /* NULL: samples are only counted */
    struct catalog *catalog;
    struct meaning *meaning;
    struct intake_house *house;
    struct push_door door;
    uint64_t fed;
};

static int64_t now_s;
static char body[BODY_MAX], datagrams[SERIES][DATAGRAM];

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int64_t now(void *context)
{
    (void)context;
    return now_s * NS;
}

static int count_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct rig *r = context;

    r->fed += n;
    return r->engine ? engine_frame(r->engine, t_ns, samples, n) : 0;
}

static int count_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct rig *r = context;

    return r->engine ? engine_gone(r->engine, t_ns, entity, end) : 0;
}

static void open_rig(struct rig *r, bool judged, uint32_t taken)
{
    static struct config config;
    struct error e;

    *r = (struct rig){.engine = NULL};
    config_init(&config);
    config.engine.max_series = config.engine.max_entities = 4 * SERIES;
    config.intake.max_series = taken;
    const struct catalog_limits limits = {4 * SERIES, 4 * SERIES, 4 * SERIES};
    r->engine = judged ? engine_new(&config.engine, ENGINE_STREAM, &e) : NULL;
    r->catalog = judged ? engine_catalog(r->engine) : catalog_new(&limits);
    r->meaning = meaning_new(NULL, 0);
    const struct feed feed = {.context = r, .catalog = r->catalog, .frame = count_frame, .gone = count_gone};
    const struct intake_setup setup = {
        .feed = &feed, .meaning = r->meaning, .options = config.intake, .local_host = "here"};
    r->house = intake_house_new(&setup);
    r->door = (struct push_door){.in = intake_open(r->house, "bench", NULL, 0), .now_ns = now};
}

static void close_rig(struct rig *r)
{
    intake_close(r->door.in);
    intake_house_free(r->house);
    meaning_free(r->meaning);
    if (r->engine)
        engine_free(r->engine);
    else
        catalog_free(r->catalog);
}

static double value_of(int i)
{
    return 100 + (double)((now_s * 7 + i * 13) % 29);
}

/* The labels of a series as node_exporter and Prometheus write them: eight, 190 bytes. */
static size_t label(int i, int k, char *name, char *value)
{
    static const char *const names[] = {
        "__name__", "cluster", "environment", "instance", "job", "namespace", "pod", "queue"};

    strcpy(name, names[k]);
    switch (k) {
    case 0:
        return (size_t)sprintf(value, "worker_queue_depth_%d", i % 10);
    case 3:
        return (size_t)sprintf(value, "10.1.%d.%d:9100", i / 10 % 100 / 10, i / 10 % 10);
    case 6:
        return (size_t)sprintf(value, "worker-7d9f8c6b5-%05d", i / 10);
    default:
        return (size_t)sprintf(value, "%s-value-%d", names[k], k);
    }
}

static size_t make_1(int request)
{
    struct wire_writer w = {.bytes = body, .size = sizeof(body)};
    char name[64], value[64];

    for (int i = request * PER_REQUEST; i < (request + 1) * PER_REQUEST; i++) {
        WIRE_WRITER(series, 1024);
        WIRE_WRITER(sample, 32);
        for (int k = 0; k < 8; k++) {
            WIRE_WRITER(pair, 128);
            (void)label(i, k, name, value);
            put_string(&pair, 1, name);
            put_string(&pair, 2, value);
            put_message(&series, 1, &pair);
        }
        put_real(&sample, 1, value_of(i));
        put_integer(&sample, 2, (uint64_t)now_s * 1000);
        put_message(&series, 2, &sample);
        put_message(&w, 1, &series);
    }
    return w.n;
}

/* Symbols: names first, then the values of each series; those that are all alike are there once. */
static size_t make_2(int request)
{
    struct wire_writer w = {.bytes = body, .size = sizeof(body)};
    char name[64], value[64];

    put_string(&w, 4, "");
    for (int k = 0; k < 8; k++) {
        (void)label(0, k, name, value);
        put_string(&w, 4, name);
        put_string(&w, 4, value);
    }
    for (int i = request * PER_REQUEST; i < (request + 1) * PER_REQUEST; i++)
        for (int k = 0; k < 7; k += 3) {
            (void)label(i, k, name, value);
            put_string(&w, 4, value);
        }
    for (int i = 0; i < PER_REQUEST; i++) {
        WIRE_WRITER(series, 256);
        WIRE_WRITER(refs, 128);
        WIRE_WRITER(sample, 32);
        for (int k = 0; k < 8; k++) {
            put_varint(&refs, 1 + 2 * (uint64_t)k);
            put_varint(&refs, k % 3 == 0 ? 17 + 3 * (uint64_t)i + (uint64_t)k / 3 : 2 + 2 * (uint64_t)k);
        }
        put_message(&series, 1, &refs);
        put_real(&sample, 1, value_of(request * PER_REQUEST + i));
        put_integer(&sample, 2, (uint64_t)now_s * 1000);
        put_message(&series, 2, &sample);
        put_message(&w, 5, &series);
    }
    return w.n;
}

static void put_attribute(struct wire_writer *w, unsigned field, const char *key, const char *value)
{
    WIRE_WRITER(any, 128);
    WIRE_WRITER(pair, 256);

    put_string(&any, 1, value);
    put_string(&pair, 1, key);
    put_message(&pair, 2, &any);
    put_message(w, field, &pair);
}

/* One resource a request, ten metrics, 200 points each with two attributes. */
static size_t make_otlp(int request)
{
    static char all_bytes[BODY_MAX], metric_bytes[BODY_MAX], data_bytes[BODY_MAX];
    struct wire_writer w = {.bytes = body, .size = sizeof(body)};
    struct wire_writer scope = {.bytes = all_bytes, .size = sizeof(all_bytes)};
    WIRE_WRITER(resource, 1024);
    WIRE_WRITER(inner, 1024);
    char name[64], value[64];

    for (int k = 1; k < 6; k++) {
        (void)label(request * PER_REQUEST, k, name, value);
        put_attribute(&resource, 1, name, value);
    }
    for (int m = 0; m < 10; m++) {
        struct wire_writer metric = {.bytes = metric_bytes, .size = sizeof(metric_bytes)};
        struct wire_writer data = {.bytes = data_bytes, .size = sizeof(data_bytes)};
        for (int i = 0; i < PER_REQUEST / 10; i++) {
            WIRE_WRITER(point, 512);
            sprintf(value, "worker-%05d-%d", i, request);
            put_attribute(&point, 7, "pod", value);
            put_attribute(&point, 7, "queue", "queue-value-7");
            put_fixed64(&point, 2, (uint64_t)FIRST_S * (uint64_t)NS);
            put_fixed64(&point, 3, (uint64_t)(now_s * NS));
            put_real(&point, 4, value_of(i + m));
            put_message(&data, 1, &point);
        }
        sprintf(name, "worker.queue.depth.%d", m);
        put_string(&metric, 1, name);
        put_string(&metric, 3, "1");
        put_message(&metric, 5, &data);
        put_message(&scope, 2, &metric);
    }
    inner.n = 0;
    put_message(&inner, 1, &resource);
    put_varint(&w, 1 << 3 | 2);
    struct wire_writer head = {.bytes = name, .size = sizeof(name)};
    put_varint(&head, 2 << 3 | 2);
    put_varint(&head, scope.n);
    put_varint(&w, inner.n + head.n + scope.n);
    put_raw(&w, inner.bytes, inner.n);
    put_raw(&w, head.bytes, head.n);
    put_raw(&w, scope.bytes, scope.n);
    return w.n;
}

struct protocol {
    const char *name, *unit;
    size_t (*make)(int request);
    uint32_t taken;             /* series that the limit lets in */
    double floor, judged_floor; /* a second */
};

static void *reader;

/* Reads one request. Returns the CPU time that it took. */
static double read_request(struct rig *r, const struct protocol *p, size_t n)
{
    struct write_summary sum;
    struct otlp_summary other;
    const double from = cpu_s();
    int said;

    push_begin(&r->door);
    if (p->make == make_otlp)
        said = otlp_metrics_read(reader, r->door.in, body, n, &other);
    else if (p->make == make_2)
        said = write_request_read_2(reader, r->door.in, body, n, &sum);
    else
        said = write_request_read_1(reader, r->door.in, body, n, &sum);
    if (said || push_end(&r->door, true) != 0)
        exit(1);
    return cpu_s() - from;
}

static double tick(struct rig *r)
{
    const double from = cpu_s();

    if (intake_tick(r->door.in, now_s * NS) != 0 || (r->engine && engine_tick(r->engine, now_s * NS) != 0))
        exit(1);
    return cpu_s() - from;
}

/* A second's datagrams, and the flush. */
static double read_datagrams(struct rig *r, struct statsd_table *t)
{
    for (int i = 0; i < SERIES; i++)
        sprintf(datagrams[i], "worker.requests.%05d:%d|c|#queue:seven", i / PER_COUNTER, 1 + i % 3);
    const double from = cpu_s();
    for (int i = 0; i < SERIES; i++)
        statsd_table_take(t, &r->door, datagrams[i], strlen(datagrams[i]));
    if (statsd_table_flush(t, &r->door) != 0)
        exit(1);
    return cpu_s() - from;
}

/* Prints the rate, and returns whether it is above the floor. */
static bool measure(const struct protocol *p, bool judged)
{
    const struct statsd_rules rules = {.series = SERIES, .relative_gauges = true};
    struct statsd_table *table = statsd_table_new(&rules);
    double took[RUNS], with_tick[RUNS];
    struct rig r;
    size_t n = 0;

    open_rig(&r, judged, p->taken);
    for (int run = 0; run < RUNS; run++) {
        now_s = FIRST_S + run;
        took[run] = p->make ? 0 : read_datagrams(&r, table);
        for (int i = 0; p->make && i < REQUESTS; i++) {
            n = p->make(i);
            took[run] += read_request(&r, p, n);
        }
        with_tick[run] = took[run] + tick(&r);
    }
    const struct intake_counts *c = intake_count(r.door.in);
    qsort(took, RUNS, sizeof(*took), by_value);
    qsort(with_tick, RUNS, sizeof(*with_tick), by_value);
    const double rate = SERIES / took[RUNS / 2], floor = judged ? p->judged_floor : p->floor;
    printf("%-18s %-11s %10.0f %s/s, %4.0f ns each; with the tick %9.0f/s; %zu bytes a request; floor %.0f\n",
        p->name, judged ? "judged" : "not judged", rate, p->unit, 1e9 / rate, SERIES / with_tick[RUNS / 2], n,
        floor);
    const uint64_t refused = p->make ? SERIES - p->taken : 0;
    if (c->samples != (uint64_t)RUNS * p->taken || r.fed < (uint64_t)(RUNS - 1) * p->taken ||
        c->dropped[INTAKE_DROP_SERIES_LIMIT] != RUNS * refused) {
        fprintf(stderr, "%llu samples were taken, %llu fed\n", (unsigned long long)c->samples,
            (unsigned long long)r.fed);
        exit(1);
    }
    close_rig(&r);
    statsd_table_free(table);
    return rate >= floor;
}

int main(void)
{
    static const struct protocol protocols[] = {
        {"remote write 1.0", "samples", make_1, SERIES, 1e6, 1e6},
        {"remote write 2.0", "samples", make_2, SERIES, 1e6, 1e6},
        {"OTLP protobuf", "points", make_otlp, SERIES, 1e6, 1e6},
        {"StatsD", "packets", NULL, SERIES / PER_COUNTER, 3e5, 3e5},
        {"1.0, refused", "samples", make_1, REFUSED, 3e5, 3e5},
        {"2.0, refused", "samples", make_2, REFUSED, 3e5, 3e5},
        {"OTLP, refused", "points", make_otlp, REFUSED, 3e5, 3e5},
    };
    struct write_reader *write = write_reader_new();
    struct otlp_reader *otlp = otlp_reader_new();
    bool fine = true;

    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
        for (int judged = 0; judged < 2; judged++) {
            reader = protocols[i].make == make_otlp ? (void *)otlp : (void *)write;
            fine = measure(&protocols[i], judged) && fine;
        }
    write_reader_free(write);
    otlp_reader_free(otlp);
    return fine ? 0 : 1;
}
