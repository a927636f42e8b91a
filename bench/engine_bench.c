/* SPDX-License-Identifier: MIT
 * What judging costs: nanoseconds of CPU time per sample through the whole engine, default profile, one core,
 * for series that no law knows, for CPUs of many hosts and for memory and traffic; beside the floor, which is
 * a copy of the state that a sample touches. Medians of 5 runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "engine/engine.h"

#define RUNS   5
#define SECOND INT64_C(1000000000)

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof(*x), by_size);
    return x[n / 2];
}

static struct engine *start(int64_t series)
{
    struct engine_options o;
    struct error e;
    option_set_defaults(
        &(struct option_group){.rows = engine_option_rows, .count = engine_option_count, .target = &o});
    o.max_series = o.max_entities = series * 2 + 10;
    struct engine *g = engine_new(&o, ENGINE_STREAM, &e);
    if (!g) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    return g;
}

/* `series` series, one a host or all on one host, fed once a virtual second for `ticks` seconds. Returns ns
 * per sample. */
static double run(const char *metric, int series, int ticks, int one_host)
{
    struct engine *g = start(series);
    struct catalog *c = engine_catalog(g);
    struct sample *samples = calloc((size_t)series, sizeof(*samples));
    double *noise = malloc(65536 * sizeof(*noise));
    struct rng rng;
    char name[32];

    rng_seed(&rng, 1);
    for (int i = 0; i < 65536; i++)
        noise[i] = 50 + 5 * rng_normal(&rng);
    for (int i = 0; i < series; i++) {
        int n = snprintf(name, sizeof(name), "h%d", one_host ? 0 : i);
        int64_t host = catalog_host(c, name, (size_t)n);
        n = one_host ? snprintf(name, sizeof(name), "%s%d", metric, i)
                     : snprintf(name, sizeof(name), "%s", metric);
        samples[i].series = (uint32_t)catalog_series(c, (uint32_t)host, name, (size_t)n);
    }
    double from = 0;
    for (int t = 0; t < ticks + 20; t++) {
        if (t == 20) /* the first seconds declare and allocate */
            from = cpu_s();
        for (int i = 0; i < series; i++)
            samples[i].value = noise[(t * 7919 + i * 31) & 65535];
        if (one_host)
            engine_frame(g, (t + 1) * SECOND, samples, (size_t)series);
        else
            for (int i = 0; i < series; i++)
                engine_frame(g, (t + 1) * SECOND, &samples[i], 1);
        engine_tick(g, (t + 1) * SECOND);
    }
    double ns = (cpu_s() - from) * 1e9 / ((double)series * ticks);
    engine_free(g);
    free(samples);
    free(noise);
    return ns;
}

/* The floor: reading and writing `bytes` of state per sample, `series` states round robin. */
static double floor_ns(size_t bytes, int series, int ticks)
{
    size_t size = bytes * (size_t)series;
    unsigned char *a = malloc(size), *b = malloc(size);
    memset(a, 1, size);
    memset(b, 2, size);
    double from = cpu_s();
    for (int t = 0; t < ticks; t++)
        for (int i = 0; i < series; i++)
            memcpy(b + bytes * (size_t)i, a + bytes * (size_t)i, bytes);
    double ns = (cpu_s() - from) * 1e9 / ((double)series * ticks);
    volatile unsigned char used = b[size / 2];
    (void)used;
    free(a);
    free(b);
    return ns;
}

static void report(const char *what, const char *metric, int series, int ticks, int one_host, size_t state)
{
    double x[RUNS], f[RUNS];
    for (int i = 0; i < RUNS; i++) {
        x[i] = run(metric, series, ticks, one_host);
        f[i] = floor_ns(state, series, ticks);
    }
    double ns = median(x, RUNS), least = median(f, RUNS);
    printf("%-34s %8d series %8.1f ns/sample %8.2f M samples/s   floor: copy of %4zu bytes %6.1f ns\n", what,
        series, ns, 1000 / ns, state, least);
}

int main(void)
{
    report("unknown metrics, one host", "m", 1000, 500, 1, 384);
    report("unknown metrics, one host", "m", 100000, 10, 1, 384);
    report("cpu_usage, a host each", "cpu_usage", 1000, 500, 0, 512);
    report("memory_used_mb, a host each", "memory_used_mb", 1000, 500, 0, 512);
    report("net_sent_packets, a host each", "net_sent_packets", 1000, 500, 0, 512);
    return 0;
}
