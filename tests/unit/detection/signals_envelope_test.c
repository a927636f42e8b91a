/* SPDX-License-Identifier: MIT
 * detection/envelope.h against minima and maxima taken from whole arrays. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "detection/envelope.h"
#include "detection/signals_data.h"

#define SECOND 1000000000LL

static void equals_arrays(void **state)
{
    static double x[1000];
    struct envelope e;
    double low[ENVELOPE_BLOCKS], high[ENVELOPE_BLOCKS];
    (void)state;

    signals_fill_walk(x, 1000, 91);
    envelope_init(&e, 10 * SECOND);
    uint32_t closed = 0;
    for (size_t i = 0; i < 1000; i++)
        closed += envelope_push(&e, (int64_t)i * SECOND, x[i]);
    assert_int_equal(closed, 99); /* the last is open */
    assert_int_equal(envelope_minima(&e, ENVELOPE_BLOCKS, low), 0);
    assert_int_equal(envelope_maxima(&e, ENVELOPE_BLOCKS, high), 0);
    double record = -(double)INFINITY, recent = -(double)INFINITY;
    for (size_t b = 0; b < 99; b++) {
        double least = (double)INFINITY, most = -(double)INFINITY;
        for (size_t i = 10 * b; i < 10 * b + 10; i++) {
            least = fmin(least, x[i]);
            most = fmax(most, x[i]);
        }
        if (b >= 99 - ENVELOPE_BLOCKS) {
            assert_true(low[b - (99 - ENVELOPE_BLOCKS)] == least);
            assert_true(high[b - (99 - ENVELOPE_BLOCKS)] == most);
        }
        if (b < 99 - 4)
            record = fmax(record, least);
    }
    for (size_t i = 970; i < 1000; i++)
        recent = fmax(recent, x[i]);
    assert_true(envelope_earlier_record(&e, 4) == record);
    assert_true(envelope_recent_max(&e, 2) == recent);
}

static void absent_blocks_and_late_values(void **state)
{
    struct envelope e;
    double low[ENVELOPE_BLOCKS];
    (void)state;

    envelope_init(&e, SECOND);
    assert_true(isnan(envelope_recent_max(&e, 2)));
    assert_true(isnan(envelope_earlier_record(&e, 0)));
    assert_int_equal(envelope_minima(&e, 1, low), -ENODATA);
    assert_int_equal(envelope_push(&e, 5 * SECOND + 1, 7), 0);
    assert_int_equal(envelope_push(&e, 5 * SECOND + 2, (double)NAN), 0);
    assert_int_equal(envelope_push(&e, 8 * SECOND, 9), 3);
    assert_int_equal(envelope_push(&e, 7 * SECOND, 1), 0); /* its block is closed */
    assert_int_equal(envelope_push(&e, 8 * SECOND + 5, 3), 0);
    assert_int_equal(envelope_push(&e, 9 * SECOND, 4), 1);
    assert_int_equal(envelope_minima(&e, 4, low), 0);
    assert_true(low[0] == 7 && isnan(low[1]) && isnan(low[2]) && low[3] == 3);
    assert_true(envelope_recent_max(&e, 1) == 9);
    assert_true(envelope_earlier_record(&e, 1) == 7);
    assert_int_equal(envelope_push(&e, 1000 * SECOND, 1), ENVELOPE_BLOCKS); /* a long silence */
    assert_int_equal(envelope_minima(&e, ENVELOPE_BLOCKS, low), 0);
    for (size_t i = 0; i < ENVELOPE_BLOCKS; i++)
        assert_true(isnan(low[i]));
    assert_true(envelope_earlier_record(&e, 4) == 7);
    assert_true(envelope_recent_max(&e, ENVELOPE_BLOCKS) == 1);
}

static void times_before_the_epoch(void **state)
{
    struct envelope e;
    double low[2];
    (void)state;

    envelope_init(&e, SECOND);
    assert_int_equal(envelope_push(&e, -SECOND - 1, 1), 0);
    assert_int_equal(envelope_push(&e, -SECOND, 2), 1);
    assert_int_equal(envelope_push(&e, -1, 3), 0);
    assert_int_equal(envelope_push(&e, 0, 4), 1);
    assert_int_equal(envelope_minima(&e, 2, low), 0);
    assert_true(low[0] == 1 && low[1] == 2);
    envelope_init(&e, 1);
    envelope_push(&e, INT64_MIN, 1);
    assert_int_equal(envelope_push(&e, INT64_MAX, 2), ENVELOPE_BLOCKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_arrays),
        cmocka_unit_test(absent_blocks_and_late_values),
        cmocka_unit_test(times_before_the_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
