/* SPDX-License-Identifier: MIT
 * The table of everything that is watched on the host, most unstable first. The order is ranking.c's. */
#include "output/tui/panel.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "output/tui/phrase.h"

/* Columns from the right edge; the entity's name has what is left, at least NAME_MIN. */
#define STATE_WIDTH 8  /* "warmup"; "unobservable" stands alone and may be longer */
#define LAW_WIDTH   15 /* "early_warning" */
#define VALUE_WIDTH 11
#define USUAL_WIDTH 12
#define RATIO_WIDTH 9 /* "x of band" */
#define NAME_MIN    16
#define NAME_GOOD   36 /* what a container's name needs before the usual value is worth a column */

struct columns {
    int name, state, law, value, usual, ratio; /* where they begin (numbers: end); 0 = no room */
};

static struct columns columns_for(int width)
{
    struct columns c = {0};
    int rest = width - NAME_MIN - STATE_WIDTH - VALUE_WIDTH;
    bool ratio = rest >= RATIO_WIDTH, law = rest >= RATIO_WIDTH + LAW_WIDTH,
         usual = rest >= RATIO_WIDTH + LAW_WIDTH + USUAL_WIDTH + NAME_GOOD - NAME_MIN;
    int end = width;

    if (ratio) {
        c.ratio = end;
        end -= RATIO_WIDTH;
    }
    if (usual) {
        c.usual = end;
        end -= USUAL_WIDTH;
    }
    c.value = end;
    end -= VALUE_WIDTH;
    if (law)
        c.law = end -= LAW_WIDTH;
    c.state = end -= STATE_WIDTH;
    c.name = end - 1;
    return c;
}

static void put_heading(struct area *a, const struct columns *c)
{
    struct line l = area_line(a);
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
}

static void put_name(
    struct line *l, const struct catalog *names, const struct entity *e, enum style style, int width)
{
    line_put(l, style, entity_kind_name(e->kind));
    line_put(l, style, ":");
    /* A series belongs to something: its own name alone would be the same for every container. */
    if (e->kind == ENTITY_SERIES && e->parent != e->host &&
        catalog_stage(names, e->parent) != CATALOG_UNKNOWN) {
        const char *parent = catalog_entity_get(names, e->parent)->name;
        line_put_outside(l, style, parent, strlen(parent), (width - l->column) / 2);
        line_put(l, style, " ");
    }
    line_put_outside(l, style, e->name, strlen(e->name), width - l->column);
}

static void put_entity(
    struct area *a, const struct columns *c, const struct board *b, const struct view *v, uint32_t i)
{
    struct line l = area_line(a);
    struct law_reading r;
    uint32_t id = ranking_get(&b->ranking, v, i, &r);
    const struct entity *e = catalog_entity_get(view_catalog(v), id);
    double ratio = ranking_ratio(&r);
    bool active = r.state == LAW_ACTIVE;
    char buffer[64];
    struct text t;

    put_name(&l, view_catalog(v), e, active ? STYLE_STRONG : STYLE_PLAIN, c->name);
    line_to(&l, c->state);
    line_put(&l, screen_law_style(r.state), active ? "ACTIVE" : law_state_name(r.state));
    if (r.state == LAW_UNOBSERVABLE)
        return;
    if (c->law) {
        line_to(&l, c->law);
        line_put(&l, STYLE_PLAIN, law_name(b->ranking.rows[i].law));
    }
    if (isnan(r.value))
        return;
    text_init(&t, buffer, sizeof(buffer));
    phrase_quantity(&t, r.value, r.unit);
    line_put_before(&l, active ? STYLE_BAD : STYLE_PLAIN, t.data, c->value);
    if (c->usual && !isnan(r.expected)) {
        text_clear(&t);
        phrase_quantity(&t, r.expected, r.unit);
        line_put_before(&l, STYLE_PLAIN, t.data, c->usual);
    }
    if (c->ratio && !isnan(ratio)) {
        text_clear(&t);
        text_add_human(&t, ratio < 0.0 ? 0.0 : floor(ratio * 10.0 + 0.5) / 10.0, 3);
        text_add_char(&t, 'x');
        line_put_before(&l, ratio > 1.0 ? STYLE_BAD : STYLE_PLAIN, t.data, c->ratio);
    }
}

uint32_t panel_entities(struct area *a, const struct board *b, const struct view *v, uint32_t first)
{
    struct columns c = columns_for(b->screen.columns);
    struct line l = area_line(a);
    char buffer[128];
    struct text t;
    uint32_t shown = 0;

    text_init(&t, buffer, sizeof(buffer));
    text_add_uint(&t, b->ranking.total);
    text_add(&t, b->ranking.total == 1 ? " entity, " : " entities, ");
    text_add_uint(&t, b->ranking.unstable);
    text_add(&t, " unstable");
    if (first) {
        text_add(&t, ", from ");
        text_add_uint(&t, first + 1);
    }
    line_title(&l, t.data);
    if (a->rows - a->count > 2)
        put_heading(a, &c);
    while (a->count < a->rows && first + shown < b->ranking.count)
        put_entity(a, &c, b, v, first + shown++);
    return shown;
}
