/* SPDX-License-Identifier: MIT
 * Turns timestamps into the habit of a source. What follows from its silence is the signal-lost law's matter.
 */
#include "detection/cadence.h"

#include <math.h>
#include <string.h>

#define ROUND_FROM_S   0.02
#define LOST_STEPS     10.0
#define LOST_LONGEST   2.0
#define LOST_MINIMUM_S 10.0
#define LONGEST_FADES  0.98 /* at each renewal: halved after some 280 samples without such a pause */
#define LOSS_AGAIN     100U /* samples: a second loss within so many is how this source is */
#define ALLOWED_MAX_S  9e9  /* more than this is never lost: nanoseconds end there */

void cadence_init(struct cadence *c)
{
    memset(c, 0, sizeof(*c));
    c->last_ns = INT64_MIN;
    c->allowed_ns = INT64_MAX;
}

static double median_of_steps(const struct cadence *c)
{
    float sorted[CADENCE_STEPS];
    for (unsigned i = 0; i < CADENCE_STEPS; i++) {
        unsigned at = i;
        for (; at > 0 && sorted[at - 1] > c->steps_s[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = c->steps_s[i];
    }
    double median = ((double)sorted[CADENCE_STEPS / 2 - 1] + (double)sorted[CADENCE_STEPS / 2]) / 2;
    /* To the millisecond: what is beyond is the jitter of whoever took the times. */
    return median >= ROUND_FROM_S ? floor(median * 1000 + 0.5) / 1000 : median;
}

static void set_allowance(struct cadence *c)
{
    double s = LOST_STEPS * c->usual_s;
    if (c->usual_s <= 0)
        return;
    if (s < LOST_LONGEST * (double)c->longest_s)
        s = LOST_LONGEST * (double)c->longest_s;
    if (s < LOST_MINIMUM_S)
        s = LOST_MINIMUM_S;
    c->allowed_ns = s < ALLOWED_MAX_S ? (int64_t)(s * 1e9) : INT64_MAX;
}

/* A pause that was not loss is part of the habit; one that was loss is an outage and no habit, unless it
 * comes again soon. */
static bool learn_longest(struct cadence *c, float step)
{
    /* What is allowed is twice the longest: a step within that is no loss. */
    if (step <= c->longest_s)
        return false;
    bool was_loss = c->allowed_ns != INT64_MAX && (double)step * 1e9 >= (double)c->allowed_ns;
    bool again = c->loss_count && c->count - c->loss_count <= LOSS_AGAIN;

    if (was_loss)
        c->loss_count = c->count;
    if (was_loss && !again)
        return false;
    c->longest_s = step;
    return true;
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
    float step = (float)((double)((uint64_t)t_ns - (uint64_t)c->last_ns) * 1e-9);
    c->steps_s[(c->count - 1) % CADENCE_STEPS] = step;
    bool renewed = c->count % CADENCE_STEPS == 0, longer = learn_longest(c, step);
    if (renewed) {
        c->usual_s = median_of_steps(c);
        c->longest_s *= (float)LONGEST_FADES;
    }
    if (longer || renewed)
        set_allowance(c);
    c->last_ns = t_ns;
    if (c->count < UINT32_MAX)
        c->count++;
    return true;
}
