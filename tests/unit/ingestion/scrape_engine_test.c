/* SPDX-License-Identifier: MIT
 * Expositions through decoder, meanings and intake into the engine.
 *
 * The same telemetry says the same whichever way it comes: a simulated flight is written down as CSV and as
 * expositions, one a second, and what the engine says of the one must be, byte for byte, what it says of the
 * other. Both meet the same engine; expositions pass the decoder, the meanings and the intake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/option.h"
#include "core/entity.h"
#include "engine/engine.h"
#include "ingestion/intake/meaning.h"
#include "ingestion/prometheus/exposition.h"
#include "ingestion/replay/replay.h"
#include "ingestion/simulator/simulator.h"
#include "output/event_json.h"

#define FLIGHT_BYTES (64u << 20)

/* A flight as CSV and as bodies: each body is begun by its time, and ended by an empty line. */
struct flight_text {
    struct catalog *catalog;
    struct text csv, bodies;
    int64_t t_ns;
};

static void put_sample(struct flight_text *f, int64_t t_ns, const struct sample *sample)
{
    const struct series *s = catalog_series_get(f->catalog, sample->series);
    const struct entity *e = catalog_entity_get(f->catalog, s->entity);
    const char *host = catalog_host_name(f->catalog, s->entity),
               *metric = catalog_metric_name(f->catalog, s->metric);

    if (e->kind != ENTITY_HOST)
        return; /* CPUs one by one have no name in expositions */
    text_add_time(&f->csv, t_ns);
    text_addf(&f->csv, ",%s,%s,", host, metric);
    text_add_number(&f->csv, sample->value * s->scale);
    text_add_char(&f->csv, '\n');
    text_addf(&f->bodies, "{\"%s\",node=\"%s\"} ", metric, host);
    text_add_number(&f->bodies, sample->value * s->scale);
    text_addf(&f->bodies, " %lld\n", (long long)(t_ns / 1000000));
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct flight_text *f = context;

    for (size_t i = 0; i < n; i++)
        put_sample(f, t_ns, &samples[i]);
    return 0;
}

static int take_tick(void *context, int64_t now_ns)
{
    struct flight_text *f = context;

    text_addf(&f->bodies, "\n%lld\n", (long long)now_ns);
    text_add_time(&f->csv, now_ns);
    text_add(&f->csv, ",,coherence.tick,\n");
    return 0;
}

static void text_big(struct text *t)
{
    char *room = malloc(FLIGHT_BYTES);
    assert_non_null(room);
    text_init(t, room, FLIGHT_BYTES);
}

static void fly(struct flight_text *f)
{
    const struct catalog_limits limits = {.entities = 100, .series = 1000, .metrics = 100};
    struct error e;
    struct scenario *s = scenario_builtin("cascade", &e);

    text_big(&f->csv);
    text_big(&f->bodies);
    f->catalog = catalog_new(&limits);
    text_add(&f->csv, "timestamp,host,metric,value\n0,,coherence.clock,\n");
    const struct feed feed = {.context = f, .catalog = f->catalog, .frame = take_frame, .tick = take_tick};
    struct simulator *m = simulator_new(s, 7, 0, &feed, &e);
    assert_non_null(m);
    while (simulator_step(m) > 0)
        ;
    simulator_free(m);
    scenario_free(s);
    assert_false(f->csv.truncated || f->bodies.truncated);
}

struct told {
    struct engine *engine;
    struct text text;
};

static void hear(void *context, const struct event *event)
{
    static char line[EVENT_JSON_MAX];
    struct told *t = context;
    struct text one;

    if (event->type != EVENT_FINDING && event->type != EVENT_INCIDENT)
        return;
    text_init(&one, line, sizeof(line));
    event_json_write(&one, engine_catalog(t->engine), event);
    text_add_bytes(&t->text, one.data, one.length);
}

static void begin(struct told *t)
{
    struct engine_options o;
    struct error e;

    option_set_defaults(&(struct option_group){engine_option_rows, engine_option_count, &o});
    text_big(&t->text);
    t->engine = engine_new(&o, ENGINE_STREAM, &e);
    assert_non_null(t->engine);
    engine_on_event(t->engine, hear, t);
}

