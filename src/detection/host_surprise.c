/* SPDX-License-Identifier: MIT
 * Turns the levels of a host's series, tick by tick, into one judgement at the host's own false-alarm budget.
 * What one sample of one series is worth is surprise.c's; what an alarm means is the shock law's.
 *
 * Why the second largest: a level of one series overstates itself now and then, two at once hardly ever; with
 * sums and means of more the measured recall was no better (docs/signals.md, "hosts"). Why a path for the
 * largest beside it: some faults show in one metric only. It gets a tenth of the budget. */
#include "detection/host_surprise.h"

#include <string.h>

#include "base/fmath.h"

#define SINGLE_SHARE 0.1 /* of the budget (heuristic, chosen on 2026-11-22 from ten labelled hosts) */
/* What a series claims beyond 100 times the longest history is extrapolation: no more is taken. */
#define SCORE_MAX (100.0 * TAIL_BLOCKS)

static bool stands_before(const struct series_level *a, const struct series_level *b)
{
    if (a->level > b->level || a->level < b->level)
        return a->level > b->level;
    return a->entity < b->entity || (a->entity == b->entity && a->metric < b->metric);
}

void host_top_add(struct host_top *top, const struct series_level *level)
{
    uint32_t at = top->count;

    if (at == HOST_TOP) {
        if (!stands_before(level, &top->series[HOST_TOP - 1]))
            return;
        at--;
    } else {
        top->count++;
    }
    for (; at > 0 && stands_before(level, &top->series[at - 1]); at--)
        top->series[at] = top->series[at - 1];
    top->series[at] = *level;
}

void host_top_join(struct host_top *top, const struct host_top *more)
{
    for (uint32_t i = 0; i < more->count; i++)
        host_top_add(top, &more->series[i]);
    if (more->step_s > 0 && !(top->step_s > 0 && top->step_s <= more->step_s))
        top->step_s = more->step_s;
}

static void set_step(struct host_surprise *h, double step_s)
{
    double per_day = step_s > 3600 ? 86400 / step_s : 24;

    h->step_s = step_s;
    tail_set_budget(&h->several, (1 - SINGLE_SHARE) * h->budget_per_day, per_day);
    tail_set_budget(&h->single, SINGLE_SHARE * h->budget_per_day, per_day);
}

void host_surprise_init(struct host_surprise *h, double budget_per_day)
{
    memset(h, 0, sizeof(*h));
    h->budget_per_day = budget_per_day;
    h->t_ns = INT64_MIN;
    tail_init(&h->several, &tail_of_host, budget_per_day, 24);
    tail_init(&h->single, &tail_of_host_single, budget_per_day, 24);
    set_step(h, 0);
}

void host_surprise_set_budget(struct host_surprise *h, double budget_per_day)
{
    if (!(budget_per_day < h->budget_per_day || budget_per_day > h->budget_per_day))
        return;
    h->budget_per_day = budget_per_day;
    h->step_s = 0;
}

static float score_of(double level)
{
    double score = fmath_exp(level);
    return (float)(score < SCORE_MAX ? score : SCORE_MAX);
}

void host_surprise_take(struct host_surprise *h, int64_t now_ns, const struct host_top *top)
{
    if (top->step_s > 0 && (top->step_s < h->step_s || top->step_s > h->step_s))
        set_step(h, top->step_s);
    h->top = *top;
    h->t_ns = now_ns;
    bool several = tail_take(&h->several, now_ns, score_of(top->series[1].level));
    bool single = tail_take(&h->single, now_ns, score_of(top->series[0].level));
    h->alarm = several || single;
    h->by_single = single && !several;
}

double host_surprise_level(const struct host_surprise *h, double *ret_alarm_level)
{
    const struct tail *t = h->by_single ? &h->single : &h->several;

    *ret_alarm_level = (double)t->alarm_level;
    return tail_level(t, (double)score_of(h->top.series[h->by_single ? 0 : 1].level));
}
