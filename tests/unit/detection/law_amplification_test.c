/* SPDX-License-Identifier: MIT
 * Intent amplification beyond what the engine's tests reach: the three tiers, small counts, bursts, counts
 * that are not cumulative, traffic that only goes out, and a source that changes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "patient.h"

static const enum metric_id in_of[] = {METRIC_REQUESTS_IN, METRIC_CONNECTIONS_IN, METRIC_PACKETS_RECEIVED};
static const enum metric_id out_of[] = {METRIC_REQUESTS_OUT, METRIC_CONNECTIONS_OUT, METRIC_PACKETS_SENT};
static const enum metric_id failed_of[] = {METRIC_REQUESTS_FAILED, METRIC_CONNECTIONS_FAILED};

/* One stretch of traffic: events a second in, out for each in, failed for each out (< 0: no source). */
struct traffic {
    double in, ratio, failed;
    unsigned batch;    /* requests come and fan out in batches of so many; 0: one by one */
    bool per_interval; /* counts since the last reading instead of totals */
};

struct counts {
    double in, out, failed;
};

static uint64_t batched(struct rng *rng, double mean, unsigned batch)
{
    return batch > 1 ? batch * rng_poisson(rng, mean / batch) : rng_poisson(rng, mean);
}

static void run(struct patient *p, enum traffic_tier tier, const struct traffic *t, struct counts *c,
    struct rng *rng, int from_s, int to_s)
{
    for (int s = from_s; s < to_s; s++) {
        int64_t t_ns = START + s * SECOND;
        double in = (double)rng_poisson(rng, t->in);
        double out = (double)batched(rng, in * t->ratio, t->batch);
        double failed = t->failed >= 0 ? (double)rng_poisson(rng, out * t->failed) : 0;
        if (t->per_interval)
            *c = (struct counts){in, out, failed};
        else
            *c = (struct counts){c->in + in, c->out + out, c->failed + failed};
        patient_sample(p, &p->host, in_of[tier], t_ns, c->in);
        patient_sample(p, &p->host, out_of[tier], t_ns, c->out);
        if (t->failed >= 0)
            patient_sample(p, &p->host, failed_of[tier], t_ns, c->failed);
        patient_tick(p, &p->host, t_ns);
    }
}

/* Eight minutes of one, four of the other. */
static void two_stretches(
    struct patient *p, enum traffic_tier tier, struct traffic first, struct traffic then, uint64_t seed)
{
    struct counts c = {0};
    struct rng rng;
    rng_seed(&rng, seed);
    patient_init(p, &law_amplification);
    run(p, tier, &first, &c, &rng, 1, 481);
    if (p->opens)
        fail_msg("before: %s", p->opened.text);
    run(p, tier, &then, &c, &rng, 481, 721);
}

static void connections_need_failures(void **state)
{
    struct patient p;
    (void)state;

    two_stretches(
        &p, TRAFFIC_CONNECTIONS, (struct traffic){100, 2, 0.001}, (struct traffic){100, 5, 0.001}, 1);
    assert_int_equal(p.opens, 0);
    assert_true(p.opinion.reading.value > 4.5);
    patient_done(&p);
    two_stretches(&p, TRAFFIC_CONNECTIONS, (struct traffic){100, 2, 0.001}, (struct traffic){100, 5, 0.2}, 1);
    assert_int_equal(p.opens, 1);
    assert_string_equal(p.opened.cause, "retry_storm");
    assert_int_equal(p.opened.confidence, CONFIDENCE_MEDIUM);
    assert_non_null(strstr(p.opened.text, " TCP connections go out for each that comes in"));
    patient_done(&p);
    /* Without a source of failures there is no such verdict either. */
    two_stretches(&p, TRAFFIC_CONNECTIONS, (struct traffic){100, 2, -1}, (struct traffic){100, 5, -1}, 1);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
}

/* One stretch from the first look on. */
static void cold_stretch(struct patient *p, enum traffic_tier tier, struct traffic t, int seconds)
{
    struct counts c = {1e6, 1e6, 1e4};
    struct rng rng;
    rng_seed(&rng, 1);
    patient_init(p, &law_amplification);
    run(p, tier, &t, &c, &rng, 1, seconds);
}

