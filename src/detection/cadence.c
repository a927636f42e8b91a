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

static inline void order(float *a, float *b)
{
    float low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;
    *a = low;
    *b = high;
}

/* The middle two of eight: two halves sorted, and of their merge the border between its lower and its upper
 * half. Always the same comparisons, and none of them a jump: jitter cannot be guessed. Source: Batcher 1968
 * (bitonic merge). */
_Static_assert(CADENCE_STEPS == 8, "the network sorts eight");
static double median_of_steps(const struct cadence *c)
{
    float s[CADENCE_STEPS], low, high;

    memcpy(s, c->steps_s, sizeof(s));
    for (unsigned i = 0; i < CADENCE_STEPS; i += 4) {
        order(&s[i], &s[i + 1]);
        order(&s[i + 2], &s[i + 3]);
        order(&s[i], &s[i + 2]);
        order(&s[i + 1], &s[i + 3]);
        order(&s[i + 1], &s[i + 2]);
    }
    for (unsigned i = 0; i < 4; i++)
        order(&s[i], &s[7 - i]);
    low = s[0];
    high = s[4];
    for (unsigned i = 1; i < 4; i++) {
        low = s[i] > low ? s[i] : low;
        high = s[4 + i] < high ? s[4 + i] : high;
    }
    double median = ((double)low + (double)high) / 2;
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

/* A step that is longer than any of late. A pause that was not loss is part of the habit; one that was loss
 * is an outage and no habit, unless it comes again soon. */
static void learn_longest(struct cadence *c, float step)
{
    bool was_loss = c->allowed_ns != INT64_MAX && (double)step * 1e9 >= (double)c->allowed_ns;
    bool again = c->loss_count && c->count - c->loss_count <= LOSS_AGAIN;

    if (was_loss)
        c->loss_count = c->count;
    if (!was_loss || again)
        c->longest_s = step;
}

/* What does not happen at every sample: the habit is renewed, or a step was longer than any of late. Apart,
 * so that the rest needs no room for it. */
__attribute__((noinline)) static void renew(struct cadence *c, float step)
{
    if (step > c->longest_s)
        learn_longest(c, step);
    if (c->count % CADENCE_STEPS == 0) {
        c->usual_s = median_of_steps(c);
        c->longest_s *= (float)LONGEST_FADES;
    }
    set_allowance(c);
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
    /* What is allowed is twice the longest: a step within that is no loss. */
    if (c->count % CADENCE_STEPS == 0 || step > c->longest_s)
        renew(c, step);
    c->last_ns = t_ns;
    if (c->count < UINT32_MAX)
        c->count++;
    return true;
}
