/* SPDX-License-Identifier: MIT
 * The report of a backtest for a terminal and a mail: the summary, the outages, the false incidents, the
 * sweep with the controls, what was not judged. Tables are as wide as what stands in them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/backtest/ranking.h"
#include "output/backtest/sheet.h"

#define COLUMNS_MAX  9
#define CELL_MAX     160
#define WRAP_COLUMNS 100
#define NS_PER_S     1e9

/* Of the time in which one promised incident comes: below it nothing is said of the promise. Source:
 * bench/quality/table.py. */
#define TELLING_SHARE (1.0 / 3)

struct row {
    struct text cells[COLUMNS_MAX];
    char bytes[COLUMNS_MAX][CELL_MAX];
};

/* fill: writes row i into cells that are empty. */
struct table {
    const char *const *head; /* NULL-terminated; a name that begins with a blank is of a column set right */
    uint32_t rows;
    void (*fill)(const void *context, uint32_t i, struct text *cells);
    const void *context;
};

static size_t columns_of(const char *s, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n; i++)
        width += ((unsigned char)s[i] & 0xC0U) != 0x80U;
    return width;
}

static void fill_row(const struct table *t, uint32_t i, struct row *r)
{
    for (size_t c = 0; c < COLUMNS_MAX; c++)
        text_init(&r->cells[c], r->bytes[c], CELL_MAX);
    t->fill(t->context, i, r->cells);
}

static void pad(struct text *t, size_t n)
{
    while (n-- > 0)
        text_add_char(t, ' ');
}

static void add_cell(struct text *t, const char *bytes, size_t width, bool right, bool last)
{
    size_t n = columns_of(bytes, strlen(bytes));
    text_add(t, "  ");
    if (right)
        pad(t, width - n);
    text_add(t, bytes);
    if (!right && !last)
        pad(t, width - n);
}

static void end_row(struct text *t)
{
    while (t->length > 0 && t->data[t->length - 1] == ' ')
        t->data[--t->length] = '\0';
    text_add_char(t, '\n');
}

static void add_table(struct sheet *s, const struct table *t)
{
    size_t widths[COLUMNS_MAX] = {0}, columns = 0;
    struct row *r = malloc(sizeof(*r));
    if (!r) {
        s->error = s->error ? s->error : -ENOMEM;
        return;
    }
    for (; t->head[columns]; columns++)
        widths[columns] = strlen(t->head[columns]) - (t->head[columns][0] == ' ');
    for (uint32_t i = 0; i < t->rows; i++) {
        fill_row(t, i, r);
        for (size_t c = 0; c < columns; c++) {
            size_t n = columns_of(r->bytes[c], r->cells[c].length);
            widths[c] = n > widths[c] ? n : widths[c];
        }
    }
    for (size_t c = 0; c < columns; c++) {
        bool right = t->head[c][0] == ' ';
        add_cell(&s->t, t->head[c] + right, widths[c], right, c + 1 == columns);
    }
    end_row(&s->t);
    for (uint32_t i = 0; i < t->rows; i++) {
        fill_row(t, i, r);
        for (size_t c = 0; c < columns; c++)
            add_cell(&s->t, r->bytes[c], widths[c], t->head[c][0] == ' ', c + 1 == columns);
        end_row(&s->t);
        sheet_turn(s);
    }
    free(r);
}

/* Lines of at most WRAP_COLUMNS, broken at blanks. */
static void add_wrapped(struct text *t, const char *bytes, size_t n, const char *indent)
{
    size_t column = 0;
    for (size_t i = 0; i < n;) {
        size_t word = 0;
        while (i + word < n && bytes[i + word] != ' ' && bytes[i + word] != '\n')
            word++;
        size_t width = columns_of(bytes + i, word);
        if (column > strlen(indent) && column + 1 + width > WRAP_COLUMNS) {
            text_add_char(t, '\n');
            column = 0;
        }
        if (column > 0) {
            text_add_char(t, ' ');
            column++;
        } else {
            text_add(t, indent);
            column = strlen(indent);
        }
        text_add_bytes(t, bytes + i, word);
        column += width;
        i += word;
        if (i < n && bytes[i++] == '\n') {
            text_add_char(t, '\n');
            column = 0;
        }
    }
    text_add_char(t, '\n');
}

static void add_summary(struct sheet *s, const struct backtest_report *r)
{
    char bytes[8192];
    struct text t;
    text_init(&t, bytes, sizeof(bytes));
    words_add_summary(&t, r, "\n");
    add_wrapped(&s->t, t.data, t.length, "");
}

