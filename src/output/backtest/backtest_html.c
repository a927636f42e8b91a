/* SPDX-License-Identifier: MIT
 * The report of a backtest as one HTML file: nothing is loaded from anywhere and nothing runs in it, so that
 * it can be mailed, printed and kept. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/backtest/html.h"
#include "output/backtest/report_style.h"

static void add_words(struct text *t, const struct backtest_report *r)
{
    char bytes[8192];
    struct text words;
    text_init(&words, bytes, sizeof(bytes));
    words_add_summary(&words, r, "\n");
    text_add(t, "<div class=\"lede\"><p>");
    for (char *line = bytes, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        html_add(t, line);
        text_add(t, next ? "</p><p>" : "</p></div>");
    }
}

static void begin_tile(struct text *t, const char *class)
{
    text_addf(t, "<div class=\"tile %s\"><b>", class);
}

static void end_tile(struct text *t, const char *text)
{
    text_addf(t, "</b><span>%s</span></div>", text);
}

static void add_tiles(struct text *t, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    const struct verdict_point *p = &v->points[0];
    text_add(t, "<div class=\"tiles\">");
    if (v->ground->count) {
        begin_tile(t, "announced");
        text_addf(t, "%u of %u", (unsigned)v->outcomes[OUTAGE_ANNOUNCED], (unsigned)v->judged);
        end_tile(t, "announced before they began");
        begin_tile(t, "seen");
        text_addf(t, "%u of %u", (unsigned)v->outcomes[OUTAGE_SEEN], (unsigned)v->judged);
        end_tile(t, "seen while they ran");
        begin_tile(t, "missed");
        text_addf(t, "%u of %u", (unsigned)(v->outcomes[OUTAGE_MISSED] + v->outcomes[OUTAGE_OPEN_BEFORE]),
            (unsigned)v->judged);
        end_tile(t, "missed");
    } else {
        begin_tile(t, "seen");
        text_add_uint(t, p->counted);
        end_tile(t, "incidents");
    }
    begin_tile(t, "price");
    if (p->outside)
        words_add_frequency(t, p->outside, v->healthy_days);
    else
        text_add(t, "none");
    end_tile(t, v->ground->count ? "false incidents on each host" : "incidents on each host");
    begin_tile(t, "");
    text_add(t, "one in ");
    text_add_human(t, 1 / r->promised_per_day, 3);
    text_add(t, " days");
    end_tile(t, "allowed by the budget");
    text_add(t, "</div>");
}

static void add_head(struct text *t, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    text_add(t,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">"
        "<title>Backtest of Coherence</title><style>");
    text_add_bytes(t, (const char *)report_styles[0].bytes, report_styles[0].size);
    text_add(t, "</style></head><body>\n<header><h1>");
    text_add(t,
        v->ground->count ? "Would Coherence have seen our outages?" : "What would Coherence have told us?");
    text_add(t, "</h1><p class=\"small\">");
    for (size_t i = 0; i < r->input_count && i < BACKTEST_INPUTS_SHOWN; i++) {
        text_add(t, i ? ", " : "A backtest of ");
        html_add(t, r->inputs[i]);
    }
    if (r->input_count > BACKTEST_INPUTS_SHOWN)
        text_addf(t, " and %u files more", (unsigned)(r->input_count - BACKTEST_INPUTS_SHOWN));
    if (r->outages) {
        text_add(t, " against ");
        html_add(t, r->outages);
    }
    text_add(t, "</p></header>\n");
    if (!r->complete) {
        text_add(t, "<p class=\"cut\">This is not all of it: ");
        html_add(t, r->cut_short);
        text_add(t, ".</p>");
    }
}

static void add_promise(struct text *t, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    const struct verdict_point *p = &v->points[0];
    text_add(t, "<section><h2>The promise, and what came of it</h2><p>The budget promises at most one false "
                "incident in ");
    text_add_human(t, 1 / r->promised_per_day, 3);
    text_add(t, " days on each host. It is measured where nothing was wrong: on stretches of a day or longer "
                "without an outage, an hour away from each, "
                "after the first two days of learning. ");
    if (v->quiet_days <= 0) {
        text_add(t, "This history has none.</p>");
    } else {
        text_add(t, "They brought ");
        words_add_count(t, p->quiet, "incident", "incidents");
        text_add(t, " in ");
        text_add_human(t, v->quiet_days, 3);
        text_add(t, " host-days");
        if (v->quiet_days * r->promised_per_day >= 1.0 / 3) {
            text_add(t, ": <b>");
            text_add_human(t, (double)p->quiet / v->quiet_days / r->promised_per_day, 2);
            text_add(t, " times the promise</b>.</p>");
        } else {
            text_add(t, ": too few days to tell.</p>");
        }
    }
    text_add(t, "</section>\n");
}

static void add_notes(struct sheet *s, const struct backtest_report *r)
{
    struct text *t = &s->t;
    bool any = r->note_count > 0 || r->refused > 0;
    for (uint32_t law = 0; law < LAW_MAIN_COUNT; law++)
        any |= r->blind[law] > 0;
    text_add(t, "<section><h2>What was not judged</h2>");
    text_add(t, "<ul class=\"notes\">");
    for (uint32_t law = 0; law < LAW_MAIN_COUNT; law++) {
        if (r->blind[law] == 0)
            continue;
        text_add(t, "<li>");
        words_add_blind(t, r, law);
        text_add(t, "</li>");
    }
    if (!any)
        text_add(t, "<li>Nothing was passed over.</li>");
    for (size_t i = 0; i < r->note_count; i++) {
        text_add(t, "<li>");
        html_add(t, r->notes[i]);
        text_add(t, "</li>");
        sheet_turn(s);
    }
    if (r->refused) {
        text_add(t, "<li>");
        words_add_count(t, r->refused, "series or sample was", "series or samples were");
        text_add(t, " beyond the configured limits.</li>");
    }
    if (r->notes_left_out)
        text_addf(t, "<li>and %llu more.</li>", (unsigned long long)r->notes_left_out);
    text_add(t, "</ul></section>\n");
}

static void add_reading(struct text *t, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    text_add(t, "<section><h2>How to read this</h2><p>An outage is <b>announced</b> when an incident opened "
                "on its host before it began, at most ");
    words_add_span(t, (double)v->ground->lead_ns / 1e9);
    text_add(t, " before (or since its onset, where the list names one), and <b>seen</b> when one opened "
                "while it ran. An incident that was open "
                "earlier is <b>false</b>, as is every other that opened outside of all outages. Incidents of "
                "a host whose alarms come within ");
    words_add_span(t, (double)v->merge_ns / 1e9);
    text_add(t, " are one. The incidents are those of <code>coherence replay</code> on the same files: each "
                "was told with what was known at its time, "
                "nothing later.</p><p class=\"small\">The past says what would have happened, not what will. "
                "A handful of outages makes a "
                "handful of evidence: three of four is not 75 %.</p></section>\n");
}

static void add_sections(struct sheet *s, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    add_tiles(&s->t, r);
    html_timeline(s, r);
    html_sweep(s, r);
    if (v->ground->count)
        add_promise(&s->t, r);
    html_outages(s, r);
    if (v->ground->count) {
        text_add(&s->t, "<section><h2>Each outage</h2><p class=\"small\">Black: what was measured. Dashed: "
                        "what was expected. Blue: the band in which "
                        "that law says nothing, where it has one. Red: the outage. Green: when Coherence "
                        "told of it.</p>");
        for (uint32_t i = 0; i < v->ground->count && i < BACKTEST_HTML_OUTAGES; i++)
            html_outage(s, r, i);
        if (v->ground->count > BACKTEST_HTML_OUTAGES)
            text_addf(&s->t,
                "<p class=\"small\">%u outages more are in the table above, without a picture.</p>",
                (unsigned)(v->ground->count - BACKTEST_HTML_OUTAGES));
        text_add(&s->t, "</section>\n");
    }
    html_incidents(s, r);
}

int backtest_html(const struct backtest_report *r, backtest_write write, void *context)
{
    struct sheet *s = sheet_new(write, context);
    if (!s)
        return -ENOMEM;
    add_head(&s->t, r);
    add_words(&s->t, r);
    if (observer_host_count(r->verdict->observer))
        add_sections(s, r);
    add_notes(s, r);
    add_reading(&s->t, r);
    text_add(&s->t, "<footer>Made by <code>coherence backtest</code> " COHERENCE_VERSION
                    ". The same input gives the same bytes.</footer>\n"
                    "</body></html>\n");
    int fault = sheet_end(s);
    free(s);
    return fault;
}
