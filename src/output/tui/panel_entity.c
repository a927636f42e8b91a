/* SPDX-License-Identifier: MIT
 * Everything about one entity on one page: what the laws say of it and why, what runs out, at which time
 * scales it moves, what is measured of it, and its processes. */
#include "output/tui/panel.h"

#include <math.h>
#include <string.h>

#include "output/tui/phrase.h"

#define PROCESSES_MAX 12 /* of an entity, by CPU: those that matter are among them */
#define FINDINGS_MAX  16
#define SIGNALS_MAX   64
#define SPARK_WIDTH   16 /* values that are kept of most quantities */
#define INDENT        2
#define RATIO_COLUMN  39 /* below the usual value */
#define SIGNAL_VALUE  34 /* ends */
#define SIGNAL_USUAL  47
#define SIGNAL_SIGMA  57
#define SIGNAL_SPARK  59  /* begins */
#define SURPRISING    5.0 /* usual deviations: as far out is rare in any series (docs/laws.md: shock) */

static void put_title(struct area *a, const char *title)
{
    struct line l = area_line(a);
    line_title(&l, title);
}

static void put_measured(
    struct area *a, const struct view *v, uint32_t entity, enum law_id law, const struct law_reading *r)
{
    char buffer[96];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    if (!isnan(r->value))
        panel_add_measured(&t, v, entity, law, r);
    if (t.length == 0)
        return;
    struct line l = area_line(a);
    line_to(&l, INDENT);
    line_put(&l, STYLE_QUIET, t.data);
    if (isnan(ranking_ratio(r)))
        return;
    text_clear(&t);
    text_add_human(&t, floor(ranking_ratio(r) * 100.0 + 0.5), 3);
    text_add(&t, " % of its band");
    line_to(&l, RATIO_COLUMN);
    line_put_whole(&l, STYLE_QUIET, t.data);
}

static void put_laws(struct area *a, const struct view *v, uint32_t entity)
{
    bool any = false;

    for (unsigned law = 0; law < LAW_COUNT; law++) {
        struct law_reading r = ranking_reading(v, entity, (enum law_id)law);
        if (r.state == LAW_UNOBSERVABLE)
            continue;
        any = true;
        panel_reading(a, panel_law_title((enum law_id)law), &r);
        put_measured(a, v, entity, (enum law_id)law, &r);
    }
    if (!any) {
        struct line l = area_line(a);
        line_put(
            &l, STYLE_QUIET, "no law judges it: it has no source for one, or carries the trouble of others");
    }
}

static void put_findings(struct area *a, const struct view *v, uint32_t entity)
{
    uint32_t n = view_finding_count(v), said = 0;

    for (uint32_t i = 0; i < n && i < FINDINGS_MAX; i++) {
        const struct finding *f = view_finding(v, i);
        if (!f || f->entity != entity)
            continue;
        if (!said++)
            put_title(a, "open findings");
        panel_finding(a, v, f);
    }
}

static void add_amount(struct text *t, const struct view_supply *s, double amount)
{
    if (s->bytes)
        phrase_bytes(t, amount);
    else
        text_add_human(t, amount, 3);
}

static void put_supply(struct area *a, const struct view_supply *s)
{
    struct line l = area_line(a);
    char buffer[96];
    struct text t;

    line_put(&l, STYLE_STRONG, s->name);
    text_init(&t, buffer, sizeof(buffer));
    add_amount(&t, s, s->used);
    line_put_before(&l, STYLE_PLAIN, t.data, SIGNAL_VALUE);
    text_clear(&t);
    if (isnan(s->limit)) {
        text_add(&t, "  no limit");
    } else {
        text_add(&t, "  of ");
        add_amount(&t, s, s->limit);
        text_add(&t, "  ");
        text_add_human(&t, floor(s->used / s->limit * 1000.0 + 0.5) / 10.0, 3);
        text_add(&t, " %");
    }
    line_put(&l, STYLE_PLAIN, t.data);
    text_clear(&t);
    if (!isnan(s->early_s)) {
        text_add(&t, "  exhausted in ");
        phrase_ahead(&t, s->early_s);
        text_add(&t, " to ");
        phrase_ahead(&t, s->late_s);
        line_put(&l, STYLE_BAD, t.data);
    } else if (!isnan(s->growth_per_s) && s->growth_per_s > 0.0) {
        text_add(&t, "  +");
        add_amount(&t, s, s->growth_per_s);
        text_add(&t, "/s of late");
        line_put_whole(&l, STYLE_QUIET, t.data);
    }
}

static void put_supplies(struct area *a, const struct view *v, uint32_t entity)
{
    struct view_supply supplies[VIEW_SUPPLIES_MAX];
    uint32_t n = view_supplies(v, entity, supplies, VIEW_SUPPLIES_MAX);

    if (n)
        put_title(a, "what it has so much of and no more");
    for (uint32_t i = 0; i < n; i++)
        put_supply(a, &supplies[i]);
}

