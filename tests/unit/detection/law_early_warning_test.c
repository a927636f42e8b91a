/* SPDX-License-Identifier: MIT
 * Early warning as a law: the CPU of a host whose memory grows, at 10 Hz and at 1 Hz, the failures of what
 * goes out, what is said, and what is left alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "patient.h"

/* CPU around 35 % whose disturbances are forgotten with `keep` from one step to the next. */
struct cpu {
    double keep, x;
};

static void run(struct patient *p, struct cpu *c, struct rng *r, int64_t from_ns, int64_t to_ns,
    int64_t step_ns, double to)
{
    double from = c->keep;
    for (int64_t t = from_ns; t < to_ns; t += step_ns) {
        c->keep = from + (to - from) * (double)(t - from_ns) / (double)(to_ns - from_ns);
        c->x = c->keep * c->x + 0.01 * rng_normal(r);
        patient_sample(p, &p->host, METRIC_CPU_UTILIZATION, t, 0.35 + c->x);
        if (t % SECOND == 0)
            patient_tick(p, &p->host, t);
    }
}

static void a_cpu_that_recovers_ever_more_slowly(void **state)
{
    struct patient p;
    struct cpu c = {0.3, 0};
    struct rng r;
    (void)state;

    rng_seed(&r, 1);
    patient_init(&p, &law_early_warning);
    run(&p, &c, &r, START, START + 600 * SECOND, SECOND, 0.3);
    assert_int_equal(p.opinion.reading.state, LAW_WARMUP);
    run(&p, &c, &r, START + 600 * SECOND, START + 6 * HOUR, SECOND, 0.3);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    assert_int_equal(p.opens, 0);
    run(&p, &c, &r, START + 6 * HOUR, START + 12 * HOUR, SECOND, 0.98);
    assert_true(p.opens >= 1);
    const struct finding *f = &p.opened;
    assert_int_equal(f->law, LAW_EARLY_WARNING);
    assert_string_equal(f->cause, "slowing_down");
    assert_true(f->confidence != CONFIDENCE_HIGH && !f->calibrated);
    assert_true(f->strength < 0.5);
    assert_true(f->t_ns < START + 11 * HOUR + 50 * MINUTE);
    assert_true(f->onset_ns > START + 4 * HOUR && f->onset_ns < f->t_ns - 15 * MINUTE);
    assert_true(f->reading.value > f->reading.hi && f->reading.value > f->reading.expected + 0.1);
    assert_true(f->reading.scale_s >= 960);
    assert_true(patient_evidence(f, "slowing.tau_lag1") >= SLOWING_TAU);
    assert_true(patient_evidence(f, "slowing.tau_variance") >= SLOWING_TAU);
    assert_non_null(strstr(f->text, "CPU recovers ever more slowly: over the last "));
    /* Silence is no evidence, and no recovery. */
    patient_tick(&p, &p.host, START + 12 * HOUR + MINUTE);
    assert_int_equal(p.opinion.reading.state, LAW_STALE);
    patient_done(&p);
}

/* Ten readings a second are one value: its step is what a second is. */
static void fast_readings_are_averaged(void **state)
{
    struct patient p;
    struct cpu c = {0.5, 0};
    struct rng r;
    (void)state;

    rng_seed(&r, 1);
    patient_init(&p, &law_early_warning);
    run(&p, &c, &r, START, START + 1100 * SECOND, SECOND / 10, 0.5);
    const struct warning_watch *k = p.host.warnings[WARNING_CPU];
    assert_true(fabs(k->step_s - 1) < 1e-9);
    assert_int_equal(k->slowing.scales[0].count, SLOWING_WINDOW);
    /* The mean of ten of them: 100 * 0.01 * sqrt(1 / 10) / (1 - 0.5) is 0.63 points. */
    struct slowing_view v;
    assert_int_equal(slowing_look(&k->slowing, 0, &v), 0);
    assert_true(v.deviation > 0.5 && v.deviation < 0.75);
    patient_done(&p);
}

