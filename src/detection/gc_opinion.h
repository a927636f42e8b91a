/* SPDX-License-Identifier: MIT
 * The fever law's opinion of a runtime that collects in vain. */
#ifndef COHERENCE_DETECTION_GC_OPINION_H
#define COHERENCE_DETECTION_GC_OPINION_H

#include "detection/law_module.h"

/* Judges w->gc (not NULL) at now_ns; learn: false while its finding is open. Fills *ret but for the facet. */
void gc_opinion_judge(
    struct watch *w, const struct law_settings *s, int64_t now_ns, bool learn, struct opinion *ret);

/* In how long the heap is exhausted; as law_module's estimate. */
void gc_opinion_estimate(const struct gc_spiral *g, struct estimate *ret);

/* Tells the story of it: cause, confidence, evidence, exhaustion, text. */
void gc_opinion_describe(const struct watch *w, struct finding *f);

#endif
