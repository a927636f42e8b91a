/* SPDX-License-Identifier: MIT
 * Compute seizure: CPU that swings at some time scale while its mean stays moderate. Turns the last minute of
 * one entity's CPU into a variance spectrum, asks whether it has the shape of a seizure (spectrum.h), and
 * whether the swing is beyond what this entity usually does. The cause comes from evidence beside the CPU;
 * where there is none it is `unexplained`, and said with low confidence.
 *
 * Not judged: single CPUs. One busy thread that the scheduler moves about makes every CPU swing while nothing
 * is wrong. */
#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "detection/attribution.h"
#include "detection/law_module.h"
#include "detection/seizure_story.h"
#include "detection/window.h"

/* Heuristics, chosen before 2026-11 on lock convoys, builds, cron bursts, steps, ramps and idle hosts
 * (docs/laws.md). */
#define TAU_MAX_S     3.2
#define JUDGE_SHARE   15U /* of the window must be new before it is judged again, */
#define JUDGE_SAMPLES 10U /* and so many samples */
#define MIN_WINDOW    3U  /* a third of the window must be there before the first judgement */
#define MIN_SAMPLES   24U
#define GATE_SIGMA    3.0 /* percentage points: below it no octave can reach the floor of 5 */
#define OWN_FLOOR                                                                                            \
    5.0 /* percentage points: least swing that is called a seizure when the own usual swing is known */
#define OWN_DEVIATIONS 6.0 /* beyond the usual swing */
#define OWN_AFTER_NS                                                                                         \
    INT64_C(1800000000000) /* half an hour of learning before the own baseline replaces the fixed floor */
#define OWN_AFTER 20U      /* and so many judgements: of slow telemetry half an hour holds but three */
#define FROZEN_NS                                                                                            \
    INT64_C(21600000000000) /* six hours of an open finding: then it is the new normal and is learned */
#define HALF_LIFE_S        86400.0
#define EAGER              2.0F /* judgements in a row */
#define CONTENTION_SCALE_S 20.0 /* over which its shares are means */
#define BUSY_SHARE_MAX     0.6
/* Chance: what R reaches over its habit with few differences. Chosen on 2026-11-22 from `make power`. */
#define CHANCE      8.0 /* over the square root of the differences, times the habit */
#define YOUNG_AFTER 10U /* judgements from which the habit says what chance may do */
#define FEW_PAIRS   24U /* of fewer differences */
#define FEW_FACTOR  1.4 /* the floors are so much higher */
/* Wider than the habit, without a shape; chosen on the same day from the same. */
#define WIDE_TIMES            1.6 /* the usual swing, and at least the fixed floor */
#define WIDE_DEVIATIONS       5.0 /* and beyond it */
#define WIDE_LEVEL            5.0 /* percentage points: how far the mean may be from the usual one, */
#define WIDE_LEVEL_DEVIATIONS 3.0 /* or so many of its usual deviations */
#define WIDE_WINDOWS          2U  /* so long, less the looks that say otherwise */
#define BUSY_FORKS                                                                                           \
    20.0 /* processes started per second: a build, a test suite or a shell loop, not a convoy; */
#define BUSY_FACTOR                                                                                          \
    1.75 /* the floor is so much higher then: suites reached 20.6 points, a full swing 23.6 (2026-11-22) */
#define LN2 0.69314718055994530942

static bool applies(const struct watch *w)
{
    return w->cpu && w->kind != ENTITY_CPU;
}

/* The window, oldest first, into x. Returns its length. */
static uint32_t copy_window(const struct cpu_watch *c, float *x)
{
    uint32_t n = c->count < c->window ? c->count : c->window;
    uint32_t wrapped = c->head < n ? c->head : n; /* of them stand at the ring's beginning */

    memcpy(x, c->ring + (c->head + CPU_RING - n) % CPU_RING, (n - wrapped) * sizeof(*x));
    memcpy(x + n - wrapped, c->ring + c->head - wrapped, wrapped * sizeof(*x));
    return n;
}

