/* SPDX-License-Identifier: MIT
 * What everybody knows the answer to, through the engine with its default options: steps, ramps, days and
 * weeks, resets, gaps, restarts and deployments are no seizure and exhaust nothing; a doubled variance at
 * the same mean and a leak of one percent an hour are found. Shares over many seeds are tests/power's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "base/rng.h"
#include "rig.h"

#define START  (INT64_C(1767225600) * 1000000000)
#define LIMIT  8e9
#define HOUR   3600.0
#define DAY    86400.0
#define WEEK   (7 * DAY)
#define ONSET  7200.0 /* of what is sick in seconds' data */
#define SIGMA  0.10
#define RISE_H 0.01 /* of the limit an hour */

/* One host's course: NaN = no sample then. */
struct course {
    double step_s, span_s;
    double (*cpu)(double t_s, struct rng *r);  /* ratio */
    double (*used)(double t_s, struct rng *r); /* share of the limit */
    double (*total)(double t_s);               /* of counters: requests in, out, processes */
    bool gaps;
};

/* What is found, of the two laws. */
struct outcome {
    unsigned seizures, leaks;
    struct finding first; /* of them */
};

static void feed(struct rig *r, const struct course *c, double t_s, struct rng *rng)
{
    int64_t t_ns = START + (int64_t)(t_s * 10 + 0.5) * 100000000;

    if (c->cpu)
        rig_sample(r, "h", "system.cpu.utilization", t_ns, c->cpu(t_s, rng));
    if (c->used) {
        rig_sample(r, "h", "system.memory.limit", t_ns, LIMIT);
        rig_sample(r, "h", "system.memory.usage", t_ns, LIMIT * c->used(t_s, rng));
    }
    if (c->total) {
        double total = c->total(t_s);
        rig_sample(r, "h", "http.server.request.count", t_ns, total);
        rig_sample(r, "h", "http.client.request.count", t_ns, 5 * total);
        rig_sample(r, "h", "system.process.created", t_ns, total / 100);
        rig_sample(r, "h", "system.memory.allocated", t_ns, total * 1e5);
    }
}

static struct outcome run(const struct course *c)
{
    struct rig r;
    struct rng rng;
    struct outcome o = {.seizures = 0};

    rng_seed(&rng, 1);
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    engine_want_ticks(r.engine, false);
    for (int64_t i = 1; (double)i * c->step_s <= c->span_s; i++) {
        double t_s = (double)i * c->step_s;
        bool silent = c->gaps && fmod(t_s, 1000) > 900;
        if (!silent)
            feed(&r, c, t_s, &rng);
        if (c->step_s >= 1 || i % 10 == 0)
            engine_tick(r.engine, START + (int64_t)(t_s * 10 + 0.5) * 100000000);
    }
    for (size_t i = 0; i < rig_count(&r, EVENT_FINDING, CHANGE_OPEN); i++) {
        const struct finding *f = rig_find(&r, EVENT_FINDING, CHANGE_OPEN, i)->finding;
        bool seizure = f->law == LAW_SEIZURE, leak = f->law == LAW_FEVER && strcmp(f->cause, "leak") == 0;
        if ((seizure || leak) && o.seizures + o.leaks == 0)
            o.first = *f;
        o.seizures += seizure;
        o.leaks += leak;
    }
    rig_done(&r);
    return o;
}

static double step_cpu(double t_s, struct rng *r)
{
    return (t_s < 300 ? 0.1 : 0.7) + 0.02 * rng_normal(r);
}

static double step_used(double t_s, struct rng *r)
{
    return (t_s < 300 ? 0.2 : 0.6) + 0.002 * rng_normal(r);
}

static double ramp_cpu(double t_s, struct rng *r)
{
    return 0.1 + 0.7 * t_s / 3600 + 0.02 * rng_normal(r);
}

static double sine_cpu(double t_s, struct rng *r)
{
    return 0.4 + 0.25 * fmath_sin_turns(t_s / 600) + 0.02 * rng_normal(r);
}

static double day_cpu(double t_s, struct rng *r)
{
    return 0.4 + 0.25 * fmath_sin_turns(t_s / DAY) + 0.02 * rng_normal(r);
}

static double sine_used(double t_s, struct rng *r)
{
    return 0.5 + 0.2 * fmath_sin_turns(t_s / DAY) + 0.002 * rng_normal(r);
}

static double week_of(double t_s, double low, double high)
{
    return fmod(t_s, WEEK) < 5 * DAY ? low + high * (1 + fmath_sin_turns(t_s / DAY)) : low;
}

static double week_cpu(double t_s, struct rng *r)
{
    return week_of(t_s, 0.15, 0.25) + 0.03 * rng_normal(r);
}

static double week_used(double t_s, struct rng *r)
{
    return week_of(t_s, 0.3, 0.15) + 0.005 * rng_normal(r);
}

static double calm_cpu(double t_s, struct rng *r)
{
    (void)t_s;
    return 0.3 + 0.02 * rng_normal(r);
}

static double calm_used(double t_s, struct rng *r)
{
    (void)t_s;
    return 0.4 + 0.002 * rng_normal(r);
}

/* A counter that starts anew every quarter of an hour. */
static double total_with_resets(double t_s)
{
    return 100 * fmod(t_s, 900);
}

/* A program is started anew every half hour: its memory goes at once and comes back within a minute, while
 * it is busy. */
static double restart_used(double t_s, struct rng *r)
{
    return 0.1 + 0.4 * (1 - fmath_exp(-fmod(t_s, 1800) / 20)) + 0.002 * rng_normal(r);
}

