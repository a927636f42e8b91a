/* SPDX-License-Identifier: MIT
 * Open incidents as an engineer reads them: how bad, what kind, since when, the story; and on a page of their
 * own what each verdict rests on. */
#include "output/tui/panel.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "output/tui/cells.h"
#include "output/tui/phrase.h"

#define INDENT 2
/* Bytes of a narrative made harmless, every byte as \xNN at the worst. */
#define HARMLESS_MAX (INCIDENT_TEXT_MAX * 4 + 1)
#define DIGITS       3
/* Evidence that was seen longer ago is over for the reader: a few ticks. */
#define QUIET_NS INT64_C(5000000000)

static void add_laws(struct text *t, uint32_t laws)
{
    const char *between = "";
    for (unsigned law = 0; law < LAW_COUNT; law++)
        if (laws & 1U << law) {
            text_add(t, between);
            text_add(t, law_name((enum law_id)law));
            between = ", ";
        }
}

static void add_clock(struct text *t, int64_t t_ns)
{
    char clock[TIMESTAMP_TEXT_MAX];
    text_add_bytes(t, clock, timestamp_format_clock(t_ns, clock));
}

/* over: it is no longer open, and now_ns its end. What has been quiet for long is kept open in case it comes
 * back. */
static void add_times(struct text *t, const struct incident *i, int64_t now_ns, bool over)
{
    bool quiet = !over && now_ns - i->end_ns >= QUIET_NS;

    text_add(t, over || quiet ? "  " : "  since ");
    add_clock(t, i->start_ns);
    if (quiet) {
        text_add(t, ", quiet since ");
        add_clock(t, i->end_ns);
        return;
    }
    if (over) {
        text_add(t, " to ");
        add_clock(t, now_ns);
    }
    text_add(t, " (");
    text_add_span_short(t, now_ns - i->start_ns);
    text_add_char(t, ')');
}

/* What stands before a head: nothing, where none can be chosen. */
enum mark { MARK_NONE, MARK_OTHER, MARK_CHOSEN };

/* over: as above. */
static void put_head(struct area *a, const struct incident *i, int64_t now_ns, bool over, enum mark mark)
{
    struct line l = area_line(a);
    char buffer[256];
    struct text t;

    if (mark != MARK_NONE)
        line_put(&l, STYLE_STRONG, mark == MARK_CHOSEN ? ">" : " ");
    line_put(&l,
        over                               ? STYLE_PLAIN
        : i->severity == SEVERITY_CRITICAL ? STYLE_BAD
                                           : STYLE_WARNING,
        i->severity == SEVERITY_CRITICAL ? "CRITICAL" : "WARNING");
    line_put(&l, STYLE_PLAIN, " ");
    line_put(&l, STYLE_STRONG, incident_kind_name(i->kind));
    text_init(&t, buffer, sizeof(buffer));
    text_add(&t, "  risk ");
    phrase_share(&t, i->risk);
    add_times(&t, i, now_ns, over);
    text_add(&t, "  ");
    add_laws(&t, i->laws);
    line_put(&l, STYLE_PLAIN, t.data);
}

static void put_bytes(struct area *a, enum style style, const char *text, size_t n, int indent)
{
    char harmless[HARMLESS_MAX];
    struct text t;

    text_init(&t, harmless, sizeof(harmless));
    cells_add(&t, text, n, a->screen->utf8);
    area_wrap(a, style, t.data, t.length, indent);
}

static void put_text(struct area *a, enum style style, const char *text, int indent)
{
    put_bytes(a, style, text, strlen(text), indent);
}

/* Each line of the story begins on a line of its own. */
static void put_story(struct area *a, const struct incident *i)
{
    size_t length = strlen(i->narrative), from = 0;

    for (uint32_t k = 1; k < i->line_count && i->lines[k].at < length; k++) {
        put_bytes(a, STYLE_PLAIN, i->narrative + from, i->lines[k].at - 1 - from, INDENT);
        from = i->lines[k].at;
    }
    put_text(a, STYLE_PLAIN, i->narrative + from, INDENT);
}

void panel_incidents(struct area *a, const struct board *b, const struct view *v)
{
    (void)b;
    for (uint32_t i = 0; i < view_incident_count(v); i++) {
        const struct incident *one = view_incident(v, i);
        put_head(a, one, view_now_ns(v), false, MARK_NONE);
        put_story(a, one);
    }
}

static void put_veto(struct area *a, const struct veto *veto, int64_t now_ns)
{
    char buffer[FINDING_TEXT_MAX + 160];
    struct text t;

    if (veto->type == VETO_NONE)
        return;
    text_init(&t, buffer, sizeof(buffer));
    text_add(&t, "advice ");
    text_add(&t, veto_action_name(veto->type));
    text_add(&t, " (");
    text_add(&t, veto_type_name(veto->type));
    text_add(&t, " veto, confidence ");
    phrase_share(&t, veto->confidence);
    text_add(&t, ", expires in ");
    text_add_span_short(&t, veto->expires_ns - now_ns);
    text_add(&t, "): ");
    text_add(&t, veto->reason);
    put_text(a, STYLE_STRONG, buffer, INDENT);
}