static bool is_busy(const struct watch *w)
{
    const struct cause_watch *host = w->host_watch->causes;
    return host && host->forks_per_s > BUSY_FORKS;
}

/* Has this octave's habit been watched long enough to stand for what is usual? */
static bool knows_habit(const struct cpu_watch *c, unsigned i, int64_t now_ns)
{
    return c->usual[i].count >= OWN_AFTER && c->usual_since_ns && now_ns - c->usual_since_ns >= OWN_AFTER_NS;
}

/* The swing at octave i from which it is a seizure; `expected` and the band's end for people. */
static double limit_of(const struct watch *w, unsigned i, int64_t now_ns, const struct seizure_rule *rule)
{
    const struct cpu_watch *c = w->cpu;
    double few = c->octaves[i].pairs < FEW_PAIRS ? FEW_FACTOR : 1, limit = rule->floor * few, by_chance = 0;

    if (c->usual[i].count >= YOUNG_AFTER)
        by_chance = c->usual[i].mean * (1 + CHANCE / sqrt(c->octaves[i].pairs));
    if (knows_habit(c, i, now_ns)) {
        limit = c->usual[i].mean + OWN_DEVIATIONS * c->usual[i].deviation;
        if (limit < OWN_FLOOR * few)
            limit = OWN_FLOOR * few;
    }
    if (limit < by_chance)
        limit = by_chance;
    if (is_busy(w) && limit < BUSY_FACTOR * rule->floor)
        limit = BUSY_FACTOR * rule->floor;
    return limit;
}

/* The swing at octave i from which it is far wider than its habit, whatever its shape. */
static double wide_limit(const struct cpu_watch *c, unsigned i, const struct seizure_rule *rule)
{
    double limit = WIDE_TIMES * c->usual[i].mean,
           own = c->usual[i].mean + WIDE_DEVIATIONS * c->usual[i].deviation;

    if (limit < own)
        limit = own;
    return limit > rule->floor ? limit : rule->floor;
}

static void learn(struct cpu_watch *c, int64_t now_ns, double step_s)
{
    if (c->weight_step_s != step_s) {
        c->weight_step_s = step_s;
        c->weight = 1 - fmath_exp(-LN2 * step_s / HALF_LIFE_S);
    }
    if (!c->usual_since_ns)
        c->usual_since_ns = now_ns;
    average_take(&c->level, c->mean, c->weight, 0.05);
    for (uint32_t i = 0; i < c->octave_count; i++)
        average_take(&c->usual[i], c->octaves[i].robust_form, c->weight, 0.05);
}

/* The first octave that has the shape and swings beyond its own limit, or -1. */
static int find_octave(const struct watch *w, int64_t now_ns, const struct seizure_rule *rule)
{
    const struct cpu_watch *c = w->cpu;
    struct spectrum_octave alone[CPU_OCTAVES];
    struct seizure_rule any = *rule;

    if (is_busy(w))
        any.rise = (double)INFINITY;
    any.floor = OWN_FLOOR < rule->floor ? OWN_FLOOR : rule->floor;
    if (seizure_shape(c->octaves, c->octave_count, &any) < 0)
        return -1;
    for (uint32_t i = 0; i < c->octave_count; i++) {
        any.floor = limit_of(w, i, now_ns, rule);
        if (c->octaves[i].robust_form < any.floor)
            continue;
        /* The shape again, of this octave alone: those below their own limits may neither carry the verdict
         * nor stand before it. */
        memcpy(alone, c->octaves, c->octave_count * sizeof(alone[0]));
        for (uint32_t k = 0; k < c->octave_count; k++)
            alone[k].robust_form = k == i ? alone[k].robust_form : 0;
        if (seizure_shape(alone, c->octave_count, &any) == (int)i)
            return (int)i;
    }
    return -1;
}

