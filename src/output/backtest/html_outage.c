/* SPDX-License-Identifier: MIT
 * The outages of the HTML report: a table of all, and for each its verdict, the story that would have been
 * told, the findings, the signals. */
#include <math.h>
#include <string.h>

#include "output/backtest/html.h"

#define NS_PER_S 1e9

static void add_host(struct text *t, const struct outage *o)
{
    if (o->host[0])
        html_add(t, o->host);
    else
        text_add(t, "<i>every host</i>");
}

static void add_verdict(struct text *t, const struct verdict *v, uint32_t i)
{
    const struct verdict_outage *k = &v->outages[i];
    text_addf(
        t, "<span class=\"chip %s\">%s", html_outcome_class(k->outcome), outage_outcome_name(k->outcome));
    if (k->opened_ns != INT64_MIN) {
        text_add_char(t, ' ');
        words_add_lead(t, v->ground->outages[i].start_ns - k->opened_ns);
    }
    text_add(t, "</span>");
}

static void add_reason(struct text *t, const struct tape_incident *n)
{
    char bytes[512];
    struct text words;
    text_init(&words, bytes, sizeof(bytes));
    words_add_reason(&words, n);
    html_add(t, words.data);
}

static void add_row(struct text *t, const struct verdict *v, uint32_t i)
{
    const struct outage *o = &v->ground->outages[i];
    const struct verdict_outage *k = &v->outages[i];
    const struct tape_incident *n = k->incident == VERDICT_NONE ? NULL : tape_incident(v->tape, k->incident);
    text_addf(
        t, "<tr><td><a href=\"#outage-%u\">%u</a></td><td class=\"time\">", (unsigned)i + 1, (unsigned)i + 1);
    words_add_moment(t, o->start_ns);
    text_add(t, "</td><td>");
    words_add_span(t, (double)(o->end_ns - o->start_ns) / NS_PER_S);
    text_add(t, "</td><td class=\"text\">");
    add_host(t, o);
    text_add(t, "</td><td class=\"text\">");
    add_verdict(t, v, i);
    text_add(t, "</td><td class=\"text\">");
    if (n)
        add_reason(t, n);
    text_add(t, "</td><td class=\"text\">");
    if (n && n->story && n->story->finding_count)
        text_add(t, confidence_name(n->story->findings[0]->confidence));
    text_add(t, "</td><td class=\"text\">");
    html_add(t, o->label);
    text_add(t, "</td></tr>");
}

void html_outages(struct sheet *s, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    struct text *t = &s->t;
    uint32_t n = v->ground->count, shown = n < BACKTEST_HTML_ROWS ? n : BACKTEST_HTML_ROWS;
    if (n == 0)
        return;
    text_add(t, "<section><h2>Outages</h2><div class=\"wide\"><table><thead><tr><th>#</th><th "
                "class=\"text\">start (UTC)</th><th>lasted</th>"
                "<th class=\"text\">host</th><th class=\"text\">verdict</th><th class=\"text\">by</th><th "
                "class=\"text\">confidence</th>"
                "<th class=\"text\">label</th></tr></thead><tbody>");
    for (uint32_t i = 0; i < shown; i++) {
        add_row(t, v, i);
        sheet_turn(s);
    }
    text_add(t, "</tbody></table></div>");
    if (n > shown)
        text_addf(t, "<p class=\"small\">and %u more; <code>--json</code> names every one.</p>",
            (unsigned)(n - shown));
    text_add(t, "</section>\n");
}

static void add_number(struct text *t, double v)
{
    if (isfinite(v))
        text_add_human(t, v, 3);
    else
        text_add(t, "–");
}

