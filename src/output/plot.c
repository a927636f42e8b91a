/* SPDX-License-Identifier: MIT
 * Turns a series into a picture: samples into columns, columns into dots, dots into characters. The axes'
 * numbers and units are plot_axis.c's; what is worth a picture is the caller's to know. */
#include "output/plot.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "output/plot_axis.h"

/* A braille cell is two dots wide and four high (Unicode 15.0, block 2800..28FF). */
#define DOTS_WIDE   2u
#define DOTS_HIGH   4u
#define COLUMNS_MAX (DOTS_WIDE * PLOT_COLUMNS_MAX)
#define HEIGHT_MAX  (DOTS_HIGH * PLOT_ROWS_MAX)
#define VALUE_MAX   1e300                        /* differences of such values are still numbers */
#define TIME_MAX_NS INT64_C(4000000000000000000) /* differences of such times too: from 1843 to 2096 */
#define GAP_STEPS   3 /* usual steps without a value are a gap: one may come late (heuristic) */

/* What one column of dots stands for. */
struct column {
    bool measured;
    double min, max, last;   /* of the values, and of the line to them */
    double expected, lo, hi; /* NaN: none */
};

/* What a character shows; later ones win. */
enum mark { MARK_NONE, MARK_BAND, MARK_EXPECTED, MARK_ONSET, MARK_VALUE, MARK_OUTSIDE };

struct cell {
    uint8_t dots; /* a bit each, in the order of Unicode */
    uint8_t mark; /* enum mark */
};

struct canvas {
    const struct plot *plot;
    const struct plot_style *style;
    uint32_t label_width;   /* of the value axis */
    uint32_t cells, rows;   /* of the curve */
    uint32_t width, height; /* in dots */
    uint32_t onset_cell;    /* UINT32_MAX: none */
    struct plot_axis y;
    struct column columns[COLUMNS_MAX];
    struct cell grid[PLOT_ROWS_MAX][PLOT_COLUMNS_MAX];
};

static bool is_shown(const struct plot *p, size_t i)
{
    return fabs(p->value[i]) <= VALUE_MAX && p->t_ns[i] >= p->from_ns && p->t_ns[i] <= p->to_ns;
}

static double at(const double *series, size_t i)
{
    return series && fabs(series[i]) <= VALUE_MAX ? series[i] : (double)NAN;
}

static uint32_t clamp(uint32_t v, uint32_t least, uint32_t most)
{
    return v < least ? least : v > most ? most : v;
}

/* The column of dots of a time on the axis. */
static uint32_t column_of(const struct canvas *c, int64_t t_ns)
{
    const double share = (double)(t_ns - c->plot->from_ns) / (double)(c->plot->to_ns - c->plot->from_ns);

    return (uint32_t)(share * (double)(c->width - 1) + 0.5);
}

/* The usual distance between values: the mean of those below twice the mean of all, so that a few gaps do not
 * count. 0: there are no two. */
static double usual_step(const struct plot *p)
{
    double mean = 0, limit = (double)INFINITY;

    for (int pass = 0; pass < 2; pass++) {
        int64_t before_ns = INT64_MIN;
        double total = 0, n = 0;
        for (size_t i = 0; i < p->n; i++) {
            if (!is_shown(p, i))
                continue;
            const double step = before_ns == INT64_MIN ? 0 : (double)(p->t_ns[i] - before_ns);
            if (step > 0 && step <= limit) {
                total += step;
                n++;
            }
            before_ns = p->t_ns[i];
        }
        mean = n > 0 ? total / n : 0;
        limit = 2 * mean;
    }
    return mean;
}

static void widen(struct column *k, double v)
{
    k->min = k->measured && k->min < v ? k->min : v;
    k->max = k->measured && k->max > v ? k->max : v;
    k->measured = true;
}

