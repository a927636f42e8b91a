/* SPDX-License-Identifier: MIT
 * Turns a runtime's counters of collection and its heap into blocks, and blocks into the question whether the
 * collector is in a spiral. What it means for the entity, and in which words, is the fever law's matter.
 *
 * Two ways. One needs no past: most of the time goes into collections, and they leave the heap nearly full.
 *
 * The other is earlier. Three things together: what stays in use is near the limit and rises beyond all that
 * was seen before; it is not the start of the process; and the collector either takes far more of the time
 * than it used to, or runs far more often and frees far less each time. Collectors that stop the world show
 * the first, concurrent ones the second: G1 spends 2 % of the time until seconds before the end. "Live after
 * the last collection" cannot be trusted alone: it is as old as the last full collection, minutes or hours;
 * the least in use within a block is never below what lives. */
#include "detection/gc_spiral.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "detection/trend.h"

/* Heuristics, chosen on 2026-11-22 from ten runs of OpenJDK 17's collectors and simulated heaps
 * (docs/laws.md). */
#define BLOCK_MIN_NS INT64_C(15000000000)
#define BLOCK_STEPS  2.0
#define MINUTE       4U   /* blocks that are judged together */
#define TREND        12U  /* blocks over which the live set must rise; no verdict before them */
#define SHARE_MIN    0.05 /* G1 aims at 8 % at most, Parallel at 1 % (GCTimeRatio 12 and 99) */
#define SHARE_TIMES  3.0
#define OFTEN_ALONE  5.0 /* where it is not known what a collection frees */
#define FREED_SHARE  0.35
#define LIVE_TAU     0.5
#define LIVE_RISE    0.02 /* of the limit over TREND */
#define LIVE_RECORD  0.01 /* of the limit above everything before */
#define AGREED       2U
#define FULL_SHARE   0.25 /* of time, of a heap that stays full */
#define FULL_YOUNG   0.50 /* the same before TREND: a start may take as much for a while */
#define FULL_BLOCKS  2U
#define USUAL_WEIGHT (1.0 / 240.0) /* of a block: an hour */
#define INTERVAL_Z   1.64          /* 90 % */

void gc_spiral_init(struct gc_spiral *g)
{
    memset(g, 0, sizeof(*g));
    cadence_init(&g->cadence);
    g->time_s = g->count = g->allocated = g->used = g->live = g->limit = (double)NAN;
    g->low = g->low_left = g->record = g->early_s = g->late_s = (double)NAN;
    heap_climb_init(&g->climb);
}

/* A new process: what is known of the old one says nothing of it, but its limit and its source stay. */
static void restart(struct gc_spiral *g)
{
    struct cadence cadence = g->cadence;
    double limit = g->limit;
    int64_t block_ns = g->block_ns;

    gc_spiral_init(g);
    g->cadence = cadence;
    g->limit = limit;
    g->block_ns = block_ns;
    g->restarted = true;
}

static void take_counter(struct gc_spiral *g, double *counter, double x)
{
    if (x < *counter)
        restart(g);
    *counter = x;
}

static void take_used(struct gc_spiral *g, double x)
{
    g->used = x;
    heap_climb_used(&g->climb, x);
    if (!(x >= g->low))
        g->low = x;
}

static void take_live(struct gc_spiral *g, int64_t t_ns, double x)
{
    g->left_told += !(x == g->live);
    g->live = x;
    heap_climb_used(&g->climb, x);
    if (!(x >= g->low_left)) {
        g->low_left = x;
        g->left_ns = t_ns;
    }
}

void gc_spiral_take(struct gc_spiral *g, enum metric_id metric, int64_t t_ns, double x)
{
    if (t_ns > g->cadence.last_ns)
        cadence_take(&g->cadence, t_ns);
    switch (metric) {
    case METRIC_GC_TIME:
        take_counter(g, &g->time_s, x);
        break;
    case METRIC_GC_COUNT:
        take_counter(g, &g->count, x);
        break;
    case METRIC_GC_MAJOR:
        take_counter(g, &g->climb.majors, x);
        break;
    case METRIC_UPTIME:
        g->climb.uptime_s = x;
        break;
    case METRIC_HEAP_ALLOCATED:
        take_counter(g, &g->allocated, x);
        break;
    case METRIC_HEAP_USED:
        take_used(g, x);
        break;
    case METRIC_HEAP_LIVE:
        take_live(g, t_ns, x);
        break;
    case METRIC_HEAP_LIMIT:
        g->limit = x > 0 ? x : (double)NAN; /* -1 is said for "none" */
        break;
    default:
        assert(metric == METRIC_HEAP_LIMIT);
    }
}

static void begin_block(struct gc_spiral *g, int64_t now_ns)
{
    g->begin_ns = now_ns;
    g->end_ns = cadence_after(now_ns, g->block_ns);
    g->begin_time_s = g->time_s;
    g->begin_count = g->count;
    g->begin_allocated = g->allocated;
    g->begin_used = g->used;
    g->low = g->low_left = (double)NAN;
    g->left_told = 0;
}