static void fill_outage(const void *context, uint32_t i, struct text *cells)
{
    const struct backtest_report *r = context;
    const struct verdict *v = r->verdict;
    const struct outage *o = &v->ground->outages[i];
    const struct verdict_outage *k = &v->outages[i];

    text_add_uint(&cells[0], i + 1U);
    words_add_moment(&cells[1], o->start_ns);
    words_add_span(&cells[2], (double)(o->end_ns - o->start_ns) / NS_PER_S);
    text_add_printable(
        &cells[3], o->host[0] ? o->host : "(every host)", strlen(o->host[0] ? o->host : "(every host)"));
    text_add(&cells[4], outage_outcome_name(k->outcome));
    text_add(&cells[5], "-");
    if (k->opened_ns != INT64_MIN) {
        text_clear(&cells[5]);
        words_add_lead(&cells[5], o->start_ns - k->opened_ns);
    }
    if (k->incident != VERDICT_NONE) {
        const struct tape_incident *n = tape_incident(v->tape, k->incident);
        words_add_reason(&cells[6], n);
        if (n->story && n->story->finding_count)
            text_add(&cells[7], confidence_name(n->story->findings[0]->confidence));
    }
    text_add_printable(&cells[8], o->label, strlen(o->label));
}

static void add_outages(struct sheet *s, const struct backtest_report *r)
{
    static const char *const head[] = {
        " #", "start (UTC)", " lasted", "host", "verdict", "told", "by", "confidence", "label", NULL};
    uint32_t n = r->verdict->ground->count;
    if (n == 0)
        return;
    text_add(&s->t, "\nOutages\n");
    add_table(s, &(struct table){.head = head,
                     .rows = n < BACKTEST_TEXT_ROWS ? n : BACKTEST_TEXT_ROWS,
                     .fill = fill_outage,
                     .context = r});
    if (n > BACKTEST_TEXT_ROWS)
        text_addf(&s->t, "  and %u more; --json names every one\n", (unsigned)(n - BACKTEST_TEXT_ROWS));
}

struct ranked_report {
    const struct backtest_report *r;
    const struct ranking *ranking;
};

static void fill_incident(const void *context, uint32_t i, struct text *cells)
{
    const struct ranked_report *x = context;
    const struct ranked *k = &x->ranking->rows[i];
    const struct tape *tape = x->r->verdict->tape;
    const struct tape_incident *n = tape_incident(tape, k->incident);
    const char *host = tape_host(tape, n->host);

    words_add_moment(&cells[0], n->opened_ns);
    words_add_span(&cells[1], ((double)k->ended_ns - (double)n->opened_ns) / NS_PER_S);
    text_add_printable(&cells[2], host, strlen(host));
    text_add_human(&cells[3], k->risk, 2);
    words_add_reason(&cells[4], n);
    if (k->joined)
        text_addf(&cells[5], "and %u joined", (unsigned)k->joined);
}

static void add_incidents(struct sheet *s, const struct backtest_report *r)
{
    static const char *const head[] = {"opened (UTC)", " open for", "host", " risk", "by", "", NULL};
    struct ranking ranking;
    int fault = ranking_make(&ranking, r->verdict, INCIDENT_FALSE);
    if (fault) {
        s->error = s->error ? s->error : fault;
        return;
    }
    text_add(&s->t, r->outages ? "\nFalse incidents, by risk\n" : "\nWhat would have paged you, by risk\n");
    if (ranking.count == 0)
        text_add(&s->t, "  none\n");
    else
        add_table(s, &(struct table){.head = head,
                         .rows = ranking.count < BACKTEST_TEXT_ROWS ? ranking.count : BACKTEST_TEXT_ROWS,
                         .fill = fill_incident,
                         .context = &(struct ranked_report){r, &ranking}});
    if (ranking.count > BACKTEST_TEXT_ROWS)
        text_addf(
            &s->t, "  and %u more; --json names every one\n", (unsigned)(ranking.count - BACKTEST_TEXT_ROWS));
    ranking_done(&ranking);
}

static void fill_point(const void *context, uint32_t i, struct text *cells)
{
    const struct backtest_report *r = context;
    const struct verdict *v = r->verdict;
    const struct verdict_point *p = &v->points[i];

    words_add_point(&cells[0], p);
    if (i == 0)
        text_add(&cells[0], " (yours)");
    text_add_uint(&cells[1], p->counted);
    text_add_uint(&cells[2], p->outside);
    text_add_human(&cells[3], verdict_false_per_day(v, p), 2);
    text_addf(&cells[4], "%u of %u", (unsigned)p->found, (unsigned)v->judged);
    text_add_uint(&cells[5], p->announced);
    if (isnan(p->median_lead_s))
        text_add_char(&cells[6], '-');
    else
        words_add_lead(&cells[6], (int64_t)(p->median_lead_s * NS_PER_S));
    text_add_human(&cells[7], 100 * verdict_busy_share(v, p), 2);
    text_add_char(&cells[7], '%');
}

/* Without a list nothing is known to be false. */
static void fill_unlabelled(const void *context, uint32_t i, struct text *cells)
{
    const struct verdict *v = ((const struct backtest_report *)context)->verdict;
    const struct verdict_point *p = &v->points[i];
    words_add_point(&cells[0], p);
    if (i == 0)
        text_add(&cells[0], " (yours)");
    text_add_uint(&cells[1], p->counted);
    text_add_human(&cells[2], verdict_false_per_day(v, p), 2);
    text_add_human(&cells[3], 100 * verdict_busy_share(v, p), 2);
    text_add_char(&cells[3], '%');
}

