/* SPDX-License-Identifier: MIT
 * A listener for the configuration's tests: keeps every problem as the line that a person would see. */
#ifndef COHERENCE_TESTS_CONFIG_HEARD_H
#define COHERENCE_TESTS_CONFIG_HEARD_H

#include <stddef.h>

#include "base/error.h"

struct heard {
    char lines[65536]; /* one a problem, each ended by a newline */
    size_t length;
    size_t count;
};

void heard_clear(struct heard *h);

/* context: struct heard. */
void heard_problem(void *context, const struct error *e);

#endif
