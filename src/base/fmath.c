/* SPDX-License-Identifier: MIT
 * Turns a double into its logarithm, exponential, power or sine with + - * / and bit patterns only, so that
 * every machine and compiler gives the same bits. Series are Taylor's: their coefficients are fractions that
 * anyone can check, and the few terms more than a fitted polynomial needs cost less than a cache miss. What
 * needs more than 53 bits is carried as an unevaluated sum hi + lo of two doubles. Source of the exact sums
 * and products: Dekker 1971, "A floating-point technique for extending the available precision". */
#include "base/fmath.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The file is built with -ffp-contract=off; excess precision would break exact sums too. */
_Static_assert(FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 16, "doubles must be computed as doubles");

#define MANTISSA_BITS 52
#define BIAS          1023
#define TWO_54        0x1p54

/* ln 2 = LN2_HI + LN2_LO to 95 bits; LN2_HI has 42, so that a binary exponent times it is exact. */
static const double LN2_HI = 0x1.62e42fefa3800p-1;
static const double LN2_LO = 0x1.ef35793c76730p-45;
static const double LOG2_E = 0x1.71547652b82fep+0;
/* 2 pi to 106 bits. */
static const double TWO_PI = 0x1.921fb54442d18p+2;
static const double SQRT_2 = 0x1.6a09e667f3bcdp+0;
static const double EXP_MAX = 709.8;      /* ln(DBL_MAX) = 709.78 */
static const double EXP_MIN = -745.2;     /* ln(2^-1075) = -745.13 */
static const double POW_LIMIT = 750;      /* |y ln x| beyond is over- or underflow for certain */
static const double WHOLE_TURNS = 0x1p52; /* from here on every double is an integer */

static const double NOT_A_NUMBER = (double)NAN;
static const double INFINITE = (double)INFINITY;

