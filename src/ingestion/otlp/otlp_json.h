/* SPDX-License-Identifier: MIT
 * The JSON form of OpenTelemetry's metrics as the same message in its protobuf form, so that one reader
 * (otlp_metrics.h) says what it means. Source: opentelemetry-proto, docs/specification.md, "JSON Protobuf
 * Encoding": lowerCamelCase names, enums as numbers, 64-bit integers as strings or numbers, unknown names
 * passed over. */
#ifndef COHERENCE_INGESTION_OTLP_JSON_H
#define COHERENCE_INGESTION_OTLP_JSON_H

#include <stddef.h>

/* Bounds that hold before anything is built of the text. Heuristic, chosen on 2026-11-22: a data point has
 * some 12 values in 300 bytes, and one value takes about 100 bytes while the text is taken apart. */
#define OTLP_JSON_MAX        ((size_t)8 << 20) /* bytes */
#define OTLP_JSON_VALUES_MAX 400000
#define OTLP_JSON_DEPTH_MAX  32

/* Turns a text into a message: *ret_bytes, malloc'd, for the caller to free. Returns 0; -EINVAL: the text is
 * no such JSON; -EFBIG: beyond a bound; -ENOMEM. On errors *ret_wrong says why (static). */
int otlp_json_convert(const char *text, size_t n, char **ret_bytes, size_t *ret_n, const char **ret_wrong);

#endif
