/* SPDX-License-Identifier: MIT
 * How fast expositions come in once their series are known: CPU time of reading a body of 1,000 or 20,000
 * series into an intake, with the engine behind it and with a feed that does nothing, beside the floor of
 * looking at every byte once (memchr for newlines) and of copying the body. Usage: bench_exposition [bodies].
 * One line each: the median of five runs. Goal: 5 million lines a second without the engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/option.h"
#include "base/rng.h"
#include "base/text.h"
#include "engine/engine.h"
#include "ingestion/intake/meaning.h"
#include "ingestion/prometheus/exposition.h"

#define RUNS         5
#define BODIES_USUAL 40
#define FAMILY       20 /* series of one metric, with a TYPE and a HELP before them */
#define S            INT64_C(1000000000)

static double cpu_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A body as an exporter writes it. Values change from one to the next. Returns how many lines. */
static size_t put_body(struct text *t, unsigned series, struct rng *r)
{
    size_t lines = 0;

    text_clear(t);
    for (unsigned i = 0; i < series; i++) {
        unsigned family = i / FAMILY;
        if (i % FAMILY == 0) {
            text_addf(t, "# HELP app_queue_%03u_length What waits in a queue of the application.\n", family);
            text_addf(t, "# TYPE app_queue_%03u_length gauge\n", family);
            lines += 2;
        }
        uint64_t micro = 30000000 + rng_next(r) % 30000000;
        text_addf(t, "app_queue_%03u_length{method=\"GET\",path=\"/api/v1/items\",shard=\"%02u\"} %u.%06u\n",
            family, i % FAMILY, (unsigned)(micro / 1000000), (unsigned)(micro % 1000000));
        lines++;
    }
    return lines;
}

struct source {
    struct engine *engine;
    struct catalog *catalog;
    struct meaning *meaning;
    struct intake_house *house;
    struct intake *in;
};

static int no_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)context;
    (void)t_ns;
    (void)samples;
    (void)n;
    return 0;
}

static void open_source(struct source *s, bool with_engine)
{
    struct engine_options o;
    struct error e;

    option_set_defaults(&(struct option_group){engine_option_rows, engine_option_count, &o});
    o.max_series = o.max_entities = 100000;
    o.threads = 1;
    s->engine = engine_new(&o, ENGINE_STREAM, &e);
    s->catalog = engine_catalog(s->engine);
    struct feed feed = engine_feed(s->engine);
    if (!with_engine)
        feed.frame = no_frame;
    s->meaning = meaning_new(NULL, 0);
    struct intake_setup setup = {.feed = &feed, .meaning = s->meaning, .local_host = "here"};
    option_set_defaults(&(struct option_group){intake_option_rows, intake_option_count, &setup.options});
    s->house = intake_house_new(&setup);
    s->in = intake_open(s->house, "bench", NULL, 0);
}

static void close_source(struct source *s)
{
    intake_close(s->in);
    intake_house_free(s->house);
    meaning_free(s->meaning);
    engine_free(s->engine);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double measure(const struct text *bodies, size_t count, bool with_engine)
{
    const struct exposition_options o = {.max_samples = 100000};
    double runs[RUNS];

    for (int run = 0; run < RUNS; run++) {
        struct source s;
        struct error e;
        int64_t t_ns = 1767225600 * S;
        double begun = 0;
        open_source(&s, with_engine);
        for (size_t i = 0; i < count + 2; i++) { /* the first two make series known, and their order */
            if (i == 2)
                begun = cpu_s();
            t_ns += 15 * S;
            intake_begin(s.in, t_ns);
            if (exposition_read(bodies[i % 2].data, bodies[i % 2].length, &o, s.in, &e) != 0 ||
                intake_end(s.in, INTAKE_WHOLE) != 0)
                exit(1);
            if (with_engine)
                (void)engine_tick(s.engine, t_ns);
        }
        runs[run] = cpu_s() - begun;
        close_source(&s);
    }
    qsort(runs, RUNS, sizeof(runs[0]), by_value);
    return runs[RUNS / 2];
}

/* The floors: newlines counted, bytes copied. */
static double floor_of(const struct text *body, size_t count, bool copies)
{
    char *copy = malloc(body->length + 1);
    double begun = cpu_s();
    size_t lines = 0;

    for (size_t i = 0; i < count && copy; i++) {
        const char *p = body->data, *end = p + body->length;
        if (copies)
            memcpy(copy, p, body->length);
        for (; !copies && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
            lines++;
        __asm__ volatile("" : : "r"(copy) : "memory");
    }
    free(copy);
    double took = cpu_s() - begun;
    return lines == SIZE_MAX ? 0 : took;
}

int main(int argc, char **argv)
{
    const size_t bodies = argc > 1 ? strtoul(argv[1], NULL, 10) : BODIES_USUAL;
    static const unsigned sizes[] = {1000, 20000};
    enum { ROOM = 4 << 20 };

    for (size_t k = 0; k < 2; k++) {
        struct text body[2];
        struct rng r;
        size_t lines = 0, count = bodies * (k ? 1 : 20);
        rng_seed(&r, 1);
        for (int i = 0; i < 2; i++) {
            char *room = malloc(ROOM);
            if (!room)
                return 1;
            text_init(&body[i], room, ROOM);
            lines = put_body(&body[i], sizes[k], &r);
        }
        const double total = (double)(lines * count), mb = (double)(body[0].length * count) * 1e-6;
        const struct {
            const char *what;
            double seconds;
        } rows[] = {{"floor: every byte looked at", floor_of(&body[0], count, false)},
            {"floor: every byte copied", floor_of(&body[0], count, true)},
            {"engine off", measure(body, count, false)}, {"engine on", measure(body, count, true)}};
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            printf("exposition %5u series, %-28s %7.2f M lines/s %8.0f MB/s %7.1f ns a line\n", sizes[k],
                rows[i].what, total / rows[i].seconds * 1e-6, mb / rows[i].seconds,
                rows[i].seconds / total * 1e9);
        free(body[0].data);
        free(body[1].data);
    }
    return 0;
}
