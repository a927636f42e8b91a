/* SPDX-License-Identifier: MIT
 * Where a sentinel's recording goes: into the state file, into the file of record or --record, both, or
 * nowhere. */
#ifndef COHERENCE_CLI_FLIGHT_H
#define COHERENCE_CLI_FLIGHT_H

#include "cli/record.h"
#include "cli/short_memory.h"
#include "state/state_writer.h"

/* All zero: nothing is recorded. */
struct flight {
    struct record file;
    struct recorder *recorder;
    struct short_memory *memory; /* what the screen looks back on, where the state file keeps nothing */
};

/* The engine stands where it begins, file is open (record_open) or zero: from here on everything is recorded
 * that shall be. writer: of the state file, borrowed until flight_stop; NULL: none. looks_back: where that
 * keeps nothing, the last of it is kept in memory. Returns an exit status. */
int flight_start(struct flight *f, struct session *s, struct state_writer *writer, bool looks_back);

/* Does the state file keep it? */
bool flight_is_kept(const struct session *s, const struct state_writer *writer);

/* The file of that recording cannot be written any more. */
bool flight_is_over(const struct flight *f);

/* Nobody looks back any more. Hands over what was collected and closes the file. Returns the exit status, as
 * record_close. */
int flight_stop(struct flight *f, struct session *s, int status);

#endif
