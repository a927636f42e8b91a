/* SPDX-License-Identifier: MIT
 * The messages of Prometheus remote write, 1.0 and 2.0, as batches of an intake. Reads bytes, knows nothing
 * of HTTP. Sources: Prometheus documentation, "Prometheus Remote-Write Specification" 1.0 and 2.0. */
#ifndef COHERENCE_INGESTION_WRITE_REQUEST_H
#define COHERENCE_INGESTION_WRITE_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "ingestion/intake/intake.h"

/* Of one message of 2.0. Heuristic, chosen on 2026-11-22: five for each sample of the largest batch. */
#define WRITE_SYMBOLS_MAX 500000

/* What a message held. */
struct write_summary {
    uint64_t series, samples;
    uint64_t histograms, exemplars, metadata; /* native histograms and exemplars are not taken */
    const char *wrong;                        /* static; why the message was refused; NULL: it was not */
};

struct write_reader;

struct write_reader *write_reader_new(void);    /* NULL: out of memory */
void write_reader_free(struct write_reader *r); /* NULL allowed */

/* Hands the series and samples of a message (after snappy) to the intake, between intake_begin and intake_end
 * or intake_cancel, which are the caller's. What cannot be a message at all is refused with -EINVAL and
 * ret->wrong, what there is no memory for with -ENOMEM and ret->wrong: then nothing of it should be fed.
 * Single series that break a rule are dropped and counted by the intake. O(n), without allocations once the
 * series are known. */
int write_request_read_1(
    struct write_reader *r, struct intake *in, const void *bytes, size_t n, struct write_summary *ret);
int write_request_read_2(
    struct write_reader *r, struct intake *in, const void *bytes, size_t n, struct write_summary *ret);

#endif
