/* SPDX-License-Identifier: MIT
 * Turns the samples of a lone series into a distance from its own past, and a level of surprise into one that
 * has been earned by being new. The past is kept as places rather than samples: a residual within a fiftieth
 * of a deviation of a place renews it, so that a month fits where a ring of samples would hold two weeks at
 * five minutes or an hour at a second. How surprising a sample is by itself is surprise.c's; what an alarm
 * means is the shock law's.
 *
 * Source: conformal nearest-neighbour detection (Burnaev and Ishimtsev 2016, arXiv:1608.04585) for the idea
 * that distance to the past is what is strange; everything else is measured, docs/signals.md, "novelty". */
#include "detection/novelty.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmath.h"
#include "detection/surprise.h"

/* Heuristics, chosen on 2026-11-22 from 118 labelled series (docs/signals.md, "novelty"). */
#define SAME            0.02  /* deviations: nearer than this to a place is at it */
#define SCALE_FLOOR     0.002 /* of the largest |x|: below it a deviation is rounding, as in surprise.c */
#define LARGEST_MIN     1e-12
#define LARGEST_MAX     1e150 /* so that squares of residuals stay finite */
#define FORGET_HOURS    720   /* as long as the tail remembers */
#define SPEAKS_AFTER    20u   /* residuals before a distance is given */
#define HALF_AFTER      24.0  /* hours that say half of it: n / (n + 24), as the tail does */
#define HALF_UNTIL      48.0
#define SETTLED         168.0 /* hours; a memory says half at first and all of it after a week with every day */
#define SEEN_BEFORE     4.5
#define LEVEL_OF_NEWS   4.5  /* of what lies at NOVELTY_NEWS and surprises nobody, */
#define PER_LEVEL       0.33 /* and more for each level of surprise, */
#define PER_NEARER      2.6  /* for each factor e nearer than that, */
#define PER_FARTHER     0.6  /* and for each factor e farther */
#define LEVEL_MOST      12.0 /* a surprise rarer than once in two decades is no rarer than that */
#define NS_PER_HOUR     INT64_C(3600000000000)
#define NS_PER_DAY      (24 * NS_PER_HOUR)
#define BYTES_PER_PLACE (sizeof(double) + sizeof(int32_t))

struct novelty *novelty_new(size_t bytes)
{
    size_t fixed = sizeof(struct novelty) + sizeof(struct surprise);
    size_t capacity = (bytes - fixed) / (2 * BYTES_PER_PLACE);
    struct novelty *n = calloc(1, sizeof(*n) + 2 * capacity * BYTES_PER_PLACE);

    if (!n)
        return NULL;
    n->capacity = (uint32_t)capacity;
    n->bytes = sizeof(*n) + 2 * capacity * BYTES_PER_PLACE;
    n->hour = INT32_MIN;
    n->value.where = (void *)(n + 1);
    n->recent.where = n->value.where + capacity;
    n->value.hour = (void *)(n->recent.where + capacity);
    n->recent.hour = n->value.hour + capacity;
    return n;
}

void novelty_break(struct novelty *n)
{
    n->held = 0;
}

