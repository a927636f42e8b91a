/* SPDX-License-Identifier: MIT
 * Compute seizure beyond what the engine's tests reach: causes by evidence, busy hosts, the own baseline and
 * when it freezes, gaps, and who is not judged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "patient.h"

struct load {
    double low, high; /* percent */
    double period_s;  /* of the swing; 0: low all the time */
    double noise;     /* percent points */
    int64_t step_ns;  /* between samples */
    struct rng rng;
};

static double load_at(struct load *l, int64_t t_ns)
{
    double phase = l->period_s > 0 ? fmod((double)(t_ns - START) * 1e-9, l->period_s) / l->period_s : 1;
    double x = (phase < 0.5 - 1e-9 ? l->high : l->low) + l->noise * rng_normal(&l->rng);
    return x < 0 ? 0 : x > 100 ? 100 : x;
}

/* Runs w under the load from *now_ns on, a tick a second (or a sample, when they come more slowly). */
static void run(struct patient *p, struct watch *w, struct load *l, int64_t *now_ns, int64_t span_ns)
{
    for (int64_t end_ns = *now_ns + span_ns; *now_ns < end_ns;) {
        *now_ns += l->step_ns;
        assert_true(patient_sample(p, w, METRIC_CPU_UTILIZATION, *now_ns, load_at(l, *now_ns) / 100));
        if (l->step_ns >= SECOND || *now_ns % SECOND == 0)
            patient_tick(p, w, *now_ns);
    }
}

static struct load fast(double low, double high, double period_s)
{
    struct load l = {.low = low, .high = high, .period_s = period_s, .noise = 1, .step_ns = SECOND / 10};
    rng_seed(&l.rng, 1);
    return l;
}

/* A swing with counters beside it that rise by the given share of time (per second). */
static const char *cause_with(
    bool group, enum metric_id metric, double per_s, enum confidence *ret_confidence, char *ret_text)
{
    static struct finding f;
    struct patient p;
    struct load l = fast(5, 95, 4);
    int64_t now_ns = START;

    patient_init(&p, &law_seizure);
    struct watch *w = group ? &p.group : &p.host;
    for (int s = 0; s < 90 && !p.opens; s++) {
        if (metric < METRIC_KNOWN_COUNT) {
            bool gauge = metric == METRIC_CPU_IOWAIT || metric == METRIC_CPU_STEAL;
            patient_sample(&p, metric == METRIC_CPU_THROTTLED || metric == METRIC_GC_TIME ? w : &p.host,
                metric, now_ns, gauge ? per_s : per_s * s);
        }
        run(&p, w, &l, &now_ns, SECOND);
    }
    assert_int_equal(p.opens, 1);
    f = p.opened;
    *ret_confidence = f.confidence;
    strcpy(ret_text, f.text);
    patient_done(&p);
    return f.cause;
}

