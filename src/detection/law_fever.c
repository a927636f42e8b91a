/* SPDX-License-Identifier: MIT
 * Resource fever: memory and other things that have an end, growing towards it, and allocation without
 * growth. Turns usage into a time to exhaustion, as an interval or a refusal: a fast path for growth of
 * minutes (exponentially weighted regression) and a slow one for hours (random walk with drift over block
 * minima). Churn is allocation far above the entity's own habit while usage stays flat.
 *
 * Usage that has been higher before is no growth: the record rule, which removes nearly all false alarms
 * (docs/laws.md). */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "detection/attribution.h"
#include "detection/gc_opinion.h"
#include "detection/growth.h"
#include "detection/growth_opinion.h"
#include "detection/law_module.h"
#include "detection/resource.h"
#include "detection/wording.h"

#define HOLD_NS INT64_C(60000000000)

/* Churn. */
#define CHURN_TIMES       8.0    /* the usual allocation velocity */
#define CHURN_FLOOR       2e9    /* bytes per second: below it no host is short of breath */
#define CHURN_S           30U    /* seconds in a row */
#define CHURN_FLAT        0.02   /* of the limit: how far usage may stray and still be flat */
#define CHURN_AFTER       120U   /* seconds of habit before it is compared with; */
#define CHURN_SHARE       0.5    /* before that, one process must take so much of it, whose */
#define CHURN_PAGE        4096.0 /* page faults take at least so many bytes each */
#define CHURN_STRENGTH    0.5    /* heuristic */
#define ALLOCATION_WEIGHT 0.0002 /* of one second: half-life about an hour */

static const struct growth_words memory_words = {
    .unit = "By/s",
    .subject = "memory grows",
    .cause = "leak",
    .used = "memory.used",
    .limit = "memory.limit",
    .r2 = "memory.r2",
    .drift = "memory.drift_ratio",
    .bytes = true,
};

static bool applies(const struct watch *w)
{
    bool has_resource = false;
    for (int i = 0; i < RESOURCE_COUNT; i++)
        has_resource |= w->resources[i] != NULL;
    return w->memory || w->gc || has_resource;
}

static bool churn_is_cold(const struct memory_watch *m)
{
    return m->usual_allocation.count < CHURN_AFTER;
}

/* Allocation far above the habit while usage is flat, second after second. Where no habit is known, what one
 * process takes and gives back: many that come and go may always have been there. */
static bool is_churning(struct watch *w, bool frozen)
{
    struct memory_watch *m = w->memory;
    double rate = m->allocated_per_s, usual = m->usual_allocation.mean;

    if (isnan(rate))
        return false;
    bool far = rate > CHURN_FLOOR &&
               (churn_is_cold(m) ? attribution_most_faults(w) * CHURN_PAGE >= CHURN_SHARE * rate
                                 : rate > CHURN_TIMES * usual);
    bool flat =
        isnan(m->usage.limit) || fabs(m->usage.used - m->usage_level.mean) < CHURN_FLAT * m->usage.limit;
    m->churning = far && flat ? m->churning + 1 : 0;
    if (!far && !frozen)
        average_take(&m->usual_allocation, rate, ALLOCATION_WEIGHT, 1.0);
    return m->churning >= CHURN_S;
}

static void churn_opinion(const struct memory_watch *m, struct opinion *ret)
{
    struct law_reading *r = &ret->reading;
    bool cold = churn_is_cold(m);

    ret->active = true;
    ret->facet = FEVER_CHURN;
    ret->strength = CHURN_STRENGTH;
    r->state = LAW_ACTIVE;
    r->value = m->allocated_per_s;
    r->expected = cold ? (double)NAN : m->usual_allocation.mean;
    r->lo = 0;
    r->hi = cold ? CHURN_FLOOR : CHURN_TIMES * m->usual_allocation.mean;
    r->scale_s = CHURN_S;
}

/* Was the entity there when its host was first heard of? Of a host there is nobody to tell. */
#define TOGETHER_NS INT64_C(5000000000)
static bool was_there(const struct watch *w)
{
    const struct memory_watch *host = w->host_watch ? w->host_watch->memory : NULL;

    return w->kind == ENTITY_CGROUP && w->memory && host && !isnan(host->usage.valley) &&
           w->memory->usage.since_ns - host->usage.since_ns <= TOGETHER_NS;
}

