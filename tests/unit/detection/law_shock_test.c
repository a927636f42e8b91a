/* SPDX-License-Identifier: MIT
 * System shock: from a series' own history to a finding, its words, its rarity, and when it is over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "patient.h"

/* A minute-level series of noise about 10, with a tick at every sample; `spike` is added at sample `at`. */
static void run(struct patient *p, struct rng *rng, int from, int to, int at, double spike)
{
    for (int i = from; i < to; i++) {
        int64_t t_ns = START + i * MINUTE;
        patient_series_sample(p, &p->group, t_ns, 10 + 0.5 * rng_normal(rng) + (i == at ? spike : 0));
        patient_tick(p, &p->group, t_ns);
    }
}

static void begin(struct patient *p, struct rng *rng)
{
    rng_seed(rng, 3);
    patient_init(p, &law_shock);
}

static void a_rare_sample_is_a_shock(void **state)
{
    struct patient p;
    struct rng rng;
    (void)state;

    begin(&p, &rng);
    run(&p, &rng, 0, 60 * 60, 3595, 60);
    assert_int_equal(p.opens, 1);
    const struct finding *f = &p.opened;
    assert_true(f->t_ns == START + 3595 * MINUTE && f->onset_ns == f->t_ns);
    assert_true(f->reading.value > 60 && f->reading.expected > 8 && f->reading.expected < 12);
    assert_true(f->reading.lo < f->reading.expected && f->reading.hi > f->reading.expected);
    assert_true(f->reading.value > f->reading.hi);
    assert_true(f->reading.scale_s == 60);
    assert_true(f->calibrated);
    assert_int_equal(f->confidence, CONFIDENCE_MEDIUM);
    /* Never rarer than once in a hundred times the 59 hours seen: 24 x 365.25 / 5900 a year. */
    assert_true(fabs(f->false_alarms_per_year - 24 * 365.25 / 5900) < 0.03);
    assert_true(patient_evidence(f, "surprise.score") > 20);
    assert_true(patient_evidence(f, "surprise.level") > log(24 * 30));
    assert_non_null(strstr(f->text, " usual deviations from the "));
    assert_memory_equal(f->text, "/g is ", 6);
    assert_true(f->strength > 0.3 && f->strength <= 1);
    patient_done(&p);
}

/* Sixty steps without another alarm, and it is over; alarms within them are the same event. */
static void it_is_one_event_for_an_hour(void **state)
{
    struct patient p;
    struct rng rng;
    (void)state;

    begin(&p, &rng);
    run(&p, &rng, 0, 3540, 3500, 60);
    assert_true(p.opens == 1 && p.closes == 0);
    run(&p, &rng, 3540, 3599, 3540, 200);
    assert_true(p.opens == 1 && p.closes == 0);
    run(&p, &rng, 3599, 3700, -1, 0);
    assert_true(p.opens == 1 && p.closes == 1);
    assert_true(p.closed.t_ns >= START + 3600 * MINUTE && p.closed.t_ns <= START + 3620 * MINUTE);
    patient_done(&p);
}

/* In the first hours nothing is rare enough, and what is said on the second day is not calibrated yet. */
static void young_series_are_careful(void **state)
{
    struct patient p;
    struct rng rng;
    (void)state;

    begin(&p, &rng);
    run(&p, &rng, 0, 59, 50, 1e6);
    assert_int_equal(p.opens, 0);
    assert_int_equal(p.opinion.reading.state, LAW_WARMUP);
    patient_done(&p);

    begin(&p, &rng);
    run(&p, &rng, 0, 30 * 60, 29 * 60 + 30, 300);
    assert_int_equal(p.opens, 1);
    assert_false(p.opened.calibrated);
    assert_int_equal(p.opened.confidence, CONFIDENCE_LOW);
    patient_done(&p);
}

static void ordinary_days_are_quiet(void **state)
{
    unsigned opens = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct patient p;
        struct rng rng;
        rng_seed(&rng, seed);
        patient_init(&p, &law_shock);
        run(&p, &rng, 0, 10 * 24 * 60, -1, 0);
        opens += p.opens;
        patient_done(&p);
    }
    /* 200 days at one in thirty: about seven are allowed. */
    assert_in_range(opens, 0, 20);
}