static void the_cause_comes_from_evidence(void **state)
{
    static const struct {
        bool group;
        enum metric_id metric;
        double per_s;
        const char *cause;
        enum confidence confidence;
    } cases[] = {
        {true, METRIC_CPU_THROTTLED, 0.2, "throttled", CONFIDENCE_HIGH},
        {true, METRIC_CPU_THROTTLED, 0.01, "unexplained", CONFIDENCE_LOW},
        {false, METRIC_CPU_STEAL, 0.15, "stolen", CONFIDENCE_HIGH},
        {true, METRIC_CPU_STEAL, 0.15, "stolen", CONFIDENCE_HIGH},
        {false, METRIC_CPU_STEAL, 0.01, "unexplained", CONFIDENCE_LOW},
        {true, METRIC_GC_TIME, 0.3, "gc_pause", CONFIDENCE_MEDIUM},
        {false, METRIC_GC_TIME, 0.3, "gc_pause", CONFIDENCE_MEDIUM},
        {true, METRIC_GC_TIME, 0.05, "unexplained", CONFIDENCE_LOW},
        {false, METRIC_MEMORY_PRESSURE, 0.3, "reclaim_thrash", CONFIDENCE_LOW}, /* before it swings */
        {false, METRIC_IO_PRESSURE, 0.4, "io_stall", CONFIDENCE_MEDIUM},
        {false, METRIC_CPU_IOWAIT, 0.4, "io_stall", CONFIDENCE_MEDIUM},
        {false, METRIC_CPU_IOWAIT, 0.1, "unexplained", CONFIDENCE_LOW},
        {false, METRIC_CPU_PRESSURE, 0.7, "starved", CONFIDENCE_MEDIUM},
        {false, METRIC_CPU_PRESSURE, 0.3, "unexplained", CONFIDENCE_LOW},
        {false, METRIC_KNOWN_COUNT, 0, "unexplained", CONFIDENCE_LOW},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum confidence confidence;
        char text[FINDING_TEXT_MAX];
        const char *cause = cause_with(cases[i].group, cases[i].metric, cases[i].per_s, &confidence, text);
        if (strcmp(cause, cases[i].cause) != 0)
            fail_msg("case %zu: %s", i, cause);
        assert_int_equal(confidence, cases[i].confidence);
        assert_non_null(strstr(
            text, cases[i].metric == METRIC_MEMORY_PRESSURE ? "tasks wait for memory " : "CPU swings by "));
    }
}

/* Throttling explains more than the steal that comes with it. */
static void the_nearer_cause_wins(void **state)
{
    struct patient p;
    struct load l = fast(5, 95, 4);
    int64_t now_ns = START;
    (void)state;

    patient_init(&p, &law_seizure);
    for (int s = 0; s < 90 && !p.opens; s++) {
        patient_sample(&p, &p.host, METRIC_CPU_STEAL, now_ns, 0.3);
        patient_sample(&p, &p.group, METRIC_CPU_THROTTLED, now_ns, 0.3 * s);
        run(&p, &p.group, &l, &now_ns, SECOND);
    }
    assert_string_equal(p.opened.cause, "throttled");
    assert_true(fabs(patient_evidence(&p.opened, "cpu.steal") - 0.3) < 1e-9);
    assert_true(isnan(patient_evidence(&p.opened, "cpu.iowait")));
    patient_done(&p);
}

/* What a cgroup says of its own pressure counts: the host's word stands in only where it says nothing. */
static void the_own_pressure_counts_before_the_hosts(void **state)
{
    static const struct {
        enum metric_id metric;
        double own, host; /* share of time; own < 0: it says nothing */
        const char *cause;
    } cases[] = {
        {METRIC_CPU_PRESSURE, 0.01, 0.7, "unexplained"},
        {METRIC_CPU_PRESSURE, 0.7, 0.01, "starved"},
        {METRIC_CPU_PRESSURE, -1, 0.7, "starved"},
        {METRIC_IO_PRESSURE, 0.01, 0.4, "unexplained"},
        {METRIC_IO_PRESSURE, 0.4, 0.01, "io_stall"},
        {METRIC_MEMORY_PRESSURE, 0.01, 0.3, "unexplained"},
        {METRIC_MEMORY_PRESSURE, 0.3, 0.01, "reclaim_thrash"},
        {METRIC_MEMORY_PRESSURE, -1, 0.3, "reclaim_thrash"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct patient p;
        struct load l = fast(5, 95, 4);
        int64_t now_ns = START;
        patient_init(&p, &law_seizure);
        for (int s = 0; s < 90 && !p.opens; s++) {
            patient_sample(&p, &p.host, cases[i].metric, now_ns, cases[i].host * s);
            if (cases[i].own >= 0)
                patient_sample(&p, &p.group, cases[i].metric, now_ns, cases[i].own * s);
            run(&p, &p.group, &l, &now_ns, SECOND);
        }
        assert_int_equal(p.opens, 1);
        if (strcmp(p.opened.cause, cases[i].cause) != 0)
            fail_msg("case %zu: %s", i, p.opened.cause);
        patient_done(&p);
    }
}

/* More than twenty processes started a second double the limit: a swing of 15 points is a build, one of 60 is
 * not. */
static void busy_forks_double_the_limit(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct patient p;
        struct load l = fast(30, k == 2 ? 95 : 52, 4);
        int64_t now_ns = START;
        patient_init(&p, &law_seizure);
        for (int s = 0; s < 120; s++) {
            patient_sample(&p, &p.host, METRIC_FORKS, now_ns, (k == 0 ? 3.0 : 95.0) * s);
            run(&p, &p.host, &l, &now_ns, SECOND);
        }
        assert_int_equal(p.opens, k == 1 ? 0 : 1);
        patient_done(&p);
    }
}

