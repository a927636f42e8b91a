/* SPDX-License-Identifier: MIT
 * Loads of memory: usage that rises and falls as healthy programs' does, and leaks of several forms up to the
 * limit. Levels are shares of the limit. */
#include "load.h"

#include <math.h>

#include "base/fmath.h"

#define DAY_S  86400.0
#define WEEK_S (7 * DAY_S)

static void tell(struct load *l, double share, struct load_reading *r)
{
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    r->used = share * LOAD_LIMIT_BYTES;
    r->limit = LOAD_LIMIT_BYTES;
    (void)l;
}

/* What a collector leaves: a tooth that climbs for tooth_s and falls. */
static double tooth_at(const struct load *l, double t_s)
{
    return l->tooth * fmod(t_s + l->phase_s, l->tooth_s) / l->tooth_s;
}

static void begin_level(struct load *l)
{
    l->level = noise_between(&l->rng, 0.2, 0.5);
    l->noise = noise_log_between(&l->rng, 0.0003, 0.005);
    l->wander = (struct wander){.phi = noise_between(&l->rng, 0, 0.95), .x = rng_normal(&l->rng)};
    l->tooth_s = 60;
}

static double around(struct load *l)
{
    return l->level + l->noise * wander_next(&l->wander, &l->rng);
}

/* ---- healthy ---- */

/* A program starts: it grows fast at first and then ever more slowly (the time in which it comes to within
 * 1/e of its level). */
static void begin_start(struct load *l, double least_s, double most_s)
{
    begin_level(l);
    l->high = noise_between(&l->rng, 0.1, 0.8 - l->level);
    l->from_s = l->kind->span_s * noise_between(&l->rng, 0, 0.2);
    l->period_s = noise_log_between(&l->rng, least_s, most_s);
}

static void begin_start_soon(struct load *l)
{
    begin_start(l, 10, 180);
}

static void begin_start_minutes(struct load *l)
{
    begin_start(l, 180, 600);
}

static void begin_start_hours(struct load *l)
{
    begin_start(l, 600, 8 * 3600);
}

static void next_start(struct load *l, double t_s, struct load_reading *r)
{
    double since = t_s - l->from_s;
    tell(l, around(l) + (since > 0 ? l->high * (1 - fmath_exp(-since / l->period_s)) : 0), r);
}

static double loaded(const struct load *l, double since_s)
{
    return since_s > 0 ? l->high * (since_s < l->period_s ? since_s / l->period_s : 1) : 0;
}

/* A store reads its data: as straight as a leak, until all of it is there. */
static void next_load_seen(struct load *l, double t_s, struct load_reading *r)
{
    double share = loaded(l, t_s - l->from_s);
    tell(l, around(l) + share, r);
    if (share > 0)
        r->process = share * LOAD_LIMIT_BYTES;
}

static void next_load(struct load *l, double t_s, struct load_reading *r)
{
    tell(l, around(l) + loaded(l, t_s - l->from_s), r);
}

/* The same, and its process is seen. */
static void next_start_seen(struct load *l, double t_s, struct load_reading *r)
{
    double since = t_s - l->from_s;
    next_start(l, t_s, r);
    if (since > 0)
        r->process = l->high * (1 - fmath_exp(-since / l->period_s)) * LOAD_LIMIT_BYTES;
}

static void begin_sawtooth(struct load *l)
{
    begin_level(l);
    l->tooth = noise_between(&l->rng, 0.02, 0.3);
    l->tooth_s = noise_log_between(&l->rng, 10, 3600);
    l->phase_s = noise_between(&l->rng, 0, l->tooth_s);
}

static void next_sawtooth(struct load *l, double t_s, struct load_reading *r)
{
    tell(l, around(l) + tooth_at(l, t_s), r);
}

static void begin_daily(struct load *l)
{
    begin_level(l);
    l->high = noise_between(&l->rng, 0.05, 0.2);
    l->from_s = noise_between(&l->rng, 0, WEEK_S);
}

static void next_daily(struct load *l, double t_s, struct load_reading *r)
{
    tell(l, around(l) + l->high * fmath_sin_turns((t_s + l->from_s) / DAY_S), r);
}

static void next_weekly(struct load *l, double t_s, struct load_reading *r)
{
    double t = t_s + l->from_s, busy = fmod(t, WEEK_S) < 5 * DAY_S ? 1 : 0.3;
    tell(l, around(l) + busy * l->high * (1 + fmath_sin_turns(t / DAY_S)), r);
}

/* A walk between two walls. */
static void begin_walk(struct load *l)
{
    begin_level(l);
    l->low = l->level - 0.15;
    l->high = l->level + 0.15;
    l->period_s = noise_log_between(&l->rng, 3600, 86400); /* from wall to wall */
}

