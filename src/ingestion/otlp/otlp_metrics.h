/* SPDX-License-Identifier: MIT
 * OpenTelemetry's ExportMetricsServiceRequest, in its protobuf form, as a batch of an intake. Reads bytes,
 * knows nothing of HTTP. Source: opentelemetry-proto, metrics/v1/metrics.proto and common/v1/common.proto of
 * release 1.3; field numbers of later releases are passed over. */
#ifndef COHERENCE_INGESTION_OTLP_METRICS_H
#define COHERENCE_INGESTION_OTLP_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "ingestion/intake/intake.h"

/* What a message held. */
struct otlp_summary {
    uint64_t metrics, points; /* data points, of any kind */
    uint64_t odd;             /* points without a place here: sums that say no temporality, or are not
                                 monotonic and yet deltas; metrics without data of a kind that we know */
    const char *wrong;        /* static; why the message was refused; NULL: it was not */
};

struct otlp_reader;

struct otlp_reader *otlp_reader_new(void);    /* NULL: out of memory */
void otlp_reader_free(struct otlp_reader *r); /* NULL allowed */

/* Hands the data points of a message to the intake, between intake_begin and intake_end or intake_cancel,
 * which are the caller's. Labels are the attributes of the resource and, before them, those of the point;
 * those that are lists, maps or bytes are no labels. Histograms and summaries give NAME.count and NAME.sum.
 * -EINVAL with ret->wrong: the bytes are no such message, and nothing of it should be fed. O(n), without
 * recursion, and without allocations once the series are known. */
int otlp_metrics_read(
    struct otlp_reader *r, struct intake *in, const void *bytes, size_t n, struct otlp_summary *ret);

#endif
