/* SPDX-License-Identifier: MIT
 * Time under watch, worked out by hand from a few rows. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdict/coverage.h"

#define MINUTE INT64_C(60000000000)

static void rows(struct coverage *c, int from, int to, int step)
{
    for (int m = from; m <= to; m += step)
        assert_true(coverage_row(c, m * MINUTE) >= 0);
}

static void counts_what_is_between_rows(void **state)
{
    struct coverage c;
    (void)state;
    assert_int_equal(coverage_init(&c, NULL, 0), 0);
    rows(&c, 0, 100, 1);
    coverage_finish(&c);
    assert_int_equal(c.rows, 101);
    assert_int_equal(c.usual_ns, MINUTE);
    assert_int_equal(c.span_count, 1);
    assert_int_equal(coverage_time(&c, 0, 100 * MINUTE), 100 * MINUTE);
    assert_int_equal(coverage_time(&c, 10 * MINUTE, 15 * MINUTE), 5 * MINUTE);
    assert_int_equal(coverage_time(&c, -50 * MINUTE, 15 * MINUTE), 15 * MINUTE);
    assert_int_equal(coverage_time(&c, 200 * MINUTE, 300 * MINUTE), 0);
    coverage_done(&c);
}

static void leaves_holes_out(void **state)
{
    struct coverage c;
    (void)state;
    assert_int_equal(coverage_init(&c, NULL, 0), 0);
    rows(&c, 0, 50, 1);
    rows(&c, 60, 100, 1);  /* ten steps: no hole yet */
    rows(&c, 111, 150, 1); /* eleven: a hole */
    coverage_finish(&c);
    assert_int_equal(c.span_count, 2);
    assert_int_equal(coverage_time(&c, 0, 150 * MINUTE), (100 + 39) * MINUTE);
    assert_int_equal(coverage_time(&c, 90 * MINUTE, 120 * MINUTE), (10 + 9) * MINUTE);
    coverage_done(&c);
}

/* What looked like holes while the first rows came every second was the usual step of the rest. */
static void learns_the_usual_step_late(void **state)
{
    struct coverage c;
    (void)state;
    assert_int_equal(coverage_init(&c, NULL, 0), 0);
    for (int s = 0; s < 5; s++)
        assert_true(coverage_row(&c, s * INT64_C(1000000000)) >= 0);
    rows(&c, 1, 100, 1);
    coverage_finish(&c);
    assert_int_equal(c.usual_ns, MINUTE);
    assert_int_equal(c.span_count, 1);
    assert_int_equal(coverage_time(&c, 0, 100 * MINUTE), 100 * MINUTE);
    coverage_done(&c);
}

static void knows_the_rows_beside_a_moment(void **state)
{
    const int64_t marks[] = {200 * MINUTE, 30 * MINUTE, 30 * MINUTE + 1, -MINUTE, 30 * MINUTE};
    struct coverage c;
    (void)state;
    assert_int_equal(coverage_init(&c, marks, 5), 0);
    assert_int_equal(c.mark_count, 4);
    rows(&c, 0, 100, 10);
    assert_int_equal(coverage_row(&c, 95 * MINUTE), 0); /* late: left out */
    coverage_finish(&c);
    assert_int_equal(c.rows, 11);
    const struct coverage_mark *m = coverage_mark_at(&c, 30 * MINUTE);
    assert_int_equal(m->before_ns, 20 * MINUTE);
    assert_int_equal(m->upto_ns, 30 * MINUTE);
    m = coverage_mark_at(&c, 30 * MINUTE + 1);
    assert_int_equal(m->before_ns, 30 * MINUTE);
    assert_int_equal(m->upto_ns, 30 * MINUTE);
    m = coverage_mark_at(&c, -MINUTE);
    assert_true(m->before_ns == INT64_MIN && m->upto_ns == INT64_MIN);
    m = coverage_mark_at(&c, 200 * MINUTE);
    assert_int_equal(m->before_ns, 100 * MINUTE);
    assert_int_equal(m->upto_ns, 100 * MINUTE);
    coverage_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_is_between_rows),
        cmocka_unit_test(leaves_holes_out),
        cmocka_unit_test(learns_the_usual_step_late),
        cmocka_unit_test(knows_the_rows_beside_a_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
