/* SPDX-License-Identifier: MIT
 * Loads of CPU: what healthy hosts do, lock convoys, and noise that doubles. Readings are means over the time
 * between two of them, as counters of CPU time give them. Whatever nobody would call an illness is in the
 * list of the healthy, also where it looks like one. */
#include "load.h"

#include <math.h>

#include "base/fmath.h"

#define DAY_S  86400.0
#define WEEK_S (7 * DAY_S)

static double within(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static double on_share(struct load *l, double t_s)
{
    return train_share(&l->train, &l->rng, l->t_s, t_s);
}

static double wandering(struct load *l)
{
    return l->noise * wander_next(&l->wander, &l->rng);
}

/* ---- healthy ---- */

static void begin_idle(struct load *l)
{
    l->level = noise_between(&l->rng, 0.005, 0.03);
    l->noise = noise_between(&l->rng, 0.002, 0.01);
}

static void next_white(struct load *l, double t_s, struct load_reading *r)
{
    (void)t_s;
    r->cpu = within(l->level + l->noise * rng_normal(&l->rng));
}

static void begin_white(struct load *l)
{
    l->level = noise_between(&l->rng, 0.2, 0.6);
    l->noise = noise_between(&l->rng, 0.02, 0.08);
}

static void begin_white_6(struct load *l)
{
    l->level = noise_between(&l->rng, 0.2, 0.6);
    l->noise = 0.06;
}

/* Autocorrelated noise; the slower it is the wider it is, as sums of jobs are. */
static void begin_wander(struct load *l, double phi, double noise)
{
    l->level = noise_between(&l->rng, 0.25, 0.6);
    l->noise = noise * noise_between(&l->rng, 0.5, 1);
    l->wander = (struct wander){.phi = phi, .x = rng_normal(&l->rng)};
}

static void begin_wander_50(struct load *l)
{
    begin_wander(l, 0.5, 0.08);
}

static void begin_wander_90(struct load *l)
{
    begin_wander(l, 0.9, 0.12);
}

static void begin_wander_99(struct load *l)
{
    begin_wander(l, 0.99, 0.15);
}

static void next_wander(struct load *l, double t_s, struct load_reading *r)
{
    (void)t_s;
    r->cpu = within(l->level + wandering(l));
}

static void next_student(struct load *l, double t_s, struct load_reading *r)
{
    (void)t_s;
    r->cpu = within(l->level + l->noise * noise_student(&l->rng));
}

static void next_pareto(struct load *l, double t_s, struct load_reading *r)
{
    (void)t_s;
    r->cpu = within(l->level / 4 + l->noise * (noise_pareto(&l->rng) - 1));
}

/* Requests that keep a core busy for a while each: a few at a time, of many cores. */
static void begin_bursts(struct load *l)
{
    l->level = noise_between(&l->rng, 0.02, 0.1);
    l->high = noise_between(&l->rng, 0.05, 0.25);
    l->noise = 0.01;
    l->train = (struct train){.on_s = noise_log_between(&l->rng, 0.1, 5),
        .off_s = noise_log_between(&l->rng, 0.3, 20),
        .jitter = -1};
}

/* Read once a second, whatever else is read more often. */
static void fork_some(struct load *l, double t_s, struct load_reading *r)
{
    l->forks += (double)rng_poisson(&l->rng, l->forks_per_s * (t_s - l->t_s));
    if (floor(t_s + 0.01) > floor(l->t_s + 0.01))
        r->forks = l->forks;
}

static void next_on_off(struct load *l, double t_s, struct load_reading *r)
{
    r->cpu = within(l->level + l->high * on_share(l, t_s) + l->noise * rng_normal(&l->rng));
    if (l->forks_per_s > 0)
        fork_some(l, t_s, r);
}

/* As many compilers as CPUs (2 to 8), each with pauses where it waits for another or for storage. */
static void begin_compile(struct load *l)
{
    l->lanes = (int)noise_between(&l->rng, 2, 9);
    l->level = 0.02;
    l->high = 0.95 / l->lanes;
    l->noise = 0.02;
    l->forks_per_s = noise_between(&l->rng, 30, 60);
    l->train = (struct train){
        .on_s = noise_log_between(&l->rng, 1, 10), .off_s = noise_log_between(&l->rng, 0.1, 2), .jitter = -1};
    for (int i = 0; i < l->lanes; i++)
        l->lane[i] = l->train;
}

static void next_compile(struct load *l, double t_s, struct load_reading *r)
{
    double busy = 0;
    for (int i = 0; i < l->lanes; i++)
        busy += train_share(&l->lane[i], &l->rng, l->t_s, t_s);
    r->cpu = within(l->level + l->high * busy + l->noise * rng_normal(&l->rng));
    fork_some(l, t_s, r);
}

/* One short program after the other, on a host of 2 to 8 CPUs. */
static void begin_configure(struct load *l)
{
    l->level = 0.02;
    l->high = 1.0 / floor(noise_between(&l->rng, 2, 9));
    l->noise = 0.01;
    l->forks_per_s = noise_between(&l->rng, 30, 90);
    l->train = (struct train){.on_s = noise_log_between(&l->rng, 0.02, 0.3),
        .off_s = noise_log_between(&l->rng, 0.005, 0.06),
        .jitter = -1};
}

/* A job of about a minute: every five minutes, or every hour. */
static void begin_cron(struct load *l)
{
    l->level = noise_between(&l->rng, 0.02, 0.2);
    l->high = noise_between(&l->rng, 0.2, 0.75);
    l->noise = noise_between(&l->rng, 0.01, 0.03);
    l->train = (struct train){.on_s = noise_between(&l->rng, 20, 90), .off_s = 240, .jitter = 0.1};
}

static void begin_cron_hourly(struct load *l)
{
    begin_cron(l);
    l->train.off_s = 3540;
}

static void begin_step(struct load *l)
{
    l->low = noise_between(&l->rng, 0.05, 0.3);
    l->high = noise_between(&l->rng, 0.6, 0.97);
    l->noise = noise_between(&l->rng, 0.01, 0.04);
    l->from_s = noise_between(&l->rng, 120, 400);
    if (rng_uniform(&l->rng) < 0.5) {
        double low = l->low;
        l->low = l->high;
        l->high = low;
    }
}

static void next_step(struct load *l, double t_s, struct load_reading *r)
{
    r->cpu = within((t_s < l->from_s ? l->low : l->high) + l->noise * rng_normal(&l->rng));
}

static void next_ramp(struct load *l, double t_s, struct load_reading *r)
{
    double done = t_s / l->kind->span_s;
    r->cpu = within(l->low + done * (l->high - l->low) + l->noise * rng_normal(&l->rng));
}

/* A deployment: full load at first, then ever less. */
static void begin_deployment(struct load *l)
{
    l->level = noise_between(&l->rng, 0.05, 0.3);
    l->high = noise_between(&l->rng, 0.6, 0.95) - l->level;
    l->noise = noise_between(&l->rng, 0.01, 0.05);
    l->from_s = noise_between(&l->rng, 60, 200);
    l->period_s = noise_log_between(&l->rng, 5, 120);
}

static void next_deployment(struct load *l, double t_s, struct load_reading *r)
{
    double since = t_s - l->from_s, x = l->level;
    if (since >= 0)
        x += since < l->period_s ? l->high : l->high * fmath_exp(1 - since / l->period_s);
    r->cpu = within(x + l->noise * rng_normal(&l->rng));
}

/* Nights and days; weeks with a quiet end. */
static void begin_daily(struct load *l)
{
    begin_wander(l, 0.8, 0.06);
    l->high = noise_between(&l->rng, 0.1, 0.25);
}

static void next_daily(struct load *l, double t_s, struct load_reading *r)
{
    r->cpu = within(l->level + l->high * fmath_sin_turns(t_s / DAY_S) + wandering(l));
}

static void next_weekly(struct load *l, double t_s, struct load_reading *r)
{
    double busy = fmod(t_s, WEEK_S) < 5 * DAY_S ? 1 : 0.3;
    r->cpu = within(l->level / 2 + busy * l->high * (1 + fmath_sin_turns(t_s / DAY_S)) + wandering(l));
}

/* Small work counted in ticks of 10 ms, on a host of 1 to 4 CPUs. */
static void begin_ticks(struct load *l)
{
    l->high = floor(noise_between(&l->rng, 1, 5)); /* CPUs */
    l->level = noise_between(&l->rng, 0.05, 0.5);
    l->noise = noise_between(&l->rng, 0.01, 0.05);
}

static void next_ticks(struct load *l, double t_s, struct load_reading *r)
{
    double ticks = (t_s - l->t_s) * 100 * l->high, before = floor(l->low);
    l->low += ticks * within(l->level + l->noise * rng_normal(&l->rng));
    r->cpu = within((floor(l->low) - before) / ticks);
}

/* ---- sick ---- */

/* Threads that take turns for one lock: CPUs busy, then not; before its onset noise only. */
static void begin_convoy(struct load *l, double period_s)
{
    double duty = noise_between(&l->rng, 0.35, 0.6);

    l->level = noise_between(&l->rng, 0.2, 0.4);
    l->low = noise_between(&l->rng, 0.02, 0.1);
    l->high = noise_between(&l->rng, 0.45, 0.88);
    l->noise = noise_between(&l->rng, 0.01, 0.04);
    l->train = (struct train){.on_s = period_s * duty, .off_s = period_s * (1 - duty), .jitter = 0.2};
    l->from_s = l->kind->onset_s;
}

static void begin_convoy_03(struct load *l)
{
    begin_convoy(l, 0.3);
}

static void begin_convoy_1(struct load *l)
{
    begin_convoy(l, 1);
}

static void begin_convoy_3(struct load *l)
{
    begin_convoy(l, 3);
}

static void begin_convoy_10(struct load *l)
{
    begin_convoy(l, 10);
}

/* Rounds of any length, a small part of which is busy: their spectrum may peak between two octaves. */
static void begin_convoy_short(struct load *l)
{
    double period_s = noise_log_between(&l->rng, 0.3, 5);

    begin_convoy(l, period_s);
    double duty = noise_between(&l->rng, 0.2, 0.35);
    l->low = noise_between(&l->rng, 0, 0.05);
    l->high = noise_between(&l->rng, 0.6, 0.99);
    l->train = (struct train){.on_s = period_s * duty, .off_s = period_s * (1 - duty), .jitter = 0.2};
}

static void next_convoy(struct load *l, double t_s, struct load_reading *r)
{
    double x = l->level;
    if (t_s > l->from_s)
        x = l->low + (l->high - l->low) * on_share(l, t_s);
    r->cpu = within(x + l->noise * rng_normal(&l->rng));
}

/* Swings of 10 points that become 20, about the same mean: R doubles. */
static void begin_doubling(struct load *l)
{
    l->level = noise_between(&l->rng, 0.4, 0.5);
    l->noise = 0.10;
    l->wander.phi = noise_between(&l->rng, 0, 0.5);
    l->from_s = l->kind->onset_s;
}

static void next_doubling(struct load *l, double t_s, struct load_reading *r)
{
    r->cpu = within(l->level + (t_s > l->from_s ? 2 : 1) * wandering(l));
}

#define HEALTHY(name_, step_, span_, begin_, next_)                                                          \
    {                                                                                                        \
        .name = name_, .law = LAW_COUNT, .step_s = step_, .span_s = span_, .begin = begin_, .next = next_    \
    }
#define SICK(name_, step_, onset_, span_, begin_, next_)                                                     \
    {                                                                                                        \
        .name = name_, .law = LAW_SEIZURE, .step_s = step_, .onset_s = onset_, .span_s = span_,              \
        .begin = begin_, .next = next_                                                                       \
    }
#define TEN_MINUTES 600
#define HOURS       14400

const struct load_kind cpu_loads[] = {
    HEALTHY("idle, 10 Hz", 0.1, TEN_MINUTES, begin_idle, next_white),
    HEALTHY("white noise, 10 Hz", 0.1, TEN_MINUTES, begin_white, next_white),
    HEALTHY("white noise, 10 Hz, 4 h", 0.1, HOURS, begin_white, next_white),
    HEALTHY("white noise of 6 points, 1 Hz, a day", 1, DAY_S, begin_white_6, next_white),
    HEALTHY("AR(1) .5, 10 Hz", 0.1, TEN_MINUTES, begin_wander_50, next_wander),
    HEALTHY("AR(1) .9, 10 Hz", 0.1, TEN_MINUTES, begin_wander_90, next_wander),
    HEALTHY("AR(1) .99, 10 Hz", 0.1, TEN_MINUTES, begin_wander_99, next_wander),
    HEALTHY("AR(1) .9, 10 Hz, 4 h", 0.1, HOURS, begin_wander_90, next_wander),
    HEALTHY("AR(1) .5, 1 Hz, 4 h", 1, HOURS, begin_wander_50, next_wander),
    HEALTHY("AR(1) .9, 1 Hz, 4 h", 1, HOURS, begin_wander_90, next_wander),
    HEALTHY("Student's t noise, 10 Hz", 0.1, TEN_MINUTES, begin_white, next_student),
    HEALTHY("Student's t noise, 1 Hz, 4 h", 1, HOURS, begin_white, next_student),
    HEALTHY("Pareto spikes, 10 Hz", 0.1, TEN_MINUTES, begin_white, next_pareto),
    HEALTHY("bursts, 10 Hz", 0.1, TEN_MINUTES, begin_bursts, next_on_off),
    HEALTHY("bursts, 1 Hz, 4 h", 1, HOURS, begin_bursts, next_on_off),
    HEALTHY("compile, 10 Hz", 0.1, TEN_MINUTES, begin_compile, next_compile),
    HEALTHY("configure, 10 Hz", 0.1, TEN_MINUTES, begin_configure, next_on_off),
    HEALTHY("cron, 5 minutes, 10 Hz", 0.1, TEN_MINUTES, begin_cron, next_on_off),
    HEALTHY("cron, 5 minutes, 1 Hz, 4 h", 1, HOURS, begin_cron, next_on_off),
    HEALTHY("cron, hourly, 1 Hz, a day", 1, DAY_S, begin_cron_hourly, next_on_off),
    HEALTHY("step, 10 Hz", 0.1, TEN_MINUTES, begin_step, next_step),
    HEALTHY("step, 1 Hz", 1, TEN_MINUTES, begin_step, next_step),
    HEALTHY("ramp, 10 Hz", 0.1, TEN_MINUTES, begin_step, next_ramp),
    HEALTHY("deployment, 10 Hz", 0.1, TEN_MINUTES, begin_deployment, next_deployment),
    HEALTHY("ticks of 10 ms, 10 Hz", 0.1, TEN_MINUTES, begin_ticks, next_ticks),
    HEALTHY("ticks of 10 ms, 1 Hz, 4 h", 1, HOURS, begin_ticks, next_ticks),
    HEALTHY("daily sine, a minute, 2 weeks", 60, 2 * WEEK_S, begin_daily, next_daily),
    HEALTHY("weekly pattern, a minute, 4 weeks", 60, 4 * WEEK_S, begin_daily, next_weekly),
    SICK("convoy of 0.3 s, 10 Hz", 0.1, 120, 300, begin_convoy_03, next_convoy),
    SICK("convoy of 1 s, 10 Hz", 0.1, 120, 300, begin_convoy_1, next_convoy),
    SICK("convoy of 3 s, 10 Hz", 0.1, 120, 300, begin_convoy_3, next_convoy),
    SICK("convoy of 10 s, 10 Hz", 0.1, 120, 300, begin_convoy_10, next_convoy),
    SICK("convoy of 0.3 to 5 s, mostly idle, 10 Hz", 0.1, 120, 300, begin_convoy_short, next_convoy),
    SICK("convoy of 0.3 to 5 s, mostly idle, after 2 h, 10 Hz", 0.1, 7200, 7380, begin_convoy_short,
        next_convoy),
    SICK("convoy of 0.3 s after 2 h, 10 Hz", 0.1, 7200, 7380, begin_convoy_03, next_convoy),
    SICK("convoy of 3 s after 2 h, 10 Hz", 0.1, 7200, 7380, begin_convoy_3, next_convoy),
    SICK("convoy of 0.3 s, 1 Hz", 1, 120, 600, begin_convoy_03, next_convoy),
    SICK("convoy of 1 s, 1 Hz", 1, 120, 600, begin_convoy_1, next_convoy),
    SICK("convoy of 3 s, 1 Hz", 1, 120, 600, begin_convoy_3, next_convoy),
    SICK("convoy of 10 s, 1 Hz", 1, 120, 600, begin_convoy_10, next_convoy),
    SICK("convoy of 3 s after 2 h, 1 Hz", 1, 7200, 7800, begin_convoy_3, next_convoy),
    SICK("doubling variance after 2 h, 10 Hz", 0.1, 7200, 9000, begin_doubling, next_doubling),
    SICK("doubling variance after 2 h, 1 Hz", 1, 7200, 9000, begin_doubling, next_doubling),
};

const size_t cpu_load_count = sizeof(cpu_loads) / sizeof(cpu_loads[0]);
