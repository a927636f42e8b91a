/* SPDX-License-Identifier: MIT
 * Turns an incident and its findings into a page. What is known of them comes from the history, pictures from
 * plot.c; where either is found is the caller's matter. */
#include "output/explanation.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "output/wrap.h"
#include "output/tui/phrase.h"

#define MARGIN      3u  /* columns before what belongs to a finding */
#define LABEL_WIDTH 12u /* "carried by" and two blanks */
#define NS_PER_S    1e9

/* Widths of the table's columns; the entity's takes what is left. */
#define SINCE_WIDTH  8u
#define LAW_WIDTH    20u
#define AMOUNT_WIDTH 11u
#define SURE_WIDTH   6u
#define DATED_WIDTH  14u

#define BOLD "\033[1m"
#define RED  "\033[1;31m"
#define DIM  "\033[2m"
#define OFF  "\033[0m"

struct page {
    const struct explanation *x;
    uint32_t columns;
    bool color;
    bool dated; /* findings began on several days */
    struct text *out;
};

static void add_colored(const struct page *p, const char *color, const char *words)
{
    text_add(p->out, p->color ? color : "");
    text_add(p->out, words);
    text_add(p->out, p->color ? OFF : "");
}

static void add_law(struct text *out, enum law_id law)
{
    static const char *const names[LAW_COUNT] = {[LAW_SEIZURE] = "compute seizure",
        [LAW_FEVER] = "resource fever",
        [LAW_AMPLIFICATION] = "intent amplification",
        [LAW_SHOCK] = "system shock",
        [LAW_EARLY_WARNING] = "early warning",
        [LAW_SIGNAL_LOST] = "signal lost"};

    text_add(out, names[law]);
}

static void add_entity(struct text *out, const struct catalog *c, uint32_t id)
{
    const struct entity *e = catalog_entity_get(c, id);

    text_add(out, entity_kind_name(e->kind));
    if (e->kind == ENTITY_HOST)
        return;
    text_add_char(out, ':');
    text_add_printable(out, e->name, strlen(e->name));
}

static void add_clock(struct text *out, int64_t t_ns)
{
    char clock[TIMESTAMP_TEXT_MAX];

    text_add_bytes(out, clock, timestamp_format_clock(t_ns, clock));
}

/* "2026-01-01 00:10:00", or with `short_date` "01-01 00:10:00". */
static void add_moment(struct text *out, int64_t t_ns, bool short_date)
{
    char whole[TIMESTAMP_TEXT_MAX];

    if (t_ns == INT64_MIN) {
        text_add(out, "not known");
        return;
    }
    timestamp_format_plain(t_ns, whole);
    text_add(out, whole + (short_date ? strlen("2026-") : 0));
}

static const char *state_word(enum explained_state state)
{
    static const char *const words[] = {[EXPLAINED_OPEN] = "open",
        [EXPLAINED_CLOSED] = "over",
        [EXPLAINED_LOST] = "lost: it was open when the sentinel ended, and the next one knew nothing of it"};

    return words[state];
}

/* A cell of the table: cut at its beginning when it is too long, for names differ in their ends. */
static void add_cell(struct text *out, const char *bytes, uint32_t width, bool right)
{
    const size_t n = strlen(bytes);
    size_t from = 0, used = wrap_columns(bytes, n);

    while (used > width - 3 && from < n && used + (from ? 3 : 0) > width) {
        do
            from++;
        while (from < n && ((unsigned char)bytes[from] & 0xc0u) == 0x80u);
        used--;
    }
    used += from ? 3 : 0;
    text_addf(out, "%*s%s", right ? (int)(width - used) : 0, "", from ? "..." : "");
    text_add_bytes(out, bytes + from, n - from);
    text_addf(out, "%*s", right ? 2 : (int)(width - used) + 2, "");
}

static void add_amount_cell(struct text *out, double v, const char *unit)
{
    char bytes[64];
    struct text t;

    text_init(&t, bytes, sizeof(bytes));
    if (isnan(v))
        text_add(&t, "-");
    else
        phrase_quantity(&t, v, unit);
    add_cell(out, bytes, AMOUNT_WIDTH, true);
}

