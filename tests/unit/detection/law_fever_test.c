/* SPDX-License-Identifier: MIT
 * Resource fever beyond what the engine's tests reach: refusals (no limit, no record, no fit), the slow path,
 * churn, ticks between samples, and what a limit may be. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "patient.h"

#define GB 1e9

static void usage(struct patient *p, int64_t second, double bytes)
{
    patient_sample(p, &p->host, METRIC_MEMORY_USAGE, START + second * SECOND, bytes);
}

static void limit(struct patient *p, int64_t second, double bytes)
{
    patient_sample(p, &p->host, METRIC_MEMORY_LIMIT, START + second * SECOND, bytes);
}

static void tick(struct patient *p, int64_t second)
{
    patient_tick(p, &p->host, START + second * SECOND);
}

/* Five minutes flat at 2 GB, then 5 MB a second; `bound` 0: no limit is ever said. */
static void leak(struct patient *p, double bound, int seconds)
{
    struct rng rng;
    rng_seed(&rng, 1);
    patient_init(p, &law_fever);
    for (int s = 1; s <= seconds; s++) {
        if (bound != 0)
            limit(p, s, bound);
        usage(p, s, 2 * GB + (s > 300 ? (s - 300) * 5e6 : 0) + 1e5 * rng_normal(&rng));
        tick(p, s);
    }
}

static void growth_is_told_with_its_evidence(void **state)
{
    struct patient p;
    (void)state;

    leak(&p, 8 * GB, 420);
    assert_int_equal(p.opens, 1);
    assert_string_equal(p.opened.cause, "leak");
    assert_int_equal(p.opened.confidence, CONFIDENCE_MEDIUM);
    assert_true(p.opened.exhaustion_lo_s > 0 && p.opened.exhaustion_lo_s < p.opened.exhaustion_hi_s);
    assert_true(patient_evidence(&p.opened, "memory.limit") == 8 * GB);
    assert_true(patient_evidence(&p.opened, "memory.r2") > 0.8);
    assert_true(isnan(patient_evidence(&p.opened, "memory.allocated_per_s")));
    assert_non_null(strstr(p.opened.text, "memory grows by "));
    assert_non_null(strstr(p.opened.text, " GiB in use; exhausted in "));
    assert_true(fabs((double)(p.opened.onset_ns - START) * 1e-9 - 300) < 10);
    patient_done(&p);
}

/* Without a limit there is nothing to exhaust: no growth, no band. */
static void without_a_limit_there_is_no_verdict(void **state)
{
    struct patient p;
    (void)state;

    leak(&p, 0, 900);
    assert_int_equal(p.opens, 0);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    assert_true(isnan(p.opinion.reading.hi) && p.opinion.reading.value > 4e6);
    patient_done(&p);
}

/* Exporters say 0 for "no limit": that is absent, not a limit that is met at once. */
static void a_limit_of_nothing_is_no_limit(void **state)
{
    static const double odd[] = {-1, -8e9, 5e-324};
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int s = 1; s <= 900; s++) {
        limit(&p, s, 0);
        usage(&p, s, 2 * GB + (s > 300 ? (s - 300) * 5e6 : 0));
        tick(&p, s);
    }
    if (p.opens)
        fail_msg("%s", p.opened.text);
    assert_true(isnan(p.host.memory->usage.limit));
    patient_done(&p);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        leak(&p, odd[i], 400);
        if (odd[i] < 0)
            assert_int_equal(p.opens, 0);
        patient_done(&p);
    }
}

/* Usage that has been higher before is no growth, also when that was for half a minute only. */
static void a_peak_seen_before_refuses_growth(void **state)
{
    (void)state;
    for (int at = 0; at < 60; at += 7) {
        struct patient p;
        patient_init(&p, &law_fever);
        for (int s = 1; s <= 1500; s++) {
            double used = s >= 600 + at && s < 630 + at ? 5 * GB
                          : s > 1200                    ? 2 * GB + (s - 1200) * 5e6
                                                        : 2 * GB;
            limit(&p, s, 8 * GB);
            usage(&p, s, used);
            tick(&p, s);
        }
        if (p.opens)
            fail_msg("peak at %d: %s", 600 + at, p.opened.text);
        patient_done(&p);
    }
}

static void beyond_the_old_peak_it_is_growth(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int s = 1; s <= 2000; s++) {
        limit(&p, s, 8 * GB);
        usage(&p, s, s < 300 ? 3 * GB : s > 900 ? 2 * GB + (s - 900) * 4e6 : 2 * GB);
        tick(&p, s);
        if (s == 1140)
            assert_int_equal(p.opens, 0);
    }
    assert_int_equal(p.opens, 1);
    assert_true(p.opened.t_ns > START + 1150 * SECOND && p.opened.t_ns < START + 1240 * SECOND);
    patient_done(&p);
}

