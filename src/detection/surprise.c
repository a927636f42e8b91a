/* SPDX-License-Identifier: MIT
 * Turns the samples of one series into a score in usual deviations. The score knows nothing of what is
 * measured; rarity is the tail's matter (tail.c), and what an alarm means is the shock law's.
 *
 * Source: measured starting point, docs/signals.md: recall .869 / .978 at 0.1 / 1 false incident per
 * series-day on several hundred real series, against .80 / .95 for the best single residual. */
#include "detection/surprise.h"

#include <string.h>

#include "base/fmath.h"

/* 1 - 0.5^(1/3): weight of a sample in the mean of half-life three samples. */
#define RECENT_WEIGHT 0.20629947401590032
#define HALF_LIFE_S   (7.0 * 86400.0)
#define SCALE_FLOOR   0.002 /* of the largest |x|: below it a deviation is rounding */
#define LARGEST_MIN   1e-12
/* Records count when they pass the former extreme by more than this share of the range so far, and after so
 * many blocks (heuristics, chosen on 2026-11-22 from 118 labelled series: docs/signals.md, "records"). */
#define RECORD_BEYOND     0.001
#define RECORD_AFTER      TAIL_WARM
#define EULER_GAMMA       0.57721566490153286
#define LARGEST_MAX       1e300 /* so that sums and differences of samples stay finite */
#define SETTLED           1e-9  /* of the smallest deviation that counts */
#define SCORE_AFTER       5u    /* residuals before a score is given */
#define LN2               0.69314718055994530942
#define DEFAULT_CADENCE_S 1.0
#define SLOW_STEP_S       2700.0 /* one sample an hour and less */
#define EVENT_STEPS       60.0
#define EVENT_MIN_S       300.0
#define EVENT_MAX_S       3600.0

void surprise_set_cadence(struct surprise *s, double dt_s, double budget_per_day)
{
    double per_day = 86400.0 / dt_s;
    s->weight = 1.0 - fmath_exp(-LN2 * dt_s / HALF_LIFE_S);
    tail_set_rule(&s->tail, dt_s < SLOW_STEP_S ? &tail_of_series : &tail_of_slow_series);
    tail_set_budget(&s->tail, budget_per_day, per_day < 24.0 ? per_day : 24.0);
}

void surprise_init(struct surprise *s, double budget_per_day)
{
    memset(s, 0, sizeof(*s));
    tail_init(&s->tail, &tail_of_series, budget_per_day, 24.0);
    surprise_set_cadence(s, DEFAULT_CADENCE_S, budget_per_day);
}

void surprise_set_budget(struct surprise *s, double budget_per_day, double before)
{
    if (budget_per_day < before || budget_per_day > before)
        tail_set_budget(&s->tail, budget_per_day, fmath_exp((double)s->tail.alarm_level) * before);
}

/* Scores residual r (0 while it cannot be formed) and learns it. */
static double judge_residual(struct average *a, double r, double weight, double floor, double *ret_scale)
{
    double scale = a->deviation > floor ? a->deviation : floor;
    double z = a->count > SCORE_AFTER ? fabs(r - a->mean) / scale : 0;
    *ret_scale = scale;
    average_take(a, r, weight, floor);
    return z;
}

/* The level of x as a new extreme. Of n exchangeable blocks the next one brings a new highest or lowest with
 * probability 2/n (Renyi 1962, records), and k of them brought one so far where 2 (ln n + gamma) are
 * expected: a series that climbs has had more, and its next is no news. How far beyond the former range it
 * lies adds the half logarithm of a tail of index 2. */
static double judge_record(struct surprise *s, double x, double *ret_bound)
{
    double low = s->lowest, high = s->highest, range = high - low, level = 0;
    double bound = x > high ? high : low, beyond = x > high ? x - high : x < low ? low - x : 0;

    if (!(beyond > 0))
        return 0;
    if (x > high)
        s->highest = x;
    else
        s->lowest = x;
    if (!(range > 0) || !(beyond > RECORD_BEYOND * range))
        return 0;
    uint32_t n = s->tail.closed, before = s->records - (s->record_block == n + 1);
    if (n >= RECORD_AFTER) {
        double usual = before / (fmath_log(n) + EULER_GAMMA);
        level = fmath_log(n / (usual > 2 ? usual : 2)) + 0.5 * fmath_log(1 + 100 * beyond / range);
        *ret_bound = bound;
    }
    if (s->record_block != n + 1) {
        s->record_block = n + 1;
        s->records++;
    }
    return level > 0 ? level : 0;
}

static double mean_of_8(const double *ring, uint32_t newest)
{
    double sum = 0;
    for (uint32_t i = 0; i < 8; i++)
        sum += ring[(newest - i) % SURPRISE_RING];
    return sum / 8;
}

void surprise_break(struct surprise *s)
{
    s->count = 0;
}

void surprise_take(struct surprise *s, int64_t t_ns, double x, struct surprise_view *ret_view)
{
    double *ring = s->ring;
    uint32_t at = s->count % SURPRISE_RING;
    double r[SURPRISE_RESIDUALS] = {0}, expected[SURPRISE_RESIDUALS];

    x = x > LARGEST_MAX ? LARGEST_MAX : x < -LARGEST_MAX ? -LARGEST_MAX : x;
    ring[at] = x;
    if (s->count == 0)
        s->recent = x;
    if (s->residual[0].count == 0)
        s->lowest = s->highest = x;
    double start = 1.0 / (double)(s->count + 1), w = start > RECENT_WEIGHT ? start : RECENT_WEIGHT;
    expected[0] = s->recent;
    expected[1] = expected[2] = x;
    r[0] = x - s->recent;
    s->recent += w * r[0];
    if (s->count < UINT32_MAX)
        s->count++;

    if (s->count >= 4) {
        expected[1] = (ring[(at - 2) % SURPRISE_RING] + ring[(at - 3) % SURPRISE_RING]) / 2;
        r[1] = (x + ring[(at - 1) % SURPRISE_RING]) / 2 - expected[1];
    }
    if (s->count >= 16) {
        expected[2] = mean_of_8(ring, at - 8);
        r[2] = mean_of_8(ring, at) - expected[2];
    }

    struct surprise_view v = {.bound = (double)NAN};
    v.record = judge_record(s, x, &v.bound);
    double largest = fabs(s->lowest) > fabs(s->highest) ? fabs(s->lowest) : fabs(s->highest);
    double floor = SCALE_FLOOR * (largest > LARGEST_MIN ? largest : LARGEST_MIN);
    /* A mean that has all but arrived is there: else it would creep through denormal numbers for hours. */
    if (fabs(x - s->recent) < SETTLED * floor)
        s->recent = x;
    for (int i = 0; i < SURPRISE_RESIDUALS; i++) {
        double scale, z = judge_residual(&s->residual[i], r[i], s->weight, floor, &scale);
        if (i == 0 || z > v.score) {
            v.score = z;
            v.expected = expected[i];
            v.scale = scale;
            v.residual = i;
        }
    }
    v.alarm = tail_take(&s->tail, t_ns, (float)v.score) || v.record >= (double)s->tail.alarm_level;
    *ret_view = v;
}

int64_t surprise_event_ns(double step_s)
{
    double s = EVENT_STEPS * step_s;
    s = s < EVENT_MIN_S ? EVENT_MIN_S : s > EVENT_MAX_S ? EVENT_MAX_S : s;
    return (int64_t)(s * 1e9);
}
