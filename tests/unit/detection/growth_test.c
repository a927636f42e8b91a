/* SPDX-License-Identifier: MIT
 * What growth is refused for, and what its interval allows for: starts that flatten, mere climbs, teeth,
 * steps, acceleration, and a day's growth that is far from the limit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "base/rng.h"
#include "patient.h"

#define LIMIT 8e9

/* Usage as a share of the limit, every step_s up to span_s; the fever law is asked each time. */
static struct patient watch_usage(double (*used)(double t_s), double step_s, double span_s)
{
    struct patient p;
    struct rng rng;

    rng_seed(&rng, 1);
    patient_init(&p, &law_fever);
    for (int64_t i = 1; (double)i * step_s <= span_s; i++) {
        double t_s = (double)i * step_s;
        int64_t t_ns = START + (int64_t)t_s * SECOND;
        patient_sample(&p, &p.host, METRIC_MEMORY_LIMIT, t_ns, LIMIT);
        patient_sample(
            &p, &p.host, METRIC_MEMORY_USAGE, t_ns, LIMIT * (used(t_s) + 0.0005 * rng_normal(&rng)));
        patient_tick(&p, &p.host, t_ns);
    }
    return p;
}

static double at_s(const struct finding *f)
{
    return (double)(f->t_ns - START) * 1e-9;
}

/* Within the given seconds of the truth. */
static void began(const struct finding *f, double true_s, double within_s)
{
    double onset_s = (double)(f->onset_ns - START) * 1e-9;
    if (!(fabs(onset_s - true_s) <= within_s))
        fail_msg("said to have begun at %.0f s, it was at %.0f", onset_s, true_s);
}

static void holds(const struct finding *f, double end_s)
{
    double left_s = end_s - at_s(f);
    if (!(f->exhaustion_lo_s <= left_s && (isnan(f->exhaustion_hi_s) || f->exhaustion_hi_s >= left_s)))
        fail_msg("%.0f s are left: %s", left_s, f->text);
}

/* As steep at its beginning as the leak below, but with a time constant of 40 seconds: in the minute that the
 * fast path needs, nothing longer can be told from a leak. */
static double start(double t_s)
{
    return 0.2 + (t_s > 900 ? 0.04 * (1 - fmath_exp(-(t_s - 900) / 40)) : 0);
}

static double leak(double t_s)
{
    return 0.2 + (t_s > 900 ? 0.001 * (t_s - 900) : 0);
}

static void a_start_that_flattens_is_no_leak(void **state)
{
    (void)state;
    struct patient p = watch_usage(start, 1, 3600);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    p = watch_usage(leak, 1, 1200);
    assert_int_equal(p.opens, 1);
    assert_true(at_s(&p.opened) > 930 && at_s(&p.opened) < 1050);
    began(&p.opened, 900, 10);
    holds(&p.opened, 900 + 800);
    patient_done(&p);
}

/* Compilers come and go: no minute is straight. */
static double builds(double t_s)
{
    return 0.2 + 0.03 * fmod(t_s, 7) / 7 + 0.04 * fmod(t_s, 11.3) / 11.3 + 0.02 * fmod(t_s, 17.9) / 17.9;
}

static double leak_beside_builds(double t_s)
{
    return builds(t_s) + (t_s > 1800 ? 0.0008 * (t_s - 1800) : 0);
}

static void a_leak_is_found_beside_builds(void **state)
{
    (void)state;
    struct patient p = watch_usage(builds, 1, 2 * 3600);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    p = watch_usage(leak_beside_builds, 1, 1800 + 500);
    assert_int_equal(p.opens, 1);
    assert_int_equal(p.opened.reading.scale_s, 300);
    assert_int_equal(p.opened.confidence, CONFIDENCE_HIGH);
    began(&p.opened, 1800, 30);
    holds(&p.opened, 1800 + 0.8 / 0.0008);
    patient_done(&p);
}

/* The same slope from the first sample on: it may be a start, until the limit is nearer than the beginning.
 */
static double climb(double t_s)
{
    return 0.2 + 0.0008 * t_s;
}

static void a_mere_climb_counts_when_most_of_its_way_is_behind_it(void **state)
{
    (void)state;
    struct patient p = watch_usage(climb, 1, 990);
    assert_int_equal(p.opens, 1);
    assert_true(at_s(&p.opened) > 490 && at_s(&p.opened) < 700);
    began(&p.opened, 0, 40); /* longer ago than the five minutes of which most is known */
    holds(&p.opened, 1000);
    patient_done(&p);
}

/* The usage of a cgroup that is first heard of at from_s, on a host that is there at 1 s. */
static struct patient watch_group(double (*used)(double t_s), int from_s, int to_s)
{
    struct patient p;
    struct rng rng;

    rng_seed(&rng, 1);
    patient_init(&p, &law_fever);
    for (int s = 1; s <= to_s; s++) {
        int64_t t_ns = START + s * SECOND;
        patient_sample(&p, &p.host, METRIC_MEMORY_LIMIT, t_ns, 8 * LIMIT);
        patient_sample(&p, &p.host, METRIC_MEMORY_USAGE, t_ns, LIMIT);
        patient_tick(&p, &p.host, t_ns);
        if (s < from_s)
            continue;
        patient_sample(&p, &p.group, METRIC_MEMORY_LIMIT, t_ns, LIMIT);
        patient_sample(
            &p, &p.group, METRIC_MEMORY_USAGE, t_ns, LIMIT * (used(s) + 0.0005 * rng_normal(&rng)));
        patient_tick(&p, &p.group, t_ns);
    }
    return p;
}

static double steep(double t_s)
{
    return 0.2 + 0.003 * t_s;
}

