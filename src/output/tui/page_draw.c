/* SPDX-License-Identifier: MIT
 * Shares the rows of the screen out between the panels of a page. How a page came to be is page.c's. */
#include <string.h>

#include "base/text.h"
#include "output/tui/page.h"

#define FOOTER_ROWS  1
#define HEAT_BODY    26 /* rows of the body from which on the picture over time has room */
#define INCIDENT_MIN 6  /* rows that are kept free for incidents before graphs become taller, */
#define LIST_MIN     12 /* and at most so many for entities */
#define ENTITIES_MIN 5  /* rows, title and heading among them, that incidents leave to the entities */

/* Status and advice, and what is said of the past. */
static int top_rows(const struct page *p)
{
    return PANEL_STATUS_ROWS + p->board.then.is;
}

/* What is between the top and the last row. */
static struct area body_of(const struct page *p)
{
    const struct screen *s = &p->board.screen;

    return (struct area){.screen = s, .top = top_rows(p), .rows = s->rows - top_rows(p) - FOOTER_ROWS};
}

/* Rows for the laws by the rows of the body: numbers alone, with a line of history each, with the spectrum,
 * with taller graphs. */
static int law_rows(int body)
{
    if (body >= 36)
        return 16;
    if (body >= 28)
        return 12;
    if (body >= 18)
        return 8;
    return body >= 13 ? 6 : LAW_MAIN_COUNT;
}

/* The same beside the spectrum over time: as tall as what is free allows. */
static int law_rows_beside_heat(const struct page *p, int body)
{
    const struct board *b = &p->board;
    int listed = b->entities.ranking.count < LIST_MIN ? (int)b->entities.ranking.count : LIST_MIN;
    int free = body - 1 - 2 * LAW_MAIN_COUNT - (TRACES_OCTAVES + 2) - INCIDENT_MIN - (listed + 2);
    return LAW_MAIN_COUNT * (free >= 2 * LAW_MAIN_COUNT ? 4 : free >= LAW_MAIN_COUNT ? 3 : 2);
}

static void draw_incidents(struct page *p, const struct view *v, struct area *a)
{
    struct area all = {.screen = &p->board.screen}; /* counts only */
    uint32_t n = view_incident_count(v), over = past_count(&p->board.past);
    struct line l = area_line(a);
    char buffer[128];
    struct text t;

    panel_incidents(&all, &p->board, v);
    text_init(&t, buffer, sizeof(buffer));
    if (n)
        text_add_uint(&t, n);
    else
        text_add(&t, "no");
    text_add(&t, n == 1 || n == 0 ? " open incident" : " open incidents");
    if (over) {
        text_add(&t, ", ");
        text_add_uint(&t, over);
        text_add(&t, " over");
    }
    if (all.count > a->rows - 1)
        text_add(&t, ", cut to fit: i shows all");
    line_title(&l, t.data);
    a->rows = a->rows < all.count + 1 ? a->rows : all.count + 1;
    panel_incidents(a, &p->board, v);
}

/* Whose spectrum is shown over time: what was selected, else the host. ENTITY_NONE: there is none. */
static uint32_t heated(const struct page *p)
{
    const struct board *b = &p->board;

    if (b->entities.selected != ENTITY_NONE && traces_of(&b->traces, b->entities.selected))
        return b->entities.selected;
    return b->host != ENTITY_NONE && traces_of(&b->traces, b->host) ? b->host : ENTITY_NONE;
}

static void put_heat(struct page *p, const struct view *v, struct area *a, uint32_t entity)
{
    struct line l = area_line(a);

    line_put(&l, STYLE_STRONG, "SPECTRUM of ");
    panel_name(&l, v, entity, STYLE_STRONG, l.end - l.column - 24);
    line_put(&l, STYLE_QUIET, ", CPU swing over time");
    panel_heat(a, &p->board, v, entity);
}

