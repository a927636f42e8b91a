/* SPDX-License-Identifier: MIT
 * Intent amplification: more goes out for what comes in than this entity's own ratio explains. Turns counts
 * of the last minute into a conditional binomial test (ratio.h) against the ratio and the batching learned
 * before; failures of what goes out make it a retry storm.
 *
 * Requests are judged where they are counted. TCP connections stand in for them only together with failures,
 * packets only with a large excess: fan-out without failures is no storm, and packets are not requests. */
#include <math.h>

#include "base/text.h"
#include "detection/law_module.h"

/* Heuristics, chosen on 2026-11-22 from DETECTION's measured sizes and the simulator's healthy loads
 * (docs/laws.md). */
#define MIN_BUCKETS        24U   /* two minutes at 1 Hz before the own ratio is compared with */
#define MIN_COUNT          100.0 /* in + out of the last minute */
#define Z_MIN              5.0
#define EXCESS_MIN         1.1 /* over the own ratio: the seeds' floor */
#define EXCESS_MIN_PACKETS 1.5
#define FROZEN_Z           3.0 /* minutes this far out are not learned ... */
#define REFUSED_WINDOWS                                                                                      \
    24U /* ... unless more than a quarter of the last 24 were: then that is the normal                       \
         */
#define REFUSED_MAX 6
/* Where no habit is known: what no healthy service does, whatever its fan-out. Chosen on 2026-11-23. */
#define COLD_BUCKETS  3U
#define COLD_EXCESS   1.5 /* out for each in, at least, */
#define COLD_FAILED   0.2 /* and so large a share of them fails */
#define COLD_PHI      4.0 /* overdispersion that is taken for granted: batches */
#define EAGER         2U  /* buckets in a row */
#define FAILED_EXCESS 2.0 /* share of failures over the usual one */
#define FAILED_MIN    0.02
#define FAILED_WEIGHT 0.001
#define BUCKET_MIN_NS INT64_C(5000000000)
/* An open finding is not learned. Without failures it is a new fan-out, and the new normal after an hour;
 * where nobody counts failures, or they stand out, after six hours; a metastable one never. */
#define NEW_NORMAL_NS INT64_C(3600000000000)
#define FROZEN_NS     INT64_C(21600000000000)
#define STRONGEST     0.95 /* of a metastable storm: critical whatever else there is */

static const char *const tier_nouns[TRAFFIC_TIERS] = {"requests", "TCP connections", "packets"};

static bool applies(const struct watch *w)
{
    return w->traffic != NULL;
}

enum facet { FACET_STORM = 1, FACET_METASTABLE };

static double window_sum(const double *bucket, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 0; i < count && i < TRAFFIC_BUCKETS; i++)
        sum += bucket[i];
    return sum;
}

static bool failures_stand_out(const struct traffic_watch *t)
{
    return !isnan(t->failed_share) && t->failed_share > FAILED_MIN &&
           t->failed_share > FAILED_EXCESS * (t->usual_failed.count ? t->usual_failed.mean : 0);
}

/* Is there a habit to compare with? */
static bool is_cold(const struct traffic_watch *t)
{
    double rho = ratio_baseline_ratio(&t->usual);

    return t->count < MIN_BUCKETS || !(rho > 0) || !isfinite(rho);
}

/* Is the test's excess an amplification at this tier? */
static bool is_amplified(const struct traffic_watch *t)
{
    double excess = t->test.ratio / t->test.expected;

    if (!t->tested || t->test.z < Z_MIN)
        return false;
    if (t->cold) /* a ratio or share that is not known is none */
        return excess >= COLD_EXCESS && t->failed_share >= COLD_FAILED;
    /* Nothing at all came in: whatever went out did so on its own. */
    if (isnan(t->test.ratio))
        return t->tier == TRAFFIC_REQUESTS || failures_stand_out(t);
    switch (t->tier) {
    case TRAFFIC_REQUESTS:
        return excess >= EXCESS_MIN;
    case TRAFFIC_CONNECTIONS:
        return excess >= EXCESS_MIN && failures_stand_out(t);
    default:
        return excess >= EXCESS_MIN_PACKETS;
    }
}

