/* SPDX-License-Identifier: MIT
 * The sweep of the HTML report: outages found against false incidents, for every budget, the classic profile
 * and the controls; and the numbers below the picture. */
#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "output/backtest/html.h"

#define WIDTH    760.0
#define HEIGHT   340.0
#define LEFT     56.0
#define RIGHT    150.0 /* room for names */
#define TOP      14.0
#define BOTTOM   300.0
#define NONE_X   84.0 /* where a point without any false incident stands */
#define LOG_X    134.0
#define NS_PER_S 1e9

#define LABEL_WIDTH  44.0 /* px of the name of a budget */
#define LABEL_HEIGHT 14.0
#define OWN_WIDTH    110.0              /* px of "yours, 1/30d" and its ring */
#define OWN_LEFT     (LEFT + OWN_WIDTH) /* from here on it stands left of its point */
#define CURVE_POINTS 64                 /* more than any detector has */

struct plot {
    double lowest, highest; /* log10 of false incidents per day */
};

static double log10_of(double x)
{
    return fmath_log(x) / 2.302585092994046;
}

static double x_of(const struct plot *p, double per_day)
{
    if (per_day <= 0)
        return NONE_X;
    return LOG_X + (log10_of(per_day) - p->lowest) / (p->highest - p->lowest) * (WIDTH - RIGHT - LOG_X);
}

static double y_of(double recall)
{
    return BOTTOM - (isnan(recall) ? 0 : recall) * (BOTTOM - TOP);
}

static struct plot find_range(const struct verdict *v)
{
    double low = INFINITY, high = -INFINITY;
    for (uint32_t i = 0; i < v->point_count; i++) {
        double f = verdict_false_per_day(v, &v->points[i]);
        if (f <= 0)
            continue;
        low = f < low ? f : low;
        high = f > high ? f : high;
    }
    if (!(low <= high))
        low = high = 0.1;
    struct plot p = {.lowest = floor(log10_of(low)), .highest = floor(log10_of(high)) + 1};
    return p;
}

static void add_axes(struct text *t, const struct plot *p)
{
    for (int i = 0; i <= 4; i++) {
        double y = y_of(i / 4.0);
        svg_add_line(t, "grid", LEFT, y, WIDTH - RIGHT, y);
        svg_begin_label(t, "tick", LEFT - 6, y + 4, "end");
        text_addf(t, "%d %%", 25 * i);
        svg_end_label(t);
    }
    svg_begin_label(t, "tick", NONE_X, BOTTOM + 16, "middle");
    text_add(t, "none");
    svg_end_label(t);
    svg_add_line(t, "grid", NONE_X, TOP, NONE_X, BOTTOM);
    for (double d = p->lowest; d <= p->highest; d += 1) {
        double x = LOG_X + (d - p->lowest) / (p->highest - p->lowest) * (WIDTH - RIGHT - LOG_X);
        svg_add_line(t, "grid", x, TOP, x, BOTTOM);
        svg_begin_label(t, "tick", x, BOTTOM + 16, "middle");
        text_add_human(t, fmath_pow(10, d), 3);
        svg_end_label(t);
    }
    svg_begin_label(t, "tick", (LEFT + WIDTH - RIGHT) / 2, BOTTOM + 34, "middle");
    text_add(t, "false incidents per host and day (logarithmic)");
    svg_end_label(t);
}

static bool belongs(const struct verdict_point *p, enum point_kind kind, int control)
{
    return p->kind == kind && (kind != POINT_CONTROL || (int)p->control == control);
}

/* Is x further left, or as far and lower? */
static bool is_before(const struct verdict_point *x, const struct verdict_point *y)
{
    return x->outside != y->outside ? x->outside < y->outside : x->found < y->found;
}

/* The points of one detector by false incidents, then by outages found. Returns their number. */
static uint32_t sort_points(
    const struct verdict *v, enum point_kind kind, int control, uint32_t *order, uint32_t room)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->point_count && n < room; i++) {
        uint32_t at = n;
        if (!belongs(&v->points[i], kind, control))
            continue;
        for (; at > 0 && is_before(&v->points[i], &v->points[order[at - 1]]); at--)
            order[at] = order[at - 1];
        order[at] = i;
        n++;
    }
    return n;
}

