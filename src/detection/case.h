/* SPDX-License-Identifier: MIT
 * From opinions to findings: one law's opinion of one entity opens a finding, keeps it, and closes it only by
 * evidence that it is over. */
#ifndef COHERENCE_DETECTION_CASE_H
#define COHERENCE_DETECTION_CASE_H

#include "detection/law_module.h"

/* Takes the opinion of this tick. Returns the finding that was opened, closed or told anew (a clearly
 * stronger sight: CHANGE_UPDATE) just now (owned by the watch, valid until its next step), or NULL. Opens at
 * the first active opinion; closes after the law's hold time of state ok without evidence, not before its
 * dwell time. While the source is stale nothing closes: silence is no evidence, until CASE_GONE_NS, when the
 * entity counts as gone. */
#define CASE_GONE_NS INT64_C(900000000000) /* heuristic: a quarter of an hour */
const struct finding *case_step(struct watch *w, const struct law_module *law, const struct law_settings *s,
    const struct catalog *names, int64_t now_ns, const struct opinion *o);

/* The entity's life has ended (w->end): its open finding of that law closes at now_ns, and its sentence says
 * so. Returns like case_step. */
const struct finding *case_end(struct watch *w, enum law_id law, int64_t now_ns);

/* What was learned of the entity is forgotten: the same, in other words. */
const struct finding *case_forget(struct watch *w, enum law_id law, int64_t now_ns);

#endif