/* Keeps, while memory climbs, what those have who have only just been started: with who ends taken off, a
 * host on which much is started and ends does not grow by it. */
static void follow_beginners(struct watch *w, int64_t now_ns)
{
    struct memory_watch *m = w->memory;

    if ((w->kind != ENTITY_HOST && w->kind != ENTITY_CGROUP) || isnan(m->usage.valley))
        return;
    if (growth_begins(&m->usage))
        trend_line_push(
            &m->beginners, (double)now_ns * 1e-9, attribution_beginners(w, m->usage.since_ns + TOGETHER_NS));
    else if (m->beginners.n > 0)
        trend_line_init(&m->beginners, m->beginners.half_life_s);
}

static void judge_memory(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    struct memory_watch *m = w->memory;
    const struct law_case *open = w->cases[LAW_FEVER];
    bool is_open = open && open->open;
    enum law_state state = growth_opinion_state(&m->usage, s, now_ns);

    *ret = (struct opinion){.reading = law_reading_empty(state, "By/s")};
    if (state == LAW_UNOBSERVABLE || state == LAW_STALE)
        return;
    /* Between two samples there is nothing new to see: what was seen still stands. */
    bool churning = w->fresh ? is_churning(w, is_open) : m->churning >= CHURN_S;
    if (state != LAW_OK)
        return;
    if (w->fresh)
        follow_beginners(w, now_ns);
    growth_opinion_judge(&m->usage, &memory_words,
        &(struct growth_moment){.now_ns = now_ns,
            .fresh = w->fresh,
            .in_finding = is_open && open->facet == FEVER_GROWTH,
            .was_there = was_there(w),
            .beginners_per_s = trend_line_slope(&m->beginners)},
        ret);
    ret->facet = FEVER_GROWTH;
    /* Growth that falters for a moment is still growth: it does not turn into churn before its hold is over.
     */
    int64_t grew_ns = m->usage.growth_seen_ns;
    if (!ret->active && churning && !(grew_ns && now_ns - grew_ns < HOLD_NS))
        churn_opinion(m, ret);
}

/* A runtime in a spiral and memory that grows are one fever: what is open speaks on, else the spiral is the
 * nearer cause. */
static void join_spiral(
    struct watch *w, const struct law_settings *s, int64_t now_ns, int open, struct opinion *o)
{
    struct opinion spiral;

    gc_opinion_judge(w, s, now_ns, open != FEVER_SPIRAL, &spiral);
    spiral.facet = FEVER_SPIRAL;
    bool other = w->memory && o->active && open && open != FEVER_SPIRAL;
    bool unseen = !w->memory || o->reading.state == LAW_UNOBSERVABLE || o->reading.state == LAW_WARMUP;
    if ((spiral.active && !other) || unseen)
        *o = spiral;
}

/* Of several things that end, what is open speaks on, else the one that ends soonest; what is fine says so
 * only where nothing else can be judged. */
static void join_resource(
    struct watch *w, const struct law_settings *s, int64_t now_ns, int id, struct opinion *o)
{
    const struct law_case *k = w->cases[LAW_FEVER];
    int facet = FEVER_RESOURCE + id, open = k && k->open ? k->facet : FEVER_NONE;
    struct usage_watch *u = &w->resources[id]->usage;
    const struct growth_words *words = &resource_table[id].words;
    enum law_state state = growth_opinion_state(u, s, now_ns);
    struct opinion own = {.reading = law_reading_empty(state, words->unit)};

    if (state == LAW_OK)
        growth_opinion_judge(u, words,
            &(struct growth_moment){.now_ns = now_ns, .fresh = w->fresh, .in_finding = open == facet}, &own);
    own.facet = facet;
    bool unseen = o->reading.state == LAW_UNOBSERVABLE;
    bool first = o->facet != open && (open == facet || own.strength > o->strength);
    if (own.active ? !o->active || first : !o->active && unseen && state != LAW_UNOBSERVABLE)
        *o = own;
}

static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    const struct law_case *k = w->cases[LAW_FEVER];

    *ret = (struct opinion){.reading = law_reading_empty(LAW_UNOBSERVABLE, "By/s")};
    if (w->memory)
        judge_memory(w, s, now_ns, ret);
    if (w->gc)
        join_spiral(w, s, now_ns, k && k->open ? k->facet : FEVER_NONE, ret);
    for (int i = 0; i < RESOURCE_COUNT; i++)
        if (w->resources[i])
            join_resource(w, s, now_ns, i, ret);
    w->fever = ret->active ? ret->facet : FEVER_NONE;
}

