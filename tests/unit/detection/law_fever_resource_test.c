/* SPDX-License-Identifier: MIT
 * Resource fever of things other than memory: each row of the table, several at once, limits that come and
 * go.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "detection/resource.h"
#include "patient.h"

/* Use of a resource second by second: flat at a fifth of the limit for five minutes, then growing by a 600th
 * of it each second: from 0.2 to 1 takes 480 s. */
#define FLAT 300
static double course(double limit, int64_t s)
{
    double wobble = (double)(s * 7919 % 13) / 13; /* whole numbers are never quite level */
    return floor(limit * (0.2 + (s > FLAT ? (double)(s - FLAT) / 600 : 0)) + wobble);
}

static void step(struct patient *p, int id, double bound, int64_t s)
{
    const struct resource *r = &resource_table[id];
    patient_sample(p, &p->group, r->limit, START + s * SECOND, bound);
    patient_sample(p, &p->group, r->used, START + s * SECOND, course(bound, s));
}

static void tick(struct patient *p, int64_t s)
{
    patient_tick(p, &p->group, START + s * SECOND);
}

/* The end is known here: FLAT + 480 s. What is told on the way must hold it. */
static void each_resource_is_told_with_its_end(void **state)
{
    (void)state;
    for (int id = 0; id < RESOURCE_COUNT; id++) {
        const struct growth_words *words = &resource_table[id].words;
        double bound = words->bytes ? 40e9 : 32768;
        struct patient p;

        patient_init(&p, &law_fever);
        for (int64_t s = 1; s < FLAT + 240; s++) {
            step(&p, id, bound, s);
            tick(&p, s);
            if (s == FLAT)
                assert_int_equal(p.opens, 0);
        }
        assert_int_equal(p.opens, 1);
        double left_s = FLAT + 480 - (double)(p.opened.t_ns - START) * 1e-9;
        assert_true(p.opened.exhaustion_lo_s <= left_s && left_s <= p.opened.exhaustion_hi_s);
        assert_true(isfinite(p.opened.exhaustion_hi_s));
        assert_string_equal(p.opened.cause, words->cause);
        assert_string_equal(p.opened.reading.unit, words->unit);
        assert_true(patient_evidence(&p.opened, words->limit) == bound);
        assert_true(patient_evidence(&p.opened, words->used) >= course(bound, FLAT + 1));
        assert_true(patient_evidence(&p.opened, words->r2) > 0.8);
        assert_ptr_equal(strstr(p.opened.text, words->subject), p.opened.text);
        assert_non_null(strstr(p.opened.text, " in use; exhausted in "));
        assert_true(p.opened.onset_ns <= START + (FLAT + 60) * SECOND);
        patient_done(&p);
    }
}

/* Inodes that grow do not stop the telling of space that grows: what was told first speaks on. */
static void what_is_open_speaks_on(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int64_t s = 1; s < FLAT + 400; s++) {
        step(&p, RESOURCE_INODES, 1e6, s);
        step(&p, RESOURCE_SPACE, 1e9, s > 100 ? s - 100 : s);
        tick(&p, s);
    }
    assert_int_equal(p.opens, 1);
    assert_int_equal(p.closes, 0);
    assert_string_equal(p.opened.cause, "inode_fill");
    assert_int_equal(p.group.fever, FEVER_RESOURCE + RESOURCE_INODES);
    patient_done(&p);
}

/* Of two that begin together the one that ends sooner is told. */
static void the_nearer_end_is_told(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int64_t s = 1; s < FLAT + 400; s++) {
        int64_t t_ns = START + s * SECOND;
        double slow = s > FLAT ? (double)(s - FLAT) : 0;
        patient_sample(&p, &p.group, METRIC_TASKS_LIMIT, t_ns, 1e5);
        patient_sample(&p, &p.group, METRIC_TASKS, t_ns, floor(2e4 + 40 * slow));
        patient_sample(&p, &p.group, METRIC_SPACE_LIMIT, t_ns, 1e10);
        patient_sample(&p, &p.group, METRIC_SPACE, t_ns, 2e9 + 1e7 * slow);
        tick(&p, s);
    }
    assert_int_equal(p.opens, 1);
    assert_string_equal(p.opened.cause, "disk_fill");
    patient_done(&p);
}

