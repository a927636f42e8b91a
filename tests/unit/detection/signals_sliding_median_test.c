/* SPDX-License-Identifier: MIT
 * detection/sliding_median.h against medians by qsort, one series against sixteen, and every instruction set
 * against every other, bit for bit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "detection/sliding_kernels.h"
#include "detection/sliding_median.h"
#include "detection/window.h"
#include "detection/signals_data.h"

#define TICKS 600

static float telemetry[TICKS][SLIDING_LANES];

/* Lanes: plain noise, ties, constants, steps, bursts, gaps, huge, denormal, ramps, late starters. */
static int setup(void **state)
{
    uint64_t seed = 41;
    (void)state;

    for (size_t t = 0; t < TICKS; t++) {
        for (size_t l = 0; l < SLIDING_LANES; l++) {
            double r = signals_noise(&seed), u = signals_uniform(&seed), v = r;
            if (l == 1)
                v = floor(2 * r);
            else if (l == 2)
                v = 42;
            else if (l == 3)
                v = (t / 100) % 2 == 0 ? 10 : 90;
            else if (l == 4)
                v = u < 0.05 ? 1000 * r : 0;
            else if (l == 5)
                v = u < 0.2 ? (double)NAN : r;
            else if (l == 6)
                v = r * 0x1p+125;
            else if (l == 7)
                v = r * 0x1p-147;
            else if (l == 8)
                v = (double)t;
            else if (l == 9)
                v = -(double)t;
            else if (l == 10)
                v = t < 300 ? (double)NAN : r;
            else if (l == 11)
                v = t >= 200 && t < 320 ? (double)INFINITY : r;
            else if (l == 12)
                v = r < 0 ? -0.0 : 0.0;
            else if (l == 13)
                v = 1e9 + floor(64 * r);
            telemetry[t][l] = (float)v;
        }
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float median_by_sorting(float *x, size_t n)
{
    qsort(x, n, sizeof *x, compare);
    return n == 0 ? NAN : n % 2 == 1 ? x[n / 2] : 0.5F * (x[n / 2 - 1] + x[n / 2]);
}

/* What the window that ends at tick t of a lane should give. */
static void expect(size_t t, size_t lane, float *ret_median, float *ret_mad, double *ret_mean)
{
    float window[SLIDING_WINDOW];
    size_t n = 0;
    double sum = 0;

    for (size_t i = t + 1 < SLIDING_WINDOW ? 0 : t + 1 - SLIDING_WINDOW; i <= t; i++) {
        if (isfinite(telemetry[i][lane]))
            window[n++] = telemetry[i][lane];
    }
    *ret_median = median_by_sorting(window, n);
    for (size_t i = 0; i < n; i++) {
        sum += fabs((double)window[i] - (double)*ret_median);
        window[i] = fabsf(window[i] - *ret_median);
    }
    *ret_mad = median_by_sorting(window, n);
    *ret_mean = n == 0 ? (double)NAN : sum / (double)n;
}

static int same(float a, float b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

static void one_series_equals_sorting(void **state)
{
    (void)state;

    for (size_t l = 0; l < SLIDING_LANES; l++) {
        struct sliding_median s;
        sliding_median_init(&s);
        assert_true(isnan(sliding_median_get(&s)));
        assert_true(isnan(sliding_median_mad(&s)));
        assert_true(isnan(sliding_median_mean_deviation(&s)));
        for (size_t t = 0; t < TICKS; t++) {
            float median, mad;
            double mean;
            sliding_median_push(&s, telemetry[t][l]);
            expect(t, l, &median, &mad, &mean);
            if (!same(sliding_median_get(&s), median) || !same(sliding_median_mad(&s), mad))
                fail_msg("lane %zu tick %zu: %g %g, expected %g %g", l, t, (double)sliding_median_get(&s),
                    (double)sliding_median_mad(&s), (double)median, (double)mad);
            assert_near(sliding_median_mean_deviation(&s), mean, 1e-12);
        }
    }
}

static void sixteen_equal_one(void **state)
{
    static struct sliding_view view[TICKS];
    static struct sliding_block block;
    (void)state;

    sliding_block_init(&block);
    for (size_t t = 0; t < TICKS; t += t < 100 ? 1 : 25)
        sliding_block_push(&block, (const float(*)[SLIDING_LANES])telemetry + t, t < 100 ? 1 : 25, view + t);
    for (size_t l = 0; l < SLIDING_LANES; l++) {
        struct sliding_median s;
        sliding_median_init(&s);
        for (size_t t = 0; t < TICKS; t++) {
            sliding_median_push(&s, telemetry[t][l]);
            assert_true(same(sliding_median_get(&s), view[t].median[l]));
            assert_true(same(sliding_median_mad(&s), view[t].mad[l]));
        }
    }
}

/* Against two passes over the same 60 ticks; three times over, so that the moments are computed anew. */
static void variance_equals_two_passes(void **state)
{
    static struct sliding_block block;
    (void)state;

    sliding_block_init(&block);
    for (size_t t = 0; t < 3 * TICKS; t++) {
        struct sliding_view view;
        sliding_block_push(&block, (const float(*)[SLIDING_LANES])telemetry + t % TICKS, 1, &view);
        for (size_t l = 0; l < SLIDING_LANES; l++) {
            float window[SLIDING_WINDOW];
            double largest = 0;
            for (size_t i = 0; i < SLIDING_WINDOW; i++) {
                size_t at = t - i;
                window[i] = t >= i && isfinite(telemetry[at % TICKS][l]) ? telemetry[at % TICKS][l] : NAN;
            }
            double expected = window_variance_f32(window, SLIDING_WINDOW);
            for (size_t i = 0; i < TICKS; i++)
                if (isfinite(telemetry[i][l]) && fabs((double)telemetry[i][l]) > largest)
                    largest = fabs((double)telemetry[i][l]);
            if (isnan(expected) != isnan(view.variance[l]) ||
                fabs(expected - view.variance[l]) > 1e-13 * largest * largest)
                fail_msg("lane %zu tick %zu: %g, expected %g", l, t, view.variance[l], expected);
        }
    }
}

static void every_instruction_set_gives_the_same_bits(void **state)
{
    const struct sliding_kernels *k;
    (void)state;

    for (unsigned i = 1; (k = sliding_kernels_at(i)) != NULL; i++) {
        const struct sliding_kernels *best = sliding_kernels_best();
        struct sliding_block a, b;
        struct sliding_median s, r;

        sliding_block_init(&a);
        sliding_block_init(&b);
        sliding_median_init(&s);
        sliding_median_init(&r);
        for (size_t t = 0; t < TICKS; t++) {
            float x[SLIDING_LANES], out[4][SLIDING_LANES];
            double variance[2][SLIDING_LANES];
            for (size_t l = 0; l < SLIDING_LANES; l++)
                x[l] = isfinite(telemetry[t][l]) ? telemetry[t][l] : INFINITY;
            best->block_replace(a.sorted, a.ring[t % SLIDING_WINDOW], x);
            k->block_replace(b.sorted, a.ring[t % SLIDING_WINDOW], x);
            for (size_t l = 0; l < SLIDING_LANES; l++)
                a.n[l] += (x[l] < INFINITY) - (a.ring[t % SLIDING_WINDOW][l] < INFINITY);
            best->block_moments(&a.moments, a.n, a.ring[t % SLIDING_WINDOW], x, variance[0]);
            k->block_moments(&b.moments, a.n, a.ring[t % SLIDING_WINDOW], x, variance[1]);
            assert_memory_equal(&a.moments, &b.moments, sizeof a.moments);
            for (size_t l = 0; l < SLIDING_LANES; l++)
                assert_true(a.n[l] < 2 || variance[0][l] == variance[1][l]);
            memcpy(a.ring[t % SLIDING_WINDOW], x, sizeof x);
            assert_memory_equal(a.sorted, b.sorted, sizeof a.sorted);
            best->replace(s.sorted, s.ring[t % SLIDING_WINDOW], x[0]);
            k->replace(r.sorted, s.ring[t % SLIDING_WINDOW], x[0]);
            s.ring[t % SLIDING_WINDOW] = x[0];
            assert_memory_equal(s.sorted, r.sorted, sizeof s.sorted);
            if (t < SLIDING_WINDOW)
                continue;
            best->block_median((const float(*)[SLIDING_LANES])a.sorted, out[0], out[1]);
            k->block_median((const float(*)[SLIDING_LANES])a.sorted, out[2], out[3]);
            for (size_t l = 0; l < SLIDING_LANES; l++) {
                if (a.sorted[SLIDING_WINDOW - 1][l] == INFINITY) /* not full: unused, may be NaN */
                    out[0][l] = out[1][l] = out[2][l] = out[3][l] = 0;
            }
            assert_memory_equal(out[0], out[2], sizeof out[0]);
            assert_memory_equal(out[1], out[3], sizeof out[1]);
            float median = 0.5F * (s.sorted[30] + s.sorted[31]);
            assert_true(best->mad(s.sorted, median) == k->mad(s.sorted, median));
        }
    }
}

static void a_cleared_lane_starts_anew(void **state)
{
    static struct sliding_view view[100];
    static struct sliding_block block;
    (void)state;

    sliding_block_init(&block);
    sliding_block_push(&block, (const float(*)[SLIDING_LANES])telemetry, 100, view);
    sliding_block_clear_lane(&block, 3);
    float x[1][SLIDING_LANES] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
    sliding_block_push(&block, (const float(*)[SLIDING_LANES])x, 1, view);
    assert_true(view[0].median[3] == 4);
    assert_true(view[0].mad[3] == 0);
    assert_true(isnan(view[0].variance[3]));
    assert_int_equal(block.n[3], 1);
    assert_int_equal(block.n[0], 60);
}

static void absurd_magnitudes_are_absent(void **state)
{
    struct sliding_median s;
    (void)state;

    sliding_median_init(&s);
    sliding_median_push(&s, 3e38F);
    sliding_median_push(&s, -INFINITY);
    sliding_median_push(&s, NAN);
    assert_int_equal(s.n, 0);
    sliding_median_push(&s, -0x1p126F);
    sliding_median_push(&s, 0x1p126F);
    assert_true(sliding_median_get(&s) == 0);
    assert_true(sliding_median_mad(&s) == 0x1p126F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_series_equals_sorting),
        cmocka_unit_test(sixteen_equal_one),
        cmocka_unit_test(variance_equals_two_passes),
        cmocka_unit_test(every_instruction_set_gives_the_same_bits),
        cmocka_unit_test(a_cleared_lane_starts_anew),
        cmocka_unit_test(absurd_magnitudes_are_absent),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