static void add_points(struct sheet *s, const struct backtest_report *r)
{
    static const char *const head[] = {"", " incidents", " false", " false/host-day", " found", " announced",
        " median told", " in alarm", NULL};
    static const char *const unlabelled[] = {"", " incidents", " per host-day", " in alarm", NULL};
    const struct verdict *v = r->verdict;
    uint32_t n = 0;
    while (n < v->point_count && v->points[n].kind != POINT_CONTROL)
        n++;
    text_add(&s->t, "\nThe sweep over the false-alarm budget\n");
    add_table(s, &(struct table){.head = r->outages ? head : unlabelled,
                     .rows = n,
                     .fill = r->outages ? fill_point : fill_unlabelled,
                     .context = r});
}

static void add_best(
    struct text *t, const struct verdict *v, enum point_kind kind, enum control_kind control, double per_day)
{
    const struct verdict_point *p = verdict_best(v, kind, control, per_day);
    if (p)
        text_addf(t, "%u of %u", (unsigned)p->found, (unsigned)v->judged);
    else
        text_add(t, verdict_only_busy(v, kind, control, per_day) ? "busy" : "-");
}

static void fill_control(const void *context, uint32_t i, struct text *cells)
{
    const struct verdict *v = ((const struct backtest_report *)context)->verdict;
    enum point_kind kind = i == 0 ? POINT_PROGRAM : i == 1 ? POINT_CLASSIC : POINT_CONTROL;
    enum control_kind control = i < 2 ? CONTROL_WEIGHTED : (enum control_kind)(i - 2);
    text_add(&cells[0], i == 0 ? "Coherence" : i == 1 ? "classic profile" : control_name(control));
    add_best(&cells[1], v, kind, control, 0.1);
    add_best(&cells[2], v, kind, control, 1.0);
}

static void add_controls(struct sheet *s, const struct backtest_report *r)
{
    static const char *const head[] = {
        "outages found with at most", " 1/10 false/host-day", " 1 false/host-day", NULL};
    if (r->verdict->judged == 0)
        return;
    text_add(&s->t,
        "\nBeside simple detectors, each at its best setting (-: none is so quiet; busy: in alarm "
        "over 10 % of the time)\n");
    add_table(
        s, &(struct table){.head = head, .rows = 2 + CONTROL_KINDS, .fill = fill_control, .context = r});
}

static void add_promise(struct sheet *s, const struct backtest_report *r)
{
    char bytes[1024];
    struct text t;
    const struct verdict *v = r->verdict;
    const struct verdict_point *p = &v->points[0];
    text_init(&t, bytes, sizeof(bytes));
    text_add(&t, "Promised: one false incident in ");
    text_add_human(&t, 1 / r->promised_per_day, 3);
    text_add(
        &t, " days per host. On stretches without outages of a day or longer, after the first two days: ");
    if (v->quiet_days > 0) {
        words_add_count(&t, p->quiet, "incident", "incidents");
        text_add(&t, " in ");
        words_add_host_days(&t, v->quiet_days);
        text_add(&t, ", ");
    }
    if (v->quiet_days <= 0) {
        text_add(&t, "there are none.");
    } else if (v->quiet_days * r->promised_per_day >= TELLING_SHARE) {
        text_add_human(&t, (double)p->quiet / v->quiet_days / r->promised_per_day, 2);
        text_add(&t, " times the promise.");
    } else {
        text_add(&t, "which is too short to tell.");
    }
    text_add(&s->t, "\nThe promise\n");
    add_wrapped(&s->t, t.data, t.length, "  ");
}

static void add_notes(struct sheet *s, const struct backtest_report *r)
{
    bool blind = false;
    for (uint32_t law = 0; law < LAW_MAIN_COUNT; law++)
        blind |= r->blind[law] > 0;
    if (r->note_count == 0 && !blind)
        return;
    text_add(&s->t, "\nNot judged, and passed over\n");
    for (uint32_t law = 0; law < LAW_MAIN_COUNT; law++) {
        if (r->blind[law] == 0)
            continue;
        text_add(&s->t, "  ");
        words_add_blind(&s->t, r, law);
        text_add_char(&s->t, '\n');
    }
    for (size_t i = 0; i < r->note_count; i++) {
        text_add(&s->t, "  ");
        text_add_printable(&s->t, r->notes[i], strlen(r->notes[i]));
        text_add_char(&s->t, '\n');
        sheet_turn(s);
    }
    if (r->notes_left_out)
        text_addf(&s->t, "  and %llu more\n", (unsigned long long)r->notes_left_out);
}

int backtest_text(const struct backtest_report *r, backtest_write write, void *context)
{
    struct sheet *s = sheet_new(write, context);
    if (!s)
        return -ENOMEM;
    add_summary(s, r);
    if (observer_host_count(r->verdict->observer)) {
        add_outages(s, r);
        add_incidents(s, r);
        add_points(s, r);
        add_controls(s, r);
        if (r->outages)
            add_promise(s, r);
    }
    add_notes(s, r);
    int fault = sheet_end(s);
    free(s);
    return fault;
}