static void add_evidence(struct text *t, const struct finding *f)
{
    for (uint32_t i = 0; i < f->evidence_count && i < EVIDENCE_MAX; i++) {
        text_add(t, i ? ", " : "evidence: ");
        text_add(t, f->evidence[i].signal);
        text_add_char(t, ' ');
        text_add_human(t, f->evidence[i].value, DIGITS);
        if (isnan(f->evidence[i].expected))
            continue;
        text_add(t, " (expected ");
        text_add_human(t, f->evidence[i].expected, DIGITS);
        text_add_char(t, ')');
    }
}

static void add_carriers(struct text *t, const struct finding *f)
{
    for (uint32_t i = 0; i < f->carrier_count && i < CARRIERS_MAX; i++) {
        text_add(t, i ? ", " : "carried by: ");
        text_add(t, f->carriers[i].name);
        text_add(t, " (");
        text_add_human(t, floor(f->carriers[i].share * 100.0 + 0.5), DIGITS);
        text_add(t, " %)");
    }
}

static void add_exhaustion(struct text *t, const struct finding *f)
{
    if (isnan(f->exhaustion_lo_s))
        return;
    text_add(t, "; exhausted in ");
    phrase_ahead(t, f->exhaustion_lo_s);
    text_add(t, " to ");
    phrase_ahead(t, f->exhaustion_hi_s);
}

void panel_finding(struct area *a, const struct view *v, const struct finding *f)
{
    const struct entity *e = catalog_entity_get(view_catalog(v), f->entity);
    char buffer[CATALOG_NAME_MAX + 1024], clock[TIMESTAMP_TEXT_MAX];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    text_add(&t, "finding ");
    text_add(&t, f->id);
    text_add(&t, ": ");
    text_add(&t, law_name(f->law));
    text_add(&t, " of ");
    text_add(&t, entity_kind_name(e->kind));
    text_add_char(&t, ':');
    text_add(&t, e->name);
    put_text(a, STYLE_STRONG, buffer, INDENT);
    text_clear(&t);
    text_add(&t, "since ");
    text_add_bytes(&t, clock, timestamp_format_clock(f->onset_ns, clock));
    text_add(&t, "; cause ");
    text_add(&t, f->cause);
    text_add(&t, "; confidence ");
    text_add(&t, confidence_name(f->confidence));
    text_add(&t, f->calibrated ? "; false-alarm rate calibrated" : "; false-alarm rate not calibrated yet");
    add_exhaustion(&t, f);
    put_text(a, STYLE_PLAIN, buffer, 2 * INDENT);
    text_clear(&t);
    add_evidence(&t, f);
    put_text(a, STYLE_PLAIN, buffer, 2 * INDENT);
    text_clear(&t);
    add_carriers(&t, f);
    put_text(a, STYLE_PLAIN, buffer, 2 * INDENT);
}

static bool belongs(const struct finding *f, const struct incident *i)
{
    for (uint32_t k = 0; k < i->finding_count && k < INCIDENT_FINDINGS_MAX; k++)
        if (strcmp(i->findings[k], f->id) == 0)
            return true;
    return false;
}

/* The chosen one, or the first. */
static const struct incident *find_chosen(const struct board *b, const struct view *v)
{
    const struct incident *one;

    for (uint32_t i = 0; (one = past_listed(&b->past, v, i)); i++)
        if (strcmp(one->id, b->chosen) == 0)
            return one;
    return past_listed(&b->past, v, 0);
}

static void put_past(struct area *a, const struct past *p, const struct incident *chosen, int *ret_line)
{
    uint32_t n = past_count(p);
    struct line l = area_line(a);

    line_title(&l, n ? "over, the latest first" : "none is over since the start");
    for (uint32_t i = 0; i < n; i++) {
        int64_t end_ns;
        const struct incident *one = past_get(p, i, &end_ns);
        *ret_line = one == chosen ? a->count : *ret_line;
        put_head(a, one, end_ns, true, one == chosen ? MARK_CHOSEN : MARK_OTHER);
        put_story(a, one);
    }
}

int panel_incidents_full(struct area *a, const struct board *b, const struct view *v)
{
    uint32_t incidents = view_incident_count(v), findings = view_finding_count(v);
    const struct incident *chosen = find_chosen(b, v);
    struct line l = area_line(a);
    int at = 0;

    line_title(&l, incidents ? "open incidents" : "no open incident");
    for (uint32_t i = 0; i < incidents; i++) {
        const struct incident *one = view_incident(v, i);
        at = one == chosen ? a->count : at;
        put_head(a, one, view_now_ns(v), false, one == chosen ? MARK_CHOSEN : MARK_OTHER);
        put_story(a, one);
        put_veto(a, &one->veto, view_now_ns(v));
        /* Asking for the k-th finding costs a walk over all entities: no further than an incident can name.
         */
        for (uint32_t k = 0; k < findings && k < INCIDENT_FINDINGS_MAX; k++) {
            const struct finding *f = view_finding(v, k);
            if (f && belongs(f, one))
                panel_finding(a, v, f);
        }
        area_line(a);
    }
    put_past(a, &b->past, chosen, &at);
    return at;
}
