/* SPDX-License-Identifier: MIT
 * Many seeds of one load, as one row of figures. */
#ifndef COHERENCE_TESTS_POWER_SCORE_H
#define COHERENCE_TESTS_POWER_SCORE_H

#include <stdio.h>

#include "trial.h"

#define SCORE_SEEDS_MAX 10000

struct score {
    const struct load_kind *kind;
    unsigned seeds;
    double days;                /* healthy virtual time, all seeds together */
    unsigned found;             /* seeds in which the law that had to found it */
    unsigned found_60s;         /* of them within a minute */
    double delay_s;             /* median of those; NaN: none */
    unsigned wrong_seeds;       /* seeds with a finding of seizure, fever or amplification while healthy */
    unsigned wrong;             /* such findings */
    unsigned seizures, growths; /* of them */
    /* Statements of when the limit is met, in seeds that ended: the first of each, and all. */
    unsigned first, first_covered, all, all_covered, open; /* open: without a late end */
    double width;   /* median of (late - early) / truth over those with a late end; NaN: none */
    char text[512]; /* a wrong finding's */
    uint64_t text_seed;
};

/* Seeds first_seed .. first_seed + seeds - 1, seeds <= SCORE_SEEDS_MAX. */
struct score score_run(const struct load_kind *kind, uint64_t first_seed, unsigned seeds);

void score_print_head(FILE *out);
void score_print(FILE *out, const struct score *s);

#endif
