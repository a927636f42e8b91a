/* SPDX-License-Identifier: MIT
 * The variance spectrum over time as a picture in characters: which time scale began to swing, and when. What
 * is drawn was written down by traces.c. */
#include "output/tui/panel.h"

#include <math.h>
#include <string.h>

#include "output/tui/phrase.h"

#define LABEL_WIDTH 8 /* "0.1 s" and a gap */
/* Times stand at round numbers of ticks, not closer than their own width. */
#define TIMES_APART_TICKS 60
#define TIMES_APART_MIN   10
#define TOP_NOTHING       0.5 /* percent: swings below are not blown up to fill the picture */

/* Ticks a column stands for: as many as fit into what is kept, in steps that can be said. */
static uint32_t ticks_per_column(uint32_t width)
{
    static const uint32_t steps[] = {1, 2, 5, 10, 15};
    size_t i = 0;
    while (i + 1 < sizeof(steps) / sizeof(steps[0]) && steps[i + 1] * width <= TRACES_TICKS)
        i++;
    return steps[i];
}

/* The largest value in the column `back` columns before the last. Columns begin at multiples of their ticks:
 * what is drawn moves once a column, and does not flicker. */
static double column_value(
    const struct traces *t, const struct trace *one, uint32_t octave, uint32_t back, uint32_t step)
{
    uint64_t last = t->ticks / step;
    if (back > last)
        return (double)NAN;
    uint64_t from = (last - back) * step, newest = from + step - 1 < t->ticks ? from + step - 1 : t->ticks;
    return traces_value(t, one, octave, (uint32_t)(t->ticks - newest), (uint32_t)(newest - from + 1));
}

/* How dark: quarters of the top, below a twentieth of it nothing. */
static unsigned shade_of(double value, double top)
{
    double share = value / top;
    return share >= 0.75 ? 4 : share >= 0.5 ? 3 : share >= 0.25 ? 2 : share >= 0.05 ? 1 : 0;
}

static void put_octave(struct area *a, const struct board *b, const struct trace *one, uint32_t octave,
    const struct law_reading *seizure, double top)
{
    struct line l = area_line(a);
    uint32_t width = (uint32_t)(l.screen->columns - LABEL_WIDTH), step = ticks_per_column(width);
    char buffer[32];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    phrase_scale(&t, one->scale_s[octave]);
    bool marked = seizure->state == LAW_ACTIVE &&
                  fabs(one->scale_s[octave] - seizure->scale_s) < one->scale_s[octave] * 0.25;
    line_put(&l, marked ? STYLE_BAD : STYLE_QUIET, t.data);
    for (uint32_t i = 0; i < width; i++) {
        double value = column_value(&b->traces, one, octave, width - 1 - i, step);
        if (isnan(value))
            continue;
        line_to(&l, LABEL_WIDTH + (int)i);
        line_put(
            &l, value > seizure->hi ? STYLE_BAD : STYLE_PLAIN, screen_shade(l.screen, shade_of(value, top)));
    }
}

static double largest(const struct board *b, const struct trace *one)
{
    double top = 0.0;
    for (uint32_t octave = 0; octave < one->octaves; octave++)
        top = fmax(top, traces_value(&b->traces, one, octave, 0, TRACES_TICKS));
    return top;
}

static void put_times(struct area *a, int64_t tick_ns, double top)
{
    struct line l = area_line(a);
    int width = l.screen->columns - LABEL_WIDTH;
    uint32_t step = ticks_per_column((uint32_t)width);
    char buffer[64];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    line_put(&l, STYLE_QUIET, screen_shade(l.screen, SCREEN_SHADES));
    text_add(&t, " = ");
    phrase_quantity(&t, top, "%");
    line_put(&l, STYLE_QUIET, t.data);
    int apart = step < TIMES_APART_TICKS ? (int)(TIMES_APART_TICKS / step) : 1;
    while (apart < TIMES_APART_MIN)
        apart *= 2;
    for (int back = width / apart * apart; back > 0; back -= apart) {
        text_clear(&t);
        text_add_char(&t, '-');
        text_add_span_short(&t, (int64_t)back * step * tick_ns);
        int column = l.screen->columns - 1 - back;
        if (column < l.column + 2)
            continue;
        line_to(&l, column);
        line_put_whole(&l, STYLE_QUIET, t.data);
    }
    line_put_right(&l, STYLE_QUIET, "now");
}

void panel_heat(struct area *a, const struct board *b, const struct view *v, uint32_t entity)
{
    const struct trace *one = traces_of(&b->traces, entity);

    if (!one || a->screen->columns <= 2 * LABEL_WIDTH)
        return;
    struct law_reading seizure = ranking_reading(v, entity, LAW_SEIZURE);
    if (strcmp(seizure.unit, "%") != 0) /* it speaks of something else at present */
        seizure.hi = (double)NAN;
    double top = fmax(fmax(largest(b, one), TOP_NOTHING), seizure.hi);
    for (uint32_t octave = 0; octave < one->octaves; octave++)
        put_octave(a, b, one, octave, &seizure, top);
    put_times(a, b->tick_ns, top);
}
