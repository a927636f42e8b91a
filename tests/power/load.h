/* SPDX-License-Identifier: MIT
 * Synthetic loads of a host, healthy and sick: each turns a seed into readings, instant by instant. What the
 * engine makes of them is measured by trial.h. */
#ifndef COHERENCE_TESTS_POWER_LOAD_H
#define COHERENCE_TESTS_POWER_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rng.h"
#include "core/law.h"
#include "noise.h"

/* What a host says at one instant. NaN = it does not say it. */
struct load_reading {
    double cpu;             /* ratio of capacity, the mean since the last reading */
    double forks;           /* processes started so far */
    double used, limit;     /* bytes */
    double process;         /* bytes resident of the one process that is seen, while it runs */
    double in, out, failed; /* requests so far */
};

#define LOAD_LANES_MAX 8

/* One load under way: its parameters, drawn from the seed, and its state. */
struct load {
    const struct load_kind *kind;
    struct rng rng;
    double t_s; /* of the last reading */

    double level, low, high;           /* CPU: ratio of capacity; memory: share of the limit */
    double noise;                      /* standard deviation, in the same unit */
    double period_s, from_s;           /* of what comes again; when something begins */
    struct wander wander;              /* autocorrelated noise */
    struct train train;                /* what goes on and off */
    struct train lane[LOAD_LANES_MAX]; /* the same, several side by side */
    int lanes;
    double forks, forks_per_s;

    double slope_per_s, tooth, tooth_s, phase_s; /* memory: share of the limit (per second), and seconds */
    double leaked, next_step_s;
    double in, out, failed, fan_out; /* requests */
};

struct load_kind {
    const char *name;
    enum law_id law; /* that has to find it; LAW_COUNT: it is healthy */
    bool growth;     /* memory that ends: the trial runs until the limit is met */
    double step_s;   /* between readings */
    double onset_s;  /* when the illness begins; 0 for a healthy load */
    double span_s;   /* how long it runs at most */
    /* Draws the parameters. */
    void (*begin)(struct load *l);
    /* The next reading, at t_s > l->t_s; what it does not set stays NaN. */
    void (*next)(struct load *l, double t_s, struct load_reading *ret);
};

#define LOAD_LIMIT_BYTES 8e9

extern const struct load_kind cpu_loads[], memory_loads[], traffic_loads[];
extern const size_t cpu_load_count, memory_load_count, traffic_load_count;

/* The load at its start. The same kind and seed give the same readings. */
struct load load_begin(const struct load_kind *kind, uint64_t seed);

/* The reading at t_s, and nothing of what the kind does not have. */
struct load_reading load_next(struct load *l, double t_s);

#endif