/* A host that has always swung by that much is not ill, however large it is; one that never did is from five
 * points on. */
static void the_own_baseline_replaces_the_fixed_limit(void **state)
{
    struct patient p;
    struct load calm = fast(20, 20, 0), mild = fast(16, 30, 4);
    int64_t now_ns = START;
    (void)state;

    patient_init(&p, &law_seizure);
    run(&p, &p.host, &calm, &now_ns, 5 * MINUTE);
    run(&p, &p.host, &mild, &now_ns, 5 * MINUTE);
    assert_int_equal(p.opens, 0); /* 10 points: below the fixed 12 */
    patient_done(&p);

    patient_init(&p, &law_seizure);
    now_ns = START;
    run(&p, &p.host, &calm, &now_ns, 35 * MINUTE);
    run(&p, &p.host, &mild, &now_ns, 5 * MINUTE);
    assert_int_equal(p.opens, 1);
    assert_true(p.opened.reading.hi >= 5 && p.opened.reading.hi < 8);
    assert_true(p.opened.reading.expected < 2);
    assert_true(p.opened.reading.value > p.opened.reading.hi);
    patient_done(&p);
}

/* Noise of `before` points for two hours, then of `after` about `mean`; how often it is found in another
 * quarter of an hour. */
static unsigned widen(double before, double after, double mean, double forks_per_s)
{
    struct patient p;
    struct rng rng;

    rng_seed(&rng, 1);
    patient_init(&p, &law_seizure);
    for (int s = 1; s <= 8100; s++) {
        bool late = s > 7200;
        double x = (late ? mean : 45) + (late ? after : before) * rng_normal(&rng);
        if (forks_per_s > 0)
            patient_sample(&p, &p.host, METRIC_FORKS, START + s * SECOND, forks_per_s * s);
        patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START + s * SECOND,
            (x < 0        ? 0
                : x > 100 ? 100
                          : x) /
                100);
        patient_tick(&p, &p.host, START + s * SECOND);
        if (!late)
            assert_int_equal(p.opens, 0);
    }
    unsigned opens = p.opens;
    if (opens) {
        assert_string_equal(p.opened.cause, "unexplained");
        assert_true(
            p.opened.reading.value >= p.opened.reading.hi && p.opened.reading.hi >= 1.6 * before * 0.8);
        assert_false(isnan(patient_evidence(&p.opened, "cpu.half_von_neumann")));
    }
    patient_done(&p);
    return opens;
}

/* Noise has no shape of its own: it is found when it is far wider than its habit, about the same mean. */
static void noise_that_doubles_about_its_mean_is_found(void **state)
{
    (void)state;
    assert_int_equal(widen(10, 20, 45, 0), 1);
    assert_int_equal(widen(10, 12, 45, 0), 0);  /* a little wider */
    assert_int_equal(widen(3, 6, 45, 0), 0);    /* little at all */
    assert_int_equal(widen(10, 17, 70, 0), 0);  /* another mean: another load */
    assert_int_equal(widen(10, 20, 45, 40), 0); /* programs start all the time */
}

/* Few differences show large swings by chance: noise of 14 points that has memory, at 10 Hz, whose coarsest
 * octave has 17 of them. */