/* Too slow to matter, and too wild to be a line. */
static void no_fit_no_verdict(void **state)
{
    struct patient p;
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_fever);
    for (int s = 1; s <= 3600; s++) {
        limit(&p, s, 8 * GB);
        usage(&p, s, 2 * GB + s * 1e4);
        tick(&p, s);
    }
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    patient_init(&p, &law_fever);
    for (int s = 1; s <= 3600; s++) {
        limit(&p, s, 8 * GB);
        usage(&p, s, 4 * GB + 1 * GB * rng_normal(&rng));
        tick(&p, s);
    }
    assert_int_equal(p.opens, 0);
    patient_done(&p);
}

/* A saw-tooth whose lower edge rises by 1 GB an hour: minutes say nothing, hours do. */
static void the_slow_path_sees_the_lower_edge(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int s = 10; s <= 8 * 3600 && !p.opens; s += 10) {
        double leaked = s > 4 * 3600 ? (s - 4 * 3600) / 3600.0 * GB : 0;
        limit(&p, s, 8 * GB);
        usage(&p, s, 2 * GB + leaked + 1.2 * GB * fmod(s, 300) / 300);
        tick(&p, s);
    }
    assert_int_equal(p.opens, 1);
    assert_true(p.opened.t_ns > START + 4 * HOUR);
    assert_int_equal(p.opened.confidence, CONFIDENCE_HIGH);
    assert_true(patient_evidence(&p.opened, "memory.drift_ratio") >= 3);
    /* 8 GB are met at the tooth's tip: 3.2 + leaked = 8. */
    double hours = (double)(p.opened.t_ns - START) / (double)HOUR - 4, left_s = (4.8 - hours) * 3600;
    if (!(p.opened.exhaustion_lo_s < left_s && p.opened.exhaustion_hi_s > left_s * 0.9))
        fail_msg("%.0f s left: %s", left_s, p.opened.text);
    patient_done(&p);
}

static void allocate(struct patient *p, int64_t second, double total)
{
    patient_sample(p, &p->host, METRIC_MEMORY_ALLOCATED, START + second * SECOND, total);
}

/* Allocation at `times` its habit of half a GB a second, from 300 s on, while usage moves by `drift` a
 * second. */
static void churn(struct patient *p, double times, double drift, int seconds)
{
    double total = 0;
    patient_init(p, &law_fever);
    for (int s = 1; s <= seconds; s++) {
        total += 0.5 * GB * (s > 300 ? times : 1);
        allocate(p, s, total);
        limit(p, s, 64 * GB);
        usage(p, s, 8 * GB + (s > 300 ? drift * (s - 300) : 0) + (s % 2) * 1e7);
        tick(p, s);
    }
}

static void churn_is_allocation_without_growth(void **state)
{
    struct patient p;
    (void)state;

    churn(&p, 20, 0, 360);
    assert_int_equal(p.opens, 1);
    assert_string_equal(p.opened.cause, "churn");
    assert_int_equal(p.opened.confidence, CONFIDENCE_LOW);
    assert_true(p.opened.t_ns >= START + 330 * SECOND && p.opened.t_ns <= START + 332 * SECOND);
    assert_true(p.opened.onset_ns >= START + 300 * SECOND && p.opened.onset_ns <= START + 302 * SECOND);
    assert_true(fabs(p.opened.reading.value - 10 * GB) < 1e6);
    assert_true(fabs(p.opened.reading.expected - 0.5 * GB) < 1e6);
    assert_true(isnan(p.opened.exhaustion_lo_s));
    assert_non_null(strstr(p.opened.text, "memory is allocated at 9.31 GiB/s"));
    patient_done(&p);
}

static void churn_needs_much_and_flat_usage(void **state)
{
    struct patient p;
    (void)state;

    churn(&p, 6, 0, 500); /* three GB a second, but only six times the habit */
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    churn(&p, 20, 3e8, 360); /* growing by 18 GB a minute: growth, if anything */
    assert_true(p.opens == 0 || strcmp(p.opened.cause, "leak") == 0);
    patient_done(&p);
    churn(&p, 20, 0, 320);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
}