static struct gc_block close_block(const struct gc_spiral *g, int64_t now_ns)
{
    double dt_s = (double)(now_ns - g->begin_ns) * 1e-9, count = g->count - g->begin_count;
    double freed = g->allocated - g->begin_allocated - (g->used - g->begin_used);
    /* The least in use of the block; where usage is not told, what was left by the last collection. */
    double live = !isnan(g->low) ? g->low : g->live;
    double left_at = (double)(g->left_ns - g->begin_ns) * 1e-9 / dt_s;

    left_at = left_at < 1 ? left_at : 1;

    return (struct gc_block){.left_at = (float)(left_at > 0 ? left_at : 0),
        .told = g->left_told,
        .of = {
            [GC_SHARE] = (float)((g->time_s - g->begin_time_s) / dt_s),
            [GC_PER_S] = (float)(count / dt_s),
            [GC_FREED] = count > 0 && freed > 0 ? (float)(freed / count) : (float)NAN,
            [GC_LIVE] = (float)(live / g->limit),
            [GC_LEFT] = (float)(g->low_left / g->limit),
        }};
}

/* The mean of a signal over the last n blocks, NaN left out. */
static double mean_of_last(const struct gc_spiral *g, uint32_t n, enum gc_signal signal)
{
    double sum = 0;
    uint32_t known = 0;
    for (uint32_t i = g->block_count - n; i < g->block_count; i++) {
        double x = (double)g->blocks[i].of[signal];
        if (isnan(x))
            continue;
        sum += x;
        known++;
    }
    return known ? sum / known : (double)NAN;
}

int gc_spiral_look(const struct gc_spiral *g, struct gc_view *ret)
{
    uint32_t n = g->block_count < MINUTE ? g->block_count : MINUTE;

    if (n < FULL_BLOCKS)
        return -ENODATA;
    for (int i = 0; i < GC_SIGNALS; i++) {
        ret->now[i] = mean_of_last(g, n, (enum gc_signal)i);
        ret->usual[i] = i < GC_LIVE && g->usual[i].count ? g->usual[i].mean : (double)NAN;
    }
    return 0;
}

/* Does what stays in use rise, beyond all that was seen? */
static bool live_rises(const struct gc_spiral *g)
{
    double x[TREND];

    if (g->block_count < TREND)
        return false;
    const struct gc_block *first = &g->blocks[g->block_count - TREND];
    for (uint32_t i = 0; i < TREND; i++)
        x[i] = (double)first[i].of[GC_LIVE];
    double last = (x[TREND - 1] + x[TREND - 2]) / 2;
    return trend_kendall_tau(x, TREND) >= LIVE_TAU && last - (x[0] + x[1]) / 2 >= LIVE_RISE &&
           !(last < g->record + LIVE_RECORD);
}

double gc_spiral_share_limit(const struct gc_spiral *g)
{
    double limit = SHARE_TIMES * g->usual[GC_SHARE].mean;
    return g->usual[GC_SHARE].count && limit > SHARE_MIN ? limit : SHARE_MIN;
}

/* Does a full heap take most of the time? It need not rise any more, and nothing need be known of before. */
static bool is_full(const struct gc_spiral *g)
{
    double least = gc_spiral_share_limit(g), floor = g->block_count < TREND ? FULL_YOUNG : FULL_SHARE;
    struct gc_view v;

    least = least > floor ? least : floor;
    /* Asked at every tick, and mostly answered by the last block. */
    if (g->block_count == 0 || !((double)g->blocks[g->block_count - 1].of[GC_SHARE] >= least) ||
        gc_spiral_look(g, &v))
        return false;
    return v.now[GC_SHARE] >= least && v.now[GC_LIVE] >= GC_LIVE_MIN && !(v.now[GC_LEFT] < GC_LIVE_MIN);
}

static bool collects_in_vain(const struct gc_spiral *g, const struct gc_view *v)
{
    if (v->now[GC_SHARE] >= gc_spiral_share_limit(g))
        return true;
    if (!(v->usual[GC_PER_S] > 0))
        return false;
    double often = v->now[GC_PER_S] / v->usual[GC_PER_S], freed = v->now[GC_FREED] / v->usual[GC_FREED];
    return isnan(freed) ? often >= OFTEN_ALONE : often >= GC_OFTEN_TIMES && freed <= FREED_SHARE;
}

