/* SPDX-License-Identifier: MIT
 * Tapes on which lives begin and end: cgroups and processes that come, leak, swing and go, and come again
 * under old names; series that no law knows, on them and on their hosts; a host that goes as a whole. */
#ifndef COHERENCE_TESTS_ENGINE_CHURN_H
#define COHERENCE_TESTS_ENGINE_CHURN_H

#include "tape.h"

/* A random schedule of that many seconds, a tick each; starts the tape. nested: some cgroups are below
 * others, which a recording does not tell: it names entities, not their parents. */
void churn_of_seconds(struct tape *t, uint64_t seed, int seconds, bool nested);

#endif
