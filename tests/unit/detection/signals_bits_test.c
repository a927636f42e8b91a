/* SPDX-License-Identifier: MIT
 * Same input, same bits: a hash over many results of every signal, equal for gcc 12 and clang 14 at -O0, -O1,
 * -O2, -O3, -Os and -O3 -march=native when it was written. A change that is meant to move the last bits
 * changes it; a change of compiler, flags or processor must not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "detection/autocorrelation.h"
#include "detection/normal.h"
#include "detection/ratio.h"
#include "detection/robust.h"
#include "detection/sliding_median.h"
#include "detection/spectrum.h"
#include "detection/trend.h"
#include "detection/window.h"
#include "detection/signals_data.h"

#define SAMPLES 300

static uint64_t hash;
static double scratch[TREND_PAIRS(SAMPLES) + 2 * SAMPLES];

/* FNV-1a over the value's bits; every NaN counts as one. */
static void add(double v)
{
    union {
        double v;
        uint8_t bytes[8];
    } u = {.v = isnan(v) ? -1 : v};

    for (size_t i = 0; i < 8; i++)
        hash = (hash ^ u.bytes[i]) * 0x100000001B3U;
}

static void add_windows(const double *x, const float *f, size_t n)
{
    static struct spectrum_scratch space;
    struct spectrum_octave o[SPECTRUM_MAX_OCTAVES];
    double median = robust_median(x, n, scratch);

    add(window_mean(x, n));
    add(window_variance(x, n));
    add(median);
    add(robust_mad(x, n, median, scratch));
    add(robust_modified_z(x[3], x, n, 0.1, scratch));
    add(robust_modified_z_classic(x[3], x, n, scratch));
    add(autocorrelation_lag1(x, n));
    add(autocorrelation_half_von_neumann(x, n));
    size_t octaves = spectrum_compute(f, n, 0.1, 0.01, 3.2, o, SPECTRUM_MAX_OCTAVES, &space);
    for (size_t i = 0; i < octaves; i++) {
        add(o[i].mean_form);
        add(o[i].robust_form);
        add(o[i].half_von_neumann);
    }
}

static void add_trends(const double *t, const double *x, size_t n)
{
    struct trend_slope s = {0};
    struct trend_test m = {0};
    struct trend_line l;
    struct exhaustion_input in = {.limit = 100, .z = 1.64};
    struct exhaustion e = {0};

    trend_theil_sen(t, x, n, 1.96, scratch, &s);
    add(s.slope);
    add(s.intercept);
    add(s.lo);
    add(s.hi);
    add(trend_kendall_tau(x, n));
    trend_mann_kendall(x, n, scratch, &m);
    add(m.variance_ratio);
    add(m.z);
    add(m.log_p);
    trend_line_init(&l, 30);
    for (size_t i = 0; i < n; i++)
        trend_line_push(&l, t[i], x[i]);
    add(trend_line_slope(&l));
    add(trend_line_now(&l));
    add(trend_line_r2(&l));
    if (exhaustion_input_from(x, n, 1, (double)(n / 24 * 24), &in) == 0 && trend_exhaustion(&in, &e) == 0) {
        add(e.sigma);
        add(e.early_s);
        add(e.middle_s);
        add(e.late_s);
    }
}

static void add_streams(const float *f, size_t n)
{
    struct rolling_variance v;
    struct sliding_median s;
    float ring[30];

    rolling_variance_init(&v, ring, 30);
    sliding_median_init(&s);
    for (size_t i = 0; i < n; i++) {
        rolling_variance_push(&v, f[i]);
        sliding_median_push(&s, f[i]);
        add(rolling_variance_get(&v));
        add((double)sliding_median_get(&s));
        add((double)sliding_median_mad(&s));
        add(sliding_median_mean_deviation(&s));
    }
}

/* Sixteen lanes of the same series, each a tick later than the one before. */
static void add_blocks(const float *f, size_t n)
{
    static struct sliding_block b;

    sliding_block_init(&b);
    for (size_t i = 0; i + SLIDING_LANES <= n; i++) {
        struct sliding_view v;
        sliding_block_push(&b, (const float(*)[SLIDING_LANES])(f + i), 1, &v);
        for (size_t l = 0; l < SLIDING_LANES; l++) {
            add((double)v.median[l]);
            add((double)v.mad[l]);
            add(v.variance[l]);
        }
    }
}

static void add_ratios(double seed)
{
    for (int j = -40; j < 80; j++) {
        struct ratio_test r;
        double in = 1 + seed * seed * seed, out = 2 * in + j * sqrt(in);
        if (out >= 0 && ratio_test(in, out, 2, 1 + seed / 50, &r) == 0) {
            add(r.z);
            add(r.log_p);
        }
    }
    add(normal_log_tail(seed / 3 - 20));
    add(normal_log_gamma(seed + 0.3));
    add(autocorrelation_effective_size((size_t)seed + 2, seed / 128));
}

static void same_bits_everywhere(void **state)
{
    static double t[SAMPLES], x[SAMPLES];
    static float f[SAMPLES];
    (void)state;

    hash = 0xCBF29CE484222325U;
    for (uint64_t seed = 0; seed < 128; seed++) {
        size_t n = 20 + 2 * seed;

        if (seed % 3 == 0)
            signals_fill_ties(x, n, seed);
        else
            signals_fill_walk(x, n, seed);
        if (seed % 7 == 3)
            x[seed % n] = (double)NAN;
        for (size_t i = 0; i < n; i++) {
            t[i] = (double)i * 1.1;
            f[i] = (float)(50 + x[i]);
        }
        add_windows(x, f, n);
        add_streams(f, n);
        add_blocks(f, n);
        for (size_t i = 0; i < n; i++)
            x[i] += (double)i / 8;
        add_trends(t, x, n);
        add_ratios((double)seed);
    }
    assert_int_equal(hash, 0x8AB5E90D0FD007DBU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
