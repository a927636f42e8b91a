/* SPDX-License-Identifier: MIT
 * What an engine said about a bounded input, turned into the report for people that ends `simulate` and
 * `replay`: how much was read, how many anomalies, then each incident as it was last told, and until when it
 * lasted. It judges nothing; the narrative is correlation's. Memory is taken once. */
#include "output/report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "output/wrap.h"

#define NS_PER_DAY INT64_C(86400000000000)

/* Columns of the report where no terminal says how many: fits a mail and a ticket. */
#define WRAP_COLUMNS 100

/* Bytes that hold one incident's part: the texts at their longest, every byte as \xNN, wrapped. */
#define PART_MAX (64u * 1024u)

struct entry {
    char host[CATALOG_NAME_MAX + 1];
    struct incident incident;
};

struct report {
    struct summary counted; /* by the events themselves: for an input that was cut short */
    struct summary said;
    bool has_said;
    uint32_t kept;
    uint64_t dropped; /* incidents beyond REPORT_INCIDENTS_MAX */
    int64_t first_day, last_day;
    struct entry *entries;
};

typedef int (*write_function)(void *context, const char *bytes, size_t n);

struct report *report_new(void)
{
    struct report *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    /* Zeroed pages that are not touched cost nothing: the room is taken as incidents come. */
    r->entries = calloc(REPORT_INCIDENTS_MAX, sizeof(*r->entries));
    if (r->entries == NULL) {
        free(r);
        return NULL;
    }
    return r;
}

void report_free(struct report *r)
{
    if (r == NULL)
        return;
    free(r->entries);
    free(r);
}

static int64_t day_of(int64_t t_ns)
{
    return t_ns / NS_PER_DAY - (t_ns % NS_PER_DAY < 0);
}

/* Searched from the end: what changes is nearly always recent. */
static struct entry *find_entry(struct report *r, const char *id)
{
    for (uint32_t i = r->kept; i > 0; i--)
        if (strcmp(r->entries[i - 1].incident.id, id) == 0)
            return &r->entries[i - 1];
    return NULL;
}

static void take_incident(struct report *r, const struct catalog *c, const struct incident *n)
{
    struct entry *entry = find_entry(r, n->id);
    if (entry == NULL) {
        bool full = r->kept == REPORT_INCIDENTS_MAX;
        if (full && n->change != CHANGE_OPEN)
            return; /* one that was counted when it opened */
        r->counted.incidents++;
        if (full) {
            r->dropped++;
            return;
        }
        entry = &r->entries[r->kept++];
        const char *host = catalog_host_name(c, n->host);
        size_t length = strnlen(host, CATALOG_NAME_MAX);
        memcpy(entry->host, host, length);
        entry->host[length] = '\0';
    }
    entry->incident = *n;
    int64_t first = day_of(n->start_ns), last = day_of(n->end_ns);
    bool only = r->kept == 1;
    r->first_day = only || first < r->first_day ? first : r->first_day;
    r->last_day = only || last > r->last_day ? last : r->last_day;
}

void report_event(struct report *r, const struct catalog *c, const struct event *e)
{
    switch (e->type) {
    case EVENT_TICK:
        break;
    case EVENT_ANOMALY:
        r->counted.anomalies++;
        break;
    case EVENT_FINDING:
        r->counted.findings += e->finding->change == CHANGE_OPEN;
        break;
    case EVENT_INCIDENT:
        take_incident(r, c, e->incident);
        break;
    case EVENT_SUMMARY:
        r->said = *e->summary;
        r->has_said = true;
        break;
    }
}

void report_open_at_end(struct report *r, const struct view *v)
{
    for (uint32_t i = 0; i < view_incident_count(v); i++) {
        const struct incident *now = view_incident(v, i);
        struct entry *entry = find_entry(r, now->id);
        if (!entry)
            continue;
        const int64_t last = day_of(now->end_ns);
        entry->incident.end_ns = now->end_ns;
        if (now->veto.type != VETO_NONE)
            entry->incident.veto = now->veto;
        r->last_day = last > r->last_day ? last : r->last_day;
    }
}

static void add_count(struct text *t, uint64_t n, const char *one, const char *many)
{
    text_add_uint(t, n);
    text_add_char(t, ' ');
    text_add(t, n == 1 ? one : many);
}

/* "label: text", further lines under the first one's text. */
static void add_wrapped(struct text *t, size_t columns, const char *label, const struct text *harmless)
{
    size_t indent = strlen(label);
    struct wrap w = {.columns = columns, .indent = indent, .at = indent};

    text_add(t, label);
    wrap_add(t, &w, harmless->data, harmless->length);
    text_add_char(t, '\n');
}

static void add_narrative(struct text *t, size_t columns, const struct incident *n)
{
    char buffer[4 * INCIDENT_TEXT_MAX + 1];
    struct text safe;

    text_init(&safe, buffer, sizeof(buffer));
    wrap_add_narrative(&safe, n, true);
    add_wrapped(t, columns, "Narrative: ", &safe);
}

static void add_moment(struct text *t, int64_t t_ns, bool with_date)
{
    char s[TIMESTAMP_TEXT_MAX];
    text_add_bytes(t, s, (with_date ? timestamp_format_plain : timestamp_format_clock)(t_ns, s));
}

static void add_date_line(struct text *t, const struct report *r)
{
    char s[TIMESTAMP_TEXT_MAX];
    if (r->first_day != r->last_day) {
        text_add(t, "Times are UTC.\n");
        return;
    }
    timestamp_format_plain(r->first_day * NS_PER_DAY, s);
    text_add(t, "Times are UTC on ");
    text_add_bytes(t, s, TIMESTAMP_DATE_BYTES);
    text_add(t, ".\n");
}

