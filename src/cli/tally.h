/* SPDX-License-Identifier: MIT
 * What was judged in a part of the telemetry: an engine counts from its own beginning, which may lie before
 * the part (a replay that starts from a snapshot, a range of time), and a part may have seen several engines
 * (a recording over a restart). */
#ifndef COHERENCE_CLI_TALLY_H
#define COHERENCE_CLI_TALLY_H

#include "core/event.h"

/* All zero: the part is the engine's whole life. */
struct tally {
    struct summary base;   /* of the present engine when the part began, or it did */
    struct summary before; /* of engines that are gone, within the part */
};

/* The part, or another engine within it, begins at these totals. */
void tally_begin(struct tally *t, const struct summary *now);
/* That engine ends at these totals. */
void tally_end(struct tally *t, const struct summary *now);
/* What the part has come to. */
struct summary tally_total(const struct tally *t, const struct summary *now);

#endif