/* Draws the line between two neighbouring values through the columns between them. */
static void join(struct canvas *c, size_t a, size_t b)
{
    const struct plot *p = c->plot;
    const uint32_t from = column_of(c, p->t_ns[a]), to = column_of(c, p->t_ns[b]);
    const double *all[] = {p->value, p->expected, p->lo, p->hi};

    for (uint32_t x = from + 1; x < to; x++) {
        struct column *k = &c->columns[x];
        const double share = (double)(x - from) / (double)(to - from);
        double v[4];
        for (int i = 0; i < 4; i++)
            v[i] = at(all[i], a) + share * (at(all[i], b) - at(all[i], a));
        widen(k, c->columns[x - 1].last); /* no step without a riser */
        widen(k, v[0]);
        k->last = v[0];
        k->expected = v[1];
        k->lo = v[2];
        k->hi = v[3];
    }
}

/* Returns how many values are shown. */
static size_t fill_columns(struct canvas *c)
{
    const struct plot *p = c->plot;
    const double gap_ns = p->gap_ns > 0 ? (double)p->gap_ns : GAP_STEPS * usual_step(p);
    size_t count = 0, before = 0;

    for (uint32_t x = 0; x < c->width; x++)
        c->columns[x] = (struct column){.expected = (double)NAN, .lo = (double)NAN, .hi = (double)NAN};
    for (size_t i = 0; i < p->n; i++) {
        if (!is_shown(p, i))
            continue;
        const uint32_t x = column_of(c, p->t_ns[i]);
        struct column *k = &c->columns[x];
        if (count++ > 0 && (double)(p->t_ns[i] - p->t_ns[before]) <= gap_ns) {
            join(c, before, i);
            if (x > 0 && c->columns[x - 1].measured)
                widen(k, c->columns[x - 1].last);
        }
        widen(k, p->value[i]);
        k->last = p->value[i];
        k->expected = at(p->expected, i);
        k->lo = at(p->lo, i);
        k->hi = at(p->hi, i);
        before = i;
    }
    return count;
}

/* The values and what was expected have room; a band only as far as it does not flatten them. */
static void fit_axis(struct canvas *c)
{
    double min = (double)INFINITY, max = -(double)INFINITY, lo = min, hi = max;

    for (uint32_t x = 0; x < c->width; x++) {
        const struct column *k = &c->columns[x];
        if (!k->measured)
            continue;
        min = fmin(min, k->min);
        max = fmax(max, k->max);
        if (isfinite(k->expected)) {
            min = fmin(min, k->expected);
            max = fmax(max, k->expected);
        }
        lo = isfinite(k->lo) ? fmin(lo, k->lo) : lo;
        hi = isfinite(k->hi) ? fmax(hi, k->hi) : hi;
    }
    const double room = max > min ? max - min : fmax(fabs(max), 1e-9);
    if (isfinite(lo))
        min = fmin(min, fmax(lo, min - room));
    if (isfinite(hi))
        max = fmax(max, fmin(hi, max + room));
    plot_axis_fit(&c->y, min, max, c->rows, c->plot->unit);
}

/* The row of dots of a value, from above; outside of the axis it is the nearest. */
static uint32_t row_of(const struct canvas *c, double v)
{
    const double share = (c->y.top - v) / (c->y.top - c->y.bottom);

    return (uint32_t)((share < 0 ? 0 : share > 1 ? 1 : share) * (double)(c->height - 1) + 0.5);
}

static void mark(struct cell *cell, enum mark m)
{
    if (cell->mark < m)
        cell->mark = (uint8_t)m;
}

static struct cell *cell_at(struct canvas *c, uint32_t x, uint32_t y)
{
    return c->style->utf8 ? &c->grid[y / DOTS_HIGH][x / DOTS_WIDE] : &c->grid[y][x];
}

static void draw_band(struct canvas *c, uint32_t x)
{
    const struct column *k = &c->columns[x];
    const bool below = isfinite(k->hi), above = isfinite(k->lo);

    if ((!below && !above) || (below && k->hi < c->y.bottom) || (above && k->lo > c->y.top))
        return;
    const uint32_t from = row_of(c, below ? k->hi : c->y.top);
    const uint32_t to = row_of(c, above ? k->lo : c->y.bottom);
    for (uint32_t y = from; y <= to; y++)
        mark(cell_at(c, x, y), MARK_BAND);
}

