/* SPDX-License-Identifier: MIT
 * When a growing quantity meets its limit: first passage of a random walk with drift, from 24 block minima.
 */
#ifndef COHERENCE_DETECTION_TREND_EXHAUSTION_H
#define COHERENCE_DETECTION_TREND_EXHAUSTION_H

#include <stdbool.h>
#include <stddef.h>

/* Smallest time h with mu h + sign z sigma sqrt(h + h^2 / window) >= headroom: first passage of a random walk
 * with estimated drift. headroom: unit of x, >= 0; mu: unit per second; sigma: unit per square root of a
 * second, >= 0; window_s: length over which mu was estimated, > 0; sign_z: +z for the early, -z for the late
 * end. Searched from 3.6 s on a grid of factor 1.3, then halved 30 times. Returns seconds; +inf beyond
 * TREND_HORIZON_S. Source: prediction interval of a random walk with drift; docs/laws.md. */
#define TREND_HORIZON_S (1000.0 * 3600.0)
double trend_first_passage(double headroom, double mu, double sigma, double sign_z, double window_s);

#define EXHAUSTION_BLOCKS 24
#define EXHAUSTION_LAST   4 /* blocks that are "the last minima" */

struct exhaustion_input {
    double minima[EXHAUSTION_BLOCKS]; /* block minima of usage, oldest first */
    double recent_max; /* maximum of usage over the last two blocks: a saw-tooth crashes at its peak */
    double block_s;    /* length of a block, > 0 */
    double limit;      /* where it ends, > 0, unit of usage */
    double z;          /* 1.64 */
};

/* Everything that the rule looked at; the verdict thresholds are the law's. */
struct exhaustion {
    double slope_per_s;   /* mu over the whole window: last 4 minima against first 4 */
    double recent_per_s;  /* the same over the last third */
    double first_per_s;   /* and over the first third */
    double sigma;         /* per square root of a second */
    double drift_ratio;   /* mu sqrt(W) / sigma: at least 3 wanted */
    double quarter_ratio; /* smallest quarter's rise over the mean quarter's: at least 0.5 wanted; NaN when
                             the mean is not positive */
    double rise;          /* last minimum less first */
    double last_low;      /* smallest of the last 4 minima: for the record rule against all earlier minima */
    double earlier_high;  /* largest of the other 20 minima */
    double headroom;      /* limit less recent maximum, >= 0 */
    bool fits;            /* mu > 0, drift_ratio >= 3, quarter_ratio >= 0.5 */
    double early_s, middle_s,
        late_s; /* from the end of the last block; NaN unless it fits; +inf beyond TREND_HORIZON_S */
};

/* Judges 24 block minima. Returns 0; -EINVAL for a missing or infinite value or a length or limit out of
 * range (ret untouched). Cost O(1), some 2 us. Source: measured on one-second leaks and 673 host-days of
 * production memory (docs/laws.md). */
int trend_exhaustion(const struct exhaustion_input *in, struct exhaustion *ret);

/* Fills minima, recent_max and block_s from the last 24 k samples of x (k = window_s / dt_s / 24, at least
 * 1), evenly spaced by dt_s, no NaN. Returns 0 or -EINVAL (n < 24 k, k = 0, a NaN). The streaming form is
 * envelope.h. */
int exhaustion_input_from(
    const double *x, size_t n, double dt_s, double window_s, struct exhaustion_input *ret);

#endif