/* How long an open finding is kept from being learned; INT64_MAX: for ever. */
static int64_t frozen_ns(const struct traffic_watch *t)
{
    if (t->metastability.found)
        return INT64_MAX;
    return !isnan(t->failed_share) && !failures_stand_out(t) ? NEW_NORMAL_NS : FROZEN_NS;
}

/* What another law found on the same entity and what is over since may have set a storm off. */
static int64_t other_trigger_ns(const struct watch *w)
{
    int64_t latest = 0;
    for (int i = LAW_SEIZURE; i <= LAW_FEVER; i++)
        if (w->cases[i] && !w->cases[i]->open && w->cases[i]->last_active_ns > latest)
            latest = w->cases[i]->last_active_ns;
    return latest;
}

static void look_for_metastability(
    const struct watch *w, const struct law_case *open, double sum_in, int64_t now_ns)
{
    struct traffic_watch *t = w->traffic;
    struct metastability_window window = {.end_ns = now_ns,
        .in = sum_in,
        .good_share = 1 - t->failed_share,
        .usual_good = t->usual_failed.count ? 1 - t->usual_failed.mean : (double)NAN,
        .amplified = t->eager > 0,
        .finding_ns = open && open->open ? open->opened_ns : 0,
        .trigger_ns = other_trigger_ns(w)};

    if (t->tier == TRAFFIC_REQUESTS && t->count >= TRAFFIC_BUCKETS)
        metastability_take(&t->metastability, &window, t->count % TRAFFIC_BUCKETS == 0);
}

/* Is the last minute far from the habit? */
static bool is_far(const struct traffic_watch *t)
{
    return t->tested && !t->cold && t->test.z > FROZEN_Z;
}

/* May the minute that just ended be learned? Far out it may not, it may be the beginning of a storm; unless
 * that is how it has been for a while without an alarm. */
static bool may_learn(struct traffic_watch *t)
{
    bool far = is_far(t);
    int refused = 0;

    t->refused = (t->refused << 1 | far) & ((1U << REFUSED_WINDOWS) - 1);
    for (uint32_t bits = t->refused; bits; bits &= bits - 1)
        refused++;
    return !far || refused > REFUSED_MAX;
}

/* Learns the bucket or the minute that just ended. Whole, not overlapping minutes are learned; at first every
 * bucket, so that there is a habit to compare with after two minutes. */
static void learn(struct traffic_watch *t, const struct law_case *open, int64_t now_ns)
{
    uint32_t last = (t->head + TRAFFIC_BUCKETS - 1) % TRAFFIC_BUCKETS;
    bool whole = t->count % TRAFFIC_BUCKETS == 0, is_open = open && open->open;
    double sum_in = window_sum(t->bucket_in, t->count), sum_out = window_sum(t->bucket_out, t->count);

    if (t->cold && t->eager > 0) {
        /* The trouble was there first: what has been learned of it is no habit. */
        ratio_baseline_init(&t->usual, TRAFFIC_HALF_LIFE);
        t->usual_failed = (struct average){0};
        return;
    }
    if (is_open && now_ns - open->opened_ns < frozen_ns(t))
        return;
    if (is_open) {
        /* The new normal: what was before says nothing of it. */
        ratio_baseline_init(&t->usual, TRAFFIC_HALF_LIFE);
        ratio_baseline_push(&t->usual, sum_in, sum_out);
        return;
    }
    if (t->count < MIN_BUCKETS)
        ratio_baseline_push(&t->usual, t->bucket_in[last], t->bucket_out[last]);
    else if (whole && may_learn(t))
        ratio_baseline_push(&t->usual, sum_in, sum_out);
    if (!isnan(t->failed_share) && !is_far(t))
        average_take(&t->usual_failed, t->failed_share, FAILED_WEIGHT, 0.001);
}

