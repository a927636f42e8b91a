/* SPDX-License-Identifier: MIT
 * Turns the values that laws had, tick by tick, into heights of a sparkline. A value of zero has a height, a
 * missing value has none. */
#include "output/tui/history.h"

#include <math.h>
#include <stddef.h>

void history_push(struct history *h, double value, bool above)
{
    h->value[h->count % HISTORY_MAX] = (float)value;
    h->above[h->count % HISTORY_MAX] = above;
    h->count++;
    if (h->count == UINT32_MAX) /* after 136 years of seconds, but then still right */
        h->count = HISTORY_MAX + UINT32_MAX % HISTORY_MAX;
}

double history_at(const struct history *h, uint32_t age, bool *ret_above)
{
    bool there = age < HISTORY_MAX && age < h->count;
    uint32_t i = (h->count - 1 - age) % HISTORY_MAX;
    if (ret_above)
        *ret_above = there && h->above[i];
    return there ? (double)h->value[i] : (double)NAN;
}

bool history_range(const struct history *h, uint32_t n, double limit, double *ret_lo, double *ret_hi)
{
    double lo = 0.0, hi = isfinite(limit) && limit > 0.0 ? limit : 0.0;
    bool any = false;

    for (uint32_t age = 0; age < n; age++) {
        double v = history_at(h, age, NULL);
        if (!isfinite(v))
            continue;
        any = true;
        lo = v < lo ? v : lo;
        hi = v > hi ? v : hi;
    }
    if (any) {
        *ret_lo = lo;
        *ret_hi = hi;
    }
    return any;
}

unsigned history_level(double v, double lo, double hi, unsigned steps)
{
    if (isnan(v))
        return 0;
    if (!(hi > lo) || v <= lo)
        return 1;
    if (v >= hi)
        return steps;
    return 1 + (unsigned)((v - lo) / (hi - lo) * (double)(steps - 1) + 0.5);
}
