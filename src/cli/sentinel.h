/* SPDX-License-Identifier: MIT
 * What live, run and record share: sources, engine and outputs on one loop, until told to stop. */
#ifndef COHERENCE_CLI_SENTINEL_H
#define COHERENCE_CLI_SENTINEL_H

#include <stdbool.h>

#include "cli/arguments.h"

struct sentinel_plan {
    bool may_draw;
    bool reloads;      /* SIGHUP reads the configuration anew; else it ends the program */
    bool only_records; /* `record`: nothing is said, and nothing else is kept */
};

/* Returns an exit status. */
int sentinel_run(const struct arguments *a, const struct sentinel_plan *plan);

#endif
