/* SPDX-License-Identifier: MIT
 * Writes down what an intake feeds, with names instead of ids. */
#include "intake_capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/option.h"
#include "core/entity.h"

static char said[1 << 16];

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct intake_capture *c = context;

    c->frames++;
    for (size_t i = 0; i < n; i++) {
        const struct series *s = catalog_series_get(c->catalog, samples[i].series);
        const struct entity *e = catalog_entity_get(c->catalog, s->entity);
        text_add_time(&c->text, t_ns);
        text_addf(&c->text, " %s ", catalog_host_name(c->catalog, s->entity));
        text_add(&c->text, entity_kind_name(e->kind));
        if (e->kind != ENTITY_HOST)
            text_addf(&c->text, ":%s", e->name);
        if (e->kind != ENTITY_SERIES)
            text_addf(&c->text, " %s", catalog_metric_name(c->catalog, s->metric));
        text_add_char(&c->text, ' ');
        text_add_human(&c->text, samples[i].value, 9);
        text_add_char(&c->text, '\n');
    }
    return 0;
}

static int take_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct intake_capture *c = context;
    const struct entity *e = catalog_entity_get(c->catalog, entity);

    (void)end;
    text_add_time(&c->text, t_ns);
    text_addf(&c->text, " gone %s:%s\n", entity_kind_name(e->kind), e->name);
    catalog_leave(c->catalog, entity);
    catalog_make_room(c->catalog, entity);
    catalog_remove(c->catalog, entity);
    return 0;
}

void intake_capture_open(struct intake_capture *c, int64_t series)
{
    const struct catalog_limits limits = {.entities = 1000, .series = 1000, .metrics = 1000};

    memset(c, 0, sizeof(*c));
    text_init(&c->text, c->bytes, sizeof(c->bytes));
    c->catalog = catalog_new(&limits);
    c->meaning = meaning_new(NULL, 0);
    const struct feed feed = {c, c->catalog, take_frame, take_tick, take_gone};
    struct intake_setup setup = {
        .feed = &feed, .meaning = c->meaning, .local_host = INTAKE_CAPTURE_LOCAL, .local_is_watched = true};
    option_set_defaults(&(struct option_group){intake_option_rows, intake_option_count, &setup.options});
    if (series > 0)
        setup.options.max_series = series;
    c->house = intake_house_new(&setup);
    assert_non_null(c->house);
}

void intake_capture_close(struct intake_capture *c)
{
    while (intake_house_count(c->house) > 0)
        intake_close(intake_house_at(c->house, 0));
    intake_house_free(c->house);
    meaning_free(c->meaning);
    catalog_free(c->catalog);
}

const char *intake_capture_said(struct intake_capture *c)
{
    memcpy(said, c->bytes, c->text.length + 1);
    text_clear(&c->text);
    return said;
}

void intake_capture_give(
    struct intake *in, const char *text, enum intake_kind kind, int64_t t_ns, double value)
{
    struct intake_label labels[INTAKE_LABELS_MAX + 2];
    size_t n = strcspn(text, "{"), count = 0;
    const char *p = text[n] ? text + n + 1 : text + n;

    uint32_t ref = intake_find(in, text, strlen(text));
    while (*p && *p != '}') {
        size_t name_n = strcspn(p, "="), value_n = strcspn(p + name_n + 1, ",}");
        labels[count++] = (struct intake_label){p, p + name_n + 1, (uint32_t)name_n, (uint32_t)value_n};
        p += name_n + 1 + value_n;
        p += *p == ',';
    }
    const struct intake_series s = {
        .name = text, .name_n = n, .labels = labels, .label_count = count, .kind = kind};
    if (ref == INTAKE_NONE)
        ref = intake_declare(in, text, strlen(text), &s);
    intake_sample(in, ref, t_ns, value);
}
