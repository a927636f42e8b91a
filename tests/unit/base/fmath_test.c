/* SPDX-License-Identifier: MIT
 * The elementary functions against mpmath's values (fmath_table.h), against each other's order, and against
 * one sum over the bits of many results: every compiler, optimisation level and processor must give the same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "base/hash.h"
#include "base/rng.h"

struct row {
    double x, y;
    long double expected;
};

#include "fmath_table.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define NEIGHBOURS    1000

/* Unit in the last place of a double near v, denormals included. */
static long double ulp(long double v)
{
    int exponent;
    (void)frexpl(v, &exponent);
    return ldexpl(1, exponent - 53 > -1074 ? exponent - 53 : -1074);
}

static double log_of(double x, double y)
{
    (void)y;
    return fmath_log(x);
}

static double exp_of(double x, double y)
{
    (void)y;
    return fmath_exp(x);
}

static double sin_of(double x, double y)
{
    (void)y;
    return fmath_sin_turns(x);
}

enum measure { IN_ULPS, RELATIVE, ABSOLUTE };

static void check(const struct row *rows, size_t n, double (*function)(double, double), enum measure measure,
    long double bound)
{
    for (size_t i = 0; i < n; i++) {
        const double got = function(rows[i].x, rows[i].y);
        const long double unit = measure == IN_ULPS    ? ulp(rows[i].expected)
                                 : measure == RELATIVE ? fabsl(rows[i].expected)
                                                       : 1;
        const long double error = fabsl((long double)got - rows[i].expected) / unit;
        if (!(error < bound))
            fail_msg("f(%a, %a) = %a, expected %La: off by %Lg", rows[i].x, rows[i].y, got, rows[i].expected,
                error);
    }
}

/* The header promises 2 ulp; the way it is done gives better, and a change that loses it should be noticed.
 */
static void log_is_accurate(void **state)
{
    (void)state;
    check(log_rows, LENGTH(log_rows), log_of, IN_ULPS, 0.6L);
}

static void exp_is_accurate(void **state)
{
    (void)state;
    check(exp_rows, LENGTH(exp_rows), exp_of, IN_ULPS, 1.0L);
}

static void pow_is_accurate(void **state)
{
    (void)state;
    check(pow_rows, LENGTH(pow_rows), fmath_pow, RELATIVE, 1e-14L);
}

static void sin_is_accurate(void **state)
{
    (void)state;
    check(sin_rows, LENGTH(sin_rows), sin_of, ABSOLUTE, 1e-15L);
}

static void log_edges(void **state)
{
    (void)state;
    assert_true(fmath_log(1) == 0);
    assert_true(fmath_log(0) == -(double)INFINITY && fmath_log(-0.0) == -(double)INFINITY);
    assert_true(isnan(fmath_log(-1)) && isnan(fmath_log(-(double)INFINITY)) && isnan(fmath_log((double)NAN)));
    assert_true(fmath_log((double)INFINITY) == (double)INFINITY);
}

static void exp_edges(void **state)
{
    (void)state;
    assert_true(fmath_exp(0) == 1 && fmath_exp(-0.0) == 1);
    assert_true(isnan(fmath_exp((double)NAN)));
    assert_true(fmath_exp((double)INFINITY) == (double)INFINITY && fmath_exp(-(double)INFINITY) == 0);
    /* ln DBL_MAX = 709.782712893383973...; half the least denormal is e^-745.133219101941108... */
    assert_true(isfinite(fmath_exp(0x1.62e42fefa39efp+9)) && isinf(fmath_exp(0x1.62e42fefa39f0p+9)));
    assert_true(fmath_exp(-0x1.74910d52d3051p+9) == DBL_TRUE_MIN && fmath_exp(-0x1.74910d52d3052p+9) == 0);
    assert_true(fmath_exp(1e300) == (double)INFINITY && fmath_exp(-1e300) == 0);
}

static void pow_edges(void **state)
{
    (void)state;
    const double inf = (double)INFINITY, nan_value = (double)NAN;
    assert_true(fmath_pow(0, 0) == 1 && fmath_pow(nan_value, 0) == 1 && fmath_pow(1, nan_value) == 1);
    assert_true(isnan(fmath_pow(-2, 2)) && isnan(fmath_pow(nan_value, 1)) && isnan(fmath_pow(2, nan_value)));
    assert_true(fmath_pow(0, 2) == 0 && fmath_pow(0, -2) == inf);
    assert_true(fmath_pow(inf, 2) == inf && fmath_pow(inf, -2) == 0);
    assert_true(fmath_pow(2, inf) == inf && fmath_pow(0.5, inf) == 0 && fmath_pow(2, -inf) == 0);
    assert_true(fmath_pow(10, 400) == inf && fmath_pow(10, -400) == 0 && fmath_pow(2, 1e308) == inf);
    for (int k = -1074; k <= 1023; k++)
        assert_true(fmath_pow(2, k) == ldexp(1, k));
}

