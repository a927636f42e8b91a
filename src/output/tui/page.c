/* SPDX-License-Identifier: MIT
 * Shares the rows of the screen out between the panels, and follows the keys from page to page. The terminal
 * itself is tui.c's. */
#include "output/tui/page.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define TOP_ROWS    2 /* status and advice */
#define FOOTER_ROWS 1
#define FAR         INT64_C(1000000000) /* past the end of everything; drawing brings it back */

void page_init(struct page *p)
{
    memset(p, 0, sizeof(*p));
    p->board.host = ENTITY_NONE;
    p->height = 1;
    p->stale = true;
}

void page_tick(struct page *p, const struct view *v)
{
    struct board *b = &p->board;
    const struct host_tick *h;

    const struct catalog *c = view_catalog(v);
    uint32_t first = catalog_entity_first(c);
    if (b->host != ENTITY_NONE && catalog_stage(c, b->host) == CATALOG_UNKNOWN)
        b->host = ENTITY_NONE;
    if (b->host == ENTITY_NONE && first != ENTITY_NONE)
        b->host = catalog_entity_get(c, first)->host; /* the first name that a source said is its host's */
    h = b->host == ENTITY_NONE ? NULL : view_host(v, b->host);
    if (!h || view_now_ns(v) == p->last_ns)
        return;
    p->last_ns = view_now_ns(v);
    b->ticks++;
    for (unsigned law = 0; law < LAW_MAIN_COUNT; law++) {
        const struct law_reading *r = &h->laws[law];
        bool judged = r->state != LAW_UNOBSERVABLE && r->state != LAW_STALE;
        history_push(&b->history[law], judged ? r->value : (double)NAN, judged && r->value > r->hi);
    }
}

static void go_to(struct page *p, enum page_kind kind)
{
    p->before = p->kind;
    p->kind = kind;
    p->scroll = 0;
}

bool page_turn(struct page *p, enum page_key key)
{
    switch (key) {
    case PAGE_DOWN:
        p->scroll++;
        return true;
    case PAGE_UP:
        p->scroll--;
        break;
    case PAGE_FAR_DOWN:
        p->scroll += p->height;
        return true;
    case PAGE_FAR_UP:
        p->scroll -= p->height;
        break;
    case PAGE_TOP:
        p->scroll = 0;
        break;
    case PAGE_BOTTOM:
        p->scroll = FAR;
        return true;
    case PAGE_HELP:
        go_to(p, p->kind == PAGE_OF_HELP ? p->before : PAGE_OF_HELP);
        break;
    case PAGE_INCIDENTS:
        go_to(p, p->kind == PAGE_OF_INCIDENTS ? PAGE_MAIN : PAGE_OF_INCIDENTS);
        break;
    case PAGE_PAUSE:
        p->board.paused = !p->board.paused;
        break;
    case PAGE_BACK:
        go_to(p, p->kind == PAGE_OF_HELP && p->before != PAGE_OF_HELP ? p->before : PAGE_MAIN);
        break;
    default:
        return false;
    }
    p->scroll = p->scroll > 0 ? p->scroll : 0;
    return true;
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

static void draw_incidents(struct page *p, const struct view *v, struct area *a)
{
    struct area all = {.screen = &p->board.screen}; /* counts only */
    uint32_t n = view_incident_count(v);
    struct line l = area_line(a);
    char buffer[96];
    struct text t;

    panel_incidents(&all, &p->board, v);
    text_init(&t, buffer, sizeof(buffer));
    if (n)
        text_add_uint(&t, n);
    else
        text_add(&t, "no");
    text_add(&t, n == 1 || n == 0 ? " open incident" : " open incidents");
    if (all.count > a->rows - 1)
        text_add(&t, ", cut to fit: i shows all");
    line_title(&l, t.data);
    a->rows = a->rows < all.count + 1 ? a->rows : all.count + 1;
    panel_incidents(a, &p->board, v);
}

static void draw_main(struct page *p, const struct view *v)
{
    const struct screen *s = &p->board.screen;
    int body = s->rows - TOP_ROWS - FOOTER_ROWS, laws = law_rows(body), entities = body >= 18 ? 5 : 3,
        titles = body >= 18;
    struct area area = {.screen = s, .top = TOP_ROWS, .rows = titles + laws};

    ranking_update(&p->board.ranking, v);
    if (p->board.ranking.count + 2 < (uint32_t)entities) /* title and heading besides */
        entities = (int)p->board.ranking.count + 2;
    p->scroll = p->scroll < p->board.ranking.count ? p->scroll : p->board.ranking.count;
    if (titles) {
        struct line l = area_line(&area);
        line_title(&l, "laws of this host");
    }
    panel_laws(&area, &p->board, v, laws);
    area = (struct area){.screen = s, .top = area.top + area.rows, .rows = body - titles - laws - entities};
    draw_incidents(p, v, &area);
    area = (struct area){
        .screen = s, .top = area.top + area.rows, .rows = s->rows - FOOTER_ROWS - area.top - area.rows};
    /* No further than a full last page. */
    int64_t room = area.rows > 2 ? area.rows - 2 : 1, last = (int64_t)p->board.ranking.count - room;
    p->scroll = p->scroll < last ? p->scroll : last > 0 ? last : 0;
    p->height = panel_entities(&area, &p->board, v, (uint32_t)p->scroll);
}

/* A page of lines, drawn once to count them. */
static void draw_lines(struct page *p, const struct view *v)
{
    const struct screen *s = &p->board.screen;
    struct area all = {.screen = s},
                shown = {.screen = s, .top = TOP_ROWS, .rows = s->rows - TOP_ROWS - FOOTER_ROWS};

    if (p->kind == PAGE_OF_HELP)
        panel_help(&all);
    else
        panel_incidents_full(&all, &p->board, v);
    int64_t last = all.count > shown.rows ? all.count - shown.rows : 0;
    p->scroll = p->scroll < last ? p->scroll : last;
    shown.skip = (int)p->scroll;
    p->height = shown.rows;
    if (p->kind == PAGE_OF_HELP)
        panel_help(&shown);
    else
        panel_incidents_full(&shown, &p->board, v);
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

void page_draw(struct page *p, const struct view *v)
{
    const struct screen *s = &p->board.screen;

    p->stale = false;
    if (s->columns < PAGE_COLUMNS_MIN || s->rows < PAGE_ROWS_MIN) {
        draw_too_small(s);
        return;
    }
    panel_status(&p->board, v);
    if (p->kind == PAGE_MAIN)
        draw_main(p, v);
    else
        draw_lines(p, v);
    panel_footer(&p->board, v,
        p->kind == PAGE_MAIN ? "q quit  j k scroll  i incidents  p pause  h help"
                             : "q quit  j k scroll  Esc back  p pause");
}
