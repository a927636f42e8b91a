/* SPDX-License-Identifier: MIT
 * What was passed over while something was judged: said at once on stderr, and kept for the report. */
#ifndef COHERENCE_CLI_NOTES_H
#define COHERENCE_CLI_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define NOTES_MAX 200 /* kept and said; more are counted */

struct notes {
    char *texts[NOTES_MAX];
    size_t count;
    uint64_t left_out;
};

void notes_add(struct notes *n, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_add_error(struct notes *n, const struct error *e);
void notes_done(struct notes *n);

#endif
