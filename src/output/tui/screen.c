/* SPDX-License-Identifier: MIT
 * Turns styled pieces of text into cells of the curses screen, cut at the edges by display width. What is
 * said where is the panels' business. */
#include "output/tui/screen.h"

#include <curses.h>
#include <string.h>

#include "base/text.h"
#include "output/tui/cells.h"

#define OUTSIDE_MAX                                                                                          \
    2200 /* bytes of an outside text made harmless: a name of CATALOG_NAME_MAX with every byte as \xNN */

enum { PAIR_NONE, PAIR_GOOD, PAIR_WARNING, PAIR_BAD };

void screen_init_colors(void)
{
    init_pair(PAIR_GOOD, COLOR_GREEN, -1);
    init_pair(PAIR_WARNING, COLOR_YELLOW, -1);
    init_pair(PAIR_BAD, COLOR_RED, -1);
}

const char *screen_bar(const struct screen *s, unsigned height)
{
    static const char *const blocks[] = {
        " ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const ascii[] = {" ", "_", ".", "-", "=", "+", "*", "%", "#"};
    return (s->blocks ? blocks : ascii)[height <= SCREEN_STEPS ? height : SCREEN_STEPS];
}

const char *screen_shade(const struct screen *s, unsigned shade)
{
    static const char *const blocks[] = {"\u00b7", "\u2591", "\u2592", "\u2593", "\u2588"};
    static const char *const ascii[] = {".", ":", "+", "%", "#"};
    return (s->blocks ? blocks : ascii)[shade <= SCREEN_SHADES ? shade : SCREEN_SHADES];
}

const char *screen_ellipsis(const struct screen *s)
{
    return s->blocks ? "\u2026" : "~";
}

enum style screen_law_style(enum law_state state)
{
    switch (state) {
    case LAW_OK:
        return STYLE_GOOD;
    case LAW_ACTIVE:
        return STYLE_BAD;
    case LAW_STALE:
        return STYLE_WARNING;
    default:
        return STYLE_QUIET;
    }
}

enum style screen_host_style(enum host_state state)
{
    switch (state) {
    case HOST_STABLE:
        return STYLE_GOOD;
    case HOST_UNSTABLE:
    case HOST_ERROR:
        return STYLE_BAD;
    case HOST_STALE:
        return STYLE_WARNING;
    default:
        return STYLE_QUIET;
    }
}

/* Without colour only bold and reverse are used, and the states' words carry the meaning. */
static void use_style(const struct screen *s, unsigned style, bool selected)
{
    static const struct {
        attr_t with_color, without;
        short pair;
    } looks[STYLE_COUNT] = {
        [STYLE_PLAIN] = {A_NORMAL, A_NORMAL, PAIR_NONE},
        [STYLE_STRONG] = {A_BOLD, A_BOLD, PAIR_NONE},
        [STYLE_QUIET] = {A_DIM, A_NORMAL, PAIR_NONE},
        [STYLE_GOOD] = {A_NORMAL, A_NORMAL, PAIR_GOOD},
        [STYLE_WARNING] = {A_NORMAL, A_BOLD, PAIR_WARNING},
        [STYLE_BAD] = {A_BOLD, A_BOLD | A_REVERSE, PAIR_BAD},
    };
    unsigned chip = style & STYLE_CHIP, look = style & (STYLE_CHIP - 1U);
    attr_t attributes = s->color ? looks[look].with_color : looks[look].without;

    if (chip)
        attributes = (attributes & ~(attr_t)A_DIM) | A_BOLD;
    if (chip && (s->color || look == STYLE_BAD || look == STYLE_WARNING))
        attributes |= A_REVERSE;
    if (selected)
        attributes = (attributes & ~(attr_t)A_DIM) ^ A_REVERSE;
    attr_set(attributes, s->color ? looks[look].pair : (short)PAIR_NONE, NULL);
}

struct line line_at(const struct screen *s, int row)
{
    return (struct line){.screen = s, .row = row, .end = row >= 0 && row < s->rows ? s->columns : 0};
}

void line_put_bytes(struct line *l, enum style style, const char *text, size_t n)
{
    unsigned used;
    size_t fits = l->end > l->column ? cells_prefix(text, n, (unsigned)(l->end - l->column), &used) : 0;

    if (fits == 0)
        return;
    use_style(l->screen, (unsigned)style, l->selected);
    mvaddnstr(l->row, l->column, text, (int)fits);
    l->column += (int)used;
}

void line_select(struct line *l, bool selected)
{
    l->selected = selected;
    if (!selected) {
        line_to(l, 1);
        return;
    }
    for (l->column = 0; l->column < l->end;)
        line_put(l, STYLE_PLAIN, " ");
    l->column = 0;
    line_put(l, STYLE_STRONG, ">");
}

void line_put(struct line *l, enum style style, const char *text)
{
    line_put_bytes(l, style, text, strlen(text));
}

void line_put_outside(struct line *l, enum style style, const char *bytes, size_t n, int columns)
{
    char harmless[OUTSIDE_MAX], fitted[OUTSIDE_MAX];
    struct text h, f;
    int room = l->end - l->column;

    columns = columns < room ? columns : room;
    if (columns <= 0)
        return;
    text_init(&h, harmless, sizeof(harmless));
    text_init(&f, fitted, sizeof(fitted));
    cells_add(&h, bytes, n, l->screen->utf8);
    cells_fit(&f, h.data, h.length, (unsigned)columns, screen_ellipsis(l->screen));
    line_put_bytes(l, style, f.data, f.length);
}

void line_put_whole(struct line *l, enum style style, const char *text)
{
    if (l->column + (int)cells_width(text, strlen(text)) <= l->end)
        line_put(l, style, text);
}

void line_put_before(struct line *l, enum style style, const char *text, int end)
{
    line_to(l, end - (int)cells_width(text, strlen(text)));
    line_put(l, style, text);
}

void line_to(struct line *l, int column)
{
    if (column > l->column)
        l->column = column;
}

void line_put_right(struct line *l, enum style style, const char *text)
{
    int width = (int)cells_width(text, strlen(text));

    if (l->end - width < l->column + 2)
        return;
    l->column = l->end - width;
    line_put(l, style, text);
}

void line_title(struct line *l, const char *title)
{
    const char *rule = l->screen->blocks ? "\u2500" : "-";

    line_put(l, STYLE_QUIET, rule);
    line_put(l, STYLE_QUIET, rule);
    line_put(l, STYLE_PLAIN, " ");
    line_put(l, STYLE_STRONG, title);
    line_put(l, STYLE_PLAIN, " ");
    while (l->column < l->end)
        line_put(l, STYLE_QUIET, rule);
}

struct line area_line(struct area *a)
{
    int row = a->count++ - a->skip;
    struct line l = line_at(a->screen, a->top + row);
    if (row < 0 || row >= a->rows)
        l.end = 0;
    return l;
}

void area_wrap(struct area *a, enum style style, const char *text, size_t n, int indent)
{
    int columns = a->screen->columns - indent;

    while (n > 0) {
        size_t next, length = cells_wrap(text, n, (unsigned)(columns > 2 ? columns : 2), &next);
        struct line l = area_line(a);
        line_to(&l, indent);
        line_put_bytes(&l, style, text, length);
        text += next;
        n -= next;
    }
}
