/* SPDX-License-Identifier: MIT
 * Pictures of the signals around an outage: what was measured, what was expected, the band in which no law
 * would have spoken, when the outage ran, when Coherence told of it. The most telling signals are chosen:
 * those of the findings first, then those that strayed most. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/backtest/html.h"

#define WIDTH    1000.0
#define LEFT     64.0
#define TOP      6.0
#define BOTTOM   112.0
#define SHOWN    4
#define NS_PER_S 1e9

struct scale {
    double low, high;
};

static double middle_of(const struct trace_point *p)
{
    return ((double)p->lowest + (double)p->highest) / 2;
}

static uint32_t point_at(const struct trace_outage *o, int64_t t_ns)
{
    double share = ((double)t_ns - (double)o->from_ns) / ((double)o->to_ns - (double)o->from_ns);
    return share <= 0 ? 0 : share >= 1 ? TRACE_POINTS : (uint32_t)(share * TRACE_POINTS);
}

/* The largest distance from what was expected in points [from, to). NaN: nothing is known there. */
static double stray(const struct trace_signal *s, uint32_t from, uint32_t to)
{
    double most = (double)NAN;
    for (uint32_t i = from; i < to; i++) {
        const struct trace_point *p = &s->points[i];
        double d = fabs(middle_of(p) - (double)p->expected);
        if (!(most >= d))
            most = isnan(d) ? most : d;
    }
    return most;
}

/* How much more it strays from the reach of the outage on than before. */
static double telling(const struct trace_signal *s, uint32_t reach)
{
    double before = stray(s, 0, reach), after = stray(s, reach, TRACE_POINTS);
    if (isnan(after))
        return 0;
    if (!(before > 0))
        return after > 0 ? 1 : 0;
    return after / before;
}

/* Is the finding about this signal, or does its evidence name it (shocks of a host name its series)? */
static bool names(const struct tape_finding *f, const struct trace_signal *s)
{
    static const char kind[] = "series:";
    if (f->law != s->law)
        return false;
    bool told = strcmp(f->entity, s->name) == 0, series = strncmp(s->name, kind, sizeof(kind) - 1) == 0;
    for (uint32_t i = 0; i < f->evidence_count && series && !told; i++)
        told = strcmp(f->evidence[i].signal, s->name + sizeof(kind) - 1) == 0;
    return told;
}

static bool is_told(const struct verdict *v, uint32_t outage, const struct trace_signal *s)
{
    uint32_t incident = v->outages[outage].incident;
    const struct tape_story *story =
        incident == VERDICT_NONE ? NULL : tape_incident(v->tape, incident)->story;
    for (uint32_t i = 0; story && i < story->finding_count; i++)
        if (names(story->findings[i], s))
            return true;
    return false;
}

/* The signals to show, best first. Returns their number. */
static uint32_t choose(const struct verdict *v, uint32_t outage, const struct trace_outage *o,
    const struct trace_signal **chosen)
{
    double scores[SHOWN];
    uint32_t n = 0, reach = point_at(o, ground_reach(v->ground, outage));
    for (uint32_t i = 0; i < o->count; i++) {
        double score = telling(o->signals[i], reach) + (is_told(v, outage, o->signals[i]) ? 1e12 : 0);
        uint32_t at = n < SHOWN ? n : SHOWN;
        if (!(score > 0))
            continue;
        while (at > 0 && score > scores[at - 1])
            at--;
        if (at == SHOWN)
            continue;
        n += n < SHOWN;
        for (uint32_t k = n - 1; k > at; k--) {
            scores[k] = scores[k - 1];
            chosen[k] = chosen[k - 1];
        }
        scores[at] = score;
        chosen[at] = o->signals[i];
    }
    return n;
}

static void widen(struct scale *s, double x)
{
    if (!isfinite(x))
        return;
    if (!(s->low <= x))
        s->low = x;
    if (!(s->high >= x))
        s->high = x;
}

