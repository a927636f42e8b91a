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
#define FROZEN_Z           3.0 /* windows this far out are not learned */
#define EAGER              2U  /* buckets in a row */
#define FAILED_EXCESS      2.0 /* share of failures over the usual one */
#define FAILED_MIN         0.02
#define FAILED_WEIGHT      0.001
#define BUCKET_MIN_NS      INT64_C(5000000000)
#define FROZEN_NS          INT64_C(21600000000000) /* six hours of an open finding: then it is the new normal */

static const char *const tier_nouns[TRAFFIC_TIERS] = {"requests", "TCP connections", "packets"};

static bool applies(const struct watch *w)
{
    return w->traffic != NULL;
}

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

/* Is the test's excess an amplification at this tier? */
static bool is_amplified(const struct traffic_watch *t)
{
    double excess = t->test.ratio / t->test.expected;

    if (!t->tested || t->test.z < Z_MIN)
        return false;
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

enum learning { LEARN_ORDINARY, LEARN_NOTHING, LEARN_ALL };

/* A storm is not learned while its finding is open; after FROZEN_NS it is the new normal, and is. */
static enum learning learning_of(const struct law_case *open, int64_t now_ns)
{
    if (!open || !open->open)
        return LEARN_ORDINARY;
    return now_ns - open->opened_ns < FROZEN_NS ? LEARN_NOTHING : LEARN_ALL;
}

/* Closes the bucket that is due, tests the last minute, learns it as far as it may. */
static void close_bucket(struct traffic_watch *t, enum learning learning)
{
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
    double rho = ratio_baseline_ratio(&t->usual), share = window_sum(t->bucket_failed, t->count) / sum_out;
    t->failed_share = !isnan(failed->total) && sum_out > 0 ? share : (double)NAN;
    t->tested = t->count >= MIN_BUCKETS && rho > 0 && isfinite(rho) && sum_in + sum_out >= MIN_COUNT &&
                ratio_test(sum_in, sum_out, rho, ratio_baseline_phi(&t->usual), &t->test) == 0;
    t->eager = is_amplified(t) ? t->eager + 1 : 0;
    if (learning == LEARN_NOTHING || (learning == LEARN_ORDINARY && t->tested && t->test.z > FROZEN_Z))
        return;
    /* Whole, not overlapping windows are learned; at first every bucket, so that there is a habit to compare
     * with after two minutes. */
    if (t->count < MIN_BUCKETS)
        ratio_baseline_push(&t->usual, t->bucket_in[at], t->bucket_out[at]);
    else if (t->count % TRAFFIC_BUCKETS == 0)
        ratio_baseline_push(&t->usual, sum_in, sum_out);
    if (!isnan(t->failed_share))
        average_take(&t->usual_failed, t->failed_share, FAILED_WEIGHT, 0.001);
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
        close_bucket(t, learning_of(open, now_ns));
        t->bucket_end_ns = cadence_after(t->bucket_end_ns, t->bucket_ns);
        if (t->bucket_end_ns <= now_ns)
            t->bucket_end_ns = cadence_after(now_ns, t->bucket_ns);
    }
    if (t->count < MIN_BUCKETS)
        return;
    r->state = LAW_OK;
    r->scale_s = (double)t->bucket_ns * 1e-9 * TRAFFIC_BUCKETS;
    if (!t->tested)
        return;
    double floor = t->tier == TRAFFIC_PACKETS ? EXCESS_MIN_PACKETS : EXCESS_MIN;
    r->value = t->test.ratio;
    r->expected = t->test.expected;
    r->lo = 0;
    r->hi = floor * t->test.expected;
    if (t->eager < EAGER)
        return;
    ret->active = true;
    r->state = LAW_ACTIVE;
    double excess = isnan(t->test.ratio) ? 4 : t->test.ratio / t->test.expected;
    ret->strength = (failures_stand_out(t) ? 0.6 : 0.4) + (excess < 4 ? excess / 10 : 0.4);
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    const struct traffic_watch *t = w->traffic;
    bool failing = failures_stand_out(t);
    struct text text;
    (void)s;
    (void)names;

    f->cause = failing ? "retry_storm" : "unexplained";
    f->confidence = t->tier == TRAFFIC_PACKETS               ? CONFIDENCE_LOW
                    : failing && t->tier == TRAFFIC_REQUESTS ? CONFIDENCE_HIGH
                                                             : CONFIDENCE_MEDIUM;
    f->calibrated = false;
    finding_add_evidence(f, "ratio.z", t->test.z, Z_MIN);
    finding_add_evidence(f, "ratio.overdispersion", ratio_baseline_phi(&t->usual), (double)NAN);
    finding_add_evidence(f, "traffic.in", window_sum(t->bucket_in, t->count), (double)NAN);
    finding_add_evidence(f, "traffic.out", window_sum(t->bucket_out, t->count), (double)NAN);
    finding_add_evidence(f, "traffic.failed_share", t->failed_share,
        t->usual_failed.count ? t->usual_failed.mean : (double)NAN);
    text_init(&text, f->text, sizeof(f->text));
    bool alone = isnan(f->reading.value); /* nothing came in */
    text_add_human(&text, alone ? window_sum(t->bucket_out, t->count) : f->reading.value, 3);
    text_add(&text, " ");
    text_add(&text, tier_nouns[t->tier]);
    text_add(&text, alone ? " went out in a minute in which none came in; usual is "
                          : " go out for each that comes in; usual is ");
    text_add_human(&text, f->reading.expected, 3);
    if (!isnan(t->failed_share)) {
        text_add(&text, "; ");
        text_add_human(&text, 100 * t->failed_share, 2);
        text_add(&text, " % of them fail");
    }
}

/* The first bucket of the last minute whose own ratio is beyond the band. */
static int64_t onset(const struct watch *w, int64_t now_ns)
{
    const struct traffic_watch *t = w->traffic;
    double limit = EXCESS_MIN * t->test.expected;

    for (uint32_t i = 0; i < TRAFFIC_BUCKETS; i++) {
        uint32_t at = (t->head + i) % TRAFFIC_BUCKETS;
        if (t->bucket_out[at] > limit * t->bucket_in[at])
            return now_ns - (int64_t)(TRAFFIC_BUCKETS - i) * t->bucket_ns;
    }
    return now_ns;
}

const struct law_module law_amplification = {
    .id = LAW_AMPLIFICATION,
    .hold_ns = INT64_C(60000000000),
    .dwell_ns = INT64_C(60000000000),
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .describe = describe,
};
