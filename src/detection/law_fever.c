/* SPDX-License-Identifier: MIT
 * Resource fever: memory that grows towards its limit, and allocation without growth. Turns usage into a time
 * to exhaustion, as an interval or a refusal: a fast path for growth of minutes (exponentially weighted
 * regression) and a slow one for hours (random walk with drift over block minima). Churn is allocation far
 * above the entity's own habit while usage stays flat.
 *
 * Usage that has been higher before is no growth: the record rule, which removes nearly all false alarms
 * (docs/laws.md). */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "detection/attribution.h"
#include "detection/gc_opinion.h"
#include "detection/growth.h"
#include "detection/law_module.h"
#include "detection/wording.h"

#define HOLD_NS INT64_C(60000000000)

/* Churn. */
#define CHURN_TIMES       8.0    /* the usual allocation velocity */
#define CHURN_FLOOR       2e9    /* bytes per second: below it no host is short of breath */
#define CHURN_S           30U    /* seconds in a row */
#define CHURN_FLAT        0.02   /* of the limit: how far usage may stray and still be flat */
#define CHURN_AFTER       120U   /* seconds of habit before it is compared with */
#define ALLOCATION_WEIGHT 0.0002 /* of one second: half-life about an hour */

enum facet { FACET_GROWTH = 1, FACET_CHURN, FACET_SPIRAL };

static bool applies(const struct watch *w)
{
    return w->memory || w->gc;
}

/* Allocation far above the habit while usage is flat, second after second. */
static bool is_churning(struct memory_watch *m, bool frozen)
{
    double rate = m->allocated_per_s, usual = m->usual_allocation.mean;

    if (isnan(rate))
        return false;
    bool far = m->usual_allocation.count >= CHURN_AFTER && rate > CHURN_FLOOR && rate > CHURN_TIMES * usual;
    bool flat = isnan(m->limit) || fabs(m->used - m->usage_level.mean) < CHURN_FLAT * m->limit;
    m->churning = far && flat ? m->churning + 1 : 0;
    if (!far && !frozen)
        average_take(&m->usual_allocation, rate, ALLOCATION_WEIGHT, 1.0);
    return m->churning >= CHURN_S;
}

static void judge_memory(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    struct memory_watch *m = w->memory;
    struct law_reading *r = &ret->reading;
    const struct law_case *open = w->cases[LAW_FEVER];

    *ret = (struct opinion){.reading = law_reading_empty(LAW_WARMUP, "By/s")};
    if (m->cadence.count == 0) {
        r->state = LAW_UNOBSERVABLE;
        return;
    }
    if (now_ns >= cadence_lost_at(&m->cadence, s->stale_after_ns)) {
        r->state = LAW_STALE;
        return;
    }
    /* Between two samples there is nothing new to see: what was seen still stands. */
    bool churning = w->fresh ? is_churning(m, open && open->open) : m->churning >= CHURN_S;
    if (m->line.n < (uint64_t)s->warmup_samples || m->cadence.usual_s <= 0)
        return;
    m->in_finding = open && open->open && open->facet == FACET_GROWTH;
    if (w->fresh)
        growth_check(m, now_ns);
    struct growth g = growth_find(m, now_ns);

    r->state = LAW_OK;
    r->value = g.fits ? g.slope_per_s : trend_line_slope(&m->line);
    r->expected = 0;
    r->scale_s = growth_span_s(g.fits ? g.scale : GROWTH_FAST);
    if (!isnan(m->limit)) {
        /* Growth that reaches the limit within the horizon is the end of what is expected. */
        double headroom = m->limit - m->used;
        r->lo = -m->limit / GROWTH_HORIZON_S;
        r->hi = (headroom > 0 ? headroom : 0) / GROWTH_HORIZON_S;
        if (r->hi < GROWTH_RISE * m->limit / GROWTH_REACH_S)
            r->hi = GROWTH_RISE * m->limit / GROWTH_REACH_S;
    }
    m->growing = g.fits;
    if (g.fits)
        m->growth_seen_ns = now_ns;
    /* Growth that falters for a moment is still growth: it does not turn into churn before its hold is over.
     */
    if (!g.fits && (!churning || (m->growth_seen_ns && now_ns - m->growth_seen_ns < HOLD_NS)))
        return;
    ret->active = true;
    r->state = LAW_ACTIVE;
    ret->facet = g.fits ? FACET_GROWTH : FACET_CHURN;
    if (g.fits) {
        m->last_early_s = g.early_s;
        m->last_late_s = g.late_s;
        m->last_scale = g.scale;
        /* What is days away is no emergency. */
        ret->strength = g.early_s < 600 ? 0.9 : g.early_s < 3600 ? 0.7 : g.early_s < 86400 ? 0.5 : 0.3;
    } else {
        r->value = m->allocated_per_s;
        r->expected = m->usual_allocation.mean;
        r->lo = 0;
        r->hi = CHURN_TIMES * m->usual_allocation.mean;
        r->scale_s = CHURN_S;
        ret->strength = 0.5;
    }
}