/* An on-call engineer starts the sentinel after the trouble began. */
static void a_storm_from_the_first_look_on_is_told_without_a_habit(void **state)
{
    struct patient p;
    struct counts c = {1e6, 1e6, 1e4};
    struct rng rng;
    (void)state;

    for (int tier = TRAFFIC_REQUESTS; tier <= TRAFFIC_CONNECTIONS; tier++) {
        cold_stretch(&p, (enum traffic_tier)tier, (struct traffic){25, 4, 0.7}, 60);
        assert_int_equal(p.opens, 1);
        assert_string_equal(p.opened.cause, "retry_storm");
        assert_int_equal(p.opened.confidence, CONFIDENCE_LOW);
        assert_true(isnan(p.opened.reading.expected) && p.opened.reading.hi == 1.5);
        assert_non_null(strstr(
            p.opened.text, " go out for each that comes in; no habit is known yet, the limit is 1.5; "));
        patient_done(&p);
    }
    /* A fan-out that works, retries that are few, failures without retries, clients alone, packets: who
     * knows. */
    static const struct traffic healthy[] = {
        {25, 5, 0.01}, {100, 1.3, 0.5}, {25, 1, 0.9}, {0.01, 4, 0.7}, {25, 5, -1}};
    for (size_t i = 0; i < sizeof(healthy) / sizeof(healthy[0]); i++) {
        cold_stretch(&p, TRAFFIC_CONNECTIONS, healthy[i], 119);
        assert_int_equal(p.opens, 0);
        patient_done(&p);
    }
    cold_stretch(&p, TRAFFIC_PACKETS, (struct traffic){1000, 4, -1}, 119);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    /* It stays while it lasts, and what comes after it is the habit. */
    rng_seed(&rng, 2);
    patient_init(&p, &law_amplification);
    run(&p, TRAFFIC_CONNECTIONS, &(struct traffic){25, 4, 0.7}, &c, &rng, 1, 600);
    assert_true(p.opens == 1 && p.closes == 0);
    run(&p, TRAFFIC_CONNECTIONS, &(struct traffic){25, 1, 0.001}, &c, &rng, 600, 1200);
    assert_true(p.opens == 1 && p.closes == 1);
    assert_true(fabs(p.opinion.reading.expected - 1) < 0.1);
    run(&p, TRAFFIC_CONNECTIONS, &(struct traffic){25, 4, 0.7}, &c, &rng, 1200, 1300);
    assert_int_equal(p.opens, 2);
    assert_int_equal(p.opened.confidence, CONFIDENCE_MEDIUM);
    patient_done(&p);
}

static void packets_need_half_as_much_again(void **state)
{
    struct patient p;
    (void)state;

    two_stretches(&p, TRAFFIC_PACKETS, (struct traffic){1000, 1, -1}, (struct traffic){1000, 1.4, -1}, 1);
    assert_int_equal(p.opens, 0);
    assert_true(p.opinion.reading.hi > 1.45 && p.opinion.reading.hi < 1.6);
    patient_done(&p);
    two_stretches(&p, TRAFFIC_PACKETS, (struct traffic){1000, 1, -1}, (struct traffic){1000, 1.7, -1}, 1);
    assert_int_equal(p.opens, 1);
    assert_int_equal(p.opened.confidence, CONFIDENCE_LOW);
    assert_string_equal(p.opened.cause, "unexplained");
    patient_done(&p);
}

static void requests_need_a_tenth(void **state)
{
    struct patient p;
    (void)state;

    two_stretches(&p, TRAFFIC_REQUESTS, (struct traffic){1000, 2, -1}, (struct traffic){1000, 2.1, -1}, 1);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    two_stretches(&p, TRAFFIC_REQUESTS, (struct traffic){1000, 2, -1}, (struct traffic){1000, 2.5, -1}, 1);
    assert_int_equal(p.opens, 1);
    assert_int_equal(p.opened.confidence, CONFIDENCE_MEDIUM);
    assert_true(fabs(p.opened.reading.expected - 2) < 0.05);
    assert_true(p.opened.reading.scale_s == 60);
    /* Two buckets in a row: the onset is where the first of them began. */
    assert_true(p.opened.t_ns <= START + 560 * SECOND);
    assert_true(llabs(p.opened.onset_ns - (START + 480 * SECOND)) <= 15 * SECOND);
    patient_done(&p);
}

