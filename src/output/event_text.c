/* SPDX-License-Identifier: MIT
 * An event turned into one line for people: when, where, what, in which state, and then the sentence. The
 * columns stay where they are, so that grep, awk and tired eyes find them; colour only repeats a word. Which
 * events are shown is the caller's matter. */
#include "output/event_text.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "output/wrap.h"

#define NS_PER_S   INT64_C(1000000000)
#define NS_PER_DAY (86400 * NS_PER_S)

/* Widths of the columns; a longer word pushes the rest of its line. 12 holds "host-001" and most short names,
 * 13 the longest law. */
#define HOST_WIDTH  12
#define WHAT_WIDTH  13
#define STATE_WIDTH 8

/* Significant digits for people. */
#define DIGITS 3

enum tone { TONE_PLAIN, TONE_GOOD, TONE_WARNING, TONE_BAD };

/* ECMA-48 SGR. */
static const char *const tone_on[] = {"", "\033[32m", "\033[33m", "\033[1;31m"};
#define TONE_OFF "\033[0m"

static void add_printable(struct text *out, const char *s)
{
    text_add_printable(out, s, strlen(s));
}

static void pad_to(struct text *out, size_t start, size_t width)
{
    while (out->length - start < width && !out->truncated)
        text_add_char(out, ' ');
    text_add(out, "  ");
}

static void add_state(struct text *out, const char *word, enum tone tone, bool color)
{
    bool colored = color && tone != TONE_PLAIN;
    if (colored)
        text_add(out, tone_on[tone]);
    size_t start = out->length;
    text_add(out, word);
    size_t width = out->length - start;
    if (colored)
        text_add(out, TONE_OFF);
    for (; width < STATE_WIDTH; width++)
        text_add_char(out, ' ');
    text_add(out, "  ");
}

static void add_clock(struct text *out, int64_t t_ns)
{
    char clock[TIMESTAMP_TEXT_MAX];
    text_add_bytes(out, clock, timestamp_format_clock(t_ns, clock));
}

/* The first columns. what is printed in capitals, which sets it apart from the states. */
static void add_head(struct text *out, int64_t t_ns, const char *host, const char *what)
{
    add_clock(out, t_ns);
    text_add(out, "  ");
    size_t start = out->length;
    add_printable(out, host);
    pad_to(out, start, HOST_WIDTH);
    start = out->length;
    for (const char *p = what; *p != '\0'; p++)
        text_add_char(out, (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p));
    pad_to(out, start, WHAT_WIDTH);
}

/* Bytes per second are said in MB/s: nobody reads nine digits at night. */
static void add_quantity(struct text *out, double value, const char *unit)
{
    bool bytes = unit != NULL && strcmp(unit, "By/s") == 0;
    text_add_human(out, bytes ? value / 1e6 : value, DIGITS);
    if (unit == NULL || strcmp(unit, "1") == 0 || isnan(value))
        return;
    text_add_char(out, ' ');
    text_add(out, bytes ? "MB/s" : unit);
}

static void add_entity(struct text *out, const struct entity *e)
{
    text_add(out, entity_kind_name(e->kind));
    text_add_char(out, ':');
    add_printable(out, e->name);
}

static void add_advice(struct text *out, const struct veto *v)
{
    text_add(out, veto_action_name(v->type));
    text_add(out, " until ");
    add_clock(out, v->expires_ns);
}

static void add_tick_law(struct text *out, enum law_id law, const struct law_reading *r)
{
    text_add(out, law_name(law));
    text_add_char(out, ' ');
    text_add(out, r->state == LAW_ACTIVE ? "ACTIVE" : law_state_name(r->state));
    if (!isnan(r->value)) {
        text_add_char(out, ' ');
        add_quantity(out, r->value, r->unit);
        if (!isnan(r->expected)) {
            text_add(out, " (usual ");
            add_quantity(out, r->expected, r->unit);
            text_add_char(out, ')');
        }
    }
}

static enum tone host_tone(enum host_state state)
{
    switch (state) {
    case HOST_STABLE:
        return TONE_GOOD;
    case HOST_UNSTABLE:
    case HOST_ERROR:
        return TONE_BAD;
    case HOST_STALE:
        return TONE_WARNING;
    default:
        return TONE_PLAIN;
    }
}

static void write_tick(struct text *out, const struct catalog *c, const struct host_tick *t, bool color)
{
    add_head(out, t->t_ns, catalog_host_name(c, t->host), "tick");
    add_state(out, host_state_name(t->state), host_tone(t->state), color);
    for (unsigned i = 0; i < LAW_MAIN_COUNT; i++) {
        if (i > 0)
            text_add(out, " | ");
        add_tick_law(out, (enum law_id)i, &t->laws[i]);
    }
    if (t->veto.type != VETO_NONE) {
        text_add(out, " | advice ");
        add_advice(out, &t->veto);
    }
    if (t->incident != NULL) {
        text_add(out, " | incident ");
        text_add(out, t->incident->id);
    }
}