static void add_title(struct text *t, const struct verdict *v, const struct verdict_point *p)
{
    text_add(t, "<title>");
    words_add_point(t, p);
    text_addf(t, ": %u of %u outages, ", (unsigned)p->found, (unsigned)v->judged);
    words_add_frequency(t, p->outside, v->healthy_days);
    text_add(t, ", in alarm ");
    text_add_human(t, 100 * verdict_busy_share(v, p), 2);
    text_add(t, " % of the healthy time</title>");
}

/* The budget of a point of the program, below it. */
static void add_budget(struct text *t, const struct verdict_point *p, double x, double y)
{
    svg_begin_label(t, "tick", x + 6, y + 15, "start");
    words_add_rate(t, p->setting);
    svg_end_label(t);
}

/* Whether the user's own point has its name there (add_own). */
static bool is_under_own(const struct plot *plot, const struct verdict *v, double x, double y)
{
    const struct verdict_point *own = &v->points[0];
    const double own_x = x_of(plot, verdict_false_per_day(v, own)), own_y = y_of(verdict_recall(v, own));
    const double from = own_x > OWN_LEFT ? own_x - OWN_WIDTH : own_x - LABEL_WIDTH;
    const double to = own_x > OWN_LEFT ? own_x : own_x + OWN_WIDTH;

    return x > from && x < to && fabs(y - own_y) < 2 * LABEL_HEIGHT;
}

/* One detector: a line through its points; those that are always in alarm are hollow, and a control's line
 * leaves them out. */
static void add_curve(struct text *t, const struct plot *plot, const struct verdict *v, enum point_kind kind,
    int control, const char *class)
{
    uint32_t order[CURVE_POINTS], n = sort_points(v, kind, control, order, CURVE_POINTS);
    double labelled_x = -LABEL_WIDTH, labelled_y = 0;
    text_addf(t, "<g class=\"curve %s\"><polyline points=\"", class);
    for (uint32_t k = 0; k < n; k++) {
        const struct verdict_point *p = &v->points[order[k]];
        if (kind == POINT_CONTROL && verdict_busy_share(v, p) > VERDICT_BUSY_MOST)
            continue;
        text_add_char(t, ' ');
        svg_add_px(t, x_of(plot, verdict_false_per_day(v, p)));
        text_add_char(t, ',');
        svg_add_px(t, y_of(verdict_recall(v, p)));
    }
    text_add(t, "\"/>");
    for (uint32_t k = 0; k < n; k++) {
        const struct verdict_point *p = &v->points[order[k]];
        bool busy = verdict_busy_share(v, p) > VERDICT_BUSY_MOST, own = order[k] == 0;
        double x = x_of(plot, verdict_false_per_day(v, p)), y = y_of(verdict_recall(v, p));
        text_addf(t, "<circle class=\"%s\" r=\"%s\"", busy ? "busy" : "",
            own                     ? "6"
            : kind == POINT_CONTROL ? "2.5"
                                    : "4");
        svg_add_attribute(t, "cx", x);
        svg_add_attribute(t, "cy", y);
        text_add_char(t, '>');
        add_title(t, v, p);
        text_add(t, "</circle>");
        bool crowded = fabs(x - labelled_x) < LABEL_WIDTH && fabs(y - labelled_y) < LABEL_HEIGHT;
        if (kind != POINT_PROGRAM || own || crowded || is_under_own(plot, v, x, y))
            continue;
        add_budget(t, p, x, y);
        labelled_x = x;
        labelled_y = y;
    }
    text_add(t, "</g>");
}