/* Memory that grows is told as ever, whatever else the entity has. */
static void memory_that_grows_is_a_leak_still(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int64_t s = 1; s < FLAT + 200; s++) {
        int64_t t_ns = START + s * SECOND;
        patient_sample(&p, &p.group, METRIC_MEMORY_LIMIT, t_ns, 8e9);
        patient_sample(&p, &p.group, METRIC_MEMORY_USAGE, t_ns, course(8e9, s));
        patient_sample(&p, &p.group, METRIC_TASKS_LIMIT, t_ns, 1e4);
        patient_sample(&p, &p.group, METRIC_TASKS, t_ns, 400 + (double)(s % 3));
        tick(&p, s);
    }
    assert_int_equal(p.opens, 1);
    assert_string_equal(p.opened.cause, "leak");
    patient_done(&p);
}

/* A thing without a limit, or with none any more, has no end. */
static void without_a_limit_nothing_ends(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int64_t s = 1; s < FLAT + 400; s++) {
        int64_t t_ns = START + s * SECOND;
        patient_sample(&p, &p.group, METRIC_TASKS_LIMIT, t_ns, s < FLAT ? 1000 : 0);
        patient_sample(&p, &p.group, METRIC_TASKS, t_ns, course(1000, s));
        tick(&p, s);
    }
    assert_int_equal(p.opens, 0);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    assert_true(isnan(p.opinion.reading.hi));
    patient_done(&p);
}

/* Log files that are written and rotated: up by a tenth in five minutes, down at once, all day. */
static void rotated_logs_are_no_fever(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int64_t s = 10; s < 86400; s += 10) {
        int64_t t_ns = START + s * SECOND;
        patient_sample(&p, &p.group, METRIC_SPACE_LIMIT, t_ns, 100e9);
        patient_sample(&p, &p.group, METRIC_SPACE, t_ns, 40e9 + 10e9 * (double)(s % 3600) / 3600);
        tick(&p, s);
    }
    if (p.opens > 1)
        fail_msg("%u times, the last: %s", p.opens, p.opened.text);
    patient_done(&p);
}

/* What cannot be is not taken, and lateness is told of both metrics. */
static void impossible_and_late_samples(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    assert_true(patient_sample(&p, &p.group, METRIC_TASKS, START, -1));
    assert_true(p.group.unusable);
    assert_true(isnan(p.group.resources[RESOURCE_TASKS]->usage.used));
    assert_true(patient_sample(&p, &p.group, METRIC_TASKS, START, 10));
    assert_false(patient_sample(&p, &p.group, METRIC_TASKS, START, 11));
    assert_true(patient_sample(&p, &p.group, METRIC_TASKS_LIMIT, START, 100));
    assert_false(patient_sample(&p, &p.group, METRIC_TASKS_LIMIT, START - SECOND, 200));
    assert_true(p.group.resources[RESOURCE_TASKS]->usage.limit == 100);
    patient_done(&p);
}

/* Every metric of the table leads to its row, and no other does. */
static void metrics_lead_to_their_resource(void **state)
{
    int found = 0;
    (void)state;

    for (int m = 0; m < METRIC_KNOWN_COUNT; m++) {
        int id = resource_of((enum metric_id)m);
        if (id < 0)
            continue;
        found++;
        assert_true(
            resource_table[id].used == (enum metric_id)m || resource_table[id].limit == (enum metric_id)m);
    }
    assert_int_equal(found, 2 * RESOURCE_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_resource_is_told_with_its_end),
        cmocka_unit_test(what_is_open_speaks_on),
        cmocka_unit_test(the_nearer_end_is_told),
        cmocka_unit_test(memory_that_grows_is_a_leak_still),
        cmocka_unit_test(without_a_limit_nothing_ends),
        cmocka_unit_test(rotated_logs_are_no_fever),
        cmocka_unit_test(impossible_and_late_samples),
        cmocka_unit_test(metrics_lead_to_their_resource),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
