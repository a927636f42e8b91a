/* SPDX-License-Identifier: MIT
 * The table of everything that is watched on the host but its processes, most unstable first. The order is
 * ranking.c's. */
#include "output/tui/panel.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "output/tui/phrase.h"

/* Columns from the right edge; the entity's name has what is left, at least NAME_MIN. */
#define STATE_WIDTH  8  /* "warmup"; "unobservable" stands alone and may be longer */
#define LAW_WIDTH    14 /* "early_warning" */
#define VALUE_WIDTH  11
#define USUAL_WIDTH  12
#define RATIO_WIDTH  9  /* "of band" */
#define AMOUNT_WIDTH 10 /* CPU, memory */
#define NAME_MIN     16
#define NAME_FAIR    26 /* what a container's name needs before the law or its CPU is worth a column, */
#define NAME_GOOD    36 /* and before further numbers are */

/* Where they begin (numbers: end); 0 = no room. */
struct columns {
    int name, state, law, value, usual, ratio;
    int amount[2];              /* in this order: */
    enum rank_order amounts[2]; /* CPU and memory, or the one by which it is ordered */
};

static int take(int *end, int width, bool wanted)
{
    int column = *end;
    if (!wanted)
        return 0;
    *end -= width;
    return column;
}

static struct columns columns_for(int width, enum rank_order order)
{
    struct columns c = {.amounts = {ORDER_CPU, ORDER_MEMORY}};
    /* What the name would have with nothing but state and value. */
    int end = width, name = width - STATE_WIDTH - VALUE_WIDTH - 1;
    bool ratio = name - RATIO_WIDTH >= NAME_MIN, law = (name -= RATIO_WIDTH + LAW_WIDTH) >= NAME_FAIR,
         one = (name -= AMOUNT_WIDTH) >= NAME_FAIR, two = (name -= AMOUNT_WIDTH) >= NAME_GOOD,
         usual = name - USUAL_WIDTH >= NAME_GOOD;

    if (!two && order == ORDER_MEMORY)
        c.amounts[0] = ORDER_MEMORY;
    c.amount[1] = take(&end, AMOUNT_WIDTH, two);
    c.amount[0] = take(&end, AMOUNT_WIDTH, one);
    c.ratio = take(&end, RATIO_WIDTH, ratio);
    c.usual = take(&end, USUAL_WIDTH, usual);
    c.value = take(&end, VALUE_WIDTH, true);
    end -= law ? LAW_WIDTH : 0;
    c.law = law ? end : 0;
    c.state = end -= STATE_WIDTH;
    c.name = end - 1;
    return c;
}

static void put_heading(struct area *a, const struct columns *c)
{
    struct line l = area_line(a);
    line_to(&l, 1);
    line_put(&l, STYLE_QUIET, "entity");
    line_to(&l, c->state);
    line_put(&l, STYLE_QUIET, "state");
    if (c->law) {
        line_to(&l, c->law);
        line_put(&l, STYLE_QUIET, "law");
    }
    line_put_before(&l, STYLE_QUIET, "value", c->value);
    if (c->usual)
        line_put_before(&l, STYLE_QUIET, "usual", c->usual);
    if (c->ratio)
        line_put_before(&l, STYLE_QUIET, "of band", c->ratio);
    for (int i = 0; i < 2; i++)
        if (c->amount[i])
            line_put_before(&l, STYLE_QUIET, rank_order_name(c->amounts[i]), c->amount[i]);
}

void panel_name(struct line *l, const struct view *v, uint32_t entity, enum style style, int columns)
{
    const struct catalog *names = view_catalog(v);
    const struct entity *e = catalog_entity_get(names, entity);
    int end = l->column + columns;

    line_put(l, style, entity_kind_name(e->kind));
    line_put(l, style, ":");
    const char *owner = ranking_owner(names, entity);
    if (owner) {
        line_put_outside(l, style, owner, strlen(owner), (end - l->column) / 2);
        line_put(l, style, " ");
    }
    line_put_outside(l, style, e->name, strlen(e->name), end - l->column);
}