/* A runtime in a spiral and memory that grows are one fever: what is open speaks on, else the spiral is the
 * nearer cause.
 */
static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    const struct law_case *k = w->cases[LAW_FEVER];
    int open = k && k->open ? k->facet : 0;
    struct opinion spiral;

    if (w->memory)
        judge_memory(w, s, now_ns, ret);
    if (!w->gc)
        return;
    gc_opinion_judge(w, s, now_ns, open != FACET_SPIRAL, &spiral);
    spiral.facet = FACET_SPIRAL;
    bool other = w->memory && ret->active && open && open != FACET_SPIRAL;
    bool unseen = !w->memory || ret->reading.state == LAW_UNOBSERVABLE || ret->reading.state == LAW_WARMUP;
    w->gc->speaks = spiral.active && !other;
    if (w->gc->speaks || unseen)
        *ret = spiral;
}

static void add_span(struct text *t, double s)
{
    if (isinf(s)) {
        text_add(t, "unknown");
    } else if (s < 120) {
        text_add_human(t, floor(s + 0.5), 3);
        text_add(t, " s");
    } else if (s < 7200) {
        text_add_human(t, floor(s / 60 + 0.5), 3);
        text_add(t, " min");
    } else {
        text_add_human(t, s / 3600, 2);
        text_add(t, " h");
    }
}

static void describe_growth(const struct memory_watch *m, struct finding *f, struct text *t)
{
    f->cause = "leak";
    f->confidence = m->last_scale < 0 ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
    f->exhaustion_lo_s = m->last_early_s;
    f->exhaustion_hi_s = isinf(m->last_late_s) ? (double)NAN : m->last_late_s;
    if (m->last_scale < 0)
        finding_add_evidence(f, "memory.r2", trend_line_r2(&m->line), GROWTH_R2);
    else
        finding_add_evidence(f, "memory.drift_ratio", m->fit[m->last_scale].drift_ratio, GROWTH_DRIFT_RATIO);
    text_add(t, "memory grows by ");
    wording_add_amount(t, f->reading.value);
    text_add(t, "/s over the last ");
    text_add(t, growth_span_words(m->last_scale));
    text_add(t, "; ");
    wording_add_amount(t, m->used);
    text_add(t, " of ");
    wording_add_amount(t, m->limit);
    text_add(t, " in use; exhausted in ");
    add_span(t, m->last_early_s);
    if (!isinf(m->last_late_s)) {
        text_add(t, " to ");
        add_span(t, m->last_late_s);
    } else {
        text_add(t, " at the earliest");
    }
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    const struct memory_watch *m = w->memory;
    struct attribution a;
    struct text t;
    (void)s;

    f->calibrated = false;
    if (w->gc && w->gc->speaks) {
        gc_opinion_describe(w, f);
        return;
    }
    text_init(&t, f->text, sizeof(f->text));
    finding_add_evidence(f, "memory.used", m->used, (double)NAN);
    finding_add_evidence(f, "memory.limit", m->limit, (double)NAN);
    finding_add_evidence(f, "memory.allocated_per_s", m->allocated_per_s, m->usual_allocation.mean);
    if (m->growing) {
        describe_growth(m, f, &t);
        attribution_find(w, names, ATTRIBUTION_GROWTH, &a);
        attribution_tell(&a, f);
        return;
    }
    f->cause = "churn";
    f->confidence = CONFIDENCE_LOW;
    text_add(&t, "memory is allocated at ");
    wording_add_amount(&t, f->reading.value);
    text_add(&t, "/s, usually at ");
    wording_add_amount(&t, f->reading.expected);
    text_add(&t, "/s, while what is in use stays at ");
    wording_add_amount(&t, m->used);
    attribution_find(w, names, ATTRIBUTION_FAULTS, &a);
    attribution_tell(&a, f);
}

/* Growth is seen when it has filled the window that shows it. */
static int64_t onset(const struct watch *w, int64_t now_ns)
{
    const struct memory_watch *m = w->memory;
    if (w->gc && w->gc->speaks)
        return now_ns - (int64_t)(gc_spiral_scale_s(w->gc) * 1e9);
    double s = m->growing ? growth_span_s(m->last_scale) : (double)CHURN_S;
    return now_ns - (int64_t)(s * 1e9);
}

const struct law_module law_fever = {
    .id = LAW_FEVER,
    .hold_ns = HOLD_NS,
    .dwell_ns = INT64_C(60000000000),
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .describe = describe,
};
