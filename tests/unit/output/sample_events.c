/* SPDX-License-Identifier: MIT
 * Events with every member set to something that can be told apart, and some absent. */
#include "sample_events.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define S INT64_C(1000000000)

static uint32_t known(int64_t id)
{
    assert(id >= 0);
    return (uint32_t)id;
}

static struct law_reading reading(enum law_state state, double value, double expected, const char *unit)
{
    return (struct law_reading){.state = state,
        .value = value,
        .expected = expected,
        .lo = expected / 2,
        .hi = expected * 2,
        .scale_s = 1.6,
        .unit = unit};
}

static void make_tick(struct samples *s)
{
    struct host_tick *t = &s->tick;
    t->t_ns = SAMPLE_T_NS;
    t->host = s->host;
    t->state = HOST_UNSTABLE;
    t->laws[LAW_SEIZURE] = reading(LAW_ACTIVE, 31.25, 4, "%");
    t->laws[LAW_FEVER] = reading(LAW_OK, 1500000, 1000000, "By/s");
    t->laws[LAW_AMPLIFICATION] = (struct law_reading){.state = LAW_UNOBSERVABLE,
        .value = (double)NAN,
        .expected = (double)NAN,
        .lo = (double)NAN,
        .hi = (double)NAN,
        .scale_s = (double)NAN,
        .unit = "1"};
    t->veto = s->incident.veto;
    t->incident = &s->incident;
}

static void make_finding(struct samples *s)
{
    struct finding *f = &s->finding;
    strcpy(f->id, "00112233445566aa");
    f->t_ns = SAMPLE_T_NS + S / 10;
    f->onset_ns = SAMPLE_T_NS - 38 * S;
    f->change = CHANGE_OPEN;
    f->entity = s->process;
    f->law = LAW_FEVER;
    f->reading = reading(LAW_ACTIVE, 4194304, 100, "By/s");
    f->reading.lo = (double)NAN;
    f->false_alarms_per_year = 12.5;
    f->calibrated = false;
    f->confidence = CONFIDENCE_MEDIUM;
    f->cause = "leak";
    f->exhaustion_lo_s = 600;
    f->exhaustion_hi_s = (double)NAN;
    f->evidence[0] = (struct evidence){"memory_growth", 4194304, 100};
    f->evidence[1] = (struct evidence){"faults", 0.5, (double)NAN};
    f->evidence_count = 2;
    strcpy(f->text, "Memory of java grows by 4.2 MB/s.");
}

static void make_incident(struct samples *s)
{
    struct incident *n = &s->incident;
    strcpy(n->id, "ffeeddccbbaa9988");
    n->t_ns = SAMPLE_T_NS + 20 * S;
    n->change = CHANGE_UPDATE;
    n->host = s->host;
    n->kind = INCIDENT_CASCADING;
    n->severity = SEVERITY_CRITICAL;
    n->start_ns = SAMPLE_T_NS;
    n->end_ns = SAMPLE_T_NS + 318 * S;
    n->risk = 0.5;
    n->laws = 1u << LAW_SEIZURE | 1u << LAW_SIGNAL_LOST;
    n->terms[0] = (struct risk_term){LAW_SEIZURE, s->host, 0.5, 1};
    n->term_count = 1;
    n->severity_reason = "cascading";
    n->exhaustion_lo_s = 60.5;
    n->exhaustion_hi_s = (double)NAN;
    strcpy(n->narrative, "Detected instability on host-001. Pattern: COMPUTE SEIZURE (High Variance).");
    strcpy(n->findings[0], "00112233445566aa");
    strcpy(n->findings[1], "00112233445566ab");
    n->finding_count = 2;
    n->findings_total = 40;
    n->veto =
        (struct veto){.type = VETO_COMPUTE, .confidence = 0.8, .expires_ns = SAMPLE_T_NS + 60 * S + S / 2};
    strcpy(n->veto.reason, "the CPU swings");
}

void samples_make(struct samples *s)
{
    memset(s, 0, sizeof(*s));
    s->catalog = catalog_new(&(struct catalog_limits){.entities = 16, .series = 16, .metrics = 16});
    assert(s->catalog != NULL);
    struct catalog *c = s->catalog;
    s->host = known(catalog_host(c, "host-001", 8));
    s->cgroup = known(catalog_entity(c, s->host, ENTITY_CGROUP, "web", 3, ENTITY_NONE));
    s->process = known(catalog_entity(c, s->host, ENTITY_PROCESS, "java", 4, s->cgroup));
    s->hostile = known(catalog_host(c, HOSTILE_NAME, strlen(HOSTILE_NAME)));
    s->anomaly =
        (struct anomaly){SAMPLE_T_NS + S / 4, s->host, "cpu_usage", ANOMALY_VARIANCE, 2.014856969057055};
    make_finding(s);
    make_incident(s);
    make_tick(s);
    s->summary = (struct summary){.samples = 34200,
        .series = 9,
        .anomalies = 319,
        .findings = 2,
        .incidents = 1,
        .promised_per_day = 0.1,
        .judged_days = 40,
        .shocks = 2};
}

struct event event_of_tick(const struct samples *s)
{
    return (struct event){.type = EVENT_TICK, .tick = &s->tick};
}

struct event event_of_anomaly(const struct samples *s)
{
    return (struct event){.type = EVENT_ANOMALY, .anomaly = &s->anomaly};
}

struct event event_of_finding(const struct samples *s)
{
    return (struct event){.type = EVENT_FINDING, .finding = &s->finding};
}

struct event event_of_incident(const struct samples *s)
{
    return (struct event){.type = EVENT_INCIDENT, .incident = &s->incident};
}

struct event event_of_summary(const struct samples *s)
{
    return (struct event){.type = EVENT_SUMMARY, .summary = &s->summary};
}
