/* SPDX-License-Identifier: MIT
 * The frame of the screen: the two rows at the top that answer "is this host all right, and what should I
 * do", and the row of keys at the bottom. */
#include "output/tui/panel.h"

#include <string.h>

#include "base/number.h"
#include "output/tui/cells.h"
#include "output/tui/keys.h"
#include "output/tui/phrase.h"

#define WIDE_COLUMNS   72 /* from here on the date and the tick have room */
#define HOST_COLUMNS   24 /* a host's name is cut to this and what a wider screen leaves over */
#define STATUS_COLUMNS 80

static void put_time(struct line *l, const struct board *b, int64_t now_ns)
{
    char stamp[TIMESTAMP_TEXT_MAX], buffer[96];
    struct text t;
    bool wide = l->end >= WIDE_COLUMNS;

    text_init(&t, buffer, sizeof(buffer));
    if (now_ns) {
        text_add_bytes(&t, stamp, (wide ? timestamp_format_plain : timestamp_format_clock)(now_ns, stamp));
        text_add(&t, " UTC");
    }
    if (wide && now_ns && !b->then.is) {
        text_add(&t, "  tick ");
        text_add_uint(&t, b->ticks);
    }
    if (b->paused) {
        text_add(&t, "  PAUSED");
    }
    line_put_right(l, b->paused ? STYLE_WARNING : STYLE_PLAIN, t.data);
}

static void put_advice(struct line *l, const struct host_tick *h, int64_t now_ns)
{
    char buffer[160];
    struct text t;

    line_put(l, STYLE_STRONG, "advice ");
    if (!h || h->veto.type == VETO_NONE) {
        line_put(l, STYLE_PLAIN, "none");
        return;
    }
    line_put(l, STYLE_BAD, veto_action_name(h->veto.type));
    text_init(&t, buffer, sizeof(buffer));
    text_add(&t, "  ");
    text_add(&t, veto_type_name(h->veto.type));
    text_add(&t, " veto, confidence ");
    phrase_share(&t, h->veto.confidence);
    text_add(&t, ", expires in ");
    text_add_span_short(&t, h->veto.expires_ns - now_ns);
    line_put(l, STYLE_PLAIN, t.data);
}

void panel_status(struct area *a, const struct board *b, const struct view *v)
{
    const struct host_tick *h = b->host == ENTITY_NONE ? NULL : view_host(v, b->host);
    struct line top = area_line(a), second = area_line(a);
    char state[32];
    struct text t;

    line_put(&top, STYLE_STRONG, "coherence  ");
    if (b->host != ENTITY_NONE) {
        const char *name = catalog_host_name(view_catalog(v), b->host);
        int spare = top.end > STATUS_COLUMNS ? top.end - STATUS_COLUMNS : 0;
        line_put_outside(&top, STYLE_STRONG, name, strlen(name),
            top.end >= WIDE_COLUMNS ? HOST_COLUMNS - 6 + spare : HOST_COLUMNS / 3);
        line_put(&top, STYLE_PLAIN, "  ");
    }
    text_init(&t, state, sizeof(state));
    text_add_char(&t, ' ');
    for (const char *p = h ? host_state_name(h->state) : "no tick yet"; *p; p++)
        text_add_char(&t, (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p));
    text_add_char(&t, ' ');
    line_put(&top, (enum style)(STYLE_CHIP + (h ? screen_host_style(h->state) : STYLE_QUIET)), t.data);
    put_time(&top, b, view_now_ns(v));

    put_advice(&second, h, view_now_ns(v));
    if (b->note[0]) {
        char buffer[sizeof(b->note) * 4 + 1];
        text_init(&t, buffer, sizeof(buffer));
        cells_add(&t, b->note, strlen(b->note), b->screen.utf8);
        line_put_right(&second, STYLE_QUIET, t.data);
    }
}

/* If there is a word for it, and room. */
static void put_key(struct line *l, const char *brief)
{
    if (!brief || l->column + (int)cells_width(brief, strlen(brief)) > l->end)
        return;
    line_put(l, STYLE_QUIET, brief);
    line_to(l, l->column + 2);
}

void panel_footer(const struct board *b, const struct view *v, unsigned page)
{
    struct line l = line_at(&b->screen, b->screen.rows - 1);
    struct summary s = view_summary(v);
    const struct key_row *key;
    char buffer[160];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    if (s.refused) { /* what is not watched is said before what is */
        text_add_uint(&t, s.refused);
        text_add(&t, " refused at the limit");
    } else {
        text_add_uint(&t, s.series);
        text_add(&t, " series, ");
        text_add_uint(&t, s.samples);
        text_add(&t, " samples");
    }
    int width = (int)cells_width(t.data, t.length), end = l.end;
    if (s.refused)
        l.end -= width + 2;
    for (size_t i = 0; page & IN_THE_PAST && (key = keys_row(i)); i++)
        put_key(&l, key->then);
    for (size_t i = 0; (key = keys_row(i)); i++)
        if (key->pages & page && !(page & IN_THE_PAST && key->then))
            put_key(&l, key->brief);
    l.end = end;
    line_put_right(&l, s.refused ? STYLE_WARNING : STYLE_QUIET, t.data);
}

void panel_prompt(const struct board *b, const char *question, const char *typed)
{
    struct line l = line_at(&b->screen, b->screen.rows - 1);
    size_t n = strlen(typed);

    line_put(&l, STYLE_STRONG, question);
    line_put_outside(&l, STYLE_PLAIN, typed, n, l.end - l.column - 1);
    line_put(&l, STYLE_STRONG, "_");
}
