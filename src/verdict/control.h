/* SPDX-License-Identifier: MIT
 * Detectors that a figure must beat before it means anything: alarms by the clock, by chance, at a share of
 * the largest value so far, by a plain exponentially weighted z-score. All are causal. Settings and formulas
 * are those of bench/quality/control.py. */
#ifndef COHERENCE_VERDICT_CONTROL_H
#define COHERENCE_VERDICT_CONTROL_H

#include <stdint.h>

#include "base/rng.h"
#include "verdict/ground.h"

enum control_kind { CONTROL_WEIGHTED, CONTROL_STATIC, CONTROL_PERIODIC, CONTROL_RANDOM, CONTROL_KINDS };

#define CONTROL_SETTINGS 36 /* of all kinds together */

/* A row of the table of settings. */
struct control_setting {
    enum control_kind kind;
    double value; /* usual deviations; share of the largest value; rows; chance per row */
};
extern const struct control_setting control_settings[CONTROL_SETTINGS];

/* "weighted z", "static share", "periodic", "random". */
const char *control_name(enum control_kind kind);

/* What a control remembers of one series. All zero: nothing yet. */
struct control_series {
    double most; /* largest value so far, 0 at least */
    double mean, variance, largest;
    uint64_t seen;
};

/* Scores of one row of one host: the largest over its series. */
struct control_row {
    double share, z;
};

/* The weight of a sample in what is usual, with a half-life of a day; step_s: the usual step. */
double control_steady(double step_s);

/* One sample (finite) of a row with that number, from 0, of a host. steady: control_steady. */
void control_take(
    struct control_row *row, struct control_series *s, uint64_t number, double steady, double x);

/* One setting on one host. */
struct control_state {
    int64_t last_ns;    /* latest alarm; INT64_MIN: none */
    int64_t settled_ns; /* settled time of the host at it */
    int64_t busy_ns;    /* settled time under an incident */
    uint32_t openings, outside;
};

struct control_host {
    struct control_state states[CONTROL_SETTINGS];
    struct rng chance;
};

/* name: of the host, which seeds chance. */
void control_begin(struct control_host *h, const char *name);

/* Which settings say alarm at a row: a bit each. */
uint64_t control_judge(struct control_host *h, const struct control_row *row, uint64_t number);

#endif
