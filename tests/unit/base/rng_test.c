/* SPDX-License-Identifier: MIT
 * The generator against values computed from the published algorithms in Python's integers, and the moments
 * of what is made of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/rng.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define DRAWS         400000

/* xoshiro256** and splitmix64 written anew in Python 3.11 from the descriptions by Blackman & Vigna and by
 * Steele, Lea & Flood. */
static void next_matches(void **state)
{
    (void)state;
    struct rng r = {.s = {1, 2, 3, 4}};
    const uint64_t expected[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360), UINT64_C(607988272756665600), UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832), UINT64_C(10595114339597558777), UINT64_C(2904607092377533576)};
    for (size_t i = 0; i < LENGTH(expected); i++)
        assert_int_equal(rng_next(&r), expected[i]);
}

static void seed_matches(void **state)
{
    (void)state;
    const struct {
        uint64_t seed, first[3];
    } cases[] = {
        {0, {UINT64_C(0x99ec5f36cb75f2b4), UINT64_C(0xbf6e1f784956452a), UINT64_C(0x1a5f849d4933e6e0)}},
        {1, {UINT64_C(0xb3f2af6d0fc710c5), UINT64_C(0x853b559647364cea), UINT64_C(0x92f89756082a4514)}},
        {20261122,
            {UINT64_C(0xce37efc44147fcbe), UINT64_C(0x48f528fb0ba84bfc), UINT64_C(0xb1be854d50a90d36)}},
    };
    for (size_t c = 0; c < LENGTH(cases); c++) {
        struct rng r;
        rng_seed(&r, cases[c].seed);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(rng_next(&r), cases[c].first[i]);
    }
    struct rng r;
    rng_seed(&r, 42);
    uint64_t last = 0;
    for (int i = 0; i < 1000; i++)
        last = rng_next(&r);
    assert_int_equal(last, UINT64_C(0x8de5848c61ab8968));
}

static void seed_forgets_the_past(void **state)
{
    (void)state;
    struct rng a, b;
    rng_seed(&a, 5);
    rng_seed(&b, 5);
    (void)rng_normal(&a); /* leaves a spare */
    rng_seed(&a, 5);
    for (int i = 0; i < 5; i++)
        assert_true(rng_normal(&a) == rng_normal(&b));
}

struct moments {
    double mean, variance, skewness;
};

static struct moments moments_of(double (*draw)(struct rng *, double), double parameter)
{
    static double x[DRAWS];
    struct rng r;
    rng_seed(&r, 11);
    double sum = 0, square = 0, cube = 0;
    for (int i = 0; i < DRAWS; i++) {
        x[i] = draw(&r, parameter);
        sum += x[i];
    }
    const double mean = sum / DRAWS;
    for (int i = 0; i < DRAWS; i++) {
        const double d = x[i] - mean;
        square += d * d;
        cube += d * d * d;
    }
    const double variance = square / DRAWS;
    return (struct moments){mean, variance, cube / DRAWS / (variance * sqrt(variance))};
}

/* Within five standard errors of what theory says. The error of a mean is sqrt(variance / n); of a variance,
 * variance sqrt((kurtosis - 1) / n); of a skewness, taken from the fourth to sixth moments, below 10 /
 * sqrt(n) for all that is drawn here. */
static void check(struct moments m, double mean, double variance, double kurtosis, double skewness)
{
    const double root = sqrt(DRAWS);
    if (!(fabs(m.mean - mean) < 5 * sqrt(variance) / root &&
            fabs(m.variance - variance) < 5 * variance * sqrt(kurtosis - 1) / root &&
            fabs(m.skewness - skewness) < 50 / root))
        fail_msg("mean %g, variance %g, skewness %g; expected %g, %g, %g", m.mean, m.variance, m.skewness,
            mean, variance, skewness);
}

static double draw_uniform(struct rng *r, double unused)
{
    (void)unused;
    const double v = rng_uniform(r);
    assert_true(v >= 0 && v < 1);
    return v;
}

static double draw_normal(struct rng *r, double unused)
{
    (void)unused;
    return rng_normal(r);
}

static double draw_exponential(struct rng *r, double unused)
{
    (void)unused;
    const double v = rng_exponential(r);
    assert_true(v >= 0 && isfinite(v));
    return v;
}

static double draw_poisson(struct rng *r, double lambda)
{
    return (double)rng_poisson(r, lambda);
}

static void uniform_moments(void **state)
{
    (void)state;
    check(moments_of(draw_uniform, 0), 0.5, 1.0 / 12, 1.8, 0);
}

static void normal_moments(void **state)
{
    (void)state;
    check(moments_of(draw_normal, 0), 0, 1, 3, 0);
}

static void exponential_moments(void **state)
{
    (void)state;
    check(moments_of(draw_exponential, 0), 1, 1, 9, 2);
}

/* Mean and variance lambda, skewness 1/sqrt(lambda), kurtosis 3 + 1/lambda; above 30 it is a rounded normal:
 * variance 1/12 more and no skewness. */
static void poisson_moments(void **state)
{
    (void)state;
    const double direct[] = {0.05, 0.7, 4, 29.5};
    for (size_t i = 0; i < LENGTH(direct); i++)
        check(moments_of(draw_poisson, direct[i]), direct[i], direct[i], 3 + 1 / direct[i],
            1 / sqrt(direct[i]));
    check(moments_of(draw_poisson, 30), 30, 30 + 1.0 / 12, 3, 0);
    check(moments_of(draw_poisson, 1e6), 1e6, 1e6, 3, 0);
}

static void poisson_of_nothing(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 1);
    for (int i = 0; i < 100; i++)
        assert_int_equal(rng_poisson(&r, 0), 0);
}

/* The share of draws beyond 1, 2 and 3 standard deviations: 0.317311, 0.045500, 0.002700 (tables of the
 * normal distribution). */
static void normal_tails(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 17);
    const double share[3] = {0.317311, 0.045500, 0.002700};
    int beyond[3] = {0};
    for (int i = 0; i < DRAWS; i++) {
        const double v = fabs(rng_normal(&r));
        for (int k = 0; k < 3; k++)
            beyond[k] += v > k + 1;
    }
    for (int k = 0; k < 3; k++)
        assert_true(fabs(beyond[k] - share[k] * DRAWS) < 5 * sqrt(share[k] * DRAWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_matches),
        cmocka_unit_test(seed_matches),
        cmocka_unit_test(seed_forgets_the_past),
        cmocka_unit_test(uniform_moments),
        cmocka_unit_test(normal_moments),
        cmocka_unit_test(exponential_moments),
        cmocka_unit_test(poisson_moments),
        cmocka_unit_test(poisson_of_nothing),
        cmocka_unit_test(normal_tails),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