static void sin_edges(void **state)
{
    (void)state;
    assert_true(fmath_sin_turns(0) == 0 && fmath_sin_turns(0.25) == 1 && fmath_sin_turns(0.5) == 0);
    assert_true(fmath_sin_turns(0.75) == -1 && fmath_sin_turns(-0.25) == -1 && fmath_sin_turns(1e12) == 0);
    assert_true(isnan(fmath_sin_turns((double)INFINITY)) && isnan(fmath_sin_turns((double)NAN)));
    assert_true(fmath_sin_turns(1e300) == 0);
}

static void check_rising(double (*function)(double), double middle)
{
    double x = middle;
    for (int i = 0; i < NEIGHBOURS / 2; i++)
        x = nextafter(x, -(double)INFINITY);
    double before = function(x);
    for (int i = 0; i < NEIGHBOURS; i++) {
        x = nextafter(x, (double)INFINITY);
        const double v = function(x);
        if (v < before)
            fail_msg("falls at %a: %a after %a", x, v, before);
        before = v;
    }
}

static void never_fall(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 1);
    for (int k = -60; k <= 60; k++) { /* where the reduction changes from one exponent to the next */
        check_rising(fmath_log, ldexp(1, k));
        check_rising(fmath_log, ldexp(0x1.6a09e667f3bcdp+0, k));
        check_rising(fmath_exp, (k + 0.5) * 0x1.62e42fefa39efp-1);
    }
    for (int i = 0; i < 500; i++) {
        check_rising(fmath_log, 0.5 + rng_uniform(&r) * 1.5);
        check_rising(fmath_log, fmath_exp((rng_uniform(&r) - 0.5) * 1400));
        check_rising(fmath_exp, (rng_uniform(&r) - 0.5) * 2);
        check_rising(fmath_exp, (rng_uniform(&r) - 0.5) * 1400);
    }
}

/* Over the whole range in coarse steps. */
static void rise_in_large(void **state)
{
    (void)state;
    double before_exp = -1, before_sin = -2, before_log = -(double)INFINITY;
    for (int i = -745000; i < 709000; i++) {
        const double v = fmath_exp(i / 1000.0);
        assert_true(v >= before_exp);
        before_exp = v;
    }
    for (int i = -250000; i <= 250000; i++) {
        const double v = fmath_sin_turns(i / 1e6);
        assert_true(v >= before_sin);
        before_sin = v;
    }
    for (uint64_t bits = 1; bits < UINT64_C(0x7ff0000000000000); bits += UINT64_C(0x12345678901) * 1000) {
        double x;
        memcpy(&x, &bits, sizeof x);
        const double v = fmath_log(x);
        assert_true(v >= before_log);
        before_log = v;
    }
}

/* The sum was the same from gcc 12 and clang 14 at -O0, -O2 and -O3, for baseline x86-64, for -march=haswell
 * without FMA and for the processor's own instructions (FMA, AVX-512). It changes when the functions change;
 * it must not change with the machine. */
static void same_bits_everywhere(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 3);
    uint64_t sum = 0;
    for (int i = 0; i < 200000; i++) {
        const double z = rng_uniform(&r) * 4;
        const double v[5] = {fmath_log(z), fmath_exp((z - 2) * 350), fmath_pow(z, (z - 1) * 30),
            fmath_sin_turns(z * 1000), rng_normal(&r)};
        for (size_t k = 0; k < LENGTH(v); k++) {
            uint64_t bits;
            memcpy(&bits, &v[k], sizeof bits);
            sum = (sum ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
            sum ^= sum >> 29;
        }
    }
    assert_int_equal(sum, UINT64_C(0xdb662e40eba0aa6d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_is_accurate),
        cmocka_unit_test(exp_is_accurate),
        cmocka_unit_test(pow_is_accurate),
        cmocka_unit_test(sin_is_accurate),
        cmocka_unit_test(log_edges),
        cmocka_unit_test(exp_edges),
        cmocka_unit_test(pow_edges),
        cmocka_unit_test(sin_edges),
        cmocka_unit_test(never_fall),
        cmocka_unit_test(rise_in_large),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests_name("fmath", tests, NULL, NULL);
}
