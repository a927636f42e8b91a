/* SPDX-License-Identifier: MIT
 * Tapes on which everything happens at once: hosts that swing, leak, storm and fall silent; cgroups and
 * processes; a runtime whose collector works in vain; series that no law knows, some of them lost; values
 * that are no numbers. */
#ifndef COHERENCE_TESTS_ENGINE_WORLD_H
#define COHERENCE_TESTS_ENGINE_WORLD_H

#include "tape.h"

/* A tick a second; starts the tape. */
void world_of_seconds(struct tape *t, int seconds);
/* A tick a minute: tails fill, hosts are judged by their series together, blocks that warn early close. */
void world_of_minutes(struct tape *t, int minutes);

#endif
