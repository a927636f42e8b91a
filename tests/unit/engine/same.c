/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "same.h"

#include <math.h>
#include <string.h>

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0 || (isnan(a) && isnan(b));
}

static bool same_entity(const struct rig *a, uint32_t i, const struct rig *b, uint32_t k)
{
    const struct catalog *c = view_catalog(engine_view(a->engine)), *d = view_catalog(engine_view(b->engine));
    const struct entity *e = catalog_entity_get(c, i), *f = catalog_entity_get(d, k);
    return e->kind == f->kind && strcmp(e->name, f->name) == 0 &&
           strcmp(catalog_host_name(c, i), catalog_host_name(d, k)) == 0;
}

static bool same_reading(const struct law_reading *a, const struct law_reading *b)
{
    return a->state == b->state && same(a->value, b->value) && same(a->expected, b->expected) &&
           same(a->lo, b->lo) && same(a->hi, b->hi) && same(a->scale_s, b->scale_s) &&
           strcmp(a->unit ? a->unit : "", b->unit ? b->unit : "") == 0;
}

static bool same_veto(const struct veto *a, const struct veto *b)
{
    return a->type == b->type &&
           (a->type == VETO_NONE || (same(a->confidence, b->confidence) && a->expires_ns == b->expires_ns &&
                                        strcmp(a->reason, b->reason) == 0));
}

static bool same_tick(
    const struct rig *a, const struct rig_event *x, const struct rig *b, const struct rig_event *y)
{
    bool laws = true;
    for (int i = 0; i < LAW_MAIN_COUNT; i++)
        laws = laws && same_reading(&x->tick.laws[i], &y->tick.laws[i]);
    return laws && x->tick.t_ns == y->tick.t_ns && same_entity(a, x->tick.host, b, y->tick.host) &&
           x->tick.state == y->tick.state && same_veto(&x->tick.veto, &y->tick.veto) &&
           x->incident_kind == y->incident_kind && x->incident_severity == y->incident_severity;
}

static bool same_finding(
    const struct rig *a, const struct finding *f, const struct rig *b, const struct finding *g)
{
    bool evidence = f->evidence_count == g->evidence_count;
    for (uint32_t i = 0; evidence && i < f->evidence_count; i++)
        evidence = strcmp(f->evidence[i].signal, g->evidence[i].signal) == 0 &&
                   same(f->evidence[i].value, g->evidence[i].value) &&
                   same(f->evidence[i].expected, g->evidence[i].expected);
    return evidence && strcmp(f->id, g->id) == 0 && f->t_ns == g->t_ns && f->onset_ns == g->onset_ns &&
           f->change == g->change && same_entity(a, f->entity, b, g->entity) && f->law == g->law &&
           same_reading(&f->reading, &g->reading) &&
           same(f->false_alarms_per_year, g->false_alarms_per_year) && f->calibrated == g->calibrated &&
           f->confidence == g->confidence && strcmp(f->cause, g->cause) == 0 &&
           same(f->exhaustion_lo_s, g->exhaustion_lo_s) && same(f->exhaustion_hi_s, g->exhaustion_hi_s) &&
           same(f->strength, g->strength) && strcmp(f->text, g->text) == 0;
}

static bool same_incident(
    const struct rig *a, const struct incident *i, const struct rig *b, const struct incident *k)
{
    return strcmp(i->id, k->id) == 0 && i->t_ns == k->t_ns && i->change == k->change &&
           same_entity(a, i->host, b, k->host) && i->kind == k->kind && i->severity == k->severity &&
           i->start_ns == k->start_ns && i->end_ns == k->end_ns && same(i->risk, k->risk) &&
           i->laws == k->laws && strcmp(i->narrative, k->narrative) == 0 &&
           i->finding_count == k->finding_count && i->findings_total == k->findings_total &&
           memcmp(i->findings, k->findings, i->finding_count * sizeof(i->findings[0])) == 0 &&
           same_veto(&i->veto, &k->veto);
}

static bool same_event(
    const struct rig *a, const struct rig_event *x, const struct rig *b, const struct rig_event *y)
{
    if (x->type != y->type)
        return false;
    switch (x->type) {
    case EVENT_TICK:
        return same_tick(a, x, b, y);
    case EVENT_ANOMALY:
        return x->anomaly.t_ns == y->anomaly.t_ns &&
               same_entity(a, x->anomaly.entity, b, y->anomaly.entity) &&
               strcmp(x->anomaly.metric, y->anomaly.metric) == 0 && x->anomaly.kind == y->anomaly.kind &&
               same(x->anomaly.score, y->anomaly.score);
    case EVENT_FINDING:
        return same_finding(a, x->finding, b, y->finding);
    case EVENT_INCIDENT:
        return same_incident(a, x->incident, b, y->incident);
    case EVENT_SUMMARY:
        return memcmp(&x->summary, &y->summary, sizeof(x->summary)) == 0;
    }
    return false;
}

void assert_same_events(const struct rig *a, const struct rig *b)
{
    size_t n = a->count < b->count ? a->count : b->count;
    for (size_t i = 0; i < n; i++)
        if (!same_event(a, &a->events[i], b, &b->events[i]))
            fail_msg(
                "event %zu differs (types %d and %d)", i, (int)a->events[i].type, (int)b->events[i].type);
    assert_int_equal(a->count, b->count);
}
