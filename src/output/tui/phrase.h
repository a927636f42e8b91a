/* SPDX-License-Identifier: MIT
 * Numbers in the words of the screen. */
#ifndef COHERENCE_OUTPUT_TUI_PHRASE_H
#define COHERENCE_OUTPUT_TUI_PHRASE_H

#include <stdint.h>

#include "base/text.h"

/* Appends a value with its unit, three significant digits ("30.6 %", "1.25 MB/s"; By/s is said in MB/s, "1"
 * has no unit). NaN: "no data". */
void phrase_quantity(struct text *out, double value, const char *unit);

/* Appends "0 to 12 %", "up to 12 %", "from 3 %", or "not known" when both are NaN. */
void phrase_band(struct text *out, double lo, double hi, const char *unit);

/* Appends a time span in its two largest units, whole seconds ("5m18s", "0s" for what is negative). */
void phrase_span(struct text *out, int64_t ns);

/* Appends a time scale in seconds, or minutes from 120 s on ("0.8 s", "3.4 min"). */
void phrase_scale(struct text *out, double s);

/* Appends a share of 0..1 with two decimals ("0.40"). */
void phrase_share(struct text *out, double share);

#endif
