/* SPDX-License-Identifier: MIT
 * Scores and levels of several kinds of series against tests/golden/surprise/, which surprise_expected.py
 * computed over whole arrays; and what no table can hold: restarts, cadence, extreme values.
 *
 * Scores agree to rounding. Levels agree to LEVEL_ABSOLUTE + LEVEL_RELATIVE, since block maxima are kept here
 * in steps of a sixteenth of e (their logarithm is off by at most 1/32, which is 0.1 of a level at the index
 * 0.3, and as much of a fit); where the fitted u0 would be below the least code the level is only bounded. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "detection/surprise.h"

#define SECOND         INT64_C(1000000000)
#define STEP_S         300
#define BUDGET         (1.0 / 30)
#define LEVEL_ABSOLUTE 0.25
#define LEVEL_RELATIVE 0.02

static FILE *open_golden(const char *name)
{
    char path[4096], line[64];
    const char *root = getenv("COHERENCE_SOURCE_ROOT");
    snprintf(path, sizeof(path), "%s/tests/golden/surprise/%s.csv", root ? root : ".", name);
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("cannot read %s", path);
    assert_non_null(fgets(line, sizeof(line), f));
    return f;
}

/* Feeds the file's values and compares; returns how many samples were alarms. */
static int compare(const char *name)
{
    struct surprise s;
    struct surprise_view v;
    double x, score, level;
    int64_t t_ns = 1767225600 * SECOND;
    int rows = 0, alarms = 0;
    FILE *f = open_golden(name);

    surprise_init(&s, BUDGET);
    surprise_set_cadence(&s, STEP_S, BUDGET);
    for (; fscanf(f, "%lf,%lf,%lf\n", &x, &score, &level) == 3; rows++, t_ns += STEP_S * SECOND) {
        surprise_take(&s, t_ns, x, &v);
        if (!(fabs(v.score - score) <= 1e-9 * (1 + score)))
            fail_msg("%s row %d: score %.12g, expected %.12g", name, rows, v.score, score);
        double got = tail_level(&s.tail, v.score);
        if (!(fabs(got - level) <= LEVEL_ABSOLUTE + LEVEL_RELATIVE * level))
            fail_msg("%s row %d: level %.6g, expected %.6g", name, rows, got, level);
        /* An alarm is what reaches the budget's level, up to the bits of a float. */
        if (fabs(got - (double)s.tail.alarm_level) > 1e-4)
            assert_int_equal(v.alarm, surprise_level(&s, &v) > (double)s.tail.alarm_level);
        alarms += v.alarm;
    }
    fclose(f);
    assert_int_equal(rows, 720);
    return alarms;
}

static void noise_is_never_an_alarm(void **state)
{
    (void)state;
    assert_int_equal(compare("noise"), 0);
    assert_int_equal(compare("daily"), 0);
    assert_int_equal(compare("walk"), 0);
}

static void steps_that_repeat_are_learned(void **state)
{
    (void)state;
    compare("steps");
    compare("heavy-tail");
}

static void a_constant_has_no_score(void **state)
{
    (void)state;
    assert_int_equal(compare("constant"), 0);
}

/* Spikes of 8 and 40 usual deviations come while the tail is young, one of 300 when it is not: that one is an
 * alarm. */
static void a_rare_spike_is_an_alarm(void **state)
{
    (void)state;
    assert_true(compare("spikes") >= 1);
}

/* Nothing but zeros and now and then a three: the scores agree, and what is not zero is far out. */
static void rare_events_among_zeros(void **state)
{
    struct surprise s;
    struct surprise_view v;
    double x, score, level;
    int64_t t_ns = SECOND;
    FILE *f = open_golden("zeros");
    (void)state;

    surprise_init(&s, BUDGET);
    surprise_set_cadence(&s, STEP_S, BUDGET);
    for (int i = 0; fscanf(f, "%lf,%lf,%lf\n", &x, &score, &level) == 3; i++, t_ns += STEP_S * SECOND) {
        surprise_take(&s, t_ns, x, &v);
        assert_true(fabs(v.score - score) <= 1e-9 * (1 + score));
        double got = tail_level(&s.tail, v.score);
        assert_true(got <= level + LEVEL_ABSOLUTE + LEVEL_RELATIVE * level);
        if (x > 0 && i > 300)
            assert_true(got > 0.5 * level && got > 5);
    }
    fclose(f);
}

