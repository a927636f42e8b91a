/* SPDX-License-Identifier: MIT
 * How surprising is this sample of any series? Three residuals (against a short mean, and two Haar
 * differences), each measured in its own usual deviation; the largest is the score, and its own hourly maxima
 * say how rare it is. */
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
    double largest;             /* of |x| so far */
    double weight;              /* of one sample in the 7-day moments */
    struct average residual[SURPRISE_RESIDUALS];
    uint32_t count;
    struct tail tail;
};

/* What the last sample was against what was expected. */
struct surprise_view {
    double score;
    double expected;
    double scale; /* one usual deviation of the residual that scored, in the series' unit */
    int residual; /* which one: 0 short mean, 1 Haar 2|2, 2 Haar 8|8 */
};

/* budget_per_day: false alarms allowed. Cadence is not known yet: surprise_set_cadence tells it. */
void surprise_init(struct surprise *s, double budget_per_day);
/* dt_s: seconds between samples, > 0. Sets the half-life of 7 days in samples and, for samples rarer than
 * hourly, the blocks per day. */
void surprise_set_cadence(struct surprise *s, double dt_s, double budget_per_day);

/* Takes one finite sample. Returns true when it is an alarm; *ret_view is set in any case. About 20 ns. */
bool surprise_take(struct surprise *s, int64_t t_ns, double x, struct surprise_view *ret_view);

#endif