/* Few requests cannot alarm, whatever their ratio does. */
static void small_counts_cannot_alarm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct patient p;
        two_stretches(
            &p, TRAFFIC_REQUESTS, (struct traffic){0.3, 2, 0.01}, (struct traffic){0.05, 8, 0.01}, seed);
        if (p.opens)
            fail_msg("seed %d: %s", (int)seed, p.opened.text);
        patient_done(&p);
    }
}

/* Ninety in a minute, however one-sided: still too few. */
static void fewer_than_a_hundred_say_nothing(void **state)
{
    struct patient p;
    double in = 0, out = 0;
    (void)state;

    patient_init(&p, &law_amplification);
    for (int s = 1; s <= 900; s++) {
        in += s % (s > 600 ? 20 : 1) == 0;
        out += s > 600 ? 1.4 : 2;
        patient_sample(&p, &p.host, METRIC_REQUESTS_IN, START + s * SECOND, in);
        patient_sample(&p, &p.host, METRIC_REQUESTS_OUT, START + s * SECOND, floor(out));
        patient_tick(&p, &p.host, START + s * SECOND);
        if (s > 670)
            assert_true(isnan(p.opinion.reading.value));
    }
    patient_done(&p);
}

/* Real requests fan out in batches: forty at once are one decision. The same ratio in single requests and in
 * batches is healthy; the overdispersion learned is near the batch. */
static void batches_are_no_storm(void **state)
{
    unsigned opens = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct patient p;
        struct traffic t = {20, 4, -1, .batch = 40};
        two_stretches(&p, TRAFFIC_REQUESTS, t, t, seed);
        opens += p.opens;
        double phi = ratio_baseline_phi(&p.host.traffic->usual);
        assert_true(phi > 3);
        patient_done(&p);
    }
    assert_int_equal(opens, 0);
}

/* Counts per interval and cumulative ones tell the same story. */
static void counts_per_interval_are_recognised(void **state)
{
    struct patient p;
    struct traffic calm = {100, 5, 0.002, .per_interval = true}, storm = {100, 9, 0.2, .per_interval = true};
    (void)state;

    two_stretches(&p, TRAFFIC_REQUESTS, calm, storm, 2);
    assert_int_equal(p.opens, 1);
    assert_string_equal(p.opened.cause, "retry_storm");
    assert_int_equal(p.opened.confidence, CONFIDENCE_HIGH);
    assert_true(fabs(p.opened.reading.expected - 5) < 0.3);
    patient_done(&p);
    calm.per_interval = storm.per_interval = false;
    two_stretches(&p, TRAFFIC_REQUESTS, calm, storm, 2);
    assert_int_equal(p.opens, 1);
    assert_true(fabs(p.opened.reading.expected - 5) < 0.1);
    patient_done(&p);
}

/* A counter that starts anew (a restart) gives nothing that once, and no storm. */
static void a_reset_is_no_storm(void **state)
{
    struct patient p;
    struct counts c = {0};
    struct traffic t = {100, 2, -1};
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_amplification);
    for (int k = 0; k < 6; k++) {
        run(&p, TRAFFIC_REQUESTS, &t, &c, &rng, 1 + k * 300, 1 + (k + 1) * 300);
        if (k % 2)
            c = (struct counts){0};
        else
            c.in = 0;
    }
    assert_int_equal(p.opens, 0);
    assert_true(fabs(p.opinion.reading.expected - 2) < 0.1);
    patient_done(&p);
}

/* What goes out while nothing comes in did so on its own; and it is said in words that make sense. */
static void nothing_in_and_much_out(void **state)
{
    struct patient p;
    (void)state;

    two_stretches(&p, TRAFFIC_REQUESTS, (struct traffic){100, 2, -1}, (struct traffic){100, 2, -1}, 1);
    struct traffic_watch *t = p.host.traffic;
    double in = t->in[0].total, out = t->out[0].total;
    for (int s = 721; s < 931; s++) {
        patient_sample(&p, &p.host, METRIC_REQUESTS_IN, START + s * SECOND, in);
        patient_sample(&p, &p.host, METRIC_REQUESTS_OUT, START + s * SECOND, out += s > 800 ? 300 : 0);
        patient_tick(&p, &p.host, START + s * SECOND);
    }
    assert_int_equal(p.opens, 1);
    assert_true(p.opinion.active && isnan(p.opinion.reading.value));
    assert_null(strstr(p.opened.text, "no data"));
    assert_non_null(
        strstr(p.opened.text, " requests went out in a minute in which none came in; usual is 2"));
    patient_done(&p);
}

