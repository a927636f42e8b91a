/* SPDX-License-Identifier: MIT
 * Frames and ticks to JSON lines that ingestion/replay reads back to the same frames and ticks. It knows the
 * catalog (series to names); the descriptor is row_file's. */
#include "output/telemetry_jsonl.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "output/row_file.h"
#include "output/telemetry_name.h"

/* A line: three names whose every byte may be \u00XX, a time, a value, the members' names. */
#define ROW_MAX (3u * (6u * TELEMETRY_ENTITY_MAX + 2u) + 192u)

struct telemetry_jsonl {
    bool began; /* the line that announces the clock is there */
    struct row_file file;
};

struct telemetry_jsonl *telemetry_jsonl_open(const char *path, struct error *e)
{
    struct telemetry_jsonl *w = malloc(sizeof(*w));
    if (w == NULL) {
        (void)error_set_at(e, -ENOMEM, path, 0, 0, "out of memory");
        return NULL;
    }
    w->began = false;
    if (row_file_open(&w->file, path, e) != 0) {
        free(w);
        return NULL;
    }
    return w;
}

static void add_name(struct text *t, const char *member, const char *name)
{
    text_add(t, member);
    text_add_json_string(t, name, strlen(name));
}

static void add_time(struct text *t, int64_t t_ns)
{
    text_add(t, "{\"t\":");
    text_add_time(t, t_ns);
}

static void add_entity(struct text *t, const struct entity *e)
{
    char name[TELEMETRY_ENTITY_MAX];
    struct text whole;

    if (e->kind == ENTITY_HOST)
        return;
    text_init(&whole, name, sizeof(name));
    telemetry_entity(&whole, e);
    add_name(t, ",\"entity\":", name);
}

/* Makes room for one line, after the one that announces the clock, and begins it. Returns 0 or the kept
 * fault, with the row counted as lost. */
static int begin_row(struct telemetry_jsonl *w, int64_t t_ns)
{
    struct text *t = &w->file.text;
    int fault = row_file_begin(&w->file, 2 * ROW_MAX);
    if (fault != 0)
        return fault;
    if (!w->began) {
        add_time(t, t_ns);
        text_add(t, ",\"metric\":\"coherence.clock\"}\n");
        w->began = true;
    }
    add_time(t, t_ns);
    return 0;
}

int telemetry_jsonl_frame(
    struct telemetry_jsonl *w, const struct catalog *c, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct text *t = &w->file.text;
    for (size_t i = 0; i < n; i++) {
        if (begin_row(w, t_ns) != 0)
            continue; /* counted */
        const struct series *s = catalog_series_get(c, samples[i].series);
        double value = samples[i].value * s->scale;
        add_name(t, ",\"host\":", catalog_host_name(c, s->entity));
        add_entity(t, telemetry_owner(c, s));
        add_name(t, ",\"metric\":", catalog_metric_name(c, s->metric));
        text_add(t, ",\"value\":");
        if (value == 0 && signbit(value)) /* the shortest form of -0 is 0, which has other bits */
            text_add_char(t, '-');
        text_add_number(t, value);
        text_add(t, "}\n");
    }
    return w->file.failed;
}

int telemetry_jsonl_gone(
    struct telemetry_jsonl *w, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct text *t = &w->file.text;
    if (begin_row(w, t_ns) != 0)
        return w->file.failed;
    add_name(t, ",\"host\":", catalog_host_name(c, entity));
    add_entity(t, catalog_entity_get(c, entity));
    text_add(t, ",\"metric\":\"coherence.gone\"");
    if (end == ENTITY_OUT_OF_MEMORY)
        text_add(t, ",\"value\":1");
    text_add(t, "}\n");
    return 0;
}

int telemetry_jsonl_tick(struct telemetry_jsonl *w, const struct catalog *c, int64_t now_ns)
{
    (void)c;
    if (begin_row(w, now_ns) != 0)
        return w->file.failed;
    text_add(&w->file.text, ",\"metric\":\"coherence.tick\"}\n");
    return row_file_pass(&w->file, now_ns);
}

int telemetry_jsonl_close(struct telemetry_jsonl *w, uint64_t *ret_lost)
{
    if (w == NULL)
        return 0;
    int fault = row_file_close(&w->file, ret_lost);
    free(w);
    return fault;
}
