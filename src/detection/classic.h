/* SPDX-License-Identifier: MIT
 * The rules of the original Coherence, as its answers show them (docs/decisions/0005): a sentinel of fixed
 * limits over the last 60 rows, and variance escalation of single series. Units are the original's: percent,
 * megabytes (2^20 bytes). */
#ifndef COHERENCE_DETECTION_CLASSIC_H
#define COHERENCE_DETECTION_CLASSIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/law.h"

#define CLASSIC_WINDOW_MAX 512

struct classic_settings {
    double cpu_sigma; /* percentage points */
    double growth_mb_s;
    double ratio;
    double escalation; /* variance over the mean of all rolling variances */
    uint32_t window;   /* samples, 2..CLASSIC_WINDOW_MAX */
    uint32_t warmup;   /* samples before a verdict */
    int64_t stale_after_ns;
    int64_t join_ns; /* anomalies this close are one incident */
};

/* One row of telemetry; NaN = not in the telemetry. */
struct classic_row {
    int64_t t_ns;
    double cpu_percent, memory_mb, sent, received;
};

struct classic_sentinel {
    struct classic_row rows[CLASSIC_WINDOW_MAX]; /* a ring in order of arrival */
    uint32_t head, count;
};

struct classic_report {
    enum host_state state; /* WARMUP, STALE, STABLE, UNSTABLE */
    enum veto_type veto;
    double sigma, growth_mb_s, ratio; /* NaN in warm-up and when stale, or without a source */
};

/* Takes the row of one tick, in order of arrival (its time may lie before earlier rows'). */
void classic_sentinel_take(
    struct classic_sentinel *s, const struct classic_settings *c, const struct classic_row *row);

/* The sentinel's answer at now_ns. Cost O(window). */
struct classic_report classic_sentinel_judge(
    const struct classic_sentinel *s, const struct classic_settings *c, int64_t now_ns);

/* Rolling sample variance of one series over the last `window` samples, and the mean of all of them so far.
 */
struct classic_escalation {
    double ring[CLASSIC_WINDOW_MAX];
    uint32_t head, count;
    double sum_of_variances;
    uint64_t variances;
};

/* Takes a finite sample. Returns the variance of the window, NaN before `warmup` samples. */
double classic_escalation_take(struct classic_escalation *e, const struct classic_settings *c, double x);

/* Variance over the mean of all rolling variances seen so far (+ 1e-6): an anomaly above settings.escalation.
 */
double classic_escalation_score(const struct classic_escalation *e, double variance);

#endif
