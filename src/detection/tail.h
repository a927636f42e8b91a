/* SPDX-License-Identifier: MIT
 * How rare is a score? The tail of a score's own hourly maxima as a Pareto law whose index is shrunk to a
 * prior, and the score at which a false-alarm budget is spent. */
#ifndef COHERENCE_DETECTION_TAIL_H
#define COHERENCE_DETECTION_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#define TAIL_BLOCKS    720                    /* blocks remembered: 30 days of hours */
#define TAIL_BLOCK_NS  INT64_C(3600000000000) /* one hour */
#define TAIL_WARM      24                     /* blocks before the tail is fitted to the series itself */
#define TAIL_LEVEL_CAP 40.0                   /* levels above say nothing more */

struct tail {
    int64_t block_end_ns;       /* INT64_MIN: no sample yet */
    float maximum;              /* of the running block */
    float alarm_score;          /* scores at or above are alarms now; +inf: none can be */
    float u0, pu, xi;           /* the fit: P(block maximum > s) = pu (s/u0)^(-1/xi) above u0 */
    float refused;              /* running share of blocks not learned */
    float alarm_level;          /* budget's level: alarm when -ln P >= it */
    uint16_t count, next;       /* of codes[] */
    uint16_t learned;           /* blocks learned, saturating at TAIL_BLOCKS */
    uint8_t codes[TAIL_BLOCKS]; /* logarithms of block maxima, 1/16 of e apart; oldest overwritten */
};

/* Starts empty. budget_per_day: false alarms allowed per day, > 0. blocks_per_day: 24, less when samples come
 * more rarely than hourly. */
void tail_init(struct tail *t, double budget_per_day, double blocks_per_day);

/* Sets the alarm level anew (arguments as above); what was learned stays. */
void tail_set_budget(struct tail *t, double budget_per_day, double blocks_per_day);

/* Takes one score (>= 0, finite) at t_ns; closes the running block when its hour is over. Returns true when
 * it is an alarm. O(1); O(TAIL_BLOCKS) once an hour. */
bool tail_close_due(struct tail *t, int64_t t_ns);
static inline bool tail_take(struct tail *t, int64_t t_ns, float score)
{
    if (t_ns >= t->block_end_ns)
        tail_close_due(t, t_ns);
    if (score > t->maximum)
        t->maximum = score;
    return score >= t->alarm_score;
}

/* L = -ln P(a block maximum exceeds score), 0..TAIL_LEVEL_CAP, tempered during the first 48 blocks. */
double tail_level(const struct tail *t, double score);

/* False alarms a year at that score, as far as the history can tell: never rarer than once in 100 times the
 * exposure seen. NaN before TAIL_WARM blocks. */
double tail_per_year(const struct tail *t, double score, double blocks_per_day);

#endif