/* What the verdict shows: the sample was compared with the residual that scored. */
static void the_view_tells_what_was_expected(void **state)
{
    struct surprise s;
    struct surprise_view v;
    (void)state;

    surprise_init(&s, BUDGET);
    for (int i = 0; i < 200; i++)
        surprise_take(&s, i * SECOND, i % 2 ? 11 : 9, &v);
    surprise_take(&s, 200 * SECOND, 60, &v);
    assert_true(v.score > 10);
    assert_true(v.scale > 0);
    assert_true(v.expected > 8 && v.expected < 12);
    assert_true(v.residual >= 0 && v.residual < SURPRISE_RESIDUALS);
    /* One deviation of the residual that scored, times the score, is the residual. */
    double value = v.residual == 0   ? 60
                   : v.residual == 1 ? (60.0 + 11) / 2
                                     : (60.0 + 11 + 9 * 3 + 11 * 3) / 8;
    assert_true(fabs(fabs(value - v.expected) - v.score * v.scale) < 0.05 * v.score * v.scale + 0.1);
}

/* The level of the budget is the one for the blocks that a day really has, also when the cadence becomes
 * known after blocks have closed: every sample of a daily series closes one. */
static void rare_samples_have_fewer_blocks_a_day(void **state)
{
    struct surprise s;
    struct surprise_view v;
    (void)state;

    surprise_init(&s, 0.1);
    surprise_set_cadence(&s, 600, 0.1);
    assert_true(fabs((double)s.tail.alarm_level - log(240)) < 1e-5);
    surprise_init(&s, 0.1);
    for (int i = 0; i < 9; i++)
        surprise_take(&s, i * 86400 * SECOND, i % 3, &v);
    surprise_set_cadence(&s, 86400, 0.1);
    assert_true(fabs((double)s.tail.alarm_level - log(10)) < 1e-5);
    assert_true(fabs(s.weight - (1 - pow(0.5, 1.0 / 7))) < 1e-12);
}

/* Hours of a value in 0..10; *t_ns moves on by twelve samples each. */
static void calm_hours(struct surprise *s, struct rng *rng, int64_t *t_ns, int hours)
{
    struct surprise_view v;
    for (int i = 0; i < 12 * hours; i++, *t_ns += STEP_S * SECOND)
        surprise_take(s, *t_ns, floor(11 * rng_uniform(rng)), &v);
}

/* After n closed hours a value above everything has the level ln(n / 2) + ln(1 + 100 e) / 2, e its distance
 * beyond the range in ranges; a repeated one has none, and before 24 hours there is none at all. */
/* With one sample an hour the index is shrunk to 0.2, not to 0.3: before anything is learned a score of e
 * times u0 is -ln 0.1 + 1 / 0.2. A pace that turns out faster takes that back. */
static void hourly_series_have_a_shorter_tail(void **state)
{
    struct surprise s;
    (void)state;

    surprise_init(&s, BUDGET);
    surprise_set_cadence(&s, 3600, BUDGET);
    assert_ptr_equal(s.tail.rule, &tail_of_slow_series);
    s.tail.temper = 1;
    assert_true(fabs(tail_level(&s.tail, 5 * 2.718281828459045) - (2.302585092994046 + 5)) < 1e-5);
    surprise_set_cadence(&s, 60, BUDGET);
    assert_ptr_equal(s.tail.rule, &tail_of_series);
    s.tail.temper = 1;
    assert_true(fabs(tail_level(&s.tail, 5 * 2.718281828459045) - (2.302585092994046 + 1 / 0.3)) < 1e-5);
}

