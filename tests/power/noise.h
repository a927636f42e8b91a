/* SPDX-License-Identifier: MIT
 * Random building blocks of loads: draws from several distributions, noise that remembers, and things that go
 * on and off. */
#ifndef COHERENCE_TESTS_POWER_NOISE_H
#define COHERENCE_TESTS_POWER_NOISE_H

#include <stdbool.h>

#include "base/rng.h"

double noise_between(struct rng *r, double lo, double hi);

/* Uniform in the logarithm; 0 < lo < hi. */
double noise_log_between(struct rng *r, double lo, double hi);

/* Student's t with 3 degrees of freedom, divided by sqrt(3): standard deviation 1, tails of a power law. */
double noise_student(struct rng *r);

/* Pareto of index 1.5 from 1 on: a mean, but no variance. */
double noise_pareto(struct rng *r);

/* A count of that mean whose variance is `batch` times its mean: `batch` come together. */
double noise_batched(struct rng *r, double mean, double batch);

/* First-order autoregressive noise of standard deviation 1: x' = phi x + sqrt(1 - phi^2) e. */
struct wander {
    double phi, x;
};
double wander_next(struct wander *w, struct rng *r);

/* What is on for a while and off for a while. jitter: each stretch is its mean times a uniform number between
 * 1 - jitter and 1 + jitter; negative: exponential. */
struct train {
    double on_s, off_s; /* means */
    double jitter;
    bool on;
    double until_s; /* end of the present stretch */
};

/* The share of from_s..to_s (from_s < to_s, not before the last call's) that it is on. */
double train_share(struct train *t, struct rng *r, double from_s, double to_s);

#endif
