/* SPDX-License-Identifier: MIT
 * detection/ratio.h and normal.h against scipy, and properties. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "detection/normal.h"
#include "detection/ratio.h"
#include "detection/signals_data.h"
#include "detection/signals_expected.h"

static void normal_equals_scipy(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof expected_log_tail / sizeof expected_log_tail[0]; i++) {
        assert_near(normal_log_tail(expected_log_tail[i][0]), expected_log_tail[i][1], 1e-11);
        assert_near(normal_tail(expected_log_tail[i][0]), exp(expected_log_tail[i][1]), 1e-10);
    }
    for (size_t i = 0; i < sizeof expected_log_gamma / sizeof expected_log_gamma[0]; i++)
        assert_true(fabs(normal_log_gamma(expected_log_gamma[i][0]) - expected_log_gamma[i][1]) <=
                    1e-13 * fmax(1, fabs(expected_log_gamma[i][1])));
    assert_true(isinf(normal_log_tail((double)INFINITY)) && normal_log_tail((double)INFINITY) < 0);
    assert_true(normal_log_tail(-(double)INFINITY) == 0);
    assert_true(isnan(normal_log_tail((double)NAN)));
    assert_true(
        isnan(normal_log_gamma(0)) && isnan(normal_log_gamma(-1)) && isnan(normal_log_gamma((double)NAN)));
}

static void normal_tail_never_rises(void **state)
{
    double before = 0;
    (void)state;

    for (int i = -4000; i <= 4000; i++) {
        double now = normal_log_tail(i / 100.0);
        assert_true(now <= before);
        before = now;
    }
}

static void equals_scipy(void **state)
{
    struct ratio_test t;
    (void)state;

    for (size_t i = 0; i < sizeof expected_ratio / sizeof expected_ratio[0]; i++) {
        const double *e = expected_ratio[i];
        double m = e[0] + e[1], p = e[2] / (1 + e[2]);
        assert_int_equal(ratio_test(e[0], e[1], e[2], 1, &t), 0);
        assert_near(t.log_p, e[3], m <= RATIO_EXACT_COUNT ? 1e-10 : 1e-4);
        assert_near(t.z, (e[1] - m * p) / sqrt(m * p * (1 - p)), 1e-12);
    }
}

static void few_requests_cannot_alarm(void **state)
{
    struct ratio_test t;
    (void)state;

    assert_int_equal(ratio_test(0, 3, 1, 1, &t), 0); /* ratio infinite, p = 1/8 */
    assert_near(t.log_p, log(0.125), 1e-12);
    assert_true(isnan(t.ratio));
    assert_int_equal(ratio_test(0, 300, 1, 100, &t), 0); /* three batches of a hundred */
    assert_near(t.log_p, log(0.125), 1e-12);
    assert_near(t.z, sqrt(3), 1e-12);
    assert_int_equal(ratio_test(100, 500, 5, 1, &t), 0); /* a healthy fan-out */
    assert_near(t.z, 0, 1e-12);
    assert_true(t.ratio == 5 && t.expected == 5 && t.log_p > -1);
    assert_int_equal(ratio_test(9, 0, 1, 1, &t), 0);
    assert_true(t.log_p == 0 && t.ratio == 0);
}

/* More out for the same in is never less surprising, across the border between the exact and the saddle-point
 * form too. */
static void surprise_grows_with_out(void **state)
{
    static const double in[] = {0.5, 3, 60, 460, 499, 700, 1e5, 1e9}, rho[] = {0.01, 1, 7};
    (void)state;

    for (size_t i = 0; i < 8; i++) {
        for (size_t r = 0; r < 3; r++) {
            double before = 0;
            for (int step = -30; step < 400; step++) {
                struct ratio_test t;
                double out = in[i] * rho[r] + step * 0.1 * sqrt(in[i] * rho[r] * (1 + rho[r]));
                if (out < 0)
                    continue;
                assert_int_equal(ratio_test(in[i], out, rho[r], 1, &t), 0);
                assert_true(t.log_p <= before * (1 - 3e-4) + 1e-9);
                before = t.log_p;
            }
            assert_true(in[i] < 1 || before < -20);
        }
    }
}

static void refuses_nonsense(void **state)
{
    struct ratio_test t = {.z = 123};
    (void)state;

    assert_int_equal(ratio_test(0, 0, 1, 1, &t), -ENODATA);
    assert_int_equal(ratio_test(-1, 5, 1, 1, &t), -EINVAL);
    assert_int_equal(ratio_test(1, (double)NAN, 1, 1, &t), -EINVAL);
    assert_int_equal(ratio_test(1, (double)INFINITY, 1, 1, &t), -EINVAL);
    assert_int_equal(ratio_test(1, 1, 0, 1, &t), -EINVAL);
    assert_int_equal(ratio_test(1, 1, 1, 0.5, &t), -EINVAL);
    assert_int_equal(ratio_test(1, 1, (double)NAN, 1, &t), -EINVAL);
    assert_true(t.z == 123);
}

/* Counts that come in batches of b have b times the variance; without batches there is none too much. */
static void baseline_learns_ratio_and_burstiness(void **state)
{
    static const double batch[] = {1, 10};
    (void)state;

    for (size_t k = 0; k < 2; k++) {
        struct ratio_baseline b;
        uint64_t seed = 81;

        ratio_baseline_init(&b, 500);
        assert_true(isnan(ratio_baseline_ratio(&b)));
        assert_true(ratio_baseline_phi(&b) == 1);
        for (int window = 0; window < 5000; window++) {
            double in = 0, out = 0;
            for (int i = 0; i < 60; i++) { /* each of 60 batches goes in or, three times in four, out */
                if (signals_uniform(&seed) < 0.25)
                    in += batch[k];
                else
                    out += batch[k];
            }
            ratio_baseline_push(&b, in, out);
            ratio_baseline_push(&b, 0, 0);
            ratio_baseline_push(&b, (double)NAN, 1);
        }
        assert_near(ratio_baseline_ratio(&b), 3, 0.05);
        assert_near(ratio_baseline_phi(&b), batch[k], 0.15);
    }
}

static void one_storm_buys_no_tolerance(void **state)
{
    struct ratio_baseline b;
    (void)state;

    ratio_baseline_init(&b, 100);
    for (int i = 0; i < 200; i++)
        ratio_baseline_push(&b, 100, 100 + i % 3);
    ratio_baseline_push(&b, 10, 100000);
    assert_true(ratio_baseline_phi(&b) < 1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_equals_scipy),
        cmocka_unit_test(normal_tail_never_rises),
        cmocka_unit_test(equals_scipy),
        cmocka_unit_test(few_requests_cannot_alarm),
        cmocka_unit_test(surprise_grows_with_out),
        cmocka_unit_test(refuses_nonsense),
        cmocka_unit_test(baseline_learns_ratio_and_burstiness),
        cmocka_unit_test(one_storm_buys_no_tolerance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
