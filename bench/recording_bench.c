/* SPDX-License-Identifier: MIT
 * How small a recording is and how fast it is written and read: telemetry is held in memory as frames,
 * written to blocks in memory and read back into a feed that does nothing, beside two floors: copying the
 * samples, and zstd alone over them (16 bytes each, as they are fed). Usage: bench_recording [FILE.csv...];
 * without files the telemetry of a host of 500 series is made up. Prints a line or two for each: bytes a
 * sample, CPU time a recorded day costs, samples a second; medians of five runs. Goals: 2 bytes a sample, 50
 * million samples a second read. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

#include "base/rng.h"
#include "ingestion/host/frame.h"
#include "ingestion/replay/byte_stream.h"
#include "ingestion/replay/replay.h"
#include "state/recording_reader.h"
#include "state/recording_writer.h"

#define RUNS      5
#define SYNTHETIC 500  /* series */
#define SECONDS   1800 /* of made-up telemetry */

static const struct catalog_limits limits = {.entities = 200000, .series = 400000, .metrics = 100000};

struct record {
    int64_t t_ns;
    uint32_t from, n; /* samples; n = 0: a tick */
};

struct telemetry {
    struct catalog *catalog;
    struct record *records;
    size_t record_count, record_room;
    struct sample *samples;
    size_t sample_count, sample_room;
    int64_t from_ns, to_ns;
};

struct blocks {
    uint8_t *bytes;
    size_t n, room;
    size_t ends[65536];
    size_t count;
};

static double cpu_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *more(void *p, size_t *room, size_t need, size_t size)
{
    if (need <= *room)
        return p;
    *room = 2 * need;
    void *q = realloc(p, *room * size);
    if (q == NULL)
        abort();
    return q;
}

static void add_record(struct telemetry *t, int64_t t_ns, const struct sample *samples, size_t n)
{
    t->records = more(t->records, &t->record_room, t->record_count + 1, sizeof(*t->records));
    t->samples = more(t->samples, &t->sample_room, t->sample_count + n, sizeof(*t->samples));
    if (n > 0)
        memcpy(t->samples + t->sample_count, samples, n * sizeof(*samples));
    t->records[t->record_count++] = (struct record){t_ns, (uint32_t)t->sample_count, (uint32_t)n};
    t->sample_count += n;
    t->from_ns = t->record_count == 1 ? t_ns : t->from_ns;
    t->to_ns = t_ns;
}

static int keep_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    add_record(context, t_ns, samples, n);
    return 0;
}

static int keep_tick(void *context, int64_t now_ns)
{
    add_record(context, now_ns, NULL, 0);
    return 0;
}

static int read_csv(struct telemetry *t, const char *path)
{
    struct error e = {0};
    struct replay_counts counts;
    struct feed feed = {t, t->catalog, keep_frame, keep_tick, NULL};
    struct byte_stream *s = byte_stream_open(path, &e);
    struct replay *r = s == NULL ? NULL : replay_open(s, NULL, &e);
    int fault = r == NULL ? -EIO : replay_run(r, &feed, NULL, &counts, &e);
    if (r != NULL)
        replay_close(r);
    byte_stream_close(s);
    if (fault != 0)
        (void)fprintf(stderr, "%s: %s\n", path, e.text);
    return fault;
}

/* What a host's series are like: gauges of pages, counters that stand still, that count events, that count
 * time, ratios, once a second; some ten times a second. */
static double next_value(unsigned kind, double x, struct rng *r)
{
    switch (kind % 8) {
    case 0: /* memory in pages of 4 KiB, mostly still */
        return x + (rng_uniform(r) < 0.3 ? 4096 * floor(64 * rng_normal(r)) : 0);
    case 1: /* a counter that stands */
    case 2:
        return x;
    case 3: /* events */
        return x + (double)rng_poisson(r, 300);
    case 4: /* microseconds of waiting, as seconds */
        return rint((x + 0.01 * rng_uniform(r)) * 1e6) / 1e6;
    case 5: /* a ratio of ticks over a measured second, as the host source rounds it */
        return frame_rounded(floor(100 * rng_uniform(r)) / (100 + 0.01 * rng_normal(r)));
    case 6: /* threads */
        return x + (rng_uniform(r) < 0.02 ? 1 : 0);
    default: /* page faults of a process that sleeps mostly */
        return x + (rng_uniform(r) < 0.2 ? (double)rng_poisson(r, 40) : 0);
    }
}

static void make_up(struct telemetry *t)
{
    struct sample samples[SYNTHETIC];
    struct rng r;
    char name[64];
    int64_t host = catalog_host(t->catalog, "host", 4);

    rng_seed(&r, 1);
    for (unsigned i = 0; i < SYNTHETIC; i++) {
        int n = snprintf(name, sizeof(name), "system.slice/service-%u", i / 8);
        int64_t e = catalog_entity(t->catalog, (uint32_t)host, ENTITY_CGROUP, name, (size_t)n, ENTITY_NONE);
        samples[i] =
            (struct sample){(uint32_t)catalog_series_known(t->catalog, (uint32_t)e, (enum metric_id)(i % 8)),
                1e6 * floor(1000 * rng_uniform(&r))};
    }
    for (int64_t second = 0; second < SECONDS; second++) {
        int64_t t_ns = (INT64_C(1767225600) + second) * INT64_C(1000000000);
        for (unsigned i = 0; i < SYNTHETIC; i++)
            samples[i].value = next_value(i, samples[i].value, &r);
        add_record(t, t_ns + 40000 + (int64_t)(20000 * rng_uniform(&r)) / 1000 * 1000, samples, SYNTHETIC);
        add_record(t, t_ns, NULL, 0);
    }
}

