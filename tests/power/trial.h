/* SPDX-License-Identifier: MIT
 * One seed of one load through the engine with its default options: what it found, when, and what it said
 * about the end. */
#ifndef COHERENCE_TESTS_POWER_TRIAL_H
#define COHERENCE_TESTS_POWER_TRIAL_H

#include "load.h"

#define TRIAL_TELLINGS_MAX 64

/* One statement of when the limit will be met, and when that was in truth. */
struct trial_telling {
    double truth_s;    /* from the statement on */
    double lo_s, hi_s; /* NaN: no such end */
};

struct trial {
    double days;                        /* of virtual time that was healthy */
    bool found;                         /* by the law that had to, after onset */
    double delay_s;                     /* from onset */
    unsigned wrong;                     /* findings of seizure, fever and amplification while healthy */
    unsigned seizures, growths, others; /* the same by kind: compute seizure, fever's leak, the rest */
    bool ended;                         /* the limit was met */
    struct trial_telling tellings[TRIAL_TELLINGS_MAX];
    unsigned telling_count; /* known only when ended */
    char text[512];         /* of the first wrong finding, or of the one that found */
};

/* Runs the load. Ticks are a second apart, or as far as its readings. The same arguments give the same
 * result. */
struct trial trial_run(const struct load_kind *kind, uint64_t seed);

#endif
