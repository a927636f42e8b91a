/* SPDX-License-Identifier: MIT
 * The incidents of the HTML report that were false, or, without a list of outages, all of them: what would
 * have paged somebody. */
#include <errno.h>
#include <string.h>

#include "output/backtest/html.h"
#include "output/backtest/ranking.h"

#define NS_PER_S 1e9

static void add_row(struct text *t, const struct verdict *v, const struct ranked *k)
{
    const struct tape_incident *n = tape_incident(v->tape, k->incident);
    text_add(t, "<tr><td class=\"time\">");
    words_add_moment(t, n->opened_ns);
    text_add(t, "</td><td>");
    words_add_span(t, ((double)k->ended_ns - (double)n->opened_ns) / NS_PER_S);
    text_add(t, "</td><td class=\"text\">");
    html_add(t, tape_host(v->tape, n->host));
    text_add(t, "</td><td>");
    if (n->story)
        text_add_human(t, k->risk, 2);
    text_add(t, "</td><td class=\"text\">");
    words_add_laws(t, n->laws);
    text_add(t, "</td><td class=\"text story\">");
    if (n->story && n->story->narrative)
        html_add(t, n->story->narrative);
    if (k->joined)
        text_addf(t, " <i>(and %u more incidents, counted with it)</i>", (unsigned)k->joined);
    text_add(t, "</td></tr>");
}

void html_incidents(struct sheet *s, const struct backtest_report *r)
{
    struct ranking ranking;
    struct text *t = &s->t;
    int fault = ranking_make(&ranking, r->verdict, INCIDENT_FALSE);
    if (fault) {
        s->error = s->error ? s->error : fault;
        return;
    }
    text_add(t, r->verdict->ground->count ? "<section><h2>False incidents</h2>"
                                          : "<section><h2>What would have paged you</h2>");
    if (ranking.count == 0) {
        text_add(t, "<p>None.</p></section>\n");
        ranking_done(&ranking);
        return;
    }
    text_add(t, r->verdict->ground->count
                    ? "<p class=\"small\">By risk. An incident is false when it opened outside of the reach "
                      "of every outage in "
                      "the list; a list that is not complete makes true ones look false.</p>"
                    : "<p class=\"small\">By risk. <code>coherence backtest --label FILE</code> asks which "
                      "of them were outages "
                      "and writes the list.</p>");
    text_add(t,
        "<div class=\"wide\"><table><thead><tr><th class=\"text\">opened (UTC)</th><th>open for</th><th "
        "class=\"text\">host</th><th>risk</th>"
        "<th class=\"text\">laws</th><th class=\"text\">what it would have said</th></tr></thead><tbody>");
    uint32_t shown = ranking.count < BACKTEST_HTML_ROWS ? ranking.count : BACKTEST_HTML_ROWS;
    for (uint32_t i = 0; i < shown; i++) {
        add_row(t, r->verdict, &ranking.rows[i]);
        sheet_turn(s);
    }
    text_add(t, "</tbody></table></div>");
    if (ranking.count > shown)
        text_addf(t, "<p class=\"small\">and %u more; <code>--json</code> names every one.</p>",
            (unsigned)(ranking.count - shown));
    text_add(t, "</section>\n");
    ranking_done(&ranking);
    sheet_turn(s);
}
