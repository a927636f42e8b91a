/* SPDX-License-Identifier: MIT
 * A series that is new: is it well-formed, is there room, what does it mean, and whose is it? Once per
 * series; its samples come by reference from then on. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "ingestion/intake/intake_inside.h"
#include "ingestion/intake/place.h"
#include "ingestion/replay/name_check.h"

#define IDENTITY_MARK '\x01' /* before a series' identity in the cache: no text and no message begins so */

/* A series with the labels of its source. */
struct candidate {
    const struct intake_series *series;
    struct intake_label labels[INTAKE_LABELS_MAX];
    size_t count;
    enum intake_kind kind;
};

static bool is_name(const char *p, size_t n)
{
    return n > 0 && memchr(p, '\0', n) == NULL && name_is_utf8(p, n);
}

static const struct intake_label *label_of(const struct candidate *c, const struct intake_label *wanted)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->labels[i].name_n == wanted->name_n &&
            memcmp(c->labels[i].name, wanted->name, wanted->name_n) == 0)
            return &c->labels[i];
    return NULL;
}

/* Adds a label of the series. Returns the fault, or INTAKE_DROP_COUNT. */
static enum intake_drop add_label(struct candidate *c, const struct intake_label *l)
{
    if (l->value_n == 0)
        return INTAKE_DROP_COUNT;
    if (l->name_n > INTAKE_NAME_MAX || l->value_n > INTAKE_VALUE_MAX)
        return INTAKE_DROP_TOO_LONG;
    if (!is_name(l->name, l->name_n) || !is_name(l->value, l->value_n))
        return INTAKE_DROP_BAD_NAME;
    if (label_of(c, l))
        return INTAKE_DROP_DUPLICATE_LABEL;
    if (c->count == INTAKE_LABELS_MAX)
        return INTAKE_DROP_TOO_MANY_LABELS;
    c->labels[c->count++] = *l;
    return INTAKE_DROP_COUNT;
}

static bool ends_with(const struct intake_series *s, const char *end)
{
    size_t n = strlen(end);
    return s->name_n > n && memcmp(s->name + s->name_n - n, end, n) == 0;
}

static bool begins_with(const struct intake_series *s, const char *begin)
{
    size_t n = strlen(begin);
    return s->name_n > n && memcmp(s->name, begin, n) == 0;
}

/* Of a series of which nothing is said. Source: Prometheus, metric and label naming; node_exporter, whose
 * collectors netstat and vmstat pass on the kernel's counters untyped (all but CurrEstab). */
static enum intake_kind kind_of(const struct intake_series *s)
{
    static const char *const counters[] = {"_total", "_count", "_sum", "_bucket", NULL};
    const bool kernels = begins_with(s, "node_netstat_") || begins_with(s, "node_vmstat_p") ||
                         begins_with(s, "node_vmstat_oom");

    if (s->kind == INTAKE_UNKNOWN && kernels && !ends_with(s, "_CurrEstab"))
        return INTAKE_COUNTER;

    for (int i = 0; s->kind == INTAKE_UNKNOWN && counters[i]; i++)
        if (ends_with(s, counters[i]))
            return INTAKE_COUNTER;
    return s->kind == INTAKE_UNKNOWN ? INTAKE_GAUGE : s->kind;
}

static enum intake_drop look(struct intake *in, const struct intake_series *s, struct candidate *c)
{
    enum intake_drop fault = INTAKE_DROP_COUNT;

    *c = (struct candidate){.series = s, .kind = kind_of(s)};
    if (s->name_n > INTAKE_NAME_MAX)
        return INTAKE_DROP_TOO_LONG;
    if (!is_name(s->name, s->name_n))
        return INTAKE_DROP_BAD_NAME;
    for (size_t i = 0; i < s->label_count && fault == INTAKE_DROP_COUNT; i++)
        fault = add_label(c, &s->labels[i]);
    for (size_t i = 0; i < in->extra_count && fault == INTAKE_DROP_COUNT; i++)
        if (!label_of(c, &in->extra[i]))
            fault = add_label(c, &in->extra[i]);
    return fault;
}

/* What the unit of a source is in that of the metric. */
static double unit_scale(const char *unit, enum metric_id metric)
{
    static const struct {
        const char *unit, *of;
        double scale;
    } units[] = {{"ms", "s", 1e-3}, {"us", "s", 1e-6}, {"ns", "s", 1e-9}, {"%", "1", 0.01},
        {"KiBy", "By", 1024}, {"MiBy", "By", 1048576}, {"GiBy", "By", 1073741824}, {"kBy", "By", 1e3},
        {"MBy", "By", 1e6}};

    for (size_t i = 0; unit && i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(unit, units[i].unit) == 0 && strcmp(metric_table[metric].unit, units[i].of) == 0)
            return units[i].scale;
    return 1;
}