static void by_csv(struct told *t, const struct flight_text *f)
{
    const struct replay_options o = {.format = REPLAY_CSV};
    struct feed feed = engine_feed(t->engine);
    struct replay_counts counts;
    struct error e = {.text = ""};
    int fd = memfd_create("flight", MFD_CLOEXEC);

    assert_int_equal(write(fd, f->csv.data, f->csv.length), f->csv.length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    struct byte_stream *s = byte_stream_from_fd(fd, "flight", &e);
    struct replay *r = replay_open(s, &o, &e);
    assert_non_null(r);
    assert_int_equal(replay_run(r, &feed, NULL, &counts, &e), 0);
    assert_int_equal(counts.skipped, 0);
    replay_close(r);
    byte_stream_close(s);
}

/* An intake before the engine. */
struct way_in {
    struct meaning *meaning;
    struct intake_house *house;
    struct intake *in;
};

static void open_way(struct way_in *w, struct told *t)
{
    struct feed feed = engine_feed(t->engine);

    w->meaning = meaning_new(NULL, 0);
    struct intake_setup setup = {.feed = &feed, .meaning = w->meaning, .local_host = "here"};
    option_set_defaults(&(struct option_group){intake_option_rows, intake_option_count, &setup.options});
    w->house = intake_house_new(&setup);
    w->in = intake_open(w->house, "test", NULL, 0);
    assert_non_null(w->in);
}

static void close_way(struct way_in *w)
{
    for (int i = 0; i < INTAKE_DROP_COUNT; i++)
        assert_int_equal(intake_count(w->in)->dropped[i], 0);
    intake_close(w->in);
    intake_house_free(w->house);
    meaning_free(w->meaning);
}

static void scrape_at(struct way_in *w, struct told *t, int64_t now_ns, const char *body, size_t n)
{
    const struct exposition_options o = {.max_samples = 100000};
    struct error e;

    intake_begin(w->in, now_ns);
    assert_int_equal(exposition_read(body, n, &o, w->in, &e), 0);
    assert_int_equal(intake_end(w->in, INTAKE_WHOLE), 0);
    assert_int_equal(intake_tick(w->in, now_ns), 0);
    assert_int_equal(engine_tick(t->engine, now_ns), 0);
}

static void by_scrape(struct told *t, const struct flight_text *f)
{
    struct way_in w;

    open_way(&w, t);
    for (const char *p = f->bodies.data; *p;) {
        const char *end = strstr(p, "\n\n");
        assert_non_null(end);
        scrape_at(&w, t, strtoll(end + 2, NULL, 10), p, (size_t)(end + 1 - p));
        p = strchr(end + 2, '\n') + 1;
    }
    close_way(&w);
}

static void csv_and_expositions_say_the_same(void **state)
{
    (void)state;
    struct flight_text f = {.t_ns = 0};
    struct told csv, scrape;

    fly(&f);
    begin(&csv);
    by_csv(&csv, &f);
    begin(&scrape);
    by_scrape(&scrape, &f);
    engine_flush(csv.engine);
    engine_flush(scrape.engine);
    assert_non_null(strstr(csv.text.data, "\"law\":\"seizure\""));
    assert_non_null(strstr(csv.text.data, "\"law\":\"fever\""));
    assert_string_equal(scrape.text.data, csv.text.data);
    engine_free(csv.engine);
    engine_free(scrape.engine);
    catalog_free(f.catalog);
    free(csv.text.data);
    free(scrape.text.data);
    free(f.csv.data);
    free(f.bodies.data);
}

/* HAProxy 2.6 with two servers behind one backend, asked once a second while a dozen clients asked it for
 * some 40 pages a second; recorded on 2026-11-22, the metrics that mean something here. After three minutes
 * both servers were killed, and came back 45 s later. Each body stands behind its time, "@" and milliseconds.
 */
#define KILLED_S 181

static char *read_storm(size_t *ret_n)
{
    char path[1024];
    snprintf(
        path, sizeof(path), "%s/tests/golden/connect/haproxy-storm.txt", getenv("COHERENCE_SOURCE_ROOT"));
    FILE *file = fopen(path, "rb");
    char *bytes = calloc(1, 1 << 20);
    assert_non_null(file);
    *ret_n = fread(bytes, 1, (1 << 20) - 1, file);
    fclose(file);
    return bytes;
}

static void a_retry_storm_through_haproxy_is_found(void **state)
{
    (void)state;
    struct told told;
    struct way_in w;
    size_t n;
    char *bytes = read_storm(&n);
    const int64_t first_ms = strtoll(bytes + 1, NULL, 10);

    begin(&told);
    open_way(&w, &told);
    for (const char *p = bytes; p < bytes + n;) {
        const char *body = strchr(p, '\n') + 1, *end = strstr(body, "\n@");
        end = end ? end + 1 : bytes + n;
        scrape_at(&w, &told, strtoll(p + 1, NULL, 10) * 1000000, body, (size_t)(end - body));
        p = end;
    }
    engine_flush(told.engine);
    const char *found = strstr(told.text.data, "\"law\":\"amplification\"");
    assert_non_null(found);
    assert_non_null(strstr(told.text.data, "\"entity\":{\"kind\":\"service\",\"name\":\"haproxy/shop\""));
    assert_non_null(strstr(found, "\"cause\":\"retry_storm\""));
    /* Said within half a minute of the kill, and not before. */
    const char *line = found;
    while (line > told.text.data && line[-1] != '\n')
        line--;
    const double after_s = strtod(strstr(line, "\"t\":") + 4, NULL) - (double)first_ms / 1000 - KILLED_S;
    print_message("# found %.0f s after the servers were killed\n", after_s);
    assert_true(after_s > 0 && after_s < 30);
    close_way(&w);
    engine_free(told.engine);
    free(told.text.data);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_retry_storm_through_haproxy_is_found),
        cmocka_unit_test(csv_and_expositions_say_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
