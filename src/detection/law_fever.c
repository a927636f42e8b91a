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
#include "detection/law_module.h"

/* Heuristics, chosen before 2026-11 from one-second leaks and 673 host-days of production memory
 * (docs/laws.md). */
#define CHECK_NS          INT64_C(3000000000)
#define FAST_R2           0.8
#define FAST_RISE         0.02 /* of the limit, over the regression's reach */
#define FAST_HORIZON_S    10800.0
#define FAST_AGREED       3U   /* checks in a row */
#define FAST_MIN_WEIGHT   10.0 /* effective samples behind the regression */
#define RECORD_LAG_CHECKS 20U  /* a minute */
#define SAW_TEETH         2U   /* findings of growth that came and went: then it is a saw-tooth */
#define SLOW_AGREED       3U   /* checks in a row, each at a closed block */
#define SLOW_DRIFT_RATIO  3.0
#define SLOW_RISE         0.05 /* of the limit */
#define SLOW_RECORD       0.03 /* of the limit above every minimum before the window */
#define SLOW_REACH        4.0  /* limit/slope at most this many windows away */
#define SLOW_LATE_S       14400.0
#define LINE_REACH_S      60.0 /* the regression of half-life 30 s looks back about this far */
#define HOLD_NS           INT64_C(60000000000)
#define INTERVAL_Z        1.64 /* 90 % */

/* Churn. */
#define CHURN_TIMES       8.0    /* the usual allocation velocity */
#define CHURN_FLOOR       2e9    /* bytes per second: below it no host is short of breath */
#define CHURN_S           30U    /* seconds in a row */
#define CHURN_FLAT        0.02   /* of the limit: how far usage may stray and still be flat */
#define CHURN_AFTER       120U   /* seconds of habit before it is compared with */
#define ALLOCATION_WEIGHT 0.0002 /* of one second: half-life about an hour */

static const double scale_s[MEMORY_SCALES] = {900, 3600, 14400};
static const char *const scale_words[MEMORY_SCALES] = {"15 minutes", "hour", "4 hours"};

enum facet { FACET_GROWTH = 1, FACET_CHURN };

static bool applies(const struct watch *w)
{
    return w->memory != NULL;
}

struct growth {
    bool fits;
    int scale; /* -1: the fast path */
    double slope_per_s;
    double early_s, late_s;
};

/* The end of a slope's interval by its standard error, which its r2 tells: slope sqrt((1/r2 - 1) / (n - 2)),
 * n the effective number of points. */
static double slope_end(double slope, double r2, double n, double z)
{
    return slope + z * slope * sqrt((1 / r2 - 1) / (n > 3 ? n - 2 : 1));
}

/* The regression's view: steep, straight, higher than ever, and soon at the limit. */
static struct growth grow_fast(const struct memory_watch *m)
{
    struct growth g = {.scale = -1};
    double slope = trend_line_slope(&m->line), r2 = trend_line_r2(&m->line), headroom = m->limit - m->used;

    if (m->line.weight < FAST_MIN_WEIGHT || isnan(m->limit) || isnan(m->record) || !(slope > 0) ||
        r2 < FAST_R2)
        return g;
    if (slope * LINE_REACH_S < FAST_RISE * m->limit || headroom / slope > FAST_HORIZON_S)
        return g;
    if (m->used < m->record + FAST_RISE * m->limit / 2)
        return g;
    /* Just after a bend the long regression still remembers the flat part: the truth lies between it and the
     * short one, each give or take its own error. */
    double recent = trend_line_slope(&m->recent), recent_r2 = trend_line_r2(&m->recent);
    double most = slope_end(slope, r2, m->line.weight, INTERVAL_Z),
           least = slope_end(slope, r2, m->line.weight, -INTERVAL_Z);
    if (recent > 0) {
        double high = slope_end(recent, recent_r2, m->recent.weight, INTERVAL_Z),
               low = slope_end(recent, recent_r2, m->recent.weight, -INTERVAL_Z);
        most = high > most ? high : most;
        least = low < least ? low : least;
    }
    if (headroom < 0)
        headroom = 0;
    g.fits = true;
    g.slope_per_s = slope;
    g.early_s = headroom / most;
    g.late_s = least > 0 ? headroom / least : (double)INFINITY;
    return g;
}

static bool check_scale(struct memory_watch *m, int i)
{
    struct exhaustion_input in = {
        .block_s = scale_s[i] / EXHAUSTION_BLOCKS, .limit = m->limit, .z = INTERVAL_Z};
    struct exhaustion *x = &m->fit[i];

    m->fit_valid[i] = false;
    if (isnan(m->limit) || envelope_minima(&m->edges[i], EXHAUSTION_BLOCKS, in.minima))
        return false;
    in.recent_max = envelope_recent_max(&m->edges[i], 2);
    if (trend_exhaustion(&in, x))
        return false;
    m->fit_valid[i] = true;
    /* What was seen before this window must be clearly exceeded; a window without a past stands for itself.
     */
    double record = envelope_earlier_record(&m->edges[i], EXHAUSTION_BLOCKS);
    if (!isnan(record) && x->last_low < record + SLOW_RECORD * m->limit)
        return false;
    return x->fits && x->drift_ratio >= SLOW_DRIFT_RATIO && x->rise >= SLOW_RISE * m->limit &&
           x->middle_s <= SLOW_REACH * scale_s[i] && x->late_s <= SLOW_LATE_S;
}

