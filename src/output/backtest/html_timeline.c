/* SPDX-License-Identifier: MIT
 * The timeline of the HTML report: a row for each host, with the time under watch, the outages and the
 * incidents. */
#include <stdlib.h>
#include <string.h>

#include "output/backtest/html.h"

#define WIDTH      1000.0
#define LEFT       150.0
#define TOP        8.0
#define ROW        26.0
#define LEAST      3.0  /* px of an outage, however short */
#define LABEL_MAX  20   /* characters of a host's name */
#define MARKS_MOST 4000 /* incidents that are drawn */

static bool concerns(const struct outage *o, const char *host)
{
    return o->host[0] == '\0' || strcmp(o->host, host) == 0;
}

/* Has a host anything to show? */
static bool is_shown(const struct backtest_report *r, const struct observer_host *h)
{
    const struct verdict *v = r->verdict;
    for (uint32_t k = 0; k < h->outage_count; k++)
        if (v->ground->outages[h->outages[k]].host[0] != '\0')
            return true;
    for (uint32_t i = 0; i < tape_count(v->tape); i++)
        if (strcmp(tape_host(v->tape, tape_incident(v->tape, i)->host), h->name) == 0)
            return true;
    return observer_host_count(v->observer) <= BACKTEST_HTML_HOSTS;
}

static void add_host_name(struct text *t, const char *name, double y)
{
    char cut[4 * LABEL_MAX + 8];
    size_t n = 0, shown = 0;
    for (; name[n] && shown <= LABEL_MAX; n++)
        shown += ((unsigned char)name[n] & 0xC0U) != 0x80U;
    bool whole = shown <= LABEL_MAX;
    if (!whole)
        n--;
    if (n > sizeof(cut) - 4)
        n = sizeof(cut) - 4;
    memcpy(cut, name, n);
    memcpy(cut + n, whole ? "" : "…", whole ? 1 : 4);
    svg_begin_label(t, "name", LEFT - 8, y, "end");
    html_add(t, cut);
    svg_end_label(t);
}

static void add_outage(
    struct text *t, const struct verdict *v, uint32_t i, const struct time_axis *a, double y)
{
    const struct outage *o = &v->ground->outages[i];
    double x = time_axis_x(a, o->start_ns), width = time_axis_x(a, o->end_ns) - x;
    if (o->end_ns < a->from_ns || o->start_ns > a->to_ns)
        return;
    text_addf(t, "<a href=\"#outage-%u\"><g><title>", (unsigned)i + 1);
    words_add_moment(t, o->start_ns);
    text_add(t, " ");
    html_add(t, o->label);
    text_addf(t, ": %s</title>", outage_outcome_name(v->outages[i].outcome));
    svg_add_rect(
        t, html_outcome_class(v->outages[i].outcome), x, y + 2, width > LEAST ? width : LEAST, ROW / 2 - 2);
    text_add(t, "</g></a>");
}

/* A triangle for what was about an outage, a cross for what was false. */
static void add_incident(
    struct text *t, const struct verdict *v, uint32_t i, const struct time_axis *a, double y)
{
    const struct tape_incident *n = tape_incident(v->tape, i);
    double x = time_axis_x(a, n->opened_ns),
           end = time_axis_x(a, n->ended_ns > a->to_ns ? a->to_ns : n->ended_ns);
    bool about = v->incidents[i].worth == INCIDENT_ABOUT,
         wrong = v->incidents[i].worth == INCIDENT_FALSE && v->ground->count;
    const char *class = about ? "about" : wrong ? "wrong" : "plain";
    double middle = y + ROW * 0.75;
    text_add(t, "<g><title>");
    words_add_moment(t, n->opened_ns);
    text_add(t, " ");
    char reason[512];
    struct text words;
    text_init(&words, reason, sizeof(reason));
    words_add_reason(&words, n);
    html_add(t, reason);
    if (v->ground->count)
        text_addf(t, ": %s", incident_worth_name(v->incidents[i].worth));
    text_add(t, "</title>");
    if (end > x + 1)
        svg_add_line(t, class, x, middle, end, middle);
    text_addf(t, "<path class=\"%s\" d=\"M", class);
    svg_add_px(t, x);
    text_add_char(t, ' ');
    svg_add_px(t, middle);
    text_add(t, wrong ? "m-4-4l8 8m0-8l-8 8" : "m-4 4l4-8l4 8z");
    text_add(t, "\"/></g>");
}