static void add_names(struct text *t)
{
    static const struct {
        const char *class, *name;
    } names[] = {{"program", "Coherence"}, {"classic", "classic profile"}, {"c0", "weighted z"},
        {"c1", "static share"}, {"c2", "periodic"}, {"c3", "random"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        double y = TOP + 14 + 20 * (double)i, x = WIDTH - RIGHT + 16;
        text_addf(t, "<g class=\"curve %s\"><polyline points=\"", names[i].class);
        svg_add_px(t, x);
        text_add_char(t, ',');
        svg_add_px(t, y);
        text_add_char(t, ' ');
        svg_add_px(t, x + 22);
        text_add_char(t, ',');
        svg_add_px(t, y);
        text_add(t, "\"/><circle r=\"3.5\"");
        svg_add_attribute(t, "cx", x + 11);
        svg_add_attribute(t, "cy", y);
        text_add(t, "/></g>");
        svg_begin_label(t, "name", x + 30, y + 4, "start");
        text_add(t, names[i].name);
        svg_end_label(t);
    }
}

static void add_own(struct text *t, const struct plot *plot, const struct verdict *v)
{
    const struct verdict_point *p = &v->points[0];
    double x = x_of(plot, verdict_false_per_day(v, p)), y = y_of(verdict_recall(v, p));
    text_add(t, "<circle class=\"own\" r=\"10\"");
    svg_add_attribute(t, "cx", x);
    svg_add_attribute(t, "cy", y);
    text_add(t, "/>");
    bool left = x > OWN_LEFT;
    svg_begin_label(
        t, "name strong", left ? x - 14 : x + 14, y + (y < TOP + 20 ? 18 : -8), left ? "end" : "start");
    text_add(t, "yours, ");
    words_add_rate(t, p->setting);
    svg_end_label(t);
}

static void add_picture(struct sheet *s, const struct verdict *v)
{
    struct plot plot = find_range(v);
    struct text *t = &s->t;
    static const char *const classes[CONTROL_KINDS] = {"c0", "c1", "c2", "c3"};
    text_add(t, "<div class=\"wide\"><svg role=\"img\" aria-label=\"Share of outages found against false "
                "incidents per day\" "
                "viewBox=\"0 0 760 340\">");
    add_axes(t, &plot);
    for (int k = CONTROL_KINDS - 1; k >= 0; k--)
        add_curve(t, &plot, v, POINT_CONTROL, k, classes[k]);
    add_curve(t, &plot, v, POINT_CLASSIC, 0, "classic");
    add_curve(t, &plot, v, POINT_PROGRAM, 0, "program");
    add_own(t, &plot, v);
    add_names(t);
    text_add(t, "</svg></div><p class=\"small\">Up is better, left is cheaper. A hollow point is in alarm "
                "for more than a tenth of the healthy time: it "
                "“finds” everything and says nothing. The controls' settings are picked with hindsight; "
                "Coherence's are a promise made "
                "beforehand.</p>");
    sheet_turn(s);
}

static void add_point_row(struct text *t, const struct verdict *v, const struct verdict_point *p, bool own)
{
    text_addf(t, "<tr%s><th scope=\"row\">", own ? " class=\"own\"" : "");
    words_add_point(t, p);
    text_add(t, own ? " (yours)</th><td>" : "</th><td>");
    text_add_uint(t, p->counted);
    text_add(t, "</td><td>");
    if (v->ground->count) {
        text_add_uint(t, p->outside);
        text_add(t, "</td><td>");
    }
    if (v->healthy_days > 0)
        words_add_frequency(t, p->outside, v->healthy_days);
    if (v->ground->count) {
        text_addf(t, "</td><td>%u of %u</td><td>%u</td><td>", (unsigned)p->found, (unsigned)v->judged,
            (unsigned)p->announced);
        if (isnan(p->median_lead_s))
            text_add(t, "–");
        else
            words_add_lead(t, (int64_t)(p->median_lead_s * NS_PER_S));
    }
    text_add(t, "</td><td>");
    text_add_human(t, 100 * verdict_busy_share(v, p), 2);
    text_add(t, " %</td></tr>");
}

void html_sweep(struct sheet *s, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    struct text *t = &s->t;
    bool labelled = v->ground->count > 0;
    text_add(t, labelled ? "<section><h2>What another false-alarm budget would give</h2>"
                         : "<section><h2>What another false-alarm budget would have told</h2>");
    if (v->judged > 0)
        add_picture(s, v);
    text_add(t, "<div class=\"wide\"><table><thead><tr><th></th><th>incidents</th><th>");
    text_add(t, labelled
                    ? "false</th><th>on each host</th><th>found</th><th>announced</th><th>median told</th>"
                    : "on each host</th>");
    text_add(t, "<th>in alarm</th></tr></thead><tbody>");
    for (uint32_t i = 0; i < v->point_count; i++)
        if (v->points[i].kind != POINT_CONTROL)
            add_point_row(t, v, &v->points[i], i == 0);
    for (int k = 0; labelled && k < CONTROL_KINDS; k++) {
        const struct verdict_point *p = verdict_best(v, POINT_CONTROL, (enum control_kind)k, 1.0);
        if (p)
            add_point_row(t, v, p, false);
    }
    text_add(t, "</tbody></table></div>");
    if (labelled)
        text_add(t,
            "<p class=\"small\">Of each control the setting that finds most with at most one false "
            "incident per host and day is "
            "shown; one that is not there has none so quiet, or only such as are in alarm for more than a "
            "tenth of the healthy time.</p>");
    text_add(t, "</section>\n");
    sheet_turn(s);
}
