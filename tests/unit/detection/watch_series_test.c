/* SPDX-License-Identifier: MIT
 * The surprise of what the laws know: which quantities have one, and what value of theirs is judged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/rng.h"
#include "patient.h"

#define TENTH (SECOND / 10)

static struct quantity *of(struct watch *w, enum metric_id metric)
{
    return watch_quantity(w, metric);
}

static void limits_single_cpus_and_processes_have_none(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_shock);
    patient_sample(&p, &p.host, METRIC_MEMORY_USAGE, START, 1e9);
    patient_sample(&p, &p.host, METRIC_MEMORY_LIMIT, START, 8e9);
    assert_non_null(of(&p.host, METRIC_MEMORY_USAGE));
    assert_null(of(&p.host, METRIC_MEMORY_LIMIT));
    assert_int_equal(watch_surprises(&p.host), 1);
    p.group.kind = ENTITY_CPU;
    patient_sample(&p, &p.group, METRIC_CPU_UTILIZATION, START, 0.5);
    p.group.kind = ENTITY_PROCESS;
    patient_sample(&p, &p.group, METRIC_MEMORY_USAGE, START, 1e9);
    assert_int_equal(watch_surprises(&p.group), 0);
    assert_null(watch_most_surprising(&p.group).surprise);
    patient_done(&p);
}

/* Ten readings a second are one value, their mean; one a second is a value itself. */
static void fast_readings_of_a_level_become_one(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_shock);
    patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START, 0.25);
    struct quantity *q = of(&p.host, METRIC_CPU_UTILIZATION);
    assert_true(q->shock.value == 0.25 && q->shock.t_ns == START);
    for (int i = 1; i < 8; i++)
        patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START + i * TENTH, 0.125 * i);
    assert_int_equal(q->surprise.count, 1);
    watch_rest(&p.host);
    patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START + 8 * TENTH, 1);
    assert_int_equal(q->surprise.count, 2);
    assert_true(q->shock.value == (0.125 * 28 + 1) / 8);
    for (int i = 1; i < 5; i++) {
        watch_rest(&p.host);
        patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START + (10 + i) * SECOND, 0.5 * i);
        assert_true(q->shock.value == 0.5 * i);
    }
    patient_done(&p);
}

static void a_counter_is_judged_as_its_rate(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_shock);
    patient_sample(&p, &p.host, METRIC_FORKS, START, 1000);
    struct quantity *q = of(&p.host, METRIC_FORKS);
    assert_int_equal(q->surprise.count, 0);
    patient_sample(&p, &p.host, METRIC_FORKS, START + 2 * SECOND, 1030);
    assert_true(q->surprise.count == 1 && q->shock.value == 15);
    /* It starts anew: no rate this once, and none that is negative. */
    watch_rest(&p.host);
    patient_sample(&p, &p.host, METRIC_FORKS, START + 3 * SECOND, 4);
    assert_int_equal(q->surprise.count, 1);
    patient_sample(&p, &p.host, METRIC_FORKS, START + 4 * SECOND, 10);
    assert_true(q->surprise.count == 2 && q->shock.value == 6);
    patient_done(&p);
}

/* Requests may come as a total or as what each interval had: the second is known by its falling all the time.
 */
static void a_count_per_interval_is_divided_by_its_interval(void **state)
{
    static const double counted[] = {30, 20, 40, 10, 50, 20, 60, 10, 30, 20, 40, 30, 50, 20};
    struct patient p;
    (void)state;

    patient_init(&p, &law_shock);
    for (int i = 0; i < 14; i++) {
        watch_rest(&p.host);
        patient_sample(&p, &p.host, METRIC_REQUESTS_IN, START + i * 10 * SECOND, counted[i]);
    }
    struct quantity *q = of(&p.host, METRIC_REQUESTS_IN);
    assert_true(q->per_interval && q->shock.value == 2);
    patient_done(&p);
}

/* A host of which only the CPU is known has the shock law for it, at its own level. */
static void the_only_quantity_of_a_host_is_judged_alone(void **state)
{
    struct patient p;
    struct rng rng;
    (void)state;

    patient_init(&p, &law_shock);
    p.share.series = 1;
    rng_seed(&rng, 5);
    for (int i = 0; i < 3600; i++) {
        double x = 0.2 + 0.01 * rng_normal(&rng) + (i == 3590 ? 0.75 : 0);
        patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START + i * MINUTE, x);
        patient_tick(&p, &p.host, START + i * MINUTE);
    }
    assert_int_equal(p.opens, 1);
    assert_true(p.opened.onset_ns == START + 3590 * MINUTE);
    assert_non_null(strstr(p.opened.text, "system.cpu.utilization is 9"));
    assert_non_null(strstr(p.opened.text, " %, "));
    /* In company it is the host's matter. */
    p.share.series = 2;
    for (int i = 3600; i < 3700; i++) {
        patient_sample(&p, &p.host, METRIC_CPU_UTILIZATION, START + i * MINUTE, i == 3690 ? 0.9 : 0.2);
        patient_tick(&p, &p.host, START + i * MINUTE);
    }
    assert_true(p.opens == 1 && p.closes == 1);
    patient_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_single_cpus_and_processes_have_none),
        cmocka_unit_test(fast_readings_of_a_level_become_one),
        cmocka_unit_test(a_counter_is_judged_as_its_rate),
        cmocka_unit_test(a_count_per_interval_is_divided_by_its_interval),
        cmocka_unit_test(the_only_quantity_of_a_host_is_judged_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
