/* SPDX-License-Identifier: MIT
 * The three laws of the host, one block each: what they say now, and how they came there; and at which time
 * scale its CPU moves. */
#include "output/tui/panel.h"

#include <math.h>
#include <string.h>

#include "output/tui/phrase.h"

/* Columns where the parts begin or (value) end. At 80 columns the longest band, "band -0.795 to 2.86 MB/s",
 * ends at the edge. */
#define STATE_COLUMN 14
#define VALUE_END    37
#define USUAL_COLUMN 39
#define BAND_COLUMN  56
#define GRAPH_COLUMN 21
#define RANGE_WIDTH  16 /* "  top 2.86 MB/s", or in how many entities */

#define FINDINGS_MAX 16 /* looked through for a cause: asking for one costs a walk over all entities */

#define OCTAVES_MAX  16
#define OCTAVE_WIDTH 5 /* "102.4" has no need to be exact: three digits and a gap */
#define BAR_WIDTH    3

/* Heights of the graphs, by the rows there are. */
#define GRAPH_ROWS_MAX 3

static const struct {
    const char *title, *measured;
} law_words[LAW_COUNT] = {
    [LAW_SEIZURE] = {"SEIZURE", "CPU swing"},
    [LAW_FEVER] = {"FEVER", "memory"},
    [LAW_AMPLIFICATION] = {"AMPLIFICATION", "out per in"},
    [LAW_SHOCK] = {"SHOCK", ""},
    [LAW_EARLY_WARNING] = {"EARLY WARNING", ""},
    [LAW_SIGNAL_LOST] = {"SIGNAL LOST", ""},
};

const char *panel_law_title(enum law_id law)
{
    return law_words[law].title;
}

/* The cause that the open finding of an entity's law names, or NULL. */
static const char *cause_of(const struct view *v, uint32_t entity, enum law_id law)
{
    uint32_t n = view_finding_count(v);

    for (uint32_t i = 0; i < n && i < FINDINGS_MAX; i++) {
        const struct finding *f = view_finding(v, i);
        if (f && f->entity == entity && f->law == law)
            return strcmp(f->cause, "unexplained") == 0 ? NULL : f->cause;
    }
    return NULL;
}

