/* SPDX-License-Identifier: MIT
 * Frames and ticks to rows of long CSV that ingestion/replay reads back to the same frames and ticks. It
 * knows the catalog (series to names); the descriptor is row_file's, which frames there are, and what to do
 * when the disk is full, is left to the caller. */
#include "output/telemetry_csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/row_file.h"
#include "output/telemetry_name.h"

/* A row: three names whose every byte may be a doubled quote, a time, a value, separators. */
#define ROW_MAX (3u * (2u * TELEMETRY_ENTITY_MAX + 2u) + 128u)

struct telemetry_csv {
    bool began; /* header and clock row are there */
    struct row_file file;
};

struct telemetry_csv *telemetry_csv_open(const char *path, struct error *e)
{
    struct telemetry_csv *w = malloc(sizeof(*w));
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

/* Appends a name as one CSV field. Source: RFC 4180 section 2. */
static void add_field(struct text *t, const char *name)
{
    size_t n = strlen(name);
    if (strpbrk(name, ",\"\r\n") == NULL) {
        text_add_bytes(t, name, n);
        return;
    }
    text_add_char(t, '"');
    for (const char *quote; (quote = memchr(name, '"', n)) != NULL; name = quote + 1) {
        text_add_bytes(t, name, (size_t)(quote + 1 - name));
        text_add_char(t, '"');
        n -= (size_t)(quote + 1 - name);
    }
    text_add_bytes(t, name, n);
    text_add_char(t, '"');
}

static void add_entity(struct text *t, const struct entity *e)
{
    char name[TELEMETRY_ENTITY_MAX];
    struct text whole;
    text_init(&whole, name, sizeof(name));
    telemetry_entity(&whole, e);
    add_field(t, name);
}

static void add_value(struct text *t, double value)
{
    if (!isfinite(value))
        return;
    if (value == 0 && signbit(value)) /* the shortest form of -0 is 0, which has other bits */
        text_add_char(t, '-');
    text_add_number(t, value);
}

static void add_header(struct telemetry_csv *w)
{
    w->began = true;
    text_add(&w->file.text, "timestamp,host,metric,value,entity\n");
}

/* Makes room for one row, after header and clock row, and writes its time. Returns 0 or the kept fault, with
 * the row counted as lost. */
static int begin_row(struct telemetry_csv *w, int64_t t_ns)
{
    struct text *t = &w->file.text;
    if (w->file.failed == 0 && !w->began) {
        add_header(w);
        text_add_time(t, t_ns);
        text_add(t, ",,coherence.clock,,\n");
    }
    int fault = row_file_begin(&w->file, ROW_MAX);
    if (fault != 0)
        return fault;
    text_add_time(t, t_ns);
    text_add_char(t, ',');
    return 0;
}

int telemetry_csv_frame(
    struct telemetry_csv *w, const struct catalog *c, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct text *t = &w->file.text;
    for (size_t i = 0; i < n; i++) {
        if (begin_row(w, t_ns) != 0)
            continue; /* counted */
        const struct series *s = catalog_series_get(c, samples[i].series);
        add_field(t, catalog_host_name(c, s->entity));
        text_add_char(t, ',');
        add_field(t, catalog_metric_name(c, s->metric));
        text_add_char(t, ',');
        add_value(t, samples[i].value * s->scale);
        text_add_char(t, ',');
        add_entity(t, telemetry_owner(c, s));
        text_add_char(t, '\n');
    }
    return w->file.failed;
}

int telemetry_csv_gone(
    struct telemetry_csv *w, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct text *t = &w->file.text;
    if (begin_row(w, t_ns) != 0)
        return w->file.failed;
    add_field(t, catalog_host_name(c, entity));
    text_add(t, ",coherence.gone,");
    if (end == ENTITY_OUT_OF_MEMORY)
        text_add_char(t, '1');
    text_add_char(t, ',');
    add_entity(t, catalog_entity_get(c, entity));
    text_add_char(t, '\n');
    return 0;
}

int telemetry_csv_tick(struct telemetry_csv *w, const struct catalog *c, int64_t now_ns)
{
    (void)c;
    if (begin_row(w, now_ns) != 0)
        return w->file.failed;
    text_add(&w->file.text, ",coherence.tick,,\n");
    return row_file_pass(&w->file, now_ns);
}

int telemetry_csv_close(struct telemetry_csv *w, uint64_t *ret_lost)
{
    if (w == NULL)
        return 0;
    if (!w->began) /* nothing came: a file that replays as nothing */
        add_header(w);
    int fault = row_file_close(&w->file, ret_lost);
    free(w);
    return fault;
}