static void add_finding(struct text *t, const struct tape_finding *f, int64_t start_ns)
{
    const struct law_reading *g = &f->reading;
    text_add(t, "<tr><td class=\"time\">");
    words_add_moment(t, f->t_ns);
    text_add(t, "</td><td>");
    words_add_lead(t, start_ns - f->t_ns);
    text_addf(t, "</td><td class=\"text\">%s</td><td class=\"text\">", law_name(f->law));
    html_add(t, f->entity);
    text_add(t, "</td><td>");
    add_number(t, g->value);
    text_add(t, "</td><td>");
    add_number(t, g->expected);
    text_add(t, "</td><td>");
    if (isfinite(g->lo) && isfinite(g->hi)) {
        text_add_human(t, g->lo, 3);
        text_add(t, " … ");
        text_add_human(t, g->hi, 3);
    } else {
        text_add(t, "–");
    }
    text_add(t, "</td><td class=\"text\">");
    text_add(t, g->unit ? g->unit : "");
    text_addf(t, "</td><td class=\"text\">%s%s</td></tr>", confidence_name(f->confidence),
        f->calibrated ? "" : ", not calibrated yet");
}

static void add_story(struct sheet *s, const struct tape_incident *n, int64_t start_ns)
{
    struct text *t = &s->t;
    const struct tape_story *story = n->story;
    if (!story) {
        text_add(t, "<p class=\"small\">The story of this incident was not kept.</p>");
        return;
    }
    text_add(t, "<p class=\"story\">");
    if (story->narrative)
        html_add(t, story->narrative);
    text_add(t, "</p>");
    sheet_turn(s);
    if (story->finding_count == 0)
        return;
    text_add(t, "<div class=\"wide\"><table><thead><tr><th class=\"text\">finding told "
                "(UTC)</th><th></th><th class=\"text\">law</th>"
                "<th class=\"text\">entity</th><th>value</th><th>expected</th><th>band</th><th "
                "class=\"text\">unit</th>"
                "<th class=\"text\">confidence</th></tr></thead><tbody>");
    for (uint32_t i = 0; i < story->finding_count; i++)
        add_finding(t, story->findings[i], start_ns);
    text_add(t, "</tbody></table></div>");
    if (story->findings_total > story->finding_count)
        text_addf(t, "<p class=\"small\">and %u findings more.</p>",
            (unsigned)(story->findings_total - story->finding_count));
    sheet_turn(s);
}

/* What there is to say beside the chip. */
static void add_explanation(struct text *t, const struct verdict *v, uint32_t i)
{
    const struct verdict_outage *k = &v->outages[i];
    switch (k->outcome) {
    case OUTAGE_OPEN_BEFORE:
        text_add(t, "<p>An incident was open already when this outage could first have been announced, and "
                    "no other opened. It counts as false: "
                    "whoever warns all the time has announced nothing.</p>");
        break;
    case OUTAGE_MISSED:
        text_add(t, "<p>No incident opened before or during this outage");
        text_add(t, k->alarm_ns == INT64_MIN
                        ? ", and no single alarm was raised while it ran.</p>"
                        : "; a single alarm was raised while it ran, which alone opens none.</p>");
        break;
    case OUTAGE_NOT_JUDGED:
        text_add(t, "<p>There is no telemetry of its host in the hour before it or while it ran.</p>");
        break;
    default:
        break;
    }
}

void html_outage(struct sheet *s, const struct backtest_report *r, uint32_t i)
{
    const struct verdict *v = r->verdict;
    const struct outage *o = &v->ground->outages[i];
    const struct verdict_outage *k = &v->outages[i];
    struct text *t = &s->t;
    text_addf(t, "<article id=\"outage-%u\"><h3>%u. ", (unsigned)i + 1, (unsigned)i + 1);
    if (o->label[0])
        html_add(t, o->label);
    else
        text_add(t, "Outage");
    text_add_char(t, ' ');
    add_verdict(t, v, i);
    text_add(t, "</h3><p>");
    add_host(t, o);
    text_add(t, ", ");
    words_add_moment(t, o->start_ns);
    text_add(t, " to ");
    words_add_moment(t, o->end_ns);
    text_add(t, " UTC (");
    words_add_span(t, (double)(o->end_ns - o->start_ns) / NS_PER_S);
    text_add(t, ")</p>");
    add_explanation(t, v, i);
    if (k->incident != VERDICT_NONE)
        add_story(s, tape_incident(v->tape, k->incident), o->start_ns);
    if (k->outcome != OUTAGE_NOT_JUDGED)
        html_signals(s, r, i);
    text_add(t, "</article>\n");
    sheet_turn(s);
}
