/* SPDX-License-Identifier: MIT
 * Variance spectrum: how much a series moves at each time scale tau = dt, 2 dt, 4 dt ..., and the shape of it
 * by which a compute seizure is told from load, noise, steps and ramps. */
#ifndef COHERENCE_DETECTION_SPECTRUM_H
#define COHERENCE_DETECTION_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPECTRUM_MAX_SAMPLES 4096
#define SPECTRUM_MAX_OCTAVES 12
/* Below 11 differences the median form is too rough to judge by: heuristic, part of the seizure rule as it
 * was measured (docs/laws.md). */
#define SPECTRUM_MIN_BLOCKS 12

/* One octave, from the differences d of adjacent, non-overlapping block means of length tau. */
struct spectrum_octave {
    double tau_s;
    double mean_form;        /* A = sqrt(mean(d^2 / 2)), unit of x: the Allan deviation */
    double robust_form;      /* R = sqrt(median(d^2 / 2) / 0.4549), unit of x: a step does not move it, sparse
                                bursts neither */
    double half_von_neumann; /* V = mean(d^2 / 2) / variance of the block means: 1 for noise, near 0 for a
                                step or ramp, above 1 for alternation */
    uint32_t pairs;          /* differences behind it */
};

/* Work space of spectrum_compute: the caller's (48 KiB, of which 12 bytes a sample are touched). After a call
 * that returned an octave or more, window_mean and window_variance (divisor n - 1) are those of the values of
 * x that are finite, as the sums of the finest octave give them; the rest has no meaning. */
struct spectrum_scratch {
    double window_mean, window_variance;
    double mean[SPECTRUM_MAX_SAMPLES];
    float step[SPECTRUM_MAX_SAMPLES];
};

/* The spectrum of x[0..n-1], oldest first, one sample every dt_s seconds, at tau = dt_s 2^j <= tau_max_s.
 * Blocks are aligned to the end; a block with a value that is not finite is left out together with its
 * differences. Octaves come finest first and end at the first with fewer than SPECTRUM_MIN_BLOCKS blocks or
 * SPECTRUM_MIN_BLOCKS - 1 differences. quantum: for the rate of a counter, the counter's step in x's unit
 * times seconds (10 ms ticks as ratio of one CPU: 0.01); it adds quantum^2 / (4 tau^2) to the variance, which
 * is subtracted from A^2 and R^2 (clipped at 0; V is left as it is); 0 = none. n <= SPECTRUM_MAX_SAMPLES,
 * dt_s > 0, out_max <= any. Returns the number of octaves written to out, 0 when there is none (too few
 * samples or an argument out of range). x is not changed. Cost O(n). Relative rounding of R 1e-7 (its median
 * is taken in f32), of the rest 1e-12. Source: Allan 1966, Proc. IEEE 54(2), 221-230; Percival & Walden 2000,
 * Wavelet Methods for Time Series Analysis, ch. 8 (Haar); 0.4549 = median of chi-squared with one degree of
 * freedom; von Neumann 1941, Ann. Math. Stat. 12(4), 367-395. */
size_t spectrum_compute(const float *x, size_t n, double dt_s, double quantum, double tau_max_s,
    struct spectrum_octave *out, size_t out_max, struct spectrum_scratch *scratch);

/* When movement is a seizure. Amounts are in the unit of x: seizure_rule_for gives them for a full scale of 1
 * (ratio) or 100 (percent). */
struct seizure_rule {
    double floor; /* R at the scale, at least */
    double v_min; /* V at the scale, at least */
    double rise;  /* A over the smallest finer octave's, at least: the spectrum peaks inside */
    double steep; /* or, at the maximum, A over the next octave's, at least: falls faster than white noise
                     (1.41); just behind it, where the period lies between the two, the maximum over the next
                     octave's by the square of that */
    double mean_min, mean_max; /* of the window */
    double busy_level;         /* "busy" is a sample above it */
    double busy_share_max;     /* share of busy samples, less than */
};

/* The rule without history: floor 12 %, v_min 0.5, rise 1.5, steep 1.75, mean 5..80 %, less than half the
 * samples above 90 %, in units of full. Source: measured on lock convoys, cron bursts, builds, steps, ramps
 * and idle hosts (docs/laws.md). */
struct seizure_rule seizure_rule_for(double full);

/* Whether the window's level lets a seizure be told at all (mean and busy share). NaN = absent; false when
 * nothing is present. */
bool seizure_window_admits(const float *x, size_t n, const struct seizure_rule *rule);

/* Index of the first octave that has the shape, or -1. o: n octaves, finest first, as spectrum_compute gives
 * them. */
int seizure_shape(const struct spectrum_octave *o, size_t n, const struct seizure_rule *rule);

#endif
