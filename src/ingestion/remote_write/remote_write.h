/* SPDX-License-Identifier: MIT
 * The receiver of Prometheus remote write: POST /api/v1/write, protocol 1.0 and 2.0 (docs/remote-write.md).
 */
#ifndef COHERENCE_INGESTION_REMOTE_WRITE_H
#define COHERENCE_INGESTION_REMOTE_WRITE_H

#include "base/option.h"
#include "ingestion/push/push_door.h"
#include "net/http_route.h"

struct remote_write_options {
    bool enabled;
};
extern const struct option_row remote_write_option_rows[];
extern const size_t remote_write_option_count;

struct remote_write;

/* door: of that source's intake; borrowed. NULL: out of memory. */
struct remote_write *remote_write_new(struct push_door *door);
void remote_write_free(struct remote_write *w); /* NULL allowed */

/* The row; its context is the struct remote_write. */
extern const struct http_route remote_write_route;

#endif
