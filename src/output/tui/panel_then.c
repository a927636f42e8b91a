/* SPDX-License-Identifier: MIT
 * What is said, in words, while an earlier moment is shown: that it is one, and what happens meanwhile. */
#include "output/tui/panel.h"

#include <string.h>

#include "base/number.h"

#define WIDE_COLUMNS 72 /* from here on the date has room */

static void put_sign(struct line *l)
{
    line_put(l, (enum style)(STYLE_CHIP + STYLE_WARNING), " PAST ");
    line_put(l, STYLE_PLAIN, " ");
}

/* The words that fit, of which the first are the best. */
static void put_right(struct line *l, enum style style, const char *const *texts, size_t n)
{
    const int before = l->column;

    for (size_t i = 0; i < n && l->column == before; i++)
        line_put_right(l, style, texts[i]);
}

static void add_moment(struct text *t, const struct line *l, int64_t t_ns)
{
    char stamp[TIMESTAMP_TEXT_MAX];
    const bool wide = l->end >= WIDE_COLUMNS;

    text_add_bytes(t, stamp, (wide ? timestamp_format_plain : timestamp_format_clock)(t_ns, stamp));
    text_add(t, " UTC");
}

void panel_then(struct area *a, const struct board *b, const struct view *v)
{
    struct line l = area_line(a);
    char buffer[96], now[64];
    struct text t;

    put_sign(&l);
    text_init(&t, buffer, sizeof(buffer));
    add_moment(&t, &l, view_now_ns(v));
    text_add(&t, ", ");
    text_add_span_short(&t, b->then.now_ns - view_now_ns(v));
    text_add(&t, " ago");
    line_put(&l, STYLE_STRONG, t.data);
    text_init(&t, now, sizeof(now));
    text_add(&t, "F: back to now, ");
    text_add(&t, b->then.now);
    const char *const texts[] = {now, "F: back to now", "F: now"};
    put_right(&l, b->then.news[0] ? STYLE_BAD : STYLE_WARNING, texts, sizeof(texts) / sizeof(texts[0]));
}

void panel_on_the_way(struct area *a, int64_t wanted_ns, unsigned percent)
{
    static const char *const texts[] = {"F: back to now", "F: now"};
    struct line l = area_line(a), blank = l;
    char buffer[96];
    struct text t;

    while (blank.column < blank.end) /* what stands there is of another moment */
        line_put(&blank, STYLE_PLAIN, " ");
    put_sign(&l);
    text_init(&t, buffer, sizeof(buffer));
    text_add(&t, "going to ");
    add_moment(&t, &l, wanted_ns);
    if (percent) {
        text_add(&t, ": ");
        text_add_uint(&t, percent);
        text_add(&t, " %");
    }
    line_put(&l, STYLE_STRONG, t.data);
    put_right(&l, STYLE_WARNING, texts, sizeof(texts) / sizeof(texts[0]));
}

void panel_news(const struct board *b)
{
    struct line l = line_at(&b->screen, b->screen.rows - 1);

    line_put(&l, STYLE_BAD, b->then.news);
}
