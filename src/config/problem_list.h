/* SPDX-License-Identifier: MIT
 * The problems of one file, put in the order of its lines before they are said. */
#ifndef COHERENCE_CONFIG_PROBLEM_LIST_H
#define COHERENCE_CONFIG_PROBLEM_LIST_H

#include <stddef.h>

#include "base/error.h"

#define PROBLEM_LIST_MAX 128 /* twice what base/yaml.h reports */

struct problem_list {
    struct error items[PROBLEM_LIST_MAX]; /* by line, column; equal places in the order of arrival */
    size_t count;
    size_t dropped; /* did not fit */
};

/* context: struct problem_list. Has the shape of a problem callback. */
void problem_list_add(void *context, const struct error *e);

/* Says all of them, and that there were more. problem: NULL allowed. */
void problem_list_say(
    const struct problem_list *l, void (*problem)(void *context, const struct error *e), void *context);

#endif
