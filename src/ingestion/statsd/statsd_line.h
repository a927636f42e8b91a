/* SPDX-License-Identifier: MIT
 * One line of StatsD or DogStatsD, taken apart. Sources: the StatsD project's docs/metric_types.md; Datadog's
 * "DogStatsD: Datagram Format and Shell Usage", protocol 1.0 to 1.3. */
#ifndef COHERENCE_INGESTION_STATSD_LINE_H
#define COHERENCE_INGESTION_STATSD_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingestion/intake/intake.h"

#define STATSD_VALUES_MAX 256  /* of one line: "a:1:2:3|ms" */
#define STATSD_MEMBER_MAX 1024 /* bytes of a set's member */

enum statsd_type { STATSD_COUNTER, STATSD_GAUGE, STATSD_TIMER, STATSD_SET };

/* All pointers lead into the line. */
struct statsd_line {
    const char *name;
    size_t name_n;
    enum statsd_type type; /* c; g; ms, h and d; s */
    const char *values;    /* "1:2:3"; of a set, the member */
    size_t values_n;
    double rate;      /* of sampling, above 0 and at most 1 */
    const char *tags; /* "env:prod,beta"; n 0: none */
    size_t tags_n;
    int64_t t_ns; /* INTAKE_NOW: when it came */
};

/* Takes n bytes without their line end apart. Returns true, or false and why: malformed; a name or tag with a
 * control character (bad_name); events and service checks, which have no place here (unsupported). Parts that
 * are not known are passed over. O(n). */
bool statsd_line_read(const char *line, size_t n, struct statsd_line *ret, enum intake_drop *ret_why);

/* The next value of a line that is no set, from *at on (0 at first). sign: '+', '-' or 0, as written. Returns
 * 1, 0 at the end, or -EINVAL: it is no number. */
int statsd_next_value(const struct statsd_line *l, size_t *at, double *ret_value, char *ret_sign);

/* The tags as labels, at most `most` of them; a tag without a value has the value "true". Returns how many
 * there are. */
size_t statsd_labels(const struct statsd_line *l, struct intake_label *ret, size_t most);

#endif
