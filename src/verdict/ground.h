/* SPDX-License-Identifier: MIT
 * What is known before the telemetry is read: the outages, and the rules by which incidents are held against
 * them. The rules are those of bench/quality (tally.py, recording.py), so that a backtest and the bench say
 * the same. */
#ifndef COHERENCE_VERDICT_GROUND_H
#define COHERENCE_VERDICT_GROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/outage.h"

#define GROUND_DAY_NS INT64_C(86400000000000)

/* What a promise is held against: not the first two days (the program itself says calibrated: false for two
 * days), not the hour around an outage, and no stretch shorter than a day. Source: bench/quality/tally.py. */
#define GROUND_WARM_NS     (2 * GROUND_DAY_NS)
#define GROUND_MARGIN_NS   INT64_C(3600000000000)
#define GROUND_SHORTEST_NS GROUND_DAY_NS

/* Incidents of one host whose alarms are this close are counted as one: 60 usual steps, between five minutes
 * and an hour. It makes 60 min of minute data and 5 min of second data, which are the rules of the sets that
 * bench/quality judges; heuristic in between. */
#define GROUND_MERGE_STEPS  60
#define GROUND_MERGE_MIN_NS INT64_C(300000000000)
#define GROUND_MERGE_MAX_NS INT64_C(3600000000000)

struct ground {
    const struct outage *outages; /* borrowed, in order of (start, end, line) */
    uint32_t count;
    int64_t lead_ns; /* so long before an outage an incident may open to have announced it, where its onset is
                        not known */
    int64_t merge_ns; /* -1: by the usual step */
    int64_t from_ns;  /* nobody has said what was healthy before that; INT64_MIN: all is labelled */
};

/* Orders outages as struct ground wants them. */
void ground_sort(struct outage *outages, size_t n);

/* From when on an incident that opens is about outage i. */
int64_t ground_reach(const struct ground *g, uint32_t i);

/* From when on a promise is held against a host whose first row is at first_ns. */
int64_t ground_warm_at(int64_t first_ns);

int64_t ground_merge(const struct ground *g, int64_t usual_ns);

/* The outages of a host, those of every host among them: indices, ascending. *ret is the caller's (free).
 * Returns their number, or -ENOMEM. */
int64_t ground_outages_of(const struct ground *g, const char *host, uint32_t **ret);

/* Does an incident that opened at t_ns belong to one of these outages? */
bool ground_is_about(const struct ground *g, const uint32_t *outages, uint32_t n, int64_t t_ns);

#endif