static double restart_cpu(double t_s, struct rng *r)
{
    return (fmod(t_s, 1800) < 40 ? 0.8 : 0.3) + 0.03 * rng_normal(r);
}

/* A new version after ten minutes: it takes more memory, fast at first, then ever more slowly. */
static double deployment_used(double t_s, struct rng *r)
{
    return 0.3 + (t_s > 600 ? 0.35 * (1 - fmath_exp(-(t_s - 600) / 90)) : 0) + 0.001 * rng_normal(r);
}

static double deployment_cpu(double t_s, struct rng *r)
{
    return 0.2 + (t_s > 600 ? 0.6 * fmath_exp(-(t_s - 600) / 60) : 0) + 0.03 * rng_normal(r);
}

static void what_is_healthy_is_neither_seizure_nor_exhaustion(void **state)
{
    const struct {
        const char *name;
        struct course course;
    } cases[] = {
        {"step, 10 Hz", {.step_s = 0.1, .span_s = 1200, .cpu = step_cpu, .used = step_used}},
        {"step, 1 Hz", {.step_s = 1, .span_s = 2 * HOUR, .cpu = step_cpu, .used = step_used}},
        {"ramp, 10 Hz", {.step_s = 0.1, .span_s = 3600, .cpu = ramp_cpu}},
        {"ramp, 1 Hz", {.step_s = 1, .span_s = 3600, .cpu = ramp_cpu}},
        {"sine, 10 Hz", {.step_s = 0.1, .span_s = 3600, .cpu = sine_cpu}},
        {"sine, 1 Hz", {.step_s = 1, .span_s = 12 * HOUR, .cpu = sine_cpu, .used = sine_used}},
        {"sine, a minute", {.step_s = 60, .span_s = WEEK, .cpu = day_cpu, .used = sine_used}},
        {"week, a minute", {.step_s = 60, .span_s = 4 * WEEK, .cpu = week_cpu, .used = week_used}},
        {"counter reset", {.step_s = 1,
                              .span_s = 2 * HOUR,
                              .cpu = calm_cpu,
                              .used = calm_used,
                              .total = total_with_resets}},
        {"gap", {.step_s = 1, .span_s = 2 * HOUR, .cpu = calm_cpu, .used = calm_used, .gaps = true}},
        {"restart", {.step_s = 1, .span_s = 4 * HOUR, .cpu = restart_cpu, .used = restart_used}},
        {"restart, 10 Hz", {.step_s = 0.1, .span_s = 2 * HOUR, .cpu = restart_cpu, .used = restart_used}},
        {"deployment", {.step_s = 1, .span_s = 2 * HOUR, .cpu = deployment_cpu, .used = deployment_used}},
        {"deployment, 10 Hz",
            {.step_s = 0.1, .span_s = HOUR, .cpu = deployment_cpu, .used = deployment_used}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct outcome o = run(&cases[i].course);
        if (o.seizures || o.leaks)
            fail_msg(
                "%s, after %.0f s: %s", cases[i].name, (double)(o.first.t_ns - START) * 1e-9, o.first.text);
    }
}

static double doubling_cpu(double t_s, struct rng *r)
{
    return 0.45 + SIGMA * (t_s > ONSET ? 2 : 1) * rng_normal(r);
}

/* Swings of 10 points that become 20 while the mean stays at 45 %: a seizure without a cause. */
static void doubled_variance_at_the_same_mean_is_found(void **state)
{
    const double steps_s[] = {0.1, 1};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct outcome o =
            run(&(struct course){.step_s = steps_s[i], .span_s = ONSET + 900, .cpu = doubling_cpu});
        assert_int_equal(o.seizures, 1);
        double after_s = (double)(o.first.t_ns - START) * 1e-9 - ONSET;
        assert_true(after_s > 0 && after_s < 600);
        assert_string_equal(o.first.cause, "unexplained");
        assert_int_equal(o.first.confidence, CONFIDENCE_LOW);
        assert_true(o.first.reading.value > o.first.reading.hi && fabs(o.first.reading.expected - 10) < 1.5);
        double onset_s = (double)(o.first.onset_ns - START) * 1e-9 - ONSET;
        assert_true(fabs(onset_s) < 120);
    }
}

static double slow_leak_used(double t_s, struct rng *r)
{
    double since_h = (t_s - 6 * HOUR) / HOUR;
    return 0.3 + (since_h > 0 ? RISE_H * since_h : 0) + 0.003 * rng_normal(r);
}

/* 70 hours from onset to the limit: found in the second day, with an interval that holds, and no urgency. */
static void a_leak_of_one_percent_an_hour_is_found(void **state)
{
    const double steps_s[] = {1, 60};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct outcome o =
            run(&(struct course){.step_s = steps_s[i], .span_s = 40 * HOUR, .used = slow_leak_used});
        assert_int_equal(o.leaks, 1);
        double at_h = (double)(o.first.t_ns - START) * 1e-9 / HOUR, left_s = (6 + 70 - at_h) * HOUR;
        assert_true(at_h > 12 && at_h < 36);
        assert_true(o.first.exhaustion_lo_s < left_s && o.first.exhaustion_hi_s > left_s);
        assert_true(o.first.exhaustion_lo_s > 24 * HOUR && o.first.exhaustion_hi_s < 200 * HOUR);
        assert_true(o.first.strength <= 0.3);
        assert_non_null(strstr(o.first.text, "over the last day"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_healthy_is_neither_seizure_nor_exhaustion),
        cmocka_unit_test(doubled_variance_at_the_same_mean_is_found),
        cmocka_unit_test(a_leak_of_one_percent_an_hour_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