static int64_t host_of(struct intake *in, const struct candidate *c)
{
    struct text *t = &in->house->text;

    text_clear(t);
    place_host(c->labels, c->count, in->house->setup.local_host, t);
    return catalog_host(in->house->feed.catalog, t->data, t->length);
}

static enum intake_drop drop_of(int64_t error)
{
    return error == -EINVAL ? INTAKE_DROP_TOO_LONG : INTAKE_DROP_ENGINE_LIMIT;
}

/* May this source say that of the entity? Another may be there first, or know better. */
static bool is_free(const struct intake *in, uint32_t entity, uint32_t series, bool known)
{
    const struct intake_house *h = in->house;
    const struct entity *e = catalog_entity_get(h->feed.catalog, entity);
    const struct intake *owner = id_table_get(&h->owner_of, series);

    if (owner && owner != in)
        return false;
    return !(known && e->kind == ENTITY_HOST && h->setup.local_is_watched &&
             strcmp(e->name, h->setup.local_host) == 0);
}

/* Lets the line count in that series of the engine. */
static enum intake_drop join_slot(
    struct intake *in, uint32_t line, int64_t series, const struct meaning_row *row, double scale)
{
    if (series < 0)
        return drop_of(series);
    const struct series *s = catalog_series_get(in->house->feed.catalog, (uint32_t)series);
    if (!is_free(in, s->entity, (uint32_t)series, row != NULL))
        return INTAKE_DROP_TAKEN;
    uint32_t slot = intake_slot_for(in, (uint32_t)series, s->entity, s->metric);
    if (slot == INTAKE_NONE ||
        intake_add_role(in, line, slot, (uint8_t)(row ? row->part : MEANING_SUM), scale))
        return INTAKE_DROP_ENGINE_LIMIT;
    return INTAKE_DROP_COUNT;
}

/* One metric of what a row says. */
static enum intake_drop mean(struct intake *in, uint32_t line, const struct candidate *c,
    const struct meaning_row *row, enum metric_id metric)
{
    struct catalog *catalog = in->house->feed.catalog;
    struct text *t = &in->house->text;
    int64_t host = host_of(in, c), entity = host;

    if (host < 0)
        return drop_of(host);
    text_clear(t);
    int kind = place_entity(row->entity, c->labels, c->count, t);
    if (kind < 0)
        return INTAKE_DROP_BAD_NAME;
    if (kind != ENTITY_HOST) {
        struct text name = *t;
        char whole[CATALOG_NAME_MAX + 32];
        text_init(&name, whole, sizeof(whole));
        text_add(&name, entity_kind_name((enum entity_kind)kind));
        text_add_char(&name, ':');
        text_add_bytes(&name, t->data, t->length);
        entity = name.truncated ? -EINVAL : catalog_entity_text(catalog, (uint32_t)host, whole, name.length);
    }
    if (entity < 0)
        return drop_of(entity);
    return join_slot(in, line, catalog_series_known(catalog, (uint32_t)entity, metric), row,
        row->scale * unit_scale(c->series->unit, metric));
}

/* CPU time by mode says three things at once. */
static enum intake_drop mean_row(
    struct intake *in, uint32_t line, const struct candidate *c, const struct meaning_row *row)
{
    static const enum metric_id shares[] = {
        METRIC_CPU_STEAL, METRIC_CPU_IOWAIT, METRIC_CPU_UTILIZATION, METRIC_KNOWN_COUNT};
    enum intake_drop fault = INTAKE_DROP_COUNT;

    if (row->part < MEANING_CPU_BUSY || row->part > MEANING_CPU_STEAL)
        return mean(in, line, c, row, row->metric);
    for (int i = 0; shares[i] != METRIC_KNOWN_COUNT && fault == INTAKE_DROP_COUNT; i++)
        fault = mean(in, line, c, row, shares[i]);
    return fault;
}

/* A series that no law knows, under its host. */
static enum intake_drop watch_alone(struct intake *in, uint32_t line, const struct candidate *c)
{
    static const char before[] = "rate(";
    struct text *t = &in->house->text;
    struct line *l = &in->lines[line];
    int64_t host = host_of(in, c);
    size_t most = CATALOG_NAME_MAX;

