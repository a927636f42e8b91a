/* SPDX-License-Identifier: MIT
 * Turns the chapters of a story into its kind, its risk with the terms of it, and its severity with the
 * reason (docs/incidents.md). Words are the narrative's matter. */
#include "correlation/gravity.h"

#include <math.h>
#include <string.h>

#include "correlation/relation.h"

#define CRITICAL_RISK 0.8
#define CRITICAL_S    600.0 /* exhaustion sooner than this is critical */
#define MAIN_LAWS     (1U << LAW_SEIZURE | 1U << LAW_FEVER | 1U << LAW_AMPLIFICATION)
#define SHOCK_SHARE   0.5 /* a shock counts half in the risk of its host: it says that, not what */

static double weight_of(enum law_id law)
{
    return law == LAW_SHOCK ? SHOCK_SHARE : 1;
}

/* Of each law the strongest chapter: risk = 1 - product of (1 - weight * strength). */
static void find_risk(struct story *s)
{
    struct incident *i = &s->incident;
    const struct chapter *strongest[LAW_COUNT] = {0};
    double rest = 1;

    for (uint32_t k = 0; k < s->chapter_count; k++) {
        const struct chapter *c = &s->chapters[k];
        if (!strongest[c->law] || c->strength > strongest[c->law]->strength)
            strongest[c->law] = c;
    }
    i->term_count = 0;
    for (int law = 0; law < LAW_COUNT; law++) {
        const struct chapter *c = strongest[law];
        if (!c)
            continue;
        i->terms[i->term_count++] = (struct risk_term){
            .law = c->law, .entity = c->entity, .strength = c->strength, .weight = weight_of(c->law)};
        rest *= 1 - weight_of(c->law) * c->strength;
    }
    i->risk = 1 - rest;
}

/* Main laws on two things of which neither is above the other, and not at one moment: it spreads. */
static bool has_spread(const struct story *s, const struct catalog *names)
{
    for (uint32_t a = 0; a < s->chapter_count; a++)
        for (uint32_t b = a + 1; b < s->chapter_count; b++) {
            const struct chapter *x = &s->chapters[a], *y = &s->chapters[b];
            if ((1U << x->law & MAIN_LAWS) && (1U << y->law & MAIN_LAWS) &&
                y->onset_ns - x->onset_ns > COINCIDENCE_NS && !relation_in_line(names, x->entity, y->entity))
                return true;
        }
    return false;
}

static bool is_flapping(const struct chapter *k, int64_t now_ns)
{
    int64_t first_ns = k->opened_ns[FLAPPING_TIMES - 1];
    return first_ns != INT64_MIN && now_ns - first_ns <= FLAPPING_NS;
}

static enum incident_kind find_kind(const struct story *s, const struct catalog *names,
    const struct correlator_settings *settings, int64_t now_ns)
{
    uint32_t main = s->incident.laws & MAIN_LAWS;

    if (main & (main - 1) || has_spread(s, names))
        return INCIDENT_CASCADING;
    for (uint32_t i = 0; i < s->chapter_count; i++)
        if (is_flapping(&s->chapters[i], now_ns))
            return INCIDENT_FLAPPING;
    if (!story_is_over(s) && now_ns - s->incident.start_ns - s->unseen_ns >= settings->persistent_ns)
        return INCIDENT_PERSISTENT;
    /* What has been more than a single one does not become that again. */
    return s->incident.kind == INCIDENT_CASCADING ? INCIDENT_SINGLE : s->incident.kind;
}

/* Of what is open, that which ends first, counted from now. */
static void find_exhaustion(struct story *s, int64_t now_ns)
{
    struct incident *i = &s->incident;

    i->exhaustion_lo_s = i->exhaustion_hi_s = (double)NAN;
    for (uint32_t k = 0; k < s->chapter_count; k++) {
        const struct chapter *c = &s->chapters[k];
        double passed_s = (double)(now_ns - c->told_ns) / 1e9, lo = c->exhaustion_lo_s - passed_s;
        if (!c->open || isnan(lo) || (!isnan(i->exhaustion_lo_s) && lo >= i->exhaustion_lo_s))
            continue;
        double hi = c->exhaustion_hi_s - passed_s;
        i->exhaustion_lo_s = lo > 0 ? lo : 0;
        i->exhaustion_hi_s = hi < 0 ? 0 : hi;
    }
}

static const char *find_severity_reason(const struct incident *i)
{
    if (i->kind == INCIDENT_CASCADING)
        return "cascading";
    if (i->exhaustion_lo_s < CRITICAL_S)
        return "exhaustion";
    return i->risk >= CRITICAL_RISK ? "risk" : "";
}

void gravity_measure(struct story *s, int64_t now_ns)
{
    find_risk(s);
    find_exhaustion(s, now_ns);
}

bool gravity_weigh(
    struct story *s, const struct catalog *names, const struct correlator_settings *settings, int64_t now_ns)
{
    struct incident *i = &s->incident;
    enum incident_kind kind = i->kind;
    enum severity severity = i->severity;

    gravity_measure(s, now_ns);
    i->kind = find_kind(s, names, settings, now_ns);
    const char *reason = find_severity_reason(i);
    if (severity == SEVERITY_WARNING || strcmp(reason, "cascading") == 0) {
        i->severity = reason[0] ? SEVERITY_CRITICAL : SEVERITY_WARNING;
        i->severity_reason = reason;
    }
    return kind != i->kind || severity != i->severity;
}