/* Values and what was expected; the band as far as it does not make them flat. */
static struct scale find_scale(const struct trace_signal *s)
{
    struct scale own = {(double)NAN, (double)NAN};
    for (uint32_t i = 0; i < TRACE_POINTS; i++) {
        widen(&own, (double)s->points[i].lowest);
        widen(&own, (double)s->points[i].highest);
        widen(&own, (double)s->points[i].expected);
    }
    struct scale all = own;
    double room = own.high - own.low;
    for (uint32_t i = 0; i < TRACE_POINTS; i++) {
        const struct trace_point *p = &s->points[i];
        if ((double)p->lo > own.low - room)
            widen(&all, (double)p->lo);
        if ((double)p->hi < own.high + room)
            widen(&all, (double)p->hi);
    }
    if (!(all.high > all.low)) {
        all.low -= 1;
        all.high += 1;
    }
    double air = (all.high - all.low) * 0.06;
    return (struct scale){all.low - air, all.high + air};
}

static double y_of(const struct scale *s, double v)
{
    double y = BOTTOM - (v - s->low) / (s->high - s->low) * (BOTTOM - TOP);
    return y < TOP ? TOP : y > BOTTOM ? BOTTOM : y;
}

static double x_of(const struct time_axis *a, uint32_t point)
{
    return a->left + (a->right - a->left) * (point + 0.5) / TRACE_POINTS;
}

static void add_place(struct text *t, char command, double x, double y)
{
    text_add_char(t, command);
    svg_add_px(t, x);
    text_add_char(t, ' ');
    svg_add_px(t, y);
}

static bool has(const struct trace_point *p, bool band)
{
    return band ? isfinite(p->lo) && isfinite(p->hi) : isfinite(p->lowest);
}

/* A source may speak more rarely than there are points: those this far apart still belong together. */
static uint32_t usual_gap(const struct trace_signal *s)
{
    uint32_t n = 0, first = TRACE_POINTS, last = 0;
    for (uint32_t i = 0; i < TRACE_POINTS; i++) {
        if (!has(&s->points[i], false))
            continue;
        first = n++ ? first : i;
        last = i;
    }
    return n > 1 ? (3 * (last - first) + n - 2) / (n - 1) : 1;
}

/* The run of points that begins at or after *from: fills at[] and moves *from behind it. Returns their
 * number. */
static uint32_t next_run(const struct trace_signal *s, bool band, uint32_t gap, uint32_t *from, uint32_t *at)
{
    uint32_t n = 0;
    for (; *from < TRACE_POINTS; (*from)++) {
        if (n > 0 && *from - at[n - 1] > gap)
            break;
        if (has(&s->points[*from], band))
            at[n++] = *from;
    }
    return n;
}

/* An area between two edges; values are a line of some width at least. */
static void add_area(struct text *t, const char *class, const struct time_axis *a, const struct scale *c,
    const struct trace_signal *s, bool band)
{
    uint32_t at[TRACE_POINTS], n, from = 0, gap = usual_gap(s);
    double thick = band ? 0 : 0.8;
    text_addf(t, "<path class=\"%s\" d=\"", class);
    while ((n = next_run(s, band, gap, &from, at)) > 0) {
        for (uint32_t k = 0; k < n; k++) {
            const struct trace_point *p = &s->points[at[k]];
            add_place(t, k ? 'L' : 'M', x_of(a, at[k]), y_of(c, (double)(band ? p->hi : p->highest)) - thick);
        }
        for (uint32_t k = n; k > 0; k--) {
            const struct trace_point *p = &s->points[at[k - 1]];
            add_place(t, 'L', x_of(a, at[k - 1]), y_of(c, (double)(band ? p->lo : p->lowest)) + thick);
        }
        text_add_char(t, 'Z');
    }
    text_add(t, "\"/>");
}

static void add_expected(
    struct text *t, const struct time_axis *a, const struct scale *c, const struct trace_signal *s)
{
    uint32_t at[TRACE_POINTS], n, from = 0, gap = usual_gap(s);
    text_add(t, "<path class=\"expected\" d=\"");
    while ((n = next_run(s, false, gap, &from, at)) > 0) {
        bool on = false;
        for (uint32_t k = 0; k < n; k++) {
            double expected = (double)s->points[at[k]].expected;
            if (isfinite(expected))
                add_place(t, on ? 'L' : 'M', x_of(a, at[k]), y_of(c, expected));
            on |= isfinite(expected);
        }
    }
    text_add(t, "\"/>");
}