static void add_table(const struct page *p)
{
    const uint32_t since = p->dated ? DATED_WIDTH : SINCE_WIDTH;
    const uint32_t fixed = 2 + since + 2 + LAW_WIDTH + 2 + 2 * (AMOUNT_WIDTH + 2) + SURE_WIDTH + 2;
    const uint32_t entity = p->columns > fixed + 12 ? p->columns - fixed : 12;
    char bytes[CATALOG_NAME_MAX * 4 + 32];
    struct text t;

    text_addf(p->out, "  %-*s  %-*s  %-*s  %*s  %*s  %s\n", (int)since, "since", (int)LAW_WIDTH, "what",
        (int)entity, "entity", (int)AMOUNT_WIDTH, "observed", (int)AMOUNT_WIDTH, "expected", "sure");
    for (uint32_t i = 0; i < p->x->count; i++) {
        const struct finding *f = p->x->findings[i].finding;
        text_add(p->out, "  ");
        if (p->dated)
            add_moment(p->out, f->onset_ns, true);
        else
            add_clock(p->out, f->onset_ns);
        text_add(p->out, "  ");
        text_init(&t, bytes, sizeof(bytes));
        add_law(&t, f->law);
        add_cell(p->out, bytes, LAW_WIDTH, false);
        text_init(&t, bytes, sizeof(bytes));
        add_entity(&t, p->x->names, f->entity);
        add_cell(p->out, bytes, entity, false);
        add_amount_cell(p->out, f->reading.value, f->reading.unit);
        add_amount_cell(p->out, f->reading.expected, f->reading.unit);
        text_addf(p->out, "%s\n", confidence_name(f->confidence));
    }
    if (p->x->more)
        text_addf(p->out, "  and %u more, which are not shown here\n", p->x->more);
}

#define PARAGRAPH_MAX 2048u /* bytes of what is broken into lines; more is cut */

/* Appends outside bytes, made harmless, as lines that begin at column indent, where the text stands already.
 */
static void add_paragraph(const struct page *p, const char *bytes, size_t n, size_t indent)
{
    char harmless[4 * PARAGRAPH_MAX + 1];
    const struct wrap w = {.columns = p->columns, .indent = indent, .at = indent};
    struct text t;

    text_init(&t, harmless, sizeof(harmless));
    text_add_printable(&t, bytes, n < PARAGRAPH_MAX ? n : PARAGRAPH_MAX);
    wrap_add(p->out, &w, t.data, t.length);
    text_add_char(p->out, '\n');
}

/* Begins a line of a finding. */
static void add_label(const struct page *p, const char *label)
{
    text_addf(p->out, "%*s", (int)MARGIN, "");
    text_add(p->out, p->color ? DIM : "");
    text_addf(p->out, "%-*s", (int)LABEL_WIDTH, label);
    text_add(p->out, p->color ? OFF : "");
}

/* "label  words", the words broken into lines. */
static void add_entry(const struct page *p, const char *label, const struct text *words)
{
    add_label(p, label);
    add_paragraph(p, words->data, words->length, MARGIN + LABEL_WIDTH);
}

static void add_reading(const struct page *p, const struct finding *f, char *bytes, size_t size)
{
    const struct law_reading *r = &f->reading;
    struct text t;

    text_init(&t, bytes, size);
    phrase_quantity(&t, r->value, r->unit);
    if (r->scale_s > 0) {
        text_add(&t, ", at a time scale of ");
        phrase_scale(&t, r->scale_s);
    }
    add_entry(p, "observed", &t);
    text_init(&t, bytes, size);
    if (isnan(r->expected))
        text_add(&t, "not known");
    else
        phrase_quantity(&t, r->expected, r->unit);
    text_add(&t, "; band ");
    phrase_band(&t, r->lo, r->hi, r->unit);
    add_entry(p, "expected", &t);
}

static void add_times(const struct page *p, const struct explained_finding *x, char *bytes, size_t size)
{
    const struct finding *f = x->finding;
    struct text t;

    text_init(&t, bytes, size);
    add_moment(&t, f->onset_ns, false);
    if (x->opened_ns != INT64_MIN) {
        text_add(&t, ", found at ");
        add_clock(&t, x->opened_ns);
    }
    text_add(&t, x->state == EXPLAINED_OPEN   ? "; open"
                 : x->state == EXPLAINED_LOST ? "; lost"
                                              : "; over at ");
    if (x->state == EXPLAINED_CLOSED)
        add_clock(&t, f->t_ns);
    add_entry(p, "since", &t);
}

