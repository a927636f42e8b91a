/* SPDX-License-Identifier: MIT
 * An event turned into one logfmt line: key=value pairs under the JSON members' names, what is absent left
 * out. For log pipelines that do not read JSON; the public format is event_json.c's, and this one follows it.
 */
#include "output/event_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "amplification_expected" and the like. */
#define KEY_MAX 64

static bool is_plain(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '=' || s[i] == '\\')
            return false;
    return n > 0;
}

static void add_key(struct text *out, const char *key)
{
    text_add_char(out, ' ');
    text_add(out, key);
    text_add_char(out, '=');
}

static void add_bytes(struct text *out, const char *key, const char *s, size_t n)
{
    add_key(out, key);
    if (is_plain(s, n))
        text_add_bytes(out, s, n);
    else
        text_add_json_string(out, s, n);
}

static void add_string(struct text *out, const char *key, const char *s)
{
    if (s != NULL)
        add_bytes(out, key, s, strlen(s));
}

static void add_number(struct text *out, const char *key, double v)
{
    if (!isfinite(v))
        return;
    add_key(out, key);
    text_add_number(out, v);
}

static void add_uint(struct text *out, const char *key, uint64_t v)
{
    add_key(out, key);
    text_add_uint(out, v);
}

static void add_time(struct text *out, const char *key, int64_t t_ns)
{
    add_key(out, key);
    text_add_time(out, t_ns);
}

static void add_entity(struct text *out, const char *key, const struct entity *e)
{
    char buffer[CATALOG_NAME_MAX + 16];
    struct text t;
    text_init(&t, buffer, sizeof(buffer));
    text_add(&t, entity_kind_name(e->kind));
    text_add_char(&t, ':');
    text_add(&t, e->name);
    add_bytes(out, key, t.data, t.length);
}

static void add_entities(struct text *out, const struct catalog *c, uint32_t id)
{
    const struct entity *e = catalog_entity_get(c, id);
    add_entity(out, "entity", e);
    if (catalog_stage(c, e->parent) != CATALOG_UNKNOWN)
        add_entity(out, "entity_parent", catalog_entity_get(c, e->parent));
}

static void add_member(struct text *out, const char *prefix, const char *name, double v)
{
    char key[KEY_MAX];
    snprintf(key, sizeof(key), "%s%s", prefix, name);
    add_number(out, key, v);
}

/* prefix: "" or "seizure_" and so on. */
static void add_reading(struct text *out, const char *prefix, const struct law_reading *r)
{
    add_member(out, prefix, "value", r->value);
    add_member(out, prefix, "expected", r->expected);
    add_member(out, prefix, "band_lo", r->lo);
    add_member(out, prefix, "band_hi", r->hi);
    if (r->unit != NULL && isfinite(r->value)) {
        char key[KEY_MAX];
        snprintf(key, sizeof(key), "%sunit", prefix);
        add_string(out, key, r->unit);
    }
    add_member(out, prefix, "scale_s", r->scale_s);
}

static void add_veto(struct text *out, const struct veto *v)
{
    if (v->type == VETO_NONE)
        return;
    add_string(out, "veto_type", veto_type_name(v->type));
    add_string(out, "veto_action", veto_action_name(v->type));
    add_string(out, "veto_reason", v->reason);
    add_number(out, "veto_confidence", v->confidence);
    add_time(out, "veto_expires", v->expires_ns);
}

static void begin(struct text *out, const char *level, const char *type)
{
    text_add(out, "level=");
    text_add(out, level);
    add_string(out, "type", type);
}

static void write_tick(struct text *out, const struct catalog *c, const struct host_tick *t)
{
    bool well = t->state == HOST_STABLE || t->state == HOST_WARMUP;
    begin(out, well ? "info" : "warn", "tick");
    add_time(out, "t", t->t_ns);
    add_string(out, "host", catalog_host_name(c, t->host));
    add_string(out, "status", host_state_name(t->state));
    for (unsigned i = 0; i < LAW_MAIN_COUNT; i++) {
        char prefix[KEY_MAX / 2];
        add_string(out, law_name((enum law_id)i), law_state_name(t->laws[i].state));
        snprintf(prefix, sizeof(prefix), "%s_", law_name((enum law_id)i));
        add_reading(out, prefix, &t->laws[i]);
    }
    add_veto(out, &t->veto);
    if (t->incident != NULL) {
        add_string(out, "incident_id", t->incident->id);
        add_string(out, "incident_kind", incident_kind_name(t->incident->kind));
        add_string(out, "incident_severity", severity_name(t->incident->severity));
    }
}