static void add_laws(struct text *t, uint32_t laws)
{
    text_add(t, "Laws: ");
    for (unsigned i = 0, shown = 0; i < LAW_COUNT; i++) {
        if (!(laws & (1u << i)))
            continue;
        text_add(t, shown++ > 0 ? ", " : "");
        text_add(t, law_name((enum law_id)i));
    }
    text_add_char(t, '\n');
}

static void add_advice(struct text *t, size_t columns, const struct veto *v, bool with_date)
{
    char buffer[4 * VETO_REASON_MAX + 1];
    struct text safe;

    if (v->type == VETO_NONE)
        return;
    text_addf(t, "Advice: %s, confidence %.2f, expires ", veto_action_name(v->type), v->confidence);
    add_moment(t, v->expires_ns, with_date);
    text_add_char(t, '\n');
    text_init(&safe, buffer, sizeof(buffer));
    text_add_printable(&safe, v->reason, strnlen(v->reason, VETO_REASON_MAX));
    if (safe.length > 0)
        add_wrapped(t, columns, "Reason: ", &safe);
}

static void add_incident(
    struct text *t, size_t columns, const struct entry *entry, uint32_t number, bool with_date)
{
    const struct incident *n = &entry->incident;
    text_addf(t, "--- INCIDENT #%u ---\nHost: ", (unsigned)number);
    text_add_printable(t, entry->host, strlen(entry->host));
    text_addf(t, "\nRisk Score: %.2f\nDuration: ", n->risk);
    add_moment(t, n->start_ns, with_date);
    text_add(t, " - ");
    add_moment(t, n->end_ns, with_date);
    text_add_char(t, '\n');
    add_narrative(t, columns, n);
    text_addf(t, "Kind: %s, %s%s\n", incident_kind_name(n->kind), severity_name(n->severity),
        n->change == CHANGE_CLOSE ? "" : ", still open at the end");
    add_laws(t, n->laws);
    add_advice(t, columns, &n->veto, with_date);
    text_addf(t, "Id: %s\n", n->id);
}

/* What was promised and what came, once there is a day to tell from. Whether an alarm was false only people
 * know: this counts them all. */
static void add_budget(struct text *t, const struct summary *s)
{
    if (!(s->judged_days >= 1))
        return;
    text_add(t, "False alarms promised: one in ");
    text_add_human(t, 1 / s->promised_per_day, 3);
    text_add(t, " days per host. Shocks, true ones included: ");
    if (s->shocks == 0) {
        text_add(t, "none in ");
        text_add_human(t, s->judged_days, 3);
    } else {
        text_add_uint(t, s->shocks);
        text_add(t, ", one in ");
        text_add_human(t, s->judged_days / (double)s->shocks, 3);
    }
    text_add(t, " host-days.\n");
}

static void add_counts(struct text *t, const struct summary *s, bool cut_short)
{
    text_add(t, "[Running Advanced Detection...]\n");
    if (!cut_short) {
        text_add(t, "Read ");
        add_count(t, s->samples, "sample", "samples");
        text_add(t, " of ");
        text_add_uint(t, s->series);
        text_add(t, " series.\n");
    }
    text_add(t, "Detected ");
    add_count(t, s->anomalies, "anomaly.\n", "anomalies.\n");
    text_add(t, "Opened ");
    add_count(t, s->findings, "finding.\n", "findings.\n");
    const struct {
        uint64_t count;
        const char *one, *many;
    } notes[] = {
        {s->late, "sample came late and was not judged.\n", "samples came late and were not judged.\n"},
        {s->not_finite, "sample was empty or no finite number, and was taken as missing.\n",
            "samples were empty or no finite numbers, and were taken as missing.\n"},
        {s->refused, "series or entity was refused: beyond the configured limits.\n",
            "series and entities were refused: beyond the configured limits.\n"},
    };
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
        if (notes[i].count > 0)
            add_count(t, notes[i].count, notes[i].one, notes[i].many);
    add_budget(t, s);
    text_add(t, "\n[Running Correlation Engine...]\n");
}

int report_print(const struct report *r, size_t columns, write_function write, void *context)
{
    if (columns == 0)
        columns = WRAP_COLUMNS;
    char *buffer = malloc(PART_MAX);
    if (buffer == NULL)
        return -ENOMEM;
    struct text t;
    text_init(&t, buffer, PART_MAX);
    add_counts(&t, r->has_said ? &r->said : &r->counted, !r->has_said);
    if (r->kept == 0)
        text_add(&t, "No incidents: nothing in this data was unstable enough to report.\n");
    else
        add_date_line(&t, r);
    int result = write(context, t.data, t.length);
    for (uint32_t i = 0; i < r->kept && result == 0; i++) {
        text_clear(&t);
        if (i > 0)
            text_add_char(&t, '\n');
        add_incident(&t, columns, &r->entries[i], i + 1, r->first_day != r->last_day);
        result = write(context, t.data, t.length);
    }
    if (r->dropped > 0 && result == 0) {
        text_clear(&t);
        text_addf(&t,
            "\nAnd %llu more, which this report does not keep (at most %u); --json prints every one.\n",
            (unsigned long long)r->dropped, REPORT_INCIDENTS_MAX);
        result = write(context, t.data, t.length);
    }
    free(buffer);
    return result;
}