/* When does the live set meet the limit? Refused unless the drift stands out of its noise. */
static void find_exhaustion(struct gc_spiral *g)
{
    struct exhaustion_input in = {.block_s = (double)g->block_ns * 1e-9, .limit = 1, .z = INTERVAL_Z};
    struct exhaustion x;

    static_assert(GC_BLOCKS == EXHAUSTION_BLOCKS, "one block a minimum");
    g->early_s = g->late_s = (double)NAN;
    if (g->block_count < GC_BLOCKS)
        return;
    for (uint32_t i = 0; i < GC_BLOCKS; i++)
        in.minima[i] = (double)g->blocks[i].of[GC_LIVE];
    /* Usage meets the limit before each collection; what counts is how far the collector still gets down. */
    double last = in.minima[GC_BLOCKS - 1], before = in.minima[GC_BLOCKS - 2];
    in.recent_max = last > before ? last : before;
    if (trend_exhaustion(&in, &x) || !x.fits || isinf(x.early_s))
        return;
    /* The minimum of a block that rises stands at its beginning. */
    g->early_s = x.early_s > in.block_s ? x.early_s - in.block_s : 0;
    g->late_s = x.late_s;
}

static void learn_usual(struct gc_spiral *g, const struct gc_block *b)
{
    static const double floors[GC_LIVE] = {0.001, 0.001, 1};
    for (int i = 0; i < GC_LIVE; i++)
        if (!isnan(b->of[i]))
            average_take(&g->usual[i], (double)b->of[i], USUAL_WEIGHT, floors[i]);
}

static void keep_block(struct gc_spiral *g, const struct gc_block *b)
{
    if (g->block_count == GC_BLOCKS) {
        double leaving = (double)g->blocks[0].of[GC_LIVE];
        if (!(leaving <= g->record) && !isnan(leaving))
            g->record = leaving;
        memmove(g->blocks, g->blocks + 1, (GC_BLOCKS - 1) * sizeof(*b));
        g->block_count--;
    }
    g->blocks[g->block_count++] = *b;
}

void gc_spiral_tick(struct gc_spiral *g, int64_t now_ns, bool learn)
{
    heap_climb_tick(&g->climb, now_ns, g->limit, !learn);
    if (g->cadence.usual_s <= 0 || isnan(g->time_s) || isnan(g->limit) || (isnan(g->used) && isnan(g->live)))
        return;
    if (g->block_ns == 0) {
        double steps_ns = BLOCK_STEPS * g->cadence.usual_s * 1e9;
        g->block_ns = steps_ns > (double)BLOCK_MIN_NS ? (int64_t)steps_ns : BLOCK_MIN_NS;
    }
    if (g->end_ns == 0) {
        begin_block(g, now_ns);
        return;
    }
    if (now_ns < g->end_ns)
        return;
    struct gc_block b = close_block(g, now_ns);
    struct gc_view v;
    begin_block(g, now_ns);
    keep_block(g, &b);
    bool rising = live_rises(g);
    g->agreed =
        rising && gc_spiral_look(g, &v) == 0 && v.now[GC_LIVE] >= GC_LIVE_MIN && collects_in_vain(g, &v)
            ? g->agreed + 1
            : 0;
    /* What a heap is like that fills to where it never was is no habit, except at the start, when there is no
     * other; nor is what a full one takes. */
    bool full = (double)b.of[GC_SHARE] >= FULL_SHARE && (double)b.of[GC_LIVE] >= GC_LIVE_MIN;
    if (learn && g->agreed == 0 && !full && (!rising || (double)b.of[GC_LIVE] < GC_LIVE_MIN))
        learn_usual(g, &b);
    find_exhaustion(g);
}

bool gc_spiral_found(const struct gc_spiral *g)
{
    return g->agreed >= AGREED || is_full(g);
}

bool gc_spiral_ready(const struct gc_spiral *g)
{
    return g->block_count >= TREND || g->restarted || gc_spiral_found(g);
}

/* Where what collections leave began to climb, in blocks from the first; NaN: nowhere, or it is told in fewer
 * than half of them. A minimum stands where it was read: of a heap in teeth that is anywhere in its block. */
static double bend_of_left(const struct gc_spiral *g)
{
    double t[GC_BLOCKS], x[GC_BLOCKS];
    uint32_t told = 0;

    for (uint32_t i = 0; i < g->block_count; i++) {
        t[i] = (double)i + (double)g->blocks[i].left_at;
        x[i] = (double)g->blocks[i].of[GC_LEFT];
        told += g->blocks[i].told > 0;
    }
    return 2 * told >= g->block_count ? trend_bend(t, x, g->block_count) : (double)NAN;
}

static double bend_of_live(const struct gc_spiral *g)
{
    double x[GC_BLOCKS];

    for (uint32_t i = 0; i < g->block_count; i++)
        x[i] = (double)g->blocks[i].of[GC_LIVE];
    return trend_bend(NULL, x, g->block_count);
}

int64_t gc_spiral_onset(const struct gc_spiral *g, int64_t now_ns)
{
    double bend = bend_of_left(g);

    if (isnan(bend))
        bend = bend_of_live(g);
    if (isnan(bend))
        return now_ns - (int64_t)MINUTE * g->block_ns;
    return g->begin_ns - (int64_t)(((double)g->block_count - bend) * (double)g->block_ns);
}

double gc_spiral_scale_s(const struct gc_spiral *g)
{
    return g->block_ns ? (double)g->block_ns * 1e-9 * MINUTE : (double)NAN;
}
