/* SPDX-License-Identifier: MIT
 * Where a sentinel's recording goes: into the state file, into the file of record or --record, both, or
 * nowhere. */
#ifndef COHERENCE_CLI_FLIGHT_H
#define COHERENCE_CLI_FLIGHT_H

#include "cli/record.h"
#include "state/state_writer.h"

/* All zero: nothing is recorded. */
struct flight {
    struct record file;
    struct recorder *recorder;
};

/* The engine stands where it begins, file is open (record_open) or zero: from here on everything is recorded
 * that shall be. writer: of the state file, borrowed until flight_stop; NULL: none. Returns an exit status.
 */
int flight_start(struct flight *f, struct session *s, struct state_writer *writer);

/* The file of that recording cannot be written any more. */
bool flight_is_over(const struct flight *f);

/* Hands over what was collected and closes the file. Returns the exit status, as record_close. */
int flight_stop(struct flight *f, struct session *s, int status);

#endif
