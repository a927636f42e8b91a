/* SPDX-License-Identifier: MIT
 * A simulated flight, kept whole for tests: values by metric, and a hash of everything that was fed. */
#ifndef COHERENCE_TESTS_INGESTION_FLIGHT_H
#define COHERENCE_TESTS_INGESTION_FLIGHT_H

#include "core/feed.h"
#include "ingestion/simulator/simulator.h"

#define FLIGHT_VALUES_MAX 262144 /* more than slow-burn's CPU readings */

struct flight_series {
    size_t n;
    int64_t *t_ns; /* since the start */
    double *values;
};

struct flight {
    struct catalog *catalog;
    uint64_t hash; /* of every sample (time, host, metric, bits) and tick, in order */
    uint64_t frames, samples, ticks;
    int64_t last_tick_ns; /* since the start */
    bool disordered;      /* a frame not after the last tick, or a tick not one second after the one before */
    struct flight_series of[METRIC_KNOWN_COUNT]; /* of the first host */
};

/* Flies it to the end; a fault fails the test. duration_ns: 0 = the scenario's own. */
void flight_fly(struct flight *f, const struct scenario *s, uint64_t seed, int64_t duration_ns);
void flight_fly_builtin(struct flight *f, const char *name, uint64_t seed);
void flight_done(struct flight *f);

/* Mean and sample standard deviation of a metric's values in (from_s, to_s]. */
double flight_mean(const struct flight *f, enum metric_id metric, double from_s, double to_s);
double flight_deviation(const struct flight *f, enum metric_id metric, double from_s, double to_s);
/* Growth a second of a metric between the last values at or before from_s and to_s. */
double flight_rate(const struct flight *f, enum metric_id metric, double from_s, double to_s);

#endif
