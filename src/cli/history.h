/* SPDX-License-Identifier: MIT
 * What the commands that read the history share: which history, and what to say when there is none. */
#ifndef COHERENCE_CLI_HISTORY_H
#define COHERENCE_CLI_HISTORY_H

#include "cli/session.h"
#include "state/state_reader.h"

/* Opens the history of the configured state directory; before the seal. Returns an exit status; what is wrong
 * has been said. */
int history_open(struct session *s, struct state_source *ret);

/* Says how many rows were damaged and left out; of none nothing. */
void history_say_damaged(uint64_t rows);

/* Says why it cannot be read. Returns an exit status. */
int history_refuse(const struct session *s, const struct error *e);

#endif
