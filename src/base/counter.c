/* SPDX-License-Identifier: MIT
 * Turns readings of a cumulative counter into increments over measured time, and says by name when there is
 * none: the first reading, a gap, a reset. A 32-bit wrap is believed only when everything speaks for it; a
 * fall of a 64-bit counter is always a reset, for none lives long enough to wrap. Dividing, and what a rate
 * means, is left to others. */
#include "base/counter.h"

#include <math.h>

#define NS_PER_S 1e9
#define WRAP_32  4294967296.0 /* 2^32 */
#define WRAP_MIN (0.75 * WRAP_32)

static bool is_wrap(const struct counter_rules *rules, double before, double value, double dt_s)
{
    if (!rules->wraps_at_32_bits || before <= WRAP_MIN || before >= WRAP_32)
        return false;
    return value - before + WRAP_32 < rules->max_rate_per_s * dt_s;
}

enum counter_event counter_update(struct counter *c, const struct counter_rules *rules, int64_t t_ns,
    double value, double *ret_delta, double *ret_dt_s)
{
    if (!isfinite(value) || value < 0 || (c->has_value && t_ns <= c->t_ns))
        return COUNTER_GAP;
    const struct counter last = *c;
    *c = (struct counter){.value = value, .t_ns = t_ns, .has_value = true};
    if (!last.has_value)
        return COUNTER_FIRST;
    const uint64_t dt_ns = (uint64_t)t_ns - (uint64_t)last.t_ns; /* may pass 2^63 */
    if (rules->max_gap_ns > 0 && dt_ns > (uint64_t)rules->max_gap_ns)
        return COUNTER_GAP;
    const double dt_s = (double)dt_ns / NS_PER_S;
    const double delta = value - last.value;
    enum counter_event event = COUNTER_RATE;
    double increment = delta;
    if (delta < 0 && -delta <= rules->back_tolerance) {
        /* The higher value stays: what it climbs again was counted already, and a slow slide ends as a reset.
         */
        c->value = last.value;
        event = COUNTER_BACK;
        increment = 0;
    } else if (delta < 0 && is_wrap(rules, last.value, value, dt_s)) {
        event = COUNTER_WRAPPED;
        increment = delta + WRAP_32;
    } else if (delta < 0) {
        return COUNTER_RESET;
    }
    *ret_delta = increment;
    *ret_dt_s = dt_s;
    return event;
}