static void draw_value(struct canvas *c, uint32_t x)
{
    static const uint8_t bits[DOTS_WIDE][DOTS_HIGH] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
    const struct column *k = &c->columns[x];
    const uint32_t top = row_of(c, k->max), bottom = row_of(c, k->min);
    const uint32_t hi = isfinite(k->hi) ? row_of(c, k->hi) : 0;
    const uint32_t lo = isfinite(k->lo) ? row_of(c, k->lo) : c->height - 1;

    for (uint32_t y = top; y <= bottom; y++) {
        struct cell *cell = cell_at(c, x, y);
        if (c->style->utf8)
            cell->dots |= bits[x % DOTS_WIDE][y % DOTS_HIGH];
        mark(cell, y < hi || y > lo ? MARK_OUTSIDE : MARK_VALUE);
    }
}

static void draw(struct canvas *c)
{
    memset(c->grid, 0, sizeof(c->grid));
    for (uint32_t y = 0; c->onset_cell != UINT32_MAX && y < c->rows; y++)
        mark(&c->grid[y][c->onset_cell], MARK_ONSET);
    for (uint32_t x = 0; x < c->width; x++) {
        if (!c->columns[x].measured)
            continue;
        draw_band(c, x);
        if (isfinite(c->columns[x].expected))
            mark(cell_at(c, x, row_of(c, c->columns[x].expected)), MARK_EXPECTED);
        draw_value(c, x);
    }
}

static const char *const utf8_marks[] = {
    [MARK_NONE] = " ", [MARK_BAND] = "░", [MARK_EXPECTED] = "─", [MARK_ONSET] = "┊"};
static const char *const ascii_marks[] = {[MARK_NONE] = " ",
    [MARK_BAND] = ".",
    [MARK_EXPECTED] = "-",
    [MARK_ONSET] = ":",
    [MARK_VALUE] = "*",
    [MARK_OUTSIDE] = "*"};
static const char *const colors[] = {[MARK_NONE] = "",
    [MARK_BAND] = "\033[2m",
    [MARK_EXPECTED] = "\033[36m",
    [MARK_ONSET] = "\033[33m",
    [MARK_VALUE] = "",
    [MARK_OUTSIDE] = "\033[1;31m"};
#define COLOR_OFF "\033[0m"

static void add_cell(struct text *out, const struct cell *cell, bool utf8)
{
    if (!utf8 || cell->mark < MARK_VALUE) {
        text_add(out, (utf8 ? utf8_marks : ascii_marks)[cell->mark]);
        return;
    }
    /* U+2800 + dots, as UTF-8 */
    const char bytes[] = {(char)0xe2, (char)(0xa0 | cell->dots >> 6), (char)(0x80 | (cell->dots & 0x3f))};
    text_add_bytes(out, bytes, sizeof(bytes));
}

/* The cells of one row; blanks at its end are left out. */
static void add_row(const struct canvas *c, const struct cell *row, struct text *out)
{
    const char *color = "";
    uint32_t n = c->cells;

    while (n > 0 && row[n - 1].mark == MARK_NONE)
        n--;
    for (uint32_t x = 0; x < n; x++) {
        const char *wanted = c->style->color ? colors[row[x].mark] : "";
        if (strcmp(wanted, color) != 0) {
            text_add(out, *color ? COLOR_OFF : "");
            text_add(out, wanted);
            color = wanted;
        }
        add_cell(out, &row[x], c->style->utf8);
    }
    text_add(out, *color ? COLOR_OFF : "");
}

static void add_curve(const struct canvas *c, struct text *out)
{
    for (uint32_t y = 0; y < c->rows; y++) {
        char label[PLOT_LABEL_MAX];
        struct text t;
        text_init(&t, label, sizeof(label));
        const bool has_tick = plot_axis_label(&c->y, y, c->rows, &t);
        text_addf(out, "%*s%s", (int)c->label_width, label, " ");
        text_add(out, c->style->utf8 ? (has_tick ? "┤" : "│") : (has_tick ? "+" : "|"));
        add_row(c, c->grid[y], out);
        text_add_char(out, '\n');
    }
}

static bool is_measured(const struct canvas *c, uint32_t cell)
{
    const uint32_t wide = c->style->utf8 ? DOTS_WIDE : 1;
    bool any = false;

    for (uint32_t i = 0; i < wide; i++)
        any |= c->columns[cell * wide + i].measured;
    return any;
}