static void silence_is_stale(void **state)
{
    struct patient p;
    struct rng rng;
    (void)state;

    begin(&p, &rng);
    run(&p, &rng, 0, 100, -1, 0);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    patient_tick(&p, &p.group, START + 99 * MINUTE + 600 * SECOND);
    assert_int_equal(p.opinion.reading.state, LAW_STALE);
    patient_done(&p);
}

/* Several samples between two ticks: the one that shocked is told, not the one that came last. */
static void the_worst_sample_of_a_tick_is_told(void **state)
{
    struct patient p;
    struct rng rng;
    (void)state;

    begin(&p, &rng);
    run(&p, &rng, 0, 3600, -1, 0);
    for (int i = 0; i < 20; i++)
        patient_series_sample(&p, &p.group, START + (3600 + i) * MINUTE, i == 7 ? 90 : i == 9 ? 70 : 10);
    patient_tick(&p, &p.group, START + 3620 * MINUTE);
    assert_int_equal(p.opens, 1);
    assert_true(p.opened.reading.value == 90);
    assert_true(p.opened.onset_ns == START + 3607 * MINUTE && p.opened.t_ns == START + 3620 * MINUTE);
    patient_done(&p);
}

/* Ten days of minutes that come and go between three values; near the end of the eighth day the value is
 * `first`, a day later `second`. Returns the findings. */
static unsigned shocks_of_two_spikes(struct patient *p, double first, double second)
{
    for (int i = 0; i < 10 * 1440; i++) {
        int64_t t_ns = START + i * MINUTE;
        double usual = 10 + i % 3;
        double x = i == 8 * 1440 - 60 ? first : i == 9 * 1440 - 60 ? second : usual;
        patient_series_sample(p, &p->group, t_ns, x);
        patient_tick(p, &p->group, t_ns);
    }
    return p->opens;
}

/* With a memory of its past a series is shocked by what is new; without one also by what comes again. */
static void with_a_memory_what_comes_again_is_no_shock(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_shock);
    assert_int_equal(shocks_of_two_spikes(&p, 20, 20), 2);
    assert_true(isnan(patient_evidence(&p.opened, "surprise.novelty")));
    assert_null(strstr(p.opened.text, "remembered"));
    patient_done(&p);

    patient_init(&p, &law_shock);
    p.settings.memory_per_series_bytes = 32768;
    assert_int_equal(shocks_of_two_spikes(&p, 20, 20), 1);
    assert_true(p.opened.t_ns == START + (8 * 1440 - 60) * MINUTE);
    assert_true(patient_evidence(&p.opened, "surprise.novelty") > 1);
    assert_true(patient_evidence(&p.opened, "surprise.level") > log(24 * 30));
    assert_non_null(strstr(p.opened.text, " usual deviations from everything remembered, "));
    assert_true(isnan(p.opened.reading.lo) && isnan(p.opened.reading.hi));
    patient_done(&p);

    patient_init(&p, &law_shock);
    p.settings.memory_per_series_bytes = 32768;
    assert_int_equal(shocks_of_two_spikes(&p, 20, 2), 2);
    patient_done(&p);
}

/* Too little for a memory is none; so is a second series on the host. */
static void a_memory_is_for_lone_series_with_room_for_it(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_shock);
    p.settings.memory_per_series_bytes = NOVELTY_BYTES_MIN - 1;
    assert_int_equal(shocks_of_two_spikes(&p, 20, 20), 2);
    assert_null(p.group.novelty);
    patient_done(&p);

    patient_init(&p, &law_shock);
    p.settings.memory_per_series_bytes = NOVELTY_BYTES_MIN;
    p.share.series = 2;
    patient_series_sample(&p, &p.group, START, 1);
    assert_non_null(p.group.novelty);
    assert_int_equal(p.group.novelty->value.places, 0);
    p.share.series = 1;
    patient_series_sample(&p, &p.group, START + MINUTE, 1);
    assert_int_equal(p.group.novelty->value.places, 1);
    patient_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rare_sample_is_a_shock),
        cmocka_unit_test(it_is_one_event_for_an_hour),
        cmocka_unit_test(young_series_are_careful),
        cmocka_unit_test(ordinary_days_are_quiet),
        cmocka_unit_test(silence_is_stale),
        cmocka_unit_test(the_worst_sample_of_a_tick_is_told),
        cmocka_unit_test(with_a_memory_what_comes_again_is_no_shock),
        cmocka_unit_test(a_memory_is_for_lone_series_with_room_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
