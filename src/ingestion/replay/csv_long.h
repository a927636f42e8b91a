/* SPDX-License-Identifier: MIT
 * Rows of long CSV: timestamp, host, metric, value, entity, in the order that the header says. */
#ifndef COHERENCE_INGESTION_CSV_LONG_H
#define COHERENCE_INGESTION_CSV_LONG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingestion/replay/csv.h"
#include "ingestion/replay/replay_input.h"

struct csv_long {
    const struct csv_header *header; /* borrowed */
    struct replay_input *in;         /* borrowed */
    bool straight; /* timestamp first, nothing ignored: rows can be compared with their predecessors byte by
                      byte */
    int64_t t_ns;  /* of the text below */
    size_t time_n;
    char time[REPLAY_TIME_TEXT_MAX +
              3]; /* the timestamp of the row before as it stands there, with quotes and a comma */
};

void csv_long_init(struct csv_long *c, const struct csv_header *header, struct replay_input *in);

/* Parses the rows in p[0..end) (whole lines). *ret_stop: end, or the row that goes on beyond it. Returns 0 or
 * the fault that ends the replay. */
int csv_long_rows(struct csv_long *c, const char *p, const char *end, const char **ret_stop);

/* Is the metric of the row at p one that announces the input's own clock? */
bool csv_long_announces_clock(const struct csv_header *header, const char *p, const char *end);

#endif
