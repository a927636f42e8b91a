/* SPDX-License-Identifier: MIT
 * Words that several laws use for people: amounts in the units in which one thinks of them. */
#ifndef COHERENCE_DETECTION_WORDING_H
#define COHERENCE_DETECTION_WORDING_H

#include <stdint.h>

#include "base/text.h"
#include "core/catalog.h"

/* "1.5 GiB"; three digits, NaN as "no data". */
void wording_add_amount(struct text *t, double bytes);

/* A share 0..1 as "53 %", two digits. */
void wording_add_percent(struct text *t, double share);

/* "; exhausted in 4 min to 2.5 h", or "at the earliest" where late_s is infinite. Seconds, not NaN. */
void wording_add_exhaustion(struct text *t, double early_s, double late_s);

/* A value as it was judged by its surprise: a level in its unit, a counter as its rate. metric: a metric_id,
 * or METRIC_KNOWN_COUNT and more: a bare number of four digits. */
void wording_add_value(struct text *t, uint32_t metric, double value);

/* What was measured: a series by its name; a known metric by its own, and of what unless that is the host. */
void wording_add_subject(struct text *t, const struct catalog *names, uint32_t entity, uint32_t metric);

#endif
