/* SPDX-License-Identifier: MIT
 * The file of coherence record, and of --record: opened before the seal, written block by block, told of in
 * one line at the end. */
#ifndef COHERENCE_CLI_RECORD_H
#define COHERENCE_CLI_RECORD_H

#include "cli/recorder.h"
#include "state/recording_file.h"

struct record {
    const char *path; /* "-": standard output */
    struct recording_out out;
    const struct recorder *recorder; /* borrowed; NULL: nothing has begun */
    unsigned sink;                   /* its number there */
};

/* Opens path: made, or emptied when it is empty or a recording; anything else is left as it is. Before the
 * seal. Returns an exit status; after an error nothing is open. */
int record_open(struct record *r, const char *path);

/* From now on what that recorder gets goes there too. */
void record_start(struct record *r, struct recorder *recorder);

/* Can it still be written? 0, or the -errno why not (-EPIPE: the reader of standard output left). */
int record_fault(const struct record *r);

/* The recorder has been flushed: says what there is, and closes. Returns the exit status: status, or that of
 * a fault. All zero: nothing to do. */
int record_close(struct record *r, int status);

#endif