static void write_anomaly(struct text *out, const struct catalog *c, const struct anomaly *a, bool color)
{
    const struct entity *e = catalog_entity_get(c, a->entity);
    add_head(out, a->t_ns, catalog_host_name(c, a->entity), "anomaly");
    add_state(out, anomaly_kind_name(a->kind), TONE_WARNING, color);
    if (e->kind != ENTITY_HOST) {
        add_entity(out, e);
        text_add(out, ": ");
    }
    add_printable(out, a->metric);
    text_add(out, " score ");
    text_add_human(out, a->score, DIGITS);
}

static void write_finding(struct text *out, const struct catalog *c, const struct finding *f, bool color)
{
    const struct entity *e = catalog_entity_get(c, f->entity);
    bool closed = f->change == CHANGE_CLOSE;
    add_head(out, f->t_ns, catalog_host_name(c, f->entity), law_name(f->law));
    add_state(out, change_name(f->change), closed ? TONE_GOOD : TONE_BAD, color);
    if (e->kind != ENTITY_HOST) {
        add_entity(out, e);
        text_add(out, ": ");
    }
    add_printable(out, f->text);
    text_add(out, " [since ");
    add_clock(out, f->onset_ns);
    text_add(out, ", ");
    text_add_span_short(out, f->t_ns - f->onset_ns);
    text_add(out, "; cause ");
    text_add(out, f->cause);
    text_add(out, "; confidence ");
    text_add(out, confidence_name(f->confidence));
    text_add(out, f->calibrated ? "; id " : ", not calibrated yet; id ");
    text_add(out, f->id);
    text_add_char(out, ']');
}

static void write_incident(
    struct text *out, const struct catalog *c, const struct incident *n, bool color, bool lines)
{
    bool closed = n->change == CHANGE_CLOSE;
    add_head(out, n->t_ns, catalog_host_name(c, n->host), "incident");
    enum tone open_tone = n->severity == SEVERITY_CRITICAL ? TONE_BAD : TONE_WARNING;
    add_state(out, change_name(n->change), closed ? TONE_GOOD : open_tone, color);
    text_add(out, severity_name(n->severity));
    text_add_char(out, ' ');
    text_add(out, incident_kind_name(n->kind));
    text_addf(out, ", risk %.2f:%c", n->risk, lines ? '\n' : ' ');
    wrap_add_narrative(out, n, lines);
    text_add(out, lines ? "\n[since " : " [since ");
    add_clock(out, n->start_ns);
    text_add(out, ", ");
    text_add_span_short(out, n->end_ns - n->start_ns);
    if (!closed && n->veto.type != VETO_NONE) {
        text_add(out, "; advice ");
        add_advice(out, &n->veto);
    }
    text_add(out, "; id ");
    text_add(out, n->id);
    text_add_char(out, ']');
}

static void write_summary(struct text *out, const struct summary *s)
{
    const struct {
        const char *name;
        uint64_t count;
        bool always;
    } parts[] = {
        {" samples", s->samples, true},
        {" series", s->series, true},
        {" anomalies", s->anomalies, true},
        {" findings", s->findings, true},
        {" incidents", s->incidents, true},
        {" late", s->late, false},
        {" not finite", s->not_finite, false},
        {" refused", s->refused, false},
    };
    text_add(out, "summary: ");
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!parts[i].always && parts[i].count == 0)
            continue;
        if (i > 0)
            text_add(out, ", ");
        text_add_uint(out, parts[i].count);
        text_add(out, parts[i].name);
    }
}

static int64_t event_day(const struct event *e)
{
    int64_t t_ns;
    switch (e->type) {
    case EVENT_TICK:
        t_ns = e->tick->t_ns;
        break;
    case EVENT_ANOMALY:
        t_ns = e->anomaly->t_ns;
        break;
    case EVENT_FINDING:
        t_ns = e->finding->t_ns;
        break;
    case EVENT_INCIDENT:
        t_ns = e->incident->t_ns;
        break;
    default:
        return EVENT_TEXT_DAY_NONE;
    }
    return t_ns / NS_PER_DAY - (t_ns % NS_PER_DAY < 0);
}

void event_text_day(struct text *out, int64_t *day, const struct event *e)
{
    int64_t now = event_day(e);
    if (now == EVENT_TEXT_DAY_NONE || now == *day)
        return;
    *day = now;
    char date[TIMESTAMP_TEXT_MAX];
    timestamp_format_plain(now * NS_PER_DAY, date);
    text_add(out, "-- ");
    text_add_bytes(out, date, TIMESTAMP_DATE_BYTES);
    text_add(out, " (times are UTC) --\n");
}

void event_text_write(
    struct text *out, const struct catalog *c, const struct event *e, bool color, bool lines)
{
    switch (e->type) {
    case EVENT_TICK:
        write_tick(out, c, e->tick, color);
        break;
    case EVENT_ANOMALY:
        write_anomaly(out, c, e->anomaly, color);
        break;
    case EVENT_FINDING:
        write_finding(out, c, e->finding, color);
        break;
    case EVENT_INCIDENT:
        write_incident(out, c, e->incident, color, lines);
        break;
    case EVENT_SUMMARY:
        write_summary(out, e->summary);
        break;
    }
    text_add_char(out, '\n');
}