static void a_record_has_a_level_of_its_own(void **state)
{
    struct surprise s;
    struct surprise_view v;
    struct rng rng;
    int64_t t_ns = 0;
    (void)state;

    rng_seed(&rng, 3);
    surprise_init(&s, BUDGET);
    surprise_set_cadence(&s, STEP_S, BUDGET);
    calm_hours(&s, &rng, &t_ns, 20);
    surprise_take(&s, t_ns, 12, &v);
    assert_true(v.record == 0 && isnan(v.bound));
    calm_hours(&s, &rng, &t_ns, 380);
    uint32_t n = s.tail.closed;
    surprise_take(&s, t_ns, 18, &v);
    assert_in_range(n, 399, 401);
    assert_true(v.bound > 11.99 && v.bound < 12.01);
    assert_true(fabs(v.record - (log(n / 2.0) + log(1 + 100 * 0.5) / 2)) < 1e-9);
    surprise_take(&s, t_ns + SECOND, 18, &v);
    assert_true(v.record == 0);
    surprise_take(&s, t_ns + 2 * SECOND, -9, &v);
    assert_true(v.record > log(n / 2.0) && v.bound > -0.01 && v.bound < 0.01);
    assert_true(v.alarm == (v.record >= (double)s.tail.alarm_level || v.score >= (double)s.tail.alarm_score));
}

/* What climbs brings a new highest every hour: its next is no news, however long it has been watched. */
static void the_records_of_a_trend_are_no_news(void **state)
{
    struct surprise s;
    struct surprise_view v;
    (void)state;

    surprise_init(&s, BUDGET);
    surprise_set_cadence(&s, STEP_S, BUDGET);
    for (int i = 0; i < 12 * 24 * 40; i++) {
        /* Steps of several per cent of the range so far at first, a thousandth of it at the end. */
        surprise_take(&s, i * STEP_S * SECOND, i / 6, &v);
        assert_true(v.record < 4);
        assert_false(v.alarm);
    }
}

/* Outside bytes may hold any finite number; what follows must still be judged. */
static void extreme_values_do_not_poison(void **state)
{
    static const double extremes[] = {DBL_MAX, -DBL_MAX, 1e308, DBL_MIN, -0.0, 5e-324};
    struct surprise_view v;
    (void)state;

    for (size_t k = 0; k < sizeof(extremes) / sizeof(extremes[0]); k++) {
        struct surprise s;
        struct rng rng;
        rng_seed(&rng, 5);
        surprise_init(&s, BUDGET);
        for (int i = 0; i < 3000; i++) {
            double x = i == 1000 || i == 1001 ? (i % 2 ? -extremes[k] : extremes[k]) : rng_normal(&rng);
            surprise_take(&s, i * SECOND, x, &v);
            assert_true(v.score >= 0 && isfinite(v.expected) && isfinite(v.scale));
        }
        assert_true(isfinite(s.recent));
        for (int i = 0; i < SURPRISE_RESIDUALS; i++)
            assert_true(isfinite(s.residual[i].mean) && isfinite(s.residual[i].deviation));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_never_an_alarm),
        cmocka_unit_test(steps_that_repeat_are_learned),
        cmocka_unit_test(a_constant_has_no_score),
        cmocka_unit_test(a_rare_spike_is_an_alarm),
        cmocka_unit_test(rare_events_among_zeros),
        cmocka_unit_test(the_view_tells_what_was_expected),
        cmocka_unit_test(rare_samples_have_fewer_blocks_a_day),
        cmocka_unit_test(hourly_series_have_a_shorter_tail),
        cmocka_unit_test(a_record_has_a_level_of_its_own),
        cmocka_unit_test(the_records_of_a_trend_are_no_news),
        cmocka_unit_test(extreme_values_do_not_poison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
