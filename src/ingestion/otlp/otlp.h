/* SPDX-License-Identifier: MIT
 * The receiver of OpenTelemetry's metrics over HTTP: POST /v1/metrics, protobuf and JSON (docs/otlp.md). */
#ifndef COHERENCE_INGESTION_OTLP_H
#define COHERENCE_INGESTION_OTLP_H

#include "base/option.h"
#include "ingestion/push/push_door.h"
#include "net/http_route.h"

struct otlp_options {
    bool enabled;
};
extern const struct option_row otlp_option_rows[];
extern const size_t otlp_option_count;

struct otlp;

/* door: of that source's intake; borrowed. NULL: out of memory. */
struct otlp *otlp_new(struct push_door *door);
void otlp_free(struct otlp *o); /* NULL allowed */

/* The row; its context is the struct otlp. */
extern const struct http_route otlp_route;

#endif