/* What counts as higher than ever is usage as it was before the regression's reach. Usage during a finding of
 * growth is not learned at first, so that a leak that comes back is found again; growth that came and went
 * SAW_TEETH times is how this entity lives, and its peaks are learned. */
static void learn_record(struct memory_watch *m)
{
    if (m->in_finding) {
        if (!(m->used <= m->tooth))
            m->tooth = m->used;
        m->lagged_peak = m->lagging_peak = m->peak = (double)NAN;
        return;
    }
    if (!isnan(m->tooth)) {
        if (++m->teeth >= SAW_TEETH && !(m->tooth <= m->record))
            m->record = m->tooth;
        m->tooth = (double)NAN;
    }
    if (m->lag_count++ % RECORD_LAG_CHECKS != 0)
        return;
    if (!isnan(m->lagged_peak) && !(m->lagged_peak <= m->record))
        m->record = m->lagged_peak;
    m->lagged_peak = m->lagging_peak;
    m->lagging_peak = m->peak;
    m->peak = (double)NAN;
}

/* Runs the checks that are due; the counters of agreement are what a verdict needs. */
static void check(struct memory_watch *m, int64_t now_ns)
{
    if (now_ns < m->next_check_ns)
        return;
    m->next_check_ns = cadence_after(now_ns, CHECK_NS);
    for (int i = 0; i < MEMORY_SCALES; i++) {
        /* A scale is judged when a block has closed since: the minima are the same until then. */
        int64_t block = m->edges[i].block;
        if (m->checked_block[i] == block)
            continue;
        m->checked_block[i] = block;
        m->agreed[i] = check_scale(m, i) ? m->agreed[i] + 1 : 0;
    }
    m->agreed_fast = grow_fast(m).fits ? m->agreed_fast + 1 : 0;
    learn_record(m);
}

static struct growth find_growth(const struct memory_watch *m)
{
    if (m->agreed_fast >= FAST_AGREED)
        return grow_fast(m);
    for (int i = 0; i < MEMORY_SCALES; i++)
        if (m->agreed[i] >= SLOW_AGREED && m->fit_valid[i])
            return (struct growth){.fits = true,
                .scale = i,
                .slope_per_s = m->fit[i].slope_per_s,
                .early_s = m->fit[i].early_s,
                .late_s = m->fit[i].late_s};
    return (struct growth){.scale = -1};
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

static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
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
        check(m, now_ns);
    struct growth g = find_growth(m);

    r->state = LAW_OK;
    r->value = g.fits ? g.slope_per_s : trend_line_slope(&m->line);
    r->expected = 0;
    r->scale_s = g.fits && g.scale >= 0 ? scale_s[g.scale] : LINE_REACH_S;
    if (!isnan(m->limit)) {
        /* Growth that reaches the limit within the horizon is the end of what is expected. */
        double headroom = m->limit - m->used;
        r->lo = -m->limit / FAST_HORIZON_S;
        r->hi = (headroom > 0 ? headroom : 0) / FAST_HORIZON_S;
        if (r->hi < FAST_RISE * m->limit / LINE_REACH_S)
            r->hi = FAST_RISE * m->limit / LINE_REACH_S;
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
        ret->strength = g.early_s < 600 ? 0.9 : g.early_s < 3600 ? 0.7 : 0.5;
    } else {
        r->value = m->allocated_per_s;
        r->expected = m->usual_allocation.mean;
        r->lo = 0;
        r->hi = CHURN_TIMES * m->usual_allocation.mean;
        r->scale_s = CHURN_S;
        ret->strength = 0.5;
    }
}

static void add_amount(struct text *t, double bytes)
{
    static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB"};
    int u = 0;
    while (fabs(bytes) >= 1024 && u < 4) {
        bytes /= 1024;
        u++;
    }
    text_add_human(t, bytes, 3);
    text_add(t, units[u]);
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
        finding_add_evidence(f, "memory.r2", trend_line_r2(&m->line), FAST_R2);
    else
        finding_add_evidence(f, "memory.drift_ratio", m->fit[m->last_scale].drift_ratio, SLOW_DRIFT_RATIO);
    text_add(t, "memory grows by ");
    add_amount(t, f->reading.value);
    text_add(t, "/s over the last ");
    text_add(t, m->last_scale < 0 ? "minute" : scale_words[m->last_scale]);
    text_add(t, "; ");
    add_amount(t, m->used);
    text_add(t, " of ");
    add_amount(t, m->limit);
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
    struct text t;
    (void)s;
    (void)names;

    f->calibrated = false;
    text_init(&t, f->text, sizeof(f->text));
    finding_add_evidence(f, "memory.used", m->used, (double)NAN);
    finding_add_evidence(f, "memory.limit", m->limit, (double)NAN);
    finding_add_evidence(f, "memory.allocated_per_s", m->allocated_per_s, m->usual_allocation.mean);
    if (m->growing) {
        describe_growth(m, f, &t);
        return;
    }
    f->cause = "churn";
    f->confidence = CONFIDENCE_LOW;
    text_add(&t, "memory is allocated at ");
    add_amount(&t, f->reading.value);
    text_add(&t, "/s, usually at ");
    add_amount(&t, f->reading.expected);
    text_add(&t, "/s, while what is in use stays at ");
    add_amount(&t, m->used);
}

/* Growth is seen when it has filled the window that shows it. */
static int64_t onset(const struct watch *w, int64_t now_ns)
{
    const struct memory_watch *m = w->memory;
    double s = !m->growing ? (double)CHURN_S : m->last_scale < 0 ? LINE_REACH_S : scale_s[m->last_scale];
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
