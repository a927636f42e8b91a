/* SPDX-License-Identifier: MIT
 * An event turned into one JSON line. Member names and their order are the public format's (docs/formats.md);
 * members of our own come after those. Which events are printed at all, and where the bytes go, is the
 * caller's matter. */
#include "output/event_json.h"

#include <math.h>

#include "base/json.h"

/* "kind:name", the form that also stands in the CSV column. */
#define ENTITY_TEXT_MAX (CATALOG_NAME_MAX + 16)

static void write_pair(struct json *j, const char *key, double lo, double hi)
{
    json_begin_array(j, key);
    json_put_number(j, NULL, lo);
    json_put_number(j, NULL, hi);
    json_end_array(j);
}

static void write_entity_text(struct json *j, const char *key, const struct catalog *c, uint32_t id)
{
    if (catalog_stage(c, id) == CATALOG_UNKNOWN) { /* a host has no parent, what is gone may have lost it */
        json_put_null(j, key);
        return;
    }
    const struct entity *p = catalog_entity_get(c, id);
    char buffer[ENTITY_TEXT_MAX];
    struct text t;
    text_init(&t, buffer, sizeof(buffer));
    text_add(&t, entity_kind_name(p->kind));
    text_add_char(&t, ':');
    text_add(&t, p->name);
    json_put_string_n(j, key, t.data, t.length);
}

static void write_entity(struct json *j, const struct catalog *c, uint32_t id)
{
    const struct entity *e = catalog_entity_get(c, id);
    json_begin_object(j, "entity");
    json_put_string(j, "kind", entity_kind_name(e->kind));
    json_put_string(j, "name", e->name);
    write_entity_text(j, "parent", c, e->parent);
    json_end_object(j);
}

void event_json_put_laws(struct json *j, unsigned laws)
{
    json_begin_array(j, "laws");
    for (unsigned i = 0; i < LAW_COUNT; i++)
        if (laws & (1u << i))
            json_put_string(j, NULL, law_name((enum law_id)i));
    json_end_array(j);
}

void event_json_put_veto(struct json *j, const struct veto *v)
{
    if (v->type == VETO_NONE) {
        json_put_null(j, "veto");
        return;
    }
    json_begin_object(j, "veto");
    json_put_string(j, "type", veto_type_name(v->type));
    json_put_string(j, "action", veto_action_name(v->type));
    json_put_string(j, "reason", v->reason);
    json_put_number(j, "confidence", v->confidence);
    json_put_time(j, "expires", v->expires_ns);
    json_end_object(j);
}

/* The band is always an array of two, so that a reader may take it apart without asking first; a bound that
 * does not exist is null. */
static void write_reading(struct json *j, const struct law_reading *r)
{
    json_put_number(j, "value", r->value);
    json_put_number(j, "expected", r->expected);
    write_pair(j, "band", r->lo, r->hi);
    json_put_string(j, "unit", r->unit);
    json_put_number(j, "scale_s", r->scale_s);
}

static void write_tick(struct json *j, const struct catalog *c, const struct host_tick *t)
{
    json_put_string(j, "type", "tick");
    json_put_time(j, "t", t->t_ns);
    json_put_string(j, "host", catalog_host_name(c, t->host));
    json_put_string(j, "status", host_state_name(t->state));
    json_begin_object(j, "laws");
    for (unsigned i = 0; i < LAW_MAIN_COUNT; i++) {
        json_begin_object(j, law_name((enum law_id)i));
        json_put_string(j, "state", law_state_name(t->laws[i].state));
        write_reading(j, &t->laws[i]);
        json_end_object(j);
    }
    json_end_object(j);
    event_json_put_veto(j, &t->veto);
    if (t->incident == NULL) {
        json_put_null(j, "incident");
        return;
    }
    json_begin_object(j, "incident");
    json_put_string(j, "id", t->incident->id);
    json_put_string(j, "kind", incident_kind_name(t->incident->kind));
    json_put_string(j, "severity", severity_name(t->incident->severity));
    json_end_object(j);
}

static void write_anomaly(struct json *j, const struct catalog *c, const struct anomaly *a)
{
    json_put_string(j, "type", "anomaly");
    json_put_time(j, "t", a->t_ns);
    json_put_string(j, "host", catalog_host_name(c, a->entity));
    write_entity(j, c, a->entity);
    json_put_string(j, "metric", a->metric);
    json_put_string(j, "kind", anomaly_kind_name(a->kind));
    json_put_number(j, "score", a->score);
}

static void write_exhaustion(struct json *j, double lo_s, double hi_s)
{
    if (isnan(lo_s) && isnan(hi_s))
        json_put_null(j, "exhaustion_s");
    else
        write_pair(j, "exhaustion_s", lo_s, hi_s);
}

static void write_evidence(struct json *j, const struct finding *f)
{
    json_begin_array(j, "evidence");
    for (uint32_t i = 0; i < f->evidence_count && i < EVIDENCE_MAX; i++) {
        json_begin_object(j, NULL);
        json_put_string(j, "signal", f->evidence[i].signal);
        json_put_number(j, "value", f->evidence[i].value);
        json_put_number(j, "expected", f->evidence[i].expected);
        json_end_object(j);
    }
    json_end_array(j);
}

