/* SPDX-License-Identifier: MIT
 * When a storm has outlived its trigger, minute by minute; and as a facet of the amplification law. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "patient.h"

#define USUAL 12000.0 /* in a minute */

struct story {
    struct metastability m;
    int minute, opened; /* opened: minute of the finding, 0: none */
};

static void minutes(struct story *s, int n, double in, bool amplified, double good)
{
    for (int i = 0; i < n; i++, s->minute++) {
        if (amplified && !s->opened)
            s->opened = s->minute;
        if (!amplified)
            s->opened = 0;
        struct metastability_window w = {.end_ns = START + s->minute * MINUTE,
            .in = in,
            .good_share = good,
            .usual_good = 0.999,
            .amplified = amplified,
            .finding_ns = s->opened ? START + s->opened * MINUTE : 0};
        metastability_take(&s->m, &w, true);
    }
}

static void a_storm_that_outlives_its_surge(void **state)
{
    struct story s = {.minute = 1};
    (void)state;

    minutes(&s, 30, USUAL, false, 0.999);
    minutes(&s, 2, 2.5 * USUAL, true, 0.3);
    minutes(&s, 4, USUAL, true, 0.3);
    assert_false(s.m.found);
    minutes(&s, 1, USUAL, true, 0.3);
    assert_true(s.m.found);
    /* It stays so through another surge, and ends with the storm. */
    minutes(&s, 2, 3 * USUAL, true, 0.3);
    assert_true(s.m.found);
    minutes(&s, 1, USUAL, false, 0.999);
    assert_false(s.m.found);
}

static void what_is_not_metastable(void **state)
{
    struct story s = {.minute = 1};
    (void)state;

    /* No trigger was seen: a dependency may be down. */
    minutes(&s, 30, USUAL, false, 0.999);
    minutes(&s, 60, USUAL, true, 0.3);
    assert_false(s.m.found);
    /* The surge goes on. */
    s = (struct story){.minute = 1};
    minutes(&s, 30, USUAL, false, 0.999);
    minutes(&s, 60, 2.5 * USUAL, true, 0.3);
    assert_false(s.m.found);
    /* Work gets done: more goes out, and it succeeds. */
    s = (struct story){.minute = 1};
    minutes(&s, 30, USUAL, false, 0.999);
    minutes(&s, 2, 2.5 * USUAL, true, 0.9);
    minutes(&s, 60, USUAL, true, 0.9);
    assert_false(s.m.found);
    /* Nobody counts failures. */
    s = (struct story){.minute = 1};
    minutes(&s, 30, USUAL, false, (double)NAN);
    minutes(&s, 2, 2.5 * USUAL, true, (double)NAN);
    minutes(&s, 60, USUAL, true, (double)NAN);
    assert_false(s.m.found);
    /* The surge was an hour before. */
    s = (struct story){.minute = 1};
    minutes(&s, 30, USUAL, false, 0.999);
    minutes(&s, 2, 2.5 * USUAL, false, 0.999);
    minutes(&s, 60, USUAL, false, 0.999);
    minutes(&s, 60, USUAL, true, 0.3);
    assert_false(s.m.found);
    /* A day's course is no surge. */
    s = (struct story){.minute = 1};
    for (int i = 0; i < 240; i++)
        minutes(&s, 1, USUAL * (1 + i / 240.0), false, 0.999);
    minutes(&s, 60, 2 * USUAL, true, 0.3);
    assert_int_equal(s.m.surge_ns, 0);
    assert_false(s.m.found);
}

/* What another law found on the entity, and is over, set it off as well. */
static void another_finding_may_be_the_trigger(void **state)
{
    struct metastability m = {0};
    (void)state;

    for (int i = 1; i <= 40; i++) {
        struct metastability_window w = {.end_ns = START + i * MINUTE,
            .in = USUAL,
            .good_share = i > 30 ? 0.2 : 1,
            .usual_good = 1,
            .amplified = i > 30,
            .finding_ns = i > 30 ? START + 31 * MINUTE : 0,
            .trigger_ns = i > 32 ? START + 32 * MINUTE : 0};
        metastability_take(&m, &w, true);
        assert_int_equal(m.found, i >= 37);
    }
}

/* One stretch of traffic, in seconds. */
struct flow {
    double in, out, failed; /* totals */
    int s;
};

static void flow(struct patient *p, struct flow *f, struct rng *r, int seconds, double in_per_s, double ratio,
    double failed)
{
    for (int end = f->s + seconds; f->s < end; f->s++) {
        double in = (double)rng_poisson(r, in_per_s), out = (double)rng_poisson(r, in * ratio);
        f->in += in;
        f->out += out;
        f->failed += (double)rng_poisson(r, out * failed);
        patient_sample(p, &p->host, METRIC_REQUESTS_IN, START + f->s * SECOND, f->in);
        patient_sample(p, &p->host, METRIC_REQUESTS_OUT, START + f->s * SECOND, f->out);
        patient_sample(p, &p->host, METRIC_REQUESTS_FAILED, START + f->s * SECOND, f->failed);
        patient_tick(p, &p->host, START + f->s * SECOND);
    }
}

static void the_law_says_it(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct patient p;
        struct flow f = {.s = 1};
        struct rng r;
        rng_seed(&r, seed);
        patient_init(&p, &law_amplification);
        flow(&p, &f, &r, 1200, 200, 2, 0.001);
        assert_int_equal(p.opens, 0);
        flow(&p, &f, &r, 120, 500, 6, 0.7);
        assert_int_equal(p.opens, 1);
        assert_string_equal(p.opened.cause, "retry_storm");
        flow(&p, &f, &r, 600, 200, 8, 0.8);
        assert_int_equal(p.opens, 2);
        assert_string_equal(p.opened.cause, "metastable_retry_storm");
        assert_true(p.opened.strength >= 0.95);
        assert_true(p.opened.t_ns <= START + (1320 + 7 * 60) * SECOND);
        assert_non_null(strstr(p.opened.text, "outlived what set it off"));
        flow(&p, &f, &r, 300, 200, 2, 0.001);
        assert_true(p.closes == 2 && !p.host.traffic->metastability.found);
        patient_done(&p);
    }
}

/* It never becomes the normal, however long it lasts. */
static void it_is_never_learned(void **state)
{
    struct patient p;
    struct flow f = {.s = 1};
    struct rng r;
    (void)state;

    rng_seed(&r, 1);
    patient_init(&p, &law_amplification);
    flow(&p, &f, &r, 1200, 200, 2, 0.001);
    flow(&p, &f, &r, 120, 500, 6, 0.7);
    flow(&p, &f, &r, 8 * 3600, 200, 8, 0.8);
    assert_true(p.opinion.active && fabs(p.opinion.reading.expected - 2) < 0.05);
    patient_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_that_outlives_its_surge),
        cmocka_unit_test(what_is_not_metastable),
        cmocka_unit_test(another_finding_may_be_the_trigger),
        cmocka_unit_test(the_law_says_it),
        cmocka_unit_test(it_is_never_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
