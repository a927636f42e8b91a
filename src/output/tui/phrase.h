/* SPDX-License-Identifier: MIT
 * Numbers in the words of the screen. */
#ifndef COHERENCE_OUTPUT_TUI_PHRASE_H
#define COHERENCE_OUTPUT_TUI_PHRASE_H

#include <stdint.h>

#include "base/text.h"
#include "core/catalog.h"

/* Appends a value with its unit, three significant digits ("30.6 %", "1.25 MB/s"; By/s is said in MB/s, "1"
 * has no unit). NaN: "no data". */
void phrase_quantity(struct text *out, double value, const char *unit);

/* Appends an amount of bytes ("412 MiB", "1.5 GiB"). NaN: "no data". */
void phrase_bytes(struct text *out, double bytes);

/* Appends a quantity of a metric as view_signal gives it: percent of a share or of time, bytes, counts; a
 * rate with "/s". NaN: "no data". */
void phrase_signal(struct text *out, double value, uint32_t metric, const char *unit, bool rate);

/* What a known metric is called on the screen ("CPU pressure"); its own name when it is not known. */
const char *phrase_metric(const struct catalog *c, uint32_t metric);

/* Appends seconds ahead as "4 min", "3.5 h", "2 d". */
void phrase_ahead(struct text *out, double s);

/* Appends "0 to 12 %", "up to 12 %", "from 3 %", or "not known" when both are NaN. */
void phrase_band(struct text *out, double lo, double hi, const char *unit);

/* Appends a time scale in seconds, or minutes from 120 s on ("0.8 s", "3.4 min"). */
void phrase_scale(struct text *out, double s);

/* Appends a share of 0..1 with two decimals ("0.40"). */
void phrase_share(struct text *out, double share);

#endif
