/* SPDX-License-Identifier: MIT
 * Lines on the terminal: styles that also work without colour, shapes that also work without UTF-8, and an
 * area of lines that is scrolled. Draws into the curses screen that tui.c opened; nothing here reaches the
 * terminal before its refresh. */
#ifndef COHERENCE_OUTPUT_TUI_SCREEN_H
#define COHERENCE_OUTPUT_TUI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/law.h"

enum style {
    STYLE_PLAIN,
    STYLE_STRONG,
    STYLE_QUIET,
    STYLE_GOOD,
    STYLE_WARNING,
    STYLE_BAD,
    STYLE_COUNT,
    STYLE_CHIP = 8 /* added to one of the above: its background instead of its ink */
};

struct screen {
    bool color;
    bool utf8;   /* the locale's character set: what outside names may be shown in */
    bool blocks; /* eighth blocks and lines can be drawn, else ASCII */
    int rows, columns;
};

/* Makes the colours known to the terminal; after start_color. */
void screen_init_colors(void);

#define SCREEN_STEPS 8 /* heights of screen_bar above 0 */
/* One column of a bar, height 0 (blank) .. SCREEN_STEPS (full). */
const char *screen_bar(const struct screen *s, unsigned height);
/* One column that stands for text that was cut away. */
const char *screen_ellipsis(const struct screen *s);

enum style screen_law_style(enum law_state state);
enum style screen_host_style(enum host_state state);

/* A row being written from left to right. What does not fit is cut. */
struct line {
    const struct screen *screen;
    int row, column, end; /* end: first column that is not ours; 0 = nothing is drawn */
    bool selected;        /* light and dark are exchanged */
};

struct line line_at(const struct screen *s, int row);
/* Writes text of ours. */
void line_put(struct line *l, enum style style, const char *text);
/* Marks the whole row as the selected one, or leaves the room for the mark: with a sign in its first column,
 * and by exchanging light and dark. */
void line_select(struct line *l, bool selected);
/* Writes n bytes of harmless text (cells.h). */
void line_put_bytes(struct line *l, enum style style, const char *text, size_t n);
/* Makes n outside bytes harmless and writes them in at most `columns` columns, the middle cut out when they
 * are longer. */
void line_put_outside(struct line *l, enum style style, const char *bytes, size_t n, int columns);
/* Writes text of ours so that it ends before column `end`. */
void line_put_before(struct line *l, enum style style, const char *text, int end);
/* Writes text of ours if all of it fits: half a number is another number. */
void line_put_whole(struct line *l, enum style style, const char *text);
/* Goes to a column to the right. */
void line_to(struct line *l, int column);
/* Writes text of ours at the right edge if it fits with two columns between. */
void line_put_right(struct line *l, enum style style, const char *text);
/* How dark a cell of a picture is, 0 (blank) .. SCREEN_SHADES. */
#define SCREEN_SHADES 4
const char *screen_shade(const struct screen *s, unsigned shade);
/* A title with a rule to the end of the row. */
void line_title(struct line *l, const char *title);

/* Rows of the screen that show some of the lines written into it. */
struct area {
    const struct screen *screen;
    int top, rows; /* rows 0: lines are only counted */
    int skip;      /* lines above the first that is shown */
    int count;     /* lines so far */
};

/* The next line of an area; one that is scrolled out of sight takes text and draws nothing. */
struct line area_line(struct area *a);
/* Writes harmless text over as many lines as it needs, indented. */
void area_wrap(struct area *a, enum style style, const char *text, size_t n, int indent);

#endif