static void put_spark(struct line *l, const struct view *v, uint32_t series)
{
    float recent[SPARK_WIDTH];
    uint32_t n = view_recent(v, series, recent, SPARK_WIDTH);
    float lo = 0.0F, hi = 0.0F;

    for (uint32_t i = 0; i < n; i++) {
        lo = i == 0 || recent[i] < lo ? recent[i] : lo;
        hi = i == 0 || recent[i] > hi ? recent[i] : hi;
    }
    line_to(l, SIGNAL_SPARK + (int)(SPARK_WIDTH - n));
    for (uint32_t i = 0; i < n; i++)
        line_put(l, STYLE_PLAIN,
            screen_bar(l->screen, history_level((double)recent[i], (double)lo, (double)hi, SCREEN_STEPS)));
}

static void put_signal(struct area *a, const struct view *v, uint32_t series, const struct view_signal *s)
{
    const struct catalog *c = view_catalog(v);
    uint32_t metric = catalog_series_get(c, series)->metric;
    const char *unit = metric < METRIC_KNOWN_COUNT ? metric_table[metric].unit : "";
    const char *name = phrase_metric(c, metric);
    struct line l = area_line(a);
    char buffer[64];
    struct text t;

    line_put_outside(&l, STYLE_PLAIN, name, strlen(name), SIGNAL_VALUE - 12);
    text_init(&t, buffer, sizeof(buffer));
    phrase_signal(&t, s->value, metric, unit, s->rate);
    line_put_before(&l, STYLE_STRONG, t.data, SIGNAL_VALUE);
    if (!isnan(s->expected)) {
        text_clear(&t);
        phrase_signal(&t, s->expected, metric, unit, s->rate);
        line_put_before(&l, STYLE_PLAIN, t.data, SIGNAL_USUAL);
    }
    if (!isnan(s->surprise)) {
        text_clear(&t);
        text_add_human(&t, floor(fabs(s->surprise) * 10.0 + 0.5) / 10.0, 3);
        line_put_before(
            &l, fabs(s->surprise) >= SURPRISING ? STYLE_WARNING : STYLE_PLAIN, t.data, SIGNAL_SIGMA);
    }
    put_spark(&l, v, series);
}

/* Series of an entity in the order in which they were first heard of. */
static uint32_t series_of(const struct catalog *c, uint32_t entity, uint32_t *ids)
{
    uint32_t n = 0;

    for (uint32_t s = catalog_newest_series(c, entity); s != CATALOG_NO_SERIES && n < SIGNALS_MAX;
         s = catalog_older_series(c, s))
        ids[n++] = s;
    return n;
}

static void put_signals(struct area *a, const struct view *v, uint32_t entity)
{
    const struct catalog *c = view_catalog(v);
    uint32_t ids[SIGNALS_MAX], n = series_of(c, entity, ids), said = 0;
    struct view_signal s;

    for (uint32_t i = n; i-- > 0;) {
        if (!view_signal(v, entity, catalog_series_get(c, ids[i])->metric, &s))
            continue;
        if (!said++) {
            struct line title = area_line(a), l;
            line_title(&title, "signals");
            l = area_line(a);
            line_put(&l, STYLE_QUIET, "quantity");
            line_put_before(&l, STYLE_QUIET, "now", SIGNAL_VALUE);
            line_put_before(&l, STYLE_QUIET, "expected", SIGNAL_USUAL);
            line_put_before(&l, STYLE_QUIET, "surprise", SIGNAL_SIGMA);
            line_to(&l, SIGNAL_SPARK);
            line_put_whole(&l, STYLE_QUIET, "of late");
        }
        put_signal(a, v, ids[i], &s);
    }
}

static void put_processes(struct area *a, const struct view *v, uint32_t entity, struct ranking *scratch)
{
    const struct rank_query q = {.processes = true, .below = entity, .filter = "", .order = ORDER_CPU};
    char buffer[96];
    struct text t;

    ranking_update(scratch, v, &q);
    if (scratch->count == 0)
        return;
    text_init(&t, buffer, sizeof(buffer));
    text_add_uint(&t, scratch->total);
    text_add(&t, scratch->total == 1 ? " process" : " processes");
    text_add(&t, scratch->total > PROCESSES_MAX ? ", those with the most CPU" : "");
    put_title(a, t.data);
    panel_process_heading(a, ORDER_CPU);
    for (uint32_t i = 0; i < scratch->count && i < PROCESSES_MAX; i++)
        panel_process(a, v, scratch->rows[i].entity, false, ORDER_CPU);
}

void panel_entity(
    struct area *a, const struct board *b, const struct view *v, uint32_t entity, struct ranking *scratch)
{
    struct line l = area_line(a);

    line_put(&l, STYLE_STRONG, " ");
    panel_name(&l, v, entity, STYLE_STRONG, l.end - l.column);
    if (!catalog_entity_lives(view_catalog(v), entity))
        line_put_right(&l, STYLE_WARNING, "is no more");
    put_title(a, "laws");
    put_laws(a, v, entity);
    put_findings(a, v, entity);
    put_supplies(a, v, entity);
    if (traces_of(&b->traces, entity)) {
        put_title(a, "variance spectrum of its CPU over time");
        panel_heat(a, b, v, entity);
    }
    put_signals(a, v, entity);
    if (catalog_entity_get(view_catalog(v), entity)->kind != ENTITY_PROCESS)
        put_processes(a, v, entity, scratch);
}
