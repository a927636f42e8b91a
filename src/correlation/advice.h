/* SPDX-License-Identifier: MIT
 * The advice (veto) that an open incident gives: by evidence only, without flickering, with an expiry. */
#ifndef COHERENCE_CORRELATION_ADVICE_H
#define COHERENCE_CORRELATION_ADVICE_H

#include "correlation/internal.h"

#define ADVICE_HOLD_NS INT64_C(60000000000) /* one kind of advice stands at least so long before another */
#define ADVICE_MARGIN                                                                                        \
    0.1 /* of strength, by which another must be stronger; heuristics, chosen on 2026-11-22 */

/* Renews, changes or drops s->incident.veto at now_ns. silent: nothing is heard of its host. Returns whether
 * there is news: advice begins, becomes another, or is taken back before it expired. */
bool advice_step(struct story *s, const struct catalog *names, bool silent, int64_t ttl_ns, int64_t now_ns);

#endif
