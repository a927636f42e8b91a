/* SPDX-License-Identifier: MIT
 * How rare is a score? The tail of a score's own hourly maxima as a Pareto law whose index is shrunk to a
 * prior, and the score at which a false-alarm budget is spent. */
#ifndef COHERENCE_DETECTION_TAIL_H
#define COHERENCE_DETECTION_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#define TAIL_BLOCKS    720                    /* blocks remembered at most: 30 days of hours */
#define TAIL_BLOCK_NS  INT64_C(3600000000000) /* one hour */
#define TAIL_WARM      24                     /* blocks before the tail is fitted to the series itself */
#define TAIL_LEVEL_CAP 40.0                   /* levels above say nothing more */
#define TAIL_STRANGE_WORDS                                                                                   \
    3 /* of 64 blocks each: how far back it is known which blocks were refused                               \
       */

/* What differs between the tail of one series and that of a whole host. */
struct tail_rule {
    double u0_prior;      /* before TAIL_WARM blocks a tenth of the blocks see more than this score */
    double xi_prior;      /* the Pareto index that the fit is shrunk to, */
    double xi_weight;     /* as if so many exceedances had said it */
    double start_share;   /* of its level that an empty tail may claim; */
    uint16_t settled;     /* all of it after so many learned blocks. 0: at once (see tail_level) */
    uint16_t blocks;      /* remembered, <= TAIL_BLOCKS */
    uint8_t strange_most; /* strange blocks among the last `strange_of` that are still refused; */
    uint8_t strange_of;   /* more are the new normal. <= 64 * TAIL_STRANGE_WORDS */
};
extern const struct tail_rule tail_of_series, tail_of_slow_series, tail_of_host, tail_of_host_single;

struct tail {
    /* What every sample needs. */
    int64_t block_end_ns; /* INT64_MIN: no sample yet */
    float maximum;        /* of the running block */
    float alarm_score;    /* scores at or above are alarms now; +inf: none can be */
    float u0;             /* the fit: P(block maximum > s) = pu (s/u0)^(-1/xi) above u0, */
    float slope;          /* below it a level of slope per score, already tempered */
    float level_u0;       /* -ln pu, not tempered */
    float xi_inverse;     /* 1/xi */
    float temper;         /* share of its level that the tail may claim, 0..1 */
    float alarm_level;    /* the budget's: alarm when -ln P >= it */
    /* What the hour needs. */
    const struct tail_rule *rule;
    uint64_t strange[TAIL_STRANGE_WORDS]; /* one bit per closed block, the last one lowest: it was strange */
    uint32_t closed;                      /* blocks closed, learned or not; saturating */
    uint16_t count, next;                 /* of codes[] */
    uint16_t learned;                     /* blocks learned, saturating at TAIL_BLOCKS */
    uint8_t codes[TAIL_BLOCKS]; /* logarithms of block maxima, 1/16 of e apart, oldest overwritten */
};

/* Starts empty. rule: kept by reference. budget_per_day: false alarms allowed per day, > 0. blocks_per_day:
 * 24, less when samples come more rarely than hourly. */
void tail_init(struct tail *t, const struct tail_rule *rule, double budget_per_day, double blocks_per_day);

/* Another rule for the same number of blocks, from the next fit on; what was learned stays. */
void tail_set_rule(struct tail *t, const struct tail_rule *rule);

/* Sets the alarm level anew (arguments as above); what was learned stays. */
void tail_set_budget(struct tail *t, double budget_per_day, double blocks_per_day);

/* Takes one score (>= 0, finite) at t_ns; closes the running block when its hour is over. Returns true when
 * it is an alarm. O(1); O(blocks) once an hour. */
bool tail_close_due(struct tail *t, int64_t t_ns);
static inline bool tail_take(struct tail *t, int64_t t_ns, float score)
{
    if (t_ns >= t->block_end_ns)
        tail_close_due(t, t_ns);
    if (score > t->maximum)
        t->maximum = score;
    return score >= t->alarm_score;
}

/* L = -ln P(a block maximum exceeds score), 0..TAIL_LEVEL_CAP, times the share that the tail may claim: n
 * blocks say n / (n + 24) of it until there are 48, and where the rule settles later, from start_share up in
 * a straight line. O(1), no logarithm for a score up to u0. */
double tail_level_beyond(const struct tail *t, double score);
static inline double tail_level(const struct tail *t, double score)
{
    if (score > (double)t->u0)
        return tail_level_beyond(t, score);
    return score > 0 ? score * (double)t->slope : 0;
}

/* False alarms a year at that score, as far as the history can tell: never rarer than once in 100 times the
 * exposure seen. NaN before TAIL_WARM blocks. */
double tail_per_year(const struct tail *t, double score, double blocks_per_day);

#endif
