/* SPDX-License-Identifier: MIT
 * A session whose lines go to memory. */
#ifndef COHERENCE_TESTS_CLI_STAGE_H
#define COHERENCE_TESTS_CLI_STAGE_H

#include <sys/types.h>

#include "cli/session.h"

struct stage {
    struct session s;
    struct arguments a;
    int fd;
};

/* JSON lines of events, ticks and the summary; no engine yet. */
struct stage *stage_new(int64_t threads);

/* The lines so far, from that byte on; freed by the caller. */
char *stage_lines(struct stage *x, off_t from);

/* Bytes of lines so far. */
off_t stage_said(struct stage *x);

void stage_free(struct stage *x);

/* Has the flight simulator feed seconds of a built-in scenario. */
void stage_fly(const char *scenario, uint64_t seed, int64_t seconds, const struct feed *feed);

#endif
