/* SPDX-License-Identifier: MIT
 * Turns readings of a heap into its least use in short blocks, and asks whether these climb in a line while
 * the old part is collected in the first half of them as in the second. What a runtime takes that has only
 * just been started is left to the rules with a past (gc_spiral.c): at the pace of the climb it must be older
 * than what it has in use. */
#include "detection/heap_climb.h"

#include <math.h>
#include <string.h>

#include "detection/cadence.h"
#include "detection/trend_line.h"

/* Heuristics, chosen on 2026-11-23 on runs of OpenJDK 17 in the lab. Least use that wanders without a trend
 * and forgets within ten seconds (autocorrelation .9) is taken for a climb in 2.5 % of five minutes. */
#define BLOCK_NS  (HEAP_CLIMB_BLOCK_S * INT64_C(1000000000))
#define COLD_NS   INT64_C(300000000000) /* afterwards there is a habit */
#define R2        0.95
#define R2_TOLD   0.7
#define HORIZON_S 300.0 /* to the limit, at most: what fills more slowly waits for a habit */
#define MAJORS    2.0   /* collections of the old part in each half */
#define OLDER     1.2   /* the runtime than the line, were it as long as what is in use */
#define ERRORS    2.8   /* standard errors about the slope, as for growth, */
#define ALIKE_S   1e9   /* half-life of a line's points: all of them count alike */
#define BEND      1.25  /* and as much again: three quarters of a minute are not straight for ever */

void heap_climb_init(struct heap_climb *c)
{
    memset(c, 0, sizeof(*c));
    c->uptime_s = c->majors = c->low = c->begin_majors = c->slope = c->error = (double)NAN;
}

void heap_climb_used(struct heap_climb *c, double bytes)
{
    if (!(bytes >= c->low))
        c->low = bytes;
}

static void begin_block(struct heap_climb *c, int64_t now_ns)
{
    c->end_ns = cadence_after(now_ns, BLOCK_NS);
    c->begin_majors = c->majors;
    c->low = (double)NAN;
}

static void keep_block(struct heap_climb *c)
{
    if (c->block_count == HEAP_CLIMB_BLOCKS) {
        memmove(c->lows, c->lows + 1, (HEAP_CLIMB_BLOCKS - 1) * sizeof(c->lows[0]));
        memmove(c->count, c->count + 1, (HEAP_CLIMB_BLOCKS - 1) * sizeof(c->count[0]));
        c->block_count--;
    }
    c->lows[c->block_count] = (float)c->low;
    c->count[c->block_count++] = (float)(c->majors - c->begin_majors);
}

static double majors_in(const struct heap_climb *c, uint32_t from, uint32_t to)
{
    double sum = 0;
    for (uint32_t i = from; i < to; i++)
        sum += (double)c->count[i];
    return sum;
}

/* The line through the blocks: its slope and the slope's error. Returns the share of variance explained. */
static double fit(struct heap_climb *c, double *ret_level)
{
    struct trend_line line;

    trend_line_init(&line, ALIKE_S);
    for (uint32_t i = 0; i < HEAP_CLIMB_BLOCKS; i++)
        trend_line_push(&line, (double)i * HEAP_CLIMB_BLOCK_S, (double)c->lows[i]);
    double r2 = trend_line_r2(&line);
    c->slope = trend_line_slope(&line);
    c->error = fabs(c->slope) * sqrt((1 / r2 - 1) / (HEAP_CLIMB_BLOCKS - 2));
    *ret_level = trend_line_now(&line);
    return r2;
}

static bool climbs(struct heap_climb *c, double limit, bool told)
{
    double level, r2 = fit(c, &level);
    uint32_t half = HEAP_CLIMB_BLOCKS / 2;

    return c->slope > 0 && r2 >= (told ? R2_TOLD : R2) && limit - level <= HORIZON_S * c->slope &&
           majors_in(c, 0, half) >= MAJORS &&
           majors_in(c, HEAP_CLIMB_BLOCKS - half, HEAP_CLIMB_BLOCKS) >= MAJORS &&
           OLDER * level <= c->slope * c->uptime_s;
}

void heap_climb_tick(struct heap_climb *c, int64_t now_ns, double limit, bool told)
{
    if (isnan(c->uptime_s) || isnan(c->majors) || isnan(limit))
        return;
    if (c->since_ns == 0)
        c->since_ns = now_ns;
    if (c->end_ns == 0) {
        begin_block(c, now_ns);
        return;
    }
    if (now_ns < c->end_ns)
        return;
    if (isnan(c->low) || now_ns - c->end_ns >= BLOCK_NS)
        c->block_count = 0; /* a hole */
    else
        keep_block(c);
    begin_block(c, now_ns);
    if (c->block_count < HEAP_CLIMB_BLOCKS || (!told && now_ns - c->since_ns > COLD_NS) ||
        !climbs(c, limit, told))
        c->slope = c->error = (double)NAN;
}

bool heap_climb_found(const struct heap_climb *c)
{
    return !isnan(c->slope);
}

void heap_climb_exhaustion(const struct heap_climb *c, double limit, double *ret_early, double *ret_late)
{
    double room = limit - (double)c->lows[HEAP_CLIMB_BLOCKS - 1], stray = ERRORS * c->error;

    room = room > 0 ? room : 0;
    *ret_early = room / (c->slope + stray) / BEND;
    *ret_late = c->slope > stray ? BEND * room / (c->slope - stray) : (double)INFINITY;
}
