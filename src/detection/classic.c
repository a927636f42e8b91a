/* SPDX-License-Identifier: MIT
 * Turns rows of telemetry into the original's verdicts, to 1e-9 of its answers. Its faults are kept on
 * purpose: growth is net growth, packets stand for requests, and the first broken limit hides the others.
 * Incidents are made in correlation/classic_memory.c. */
#include "detection/classic.h"

#include <math.h>

#include "detection/window.h"

#define VARIANCE_EPSILON 1e-6 /* the original's guard against a constant series */

void classic_sentinel_take(
    struct classic_sentinel *s, const struct classic_settings *c, const struct classic_row *row)
{
    s->rows[s->head] = *row;
    s->head = (s->head + 1) % c->window;
    if (s->count < c->window)
        s->count++;
}

/* Row i of the window, 0 = oldest. */
static const struct classic_row *row_at(
    const struct classic_sentinel *s, const struct classic_settings *c, uint32_t i)
{
    return &s->rows[(s->head + c->window - s->count + i) % c->window];
}

struct classic_report classic_sentinel_judge(
    const struct classic_sentinel *s, const struct classic_settings *c, int64_t now_ns)
{
    struct classic_report r = {.state = HOST_WARMUP,
        .veto = VETO_NONE,
        .sigma = (double)NAN,
        .growth_mb_s = (double)NAN,
        .ratio = (double)NAN};
    double cpu[CLASSIC_WINDOW_MAX];

    if (s->count < c->warmup)
        return r;
    const struct classic_row *first = row_at(s, c, 0), *last = row_at(s, c, s->count - 1);
    if (now_ns - last->t_ns > c->stale_after_ns) {
        r.state = HOST_STALE;
        return r;
    }
    for (uint32_t i = 0; i < s->count; i++)
        cpu[i] = row_at(s, c, i)->cpu_percent;
    r.sigma = sqrt(window_variance(cpu, s->count));

    double dt_s = (double)(last->t_ns - first->t_ns) * 1e-9,
           growth = (last->memory_mb - first->memory_mb) / dt_s;
    if (dt_s > 0 && !isnan(growth))
        r.growth_mb_s = growth > 0 ? growth : 0;
    double sent = last->sent - first->sent, received = last->received - first->received;
    if (!isnan(sent) && !isnan(received))
        r.ratio = received > 0 ? sent / received : 1;

    r.state = HOST_UNSTABLE;
    if (r.sigma > c->cpu_sigma)
        r.veto = VETO_COMPUTE;
    else if (r.growth_mb_s > c->growth_mb_s)
        r.veto = VETO_RESOURCE;
    else if (r.ratio > c->ratio)
        r.veto = VETO_INTENT;
    else
        r.state = HOST_STABLE;
    return r;
}

double classic_escalation_take(struct classic_escalation *e, const struct classic_settings *c, double x)
{
    e->ring[e->head] = x;
    e->head = (e->head + 1) % c->window;
    if (e->count < c->window)
        e->count++;
    if (e->count < c->warmup)
        return (double)NAN;
    double variance = window_variance(e->ring, e->count);
    e->sum_of_variances += variance;
    e->variances++;
    return variance;
}

double classic_escalation_score(const struct classic_escalation *e, double variance)
{
    return variance / (e->sum_of_variances / (double)e->variances + VARIANCE_EPSILON);
}