static void write_anomaly(struct text *out, const struct catalog *c, const struct anomaly *a)
{
    begin(out, "warn", "anomaly");
    add_time(out, "t", a->t_ns);
    add_string(out, "host", catalog_host_name(c, a->entity));
    add_entities(out, c, a->entity);
    add_string(out, "metric", a->metric);
    add_string(out, "kind", anomaly_kind_name(a->kind));
    add_number(out, "score", a->score);
}

static void write_finding(struct text *out, const struct catalog *c, const struct finding *f)
{
    begin(out, f->change == CHANGE_CLOSE ? "info" : "warn", "finding");
    add_time(out, "t", f->t_ns);
    add_string(out, "state", change_name(f->change));
    add_string(out, "id", f->id);
    add_string(out, "host", catalog_host_name(c, f->entity));
    add_entities(out, c, f->entity);
    add_string(out, "law", law_name(f->law));
    add_time(out, "onset", f->onset_ns);
    add_reading(out, "", &f->reading);
    add_number(out, "false_alarms_per_year", f->false_alarms_per_year);
    add_string(out, "calibrated", f->calibrated ? "true" : "false");
    add_string(out, "confidence", confidence_name(f->confidence));
    add_string(out, "cause", f->cause);
    add_number(out, "exhaustion_lo_s", f->exhaustion_lo_s);
    add_number(out, "exhaustion_hi_s", f->exhaustion_hi_s);
    add_string(out, "text", f->text);
}

static void write_incident(struct text *out, const struct catalog *c, const struct incident *n)
{
    const char *level = n->severity == SEVERITY_CRITICAL ? "error" : "warn";
    begin(out, n->change == CHANGE_CLOSE ? "info" : level, "incident");
    add_time(out, "t", n->t_ns);
    add_string(out, "state", change_name(n->change));
    add_string(out, "id", n->id);
    add_string(out, "host", catalog_host_name(c, n->host));
    add_string(out, "kind", incident_kind_name(n->kind));
    add_string(out, "severity", severity_name(n->severity));
    add_time(out, "start", n->start_ns);
    add_time(out, "end", n->end_ns);
    add_number(out, "risk", n->risk);
    add_key(out, "laws");
    for (unsigned i = 0, shown = 0; i < LAW_COUNT; i++) {
        if (!(n->laws & (1u << i)))
            continue;
        if (shown++ > 0)
            text_add_char(out, ',');
        text_add(out, law_name((enum law_id)i));
    }
    add_uint(out, "findings_total", n->findings_total);
    if (n->severity_reason[0])
        add_string(out, "severity_reason", n->severity_reason);
    add_number(out, "exhaustion_lo_s", n->exhaustion_lo_s);
    add_number(out, "exhaustion_hi_s", n->exhaustion_hi_s);
    if (n->merged_into[0])
        add_string(out, "merged_into", n->merged_into);
    add_veto(out, &n->veto);
    add_string(out, "narrative", n->narrative);
}

static void write_summary(struct text *out, const struct summary *s)
{
    begin(out, "info", "summary");
    add_uint(out, "samples", s->samples);
    add_uint(out, "series", s->series);
    add_uint(out, "anomalies", s->anomalies);
    add_uint(out, "findings", s->findings);
    add_uint(out, "incidents", s->incidents);
    add_uint(out, "late", s->late);
    add_uint(out, "not_finite", s->not_finite);
    add_uint(out, "refused", s->refused);
    if (isnan(s->promised_per_day))
        return;
    add_number(out, "promised_per_day", s->promised_per_day);
    add_number(out, "shocks_per_day", s->judged_days > 0 ? (double)s->shocks / s->judged_days : (double)NAN);
    add_number(out, "host_days", s->judged_days);
}

void event_logfmt_write(struct text *out, const struct catalog *c, const struct event *e)
{
    switch (e->type) {
    case EVENT_TICK:
        write_tick(out, c, e->tick);
        break;
    case EVENT_ANOMALY:
        write_anomaly(out, c, e->anomaly);
        break;
    case EVENT_FINDING:
        write_finding(out, c, e->finding);
        break;
    case EVENT_INCIDENT:
        write_incident(out, c, e->incident);
        break;
    case EVENT_SUMMARY:
        write_summary(out, e->summary);
        break;
    }
    text_add_char(out, '\n');
}
