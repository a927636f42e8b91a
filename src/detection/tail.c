/* SPDX-License-Identifier: MIT
 * Turns a stream of scores into alarms at a promised rate: hourly maxima, their upper tenth, a Pareto index
 * shrunk to a prior (Hill 1975 with a conjugate-like prior of weight n0). The score itself, and what an alarm
 * means, are others' business.
 *
 * Why hourly maxima and why a shrunk index: measured on several hundred real series, per-sample guarantees
 * are broken by autocorrelation by orders of magnitude, ranks alone are blind, and a free index is noise; see
 * docs/signals.md. */
#include "detection/tail.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "detection/cadence.h"

/* Heuristics, chosen before 2026-11 from several hundred real series; the host's and the rule of strange
 * blocks on 2026-11-22 from ten labelled hosts and 118 labelled series (docs/signals.md, "the tail"). */
#define TOP_SHARE 0.1 /* of the blocks carry the fit */
#define TOP_MIN   4
#define XI_MIN    0.05
#define PU_PRIOR  0.1

/* A fault of hours is not learned; what comes a third time within a week is no fault. */
const struct tail_rule tail_of_series = {.u0_prior = 5,
    .xi_prior = 0.3,
    .xi_weight = 50,
    .blocks = TAIL_BLOCKS,
    .strange_most = 2,
    .strange_of = 168};

/* An hour that holds one sample has no maximum to speak of, and a shorter tail: 49 series of an hour's
 * step kept .25, .34 and .44 of the promised alarms at 1, 1/10 and 1/30 a day with 0.3; .30, .59 and 1.05
 * with 0.2. */
const struct tail_rule tail_of_slow_series = {.u0_prior = 5,
    .xi_prior = 0.2,
    .xi_weight = 50,
    .blocks = TAIL_BLOCKS,
    .strange_most = 2,
    .strange_of = 168};

/* exp(level) of a perfectly calibrated series has index 1 and a tenth of its blocks above 10; the second
 * largest of a host falls faster. Two weeks remembered and two to settle: what series of one host do together
 * depends on the day of the week. */
#define HOST_U0     10.0
#define HOST_BLOCKS 336
#define HOST_START  0.3
const struct tail_rule tail_of_host = {.u0_prior = HOST_U0,
    .xi_prior = 0.45,
    .xi_weight = 50,
    .start_share = HOST_START,
    .settled = HOST_BLOCKS,
    .blocks = HOST_BLOCKS,
    .strange_most = 6,
    .strange_of = 24};
const struct tail_rule tail_of_host_single = {.u0_prior = HOST_U0,
    .xi_prior = 1,
    .xi_weight = 20,
    .start_share = HOST_START,
    .settled = HOST_BLOCKS,
    .blocks = HOST_BLOCKS,
    .strange_most = 6,
    .strange_of = 24};

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

static double temper_of(const struct tail *t)
{
    double n = t->learned, share = n < 2 * TAIL_WARM ? n / (n + TAIL_WARM) : 1;
    if (t->learned < t->rule->settled) {
        double later = t->rule->start_share + (1 - t->rule->start_share) * n / t->rule->settled;
        if (later < share)
            share = later;
    }
    return share;
}

/* Everything that follows from the fit, the number of blocks and the budget. */
static void derive(struct tail *t)
{
    double share = temper_of(t), at_u0 = (double)t->level_u0;
    double need = share > 0 ? (double)t->alarm_level / share : (double)INFINITY;

    t->temper = (float)share;
    t->slope = (float)(at_u0 * share / (double)t->u0);
    if (need > TAIL_LEVEL_CAP)
        t->alarm_score = INFINITY;
    else if (need >= at_u0)
        t->alarm_score = (float)((double)t->u0 * fmath_exp((need - at_u0) / (double)t->xi_inverse));
    else
        t->alarm_score = (float)((double)t->u0 * need / at_u0);
}

void tail_set_budget(struct tail *t, double budget_per_day, double blocks_per_day)
{
    t->alarm_level = (float)fmath_log(blocks_per_day / budget_per_day);
    derive(t);
}

void tail_init(struct tail *t, const struct tail_rule *rule, double budget_per_day, double blocks_per_day)
{
    memset(t, 0, sizeof(*t));
    t->rule = rule;
    t->block_end_ns = INT64_MIN;
    t->u0 = (float)rule->u0_prior;
    t->level_u0 = (float)-fmath_log(PU_PRIOR);
    t->xi_inverse = (float)(1 / rule->xi_prior);
    tail_set_budget(t, budget_per_day, blocks_per_day);
}

void tail_set_rule(struct tail *t, const struct tail_rule *rule)
{
    assert(rule->blocks == t->rule->blocks);
    t->rule = rule;
    if (t->count < TAIL_WARM)
        t->xi_inverse = (float)(1 / rule->xi_prior);
    derive(t);
}

double tail_level_beyond(const struct tail *t, double score)
{
    double level = (double)t->level_u0 + fmath_log(score / (double)t->u0) * (double)t->xi_inverse;
    return (level < TAIL_LEVEL_CAP ? level : TAIL_LEVEL_CAP) * (double)t->temper;
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
    double sum = 0, weight = t->rule->xi_weight;
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
    for (int c = 255; c > code && taken < k; c--) {
        sum += histogram[c] * ((c - code) * CODE_STEP);
        taken += histogram[c];
    }
    double xi = (sum + weight * t->rule->xi_prior) / (k + weight);
    t->u0 = (float)decode((unsigned)code);
    t->level_u0 = (float)-fmath_log((double)k / n);
    t->xi_inverse = (float)(1 / (xi > XI_MIN ? xi : XI_MIN));
}

/* Notes whether the block that closes was strange; returns whether so many of late were that they are the new
 * normal. */
static bool note_strange(struct tail *t, bool strange)
{
    unsigned last = 0;

    for (int i = TAIL_STRANGE_WORDS - 1; i > 0; i--)
        t->strange[i] = t->strange[i] << 1 | t->strange[i - 1] >> 63;
    t->strange[0] = t->strange[0] << 1 | strange;
    for (unsigned i = 0, left = t->rule->strange_of; left > 0; i++) {
        unsigned bits = left < 64 ? left : 64;
        uint64_t mask = bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
        for (uint64_t word = t->strange[i] & mask; word; word &= word - 1)
            last++;
        left -= bits;
    }
    return last > t->rule->strange_most;
}

static void close_block(struct tail *t)
{
    /* The worst level of the block is that of its maximum: the fit did not change inside. */
    bool strange =
        t->learned >= TAIL_WARM && tail_level(t, (double)t->maximum) > fmath_log((double)t->rule->blocks);
    bool usual = note_strange(t, strange);

    if (!strange || usual) {
        t->codes[t->next] = encode((double)t->maximum);
        t->next = (uint16_t)((t->next + 1) % t->rule->blocks);
        if (t->count < t->rule->blocks)
            t->count++;
        if (t->learned < TAIL_BLOCKS)
            t->learned++;
    }
    if (t->closed < UINT32_MAX)
        t->closed++;
    t->maximum = 0;
    if (t->count >= TAIL_WARM)
        fit(t);
    derive(t);
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
