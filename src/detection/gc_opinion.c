/* SPDX-License-Identifier: MIT
 * Turns a runtime's blocks (gc_spiral.h) into a facet of resource fever: a reading, and the words of a
 * finding. When growth or churn speaks instead is law_fever.c's matter. */
#include "detection/gc_opinion.h"

#include <math.h>

#include "base/text.h"
#include "detection/wording.h"

#define SOON_S          600.0
#define STRENGTH_SOON   0.9 /* heuristics: as growth that is as near the limit */
#define STRENGTH_SPIRAL 0.7

/* Does the climb speak, for want of a past? */
static bool is_climb(const struct gc_spiral *g)
{
    return !gc_spiral_found(g) && heap_climb_found(&g->climb);
}

/* The pace, against that which leaves ten minutes. */
static void judge_climb(const struct gc_spiral *g, struct opinion *ret)
{
    ret->active = true;
    ret->strength = STRENGTH_SPIRAL;
    ret->reading = (struct law_reading){.state = LAW_ACTIVE,
        .unit = "By/s",
        .value = g->climb.slope,
        .expected = 0,
        .lo = -g->limit / SOON_S,
        .hi = (g->limit - (double)g->climb.lows[HEAP_CLIMB_BLOCKS - 1]) / SOON_S,
        .scale_s = HEAP_CLIMB_BLOCKS * HEAP_CLIMB_BLOCK_S};
}

void gc_opinion_judge(
    struct watch *w, const struct law_settings *s, int64_t now_ns, bool learn, struct opinion *ret)
{
    struct gc_spiral *g = w->gc;
    struct law_reading *r = &ret->reading;
    struct gc_view v;

    *ret = (struct opinion){.reading = law_reading_empty(LAW_WARMUP, "1")};
    if (g->cadence.count == 0) {
        r->state = LAW_UNOBSERVABLE;
        return;
    }
    if (now_ns >= cadence_lost_at(&g->cadence, s->stale_after_ns)) {
        r->state = LAW_STALE;
        return;
    }
    gc_spiral_tick(g, now_ns, learn);
    if (is_climb(g)) {
        judge_climb(g, ret);
        return;
    }
    if (gc_spiral_ready(g))
        r->state = LAW_OK;
    if (!gc_spiral_ready(g) || gc_spiral_look(g, &v))
        return;
    bool often = gc_spiral_found(g) && v.now[GC_SHARE] < gc_spiral_share_limit(g);
    enum gc_signal shown = often ? GC_PER_S : GC_SHARE;
    r->unit = often ? "1/s" : "1";
    r->value = v.now[shown];
    r->expected = v.usual[shown];
    r->lo = 0;
    r->hi = often ? GC_OFTEN_TIMES * v.usual[GC_PER_S] : gc_spiral_share_limit(g);
    r->scale_s = gc_spiral_scale_s(g);
    if (!gc_spiral_found(g))
        return;
    r->state = LAW_ACTIVE;
    ret->active = true;
    ret->strength = g->early_s < SOON_S ? STRENGTH_SOON : STRENGTH_SPIRAL;
}

void gc_opinion_estimate(const struct gc_spiral *g, struct estimate *ret)
{
    double late_s = g->late_s;

    ret->lo_s = g->early_s;
    if (is_climb(g))
        heap_climb_exhaustion(&g->climb, g->limit, &ret->lo_s, &late_s);
    ret->hi_s = isinf(late_s) ? (double)NAN : late_s;
}

static void add_exhaustion(const struct gc_spiral *g, struct finding *f, struct text *t)
{
    struct estimate e;

    gc_opinion_estimate(g, &e);
    f->exhaustion_lo_s = e.lo_s;
    f->exhaustion_hi_s = e.hi_s;
    if (!isnan(e.lo_s))
        wording_add_exhaustion(t, e.lo_s, isnan(e.hi_s) ? (double)INFINITY : e.hi_s);
}

static void describe_climb(const struct gc_spiral *g, struct finding *f)
{
    double used = (double)g->climb.lows[HEAP_CLIMB_BLOCKS - 1];
    struct text t;

    f->confidence = CONFIDENCE_LOW;
    finding_add_evidence(f, "gc.live_share", used / g->limit, GC_LIVE_MIN);
    finding_add_evidence(f, "gc.heap_limit", g->limit, (double)NAN);
    text_init(&t, f->text, sizeof(f->text));
    text_add(&t, "what collections leave of the heap grows by ");
    wording_add_amount(&t, g->climb.slope);
    text_add(&t, "/s; ");
    wording_add_amount(&t, used);
    text_add(&t, " of ");
    wording_add_amount(&t, g->limit);
    text_add(&t, " in use; no habit is known yet");
    finding_observed(f);
    add_exhaustion(g, f, &t);
}

void gc_opinion_describe(const struct watch *w, struct finding *f)
{
    const struct gc_spiral *g = w->gc;
    struct gc_view v;
    struct text t;

    f->cause = "gc_spiral";
    if (is_climb(g)) {
        describe_climb(g, f);
        return;
    }
    if (gc_spiral_look(g, &v))
        return;
    bool by_share = v.now[GC_SHARE] >= gc_spiral_share_limit(g);
    bool habit = !isnan(v.usual[GC_PER_S]);
    f->confidence = !habit                                ? CONFIDENCE_LOW
                    : by_share && !isnan(g->early_s)      ? CONFIDENCE_HIGH
                    : by_share || !isnan(v.now[GC_FREED]) ? CONFIDENCE_MEDIUM
                                                          : CONFIDENCE_LOW;
    finding_add_evidence(f, "gc.share", v.now[GC_SHARE], v.usual[GC_SHARE]);
    finding_add_evidence(f, "gc.collections_per_s", v.now[GC_PER_S], v.usual[GC_PER_S]);
    finding_add_evidence(f, "gc.freed_per_collection", v.now[GC_FREED], v.usual[GC_FREED]);
    finding_add_evidence(f, "gc.live_share", v.now[GC_LIVE], GC_LIVE_MIN);
    finding_add_evidence(f, "gc.heap_limit", g->limit, (double)NAN);
    text_init(&t, f->text, sizeof(f->text));
    text_add(&t, "the collector runs ");
    text_add_human(&t, v.now[GC_PER_S], 2);
    text_add(&t, " times a second");
    if (habit) {
        text_add(&t, ", usually ");
        text_add_human(&t, v.usual[GC_PER_S], 2);
    }
    text_add(&t, ", takes ");
    wording_add_percent(&t, v.now[GC_SHARE]);
    text_add(&t, " of the time");
    if (!isnan(v.now[GC_FREED]) && !isnan(v.usual[GC_FREED])) {
        text_add(&t, ", frees ");
        wording_add_percent(&t, v.now[GC_FREED] / v.usual[GC_FREED]);
        text_add(&t, " of what it used to");
    }
    text_add(&t, " and leaves the heap ");
    wording_add_percent(&t, v.now[GC_LIVE]);
    text_add(&t, habit ? " full" : " full; no habit is known yet");
    finding_observed(f);
    add_exhaustion(g, f, &t);
}