static void draw_main(struct page *p, const struct view *v)
{
    const struct screen *s = &p->board.screen;
    struct area area = body_of(p);
    int top = area.top, body = area.rows, entities = body >= 18 ? ENTITIES_MIN : 3, titles = body >= 18;
    uint32_t heat = body >= HEAT_BODY ? heated(p) : ENTITY_NONE;
    int laws = heat == ENTITY_NONE ? law_rows(body) : law_rows_beside_heat(p, body);

    if (p->board.entities.ranking.count + 2 < (uint32_t)entities) /* title and heading besides */
        entities = (int)p->board.entities.ranking.count + 2;
    if (titles) {
        struct line l = area_line(&area);
        line_title(&l, "laws of this host");
    }
    panel_laws(&area, &p->board, v, laws, heat == ENTITY_NONE);
    area.count = titles + laws;
    if (heat != ENTITY_NONE)
        put_heat(p, v, &area, heat);
    int used = area.count;
    area = (struct area){.screen = s, .top = top + used, .rows = body - used - entities};
    draw_incidents(p, v, &area);
    area = (struct area){
        .screen = s, .top = area.top + area.rows, .rows = s->rows - FOOTER_ROWS - area.top - area.rows};
    panel_entities(&area, &p->board, v);
}

/* Returns a line that is to be brought into sight, when one is; else 0. */
static int put_lines(struct page *p, const struct view *v, struct area *a)
{
    if (p->now.kind == PAGE_OF_INCIDENTS)
        return panel_incidents_full(a, &p->board, v);
    if (p->now.kind == PAGE_OF_HELP)
        panel_help(a);
    else
        panel_entity(a, &p->board, v, p->now.entity, &p->scratch);
    return 0;
}

/* A page of lines; scrolled it is gone through once before, to count them. */
static void draw_lines(struct page *p, const struct view *v)
{
    struct area all = {.screen = &p->board.screen}, shown = body_of(p);

    if (p->now.scroll > 0 || p->follows) {
        const int wanted = put_lines(p, v, &all);
        int64_t last = all.count > shown.rows ? all.count - shown.rows : 0;
        if (p->follows && (wanted < p->now.scroll || wanted >= p->now.scroll + shown.rows))
            p->now.scroll = wanted;
        p->now.scroll = p->now.scroll < last ? p->now.scroll : last;
    }
    p->follows = false;
    shown.skip = (int)p->now.scroll;
    p->height = shown.rows;
    put_lines(p, v, &shown);
}

static void draw_too_small(const struct screen *s)
{
    char buffer[96];
    struct text t;
    struct area a = {.screen = s, .rows = s->rows};

    text_init(&t, buffer, sizeof(buffer));
    text_addf(
        &t, "coherence: this window of %dx%d is too small, 40x10 is needed; q quits", s->columns, s->rows);
    area_wrap(&a, STYLE_STRONG, t.data, t.length, 0);
}

static void draw_footer(const struct page *p, const struct view *v)
{
    if (p->asks == PAGE_ASKS_FIND) {
        panel_prompt(&p->board, "find: ", p->typed);
    } else if (p->asks == PAGE_ASKS_FILTER) {
        panel_prompt(&p->board, "only names with: ", p->typed);
    } else if (p->asks == PAGE_ASKS_TIME) {
        panel_prompt(&p->board, "time (03:02, 03:02:15 UTC, or how long ago: 10m): ", p->typed);
    } else if (p->message) {
        struct line l = line_at(&p->board.screen, p->board.screen.rows - 1);
        line_put(&l, STYLE_WARNING, p->message);
    } else if (p->board.then.news[0]) {
        panel_news(&p->board);
    } else {
        panel_footer(&p->board, v, page_bit(p) | (p->board.then.is ? IN_THE_PAST : 0));
    }
}

void page_draw(struct page *p, const struct view *v)
{
    const struct screen *s = &p->board.screen;

    p->stale = false;
    p->drawn_ns = view_now_ns(v);
    page_refresh(p, v);
    if (s->columns < PAGE_COLUMNS_MIN || s->rows < PAGE_ROWS_MIN) {
        draw_too_small(s);
        return;
    }
    struct area top = {.screen = s, .rows = top_rows(p)};
    if (p->board.then.is)
        panel_then(&top, &p->board, v);
    panel_status(&top, &p->board, v);
    if (p->now.kind == PAGE_MAIN) {
        draw_main(p, v);
    } else if (p->now.kind == PAGE_OF_PROCESSES) {
        struct area area = body_of(p);
        panel_processes(&area, &p->board, v);
    } else {
        draw_lines(p, v);
    }
    draw_footer(p, v);
}
