/* SPDX-License-Identifier: MIT
 * The parts of the HTML report, each a section of the page, and what they share: escaping, coordinates, time
 * axes. */
#ifndef COHERENCE_OUTPUT_BACKTEST_HTML_H
#define COHERENCE_OUTPUT_BACKTEST_HTML_H

#include "output/backtest/sheet.h"

/* Outside bytes as text of HTML, or as the value of a quoted attribute: markup escaped, control bytes and
 * invalid UTF-8 as \xNN. Of more than 4096 bytes the rest is left out. */
void html_add(struct text *t, const char *bytes);

/* A coordinate, in tenths of a pixel at most; NaN is written as 0. */
void svg_add_px(struct text *t, double v);
/* ` name="v"`. */
void svg_add_attribute(struct text *t, const char *name, double v);

/* A rectangle of that class; title: its tooltip, escaped already, or NULL. */
void svg_add_rect(struct text *t, const char *class, double x, double y, double width, double height);
void svg_add_line(struct text *t, const char *class, double x1, double y1, double x2, double y2);
/* anchor: "start", "middle", "end". The text is left open: append, then svg_end_label. */
void svg_begin_label(struct text *t, const char *class, double x, double y, const char *anchor);
void svg_end_label(struct text *t);

/* Times of a picture. */
struct time_axis {
    int64_t from_ns, to_ns; /* from < to */
    double left, right;     /* px */
};
double time_axis_x(const struct time_axis *a, int64_t t_ns); /* kept within the axis */
/* Grid lines from top to bottom, with labels below: whole minutes, hours or days. */
void time_axis_draw(struct text *t, const struct time_axis *a, double top, double bottom);

/* "announced", "seen", ...: the class that gives an outcome its colour. */
const char *html_outcome_class(enum outage_outcome o);

/* The sections. They turn the sheet themselves. */
void html_timeline(struct sheet *s, const struct backtest_report *r);
void html_sweep(struct sheet *s, const struct backtest_report *r);
void html_outages(struct sheet *s, const struct backtest_report *r);
void html_incidents(struct sheet *s, const struct backtest_report *r);
/* One outage with its signals. */
void html_outage(struct sheet *s, const struct backtest_report *r, uint32_t outage);
/* The pictures of the signals around an outage, the most telling first. */
void html_signals(struct sheet *s, const struct backtest_report *r, uint32_t outage);

#endif
