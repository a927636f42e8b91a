/* SPDX-License-Identifier: MIT
 * Turns timestamps into the habit of a source. What follows from its silence is the signal-lost law's matter. */
#include "detection/cadence.h"

#include <string.h>

#define LOST_STEPS     10.0
#define LOST_LONGEST   2.0
#define LOST_MINIMUM_S 10.0

void cadence_init(struct cadence *c)
{
    memset(c, 0, sizeof(*c));
    c->last_ns = INT64_MIN;
}

static float median_of_steps(const struct cadence *c)
{
    float sorted[CADENCE_STEPS];
    for (unsigned i = 0; i < CADENCE_STEPS; i++) {
        unsigned at = i;
        for (; at > 0 && sorted[at - 1] > c->steps_s[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = c->steps_s[i];
    }
    return (sorted[CADENCE_STEPS / 2 - 1] + sorted[CADENCE_STEPS / 2]) / 2;
}

bool cadence_take(struct cadence *c, int64_t t_ns)
{
    if (c->count == 0) {
        c->last_ns = t_ns;
        c->count = 1;
        return true;
    }
    if (t_ns <= c->last_ns)
        return false;
    float step = (float)((double)(t_ns - c->last_ns) * 1e-9);
    c->steps_s[(c->count - 1) % CADENCE_STEPS] = step;
    if (step > c->longest_s)
        c->longest_s = step;
    if (c->count % CADENCE_STEPS == 0)
        c->usual_s = median_of_steps(c);
    c->last_ns = t_ns;
    if (c->count < UINT32_MAX)
        c->count++;
    return true;
}

int64_t cadence_lost_at(const struct cadence *c, int64_t fixed_ns)
{
    if (c->count == 0 || (c->usual_s <= 0 && fixed_ns <= 0))
        return INT64_MAX;
    if (fixed_ns > 0)
        return c->last_ns + fixed_ns;
    double s = LOST_STEPS * (double)c->usual_s;
    if (s < LOST_LONGEST * (double)c->longest_s)
        s = LOST_LONGEST * (double)c->longest_s;
    if (s < LOST_MINIMUM_S)
        s = LOST_MINIMUM_S;
    return c->last_ns + (int64_t)(s * 1e9);
}