static void add_cause(const struct page *p, const struct finding *f, char *bytes, size_t size)
{
    struct text t;

    text_init(&t, bytes, size);
    for (const char *c = f->cause; *c; c++)
        text_add_char(&t, *c == '_' ? ' ' : *c);
    if (t.length > 0)
        add_entry(p, "cause", &t);
    text_init(&t, bytes, size);
    for (uint32_t i = 0; i < f->carrier_count; i++) {
        text_add(&t, i ? ", " : "");
        text_add(&t, f->carriers[i].name);
        text_add_char(&t, ' ');
        text_add_human(&t, 100 * f->carriers[i].share, 2);
        text_add(&t, " %");
    }
    if (t.length > 0)
        add_entry(p, "carried by", &t);
    if (isnan(f->exhaustion_lo_s))
        return;
    text_init(&t, bytes, size);
    text_add(&t, "in ");
    text_add_span_short(&t, (int64_t)(fmin(f->exhaustion_lo_s, 3e9) * NS_PER_S));
    if (!isnan(f->exhaustion_hi_s)) {
        text_add(&t, " to ");
        text_add_span_short(&t, (int64_t)(fmin(f->exhaustion_hi_s, 3e9) * NS_PER_S));
    } else {
        text_add(&t, " at the earliest");
    }
    text_add(&t, ", counted from when it was found");
    add_entry(p, "exhausted", &t);
}

/* Evidence has no unit: large numbers are said by the thousand thousand. */
static void add_plain(struct text *out, double v)
{
    const double size = fabs(v);

    text_add_human(out, size >= 1e12 ? v / 1e12 : size >= 1e9 ? v / 1e9 : size >= 1e6 ? v / 1e6 : v, 3);
    text_add(out, size >= 1e12 ? " T" : size >= 1e9 ? " G" : size >= 1e6 ? " M" : "");
}

static void add_evidence(const struct page *p, const struct finding *f)
{
    char bytes[4 * EVIDENCE_NAME_MAX];
    struct text t;

    for (uint32_t i = 0; i < f->evidence_count; i++) {
        const struct evidence *e = &f->evidence[i];
        add_label(p, i ? "" : "evidence");
        text_init(&t, bytes, sizeof(bytes));
        text_add_printable(&t, e->signal, strlen(e->signal));
        add_cell(p->out, bytes, 34, false);
        text_init(&t, bytes, sizeof(bytes));
        add_plain(&t, e->value);
        if (!isnan(e->expected)) {
            text_addf(&t, "%*s", t.length < 10 ? (int)(10 - t.length) : 1, "");
            text_add(&t, "expected ");
            add_plain(&t, e->expected);
        }
        text_add(p->out, bytes);
        text_add_char(p->out, '\n');
    }
}

/* How sure it is, and what that rests on. */
static void add_certainty(const struct page *p, const struct finding *f, char *bytes, size_t size)
{
    struct text t;

    text_init(&t, bytes, size);
    text_add(&t, confidence_name(f->confidence));
    text_addf(&t, ": %u %s behind it", f->evidence_count,
        f->evidence_count == 1 ? "signal stands" : "signals stand");
    if (strcmp(f->cause, "unexplained") == 0)
        text_add(&t, ", but none that names a cause");
    if (isfinite(f->false_alarms_per_year)) {
        text_add(&t, "; by what was seen before, chance alone would show as much ");
        text_add_human(&t, f->false_alarms_per_year, 2);
        text_add(&t, " times a year");
    }
    text_add(&t, f->calibrated
                     ? "; calibrated on enough history"
                     : "; not calibrated: there is no history, or too little of it, to promise a rate of "
                       "false alarms");
    add_entry(p, "how sure", &t);
}

static void add_finding(const struct page *p, uint32_t number)
{
    const struct explained_finding *x = &p->x->findings[number];
    const struct finding *f = x->finding;
    char bytes[2048];
    struct text t;

    text_init(&t, bytes, sizeof(bytes));
    if (p->x->incident)
        text_addf(&t, "%u. ", number + 1);
    add_law(&t, f->law);
    text_add(&t, " of ");
    add_entity(&t, p->x->names, f->entity);
    add_colored(p, BOLD, bytes);
    text_addf(p->out, "  (finding %s)\n%*s", f->id, (int)MARGIN, "");
    add_paragraph(p, f->text, strlen(f->text), MARGIN);
    add_times(p, x, bytes, sizeof(bytes));
    add_reading(p, f, bytes, sizeof(bytes));
    add_cause(p, f, bytes, sizeof(bytes));
    add_evidence(p, f);
    add_certainty(p, f, bytes, sizeof(bytes));
    if (x->remark || x->picture)
        text_add_char(p->out, '\n');
    if (x->remark) {
        text_addf(p->out, "%*s", (int)MARGIN, "");
        add_paragraph(p, x->remark, strlen(x->remark), MARGIN);
    }
    if (x->picture)
        text_add(p->out, x->picture);
}

