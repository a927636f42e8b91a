/* SPDX-License-Identifier: MIT
 * The problems of one file, put in the order of its lines before they are said. */
#ifndef COHERENCE_CONFIG_PROBLEM_LIST_H
#define COHERENCE_CONFIG_PROBLEM_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define PROBLEM_LIST_MAX 64 /* more than anybody mends at a time */

struct problem_list {
    struct error items[PROBLEM_LIST_MAX]; /* by line, column; equal places in the order of arrival */
    size_t count;
    bool dropped; /* some, further down in the file, did not fit */
};

/* context: struct problem_list. Has the shape of a problem callback. */
void problem_list_add(void *context, const struct error *e);

/* Says all of them, and that there were more. problem: NULL allowed. */
void problem_list_say(
    const struct problem_list *l, void (*problem)(void *context, const struct error *e), void *context);

#endif
