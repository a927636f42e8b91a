/* SPDX-License-Identifier: MIT
 * Prometheus' text exposition (0.0.4) and OpenMetrics (1.0) to samples of an intake.
 *
 * What is taken: gauges, counters, untyped values, quantiles of summaries, count and sum of histograms and
 * summaries, info and state sets as gauges. What is passed over: buckets (unless asked for), creation times
 * (_created) and exemplars. HELP and UNIT say nothing that is used; TYPE says what kind a series is.
 *
 * Faults. A line that is not well-formed is skipped and counted (`malformed`); a body with more than
 * EXPOSITION_BAD_LINES of them that make up more than one line in a hundred is refused as a whole, as is one
 * of OpenMetrics without its "# EOF" at the end, one whose last line has no end, and one with more samples
 * than are allowed. A second TYPE of a metric is such a line; one that comes behind samples says nothing of
 * those. A value that its kind cannot have, a label that comes twice, a time in the future: the intake's
 * matter.
 *
 * Source: Prometheus, "Exposition formats"; OpenMetrics 1.0.0, sections 5.2 and 5.3; for names in quotes,
 * Prometheus proposal 0028 (UTF-8 names). */
#ifndef COHERENCE_INGESTION_EXPOSITION_H
#define COHERENCE_INGESTION_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingestion/intake/intake.h"

#define EXPOSITION_BAD_LINES     10
#define EXPOSITION_BAD_LINES_MAX 10000 /* more are too many, however long the body is */

struct exposition_options {
    bool openmetrics; /* else text 0.0.4 */
    bool buckets;     /* of histograms too */
    uint64_t max_samples;
};

/* Reads n bytes into the batch that the caller has begun and ends. Returns 0; or, with e (its line is that of
 * the body), -EBADMSG or -E2BIG: the body is refused, the caller cancels the batch. Allocates nothing of its
 * own. Cost O(n); a line like that of the body before costs a comparison and the digits of its value. */
int exposition_read(
    const char *body, size_t n, const struct exposition_options *o, struct intake *in, struct error *e);

#endif