/* The finest octave that swings far wider than its habit about the mean that is usual, or -1: noise that has
 * doubled has no shape of its own, but another load would have another mean. */
static int find_wide(const struct watch *w, int64_t now_ns, const struct seizure_rule *rule)
{
    const struct cpu_watch *c = w->cpu;
    double stray = WIDE_LEVEL_DEVIATIONS * c->level.deviation;

    if (is_busy(w) || fabs(c->mean - c->level.mean) > (stray > WIDE_LEVEL ? stray : WIDE_LEVEL))
        return -1;
    for (uint32_t i = 0; i < c->octave_count; i++) {
        const struct spectrum_octave *o = &c->octaves[i];
        if (knows_habit(c, i, now_ns) && c->usual[i].mean >= OWN_FLOOR && o->pairs >= FEW_PAIRS &&
            o->robust_form >= wide_limit(c, i, rule) && o->half_von_neumann >= rule->v_min)
            return (int)i;
    }
    return -1;
}

/* A look that says otherwise takes back what one look gave: of few samples R strays by a seventh. */
static void count_wide(struct cpu_watch *c, uint32_t fresh)
{
    if (c->wide < 0)
        c->wide_samples = c->wide_samples > fresh ? c->wide_samples - fresh : 0;
    else if (c->wide_samples < (WIDE_WINDOWS + 1) * c->window)
        c->wide_samples += fresh;
}

/* Samples of the window without which nothing is said. */
static uint32_t enough(const struct cpu_watch *c)
{
    return c->window / MIN_WINDOW > MIN_SAMPLES ? c->window / MIN_WINDOW : MIN_SAMPLES;
}

/* Judges the window anew; no octave is left of one with too many holes. */
static void look(struct watch *w, int64_t now_ns)
{
    struct cpu_watch *c = w->cpu;
    struct spectrum_scratch scratch;
    struct seizure_rule rule = seizure_rule_for(100);
    float x[CPU_RING];
    uint32_t n = copy_window(c, x);
    uint32_t fresh = c->since_judged;
    double step_s = c->cadence.usual_s * fresh;
    const struct law_case *open = w->cases[LAW_SEIZURE];
    bool frozen = open && open->open && now_ns - open->opened_ns < FROZEN_NS;

    rule.busy_share_max = BUSY_SHARE_MAX;
    c->since_judged = 0;
    c->judged = true;
    c->shape = c->wide = -1;
    c->octave_count = (uint32_t)spectrum_compute(x, n, c->cadence.usual_s, 0,
        TAU_MAX_S > 4 * c->cadence.usual_s ? TAU_MAX_S : 4 * c->cadence.usual_s, c->octaves, CPU_OCTAVES,
        &scratch);
    if (c->octave_count == 0 || c->octaves[0].pairs + 1 < enough(c)) {
        c->octave_count = 0;
        c->eager = 0;
        return;
    }
    c->mean = scratch.window_mean;
    c->sigma = sqrt(scratch.window_variance);
    if (c->sigma >= GATE_SIGMA && seizure_window_admits(x, n, &rule)) {
        c->shape = find_octave(w, now_ns, &rule);
        c->wide = find_wide(w, now_ns, &rule);
    }
    c->eager = c->shape >= 0 ? c->eager + 1 : 0;
    count_wide(c, fresh);
    if (c->shape < 0 && !frozen)
        learn(c, now_ns, step_s);
    else if (open && open->open && !frozen)
        learn(c, now_ns, step_s);
}

static bool is_wide(const struct cpu_watch *c)
{
    return c->wide >= 0 && c->wide_samples >= WIDE_WINDOWS * c->window;
}

/* The octave that carries the verdict, or -1. */
static int carrier(const struct cpu_watch *c)
{
    return c->shape >= 0 ? c->shape : is_wide(c) ? c->wide : -1;
}