    if (host < 0)
        return drop_of(host);
    l->as_rate = c->kind != INTAKE_GAUGE;
    text_clear(t);
    place_series(c->series->name, c->series->name_n, c->labels, c->count, most - sizeof(before), t);
    if (l->as_rate) {
        memmove(t->data + sizeof(before) - 1, t->data, t->length + 1);
        memcpy(t->data, before, sizeof(before) - 1);
        t->length += sizeof(before) - 1;
        text_add_char(t, ')');
    }
    return join_slot(
        in, line, catalog_series(in->house->feed.catalog, (uint32_t)host, t->data, t->length), NULL, 1);
}

/* Finds out what the series is. */
static enum intake_drop settle_meaning(struct intake *in, uint32_t line, const struct candidate *c)
{
    const struct intake_series *s = c->series;
    const struct meaning *m = in->house->setup.meaning;
    const struct meaning_row *rows[MEANING_FITS_MAX];
    struct meaning_row plain = {.where = "", .entity = "host", .scale = 1};
    size_t n = meaning_find(m, s->name, s->name_n, c->labels, c->count, rows);
    int known =
        n == 0 && !meaning_knows(m, s->name, s->name_n) ? metric_find(s->name, s->name_n, &plain.scale) : -1;
    enum intake_drop fault = INTAKE_DROP_COUNT;

    if (known >= 0) {
        plain.metric = (enum metric_id)known;
        return mean_row(in, line, c, &plain);
    }
    if (n == 0)
        return watch_alone(in, line, c);
    for (size_t i = 0; i < n && fault == INTAKE_DROP_COUNT; i++)
        fault = mean_row(in, line, c, rows[i]);
    return fault;
}

/* The line of a series that has become known by other bytes, or INTAKE_NONE. Leaves its identity in the
 * house's text. */
static uint32_t find_identity(struct intake *in, const struct candidate *c, char *identity, size_t *ret_n)
{
    struct text t;

    text_init(&t, identity, INTAKE_KEY_MAX);
    text_add_char(&t, IDENTITY_MARK);
    place_identity(c->series->name, c->series->name_n, c->labels, c->count, &t);
    *ret_n = t.truncated ? 0 : t.length;
    const struct series_cache_entry *e = series_cache_find(&in->cache, identity, t.length);
    return e && in->lines[e->id].used ? e->id : INTAKE_NONE;
}

static bool remember(struct intake *in, const char *key, size_t n, uint32_t line)
{
    struct series_cache_entry *e = series_cache_add(&in->cache, key, n, n);

    e->id = line;
    series_cache_follow(&in->cache, e);
    return e != &in->cache.spare;
}

static enum intake_drop make_line(
    struct intake *in, const char *key, size_t n, const struct candidate *c, uint32_t *ret_line)
{
    char identity[INTAKE_KEY_MAX];
    size_t identity_n;
    uint32_t line = find_identity(in, c, identity, &identity_n);

    if (identity_n == 0)
        return INTAKE_DROP_TOO_LONG;
    if (line != INTAKE_NONE) {
        (void)remember(in, key, n, line); /* else it is found this way each time */
        *ret_line = line;
        return INTAKE_DROP_COUNT;
    }
    if (in->living >= in->house->setup.options.max_series)
        return INTAKE_DROP_SERIES_LIMIT;
    line = intake_new_line(in);
    if (line == INTAKE_NONE)
        return INTAKE_DROP_ENGINE_LIMIT;
    in->living++;
    in->lines[line].kind = (uint8_t)c->kind;
    in->lines[line].declared = in->batch;
    enum intake_drop fault = settle_meaning(in, line, c);
    if (fault == INTAKE_DROP_COUNT && !remember(in, identity, identity_n, line))
        fault = INTAKE_DROP_SERIES_LIMIT;
    if (fault != INTAKE_DROP_COUNT)
        intake_discard_line(in, line);
    else
        (void)remember(in, key, n, line);
    in->made += fault == INTAKE_DROP_COUNT;
    *ret_line = line;
    return fault;
}

uint32_t intake_declare(struct intake *in, const char *key, size_t n, const struct intake_series *series)
{
    struct candidate c;
    uint32_t line = INTAKE_NONE;
    enum intake_drop fault = n > INTAKE_KEY_MAX ? INTAKE_DROP_TOO_LONG : look(in, series, &c);

    if (fault == INTAKE_DROP_COUNT)
        fault = make_line(in, key, n, &c, &line);
    in->counts.series = in->living;
    if (fault == INTAKE_DROP_COUNT)
        return line;
    intake_remember_refusal(in, key, n, fault);
    return (uint32_t)fault;
}