/* What the fever law looks at: memory, or whatever else it is that its unit counts. */
static const char *consumed(const struct view *v, uint32_t entity, const char *unit)
{
    static const struct {
        const char *unit, *name;
    } names[] = {{"{task}/s", "tasks"}, {"{entry}/s", "connections tracked"}, {"{inode}/s", "inodes"},
        {"{file}/s", "open files"}, {"1", "garbage collection"}, {"1/s", "garbage collection"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(unit, names[i].unit) == 0)
            return names[i].name;
    return entity != ENTITY_NONE && catalog_entity_get(view_catalog(v), entity)->kind == ENTITY_FILESYSTEM
               ? "space"
               : law_words[LAW_FEVER].measured;
}

void panel_add_measured(
    struct text *t, const struct view *v, uint32_t entity, enum law_id law, const struct law_reading *r)
{
    const char *cause = r->state == LAW_ACTIVE ? cause_of(v, entity, law) : NULL;
    const char *measured = law == LAW_FEVER ? consumed(v, entity, r->unit) : law_words[law].measured;

    if (!cause && !*measured)
        return;
    for (const char *p = cause ? cause : measured; *p; p++)
        text_add_char(t, *p == '_' ? ' ' : *p);
    if (isnan(r->scale_s))
        return;
    text_add(t, law == LAW_SEIZURE && !cause ? " at " : " over ");
    phrase_scale(t, r->scale_s);
}

/* Why there is no number, at length and in a word. */
struct why {
    const char *text, *brief; /* NULL when there is one */
};

static struct why why_nothing(const struct law_reading *r)
{
    if (r->state == LAW_UNOBSERVABLE)
        return (struct why){"no source for it here", "no source"};
    if (r->state == LAW_STALE)
        return (struct why){"its source has gone quiet: no verdict", "gone quiet"};
    if (!isnan(r->value))
        return (struct why){NULL, NULL};
    if (r->state == LAW_WARMUP)
        return (struct why){"learning what is usual here", "learning"};
    if (r->state == LAW_OK)
        return (struct why){"nothing to judge at present", "idle"};
    return (struct why){"no data", "no data"};
}

void panel_reading(struct area *a, const char *title, const struct law_reading *r)
{
    struct line l = area_line(a);
    char buffer[96];
    struct text t;
    struct why why = why_nothing(r);

    bool high = r->state == LAW_OK && r->value > r->hi;

    line_put(&l, STYLE_STRONG, title);
    line_to(&l, STATE_COLUMN);
    line_put(&l, high ? STYLE_WARNING : screen_law_style(r->state),
        r->state == LAW_ACTIVE ? "ACTIVE"
        : high                 ? "high"
                               : law_state_name(r->state));
    if (why.text) {
        line_to(&l, VALUE_END - 10);
        bool fits = l.column + (int)strlen(why.text) <= a->screen->columns;
        line_put(&l, STYLE_QUIET, fits ? why.text : why.brief);
        return;
    }
    text_init(&t, buffer, sizeof(buffer));
    phrase_quantity(&t, r->value, r->unit);
    line_put_before(&l, r->state == LAW_ACTIVE ? STYLE_BAD : STYLE_STRONG, t.data, VALUE_END);
    line_to(&l, USUAL_COLUMN);
    text_clear(&t);
    text_add(&t, "usual ");
    if (isnan(r->expected))
        text_add(&t, "not known");
    else
        phrase_quantity(&t, r->expected, r->unit);
    line_put_whole(&l, STYLE_PLAIN, t.data);
    line_to(&l, l.column < BAND_COLUMN ? BAND_COLUMN : l.column + 1);
    text_clear(&t);
    text_add(&t, "band ");
    phrase_band(&t, r->lo, r->hi, r->unit);
    line_put_whole(&l, STYLE_PLAIN, t.data);
}

static void put_measured(
    struct line *l, const struct board *b, const struct view *v, enum law_id law, const struct law_reading *r)
{
    char buffer[96];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    panel_add_measured(&t, v, b->host, law, r);
    if (t.length >= GRAPH_COLUMN) { /* then without its scale */
        struct law_reading plain = *r;
        plain.scale_s = (double)NAN;
        text_clear(&t);
        panel_add_measured(&t, v, b->host, law, &plain);
    }
    line_put_outside(l, STYLE_QUIET, t.data, t.length, GRAPH_COLUMN);
    line_to(l, GRAPH_COLUMN);
}

static void put_range(
    struct line *l, const struct board *b, unsigned law, const struct law_reading *r, double hi)
{
    char buffer[64];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    if (b->entities.ranking.active[law] >
        (r->state == LAW_ACTIVE)) { /* it may be one of its containers alone */
        text_add(&t, "active in ");
        text_add_uint(&t, b->entities.ranking.active[law]);
        line_put_right(l, STYLE_BAD, t.data);
    } else if (!isnan(hi)) {
        text_add(&t, "top ");
        phrase_quantity(&t, hi, r->unit);
        line_put_right(l, STYLE_QUIET, t.data);
    }
}

/* The host's main laws. */
static const struct law_reading *reading_of(const struct board *b, const struct view *v)
{
#define NOTHING                                                                                              \
    {                                                                                                        \
        LAW_WARMUP, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN, ""                      \
    }
    static const struct law_reading nothing[LAW_MAIN_COUNT] = {NOTHING, NOTHING, NOTHING};
    const struct host_tick *h = b->host == ENTITY_NONE ? NULL : view_host(v, b->host);
    return h ? h->laws : nothing;
}

/* A graph of `rows` rows; its label stands in the last. */
static void put_graph(struct area *a, const struct board *b, const struct view *v, enum law_id law, int rows)
{
    const struct law_reading *r = &reading_of(b, v)[law];
    const struct history *h = &b->history[law];
    int width = b->screen.columns - GRAPH_COLUMN - RANGE_WIDTH;
    double lo = 0.0, hi = 0.0;
    bool any;

    width = width < 0 ? 0 : width < HISTORY_MAX ? width : HISTORY_MAX;
    any = history_range(h, (uint32_t)width, r->hi, &lo, &hi);
    for (int row = 0; row < rows; row++) {
        struct line l = area_line(a);
        bool label = row == rows - 1;
        if (label)
            put_measured(&l, b, v, law, r);
        for (int i = 0; any && i < width; i++) {
            bool above;
            double value = history_at(h, (uint32_t)(width - 1 - i), &above);
            int level = (int)history_level(value, lo, hi, (unsigned)rows * SCREEN_STEPS) -
                        SCREEN_STEPS * (rows - 1 - row);
            if (level <= 0)
                continue;
            line_to(&l, GRAPH_COLUMN + i);
            line_put(&l, above ? STYLE_BAD : STYLE_PLAIN, screen_bar(&b->screen, (unsigned)level));
        }
        if (label)
            put_range(&l, b, law, r, any ? hi : (double)NAN);
    }
}

static uint32_t read_spectrum(
    const struct board *b, const struct view *v, double *scale_s, double *value, double *ret_top)
{
    uint32_t room =
        b->screen.columns > GRAPH_COLUMN
            ? (uint32_t)(b->screen.columns - GRAPH_COLUMN + OCTAVE_WIDTH - BAR_WIDTH) / OCTAVE_WIDTH
            : 0;
    uint32_t n = b->host == ENTITY_NONE ? 0 : view_spectrum(v, b->host, scale_s, value, OCTAVES_MAX);

    *ret_top = 0.0;
    for (uint32_t i = 0; i < n; i++)
        *ret_top = value[i] > *ret_top ? value[i] : *ret_top;
    return n < room ? n : room;
}

/* Bars of `rows` rows over their scales. */
static void put_spectrum(
    struct area *a, const struct board *b, const struct view *v, const struct law_reading *seizure, int rows)
{
    double scale_s[OCTAVES_MAX], value[OCTAVES_MAX], top;
    uint32_t n = read_spectrum(b, v, scale_s, value, &top);
    char buffer[64];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    for (int row = 0; row < rows; row++) {
        struct line l = area_line(a);
        if (row == rows - 1) {
            line_put(&l, STYLE_STRONG, "SPECTRUM");
            if (n == 0) {
                line_to(&l, GRAPH_COLUMN);
                line_put(&l, STYLE_QUIET, "not enough samples of CPU use yet");
            }
        }
        for (uint32_t i = 0; i < n; i++) {
            int level = (int)history_level(value[i], 0.0, top, (unsigned)rows * SCREEN_STEPS) -
                        SCREEN_STEPS * (rows - 1 - row);
            bool marked =
                seizure->state == LAW_ACTIVE && fabs(scale_s[i] - seizure->scale_s) < scale_s[i] * 0.25;
            line_to(&l, GRAPH_COLUMN + (int)i * OCTAVE_WIDTH);
            for (int k = 0; level > 0 && k < BAR_WIDTH; k++)
                line_put(&l, marked ? STYLE_BAD : STYLE_PLAIN, screen_bar(&b->screen, (unsigned)level));
        }
    }
    struct line l = area_line(a);
    text_add(&t, "top ");
    phrase_quantity(&t, top, "%");
    line_put(&l, STYLE_QUIET, n ? t.data : "CPU by time scale");
    for (uint32_t i = 0; i < n; i++) {
        line_to(&l, GRAPH_COLUMN + (int)i * OCTAVE_WIDTH);
        text_clear(&t);
        text_add_human(&t, scale_s[i], scale_s[i] < 10.0 ? 2 : 3);
        if (i == 0)
            text_add_char(&t, 's');
        line_put(&l, STYLE_QUIET, t.data);
    }
}

void panel_laws(struct area *a, const struct board *b, const struct view *v, int rows, bool spectrum)
{
    /* Each law has a row of numbers, the spectrum one of scales. */
    int graph = rows / (LAW_MAIN_COUNT + spectrum) - 1;

    spectrum &= graph >= 1;
    if (graph < 1 && rows >= 2 * LAW_MAIN_COUNT)
        graph = 1;
    graph = graph < GRAPH_ROWS_MAX ? graph : GRAPH_ROWS_MAX;
    for (unsigned law = 0; law < LAW_MAIN_COUNT; law++) {
        const struct law_reading *r = &reading_of(b, v)[law];
        panel_reading(a, law_words[law].title, r);
        if (graph > 0)
            put_graph(a, b, v, (enum law_id)law, graph);
    }
    if (spectrum)
        put_spectrum(a, b, v, &reading_of(b, v)[LAW_SEIZURE], graph);
}