/* Coefficients, lowest power first. */
static const double ATANH_SERIES[] = {
    1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
static const double EXP_SERIES[] = {1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320,
    1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200};
static const double SIN_SERIES[] = {-1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800,
    1.0 / 6227020800, -1.0 / 1307674368000, 1.0 / 355687428096000};
static const double COS_SERIES[] = {-1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800,
    1.0 / 479001600, -1.0 / 87178291200, 1.0 / 20922789888000};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

struct pair {
    double hi, lo; /* value = hi + lo, |lo| <= ulp(hi) / 2 */
};

static uint64_t to_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k for a normal result. */
static double power_of_two(int k)
{
    return from_bits((uint64_t)(k + BIAS) << MANTISSA_BITS);
}

/* a + b exactly, |a| >= |b| or a == 0. */
static struct pair sum(double a, double b)
{
    const double hi = a + b;
    return (struct pair){hi, b - (hi - a)};
}

/* a * b exactly, as long as nothing overflows or underflows. */
static struct pair product(double a, double b)
{
    const double splitter = 0x1p27 + 1;
    const double a_big = splitter * a, b_big = splitter * b;
    const double a_hi = a_big - (a_big - a), a_lo = a - a_hi;
    const double b_hi = b_big - (b_big - b), b_lo = b - b_hi;
    const double hi = a * b;
    return (struct pair){hi, ((a_hi * b_hi - hi) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo};
}

/* c[0] + c[1] x + ... by Horner's rule. */
static inline double polynomial(const double *c, size_t n, double x)
{
    double v = c[n - 1];
    for (size_t i = n - 1; i > 0; i--)
        v = c[i - 1] + x * v;
    return v;
}

/* ln x for finite x > 0, to about 65 bits: x = 2^k z with z in [sqrt(1/2), sqrt 2), s = (z - 1) / (z + 1),
 * ln z = 2 s + 2 s^3/3 + 2 s^5/5 + ... The first term is carried as a pair, the rest is below 1% of it. */
static struct pair log_pair(double x)
{
    int k = 0;
    if (x < DBL_MIN) {
        x *= TWO_54;
        k = -54;
    }
    const uint64_t bits = to_bits(x);
    k += (int)(bits >> MANTISSA_BITS) - BIAS;
    double z = from_bits((bits & ((UINT64_C(1) << MANTISSA_BITS) - 1)) | (uint64_t)BIAS << MANTISSA_BITS);
    if (z >= SQRT_2) {
        z *= 0.5;
        k++;
    }
    const double f = z - 1; /* exact */
    const struct pair g = sum(2, f);
    const double s = f / g.hi;
    const struct pair sg = product(s, g.hi);
    const double s_lo = ((f - sg.hi) - sg.lo - s * g.lo) / g.hi; /* what the division left */
    const double w = s * s;
    const double rest = polynomial(ATANH_SERIES, LENGTH(ATANH_SERIES), w);
    const double tail = 2 * (s_lo + s * w * rest);
    /* k LN2_HI is exact and, unless k is 0, larger than 2 s. */
    const struct pair head = sum(k * LN2_HI, 2 * s);
    return sum(head.hi, head.lo + (tail + k * LN2_LO));
}

/* e^(hi + lo) for EXP_MIN <= hi <= EXP_MAX: k = round(hi / ln 2), |r| <= 0.35, Taylor to r^14 / 14! (below
 * 2^-57). */
static double exp_pair(struct pair x)
{
    const int k = (int)(x.hi * LOG2_E + (x.hi < 0 ? -0.5 : 0.5));
    const struct pair r = sum(x.hi - k * LN2_HI, x.lo - k * LN2_LO); /* the first difference is exact */
    const double q = r.hi;
    const double rest = polynomial(EXP_SERIES, LENGTH(EXP_SERIES), q);
    const struct pair head = sum(1, q);
    const double y = head.hi + (head.lo + (r.lo + q * q * rest));
    if (k > BIAS)
        return y * 2 * power_of_two(BIAS);
    if (k < -BIAS + 1) /* two steps, the first exact: a denormal is rounded once */
        return y * power_of_two(k + 2 * MANTISSA_BITS) * power_of_two(-2 * MANTISSA_BITS);
    return y * power_of_two(k);
}

double fmath_log(double x)
{
    if (isnan(x) || x < 0)
        return NOT_A_NUMBER;
    if (x == 0)
        return -INFINITE;
    if (isinf(x))
        return x;
    return log_pair(x).hi;
}

double fmath_exp(double x)
{
    if (isnan(x))
        return x;
    if (x > EXP_MAX)
        return INFINITE;
    if (x < EXP_MIN)
        return 0;
    return exp_pair((struct pair){x, 0});
}

double fmath_pow(double x, double y)
{
    if (y == 0 || x == 1)
        return 1;
    if (isnan(x) || isnan(y) || x < 0)
        return NOT_A_NUMBER;
    if (x == 0 || isinf(x))
        return (x == 0) == (y < 0) ? INFINITE : 0;
    const struct pair log_x = log_pair(x);
    const double rough = y * log_x.hi; /* also of an infinite y: x is not 1 */
    if (rough > POW_LIMIT)
        return INFINITE;
    if (rough < -POW_LIMIT)
        return 0;
    const struct pair p = product(y, log_x.hi);
    const struct pair e = sum(p.hi, p.lo + y * log_x.lo);
    if (e.hi > EXP_MAX)
        return INFINITE;
    if (e.hi < EXP_MIN)
        return 0;
    return exp_pair(e);
}

/* sin(2 pi r) and cos(2 pi r) for |r| <= 1/8: Taylor to the power where (pi/4)^n / n! is below 2^-57. */
static double sin_eighth(double r)
{
    const double a = r * TWO_PI, w = a * a;
    return a + a * w * polynomial(SIN_SERIES, LENGTH(SIN_SERIES), w);
}

static double cos_eighth(double r)
{
    const double a = r * TWO_PI, w = a * a;
    return 1 + w * polynomial(COS_SERIES, LENGTH(COS_SERIES), w);
}

double fmath_sin_turns(double x)
{
    if (!isfinite(x))
        return NOT_A_NUMBER;
    if (fabs(x) >= WHOLE_TURNS)
        return 0;
    const int64_t quarters = (int64_t)(x * 4 + (x < 0 ? -0.5 : 0.5));
    const double r = x - (double)quarters * 0.25; /* exact */
    const uint64_t quadrant = (uint64_t)quarters & 3;
    const double v = (quadrant & 1) != 0 ? cos_eighth(r) : sin_eighth(r);
    return (quadrant & 2) != 0 ? -v : v;
}