static void add_head(const struct page *p)
{
    const struct incident *n = p->x->incident;
    const char *host = catalog_host_name(p->x->names, n->host);

    add_colored(p, n->severity == SEVERITY_CRITICAL ? RED : BOLD, "INCIDENT ");
    add_colored(p, n->severity == SEVERITY_CRITICAL ? RED : BOLD, n->id);
    text_addf(p->out, "  %s, %s, %s\n", severity_name(n->severity), incident_kind_name(n->kind),
        state_word(p->x->state));
    text_add_printable(p->out, host, strlen(host));
    text_add(p->out, ", ");
    add_moment(p->out, n->start_ns, false);
    text_add(p->out, " to ");
    if (n->start_ns / 86400000000000 == n->end_ns / 86400000000000)
        add_clock(p->out, n->end_ns);
    else
        add_moment(p->out, n->end_ns, false);
    text_add(p->out, " UTC (");
    text_add_span_short(p->out, n->end_ns - n->start_ns);
    text_add(p->out, "), risk ");
    phrase_share(p->out, n->risk);
    text_add(p->out, "\n\n");
    add_paragraph(p, n->narrative, strlen(n->narrative), 0);
}

static void add_advice(const struct page *p)
{
    static const char *const meanings[] = {
        [VETO_COMPUTE] =
            "Send it less work, or let it turn work away early, until what holds it back is gone: a "
            "queue only hides the wait.",
        [VETO_RESOURCE] =
            "Let it take on memory more slowly (smaller batches, fewer requests at a time, smaller "
            "caches) or give it more, before it runs out.",
        [VETO_INTENT] =
            "Limit retries (a budget, a back-off, a circuit breaker): each is one more request for what "
            "fails already.",
    };
    const struct veto *v = &p->x->incident->veto;

    text_add_char(p->out, '\n');
    if (v->type == VETO_NONE) {
        text_add(p->out, "No advice: nothing that was seen last calls for any.\n");
        return;
    }
    add_colored(p, BOLD, "Advice: ");
    add_colored(p, BOLD, veto_action_name(v->type));
    text_add(p->out, ", until ");
    add_moment(p->out, v->expires_ns, false);
    text_add(p->out, " UTC unless renewed, confidence ");
    phrase_share(p->out, v->confidence);
    text_add_char(p->out, '\n');
    text_addf(p->out, "%*s", (int)MARGIN, "");
    add_paragraph(p, meanings[v->type], strlen(meanings[v->type]), MARGIN);
    if (v->reason[0]) {
        char bytes[FINDING_TEXT_MAX + 16];
        struct text t;
        text_init(&t, bytes, sizeof(bytes));
        text_addf(&t, "Because %s", v->reason);
        text_addf(p->out, "%*s", (int)MARGIN, "");
        add_paragraph(p, bytes, t.length, MARGIN);
    }
    text_addf(p->out, "%*s", (int)MARGIN, "");
    text_add(p->out, "It is advice: nothing was stopped, slowed or restarted.\n");
}

static bool is_dated(const struct explanation *x)
{
    int64_t first = 0;

    for (uint32_t i = 0; i < x->count; i++) {
        const int64_t day = x->findings[i].finding->onset_ns / 86400000000000;
        if (i > 0 && day != first)
            return true;
        first = day;
    }
    return false;
}

void explanation_write(const struct explanation *x, const struct explanation_style *style, struct text *out)
{
    const struct page p = {.x = x,
        .columns = style->columns < EXPLANATION_COLUMNS_MIN   ? EXPLANATION_COLUMNS_MIN
                   : style->columns > EXPLANATION_COLUMNS_MAX ? EXPLANATION_COLUMNS_MAX
                                                              : style->columns,
        .color = style->color,
        .dated = is_dated(x),
        .out = out};

    if (x->incident) {
        add_head(&p);
        text_add_char(out, '\n');
        add_table(&p);
        text_add_char(out, '\n');
    }
    for (uint32_t i = 0; i < x->count; i++) {
        if (i > 0)
            text_add_char(out, '\n');
        add_finding(&p, i);
    }
    if (x->incident)
        add_advice(&p);
}