static void next_walk(struct load *l, double t_s, struct load_reading *r)
{
    double step = (l->high - l->low) * sqrt((t_s - l->t_s) / l->period_s) * rng_normal(&l->rng);
    l->level += step;
    if (l->level < l->low)
        l->level = 2 * l->low - l->level;
    if (l->level > l->high)
        l->level = 2 * l->high - l->level;
    tell(l, around(l), r);
}

/* Jobs that take memory and give it back. */
static void begin_jobs(struct load *l)
{
    begin_level(l);
    l->high = noise_between(&l->rng, 0.05, 0.4);
    l->train = (struct train){.on_s = noise_log_between(&l->rng, 30, 1800),
        .off_s = noise_log_between(&l->rng, 60, 3600),
        .jitter = -1};
}

static void next_jobs(struct load *l, double t_s, struct load_reading *r)
{
    tell(l, around(l) + l->high * train_share(&l->train, &l->rng, l->t_s, t_s), r);
}

/* Compilers, one after the other: a tooth of seconds each, no two alike. */
static void begin_builds(struct load *l)
{
    begin_level(l);
    l->high = noise_between(&l->rng, 0.01, 0.08);
    l->train = (struct train){
        .on_s = noise_log_between(&l->rng, 2, 15), .off_s = noise_log_between(&l->rng, 1, 5), .jitter = -1};
}

/* ---- sick ---- */

/* From onset on, so that the limit would be met after least_s to most_s. */
static void begin_leak(struct load *l, double least_s, double most_s)
{
    begin_level(l);
    l->period_s = noise_log_between(&l->rng, least_s, most_s);
    l->from_s = l->kind->onset_s;
    l->slope_per_s = (1 - l->level - l->tooth) / l->period_s;
}

static void begin_linear(struct load *l)
{
    begin_leak(l, 900, 6 * 3600);
}

static void begin_linear_fast(struct load *l)
{
    begin_leak(l, 300, 1500);
}

static void next_linear(struct load *l, double t_s, struct load_reading *r)
{
    double since = t_s - l->from_s;
    tell(l, around(l) + (since > 0 ? since * l->slope_per_s : 0), r);
}

/* A process that leaks from its start on. */
static void next_linear_new(struct load *l, double t_s, struct load_reading *r)
{
    double since = t_s - l->from_s;
    next_linear(l, t_s, r);
    if (since > 0)
        r->process = since * l->slope_per_s * LOAD_LIMIT_BYTES;
}

static void begin_leak_in_builds(struct load *l)
{
    begin_builds(l);
    l->period_s = noise_log_between(&l->rng, 600, 2400);
    l->from_s = l->kind->onset_s;
    l->slope_per_s = (1 - l->level - l->high) / l->period_s;
}

static void next_leak_in_builds(struct load *l, double t_s, struct load_reading *r)
{
    double since = t_s - l->from_s;
    tell(l,
        around(l) + (since > 0 ? since * l->slope_per_s : 0) +
            l->high * train_share(&l->train, &l->rng, l->t_s, t_s),
        r);
}

/* The same, and the compilers are seen, one process after the other; whose leak it is is not. */
static void next_leak_in_builds_seen(struct load *l, double t_s, struct load_reading *r)
{
    double since = t_s - l->from_s, compiler = l->high * train_share(&l->train, &l->rng, l->t_s, t_s);
    tell(l, around(l) + (since > 0 ? since * l->slope_per_s : 0) + compiler, r);
    if (compiler > 0)
        r->process = compiler * LOAD_LIMIT_BYTES;
}

/* The collector's tooth on top of the leak. */
static void begin_leaking_sawtooth(struct load *l)
{
    double tooth = noise_between(&l->rng, 0.02, 0.2);
    begin_leak(l, 1800, 6 * 3600);
    l->tooth = tooth;
    l->tooth_s = noise_log_between(&l->rng, 20, 600);
    l->phase_s = noise_between(&l->rng, 0, l->tooth_s);
    l->slope_per_s = (1 - l->level - tooth) / l->period_s;
}

static void next_leaking_sawtooth(struct load *l, double t_s, struct load_reading *r)
{
    double since = t_s - l->from_s;
    tell(l, around(l) + (since > 0 ? since * l->slope_per_s : 0) + tooth_at(l, t_s), r);
}

/* Something is kept now and then: steps at random times, of random size. */
static void begin_stepped(struct load *l)
{
    begin_leak(l, 1800, 6 * 3600);
    l->tooth = noise_between(&l->rng, 0.003, 0.02); /* mean of a step */
    l->next_step_s = l->from_s;
}

static void next_stepped(struct load *l, double t_s, struct load_reading *r)
{
    while (l->next_step_s < t_s) {
        l->leaked += l->tooth * noise_between(&l->rng, 0.5, 1.5);
        l->next_step_s += l->tooth / l->slope_per_s * rng_exponential(&l->rng);
    }
    tell(l, around(l) + l->leaked, r);
}

