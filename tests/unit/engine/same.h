/* SPDX-License-Identifier: MIT
 * Whether two engines have said the same. */
#ifndef COHERENCE_TESTS_ENGINE_SAME_H
#define COHERENCE_TESTS_ENGINE_SAME_H

#include "rig.h"

/* Fails the test, naming the first event that differs, unless both rigs hold the same events in the same
 * order, bit for bit (entities by name: ids may differ). */
void assert_same_events(const struct rig *a, const struct rig *b);

#endif