/* At start it is silent about a ratio that it does not know. */
static void two_minutes_of_habit_first(void **state)
{
    struct patient p;
    struct counts c = {0};
    struct traffic t = {100, 2, -1};
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_amplification);
    run(&p, TRAFFIC_REQUESTS, &t, &c, &rng, 1, 121);
    assert_int_equal(p.opinion.reading.state, LAW_WARMUP);
    run(&p, TRAFFIC_REQUESTS, &t, &c, &rng, 121, 141);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    assert_true(fabs(p.opinion.reading.value - 2) < 0.2);
    assert_string_equal(p.opinion.reading.unit, "1");
    patient_tick(&p, &p.host, START + 151 * SECOND);
    assert_int_equal(p.opinion.reading.state, LAW_STALE);
    patient_done(&p);
}

/* One side alone is no ratio. */
static void one_side_is_unobservable(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_amplification);
    for (int s = 1; s <= 30; s++) {
        patient_sample(&p, &p.host, METRIC_REQUESTS_OUT, START + s * SECOND, 100 * s);
        patient_tick(&p, &p.host, START + s * SECOND);
    }
    assert_int_equal(p.opinion.reading.state, LAW_UNOBSERVABLE);
    patient_done(&p);
}

/* A better source that appears later has its own ratio: what was learned from packets says nothing of it. */
static void a_better_source_learns_anew(void **state)
{
    struct patient p;
    struct counts packets = {0}, requests = {0};
    struct traffic even = {500, 1, -1}, fans_out = {100, 5, -1};
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_amplification);
    run(&p, TRAFFIC_PACKETS, &even, &packets, &rng, 1, 601);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    run(&p, TRAFFIC_REQUESTS, &fans_out, &requests, &rng, 601, 1201);
    if (p.opens)
        fail_msg("%s", p.opened.text);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    assert_true(fabs(p.opinion.reading.expected - 5) < 0.2);
    patient_done(&p);
}

/* Requests of which one side is not counted do not blind the law to packets of which both are. */
static void half_a_better_source_does_not_blind(void **state)
{
    struct patient p;
    struct counts packets = {0};
    struct traffic even = {500, 1, -1}, storm = {500, 2, -1};
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_amplification);
    patient_sample(&p, &p.host, METRIC_REQUESTS_IN, START, 5);
    run(&p, TRAFFIC_PACKETS, &even, &packets, &rng, 1, 601);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    run(&p, TRAFFIC_PACKETS, &storm, &packets, &rng, 601, 801);
    assert_int_equal(p.opens, 1);
    patient_done(&p);
}

/* What is open is not learned, for six hours; then it is the new normal. */
static void a_storm_is_not_learned_while_it_is_open(void **state)
{
    struct patient p;
    struct counts c = {0};
    struct traffic calm = {100, 2, 0.001}, storm = {100, 6, 0.3};
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_amplification);
    run(&p, TRAFFIC_REQUESTS, &calm, &c, &rng, 1, 1201);
    run(&p, TRAFFIC_REQUESTS, &storm, &c, &rng, 1201, 1201 + 5 * 3600);
    assert_true(p.opens == 1 && p.closes == 0 && p.opinion.active);
    assert_true(fabs(p.opinion.reading.expected - 2) < 0.1);
    run(&p, TRAFFIC_REQUESTS, &calm, &c, &rng, 1201 + 5 * 3600, 1201 + 5 * 3600 + 240);
    assert_int_equal(p.closes, 1);
    patient_done(&p);
}

/* A service that calls one more service from now on is not ill for ever. */
static void a_new_ratio_becomes_normal(void **state)
{
    struct patient p;
    struct counts c = {0};
    struct traffic before = {100, 2, -1}, after = {100, 2.5, -1};
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_amplification);
    run(&p, TRAFFIC_REQUESTS, &before, &c, &rng, 1, 1201);
    run(&p, TRAFFIC_REQUESTS, &after, &c, &rng, 1201, 1201 + 6 * 3600);
    assert_true(p.opens == 1 && p.closes == 0 && p.opinion.active);
    run(&p, TRAFFIC_REQUESTS, &after, &c, &rng, 1201 + 6 * 3600, 1201 + 72 * 3600);
    assert_int_equal(p.opens, p.closes);
    assert_true(p.opinion.reading.expected > 2.2);
    patient_done(&p);
}

