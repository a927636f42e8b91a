/* SPDX-License-Identifier: MIT
 * Does an amplification outlive what set it off? A trigger is a surge of what comes in (beyond its own
 * level), told from counts alone; it is gone when what comes in is back at that level. Goodput is the share
 * of what goes out that succeeds.
 *
 * Source: Bronson et al. 2021, Metastable Failures in Distributed Systems, HotOS; Huang et al. 2022,
 * Metastable Failures in the Wild, OSDI: a metastable state is one that lasts after its trigger is removed,
 * at low goodput. */
#ifndef COHERENCE_DETECTION_METASTABILITY_H
#define COHERENCE_DETECTION_METASTABILITY_H

#include <stdbool.h>
#include <stdint.h>

#include "detection/average.h"

struct metastability {
    struct average usual_in; /* counted in a window */
    int64_t surge_ns;        /* end of the latest window that was a surge; 0: none yet */
    int64_t away_ns; /* end of the latest window that was not back at the level, or ended well; 0: none yet */
    bool found;
};

/* One window of the traffic, all of it in the past. */
struct metastability_window {
    int64_t end_ns;
    double in;          /* counted in it, >= 0 */
    double good_share;  /* of what went out, 0..1; NaN = not known */
    double usual_good;  /* the same, usually; NaN = not known */
    bool amplified;     /* more went out than the own ratio explains */
    int64_t finding_ns; /* when the open finding of amplification was opened; 0: none is open */
    int64_t
        trigger_ns; /* latest evidence of another trigger on the same entity that is gone by now; 0: none */
};

/* Takes a window of a minute (they may overlap) and judges. learn: whether it may teach the level; pass whole
 * windows that do not overlap. O(1). */
void metastability_take(struct metastability *m, const struct metastability_window *w, bool learn);

#endif
