/* SPDX-License-Identifier: MIT
 * Turns a record into the JSON that Alertmanager, a CloudEvents receiver or a receiver of Alertmanager's
 * webhooks reads. Labels are what an alert is known by, so they hold nothing that changes: numbers and texts
 * are annotations. */
#include "output/alert/alert_body.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/option.h"
#include "base/shown.h"
#include "output/event_json.h"

#define ALERT_NAME     "CoherenceIncident"
#define LINK_MAX       (OPTION_TEXT_MAX + 64)
#define LABEL_NAME_MAX 128

static const char *const own_labels[] = {"alertname", "host", "incident", "severity"};

static bool is_label_name(const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return n > 0 && n < LABEL_NAME_MAX;
}

int alert_labels_check(const char *key, const char *labels, struct error *e)
{
    struct shown s;
    const char *word;
    size_t n;

    while ((word = option_list_next(&labels, &n)) != NULL) {
        const char *equals = memchr(word, '=', n);
        const size_t name_n = equals ? (size_t)(equals - word) : 0;
        if (!equals || !is_label_name(word, name_n) || name_n + 1 == n)
            return error_set(e, -EINVAL, "%s: %s is no label; expected one such as team=storage", key,
                shown_value(&s, word, n));
        for (size_t i = 0; i < sizeof(own_labels) / sizeof(own_labels[0]); i++)
            if (strlen(own_labels[i]) == name_n && memcmp(own_labels[i], word, name_n) == 0)
                return error_set(
                    e, -EINVAL, "%s: '%s' is a label that every alert has already", key, own_labels[i]);
    }
    return 0;
}

static void put_time(struct json *j, const char *key, int64_t t_ns)
{
    char at[TIMESTAMP_TEXT_MAX];

    timestamp_format(t_ns, at);
    json_put_string(j, key, at);
}

/* What makes an alert that alert. */
static void put_labels(
    struct json *j, const struct alert *a, enum severity severity, const struct alert_style *s)
{
    const char *labels = s->labels, *word;
    char name[LABEL_NAME_MAX];
    size_t n;

    json_begin_object(j, "labels");
    json_put_string(j, "alertname", ALERT_NAME);
    json_put_string(j, "host", a->host);
    json_put_string(j, "incident", a->id);
    json_put_string(j, "severity", severity_name(severity));
    while ((word = option_list_next(&labels, &n)) != NULL) {
        const char *equals = memchr(word, '=', n);
        const size_t name_n = equals ? (size_t)(equals - word) : n;
        if (!equals || name_n >= sizeof(name))
            continue; /* was refused before */
        memcpy(name, word, name_n);
        name[name_n] = '\0';
        json_put_string_n(j, name, equals + 1, n - name_n - 1);
    }
    json_end_object(j);
}

static void add_laws(const struct alert *a, struct text *t)
{
    for (unsigned i = 0; i < LAW_COUNT; i++)
        if (a->laws & (1U << i)) {
            text_add(t, t->length ? " " : "");
            text_add(t, law_name((enum law_id)i));
        }
}

/* "SHED_LOAD: reason (confidence 0.87, until 2026-11-22T10:00:00Z)": an advice, which expires. */
static void add_advice(const struct alert *a, struct text *t)
{
    char at[TIMESTAMP_TEXT_MAX];

    timestamp_format(a->veto.expires_ns, at);
    text_addf(t, "%s: %s (confidence ", veto_action_name(a->veto.type), a->veto.reason);
    text_add_human(t, a->veto.confidence, 2);
    text_addf(t, ", until %s)", at);
}

static void put_annotations(struct json *j, const struct alert *a)
{
    char line[512];
    struct text t;

    json_begin_object(j, "annotations");
    json_put_string_n(j, "summary", a->narrative, a->head_n);
    json_put_string(j, "description", a->narrative);
    json_put_string(j, "kind", incident_kind_name(a->kind));
    text_init(&t, line, sizeof(line));
    add_laws(a, &t);
    json_put_string(j, "laws", line);
    text_clear(&t);
    text_add_human(&t, a->risk, 2);
    json_put_string(j, "risk", line);
    if (a->veto.type != VETO_NONE) {
        text_clear(&t);
        add_advice(a, &t);
        json_put_string(j, "advice", line);
    }
    if (a->severity_reason[0])
        json_put_string(j, "severity_reason", a->severity_reason);
    if (a->merged_into[0])
        json_put_string(j, "merged_into", a->merged_into);
    json_end_object(j);
}

static void write_link(const struct alert *a, const struct alert_style *s, char out[LINK_MAX])
{
    struct text t;
    size_t n = strlen(s->link);

    while (n > 0 && s->link[n - 1] == '/')
        n--;
    text_init(&t, out, LINK_MAX);
    text_add_bytes(&t, s->link, n);
    text_addf(&t, "/api/v1/incidents/%s", a->id);
}

/* An alert's end is never before its beginning: both are rounded to seconds. */
static int64_t end_of(const struct alert *a)
{
    return a->end_ns > a->start_ns ? a->end_ns : a->start_ns;
}

static void put_alert(struct json *j, const struct alert *a, enum severity severity,
    const struct alert_style *s, int64_t end_ns)
{
    char link[LINK_MAX];

    json_begin_object(j, NULL);
    put_labels(j, a, severity, s);
    put_annotations(j, a);
    put_time(j, "startsAt", a->start_ns);
    put_time(j, "endsAt", end_ns);
    if (s->link[0]) {
        write_link(a, s, link);
        json_put_string(j, "generatorURL", link);
    }
    json_end_object(j);
}