static double steep_start(double t_s)
{
    return 0.2 + 0.4 * (1 - fmath_exp(-t_s / 40));
}

static double gentle(double t_s)
{
    return 0.2 + 0.0006 * t_s;
}

static double far_from_its_end(double t_s)
{
    return 0.2 + 0.001 * t_s;
}

static double steep_after_a_rest(double t_s)
{
    return t_s < 30 ? 0.2 : 0.2 + 0.003 * (t_s - 30);
}

/* An on-call engineer starts the sentinel after the trouble began. */
static void what_climbs_from_the_first_look_on_is_told_without_a_habit(void **state)
{
    (void)state;
    struct patient p = watch_group(steep, 1, 60);
    assert_int_equal(p.opens, 1);
    assert_int_equal(p.opened.confidence, CONFIDENCE_LOW);
    assert_non_null(strstr(p.opened.text, " in use; no habit is known yet; exhausted in "));
    holds(&p.opened, 0.8 / 0.003);
    began(&p.opened, 0, 10);
    patient_done(&p);
    /* It stays open while it climbs, also when that is no longer new. */
    p = watch_group(steep, 1, 266);
    assert_int_equal(p.opens, 1);
    assert_int_equal(p.closes, 0);
    patient_done(&p);
    /* What comes later may be a start, and so may what flattens; what is slow can wait, and so can what was
     * at rest. */
    p = watch_group(steep, 20, 80);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    p = watch_group(steep_start, 1, 300);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    p = watch_group(gentle, 1, 120);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    p = watch_group(far_from_its_end, 1, 120);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    p = watch_group(steep_after_a_rest, 1, 140);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
}

/* Teeth of a fifth of the limit every four minutes, on a floor that is flat for an hour and then leaks. */
static double teeth(double t_s)
{
    return 0.3 + 0.2 * fmod(t_s, 240) / 240 + (t_s > 3600 ? 0.5 * (t_s - 3600) / 6000 : 0);
}

static void teeth_are_no_leak_and_their_floor_is(void **state)
{
    (void)state;
    struct patient p = watch_usage(teeth, 1, 3600);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    p = watch_usage(teeth, 1, 3600 + 5000);
    assert_int_equal(p.opens, 1);
    if (at_s(&p.opened) < 3600 || at_s(&p.opened) > 3600 + 4000)
        fail_msg("after %.0f s: %s", at_s(&p.opened), p.opened.text);
    holds(&p.opened, 3600 + 6000);
    patient_done(&p);
}

/* Two percent every 40 s: for a minute or two that looks like a line. */
static double steps(double t_s)
{
    return 0.2 + (t_s > 900 ? 0.02 * floor((t_s - 900) / 40) : 0);
}

static void steps_make_the_interval_wide(void **state)
{
    (void)state;
    struct patient p = watch_usage(steps, 1, 2400);
    assert_true(p.opens >= 1);
    holds(&p.opened, 900 + 40 * 40);
    patient_done(&p);
}

static double faster(double t_s)
{
    double done = (t_s - 3600) / 7200;
    return 0.2 + (done > 0 ? 0.8 * done * done : 0);
}

/* A straight line would promise more time than there is. */
static void growth_that_gains_speed_ends_sooner(void **state)
{
    (void)state;
    struct patient p = watch_usage(faster, 1, 3600 + 7000);
    assert_int_equal(p.opens, 1);
    holds(&p.opened, 3600 + 7200);
    patient_done(&p);
}

/* Less than a percent an hour: days are left when it is found, by the day's scale alone. */
static double slow(double t_s)
{
    double since_h = t_s / 3600 - 12;
    return 0.2 + (since_h > 0 ? 0.008 * since_h : 0);
}

static void a_days_growth_is_told_days_ahead(void **state)
{
    (void)state;
    struct patient p = watch_usage(slow, 60, 60 * 3600);
    assert_int_equal(p.opens, 1);
    assert_int_equal(p.opened.reading.scale_s, 86400);
    assert_true(p.opened.exhaustion_lo_s > 48 * 3600 && p.opened.strength <= 0.3);
    holds(&p.opened, (12 + 100) * 3600.0);
    patient_done(&p);
}

/* Deviations that remember make fewer points of many: white noise about a line, and noise of phi = .9 whose
 * lag-1 autocorrelation that is. */
static void a_line_knows_how_its_misses_remember(void **state)
{
    struct trend_line white, slow_noise;
    struct rng rng;
    double x = 0;
    (void)state;

    rng_seed(&rng, 1);
    trend_line_init(&white, 600);
    trend_line_init(&slow_noise, 600);
    assert_true(trend_line_memory(&white) == 0);
    for (int i = 0; i < 5000; i++) {
        x = 0.9 * x + rng_normal(&rng);
        trend_line_push(&white, i, 0.1 * i + rng_normal(&rng));
        trend_line_push(&slow_noise, i, 0.1 * i + x);
    }
    assert_true(trend_line_memory(&white) < 0.15);
    assert_true(trend_line_memory(&slow_noise) > 0.8 && trend_line_memory(&slow_noise) < 0.95);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_that_flattens_is_no_leak),
        cmocka_unit_test(a_leak_is_found_beside_builds),
        cmocka_unit_test(a_mere_climb_counts_when_most_of_its_way_is_behind_it),
        cmocka_unit_test(what_climbs_from_the_first_look_on_is_told_without_a_habit),
        cmocka_unit_test(teeth_are_no_leak_and_their_floor_is),
        cmocka_unit_test(steps_make_the_interval_wide),
        cmocka_unit_test(growth_that_gains_speed_ends_sooner),
        cmocka_unit_test(a_days_growth_is_told_days_ahead),
        cmocka_unit_test(a_line_knows_how_its_misses_remember),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
