/* SPDX-License-Identifier: MIT
 * The small change of the HTML report: escaping, coordinates, axes of time. */
#include "output/backtest/html.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

#define ESCAPED_MAX 4096
#define NS_PER_S    INT64_C(1000000000)
#define TICK_HALF   8.0 /* px: a label nearer to the edge ends there */
#define LABELS_MOST 9   /* on an axis */

void html_add(struct text *t, const char *bytes)
{
    char printable[4 * ESCAPED_MAX + 1];
    struct text p;
    text_init(&p, printable, sizeof(printable));
    text_add_printable(&p, bytes, strnlen(bytes, ESCAPED_MAX));
    for (size_t i = 0; i < p.length; i++) {
        switch (p.data[i]) {
        case '&':
            text_add(t, "&amp;");
            break;
        case '<':
            text_add(t, "&lt;");
            break;
        case '>':
            text_add(t, "&gt;");
            break;
        case '"':
            text_add(t, "&quot;");
            break;
        case '\'':
            text_add(t, "&#39;");
            break;
        default:
            text_add_char(t, p.data[i]);
        }
    }
}

void svg_add_px(struct text *t, double v)
{
    if (!(v > -1e6 && v < 1e6))
        v = 0;
    int64_t tenths = (int64_t)floor(v * 10 + 0.5);
    if (tenths < 0) {
        text_add_char(t, '-');
        tenths = -tenths;
    }
    text_add_int(t, tenths / 10);
    if (tenths % 10) {
        text_add_char(t, '.');
        text_add_int(t, tenths % 10);
    }
}

void svg_add_attribute(struct text *t, const char *name, double v)
{
    text_addf(t, " %s=\"", name);
    svg_add_px(t, v);
    text_add_char(t, '"');
}

void svg_add_rect(struct text *t, const char *class, double x, double y, double width, double height)
{
    text_addf(t, "<rect class=\"%s\"", class);
    svg_add_attribute(t, "x", x);
    svg_add_attribute(t, "y", y);
    svg_add_attribute(t, "width", width);
    svg_add_attribute(t, "height", height);
    text_add(t, "/>");
}

void svg_add_line(struct text *t, const char *class, double x1, double y1, double x2, double y2)
{
    text_addf(t, "<line class=\"%s\"", class);
    svg_add_attribute(t, "x1", x1);
    svg_add_attribute(t, "y1", y1);
    svg_add_attribute(t, "x2", x2);
    svg_add_attribute(t, "y2", y2);
    text_add(t, "/>");
}

void svg_begin_label(struct text *t, const char *class, double x, double y, const char *anchor)
{
    text_addf(t, "<text class=\"%s\" text-anchor=\"%s\"", class, anchor);
    svg_add_attribute(t, "x", x);
    svg_add_attribute(t, "y", y);
    text_add_char(t, '>');
}

void svg_end_label(struct text *t)
{
    text_add(t, "</text>");
}

double time_axis_x(const struct time_axis *a, int64_t t_ns)
{
    double share = ((double)t_ns - (double)a->from_ns) / ((double)a->to_ns - (double)a->from_ns);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return a->left + share * (a->right - a->left);
}

/* The step between labels, seconds: round for clocks and calendars. */
static int64_t label_step(const struct time_axis *a)
{
    static const int64_t steps[] = {1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600,
        43200, 86400, 172800, 345600, 604800, 1209600, 2592000, 7776000, 31536000, 315360000, 3153600000};
    double span_s = ((double)a->to_ns - (double)a->from_ns) / (double)NS_PER_S;
    size_t i = 0;
    while (i + 1 < sizeof(steps) / sizeof(steps[0]) && span_s / (double)steps[i] > LABELS_MOST)
        i++;
    return steps[i];
}

static void add_tick_label(struct text *t, int64_t t_ns, int64_t step_s)
{
    char moment[TIMESTAMP_TEXT_MAX];
    timestamp_format(t_ns, moment); /* 2026-01-01T00:00:00Z */
    bool midnight = memcmp(moment + 11, "00:00:00", 8) == 0;
    if (step_s >= 86400 || midnight)
        text_add_bytes(t, moment + (step_s >= 7776000 ? 0 : 5), step_s >= 7776000 ? 7 : 5);
    else
        text_add_bytes(t, moment + 11, step_s >= 60 ? 5 : 8);
}

void time_axis_draw(struct text *t, const struct time_axis *a, double top, double bottom)
{
    int64_t step_s = label_step(a), step_ns = step_s * NS_PER_S;
    int64_t first = a->from_ns / step_ns * step_ns;
    if (first < a->from_ns)
        first += step_ns;
    uint64_t more = a->to_ns < first ? 0 : ((uint64_t)a->to_ns - (uint64_t)first) / (uint64_t)step_ns + 1;
    for (uint64_t i = 0; i < more; i++) {
        int64_t at = first + (int64_t)i * step_ns;
        double x = time_axis_x(a, at);
        svg_add_line(t, "grid", x, top, x, bottom);
        bool edge = x > a->right - TICK_HALF;
        svg_begin_label(t, "tick", edge ? a->right : x, bottom + 14, edge ? "end" : "middle");
        add_tick_label(t, at, step_s);
        svg_end_label(t);
    }
}

const char *html_outcome_class(enum outage_outcome o)
{
    static const char *const names[OUTAGE_OUTCOMES] = {"announced", "seen", "before", "missed", "unjudged"};
    return names[o];
}
