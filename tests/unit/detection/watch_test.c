/* SPDX-License-Identifier: MIT
 * What samples leave behind: rates over measured time, late samples, holes, and what is absent. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "patient.h"

static bool put(struct patient *p, enum metric_id metric, double second, double x)
{
    return patient_sample(p, &p->host, metric, START + (int64_t)(second * 1e9), x);
}

static void everything_is_absent_at_first(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_seizure);
    assert_true(!p.host.cpu && !p.host.memory && !p.host.traffic && !p.host.causes && !p.host.surprise);
    put(&p, METRIC_FORKS, 0, 5);
    const struct cause_watch *c = p.host.causes;
    assert_true(isnan(c->iowait) && isnan(c->steal) && isnan(c->cpu_pressure) && isnan(c->throttled));
    assert_true(isnan(c->memory_pressure) && isnan(c->io_pressure) && isnan(c->forks_per_s));
    patient_done(&p);
}

static void rates_are_over_measured_time(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_seizure);
    put(&p, METRIC_CPU_PRESSURE, 0, 10);
    put(&p, METRIC_CPU_PRESSURE, 2.5, 11);
    assert_true(fabs(p.host.causes->cpu_pressure - 0.4) < 1e-12);
    assert_true(
        fabs(watch_cause_rate(p.host.causes, METRIC_CPU_PRESSURE, START + 3 * SECOND, 11.25) - 0.5) < 1e-12);
    /* A reset, a hole, the same instant: no rate. */
    assert_true(isnan(watch_cause_rate(p.host.causes, METRIC_CPU_PRESSURE, START + 4 * SECOND, 1)));
    assert_true(isnan(watch_cause_rate(p.host.causes, METRIC_CPU_PRESSURE, START + 4 * SECOND, 2)));
    assert_true(isnan(watch_cause_rate(p.host.causes, METRIC_CPU_PRESSURE, START + 400 * SECOND, 3)));
    patient_done(&p);
}

/* Once a minute is as good a step as once a second; what is long is measured by the step before. */
static void rates_know_their_step(void **state)
{
    static const int steps[] = {1, 15, 60, 300};
    (void)state;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct patient p;
        double value = 0;
        int64_t t = 0;
        patient_init(&p, &law_seizure);
        put(&p, METRIC_CPU_PRESSURE, 0, value);
        for (int k = 0; k < 20; k++) {
            t += steps[i];
            put(&p, METRIC_CPU_PRESSURE, (double)t, value += 0.2 * steps[i]);
        }
        assert_true(fabs(p.host.causes->cpu_pressure - 0.2) < 1e-9);
        /* A hole of forty steps, at least of forty seconds: none; and then it goes on. */
        t += 40 * steps[i];
        assert_true(
            isnan(watch_cause_rate(p.host.causes, METRIC_CPU_PRESSURE, START + t * SECOND, value += 10)));
        t += steps[i];
        assert_true(
            fabs(watch_cause_rate(p.host.causes, METRIC_CPU_PRESSURE, START + t * SECOND, value + steps[i]) -
                 1) < 1e-9);
        patient_done(&p);
    }
}

/* Half of a change is there after about twenty seconds, whatever the step. */
static void short_means_have_their_half_life(void **state)
{
    static const double steps[] = {0.1, 1, 5};
    (void)state;

    for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
        struct patient p;
        patient_init(&p, &law_seizure);
        put(&p, METRIC_CPU_IOWAIT, 0, 0);
        double s = steps[k];
        for (; s <= 20.01; s += steps[k])
            put(&p, METRIC_CPU_IOWAIT, s, 1);
        assert_true(p.host.causes->iowait > 0.45 && p.host.causes->iowait < 0.56);
        patient_done(&p);
    }
}

