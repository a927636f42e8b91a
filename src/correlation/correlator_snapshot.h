/* SPDX-License-Identifier: MIT
 * What the correlator remembers, to bytes and back; and what happens to open incidents when their observer
 * was away. */
#ifndef COHERENCE_CORRELATION_CORRELATOR_SNAPSHOT_H
#define COHERENCE_CORRELATION_CORRELATOR_SNAPSHOT_H

#include "core/snapshot.h"
#include "correlation/correlator.h"

/* Marks in keep[] (a flag by an entity's place in the catalog) whatever an open incident tells of. */
void correlator_mark(const struct correlator *c, bool *keep);

/* Open incidents with their story, and who is silent. Reading: c is new. */
void correlator_pack(struct snapshot *s, struct correlator *c);

/* Nothing was observed for gap_ns (> 0). Open incidents stay open under their ids, without advice until what
 * they tell of has been seen again; that sight is said as an update. The gap does not count towards
 * "persistent". */
void correlator_resume(struct correlator *c, int64_t gap_ns);

#endif
