/* SPDX-License-Identifier: MIT
 * Feeds a load's readings to an engine in virtual time and takes down its findings. Shares and medians over
 * many seeds are score.c's business. */
#include "trial.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/engine.h"

#define START_NS  (INT64_C(1767225600) * 1000000000)
#define SECOND_NS 1e9
#define SERIES    7
#define DAY_S     86400.0

static const char *const series_names[SERIES] = {"system.cpu.utilization", "system.process.created",
    "system.memory.limit", "system.memory.usage", "http.server.request.count", "http.client.request.count",
    "http.client.request.failed"};

/* An engine, and what it knows the load's series by. */
struct body {
    struct engine *engine;
    uint32_t host, series[SERIES];
    uint32_t process, process_series, uptime_series; /* ENTITY_NONE: none runs */
    int64_t began_ns;
    unsigned started;
};

struct watcher {
    const struct load_kind *kind;
    struct trial *trial;
};

static void note_wrong(struct trial *t, const struct finding *f)
{
    bool growth = f->law == LAW_FEVER && strcmp(f->cause, "leak") == 0;
    t->wrong++;
    t->seizures += f->law == LAW_SEIZURE;
    t->growths += growth;
    t->others += f->law != LAW_SEIZURE && !growth;
    if (t->wrong == 1)
        strcpy(t->text, f->text);
}

static void note_right(struct trial *t, const struct finding *f, double since_s)
{
    if (f->change == CHANGE_OPEN && !t->found) {
        t->found = true;
        t->delay_s = since_s;
        if (!t->wrong)
            strcpy(t->text, f->text);
    }
    if (!isnan(f->exhaustion_lo_s) && t->telling_count < TRIAL_TELLINGS_MAX)
        t->tellings[t->telling_count++] =
            (struct trial_telling){.truth_s = (double)(f->t_ns - START_NS) / SECOND_NS,
                .lo_s = f->exhaustion_lo_s,
                .hi_s = f->exhaustion_hi_s};
}

static void on_event(void *context, const struct event *e)
{
    struct watcher *w = context;
    const struct finding *f = e->type == EVENT_FINDING ? e->finding : NULL;

    if (!f || f->law > LAW_AMPLIFICATION || f->change == CHANGE_CLOSE)
        return;
    double since_s = (double)(f->t_ns - START_NS) / SECOND_NS - w->kind->onset_s;
    bool sick = w->kind->law != LAW_COUNT && since_s > 0;
    if (sick && f->law == w->kind->law)
        note_right(w->trial, f, since_s);
    else if (!sick && f->change == CHANGE_OPEN)
        note_wrong(w->trial, f);
}

static struct body make_body(struct watcher *w)
{
    struct body b = {.process = ENTITY_NONE};
    struct engine_options o;
    struct error e;

    option_set_defaults(
        &(struct option_group){.rows = engine_option_rows, .count = engine_option_count, .target = &o});
    o.max_entities = o.max_series = 100;
    b.engine = engine_new(&o, ENGINE_STREAM, &e);
    assert(b.engine);
    engine_on_event(b.engine, on_event, w);
    struct catalog *names = engine_catalog(b.engine);
    b.host = (uint32_t)catalog_host(names, "h", 1);
    for (int i = 0; i < SERIES; i++) {
        int64_t id = catalog_series(names, b.host, series_names[i], strlen(series_names[i]));
        assert(id >= 0);
        b.series[i] = (uint32_t)id;
    }
    return b;
}

static void begin_process(struct body *b, int64_t t_ns)
{
    struct catalog *names = engine_catalog(b->engine);
    char name[32];

    int n = snprintf(name, sizeof(name), "%u java @%u", 4711 + b->started, 88123 + b->started);
    b->started++;
    int64_t process = catalog_entity(names, b->host, ENTITY_PROCESS, name, (size_t)n, ENTITY_NONE);
    assert(process >= 0);
    b->process = (uint32_t)process;
    int64_t id = catalog_series_known(names, b->process, METRIC_MEMORY_USAGE);
    assert(id >= 0);
    b->process_series = (uint32_t)id;
    id = catalog_series_known(names, b->process, METRIC_UPTIME);
    assert(id >= 0);
    b->uptime_series = (uint32_t)id;
    b->began_ns = t_ns;
}

static void end_process(struct body *b, int64_t t_ns)
{
    int failed = engine_gone(b->engine, t_ns, b->process, ENTITY_ENDED);
    assert(failed == 0);
    (void)failed;
    b->process = ENTITY_NONE;
}

static void feed(struct body *b, int64_t t_ns, const struct load_reading *r)
{
    const double values[SERIES] = {r->cpu, r->forks, r->limit, r->used, r->in, r->out, r->failed};
    struct sample present[SERIES + 2];
    bool runs = b->process != ENTITY_NONE;
    size_t n = 0;

    for (int i = 0; i < SERIES; i++)
        if (!isnan(values[i]))
            present[n++] = (struct sample){.series = b->series[i], .value = values[i]};
    if (runs && isnan(r->process))
        end_process(b, t_ns);
    if (!runs && !isnan(r->process))
        begin_process(b, t_ns);
    if (!isnan(r->process)) {
        present[n++] =
            (struct sample){.series = b->uptime_series, .value = (double)(t_ns - b->began_ns) / SECOND_NS};
        present[n++] = (struct sample){.series = b->process_series, .value = r->process};
    }
    int failed = engine_frame(b->engine, t_ns, present, n);
    assert(failed == 0);
    (void)failed;
}

/* Statements are known to be right or wrong once the end has come. */
static void settle(struct trial *t, double end_s)
{
    for (unsigned i = 0; i < t->telling_count; i++)
        t->tellings[i].truth_s = end_s - t->tellings[i].truth_s;
    if (!t->ended)
        t->telling_count = 0;
}

struct trial trial_run(const struct load_kind *kind, uint64_t seed)
{
    struct trial t = {.delay_s = (double)NAN};
    struct watcher w = {.kind = kind, .trial = &t};
    struct body b = make_body(&w);
    struct load l = load_begin(kind, seed);
    /* Whole nanoseconds from whole numbers of readings: no drift. */
    int64_t step_ns = (int64_t)(kind->step_s * SECOND_NS + 0.5), now_ns = 0, tick_ns = (int64_t)SECOND_NS;
    double end_s = 0;

    while (end_s < kind->span_s && !t.ended) {
        now_ns += step_ns;
        end_s = (double)now_ns / SECOND_NS;
        struct load_reading r = load_next(&l, end_s);
        t.ended = kind->growth && r.used >= r.limit;
        feed(&b, START_NS + now_ns, &r);
        if (step_ns >= tick_ns || now_ns % tick_ns == 0)
            engine_tick(b.engine, START_NS + now_ns);
    }
    settle(&t, end_s);
    t.days = (kind->law == LAW_COUNT ? end_s : kind->onset_s) / DAY_S;
    engine_free(b.engine);
    return t;
}