/* How many places lie below x. */
static uint32_t places_below(const struct novelty_memory *m, double x)
{
    uint32_t lo = 0, hi = m->places;

    while (lo < hi) {
        uint32_t middle = lo + (hi - lo) / 2;
        if (m->where[middle] < x)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

static void drop(struct novelty_memory *m, uint32_t from, uint32_t count)
{
    uint32_t after = m->places - from - count;

    memmove(m->where + from, m->where + from + count, after * sizeof(*m->where));
    memmove(m->hour + from, m->hour + from + count, after * sizeof(*m->hour));
    m->places -= count;
}

static uint32_t longest_unseen(const struct novelty_memory *m)
{
    uint32_t oldest = 0;
    for (uint32_t i = 1; i < m->places; i++)
        if (m->hour[i] < m->hour[oldest])
            oldest = i;
    return oldest;
}

void novelty_remember(struct novelty_memory *m, uint32_t capacity, double where, int32_t hour)
{
    if (m->places == capacity)
        drop(m, longest_unseen(m), 1);
    uint32_t at = places_below(m, where), after = m->places - at;
    memmove(m->where + at + 1, m->where + at, after * sizeof(*m->where));
    memmove(m->hour + at + 1, m->hour + at, after * sizeof(*m->hour));
    m->where[at] = where;
    m->hour[at] = hour;
    m->places++;
}

/* Forgets what lies next to x and has not been seen for a month: a stretch of it on either side, up to the
 * first place that is still remembered. */
static void forget_around(struct novelty_memory *m, double x, int32_t hour)
{
    uint32_t from = places_below(m, x), to = from;

    while (to < m->places && (int64_t)hour - m->hour[to] > FORGET_HOURS)
        to++;
    while (from > 0 && (int64_t)hour - m->hour[from - 1] > FORGET_HOURS)
        from--;
    if (to > from)
        drop(m, from, to - from);
}

/* The place nearest to x; of two as near the lower. There is one. */
static uint32_t nearest(const struct novelty_memory *m, double x)
{
    uint32_t at = places_below(m, x);

    if (at == m->places || (at > 0 && x - m->where[at - 1] <= m->where[at] - x))
        return at - 1;
    return at;
}

/* How far residual r is from every place, in deviations of `scale`; it is remembered. NaN: too little is. */
static double look(struct novelty *n, struct novelty_memory *m, double r, double scale)
{
    double distance = (double)NAN;

    forget_around(m, r, n->hour);
    if (m->places == 0) {
        m->count = 0;
        n->hours = 0;
        novelty_remember(m, n->capacity, r, n->hour);
        return distance;
    }
    uint32_t at = nearest(m, r);
    double away = fabs(r - m->where[at]);
    if (m->count >= SPEAKS_AFTER)
        distance = away / scale;
    if (away <= SAME * scale)
        m->hour[at] = n->hour;
    else
        novelty_remember(m, n->capacity, r, n->hour);
    return distance;
}

static double share_of(uint32_t before, double weight)
{
    double start = 1.0 / ((double)before + 1);
    return start > weight ? start : weight;
}

static void count_up(uint32_t *count)
{
    if (*count < UINT32_MAX)
        ++*count;
}

/* What x is beyond the usual of its part of the day, which learns it. */
static double residual_of(struct novelty_memory *m, unsigned part, double x, double weight)
{
    double r = x - (m->seen[part] ? m->usual[part] : m->before);
    double keep = 1 - weight; /* a part of the day comes by an eighth of the time */

    keep *= keep;
    keep *= keep;
    keep *= keep;
    m->usual[part] += share_of(m->seen[part], 1 - keep) * (x - m->usual[part]);
    count_up(&m->seen[part]);
    m->before = x;
    return r;
}

static double distance_of(struct novelty *n, struct novelty_memory *m, unsigned part, double x, double weight)
{
    double floor = SCALE_FLOOR * (n->largest > LARGEST_MIN ? n->largest : LARGEST_MIN);
    double deviation = sqrt(m->variance), r = residual_of(m, part, x, weight);
    double distance = look(n, m, r, deviation > floor ? deviation : floor);
    double w = share_of(m->count, weight), d = r - m->mean;

    m->mean += w * d;
    m->variance = (1 - w) * (m->variance + w * d * d);
    count_up(&m->count);
    return distance;
}

static double recent_mean(struct novelty *n, double x)
{
    double sum = 0;

    n->ring[n->held % NOVELTY_RECENT] = x;
    /* Beyond the ring only the place in it matters. */
    n->held = n->held + 1 < 2 * NOVELTY_RECENT ? n->held + 1 : NOVELTY_RECENT;
    uint32_t count = n->held < NOVELTY_RECENT ? n->held : NOVELTY_RECENT;
    for (uint32_t i = 0; i < count; i++)
        sum += n->ring[i];
    return sum / count;
}

static void keep_time(struct novelty *n, int64_t t_ns)
{
    int32_t hour = (int32_t)(t_ns / NS_PER_HOUR);

    if (hour != n->hour)
        count_up(&n->hours);
    n->hour = hour;
}

double novelty_take(struct novelty *n, int64_t t_ns, double x, double weight)
{
    int64_t of_day_ns = t_ns % NS_PER_DAY;
    unsigned part =
        (unsigned)((of_day_ns < 0 ? of_day_ns + NS_PER_DAY : of_day_ns) / (NS_PER_DAY / NOVELTY_PARTS));
    bool first = n->hour == INT32_MIN;

    x = x > LARGEST_MAX ? LARGEST_MAX : x < -LARGEST_MAX ? -LARGEST_MAX : x;
    if (fabs(x) > n->largest)
        n->largest = fabs(x);
    if (first)
        n->value.before = n->recent.before = x;
    keep_time(n, t_ns);
    double value = distance_of(n, &n->value, part, x, weight);
    double recent = distance_of(n, &n->recent, part, recent_mean(n, x), weight);
    if (isnan(value) || isnan(recent))
        return (double)NAN;
    value = value > NOVELTY_NEAREST ? value : NOVELTY_NEAREST;
    recent = recent > NOVELTY_NEAREST ? recent : NOVELTY_NEAREST;
    return sqrt(value) * sqrt(recent);
}

/* The share of its level that a memory of so many hours may claim. */
static double share_at(double hours)
{
    double young = hours < HALF_UNTIL ? hours / (hours + HALF_AFTER) : 1;
    return young * (0.5 + 0.5 * (hours < SETTLED ? hours / SETTLED : 1));
}

double novelty_level(const struct novelty *n, double distance, double level)
{
    double believed = level < SEEN_BEFORE ? level : SEEN_BEFORE;

    if (isnan(distance))
        return believed;
    double farther = fmath_log(distance / NOVELTY_NEWS);
    double counted = level < LEVEL_MOST ? level : LEVEL_MOST;
    double earned = LEVEL_OF_NEWS + PER_LEVEL * counted + (farther > 0 ? PER_FARTHER : PER_NEARER) * farther;
    earned *= share_at(n->hours);
    if (earned < SEEN_BEFORE)
        return believed;
    return earned < TAIL_LEVEL_CAP ? earned : TAIL_LEVEL_CAP;
}