static void put_ratio(struct line *l, const struct law_reading *r, int end)
{
    double ratio = ranking_ratio(r);
    char buffer[32];
    struct text t;

    if (!end || isnan(ratio))
        return;
    text_init(&t, buffer, sizeof(buffer));
    text_add_human(&t, ratio < 0.0 ? 0.0 : floor(ratio * 100.0 + 0.5), 3);
    text_add(&t, " %");
    line_put_before(l, ratio > 1.0 ? STYLE_WARNING : STYLE_PLAIN, t.data, end);
}

static void put_reading(struct line *l, const struct columns *c, const struct law_reading *r, enum law_id law)
{
    char buffer[64];
    struct text t;

    if (c->law) {
        line_to(l, c->law);
        line_put(l, STYLE_PLAIN, law_name(law));
    }
    if (isnan(r->value))
        return;
    text_init(&t, buffer, sizeof(buffer));
    phrase_quantity(&t, r->value, r->unit);
    line_put_before(l, r->state == LAW_ACTIVE ? STYLE_BAD : STYLE_PLAIN, t.data, c->value);
    if (c->usual && !isnan(r->expected)) {
        text_clear(&t);
        phrase_quantity(&t, r->expected, r->unit);
        line_put_before(l, STYLE_PLAIN, t.data, c->usual);
    }
    put_ratio(l, r, c->ratio);
}

/* CPU or memory, or what comes nearest to it: a file system's space. */
static void put_amount(struct line *l, const struct view *v, uint32_t entity, enum rank_order what, int end)
{
    enum metric_id metric = what == ORDER_CPU ? METRIC_CPU_UTILIZATION : METRIC_MEMORY_USAGE;
    struct view_signal s;
    char buffer[64];
    struct text t;

    if (!end || !view_signal(v, entity, metric, &s))
        return;
    if (what == ORDER_CPU) /* a tenth of a percent is enough, and keeps the column still */
        s.value = floor(s.value * 1000.0 + 0.5) / 1000.0;
    text_init(&t, buffer, sizeof(buffer));
    phrase_signal(&t, s.value, metric, metric_table[metric].unit, s.rate);
    line_put_before(l, STYLE_PLAIN, t.data, end);
}

static void put_entity(
    struct area *a, const struct columns *c, const struct list *list, const struct view *v, uint32_t i)
{
    struct line l = area_line(a);
    struct law_reading r;
    uint32_t id = ranking_get(&list->ranking, v, i, &r);
    bool active = r.state == LAW_ACTIVE, high = r.state == LAW_OK && r.value > r.hi;

    line_select(&l, i == list->cursor);
    panel_name(&l, v, id, active ? STYLE_STRONG : STYLE_PLAIN, c->name - 1);
    line_to(&l, c->state);
    line_put(&l, high ? STYLE_WARNING : screen_law_style(r.state),
        active ? "ACTIVE"
        : high ? "high"
               : law_state_name(r.state));
    if (r.state != LAW_UNOBSERVABLE)
        put_reading(&l, c, &r, list->ranking.rows[i].law);
    for (int k = 0; k < 2; k++)
        put_amount(&l, v, id, c->amounts[k], c->amount[k]);
}

static void put_title(struct area *a, const struct board *b, const struct list *list)
{
    const struct ranking *r = &list->ranking;
    struct line l = area_line(a);
    char buffer[512];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    text_add_uint(&t, r->total);
    text_add(&t, r->total == 1 ? " entity, " : " entities, ");
    text_add_uint(&t, r->unstable);
    text_add(&t, " unstable");
    panel_list_state(&t, list, b->screen.utf8);
    line_title(&l, t.data);
}

void panel_entities(struct area *a, struct board *b, const struct view *v)
{
    struct list *list = &b->entities;
    struct columns c = columns_for(b->screen.columns, list->order);
    bool heading = a->rows > 2;
    int room = a->rows - 1 - heading;

    list_fit(list, room > 0 ? (uint32_t)room : 0);
    list->top = a->top + 1 + heading;
    put_title(a, b, list);
    if (heading)
        put_heading(a, &c);
    for (uint32_t i = list->first; a->count < a->rows && i < list->ranking.count; i++)
        put_entity(a, &c, list, v, i);
}