/* A release that fans out more, and fails no more than before, is the new normal after an hour. */
static void a_new_fan_out_without_failures_is_learned(void **state)
{
    struct patient p;
    struct counts c = {0};
    struct traffic before = {100, 2, 0.001}, after = {100, 3, 0.001}, storm = {100, 6, 0.3};
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_amplification);
    run(&p, TRAFFIC_REQUESTS, &before, &c, &rng, 1, 1801);
    run(&p, TRAFFIC_REQUESTS, &after, &c, &rng, 1801, 1801 + 3500);
    assert_true(p.opens == 1 && p.closes == 0);
    assert_string_equal(p.opened.cause, "unexplained");
    run(&p, TRAFFIC_REQUESTS, &after, &c, &rng, 1801 + 3500, 1801 + 4000);
    assert_int_equal(p.closes, 1);
    assert_true(fabs(p.opinion.reading.expected - 3) < 0.1);
    run(&p, TRAFFIC_REQUESTS, &after, &c, &rng, 1801 + 4000, 1801 + 9000);
    assert_int_equal(p.opens, 1);
    /* A storm is one still. */
    run(&p, TRAFFIC_REQUESTS, &storm, &c, &rng, 1801 + 9000, 1801 + 9200);
    assert_int_equal(p.opens, 2);
    assert_string_equal(p.opened.cause, "retry_storm");
    patient_done(&p);
}

/* A step of six percent is beyond every doubt at such counts, and no amplification: it is learned, so that
 * the next one is measured from there. */
static void small_steps_are_learned(void **state)
{
    struct patient p;
    struct counts c = {0};
    struct rng rng;
    (void)state;

    rng_seed(&rng, 1);
    patient_init(&p, &law_amplification);
    for (int hours = 0; hours < 96; hours++) {
        struct traffic t = {1000, hours < 2 ? 2 : hours < 48 ? 2.12 : 2.25, 0.001};
        run(&p, TRAFFIC_REQUESTS, &t, &c, &rng, 1 + hours * 3600, 1 + (hours + 1) * 3600);
        if (p.opens)
            fail_msg("after %d hours: %s", hours, p.opened.text);
    }
    assert_true(p.opinion.reading.expected > 2.15);
    patient_done(&p);
}

/* Ten to a hundred requests a minute: tripled, with failures, what is too few says nothing and what is not is
 * found; the same counts without a storm never are. */
static void storms_of_few_requests(void **state)
{
    static const double per_minute[] = {10, 30, 100};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        unsigned found = 0;
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct patient p;
            double in = per_minute[i] / 60;
            two_stretches(
                &p, TRAFFIC_REQUESTS, (struct traffic){in, 2, 0.01}, (struct traffic){in, 6, 0.4}, seed);
            found += p.opens > 0;
            patient_done(&p);
        }
        print_message("# %g a minute: %u of 20 found\n", per_minute[i], found);
        assert_true(i == 0 ? found == 0 : i == 2 ? found >= 18 : true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_need_failures),
        cmocka_unit_test(a_storm_from_the_first_look_on_is_told_without_a_habit),
        cmocka_unit_test(packets_need_half_as_much_again),
        cmocka_unit_test(requests_need_a_tenth),
        cmocka_unit_test(small_counts_cannot_alarm),
        cmocka_unit_test(fewer_than_a_hundred_say_nothing),
        cmocka_unit_test(batches_are_no_storm),
        cmocka_unit_test(counts_per_interval_are_recognised),
        cmocka_unit_test(a_reset_is_no_storm),
        cmocka_unit_test(nothing_in_and_much_out),
        cmocka_unit_test(two_minutes_of_habit_first),
        cmocka_unit_test(one_side_is_unobservable),
        cmocka_unit_test(a_better_source_learns_anew),
        cmocka_unit_test(half_a_better_source_does_not_blind),
        cmocka_unit_test(a_storm_is_not_learned_while_it_is_open),
        cmocka_unit_test(a_new_ratio_becomes_normal),
        cmocka_unit_test(a_new_fan_out_without_failures_is_learned),
        cmocka_unit_test(small_steps_are_learned),
        cmocka_unit_test(storms_of_few_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
