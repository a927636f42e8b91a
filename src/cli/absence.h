/* SPDX-License-Identifier: MIT
 * Time in which the observer did not look: a suspend, a stopped process, a clock that was set ahead. What was
 * not seen is no evidence, neither that something is over nor that it is lost. */
#ifndef COHERENCE_CLI_ABSENCE_H
#define COHERENCE_CLI_ABSENCE_H

#include <stdbool.h>

#include "base/text.h"
#include "net/loop.h"

/* Who looks again after so long, and after so many of its own periods, has been away: longer than a machine
 * that is busy keeps a process waiting. Heuristics, chosen on 2026-11-22. */
#define ABSENCE_LEAST_NS INT64_C(5000000000)
#define ABSENCE_PERIODS  3

struct absence {
    int64_t heard_ns; /* engine time of the last look; INT64_MIN: none yet */
};

/* Looks at t_ns (engine time, not before the last look), woken as `now` says. Was it away since? Then true,
 * with the time of the look before in *ret_before_ns, and in why (emptied first) a line that says so. */
bool absence_ends(struct absence *a, const struct loop_instant *now, int64_t t_ns, int64_t period_ns,
    int64_t *ret_before_ns, struct text *why);

#endif