static int keep_block(void *context, const struct recording_block *b)
{
    struct blocks *to = context;
    to->bytes = more(to->bytes, &to->room, to->n + b->n, 1);
    memcpy(to->bytes + to->n, b->bytes, b->n);
    to->n += b->n;
    to->ends[to->count++] = to->n;
    return 0;
}

static double run_write(const struct telemetry *t, struct blocks *to)
{
    static const struct recording_settings usual = {0};
    static const struct recording_key key = {.config = "", .snapshot = (const uint8_t *)""};
    double start = cpu_s();

    to->n = to->count = 0;
    struct recording_writer *w = recording_writer_new(&usual, keep_block, to);
    int fault = recording_writer_key(w, &key);
    for (size_t i = 0; i < t->record_count && fault == 0; i++) {
        const struct record *x = &t->records[i];
        fault = x->n > 0 ? recording_writer_frame(w, t->catalog, x->t_ns, t->samples + x->from, x->n)
                         : recording_writer_tick(w, t->catalog, x->t_ns);
    }
    if (fault == 0)
        fault = recording_writer_flush(w);
    recording_writer_free(w);
    return fault == 0 ? cpu_s() - start : -1;
}

static int drop_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)t_ns;
    (void)samples;
    *(uint64_t *)context += n;
    return 0;
}

static int drop_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

static double run_read(const struct blocks *b, uint64_t *ret_samples)
{
    struct catalog *catalog = catalog_new(&limits);
    struct feed feed = {ret_samples, catalog, drop_frame, drop_tick, NULL};
    struct recording_reader *r = recording_reader_new();
    struct recording_key key;
    int fault = 1;
    double start = cpu_s();

    *ret_samples = 0;
    for (size_t i = 0, at = 0; i < b->count && fault > 0; at = b->ends[i++])
        fault = recording_reader_block(r, b->bytes + at, b->ends[i] - at, &feed, &key);
    double spent = cpu_s() - start;
    recording_reader_free(r);
    catalog_free(catalog);
    return fault > 0 ? spent : -1;
}

static double run_copy(const struct telemetry *t, struct sample *to)
{
    double start = cpu_s();
    memcpy(to, t->samples, t->sample_count * sizeof(*to));
    return cpu_s() - start;
}

static double run_zstd(const struct telemetry *t, size_t *ret_n)
{
    size_t raw = t->sample_count * sizeof(*t->samples), bound = ZSTD_compressBound(raw);
    void *out = malloc(bound), *back = malloc(raw);
    *ret_n = ZSTD_compress(out, bound, t->samples, raw, 3);
    double start = cpu_s();
    size_t n = ZSTD_decompress(back, raw, out, *ret_n);
    double spent = cpu_s() - start;
    free(out);
    free(back);
    return n == raw ? spent : -1;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(const char *name, const struct telemetry *t)
{
    static struct blocks blocks;
    double writing[RUNS], reading[RUNS], copying[RUNS], unpacking[RUNS], n = (double)t->sample_count;
    struct sample *copy = malloc(t->sample_count * sizeof(*copy));
    uint64_t samples = 0;
    size_t packed = 0;
    double day = 86400e9 / (double)(t->to_ns - t->from_ns);

    for (int i = 0; i < RUNS; i++) {
        writing[i] = run_write(t, &blocks);
        reading[i] = run_read(&blocks, &samples);
        copying[i] = run_copy(t, copy);
        unpacking[i] = run_zstd(t, &packed);
        if (writing[i] < 0 || reading[i] < 0 || samples != t->sample_count) {
            (void)fprintf(stderr, "%s: writing or reading failed\n", name);
            return 1;
        }
    }
    qsort(writing, RUNS, sizeof(double), by_size);
    qsort(reading, RUNS, sizeof(double), by_size);
    qsort(copying, RUNS, sizeof(double), by_size);
    qsort(unpacking, RUNS, sizeof(double), by_size);
    double w = writing[RUNS / 2], r = reading[RUNS / 2];
    (void)printf("%s: %zu samples of %u series\n", name, t->sample_count, catalog_series_count(t->catalog));
    (void)printf("  recording   %6.3f bytes/sample  %6.1f MiB/day  write %6.1f M samples/s (%.2f s/day)  "
                 "read %6.1f M samples/s\n",
        (double)blocks.n / n, (double)blocks.n * day / 1048576, n / w / 1e6, w * day, n / r / 1e6);
    (void)printf("  zstd alone  %6.3f bytes/sample  read %6.1f M samples/s;  copying %6.1f M samples/s\n",
        (double)packed / n, n / unpacking[RUNS / 2] / 1e6, n / copying[RUNS / 2] / 1e6);
    free(copy);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc || i == 1; i++) {
        struct telemetry t = {.catalog = catalog_new(&limits)};
        if (argc > 1)
            failed += read_csv(&t, argv[i]) != 0;
        else
            make_up(&t);
        if (t.sample_count > 0)
            failed += measure(argc > 1 ? argv[i] : "a host of 500 series", &t);
        catalog_free(t.catalog);
        free(t.records);
        free(t.samples);
    }
    return failed > 0;
}
