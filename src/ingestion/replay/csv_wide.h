/* SPDX-License-Identifier: MIT
 * Rows of wide CSV: timestamp, perhaps host, entity and now, and one column a metric. */
#ifndef COHERENCE_INGESTION_CSV_WIDE_H
#define COHERENCE_INGESTION_CSV_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingestion/replay/csv.h"
#include "ingestion/replay/replay_input.h"

#define CSV_WIDE_IDS_MAX                                                                                     \
    (1u << 22) /* series numbers kept (16 MiB); rows of further hosts are resolved anew each time */

struct csv_wide_time {
    int64_t t_ns;
    size_t n;
    char text[REPLAY_TIME_TEXT_MAX];
};

struct csv_wide {
    const struct csv_header *header; /* borrowed */
    struct replay_input *in;         /* borrowed */
    struct csv_wide_time time, now;  /* of the row before, by their texts */
    bool tick_due; /* rows of the clock's present reading came; the tick follows the last of them */
    int64_t tick_ns;
    uint32_t
        *ids; /* one run of metric_count numbers for each host or entity, then one for what is not kept */
    uint32_t run_count, run_capacity;
    uint32_t *spare_ids;
    double *values;                      /* of the row, by metric */
    char fault_text[ERROR_TEXT_MAX / 2]; /* what is wrong with the row */
};

int csv_wide_init(
    struct csv_wide *c, const struct csv_header *header, struct replay_input *in); /* 0 or -ENOMEM */
void csv_wide_done(struct csv_wide *c);

/* Parses the rows in p[0..end) (whole lines). *ret_stop: end, or the row that goes on beyond it. Returns 0 or
 * the fault that ends the replay. */
int csv_wide_rows(struct csv_wide *c, const char *p, const char *end, const char **ret_stop);

/* The input ends: states the last tick of a column now. Returns 0 or what the feed answered. */
int csv_wide_end(struct csv_wide *c);

#endif