static void add_row(struct sheet *s, const struct backtest_report *r, const struct observer_host *h,
    const struct time_axis *a, double y)
{
    const struct verdict *v = r->verdict;
    struct text *t = &s->t;
    uint32_t marks = 0;
    add_host_name(t, h->name, y + ROW / 2 + 4);
    for (uint32_t i = 0; i < h->coverage.span_count && i < MARKS_MOST; i++) {
        double x = time_axis_x(a, h->coverage.spans[i].from_ns);
        svg_add_rect(t, "watched", x, y + 1, time_axis_x(a, h->coverage.spans[i].to_ns) - x, ROW - 2);
        sheet_turn(s);
    }
    for (uint32_t k = 0; k < h->outage_count; k++) {
        if (concerns(&v->ground->outages[h->outages[k]], h->name))
            add_outage(t, v, h->outages[k], a, y);
        sheet_turn(s);
    }
    for (uint32_t i = 0; i < tape_count(v->tape) && marks < MARKS_MOST; i++) {
        if (strcmp(tape_host(v->tape, tape_incident(v->tape, i)->host), h->name) != 0)
            continue;
        marks++;
        add_incident(t, v, i, a, y);
        sheet_turn(s);
    }
}

static void add_legend(struct text *t, const struct verdict *v)
{
    text_add(t, "<p class=\"legend\">");
    for (int o = 0; v->ground->count && o < OUTAGE_OUTCOMES; o++)
        if (v->outcomes[o])
            text_addf(t, "<span class=\"key %s\"></span>outage %s ",
                html_outcome_class((enum outage_outcome)o), outage_outcome_name((enum outage_outcome)o));
    text_add(t, v->ground->count ? "<span class=\"mark about\">▲</span>incident about an outage "
                                   "<span class=\"mark wrong\">✕</span>false incident "
                                 : "<span class=\"mark plain\">▲</span>incident ");
    if (v->ground->count && v->ground->from_ns != INT64_MIN)
        text_add(t, "<span class=\"mark plain\">▲</span>incident before labelling began ");
    text_add(t, "<span class=\"key watched\"></span>under watch</p>");
}

void html_timeline(struct sheet *s, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    struct text *t = &s->t;
    uint32_t hosts = observer_host_count(v->observer), rows = 0, left_out = 0;
    if (v->first_ns >= v->last_ns)
        return;
    for (uint32_t i = 0; i < hosts; i++)
        if (is_shown(r, observer_host(v->observer, i)))
            rows += rows < BACKTEST_HTML_HOSTS;
    struct time_axis a = {.from_ns = v->first_ns, .to_ns = v->last_ns, .left = LEFT, .right = WIDTH - 12};
    double bottom = TOP + ROW * rows;
    text_add(t, "<section><h2>Timeline</h2>");
    add_legend(t, v);
    text_add(t, "<div class=\"wide\"><svg role=\"img\" aria-label=\"Outages and incidents over time, a row "
                "for each host\" viewBox=\"0 0 1000 ");
    svg_add_px(t, bottom + 22);
    text_add(t, "\">");
    time_axis_draw(t, &a, TOP, bottom);
    uint32_t at = 0;
    for (uint32_t i = 0; i < hosts; i++) {
        const struct observer_host *h = observer_host(v->observer, i);
        if (!is_shown(r, h) || at == rows) {
            left_out++;
            continue;
        }
        add_row(s, r, h, &a, TOP + ROW * at++);
    }
    text_add(t, "</svg></div>");
    if (left_out && rows < BACKTEST_HTML_HOSTS)
        text_addf(t, "<p class=\"small\">Not drawn: %u host%s without an outage or an incident.</p>",
            (unsigned)left_out, left_out == 1 ? "" : "s");
    else if (left_out)
        text_addf(t, "<p class=\"small\">Not drawn: %u host%s; the page has room for %u.</p>",
            (unsigned)left_out, left_out == 1 ? "" : "s", BACKTEST_HTML_HOSTS);
    text_add(t, "</section>\n");
    sheet_turn(s);
}