static void few_differences_prove_little(void **state)
{
    unsigned opens = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct patient p;
        struct rng rng;
        double x = 0;
        rng_seed(&rng, seed);
        patient_init(&p, &law_seizure);
        for (int64_t i = 1; i <= 36000; i++) {
            x = 0.9 * x + sqrt(1 - 0.81) * rng_normal(&rng);
            patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START + i * SECOND / 10, (45 + 14 * x) / 100);
            if (i % 10 == 0)
                patient_tick(&p, &p.host, START + i * SECOND / 10);
        }
        opens += p.opens;
        patient_done(&p);
    }
    assert_int_equal(opens, 0);
}

/* While the finding is open its swing is not learned, for six hours; then it is the new normal, and the
 * finding ends. */
static void an_open_finding_freezes_the_baseline_for_six_hours(void **state)
{
    struct patient p;
    struct load calm = fast(20, 20, 0), swing = fast(5, 75, 4);
    int64_t now_ns = START;
    (void)state;

    calm.step_ns = swing.step_ns = SECOND;
    patient_init(&p, &law_seizure);
    run(&p, &p.host, &calm, &now_ns, HOUR);
    run(&p, &p.host, &swing, &now_ns, 10 * MINUTE);
    assert_int_equal(p.opens, 1);
    double limit = p.opened.reading.hi, expected = p.opinion.reading.expected;
    run(&p, &p.host, &swing, &now_ns, 5 * HOUR + 40 * MINUTE);
    assert_true(p.closes == 0 && p.opinion.active);
    assert_true(p.opinion.reading.hi == limit && p.opinion.reading.expected == expected);
    run(&p, &p.host, &swing, &now_ns, 40 * HOUR);
    assert_true(p.opinion.reading.expected > 3 * expected);
    assert_int_equal(p.closes, 1);
    patient_done(&p);
}

/* Slow telemetry: sixty samples are the window, however long they take, and a judgement comes every ten. Half
 * an hour of learning is too little there: a baseline of three judgements called this noise a seizure in 9 of
 * these 100 runs. */
static void slow_noise_is_no_seizure(void **state)
{
    unsigned opens = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct patient p;
        struct rng rng;
        double before = 0;
        rng_seed(&rng, seed);
        patient_init(&p, &law_seizure);
        for (int i = 1; i <= 48 * 60; i++) {
            before = -0.3 * before + sqrt(1 - 0.09) * rng_normal(&rng);
            patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START + i * MINUTE, (30 + 6 * before) / 100);
            patient_tick(&p, &p.host, START + i * MINUTE);
        }
        opens += p.opens;
        patient_done(&p);
    }
    assert_in_range(opens, 0, 2);
}

static void a_slow_swing_is_found_in_slow_samples(void **state)
{
    struct patient p;
    struct load calm = {.low = 20, .high = 20, .noise = 1, .step_ns = MINUTE}, swing = calm;
    int64_t now_ns = START;
    (void)state;

    rng_seed(&calm.rng, 1);
    swing.low = 5;
    swing.high = 85;
    swing.period_s = 240;
    rng_seed(&swing.rng, 2);
    patient_init(&p, &law_seizure);
    run(&p, &p.host, &calm, &now_ns, 2 * HOUR);
    assert_int_equal(p.opens, 0);
    run(&p, &p.host, &swing, &now_ns, 2 * HOUR);
    assert_int_equal(p.opens, 1);
    assert_true(p.opened.reading.scale_s >= 60);
    patient_done(&p);
}

/* 40 points up and down every 0.2 s all day long, and from `also_from_s` on 15 more every 1.6 s. */
static double two_scales(int64_t i, int64_t also_from_s)
{
    double x = 40 + (i % 4 < 2 ? 20 : -20);
    return i < 10 * also_from_s ? x : x + (i / 16 % 2 ? 15 : -15);
}