/* The line below the curve: with ticks, the onset, and broken where nothing was measured. Returns whether it
 * is somewhere. */
static bool add_base(const struct canvas *c, const struct plot_times *times, struct text *out)
{
    bool has_gap = false;

    text_addf(out, "%*s%s", (int)c->label_width, "", " ");
    text_add(out, c->style->utf8 ? "└" : "+");
    for (uint32_t x = 0; x < c->cells; x++) {
        const bool gap = !is_measured(c, x);
        has_gap |= gap;
        if (x == c->onset_cell)
            text_add(out, c->style->utf8 ? "▲" : "^");
        else if (plot_times_has(times, x))
            text_add(out, c->style->utf8 ? "┴" : "+");
        else
            text_add(out, c->style->utf8 ? (gap ? "╌" : "─") : (gap ? "_" : "-"));
    }
    text_add_char(out, '\n');
    return has_gap;
}

/* One entry of the legend, on a line of its own where it would stick out. width: of the word in cells. */
static void add_entry(
    const struct canvas *c, uint32_t *at, const char *word, uint32_t width, struct text *out)
{
    const uint32_t margin = c->label_width + 2;

    if (*at > 0 && *at + 2 + width > margin + c->cells) {
        text_add_char(out, '\n');
        *at = 0;
    }
    text_addf(out, "%*s%s", *at == 0 ? (int)margin : 2, "", word);
    *at += (*at == 0 ? margin : 2) + width;
}

static void add_legend(const struct canvas *c, bool has_gap, struct text *out)
{
    const bool utf8 = c->style->utf8;
    const struct plot *p = c->plot;
    uint32_t at = 0;

    add_entry(c, &at, utf8 ? "⡠⠊ measured" : "* measured", utf8 ? 11 : 10, out);
    if (p->expected)
        add_entry(c, &at, utf8 ? "─ expected" : "- expected", 10, out);
    if (p->lo || p->hi)
        add_entry(c, &at, utf8 ? "░ band" : ". band", 6, out);
    if (has_gap)
        add_entry(c, &at, utf8 ? "╌ no data" : "_ no data", 9, out);
    if (c->onset_cell != UINT32_MAX) {
        char clock[TIMESTAMP_TEXT_MAX], word[64];
        timestamp_format_clock(p->onset_ns, clock);
        (void)snprintf(word, sizeof(word), "%s onset %s UTC", utf8 ? "▲" : "^", clock);
        add_entry(c, &at, word, 20, out);
    }
    text_add_char(out, '\n');
}

int plot_write(const struct plot *p, const struct plot_style *style, struct text *out)
{
    static struct canvas c;
    struct plot_times times;
    const uint32_t columns = clamp(style->columns, PLOT_COLUMNS_MIN, PLOT_COLUMNS_MAX);

    if (p->from_ns >= p->to_ns || p->from_ns < -TIME_MAX_NS || p->to_ns > TIME_MAX_NS)
        return -EINVAL;
    c.plot = p;
    c.style = style;
    c.rows = clamp(style->rows, PLOT_ROWS_MIN, PLOT_ROWS_MAX);
    c.label_width = PLOT_LABEL_MAX - 1;
    c.cells = columns - c.label_width - 2;
    c.width = style->utf8 ? DOTS_WIDE * c.cells : c.cells;
    c.height = style->utf8 ? DOTS_HIGH * c.rows : c.rows;
    if (fill_columns(&c) == 0)
        return -ENODATA;
    c.onset_cell = p->onset_ns >= p->from_ns && p->onset_ns <= p->to_ns
                       ? column_of(&c, p->onset_ns) / (style->utf8 ? DOTS_WIDE : 1)
                       : UINT32_MAX;
    fit_axis(&c);
    draw(&c);
    add_curve(&c, out);
    plot_times_fit(&times, p->from_ns, p->to_ns, c.cells);
    const bool has_gap = add_base(&c, &times, out);
    text_addf(out, "%*s", (int)c.label_width + 2, "");
    plot_times_add(&times, out);
    add_legend(&c, has_gap, out);
    return 0;
}
