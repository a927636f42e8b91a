/* SPDX-License-Identifier: MIT
 * How surprising is this sample of any series? Three residuals (against a short mean, and two Haar
 * differences), each measured in its own usual deviation; the largest is the score, and its own hourly maxima
 * say how rare it is. Beside it stands the record: a value below or above everything seen so far. */
#ifndef COHERENCE_DETECTION_SURPRISE_H
#define COHERENCE_DETECTION_SURPRISE_H

#include <stdbool.h>
#include <stdint.h>

#include "detection/average.h"
#include "detection/tail.h"

#define SURPRISE_RING      16 /* samples that Haar 8|8 looks at */
#define SURPRISE_RESIDUALS 3

struct surprise {
    double ring[SURPRISE_RING]; /* at count % SURPRISE_RING the oldest */
    double recent;              /* mean of half-life 3 samples */
    double lowest, highest;     /* so far; the first sample is both */
    double weight;              /* of one sample in the 7-day moments */
    struct average residual[SURPRISE_RESIDUALS];
    uint32_t count;
    uint32_t records;      /* closed blocks that saw a record, */
    uint32_t record_block; /* and the running one if it is tail.closed + 1 */
    struct tail tail;
};

/* What the last sample was against what was expected. */
struct surprise_view {
    double score;
    double expected;
    double scale;  /* one usual deviation of the residual that scored, in the series' unit */
    double record; /* level of the sample as a new extreme; 0: it is none, or too little is known */
    double bound;  /* the extreme that it passed; NaN: none */
    int residual;  /* which one scored: 0 short mean, 1 Haar 2|2, 2 Haar 8|8 */
    bool alarm;    /* score or record, taken alone, spends the budget */
};

/* budget_per_day: false alarms allowed. Cadence is not known yet: surprise_set_cadence tells it. */
void surprise_init(struct surprise *s, double budget_per_day);
/* Another budget than `before`, for which it was made: the blocks a day stay. */
void surprise_set_budget(struct surprise *s, double budget_per_day, double before);
/* dt_s: seconds between samples, > 0. Sets the half-life of 7 days in samples and, for samples rarer than
 * hourly, the blocks per day. */
void surprise_set_cadence(struct surprise *s, double dt_s, double budget_per_day);

/* There is a hole: samples before and after it are not compared as neighbours. What is usual, and the
 * extremes seen so far, stay. */
void surprise_break(struct surprise *s);

/* Takes one finite sample; *ret_view is set. About 20 ns. */
void surprise_take(struct surprise *s, int64_t t_ns, double x, struct surprise_view *ret_view);

/* Alarms closer than sixty steps are one event: a minute-level series is one for an hour, a second-level one
 * for five minutes. step_s: seconds between samples; 0 = not known. Five minutes to an hour. */
int64_t surprise_event_ns(double step_s);

/* The larger of the score's level (tail_level) and the record's. */
static inline double surprise_level(const struct surprise *s, const struct surprise_view *v)
{
    double level = tail_level(&s->tail, v->score);
    return level > v->record ? level : v->record;
}

#endif