/* A scale that usually swings may not hide another that does not. */
static void a_habit_at_one_scale_does_not_hide_another(void **state)
{
    const int64_t new_s = 8 * 3600;
    struct patient p;
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_seizure);
    for (int64_t i = 1; i <= 10 * (new_s + 120); i++) {
        int64_t t_ns = START + i * SECOND / 10;
        patient_sample(
            &p, &p.host, METRIC_CPU_UTILIZATION, t_ns, (two_scales(i, new_s) + 0.5 * rng_normal(&rng)) / 100);
        if (i % 10 == 0)
            patient_tick(&p, &p.host, t_ns);
        /* The habit itself was a finding until it was learned. */
        if (i == 10 * new_s)
            assert_true(p.opens == 1 && p.closes == 1);
    }
    assert_int_equal(p.opens, 2);
    assert_true(p.opened.reading.scale_s > 0.7);
    patient_done(&p);
}

/* A spectrum needs even spacing: the steps of a hole are absent from the window, which says what the rest of
 * it shows. */
static void a_hole_of_seconds_is_left_out(void **state)
{
    struct patient p;
    struct load swing = fast(5, 95, 4), calm = fast(30, 30, 0);
    int64_t now_ns = START;
    (void)state;

    patient_init(&p, &law_seizure);
    run(&p, &p.host, &swing, &now_ns, 90 * SECOND);
    assert_int_equal(p.opens, 1);
    for (int i = 0; i < 20; i++) {
        now_ns += 1300 * (SECOND / 1000); /* not of the swing's period: its phase jumps */
        run(&p, &p.host, &swing, &now_ns, 14 * SECOND);
        assert_true(p.opinion.active);
    }
    assert_true(p.opens == 1 && p.closes == 0);
    patient_done(&p);

    patient_init(&p, &law_seizure);
    for (int i = 0; i < 60; i++) {
        run(&p, &p.host, &calm, &now_ns, (1 + i % 7) * SECOND);
        now_ns += (600 + 900 * (i % 11)) * (SECOND / 1000);
        assert_true(!p.opinion.active);
    }
    patient_done(&p);
}

/* Of a host that is starved now and then, a swing is found as on any other. */
static void a_swing_between_holes_is_found(void **state)
{
    struct patient p;
    struct load swing = fast(5, 95, 4);
    int64_t now_ns = START;
    (void)state;

    patient_init(&p, &law_seizure);
    for (int i = 0; i < 15 && !p.opens; i++) {
        run(&p, &p.host, &swing, &now_ns, 5 * SECOND);
        now_ns += 700 * (SECOND / 1000);
    }
    assert_int_equal(p.opens, 1);
    assert_true(now_ns - START < 60 * SECOND);
    patient_done(&p);
}

/* Of a quarter of its samples nothing is said, neither that all is well. */
static void a_window_of_holes_says_nothing(void **state)
{
    struct patient p;
    struct load calm = fast(30, 30, 0);
    int64_t now_ns = START;
    (void)state;

    patient_init(&p, &law_seizure);
    run(&p, &p.host, &calm, &now_ns, 30 * SECOND);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    for (int i = 0; i < 25; i++) {
        now_ns += 3 * SECOND;
        run(&p, &p.host, &calm, &now_ns, SECOND);
    }
    assert_int_equal(p.opinion.reading.state, LAW_WARMUP);
    assert_true(isnan(p.opinion.reading.value));
    patient_done(&p);
}

/* After a hole of more than a third of it the window starts anew. */
static void a_long_hole_starts_the_window_anew(void **state)
{
    struct patient p;
    struct load swing = fast(5, 95, 4);
    int64_t now_ns = START;
    (void)state;

    patient_init(&p, &law_seizure);
    run(&p, &p.host, &swing, &now_ns, 90 * SECOND);
    assert_int_equal(p.opens, 1);
    now_ns += 21 * SECOND;
    run(&p, &p.host, &swing, &now_ns, 15 * SECOND);
    assert_int_equal(p.opinion.reading.state, LAW_WARMUP);
    assert_int_equal(p.closes, 0);
    run(&p, &p.host, &swing, &now_ns, 30 * SECOND);
    assert_true(p.opinion.active && p.opens == 1 && p.closes == 0);
    patient_done(&p);
}