static bool is_due(const struct cpu_watch *c)
{
    return !c->judged || (c->since_judged * JUDGE_SHARE >= c->window && c->since_judged >= JUDGE_SAMPLES);
}

/* A file that is larger than the memory is read again page by page, and nobody need wait for memory: such
 * readers do not thrash. */
#define REFAULT_PRESSURE 0.005 /* share of time */

static void contention_now(const struct watch *w, int64_t now_ns, double now[CONTENTION_KINDS])
{
    const struct watch *line = attribution_in_line(w, now_ns);
    const struct cause_watch *c = w->causes, *host = w->host_watch->causes;
    double pressure = !isnan(c->memory_pressure) ? c->memory_pressure
                      : host                     ? host->memory_pressure
                                                 : (double)NAN;
    bool waits = isnan(pressure) || pressure >= REFAULT_PRESSURE;

    now[CONTENTION_THROTTLED] = c->throttled;
    now[CONTENTION_MEMORY] = c->memory_pressure;
    now[CONTENTION_LOCK] = line ? line->process->futex_share : 0;
    now[CONTENTION_REFAULTS] = waits || isnan(c->refaults_per_s) ? c->refaults_per_s : 0;
}

/* The habit that a line is held against, and its beginning, are the process's. */
static struct contention_view with_habit(struct contention_view v, const struct watch *w, int64_t now_ns)
{
    const struct watch *line = v.kind == CONTENTION_LOCK ? attribution_in_line(w, now_ns) : NULL;

    if (line) {
        v.expected = line->process->convoy.futex.mean;
        v.onset_ns = line->process->convoy.quiet_ns;
    }
    return v;
}

static bool is_contended(const struct watch *w, int64_t now_ns, struct contention_view *ret)
{
    double now[CONTENTION_KINDS];

    contention_now(w, now_ns, now);
    *ret = with_habit(contention_look(&w->causes->contention, now_ns, now), w, now_ns);
    return ret->active;
}

static bool idle(const struct watch *w, const struct law_settings *s, int64_t now_ns)
{
    const struct cpu_watch *c = w->cpu;
    if (w->causes && (w->causes->contention.since_ns[CONTENTION_LOCK] != INT64_MIN ||
                         attribution_in_line(w, now_ns) || !isnan(w->causes->throttled) ||
                         !isnan(w->causes->memory_pressure) || !isnan(w->causes->refaults_per_s)))
        return false;
    return c->judged && c->shape < 0 && !is_wide(c) && !is_due(c) &&
           now_ns < cadence_lost_at(&c->cadence, s->stale_after_ns);
}

static double strength_of(double excess)
{
    return excess < 2 ? 0.25 + 0.25 * excess : excess < 8 ? 0.75 + (excess - 2) / 24 : 1;
}

/* What the minute of CPU says. */
static void judge_swing(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    struct cpu_watch *c = w->cpu;
    struct law_reading *r = &ret->reading;
    struct seizure_rule rule = seizure_rule_for(100);

    *ret = (struct opinion){.reading = law_reading_empty(LAW_WARMUP, "%")};
    if (now_ns >= cadence_lost_at(&c->cadence, s->stale_after_ns)) {
        r->state = LAW_STALE;
        c->eager = 0;
        return;
    }
    if (c->window == 0 || c->count < enough(c))
        return;
    if (is_due(c))
        look(w, now_ns);
    if (c->octave_count == 0)
        return;

    /* Shown: the octave that carries the verdict, or the one that comes nearest to its limit. */
    int shown = carrier(c);
    double nearest = -1;
    for (uint32_t i = 0; shown < 0 && i < c->octave_count; i++) {
        double share = c->octaves[i].robust_form / limit_of(w, i, now_ns, &rule);
        if (share > nearest)
            nearest = share, ret->strength = (double)i;
    }
    if (shown < 0 && nearest >= 0)
        shown = (int)ret->strength;
    ret->strength = 0;
    r->state = LAW_OK;
    if (shown < 0)
        return;
    double limit = c->shape >= 0 || !is_wide(c) ? limit_of(w, (unsigned)shown, now_ns, &rule)
                                                : wide_limit(c, (unsigned)shown, &rule);
    r->value = c->octaves[shown].robust_form;
    r->expected = c->usual[shown].count ? c->usual[shown].mean : (double)NAN;
    r->lo = 0;
    r->hi = limit;
    r->scale_s = c->octaves[shown].tau_s;
    ret->active = is_wide(c) || (c->shape >= 0 && c->eager >= EAGER);
    if (ret->active) {
        r->state = LAW_ACTIVE;
        ret->strength = strength_of(r->value / limit);
    }
}