void alert_body_alertmanager(
    struct json *j, const struct alert_record *r, const struct alert_style *s, int64_t until_ns)
{
    put_alert(j, &r->alert, r->alert.severity, s, r->closed ? end_of(&r->alert) : until_ns);
    for (int severity = SEVERITY_WARNING; severity <= SEVERITY_CRITICAL; severity++)
        if (r->was_severity & (1U << severity))
            put_alert(j, &r->alert, (enum severity)severity, s, end_of(&r->alert));
}

static const char *word_name(enum alert_word word)
{
    static const char *const names[] = {
        [ALERT_OPENED] = "opened", [ALERT_CHANGED] = "changed", [ALERT_CLOSED] = "closed"};

    return names[word];
}

void alert_body_id(const struct alert_record *r, enum alert_word word, struct text *out)
{
    text_addf(out, "%s-%s", r->alert.id, word_name(word));
    if (word == ALERT_CHANGED)
        text_addf(out, "-%u", (unsigned)r->version);
}

static void put_data(
    struct json *j, const struct alert_record *r, enum alert_word word, const struct alert_style *s)
{
    const struct alert *a = &r->alert;
    char link[LINK_MAX];

    json_begin_object(j, "data");
    json_put_string(j, "incident", a->id);
    json_put_string(j, "state", word_name(word));
    json_put_string(j, "host", a->host);
    json_put_string(j, "kind", incident_kind_name(a->kind));
    json_put_string(j, "severity", severity_name(a->severity));
    json_put_time(j, "start", a->start_ns);
    json_put_time(j, "end", a->end_ns);
    json_put_number(j, "risk", a->risk);
    event_json_put_laws(j, a->laws);
    json_put_string(j, "narrative", a->narrative);
    event_json_put_veto(j, &a->veto);
    if (a->merged_into[0])
        json_put_string(j, "merged_into", a->merged_into);
    if (s->link[0]) {
        write_link(a, s, link);
        json_put_string(j, "link", link);
    }
    json_end_object(j);
}

/* "/coherence/HOST": a URI reference, so what is not unreserved in it is escaped. Source: RFC 3986, 2.3. */
static void add_source(struct text *t, const char *host)
{
    static const char hex[] = "0123456789ABCDEF";

    text_add(t, "/coherence/");
    for (const unsigned char *p = (const unsigned char *)host; *p; p++) {
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
            strchr("-._~", *p))
            text_add_char(t, (char)*p);
        else
            text_addf(t, "%%%c%c", hex[*p >> 4], hex[*p & 15]);
    }
}

void alert_body_cloudevent(
    struct text *out, const struct alert_record *r, enum alert_word word, const struct alert_style *s)
{
    char line[3 * sizeof(r->alert.host) + 32];
    struct json j;
    struct text t;

    json_init(&j, out);
    json_begin_object(&j, NULL);
    json_put_string(&j, "specversion", "1.0");
    text_init(&t, line, sizeof(line));
    alert_body_id(r, word, &t);
    json_put_string(&j, "id", line);
    text_clear(&t);
    add_source(&t, r->alert.host);
    json_put_string(&j, "source", line);
    text_clear(&t);
    text_addf(&t, "io.coherence.incident.%s.v1", word_name(word));
    json_put_string(&j, "type", line);
    json_put_string(&j, "subject", r->alert.id);
    put_time(&j, "time", r->alert.t_ns);
    json_put_string(&j, "datacontenttype", "application/json");
    put_data(&j, r, word, s);
    json_end_object(&j);
}

void alert_body_webhook(
    struct text *out, const struct alert_record *r, enum alert_word word, const struct alert_style *s)
{
    const struct alert *a = &r->alert;
    const char *status = word == ALERT_CLOSED ? "resolved" : "firing";
    char key[HASH_ID_TEXT_MAX + 16];
    struct json j;
    struct text t;

    json_init(&j, out);
    json_begin_object(&j, NULL);
    json_put_string(&j, "version", "4");
    text_init(&t, key, sizeof(key));
    text_addf(&t, "coherence:%s", a->id);
    json_put_string(&j, "groupKey", key);
    json_put_uint(&j, "truncatedAlerts", 0);
    json_put_string(&j, "status", status);
    json_put_string(&j, "receiver", "coherence");
    json_put_string(&j, "externalURL", s->link);
    json_begin_object(&j, "groupLabels");
    json_put_string(&j, "incident", a->id);
    json_end_object(&j);
    json_begin_object(&j, "commonLabels");
    json_put_string(&j, "alertname", ALERT_NAME);
    json_put_string(&j, "host", a->host);
    json_end_object(&j);
    json_begin_object(&j, "commonAnnotations");
    json_end_object(&j);
    json_begin_array(&j, "alerts");
    json_begin_object(&j, NULL);
    json_put_string(&j, "status", status);
    put_labels(&j, a, a->severity, s);
    put_annotations(&j, a);
    put_time(&j, "startsAt", a->start_ns);
    if (word == ALERT_CLOSED)
        put_time(&j, "endsAt", end_of(a));
    else
        json_put_string(&j, "endsAt", "0001-01-01T00:00:00Z"); /* Go's zero time: not over */
    json_put_string(&j, "generatorURL", s->link);
    json_put_string(&j, "fingerprint", a->id);
    json_end_object(&j);
    json_end_array(&j);
    json_end_object(&j);
}