static void it_goes_stale_and_comes_back(void **state)
{
    struct patient p;
    struct load calm = fast(20, 20, 0);
    int64_t now_ns = START;
    (void)state;

    patient_init(&p, &law_seizure);
    run(&p, &p.host, &calm, &now_ns, MINUTE);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    patient_tick(&p, &p.host, now_ns + 9 * SECOND);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    patient_tick(&p, &p.host, now_ns + 10 * SECOND);
    assert_int_equal(p.opinion.reading.state, LAW_STALE);
    assert_true(isnan(p.opinion.reading.value));
    patient_done(&p);
}

/* Warm-up, then a verdict after a third of the window: twenty seconds. */
static void the_first_verdict_comes_after_twenty_seconds(void **state)
{
    struct patient p;
    struct load calm = fast(20, 20, 0);
    int64_t now_ns = START;
    (void)state;

    patient_init(&p, &law_seizure);
    run(&p, &p.host, &calm, &now_ns, 19 * SECOND);
    assert_int_equal(p.opinion.reading.state, LAW_WARMUP);
    run(&p, &p.host, &calm, &now_ns, 2 * SECOND);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    assert_true(p.opinion.reading.hi == 12 && p.opinion.reading.lo == 0);
    assert_string_equal(p.opinion.reading.unit, "%");
    patient_done(&p);
}

/* Idle means: judging would change nothing. */
static void what_is_idle_may_be_left_out(void **state)
{
    struct patient p;
    struct load calm = fast(20, 20, 0);
    int64_t now_ns = START;
    (void)state;

    patient_init(&p, &law_seizure);
    run(&p, &p.host, &calm, &now_ns, 30 * SECOND);
    struct cpu_watch before = *p.host.cpu;
    if (law_seizure.idle(&p.host, &p.settings, now_ns)) {
        patient_tick(&p, &p.host, now_ns);
        assert_memory_equal(&before, p.host.cpu, sizeof(before));
    }
    assert_false(law_seizure.idle(&p.host, &p.settings, now_ns + 10 * SECOND));
    patient_done(&p);
}

static void single_cpus_are_not_judged(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_seizure);
    assert_false(law_seizure.applies(&p.host));
    patient_sample(&p, &p.group, METRIC_CPU_UTILIZATION, START, 0.5);
    assert_true(law_seizure.applies(&p.group));
    p.group.kind = ENTITY_CPU;
    assert_false(law_seizure.applies(&p.group));
    patient_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cause_comes_from_evidence),
        cmocka_unit_test(the_nearer_cause_wins),
        cmocka_unit_test(the_own_pressure_counts_before_the_hosts),
        cmocka_unit_test(busy_forks_double_the_limit),
        cmocka_unit_test(the_own_baseline_replaces_the_fixed_limit),
        cmocka_unit_test(noise_that_doubles_about_its_mean_is_found),
        cmocka_unit_test(few_differences_prove_little),
        cmocka_unit_test(an_open_finding_freezes_the_baseline_for_six_hours),
        cmocka_unit_test(slow_noise_is_no_seizure),
        cmocka_unit_test(a_slow_swing_is_found_in_slow_samples),
        cmocka_unit_test(a_habit_at_one_scale_does_not_hide_another),
        cmocka_unit_test(a_hole_of_seconds_is_left_out),
        cmocka_unit_test(a_swing_between_holes_is_found),
        cmocka_unit_test(a_window_of_holes_says_nothing),
        cmocka_unit_test(a_long_hole_starts_the_window_anew),
        cmocka_unit_test(it_goes_stale_and_comes_back),
        cmocka_unit_test(the_first_verdict_comes_after_twenty_seconds),
        cmocka_unit_test(what_is_idle_may_be_left_out),
        cmocka_unit_test(single_cpus_are_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
