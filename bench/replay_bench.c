/* SPDX-License-Identifier: MIT
 * How fast recorded telemetry comes in: CPU time of a whole replay (reading, splitting, looking up series,
 * building frames and ticks) into a feed that does nothing, for about 100 MB of 1,000 series in each format,
 * against the floor of the same reads with a memchr for newlines. Usage: bench_replay [rows]. Prints one line
 * a format: the median of five runs. Goal for long CSV: 12 million rows a second. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/rng.h"
#include "base/text.h"
#include "ingestion/replay/byte_stream.h"
#include "ingestion/replay/replay.h"

#define RUNS        5
#define SERIES      1000
#define METRICS     10 /* of each host; the rest is hosts */
#define ROWS_USUAL  2500000
#define BLOCK_BYTES (256u * 1024u)

enum layout { LONG_CYCLING, LONG_SHUFFLED, WIDE, JSON_LINES };

static double cpu_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void put_value(struct text *t, struct rng *r)
{
    /* Six decimals, as most exporters write them. */
    uint64_t micro = 30000000 + rng_next(r) % 30000000;
    text_add_uint(t, micro / 1000000);
    text_addf(t, ".%06u", (unsigned)(micro % 1000000));
}

static void put_row(struct text *t, enum layout layout, int64_t t_s, unsigned series, struct rng *r)
{
    unsigned host = series / METRICS, metric = series % METRICS;
    if (layout == WIDE) {
        if (series == 0)
            text_addf(t, "%lld", (long long)t_s);
        text_add_char(t, ',');
    } else if (layout == JSON_LINES) {
        text_addf(t,
            "{\"t\":%lld,\"host\":\"host-%03u\",\"metric\":\"metric_%02u\",\"value\":", (long long)t_s, host,
            metric);
    } else {
        text_addf(t, "%lld,host-%03u,metric_%02u,", (long long)t_s, host, metric);
    }
    put_value(t, r);
    if (layout == JSON_LINES)
        text_add_char(t, '}');
    if (layout != WIDE || series == SERIES - 1)
        text_add_char(t, '\n');
}

static void shuffle(unsigned *order, struct rng *r)
{
    for (unsigned i = SERIES - 1; i > 0; i--) {
        unsigned j = (unsigned)(rng_next(r) % (i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

/* Writes the input into a memory file. Returns its descriptor, or -1. */
static int make_input(enum layout layout, size_t rows)
{
    static char buffer[1u << 20];
    unsigned order[SERIES];
    struct text t;
    struct rng r;
    int fd = memfd_create("replay-bench", MFD_CLOEXEC);
    rng_seed(&r, 1);
    text_init(&t, buffer, sizeof(buffer));
    if (layout == LONG_CYCLING || layout == LONG_SHUFFLED)
        text_add(&t, "timestamp,host,metric,value\n");
    if (layout == WIDE)
        text_add(&t, "timestamp");
    for (unsigned i = 0; i < SERIES; i++) {
        order[i] = i;
        if (layout == WIDE)
            text_addf(&t, ",metric_%03u%s", i, i == SERIES - 1 ? "\n" : "");
    }
    for (size_t row = 0; fd >= 0 && row < rows; row++) {
        if (row % SERIES == 0 && layout == LONG_SHUFFLED)
            shuffle(order, &r);
        put_row(&t, layout, INT64_C(1767225600) + (int64_t)(row / SERIES), order[row % SERIES], &r);
        if (t.length > sizeof(buffer) - 4096 || row + 1 == rows) {
            if (write(fd, t.data, t.length) != (ssize_t)t.length)
                return -1;
            text_clear(&t);
        }
    }
    return fd;
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)t_ns;
    (void)samples;
    *(uint64_t *)context += n;
    return 0;
}

static int take_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

/* One replay. Returns its CPU seconds, or -1. */
static double run_replay(int fd, uint64_t *ret_samples)
{
    static const struct catalog_limits limits = {.entities = 4000, .series = 2000, .metrics = 2000};
    struct catalog *catalog = catalog_new(&limits);
    struct error e = {0};
    struct replay_counts counts;
    struct feed feed = {ret_samples, catalog, take_frame, take_tick};
    *ret_samples = 0;
    (void)lseek(fd, 0, SEEK_SET);
    double start = cpu_s();
    struct byte_stream *s = byte_stream_from_fd(dup(fd), "bench", &e);
    struct replay *r = s == NULL ? NULL : replay_open(s, NULL, &e);
    int result = r == NULL ? -EIO : replay_run(r, &feed, NULL, &counts, &e);
    replay_close(r);
    byte_stream_close(s);
    double spent = cpu_s() - start;
    catalog_free(catalog);
    return result == 0 && counts.skipped == 0 ? spent : -1;
}

/* The same reads, counting newlines only. */
static double run_floor(int fd, uint64_t *ret_lines)
{
    static char block[BLOCK_BYTES];
    uint64_t lines = 0;
    (void)lseek(fd, 0, SEEK_SET);
    double start = cpu_s();
    for (ssize_t n; (n = read(fd, block, sizeof(block))) > 0;)
        for (const char *p = block, *end = block + n; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
            lines++;
    *ret_lines = lines;
    return cpu_s() - start;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(const char *name, enum layout layout, size_t rows)
{
    int fd = make_input(layout, rows);
    if (fd < 0)
        return 1;
    double bytes = (double)lseek(fd, 0, SEEK_END), replay[RUNS], lower[RUNS];
    uint64_t samples = 0, lines;
    for (int i = 0; i < RUNS; i++) {
        lower[i] = run_floor(fd, &lines);
        replay[i] = run_replay(fd, &samples);
        if (replay[i] < 0 || samples != rows) {
            (void)fprintf(stderr, "%s: the replay failed\n", name);
            return 1;
        }
    }
    qsort(replay, RUNS, sizeof(replay[0]), by_size);
    qsort(lower, RUNS, sizeof(lower[0]), by_size);
    double spent = replay[RUNS / 2];
    (void)printf("%-14s %4.0f MB  %5.1f M values/s  %5.0f MB/s  (newlines alone: %5.0f MB/s)\n", name,
        bytes / 1e6, (double)rows / spent / 1e6, bytes / spent / 1e6, bytes / lower[RUNS / 2] / 1e6);
    (void)close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t rows = ROWS_USUAL;
    if (argc > 1 && (number_parse_u64(argv[1], strlen(argv[1]), &rows) != 0 || rows < SERIES))
        return 2;
    rows -= rows % SERIES;
    int failed = measure("long", LONG_CYCLING, rows) + measure("long, shuffled", LONG_SHUFFLED, rows) +
                 measure("wide", WIDE, rows * 4) + measure("json lines", JSON_LINES, rows / 2);
    return failed > 0;
}
