/* SPDX-License-Identifier: MIT
 * Turns a stream of scores into alarms at a promised rate: hourly maxima, their upper tenth, a Pareto index
 * shrunk to a prior (Hill 1975 with a conjugate-like prior of weight n0). The score itself, and what an alarm
 * means, are others' business.
 *
 * Why hourly maxima and why a shrunk index: measured on several hundred real series, per-sample guarantees
 * are broken by autocorrelation by orders of magnitude, ranks alone are blind, and a free index is noise; see
 * docs/signals.md. */
#include "detection/tail.h"

#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "detection/cadence.h"

/* Heuristics, chosen before 2026-11 from several hundred real series (docs/signals.md, "the tail"). */
#define TOP_SHARE    0.1 /* of the blocks carry the fit */
#define TOP_MIN      4
#define XI_PRIOR     0.3
#define XI_WEIGHT    50.0
#define XI_MIN       0.05
#define U0_PRIOR     5.0 /* before TAIL_WARM blocks: a tenth of the hours see 5 deviations */
#define PU_PRIOR     0.1
#define REFUSE_SHARE 0.25 /* when more of the last blocks were refused, they are the new normal */

/* A code is a sixteenth of e: 0.03..2.5e5 in 256 steps, 6.4 % apart. */
#define CODE_STEP   (1.0 / 16.0)
#define CODE_OFFSET 56

static uint8_t encode(double score)
{
    if (!(score > 0))
        return 0;
    double c = floor(fmath_log(score) / CODE_STEP + 0.5) + CODE_OFFSET;
    return c < 0 ? 0 : c > 255 ? 255 : (uint8_t)c;
}

static double decode(unsigned code)
{
    return fmath_exp(((double)code - CODE_OFFSET) * CODE_STEP);
}

/* The share of its level that a young tail may claim. */
static double temper(const struct tail *t)
{
    return t->learned < 2 * TAIL_WARM ? (double)t->learned / (t->learned + TAIL_WARM) : 1.0;
}

static void set_alarm_score(struct tail *t)
{
    double share = temper(t), need = share > 0 ? (double)t->alarm_level / share : (double)INFINITY;
    double at_u0 = -fmath_log((double)t->pu);

    if (need > TAIL_LEVEL_CAP)
        t->alarm_score = INFINITY;
    else if (need >= at_u0)
        t->alarm_score = (float)((double)t->u0 * fmath_exp((need - at_u0) * (double)t->xi));
    else
        t->alarm_score = (float)((double)t->u0 * need / at_u0);
}

void tail_set_budget(struct tail *t, double budget_per_day, double blocks_per_day)
{
    t->alarm_level = (float)fmath_log(blocks_per_day / budget_per_day);
    set_alarm_score(t);
}

void tail_init(struct tail *t, double budget_per_day, double blocks_per_day)
{
    memset(t, 0, sizeof(*t));
    t->block_end_ns = INT64_MIN;
    t->u0 = (float)U0_PRIOR;
    t->pu = (float)PU_PRIOR;
    t->xi = (float)XI_PRIOR;
    tail_set_budget(t, budget_per_day, blocks_per_day);
}

double tail_level(const struct tail *t, double score)
{
    double at_u0 = -fmath_log((double)t->pu), u0 = (double)t->u0, level;

    if (!(score > 0))
        return 0;
    if (score > u0)
        level = at_u0 + fmath_log(score / u0) / (double)t->xi;
    else
        level = at_u0 * score / u0;
    return (level < TAIL_LEVEL_CAP ? level : TAIL_LEVEL_CAP) * temper(t);
}

double tail_per_year(const struct tail *t, double score, double blocks_per_day)
{
    if (t->learned < TAIL_WARM)
        return (double)NAN;
    double level = tail_level(t, score), most = fmath_log(100.0 * t->learned);
    if (level > most)
        level = most;
    return fmath_exp(-level) * blocks_per_day * 365.25;
}

/* Fits the upper tenth of the remembered maxima: counted by code, walked from the top. */
static void fit(struct tail *t)
{
    uint16_t histogram[256] = {0};
    unsigned n = t->count, k = (unsigned)(TOP_SHARE * n), taken = 0;
    double sum = 0;
    int code = 255;

    if (k < TOP_MIN)
        k = TOP_MIN;
    for (unsigned i = 0; i < n; i++)
        histogram[t->codes[i]]++;
    /* u0 is the (k+1)-th largest: the code at which the count from the top passes k. */
    for (unsigned above = 0; code > 0; code--) {
        above += histogram[code];
        if (above > k)
            break;
    }
    double u0 = decode((unsigned)code);
    for (int c = 255; c > code && taken < k; c--) {
        sum += histogram[c] * ((c - code) * CODE_STEP);
        taken += histogram[c];
    }
    double xi = (sum + XI_WEIGHT * XI_PRIOR) / (k + XI_WEIGHT);
    t->u0 = (float)u0;
    t->pu = (float)((double)k / n);
    t->xi = (float)(xi > XI_MIN ? xi : XI_MIN);
}

static void close_block(struct tail *t)
{
    /* The worst level of the block is that of its maximum: the fit did not change inside. */
    bool strange = t->learned >= TAIL_WARM && tail_level(t, (double)t->maximum) > fmath_log(TAIL_BLOCKS);

    t->refused += (float)(((strange ? 1.0 : 0.0) - (double)t->refused) / TAIL_WARM);
    if (!strange || (double)t->refused > REFUSE_SHARE) {
        t->codes[t->next] = encode((double)t->maximum);
        t->next = (uint16_t)((t->next + 1) % TAIL_BLOCKS);
        if (t->count < TAIL_BLOCKS)
            t->count++;
        if (t->learned < TAIL_BLOCKS)
            t->learned++;
    }
    t->maximum = 0;
    if (t->count >= TAIL_WARM)
        fit(t);
    set_alarm_score(t);
}

bool tail_close_due(struct tail *t, int64_t t_ns)
{
    bool begun = t->block_end_ns != INT64_MIN;
    uint64_t into_ns = 0;

    if (begun) {
        close_block(t);
        /* Hours without a sample are no blocks: they are not evidence of calm. */
        into_ns = ((uint64_t)t_ns - (uint64_t)t->block_end_ns) % (uint64_t)TAIL_BLOCK_NS;
    }
    t->block_end_ns = cadence_after(t_ns, TAIL_BLOCK_NS - (int64_t)into_ns);
    return begun;
}
