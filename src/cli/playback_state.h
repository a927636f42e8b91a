/* SPDX-License-Identifier: MIT
 * What the flight recorder kept in a state directory through a playback. */
#ifndef COHERENCE_CLI_PLAYBACK_STATE_H
#define COHERENCE_CLI_PLAYBACK_STATE_H

#include "cli/playback.h"
#include "state/state_reader.h"

/* Reads the blocks of the state file behind source, from the KEY before the range that session's arguments
 * ask for to its end. stop: polled; non-zero ends it with -EINTR. Returns 0, -ENOENT (nothing is recorded
 * there), -EBADMSG, or what reading or playback_block answered; e says it in words where it has some. */
int playback_state(
    struct playback *p, const struct state_source *source, const volatile int *stop, struct error *e);

#endif
