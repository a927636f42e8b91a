/* SPDX-License-Identifier: MIT
 * The list of known outages as people write it: CSV with a header, `start,end` and, as they like, `host`,
 * `label`, `onset`, in any order. */
#ifndef COHERENCE_INGESTION_OUTAGE_CSV_H
#define COHERENCE_INGESTION_OUTAGE_CSV_H

#include <stddef.h>

#include "base/error.h"
#include "core/outage.h"

#define OUTAGE_CSV_BYTES_MAX (4u * 1024u * 1024u)
#define OUTAGE_CSV_ROWS_MAX  10000
/* From 1843 to 2096: the time between any two of these fits 64 bits. */
#define OUTAGE_CSV_TIME_MAX INT64_C(4000000000000000000)

/* Who is told of each fault, with its place: a row that is left out, or (code 0) one that is kept although
 * something is odd about it. */
struct outage_csv_listener {
    void *context;
    void (*fault)(void *context, const struct error *e);
};

/* text: n bytes, anything. start, end: Unix seconds or RFC 3339, end not before start; onset (when the fault
 * began, if somebody knows): not after start, empty = not known; host: empty or `*` = every host; label: any
 * text. Other columns are passed over, and said. A bad row is left out and said, the others stand. Returns 0
 * with *ret (the caller's, free; NULL without rows) and *ret_n; or, with e filled, -EBADMSG (no header that
 * names start and end, not CSV), -EFBIG (more bytes or rows than are taken), -ENOMEM. */
int outage_csv_parse(const char *text, size_t n, const char *name, const struct outage_csv_listener *listener,
    struct outage **ret, size_t *ret_n, struct error *e);

#endif