static void write_carriers(struct json *j, const struct finding *f)
{
    json_begin_array(j, "carriers");
    for (uint32_t i = 0; i < f->carrier_count && i < CARRIERS_MAX; i++) {
        json_begin_object(j, NULL);
        json_put_string(j, "process", f->carriers[i].name);
        json_put_number(j, "share", f->carriers[i].share);
        json_end_object(j);
    }
    json_end_array(j);
}

static void write_finding(struct json *j, const struct catalog *c, const struct finding *f)
{
    json_put_string(j, "type", "finding");
    json_put_time(j, "t", f->t_ns);
    json_put_string(j, "state", change_name(f->change));
    json_put_string(j, "id", f->id);
    json_put_string(j, "host", catalog_host_name(c, f->entity));
    write_entity(j, c, f->entity);
    json_put_string(j, "law", law_name(f->law));
    json_put_time(j, "onset", f->onset_ns);
    write_reading(j, &f->reading);
    json_put_number(j, "false_alarms_per_year", f->false_alarms_per_year);
    json_put_bool(j, "calibrated", f->calibrated);
    json_put_string(j, "confidence", confidence_name(f->confidence));
    json_put_string(j, "cause", f->cause);
    write_exhaustion(j, f->exhaustion_lo_s, f->exhaustion_hi_s);
    write_evidence(j, f);
    if (f->carrier_count > 0) /* ours: only where processes are known */
        write_carriers(j, f);
    json_put_string(j, "text", f->text);
}

static void write_risk_terms(struct json *j, const struct catalog *c, const struct incident *n)
{
    json_begin_array(j, "risk_terms");
    for (uint32_t i = 0; i < n->term_count && i < LAW_COUNT; i++) {
        json_begin_object(j, NULL);
        json_put_string(j, "law", law_name(n->terms[i].law));
        write_entity_text(j, "entity", c, n->terms[i].entity);
        json_put_number(j, "strength", n->terms[i].strength);
        json_put_number(j, "weight", n->terms[i].weight);
        json_end_object(j);
    }
    json_end_array(j);
}

static void put_word(struct json *j, const char *key, const char *word)
{
    if (word[0])
        json_put_string(j, key, word);
    else
        json_put_null(j, key);
}

static void write_incident(struct json *j, const struct catalog *c, const struct incident *n)
{
    json_put_string(j, "type", "incident");
    json_put_time(j, "t", n->t_ns);
    json_put_string(j, "state", change_name(n->change));
    json_put_string(j, "id", n->id);
    json_put_string(j, "host", catalog_host_name(c, n->host));
    json_put_string(j, "kind", incident_kind_name(n->kind));
    json_put_string(j, "severity", severity_name(n->severity));
    json_put_time(j, "start", n->start_ns);
    json_put_time(j, "end", n->end_ns);
    json_put_number(j, "risk", n->risk);
    event_json_put_laws(j, n->laws);
    json_put_string(j, "narrative", n->narrative);
    json_begin_array(j, "findings");
    for (uint32_t i = 0; i < n->finding_count && i < INCIDENT_FINDINGS_MAX; i++)
        json_put_string(j, NULL, n->findings[i]);
    json_end_array(j);
    event_json_put_veto(j, &n->veto);
    /* Ours: says when findings[] is not all of them; why it is so bad; by when; where its story goes on. */
    json_put_uint(j, "findings_total", n->findings_total);
    write_risk_terms(j, c, n);
    put_word(j, "severity_reason", n->severity_reason);
    write_exhaustion(j, n->exhaustion_lo_s, n->exhaustion_hi_s);
    put_word(j, "merged_into", n->merged_into);
}

static void write_summary(struct json *j, const struct summary *s)
{
    json_put_string(j, "type", "summary");
    json_put_uint(j, "samples", s->samples);
    json_put_uint(j, "series", s->series);
    json_put_uint(j, "anomalies", s->anomalies);
    json_put_uint(j, "findings", s->findings);
    json_put_uint(j, "incidents", s->incidents);
    json_put_uint(j, "late", s->late);
    json_put_uint(j, "not_finite", s->not_finite);
    json_put_uint(j, "refused", s->refused);
    if (isnan(s->promised_per_day))
        return;
    json_begin_object(j, "false_alarm_budget");
    json_put_number(j, "promised_per_day", s->promised_per_day);
    json_put_number(
        j, "shocks_per_day", s->judged_days > 0 ? (double)s->shocks / s->judged_days : (double)NAN);
    json_put_number(j, "host_days", s->judged_days);
    json_end_object(j);
}

void event_json_write(struct text *out, const struct catalog *c, const struct event *e)
{
    struct json j;
    json_init(&j, out);
    json_begin_object(&j, NULL);
    switch (e->type) {
    case EVENT_TICK:
        write_tick(&j, c, e->tick);
        break;
    case EVENT_ANOMALY:
        write_anomaly(&j, c, e->anomaly);
        break;
    case EVENT_FINDING:
        write_finding(&j, c, e->finding);
        break;
    case EVENT_INCIDENT:
        write_incident(&j, c, e->incident);
        break;
    case EVENT_SUMMARY:
        write_summary(&j, e->summary);
        break;
    }
    json_end_object(&j);
    text_add_char(out, '\n');
}