static void add_scale(struct text *t, const struct scale *c)
{
    for (int i = 0; i < 3; i++) {
        double v = c->low + (c->high - c->low) * (0.06 + 0.44 * i) / 1.0, y = y_of(c, v);
        svg_add_line(t, "grid", LEFT, y, WIDTH - 12, y);
        svg_begin_label(t, "tick", LEFT - 6, y + 4, "end");
        text_add_human(t, v, 3);
        svg_end_label(t);
    }
}

static void add_moments(struct text *t, const struct verdict *v, uint32_t outage, const struct time_axis *a)
{
    const struct outage *o = &v->ground->outages[outage];
    const struct verdict_outage *k = &v->outages[outage];
    double from = time_axis_x(a, o->start_ns), to = time_axis_x(a, o->end_ns);
    svg_add_rect(t, "ran", from, TOP, to - from > 1 ? to - from : 1, BOTTOM - TOP);
    if (o->onset_ns != INT64_MIN && o->onset_ns >= a->from_ns)
        svg_add_line(t, "onset", time_axis_x(a, o->onset_ns), TOP, time_axis_x(a, o->onset_ns), BOTTOM);
    if (k->opened_ns == INT64_MIN)
        return;
    double x = time_axis_x(a, k->opened_ns);
    svg_add_line(t, "told", x, TOP, x, BOTTOM);
    bool right = x > WIDTH - 130;
    svg_begin_label(t, "told", x + (right ? -5 : 5), TOP + 11, right ? "end" : "start");
    text_add(t, "told");
    svg_end_label(t);
}

static void add_signal(struct sheet *s, const struct verdict *v, uint32_t outage,
    const struct trace_outage *o, const struct trace_signal *g)
{
    struct text *t = &s->t;
    struct time_axis a = {.from_ns = o->from_ns, .to_ns = o->to_ns, .left = LEFT, .right = WIDTH - 12};
    struct scale c = find_scale(g);
    text_add(t, "<figure><figcaption><b>");
    html_add(t, g->name);
    text_add(t, "</b> ");
    if (v->ground->outages[outage].host[0] == '\0') {
        text_add(t, "on ");
        html_add(t, g->host);
        text_add_char(t, ' ');
    }
    text_addf(t, "<span class=\"small\">as the law %s sees it%s%s%s</span></figcaption>", law_name(g->law),
        g->unit && g->unit[0] ? ", in " : "", g->unit ? g->unit : "",
        is_told(v, outage, g) ? "; named in the incident" : "");
    text_add(t, "<div class=\"wide\"><svg role=\"img\" aria-label=\"Signal around the outage\" viewBox=\"0 0 "
                "1000 134\">");
    add_scale(t, &c);
    add_moments(t, v, outage, &a);
    time_axis_draw(t, &a, TOP, BOTTOM);
    add_area(t, "band", &a, &c, g, true);
    add_expected(t, &a, &c, g);
    add_area(t, "value", &a, &c, g, false);
    text_add(t, "</svg></div></figure>");
    sheet_turn(s);
}

void html_signals(struct sheet *s, const struct backtest_report *r, uint32_t outage)
{
    const struct trace_outage *o = r->trace ? trace_outage(r->trace, outage) : NULL;
    const struct trace_signal *chosen[SHOWN];
    uint32_t n = o ? choose(r->verdict, outage, o, chosen) : 0;
    for (uint32_t i = 0; i < n; i++)
        add_signal(s, r->verdict, outage, o, chosen[i]);
    if (o && o->count > n)
        text_addf(&s->t,
            "<p class=\"small\">%u of %u signals%s: those named in the incident, then those that strayed "
            "most from what was "
            "expected.</p>",
            (unsigned)n, (unsigned)o->count, o->left_out ? " (more were not kept)" : "");
    else if (n == 0)
        text_add(&s->t, "<p class=\"small\">No signal was kept around this outage.</p>");
}