/* The open finding's rate is not learned; it closes a minute after the churn has stopped. */
static void churn_ends(void **state)
{
    struct patient p;
    double total = 0;
    (void)state;

    patient_init(&p, &law_fever);
    for (int s = 1; s <= 800; s++) {
        total += 0.5 * GB * (s > 300 && s <= 600 ? 20 : 1);
        allocate(&p, s, total);
        limit(&p, s, 64 * GB);
        usage(&p, s, 8 * GB);
        tick(&p, s);
    }
    assert_true(p.opens == 1 && p.closes == 1);
    assert_true(p.closed.t_ns >= START + 655 * SECOND && p.closed.t_ns <= START + 665 * SECOND);
    assert_true(fabs(p.opinion.reading.expected) < 1e-9);
    assert_true(fabs(p.host.memory->usual_allocation.mean - 0.5 * GB) < 1e6);
    patient_done(&p);
}

/* A tick between two samples knows what the tick before knew. */
static void ticks_between_samples_change_nothing(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int s = 1; s <= 3000; s++) {
        if (s % 10 == 0) {
            limit(&p, s, 8 * GB);
            usage(&p, s, 2 * GB + (s > 600 ? (s - 600) * 1.5e6 : 0));
        }
        if (s >= 10)
            tick(&p, s);
        if (s > 120) {
            assert_int_not_equal(p.opinion.reading.state, LAW_WARMUP);
            assert_false(isnan(p.opinion.reading.value));
        }
    }
    assert_int_equal(p.opens, 1);
    assert_int_equal(p.closes, 0);
    assert_true(p.opinion.active);
    patient_done(&p);
}

static void states_before_there_is_anything(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    assert_false(law_fever.applies(&p.host));
    limit(&p, 1, 8 * GB);
    tick(&p, 1);
    assert_int_equal(p.opinion.reading.state, LAW_UNOBSERVABLE);
    for (int s = 2; s <= 5; s++) {
        usage(&p, s, GB);
        tick(&p, s);
        assert_int_equal(p.opinion.reading.state, LAW_WARMUP);
    }
    for (int s = 6; s <= 20; s++) {
        usage(&p, s, GB);
        tick(&p, s);
    }
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    assert_string_equal(p.opinion.reading.unit, "By/s");
    assert_true(p.opinion.reading.value == 0);
    tick(&p, 30);
    assert_int_equal(p.opinion.reading.state, LAW_STALE);
    patient_done(&p);
}

/* What is available says what is used once the limit is known; more of it than there is says nothing. */
static void available_memory_counts_from_the_limit(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    patient_sample(&p, &p.host, METRIC_MEMORY_AVAILABLE, START, 3 * GB);
    tick(&p, 0);
    assert_int_equal(p.opinion.reading.state, LAW_UNOBSERVABLE);
    limit(&p, 1, 8 * GB);
    patient_sample(&p, &p.host, METRIC_MEMORY_AVAILABLE, START + SECOND, 3 * GB);
    assert_true(p.host.memory->usage.used == 5 * GB);
    patient_sample(&p, &p.host, METRIC_MEMORY_AVAILABLE, START + 2 * SECOND, 9 * GB);
    patient_sample(&p, &p.host, METRIC_MEMORY_AVAILABLE, START + 3 * SECOND, -DBL_MAX);
    assert_true(p.host.memory->usage.used == 5 * GB && p.host.unusable);
    patient_done(&p);
}

/* A single absurd value (outside bytes) does not blind the law for good. */
static void an_absurd_value_passes(void **state)
{
    static const double absurd[] = {DBL_MAX, 1e200, -1e200};
    (void)state;

    for (size_t k = 0; k < sizeof(absurd) / sizeof(absurd[0]); k++) {
        struct patient p;
        patient_init(&p, &law_fever);
        for (int s = 1; s <= 7200; s++) {
            limit(&p, s, 8 * GB);
            usage(&p, s, s == 100 ? absurd[k] : 2 * GB);
            tick(&p, s);
        }
        assert_true(isfinite(p.opinion.reading.value));
        assert_true(isfinite(p.host.memory->usage.line.sxx) && isfinite(p.host.memory->usage_level.mean));
        patient_done(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_is_told_with_its_evidence),
        cmocka_unit_test(without_a_limit_there_is_no_verdict),
        cmocka_unit_test(a_limit_of_nothing_is_no_limit),
        cmocka_unit_test(a_peak_seen_before_refuses_growth),
        cmocka_unit_test(beyond_the_old_peak_it_is_growth),
        cmocka_unit_test(no_fit_no_verdict),
        cmocka_unit_test(the_slow_path_sees_the_lower_edge),
        cmocka_unit_test(churn_is_allocation_without_growth),
        cmocka_unit_test(churn_needs_much_and_flat_usage),
        cmocka_unit_test(churn_ends),
        cmocka_unit_test(ticks_between_samples_change_nothing),
        cmocka_unit_test(states_before_there_is_anything),
        cmocka_unit_test(available_memory_counts_from_the_limit),
        cmocka_unit_test(an_absurd_value_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