/* Holds the last minute against the own ratio, or, where that is not known, against one out for each in. */
static void test_minute(struct traffic_watch *t, double sum_in, double sum_out)
{
    double rho = ratio_baseline_ratio(&t->usual), phi = ratio_baseline_phi(&t->usual);

    t->cold = is_cold(t);
    if (t->cold) {
        rho = 1;
        phi = COLD_PHI;
    }
    t->tested = (!t->cold || (t->count >= COLD_BUCKETS && t->tier != TRAFFIC_PACKETS)) &&
                sum_in + sum_out >= MIN_COUNT && ratio_test(sum_in, sum_out, rho, phi, &t->test) == 0;
}

/* Closes the bucket that is due, tests the last minute, learns it as far as it may. */
static void close_bucket(struct watch *w, const struct law_case *open, int64_t now_ns)
{
    struct traffic_watch *t = w->traffic;
    struct warning_watch *k = w->warnings[WARNING_FAILURES];
    struct traffic_flow *in = &t->in[t->tier], *out = &t->out[t->tier], *failed = &t->failed[t->tier];
    uint32_t at = t->head;

    t->bucket_in[at] = in->pending;
    t->bucket_out[at] = out->pending;
    t->bucket_failed[at] = failed->pending;
    in->pending = out->pending = failed->pending = 0;
    t->head = (at + 1) % TRAFFIC_BUCKETS;
    if (t->count < UINT32_MAX)
        t->count++;

    double sum_in = window_sum(t->bucket_in, t->count), sum_out = window_sum(t->bucket_out, t->count);
    double share = window_sum(t->bucket_failed, t->count) / sum_out;
    t->failed_share = !isnan(failed->total) && sum_out > 0 ? share : (double)NAN;
    test_minute(t, sum_in, sum_out);
    t->eager = is_amplified(t) ? t->eager + 1 : 0;
    look_for_metastability(w, open, sum_in, now_ns);
    learn(t, open, now_ns);
    if (k && t->tier == TRAFFIC_REQUESTS && t->bucket_out[at] > 0 && !isnan(failed->total)) {
        k->step_s = (double)t->bucket_ns * 1e-9;
        slowing_push(&k->slowing, t->bucket_failed[at] / t->bucket_out[at]);
    }
}