static void describe_resource(const struct watch *w, int id, struct finding *f)
{
    const struct usage_watch *u = &w->resources[id]->usage;
    const struct growth_words *words = &resource_table[id].words;
    struct text t;

    text_init(&t, f->text, sizeof(f->text));
    finding_add_evidence(f, words->used, u->used, (double)NAN);
    finding_add_evidence(f, words->limit, u->limit, (double)NAN);
    growth_opinion_describe(u, words, f, &t);
    if (id != RESOURCE_TASKS)
        return;
    struct attribution a;
    attribution_find(w, ATTRIBUTION_TASKS, &a);
    attribution_tell(&a, f);
}

static void describe_memory(const struct watch *w, struct finding *f)
{
    const struct memory_watch *m = w->memory;
    bool grows = w->fever == FEVER_GROWTH;
    struct attribution a;
    struct text t;

    text_init(&t, f->text, sizeof(f->text));
    finding_add_evidence(f, memory_words.used, m->usage.used, (double)NAN);
    finding_add_evidence(f, memory_words.limit, m->usage.limit, (double)NAN);
    finding_add_evidence(f, "memory.allocated_per_s", m->allocated_per_s,
        churn_is_cold(m) ? (double)NAN : m->usual_allocation.mean);
    if (grows) {
        growth_opinion_describe(&m->usage, &memory_words, f, &t);
    } else {
        f->cause = "churn";
        f->confidence = CONFIDENCE_LOW;
        text_add(&t, "memory is allocated at ");
        wording_add_amount(&t, f->reading.value);
        if (isnan(f->reading.expected)) {
            text_add(&t, "/s, at least half of it by one process");
        } else {
            text_add(&t, "/s, usually at ");
            wording_add_amount(&t, f->reading.expected);
            text_add(&t, "/s");
        }
        text_add(&t, ", while what is in use stays at ");
        wording_add_amount(&t, m->usage.used);
        if (isnan(f->reading.expected))
            text_add(&t, "; no habit is known yet");
        finding_observed(f);
    }
    attribution_find(w, grows ? ATTRIBUTION_GROWTH : ATTRIBUTION_FAULTS, &a);
    attribution_tell(&a, f);
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    (void)s;
    (void)names;
    f->calibrated = false;
    if (w->fever >= FEVER_RESOURCE)
        describe_resource(w, w->fever - FEVER_RESOURCE, f);
    else if (w->fever == FEVER_SPIRAL)
        gc_opinion_describe(w, f);
    else
        describe_memory(w, f);
}

static bool estimate(const struct watch *w, struct estimate *ret)
{
    const struct usage_watch *u = w->fever >= FEVER_RESOURCE ? &w->resources[w->fever - FEVER_RESOURCE]->usage
                                  : w->fever == FEVER_GROWTH ? &w->memory->usage
                                                             : NULL;
    if (!u && w->fever != FEVER_SPIRAL)
        return false;
    if (!u) {
        gc_opinion_estimate(w->gc, ret);
        return true;
    }
    ret->lo_s = u->last_early_s;
    ret->hi_s = isinf(u->last_late_s) ? (double)NAN : u->last_late_s;
    return true;
}

static int64_t onset(const struct watch *w, int64_t now_ns)
{
    if (w->fever >= FEVER_RESOURCE)
        return growth_onset(&w->resources[w->fever - FEVER_RESOURCE]->usage, now_ns);
    if (w->fever == FEVER_SPIRAL)
        return gc_spiral_onset(w->gc, now_ns);
    if (w->fever == FEVER_GROWTH)
        return growth_onset(&w->memory->usage, now_ns);
    return now_ns - CHURN_S * INT64_C(1000000000);
}

const struct law_module law_fever = {
    .id = LAW_FEVER,
    .summary = "memory is allocated faster than usual while nothing is gained by it, or a resource grows "
               "towards its limit: a collector's spiral, a leak, a time to exhaustion",
    .hold_ns = HOLD_NS,
    .dwell_ns = INT64_C(60000000000),
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .estimate = estimate,
    .describe = describe,
};