/* Ever faster: half of the way in the last 0.3 of the time. */
static void begin_accelerating(struct load *l)
{
    begin_leak(l, 1800, 6 * 3600);
}

static void next_accelerating(struct load *l, double t_s, struct load_reading *r)
{
    double done = (t_s - l->from_s) / l->period_s;
    tell(l, around(l) + (done > 0 ? (1 - l->level) * done * done : 0), r);
}

/* A hundredth of the limit an hour. */
static void begin_slow(struct load *l)
{
    begin_level(l);
    l->level = noise_between(&l->rng, 0.15, 0.3);
    l->slope_per_s = 0.01 / 3600;
    l->from_s = l->kind->onset_s;
}

static void next_slow(struct load *l, double t_s, struct load_reading *r)
{
    next_linear(l, t_s, r);
}

#define HEALTHY(name_, step_, span_, begin_, next_)                                                          \
    {                                                                                                        \
        .name = name_, .law = LAW_COUNT, .step_s = step_, .span_s = span_, .begin = begin_, .next = next_    \
    }
#define SICK(name_, step_, onset_, span_, begin_, next_)                                                     \
    {                                                                                                        \
        .name = name_, .law = LAW_FEVER, .growth = true, .step_s = step_, .onset_s = onset_,                 \
        .span_s = span_, .begin = begin_, .next = next_                                                      \
    }
#define HOUR 3600.0

const struct load_kind memory_loads[] = {
    HEALTHY("start-up in up to 3 minutes, 1 Hz, 4 h", 1, 4 * HOUR, begin_start_soon, next_start),
    HEALTHY("start-up in 3 to 10 minutes, 1 Hz, 4 h", 1, 4 * HOUR, begin_start_minutes, next_start),
    HEALTHY("start-up in 3 to 10 minutes, its process seen, 1 Hz, 4 h", 1, 4 * HOUR, begin_start_minutes,
        next_start_seen),
    HEALTHY("data loaded in 3 to 10 minutes, 1 Hz, 4 h", 1, 4 * HOUR, begin_start_minutes, next_load),
    HEALTHY("data loaded in 3 to 10 minutes, its process seen, 1 Hz, 4 h", 1, 4 * HOUR, begin_start_minutes,
        next_load_seen),
    HEALTHY("start-up in hours, 10 s, 2 days", 10, 2 * DAY_S, begin_start_hours, next_start),
    HEALTHY("saw-tooth, 1 Hz, 12 h", 1, 12 * HOUR, begin_sawtooth, next_sawtooth),
    HEALTHY("daily sine of usage, 1 Hz, 2 days", 1, 2 * DAY_S, begin_daily, next_daily),
    HEALTHY("daily sine of usage, a minute, 2 weeks", 60, 2 * WEEK_S, begin_daily, next_daily),
    HEALTHY("weekly usage, a minute, 4 weeks", 60, 4 * WEEK_S, begin_daily, next_weekly),
    HEALTHY("bounded walk, 10 s, a week", 10, WEEK_S, begin_walk, next_walk),
    HEALTHY("jobs, 1 Hz, a day", 1, DAY_S, begin_jobs, next_jobs),
    HEALTHY("builds, 1 Hz, a day", 1, DAY_S, begin_builds, next_jobs),
    SICK("leak in minutes beside builds, 1 Hz", 1, HOUR, 2 * HOUR, begin_leak_in_builds, next_leak_in_builds),
    SICK("leak in minutes beside builds that are seen, 1 Hz", 1, HOUR, 2 * HOUR, begin_leak_in_builds,
        next_leak_in_builds_seen),
    SICK("leak, linear in minutes, 1 Hz", 1, HOUR, 2 * HOUR, begin_linear_fast, next_linear),
    SICK("leak of a new process, linear in minutes, 1 Hz", 1, HOUR, 2 * HOUR, begin_linear_fast,
        next_linear_new),
    SICK("leak, linear, 1 Hz", 1, HOUR, 9 * HOUR, begin_linear, next_linear),
    SICK("leak, saw-tooth, 1 Hz", 1, HOUR, 9 * HOUR, begin_leaking_sawtooth, next_leaking_sawtooth),
    SICK("leak, stepped, 1 Hz", 1, HOUR, 14 * HOUR, begin_stepped, next_stepped),
    SICK("leak, accelerating, 1 Hz", 1, HOUR, 9 * HOUR, begin_accelerating, next_accelerating),
    SICK("leak of 1 %/h, 10 s", 10, 6 * HOUR, 100 * HOUR, begin_slow, next_slow),
    SICK("leak of 1 %/h, a minute", 60, 6 * HOUR, 100 * HOUR, begin_slow, next_slow),
};

const size_t memory_load_count = sizeof(memory_loads) / sizeof(memory_loads[0]);