static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    struct traffic_watch *t = w->traffic;
    struct law_reading *r = &ret->reading;
    const struct law_case *open = w->cases[LAW_AMPLIFICATION];

    *ret = (struct opinion){.reading = law_reading_empty(LAW_WARMUP, "1")};
    if (isnan(t->in[t->tier].total) || isnan(t->out[t->tier].total)) {
        /* One side alone is no ratio. */
        if (t->cadence.count >= 2 * CADENCE_STEPS)
            r->state = LAW_UNOBSERVABLE;
        return;
    }
    if (now_ns >= cadence_lost_at(&t->cadence, s->stale_after_ns)) {
        r->state = LAW_STALE;
        return;
    }
    if (t->cadence.usual_s <= 0)
        return;
    if (t->bucket_end_ns == 0) {
        double usual_ns = t->cadence.usual_s * 1e9;
        t->bucket_ns = usual_ns > (double)BUCKET_MIN_NS ? (int64_t)usual_ns : BUCKET_MIN_NS;
        t->bucket_end_ns = cadence_after(now_ns, t->bucket_ns);
        t->in[t->tier].pending = t->out[t->tier].pending = t->failed[t->tier].pending = 0;
    }
    if (now_ns >= t->bucket_end_ns) {
        close_bucket(w, open, now_ns);
        t->bucket_end_ns = cadence_after(t->bucket_end_ns, t->bucket_ns);
        if (t->bucket_end_ns <= now_ns)
            t->bucket_end_ns = cadence_after(now_ns, t->bucket_ns);
    }
    if (t->count < MIN_BUCKETS && t->eager < EAGER)
        return;
    r->state = LAW_OK;
    r->scale_s = (double)t->bucket_ns * 1e-9 * TRAFFIC_BUCKETS;
    if (!t->tested)
        return;
    double floor = t->cold ? COLD_EXCESS : t->tier == TRAFFIC_PACKETS ? EXCESS_MIN_PACKETS : EXCESS_MIN;
    r->value = t->test.ratio;
    r->expected = t->cold ? (double)NAN : t->test.expected;
    r->lo = 0;
    r->hi = floor * t->test.expected;
    if (t->eager < EAGER)
        return;
    ret->active = true;
    r->state = LAW_ACTIVE;
    double excess = isnan(t->test.ratio) ? 4 : t->test.ratio / t->test.expected;
    ret->strength = (failures_stand_out(t) ? 0.6 : 0.4) + (excess < 4 ? excess / 10 : 0.4);
    ret->facet = t->metastability.found ? FACET_METASTABLE : FACET_STORM;
    if (ret->facet == FACET_METASTABLE && ret->strength < STRONGEST)
        ret->strength = STRONGEST;
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    const struct traffic_watch *t = w->traffic;
    bool failing = failures_stand_out(t);
    struct text text;
    (void)s;
    (void)names;

    bool metastable = t->metastability.found;
    f->cause = metastable ? "metastable_retry_storm" : failing ? "retry_storm" : "unexplained";
    f->confidence = t->tier == TRAFFIC_PACKETS || t->cold    ? CONFIDENCE_LOW
                    : failing && t->tier == TRAFFIC_REQUESTS ? CONFIDENCE_HIGH
                                                             : CONFIDENCE_MEDIUM;
    f->calibrated = false;
    finding_add_evidence(f, "ratio.z", t->test.z, Z_MIN);
    finding_add_evidence(
        f, "ratio.overdispersion", t->cold ? COLD_PHI : ratio_baseline_phi(&t->usual), (double)NAN);
    finding_add_evidence(f, "traffic.in", window_sum(t->bucket_in, t->count), (double)NAN);
    finding_add_evidence(f, "traffic.out", window_sum(t->bucket_out, t->count), (double)NAN);
    finding_add_evidence(f, "traffic.failed_share", t->failed_share,
        t->usual_failed.count ? t->usual_failed.mean : (double)NAN);
    text_init(&text, f->text, sizeof(f->text));
    bool alone = isnan(f->reading.value); /* nothing came in */
    text_add_human(&text, alone ? window_sum(t->bucket_out, t->count) : f->reading.value, 3);
    text_add(&text, " ");
    text_add(&text, tier_nouns[t->tier]);
    text_add(
        &text, alone ? " went out in a minute in which none came in; " : " go out for each that comes in; ");
    text_add(&text, t->cold ? "no habit is known yet, the limit is " : "usual is ");
    text_add_human(&text, t->cold ? COLD_EXCESS : f->reading.expected, 3);
    if (!isnan(t->failed_share)) {
        text_add(&text, "; ");
        text_add_human(&text, 100 * t->failed_share, 2);
        text_add(&text, " % of them fail");
    }
    finding_observed(f);
    if (metastable)
        text_add(&text, "; it has outlived what set it off and feeds on its own retries");
}

/* The first bucket of the last minute whose own ratio is beyond the band. */
static int64_t onset(const struct watch *w, int64_t now_ns)
{
    const struct traffic_watch *t = w->traffic;
    double limit = (t->cold ? COLD_EXCESS : EXCESS_MIN) * t->test.expected;

    for (uint32_t i = 0; i < TRAFFIC_BUCKETS; i++) {
        uint32_t at = (t->head + i) % TRAFFIC_BUCKETS;
        if (t->bucket_out[at] > limit * t->bucket_in[at])
            return now_ns - (int64_t)(TRAFFIC_BUCKETS - i) * t->bucket_ns;
    }
    return now_ns;
}

const struct law_module law_amplification = {
    .id = LAW_AMPLIFICATION,
    .summary = "more requests go out for each that comes in than is usual for the entity: a storm of "
               "retries, a feedback loop",
    .hold_ns = INT64_C(60000000000),
    .dwell_ns = INT64_C(60000000000),
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .describe = describe,
};