/* A swing speaks first; contention without one speaks for itself, from the first minute on. */
static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    const struct law_case *k = w->cases[LAW_SEIZURE];
    double now[CONTENTION_KINDS];

    judge_swing(w, s, now_ns, ret);
    if (!w->causes || ret->reading.state == LAW_STALE)
        return;
    contention_now(w, now_ns, now);
    bool frozen = k && k->open && now_ns - k->opened_ns < FROZEN_NS;
    struct contention_view v =
        with_habit(contention_step(&w->causes->contention, now_ns, now, frozen), w, now_ns);
    if (ret->active || !v.active)
        return;
    ret->active = true;
    bool rate = v.kind == CONTENTION_REFAULTS;
    double scale = rate ? 1 : 100;
    ret->strength = strength_of(v.value / v.limit);
    ret->reading = (struct law_reading){.state = LAW_ACTIVE,
        .value = scale * v.value,
        .expected = scale * v.expected,
        .lo = 0,
        .hi = scale * v.limit,
        .unit = rate ? "{page}/s" : "%",
        .scale_s = CONTENTION_SCALE_S};
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    struct contention_view v;
    int at = carrier(w->cpu);
    (void)s;

    bool contended = at < 0 && w->causes && is_contended(w, w->causes->contention.stepped_ns, &v);
    seizure_tell(w, names, at, contended ? &v : NULL, f);
}

/* The first step between adjacent blocks, at the octave that carries the verdict, that is as large as the
 * swing: the swing began there. */
static int64_t swing_onset(const struct cpu_watch *c, int64_t now_ns)
{
    float x[CPU_RING];
    uint32_t n = copy_window(c, x);
    double step_ns = floor(c->cadence.usual_s * 1e6 + 0.5) * 1e3, before = 0;

    if (c->shape < 0) {
        /* Half a window had to be wide before the median was. */
        uint32_t since = c->wide_samples + c->window / 2;
        return is_wide(c) ? c->cadence.last_ns - (int64_t)((double)since * step_ns) : now_ns;
    }
    uint32_t k = (uint32_t)(c->octaves[c->shape].tau_s / c->cadence.usual_s + 0.5);
    if (k == 0)
        return now_ns;
    for (uint32_t at = n % k; at + k <= n; at += k) {
        double mean = window_mean_f32(x + at, k);
        if (at >= k && fabs(mean - before) >= c->octaves[c->shape].robust_form)
            return c->cadence.last_ns - (int64_t)((double)(n - at) * step_ns);
        before = mean;
    }
    return now_ns;
}

static int64_t onset(const struct watch *w, int64_t now_ns)
{
    struct contention_view v;

    if (carrier(w->cpu) < 0 && w->causes && is_contended(w, now_ns, &v))
        return v.onset_ns;
    return swing_onset(w->cpu, now_ns);
}

const struct law_module law_seizure = {
    .id = LAW_SEIZURE,
    .summary = "the variance of CPU use explodes at some time scale, against the entity's own baseline, "
               "while the mean stays moderate: contention for a lock, thrashing, throttling",
    .hold_ns = INT64_C(45000000000),
    .dwell_ns = INT64_C(60000000000),
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .idle = idle,
    .describe = describe,
};
