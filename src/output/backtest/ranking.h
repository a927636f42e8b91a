/* SPDX-License-Identifier: MIT
 * Incidents of one worth, those counted with them taken in, ranked by what a person would look at first. */
#ifndef COHERENCE_OUTPUT_BACKTEST_RANKING_H
#define COHERENCE_OUTPUT_BACKTEST_RANKING_H

#include "verdict/verdict.h"

struct ranked {
    uint32_t incident; /* of the verdict's tape, the first of its group */
    uint32_t joined;   /* others counted with it */
    int64_t ended_ns;  /* of the last of them; the end of the telemetry when it was open then */
    double risk;       /* highest; NaN: not kept */
};

struct ranking {
    struct ranked *rows;
    uint32_t count;
};

/* By falling risk, then by time. Returns 0 or -ENOMEM. */
int ranking_make(struct ranking *ret, const struct verdict *v, enum incident_worth worth);
void ranking_done(struct ranking *r);

#endif