/* A sample not later than its metric's last is late: not taken, whatever the metric. */
static void late_samples_leave_no_trace(void **state)
{
    (void)state;

    for (int m = 0; m < METRIC_KNOWN_COUNT; m++) {
        enum metric_id metric = (enum metric_id)m;
        struct patient p;
        patient_init(&p, &law_seizure);
        if (metric == METRIC_MEMORY_AVAILABLE)
            put(&p, METRIC_MEMORY_LIMIT, 0, 9);
        for (int s = 1; s <= 20; s++)
            assert_true(put(&p, metric, s, 0.01 * s));
        p.host.fresh = false;
        if (put(&p, metric, 20, 5) || put(&p, metric, 3, 5) || put(&p, metric, -100000, 9))
            fail_msg("%s was taken late", metric_table[m].name);
        assert_false(p.host.fresh);
        assert_true(put(&p, metric, 21, 0.21));
        patient_done(&p);
    }
}

/* An hour-old reading of a level must not swing its mean about. */
static void late_levels_do_not_explode(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_seizure);
    for (int s = 1; s <= 60; s++)
        put(&p, METRIC_CPU_STEAL, s, 0.01);
    put(&p, METRIC_CPU_STEAL, -3600, 0.02);
    assert_true(fabs(p.host.causes->steal - 0.01) < 1e-9);
    put(&p, METRIC_CPU_STEAL, 61, 0.01);
    assert_true(fabs(p.host.causes->steal - 0.01) < 1e-9);
    patient_done(&p);
}

/* Times before 1970 are times. */
static void negative_times_are_times(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_seizure);
    for (int s = -60; s <= -1; s++) {
        assert_true(patient_sample(&p, &p.host, METRIC_CPU_STEAL, s * SECOND, 0.2));
        assert_true(patient_sample(&p, &p.host, METRIC_FORKS, s * SECOND, 10 * s + 1000));
    }
    assert_true(fabs(p.host.causes->steal - 0.2) < 1e-9);
    assert_true(fabs(p.host.causes->forks_per_s - 10) < 1e-9);
    patient_done(&p);
}

/* The host's cadence is of all that is heard on it; a group's of what is said of it. */
static void whose_cadence_is_whose(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_seizure);
    for (int i = 0; i < 40; i++) {
        patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START + i * SECOND, 0.5);
        patient_sample(&p, &p.group, METRIC_CPU_UTILIZATION, START + i * SECOND + SECOND / 2, 0.5);
    }
    assert_true(fabs((double)p.host.cadence.usual_s - 0.5) < 1e-6);
    assert_true(fabs((double)p.group.cadence.usual_s - 1) < 1e-6);
    assert_true(fabs((double)p.host.cpu->cadence.usual_s - 1) < 1e-6);
    patient_done(&p);
}

/* A minute of samples, however fast they come; sixty of them when they come slowly. */
static void the_cpu_window_is_a_minute(void **state)
{
    static const struct {
        double step_s;
        uint32_t window;
    } cases[] = {{0.1, 600}, {0.5, 120}, {1, 60}, {10, 60}, {300, 60}, {0.01, CPU_RING}};
    (void)state;

    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        struct patient p;
        patient_init(&p, &law_seizure);
        for (int i = 0; i < 2000; i++)
            put(&p, METRIC_CPU_UTILIZATION, i * cases[k].step_s, 0.25);
        assert_int_equal(p.host.cpu->window, cases[k].window);
        assert_int_equal(p.host.cpu->count, CPU_RING);
        assert_true(p.host.cpu->ring[0] == 25.0F);
        patient_done(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_absent_at_first),
        cmocka_unit_test(rates_are_over_measured_time),
        cmocka_unit_test(rates_know_their_step),
        cmocka_unit_test(short_means_have_their_half_life),
        cmocka_unit_test(late_samples_leave_no_trace),
        cmocka_unit_test(late_levels_do_not_explode),
        cmocka_unit_test(negative_times_are_times),
        cmocka_unit_test(whose_cadence_is_whose),
        cmocka_unit_test(the_cpu_window_is_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
