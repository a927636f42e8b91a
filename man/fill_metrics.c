/* SPDX-License-Identifier: MIT
 * Turns a flight of the simulator into the list of metrics: what /metrics serves during it, with the help,
 * type and labels that stand there. What is not served cannot be described, and the other way round. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "ingestion/simulator/simulator.h"
#include "manual.h"
#include "output/api/handlers.h"

#define FAMILIES_MAX 256
#define FIELD_MAX    256
#define LOOK_EVERY   60 /* virtual seconds: incidents last for minutes */

struct family {
    char name[FIELD_MAX], help[FIELD_MAX * 2], type[32], labels[FIELD_MAX];
};

struct flight {
    struct engine *engine;
    struct api api;
    struct family families[FAMILIES_MAX];
    size_t count;
};

static struct family *find_family(struct flight *f, const char *name, size_t n, bool make)
{
    for (size_t i = 0; i < f->count; i++)
        if (strlen(f->families[i].name) == n && memcmp(f->families[i].name, name, n) == 0)
            return &f->families[i];
    if (!make || f->count == FAMILIES_MAX || n >= FIELD_MAX)
        return NULL;
    memcpy(f->families[f->count].name, name, n);
    return &f->families[f->count++];
}

static void keep_labels(struct family *family, const char *at)
{
    struct text t;

    if (family->labels[0])
        return;
    text_init(&t, family->labels, sizeof(family->labels));
    for (at++; *at && *at != '}';) {
        const size_t n = strcspn(at, "=");
        text_addf(&t, "%s%.*s", t.length ? ", " : "", (int)n, at);
        for (at += n + (at[n] ? 2 : 0); *at && *at != '"'; at++)
            if (*at == '\\' && at[1])
                at++;
        at += *at == '"';
        at += *at == ',';
    }
}

static void read_line(struct flight *f, const char *line)
{
    const bool help = strncmp(line, "# HELP ", 7) == 0, type = strncmp(line, "# TYPE ", 7) == 0;
    const char *name = help || type ? line + 7 : line;
    const size_t n = strcspn(name, " {");
    struct family *family = *name == '#' ? NULL : find_family(f, name, n, help);

    if (!family || !name[n])
        return;
    if (help)
        (void)snprintf(family->help, sizeof(family->help), "%s", name + n + 1);
    else if (type)
        (void)snprintf(family->type, sizeof(family->type), "%s", name + n + 1);
    else if (name[n] == '{')
        keep_labels(family, name + n);
}

static void look(struct flight *f)
{
    static char body[HTTP_BODY_MAX];
    struct text text;
    const struct http_request q = {.rest = ""};
    struct http_answer a = {.status = 200, .body = &text};

    f->api.tick_ns = view_now_ns(f->api.view);
    text_init(&text, body, sizeof(body));
    api_metrics(&f->api, &q, &a);
    for (char *rest = NULL, *line = strtok_r(body, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        read_line(f, line);
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct flight *f = context;
    return engine_frame(f->engine, t_ns, samples, n);
}

static int take_tick(void *context, int64_t now_ns)
{
    struct flight *f = context;
    return engine_tick(f->engine, now_ns);
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct flight *f = context;
    return engine_gone(f->engine, t_ns, entity, end);
}

static void fail(const struct error *e)
{
    (void)fprintf(stderr, "manual: %s\n", e->text);
    exit(1);
}

static void fly(struct flight *f, const char *name)
{
    const struct option_group options = {
        .rows = engine_option_rows, .count = engine_option_count, .target = &(struct engine_options){0}};
    struct error e;

    option_set_defaults(&options);
    struct scenario *scenario = scenario_builtin(name, &e);
    f->engine = scenario ? engine_new(options.target, ENGINE_STREAM, &e) : NULL;
    if (!f->engine)
        fail(&e);
    const struct feed feed = {.context = f,
        .catalog = engine_catalog(f->engine),
        .frame = take_frame,
        .tick = take_tick,
        .gone = take_gone};
    struct simulator *simulator = simulator_new(scenario, 1, 0, &feed, &e);
    if (!simulator)
        fail(&e);
    f->api = (struct api){.view = engine_view(f->engine),
        .version = "",
        .profile = "",
        .seal_missing = "",
        .sources = {{"simulation", true, 0, 1}},
        .source_count = 1};
    for (size_t i = 0; i < sizeof(f->api.layers) / sizeof(f->api.layers[0]); i++)
        f->api.layers[i].name = "layer";
    for (int i = 0; simulator_step(simulator) > 0; i++)
        if (i % LOOK_EVERY == 0)
            look(f);
    simulator_free(simulator);
    engine_free(f->engine);
    scenario_free(scenario);
}

void fill_metrics(struct text *out)
{
    static struct flight flight;

    for (const char *const *name = scenario_names(); *name; name++)
        fly(&flight, *name);
    for (size_t i = 0; i < flight.count; i++) {
        const struct family *family = &flight.families[i];

        text_add(out, ".TP\n\\fB");
        roff_add(out, family->name);
        text_add(out, "\\fR");
        if (family->labels[0]) {
            text_add(out, " {\\fI");
            roff_add(out, family->labels);
            text_add(out, "\\fR}");
        }
        text_addf(out, " (%s)\n", family->type);
        roff_add(out, family->help);
        text_add(out, "\n");
    }
}
