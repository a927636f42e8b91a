/* SPDX-License-Identifier: MIT
 * When Datadog may be asked again: what it says of its rate limits, and how long failures make one wait. */
#ifndef COHERENCE_INGESTION_DATADOG_PACE_H
#define COHERENCE_INGESTION_DATADOG_PACE_H

#include <stddef.h>
#include <stdint.h>

#define DATADOG_WAIT_FIRST_NS INT64_C(5000000000)    /* after a first failure; doubled by each further one, */
#define DATADOG_WAIT_MOST_NS  INT64_C(300000000000)  /* up to this */
#define DATADOG_RESET_MOST_NS INT64_C(3600000000000) /* Datadog's periods are at most an hour */

struct datadog_pace {
    int64_t limit, remaining, reset_s, period_s; /* of the last answer; -1: not said */
    int64_t not_before_ns;                       /* monotonic */
    unsigned failures;                           /* in a row */
};

void datadog_pace_init(struct datadog_pace *p);

/* Before a request: what is said of limits is of its answer from here on. */
void datadog_pace_begin(struct datadog_pace *p);

/* A header of its answer, "Name: value"; others are passed over, and values that are no whole numbers.
 * Source: Datadog, "Rate Limits": X-RateLimit-Limit, -Period, -Remaining, -Reset, in seconds. */
void datadog_pace_header(struct datadog_pace *p, const char *line, size_t n);

/* A good answer came at now_ns: goes on at once, unless fewer than a tenth of the period's requests are left,
 * which are others' (heuristic, chosen on 2026-11-22): then when the period is over. */
void datadog_pace_good(struct datadog_pace *p, int64_t now_ns);

/* A failure, at now_ns. limited: it was 429. retry_after_ns: what the answer said; -1: nothing. Waits the
 * longest of that, the reset (limited) and the doubled wait. least_ns: at least so long. Returns the wait. */
int64_t datadog_pace_failed(
    struct datadog_pace *p, int64_t now_ns, int limited, int64_t retry_after_ns, int64_t least_ns);

#endif
