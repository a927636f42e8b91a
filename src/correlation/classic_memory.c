/* SPDX-License-Identifier: MIT
 * Turns anomalies and reports into incidents by the original's rules. When they are shown, and with which
 * change, is the engine's business. */
#include "correlation/classic_memory.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "correlation/narrative.h"

#define RISK_SCALE 10.0 /* the original: mean score over ten, at most one */

int classic_reports_take(struct classic_reports *r, enum host_state state, enum veto_type veto)
{
    uint32_t changes = 0, vetoes = 0;

    r->state[r->head] = state;
    r->veto[r->head] = veto;
    r->head = (r->head + 1) % CLASSIC_REPORTS;
    if (r->count < CLASSIC_REPORTS)
        r->count++;
    if (r->count < CLASSIC_FLAPPING_MIN)
        return -1;
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t at = (r->head + CLASSIC_REPORTS - r->count + i) % CLASSIC_REPORTS;
        uint32_t before = (at + CLASSIC_REPORTS - 1) % CLASSIC_REPORTS;
        if (i > 0 && r->state[at] != r->state[before] && r->state[at] != HOST_WARMUP)
            changes++;
        if (r->veto[at] != VETO_NONE)
            vetoes |= 1U << r->veto[at];
    }
    if (changes >= CLASSIC_FLAPPING_CHANGES)
        return INCIDENT_FLAPPING;
    return vetoes & (vetoes - 1) ? INCIDENT_CASCADING : -1;
}

bool classic_joiner_reaches(const struct classic_joiner *j, int64_t t_ns, int64_t join_ns)
{
    return j->anomalies > 0 && t_ns - j->last_ns <= join_ns;
}

void classic_joiner_take(struct classic_joiner *j, int64_t t_ns, enum anomaly_kind kind, double score)
{
    if (j->anomalies == 0)
        j->start_ns = j->last_ns = t_ns;
    /* A stream's rows may come late. */
    if (t_ns < j->start_ns)
        j->start_ns = t_ns;
    if (t_ns > j->last_ns)
        j->last_ns = t_ns;
    j->score_sum += fabs(score);
    j->anomalies++;
    j->kinds |= 1U << kind;
}

static void set_id(const struct catalog *names, struct incident *i, const char *what)
{
    char start[32];
    struct text t;
    text_init(&t, start, sizeof(start));
    text_add_time(&t, i->start_ns);
    const char *parts[] = {catalog_entity_get(names, i->host)->name, "classic", what, start};
    hash_id(parts, 4, i->id);
}

static void begin(struct incident *i, uint32_t host)
{
    memset(i, 0, sizeof(*i));
    i->host = host;
    i->severity_reason = "";
    i->exhaustion_lo_s = i->exhaustion_hi_s = (double)NAN;
}

bool classic_joiner_incident(
    const struct classic_joiner *j, const struct catalog *names, uint32_t host, struct incident *out)
{
    const uint32_t both = 1U << ANOMALY_VARIANCE | 1U << ANOMALY_SPIKE;
    struct text t;

    if (j->anomalies < 2)
        return false;
    begin(out, host);
    out->start_ns = j->start_ns;
    out->end_ns = j->last_ns;
    double risk = j->score_sum / (double)j->anomalies / RISK_SCALE;
    out->risk = risk < 1 ? risk : 1;
    out->kind = j->kinds == both ? INCIDENT_CASCADING : INCIDENT_SINGLE;
    out->severity =
        out->risk >= 0.8 || out->kind == INCIDENT_CASCADING ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    if (j->kinds & 1U << ANOMALY_VARIANCE)
        out->laws |= 1U << LAW_SEIZURE;
    if (j->kinds & 1U << ANOMALY_SPIKE)
        out->laws |= 1U << LAW_SHOCK;
    set_id(names, out, "anomalies");
    text_init(&t, out->narrative, sizeof(out->narrative));
    text_add(&t, "Detected instability on ");
    text_add(&t, catalog_entity_get(names, host)->name);
    text_add(&t, ". Pattern: ");
    text_add(&t, j->kinds == both ? "CASCADING FAILURE" : narrative_pattern(out->laws));
    text_add(&t, ".");
    return true;
}

void classic_reports_incident(const struct catalog *names, uint32_t host, enum incident_kind kind,
    int64_t start_ns, int64_t end_ns, struct incident *out)
{
    struct text t;

    begin(out, host);
    out->kind = kind;
    out->severity = kind == INCIDENT_CASCADING ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    out->start_ns = start_ns;
    out->end_ns = end_ns;
    out->risk = kind == INCIDENT_CASCADING ? 1.0 : 0.5;
    set_id(names, out, incident_kind_name(kind));
    text_init(&t, out->narrative, sizeof(out->narrative));
    text_add(&t, "The sentinel's last reports on ");
    text_add(&t, catalog_entity_get(names, host)->name);
    text_add(&t,
        kind == INCIDENT_CASCADING ? " broke more than one limit: CASCADE." : " keep changing: FLAPPING.");
}