/* Failures that come in ever longer waves, before they are many. */
static void failures_that_come_in_waves(void **state)
{
    struct patient p;
    struct rng r;
    double in = 0, out = 0, failed = 0, wave = 0;
    (void)state;

    rng_seed(&r, 3);
    patient_init(&p, &law_amplification); /* it cuts the traffic into buckets */
    for (int64_t s = 1; s <= 60 * 3600; s++) {
        double ill = s < 30 * 3600 ? 0 : (double)(s - 30 * 3600) / (30 * 3600);
        double keep = 0.3 + 0.69 * ill;
        wave = s % 5 ? wave : keep * wave + 0.004 * rng_normal(&r);
        double share = 0.02 + wave > 0 ? 0.02 + wave : 0;
        in += 500;
        out += 1000;
        failed += (double)rng_poisson(&r, 1000 * share);
        patient_sample(&p, &p.host, METRIC_REQUESTS_IN, START + s * SECOND, in);
        patient_sample(&p, &p.host, METRIC_REQUESTS_OUT, START + s * SECOND, out);
        patient_sample(&p, &p.host, METRIC_REQUESTS_FAILED, START + s * SECOND, failed);
        p.law = &law_amplification;
        patient_tick(&p, &p.host, START + s * SECOND);
        p.law = &law_early_warning;
        patient_tick(&p, &p.host, START + s * SECOND);
        if (s == 30 * 3600)
            assert_int_equal(p.opens, 0);
    }
    assert_true(p.opens >= 1);
    assert_non_null(
        strstr(p.opened.text, "the share of outgoing requests that fail recovers ever more slowly"));
    patient_done(&p);
}

/* In company of another law's finding it is worth more. */
static void company_makes_it_more_likely(void **state)
{
    struct patient p;
    struct cpu c = {0.3, 0};
    struct rng r;
    struct law_case other = {.open = true};
    enum confidence alone, together;
    (void)state;

    rng_seed(&r, 4);
    patient_init(&p, &law_early_warning);
    run(&p, &c, &r, START, START + 3 * HOUR, SECOND, 0.3);
    for (int64_t t = 3 * HOUR; p.opens == 0 && t < 9 * HOUR; t += MINUTE)
        run(&p, &c, &r, START + t, START + t + MINUTE, SECOND,
            0.3 + 0.68 * (double)(t - 3 * HOUR) / (double)(6 * HOUR));
    assert_int_equal(p.opens, 1);
    struct finding f = p.opened;
    law_early_warning.describe(&p.host, &p.settings, p.names, &f);
    alone = f.confidence;
    p.host.cases[LAW_FEVER] = &other;
    law_early_warning.describe(&p.host, &p.settings, p.names, &f);
    together = f.confidence;
    p.host.cases[LAW_FEVER] = NULL;
    assert_int_equal(alone, CONFIDENCE_LOW);
    assert_int_equal(together, CONFIDENCE_MEDIUM);
    patient_done(&p);
}

/* A hole in the readings is no disturbance: the block that it falls into is left out. */
static void a_hole_is_left_out(void **state)
{
    struct patient p;
    struct cpu c = {0.3, 0};
    struct rng r;
    (void)state;

    rng_seed(&r, 1);
    patient_init(&p, &law_early_warning);
    run(&p, &c, &r, START, START + 39 * SECOND, SECOND, 0.3);
    const struct slowing *s = &p.host.warnings[WARNING_CPU]->slowing;
    assert_true(s->n > 0);
    run(&p, &c, &r, START + 100 * SECOND, START + 101 * SECOND, SECOND, 0.3);
    assert_int_equal(s->n, 1);
    assert_int_equal(s->scales[0].count, 0);
    patient_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cpu_that_recovers_ever_more_slowly),
        cmocka_unit_test(fast_readings_are_averaged),
        cmocka_unit_test(failures_that_come_in_waves),
        cmocka_unit_test(company_makes_it_more_likely),
        cmocka_unit_test(a_hole_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
