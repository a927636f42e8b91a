/* SPDX-License-Identifier: MIT
 * Turns the times at which a sentinel looked into absences. What is done about one is the sentinel's matter.
 */
#include "cli/absence.h"

bool absence_ends(struct absence *a, const struct loop_instant *now, int64_t t_ns, int64_t period_ns,
    int64_t *ret_before_ns, struct text *why)
{
    const int64_t before_ns = a->heard_ns;

    a->heard_ns = t_ns;
    if (before_ns == INT64_MIN || t_ns - before_ns < ABSENCE_LEAST_NS ||
        t_ns - before_ns < ABSENCE_PERIODS * period_ns)
        return false;
    *ret_before_ns = before_ns;
    text_clear(why);
    text_add(why, now->suspended       ? "this host was suspended: "
                  : now->clock_stepped ? "the clock was set ahead: "
                                       : "this process did not get to run: ");
    text_add_span(why, t_ns - before_ns);
    text_add(why, " were not seen, and are not judged");
    return true;
}
