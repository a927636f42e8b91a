/* SPDX-License-Identifier: MIT
 * Turns the growth of one resource (growth.h) into a facet of resource fever: a reading, and the words of a
 * finding. Which of several resources speaks for the entity is law_fever.c's matter. */
#include "detection/growth_opinion.h"

#include <math.h>

#include "detection/growth.h"
#include "detection/wording.h"

/* What is days away is no emergency. Heuristics, by how soon the limit may be met. */
#define SOON_S  600.0
#define HOUR_S  3600.0
#define DAY_S   86400.0
#define NOW_IN  0.9 /* strength when it may be met within SOON_S, */
#define HOUR_IN 0.7 /* within the hour, */
#define DAY_IN  0.5 /* within the day, */
#define LATER   0.3 /* and after it */

enum law_state growth_opinion_state(const struct usage_watch *u, const struct law_settings *s, int64_t now_ns)
{
    if (u->cadence.count == 0)
        return LAW_UNOBSERVABLE;
    if (now_ns >= cadence_lost_at(&u->cadence, s->stale_after_ns))
        return LAW_STALE;
    return u->line.n < (uint64_t)s->warmup_samples || u->cadence.usual_s <= 0 ? LAW_WARMUP : LAW_OK;
}

/* Growth that reaches the limit within the horizon is the end of what is expected. */
static void expect(const struct usage_watch *u, struct law_reading *r)
{
    if (isnan(u->limit))
        return;
    double headroom = u->limit - u->used;
    r->lo = -u->limit / GROWTH_HORIZON_S;
    r->hi = (headroom > 0 ? headroom : 0) / GROWTH_HORIZON_S;
    if (r->hi < GROWTH_RISE * u->limit / GROWTH_REACH_S)
        r->hi = GROWTH_RISE * u->limit / GROWTH_REACH_S;
}

void growth_opinion_judge(
    struct usage_watch *u, const struct growth_words *w, const struct growth_moment *at, struct opinion *ret)
{
    struct law_reading *r = &ret->reading;

    *ret = (struct opinion){.reading = law_reading_empty(LAW_OK, w->unit)};
    u->in_finding = at->in_finding;
    u->was_there = at->was_there;
    if (at->fresh)
        growth_check(u, at->beginners_per_s, at->now_ns);
    struct growth g = growth_find(u, at->now_ns);

    r->value = g.fits ? g.slope_per_s : trend_line_slope(&u->line);
    r->expected = 0;
    r->scale_s = growth_span_s(g.fits ? g.scale : GROWTH_FAST);
    expect(u, r);
    if (!g.fits)
        return;
    u->growth_seen_ns = at->now_ns;
    u->last_early_s = g.early_s;
    u->last_late_s = g.late_s;
    u->last_scale = g.scale;
    ret->active = true;
    r->state = LAW_ACTIVE;
    ret->strength = g.early_s < SOON_S   ? NOW_IN
                    : g.early_s < HOUR_S ? HOUR_IN
                    : g.early_s < DAY_S  ? DAY_IN
                                         : LATER;
}

void growth_words_add(struct text *t, const struct growth_words *w, double amount)
{
    if (w->bytes)
        wording_add_amount(t, amount);
    else
        text_add_human(t, amount, 3);
}

void growth_opinion_describe(
    const struct usage_watch *u, const struct growth_words *w, struct finding *f, struct text *t)
{
    f->cause = w->cause;
    bool cold = growth_is_cold(u);
    f->confidence = cold ? CONFIDENCE_LOW : u->last_scale < 0 ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
    f->exhaustion_lo_s = u->last_early_s;
    f->exhaustion_hi_s = isinf(u->last_late_s) ? (double)NAN : u->last_late_s;
    if (u->last_scale < 0)
        finding_add_evidence(f, w->r2, trend_line_r2(&u->line), GROWTH_R2);
    else
        finding_add_evidence(f, w->drift, u->fit[u->last_scale].drift_ratio, GROWTH_DRIFT_RATIO);
    text_add(t, w->subject);
    text_add(t, " by ");
    growth_words_add(t, w, f->reading.value);
    text_add(t, "/s over the last ");
    text_add(t, growth_span_words(u->last_scale));
    text_add(t, "; ");
    growth_words_add(t, w, u->used);
    text_add(t, " of ");
    growth_words_add(t, w, u->limit);
    text_add(t, cold ? " in use; no habit is known yet" : " in use");
    finding_observed(f);
    wording_add_exhaustion(t, u->last_early_s, u->last_late_s);
}
