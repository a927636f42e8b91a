/* SPDX-License-Identifier: MIT
 * Turns the items of sources.meaning into rows of the table of meanings. */
#include "ingestion/intake/meaning_options.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/shown.h"

static const char *const parts[] = {[MEANING_SUM] = "sum",
    [MEANING_CPU_BUSY] = "cpu_busy",
    [MEANING_CPU_IDLE] = "cpu_idle",
    [MEANING_CPU_IOWAIT] = "cpu_iowait",
    [MEANING_CPU_STEAL] = "cpu_steal",
    [MEANING_CPU_SECONDS] = "cpu_seconds",
    [MEANING_CPU_COUNT] = "cpu_count",
    [MEANING_CPU_QUOTA] = "cpu_quota",
    [MEANING_CPU_PERIOD] = "cpu_period",
    [MEANING_RATE] = "rate",
    [MEANING_PART_COUNT] = NULL};

#define ITEM(name, field, kind, default_text, what, text)                                                    \
    {                                                                                                        \
        .key = (name), .type = (kind), .offset = offsetof(struct meaning_option, field),                     \
        .fallback = (default_text), .unit = (what), .help = (text)                                           \
    }

static const struct option_row item_rows[] = {
    ITEM("name", name, OPTION_TEXT, "", "", "the metric's name as its source says it"),
    ITEM("where", where, OPTION_TEXT, "", OPTION_PAIRS, "conditions on its labels"),
    ITEM("metric", metric, OPTION_TEXT, "", "", "what it is here, such as http.client.request.count"),
    ITEM("entity", entity, OPTION_TEXT, "", "", "of what, such as host or service:{queue}"),
    ITEM("scale", scale, OPTION_REAL, "1", "", "what it is multiplied by"),
    {.key = "part",
        .type = OPTION_CHOICE,
        .offset = offsetof(struct meaning_option, part),
        .choices = parts,
        .fallback = "sum",
        .unit = "",
        .help = "how it counts"},
};

static const struct option_records items = {
    .rows = item_rows,
    .count = sizeof(item_rows) / sizeof(item_rows[0]),
    .item_size = sizeof(struct meaning_option),
    .most = MEANING_OPTIONS_MAX,
    .used_offset = offsetof(struct meaning_options, count),
    .place_offset = offsetof(struct meaning_option, place),
};

const struct option_row meaning_option_rows[] = {
    {.key = "sources.meaning",
        .type = OPTION_RECORDS,
        .offset = offsetof(struct meaning_options, rows),
        .fallback = "",
        .unit = "",
        .help = "what metrics of other systems mean that are not known, or mean something else",
        .records = &items},
};
const size_t meaning_option_count = 1;

int meaning_option_check(const struct meaning_option *o, struct error *e)
{
    struct shown s;
    double scale;

    if (o->name[0] == '\0')
        return error_set(e, -EINVAL, "a row without name: that of the metric as its source says it");
    if (metric_find(o->metric, strlen(o->metric), &scale) < 0)
        return error_set(e, -EINVAL, "%s is no metric that a law knows; docs/connectors.md lists them",
            shown_value(&s, o->metric, strlen(o->metric)));
    int r = meaning_check_where(o->where, e);
    return r ? r : meaning_check_entity(o->entity, e);
}

struct meaning *meaning_of_options(const struct meaning_options *o)
{
    struct meaning_row rows[MEANING_OPTIONS_MAX];
    double scale = 1;

    for (uint32_t i = 0; i < o->count; i++) {
        const struct meaning_option *row = &o->rows[i];
        const int metric = metric_find(row->metric, strlen(row->metric), &scale);
        rows[i] = (struct meaning_row){.name = row->name,
            .where = row->where,
            .metric = (enum metric_id)(metric < 0 ? 0 : metric), /* checked before */
            .part = (enum meaning_part)row->part,
            .scale = scale * row->scale,
            .entity = row->entity};
    }
    return meaning_new(rows, o->count);
}
