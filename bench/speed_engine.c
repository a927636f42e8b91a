/* SPDX-License-Identifier: MIT
 * Speed of the whole engine in its default profile, fed directly: samples of series that no law knows (and
 * their judgement at each tick), of CPUs, memory and traffic; and what a series weighs. */
#include "speed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/internal.h"

#define SECOND INT64_C(1000000000)
#define NOISE  65536
#define WARM_S 40 /* cadence known, rings full */
#define HOSTS  1000

struct bed {
    struct engine *engine;
    struct sample *samples; /* one a series, in the order of the place */
    uint32_t series;
    bool one_host;
    int64_t t_s;
    float noise[NOISE];
};

static size_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f || fscanf(f, "%*u %lu", &pages) != 1)
        pages = 0;
    if (f)
        (void)fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static struct engine *start(uint32_t series)
{
    struct engine_options o;
    struct error e;
    option_set_defaults(
        &(struct option_group){.rows = engine_option_rows, .count = engine_option_count, .target = &o});
    o.max_series = o.max_entities = series * 2 + 10;
    struct engine *g = engine_new(&o, ENGINE_STREAM, &e);
    if (!g) {
        (void)fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    return g;
}

static void one_second(struct bed *b)
{
    int64_t t_ns = ++b->t_s * SECOND;

    for (uint32_t i = 0; i < b->series; i++)
        b->samples[i].value = (double)b->noise[((uint64_t)b->t_s * 7919 + i * 31) % NOISE];
    if (b->one_host) {
        engine_frame(b->engine, t_ns, b->samples, b->series);
    } else {
        for (uint32_t i = 0; i < b->series; i++)
            engine_frame(b->engine, t_ns, &b->samples[i], 1);
    }
    engine_tick(b->engine, t_ns);
}

/* The same seconds series by series: each is told all of them before the next one's turn, then all are
 * judged. */
static void many_seconds(struct bed *b, uint32_t seconds)
{
    for (uint32_t i = 0; i < b->series; i++) {
        struct sample s = b->samples[i];
        for (uint32_t t = 1; t <= seconds; t++) {
            s.value = (double)b->noise[((uint64_t)(b->t_s + t) * 7919 + i * 31) % NOISE];
            engine_frame(b->engine, (b->t_s + t) * SECOND, &s, 1);
        }
    }
    b->t_s += seconds;
    engine_tick(b->engine, b->t_s * SECOND);
}

/* `series` series, all on one host or one a host, declared and warm. */
static struct bed *make_bed(const char *metric, uint32_t series, bool one_host)
{
    struct bed *b = speed_memory(sizeof(*b));
    char name[32];

    *b = (struct bed){.engine = start(series), .series = series, .one_host = one_host};
    b->samples = speed_memory(series * sizeof(*b->samples));
    speed_fill_noise(b->noise, NOISE);
    struct catalog *c = engine_catalog(b->engine);
    for (uint32_t i = 0; i < series; i++) {
        int n = snprintf(name, sizeof(name), "h%u", one_host ? 0 : i);
        int64_t host = catalog_host(c, name, (size_t)n);
        n = one_host ? snprintf(name, sizeof(name), "%s%u", metric, i)
                     : snprintf(name, sizeof(name), "%s", metric);
        b->samples[i].series = (uint32_t)catalog_series(c, (uint32_t)host, name, (size_t)n);
    }
    for (int i = 0; i < WARM_S; i++)
        one_second(b);
    return b;
}

static void free_bed(struct bed *b)
{
    engine_free(b->engine);
    free(b->samples);
    free(b);
}

static void take_order(struct bed *b, const struct speed_place *p)
{
    struct sample *sorted = speed_memory(b->series * sizeof(*sorted));
    memcpy(sorted, b->samples, b->series * sizeof(*sorted));
    for (uint32_t i = 0; i < b->series; i++)
        b->samples[i] = sorted[p->order[i]];
    free(sorted);
}

static double measure(struct bed *b, const struct speed_place *p)
{
    uint32_t rounds = 1 + 1000000 / (p->series * p->ticks);
    double ns[SPEED_RUNS];

    for (size_t run = 0; run < SPEED_RUNS; run++) {
        double from = speed_cpu_ns();
        for (uint32_t i = 0; i < rounds; i++) {
            if (p->ticks > 1)
                many_seconds(b, p->ticks);
            else
                one_second(b);
        }
        ns[run] = (speed_cpu_ns() - from) / ((double)rounds * p->series * p->ticks);
    }
    return speed_median(ns, SPEED_RUNS);
}

static void say_weight(double grown, uint32_t series)
{
    (void)printf(
        "\nweight of a series that no law knows: %.0f bytes resident, everything on, at %u series\n"
        "  watch %zu, surprise %zu (of it %zu tail), slot %zu, catalog's entity %zu and series %zu, the\n"
        "  rest: its name, hash table entries, tables by id and what malloc adds\n",
        grown, series, sizeof(struct watch), sizeof(struct surprise), sizeof(struct tail),
        sizeof(struct slot), sizeof(struct entity), sizeof(struct series));
}

/* A series' state without the hourly maxima, which a sample does not touch. */
#define TOUCHED (sizeof(struct watch) + sizeof(struct surprise) - TAIL_BLOCKS + sizeof(struct slot))

static void measure_unknown(uint32_t many)
{
    struct speed_place places[SPEED_PLACES];
    double grown = 0;

    speed_places(many, places);
    struct bed *b = make_bed("m", places[0].series, true);
    speed_row("engine, unknown series", &places[0], measure(b, &places[0]), TOUCHED,
        speed_floor_ns(&places[0], TOUCHED));
    free_bed(b);
    size_t before = resident_bytes();
    b = make_bed("m", many, true);
    grown = (double)(resident_bytes() - before - sizeof(*b)) / many - sizeof(struct sample);
    for (size_t i = 1; i < SPEED_PLACES; i++) {
        /* Random order last: it stays. */
        const struct speed_place *p = &places[i == 1 ? 1 : SPEED_PLACES + 1 - i];
        if (p->order)
            take_order(b, p);
        speed_row("engine, unknown series", p, measure(b, p), TOUCHED, speed_floor_ns(p, TOUCHED));
    }
    free_bed(b);
    say_weight(grown, many);
}

static void measure_known(const char *metric)
{
    const struct speed_place p = {"1000 hosts", HOSTS, 1, NULL};
    struct bed *b = make_bed(metric, HOSTS, false);
    char name[64];

    (void)snprintf(name, sizeof(name), "engine, %s", metric);
    speed_row(name, &p, measure(b, &p), 0, 0);
    free_bed(b);
}

void speed_engine(uint32_t many)
{
    measure_known("cpu_usage");
    measure_known("memory_used_mb");
    measure_known("net_sent_packets");
    measure_unknown(many);
}
