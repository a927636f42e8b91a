/* SPDX-License-Identifier: MIT
 * Turns normal quantiles into tail probabilities, as logarithms so that a surprise of forty stays a number.
 * Nothing here knows of telemetry. */
#include "detection/normal.h"

#include <math.h>
#include <stddef.h>

#include "base/fmath.h"

#define LOG_SQRT_2PI 0.91893853320467274178
#define FRACTION_START                                                                                       \
    3.0 /* below, 1/2 - series loses less than 1e-12; above, the fraction converges in FRACTION_DEPTH steps  \
         */
#define FRACTION_DEPTH 64
#define SHIFT          16.0 /* Stirling's series is used from here on */

/* Mills' ratio Q(z) / phi(z) for z >= FRACTION_START. */
static double mills_ratio(double z)
{
    double f = z;
    for (int k = FRACTION_DEPTH; k > 0; k--)
        f = z + k / f;
    return 1 / f;
}

/* P(0 < Z < z) for 0 <= z < FRACTION_START: phi(z) (z + z^3/3 + z^5/15 + ...). */
static double central_part(double z)
{
    double term = z, sum = z;

    for (int k = 3; term > sum * 1e-17; k += 2) {
        term *= z * z / k;
        sum += term;
    }
    return sum * fmath_exp(-z * z / 2 - LOG_SQRT_2PI);
}

/* log(1 - q), 0 <= q < 1, also for tiny q. */
static double log_complement(double q)
{
    if (q < 1e-4)
        return -q * (1 + q * (1.0 / 2 + q * (1.0 / 3 + q * (1.0 / 4 + q / 5))));
    return fmath_log(1 - q);
}

double normal_log_tail(double z)
{
    if (isnan(z) || (isinf(z) && z < 0))
        return z < 0 ? 0 : (double)NAN;
    if (isinf(z))
        return -(double)INFINITY;
    if (z >= FRACTION_START)
        return fmath_log(mills_ratio(z)) - z * z / 2 - LOG_SQRT_2PI;
    if (z > -FRACTION_START)
        return fmath_log(z >= 0 ? 0.5 - central_part(z) : 0.5 + central_part(-z));
    return log_complement(mills_ratio(-z) * fmath_exp(-z * z / 2 - LOG_SQRT_2PI));
}

double normal_tail(double z)
{
    return fmath_exp(normal_log_tail(z));
}

double normal_log_gamma(double x)
{
    /* B_2k / (2k (2k - 1)), k = 1..5; the next is below the last bit from SHIFT on */
    static const double series[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188};
    double product = 1, sum = 0;

    if (!(x > 0))
        return (double)NAN;
    for (; x < SHIFT; x++)
        product *= x;
    double inverse_square = 1 / (x * x);
    for (size_t k = sizeof(series) / sizeof(series[0]); k-- > 0;)
        sum = sum * inverse_square + series[k];
    return (x - 0.5) * fmath_log(x) - x + LOG_SQRT_2PI + sum / x - fmath_log(product);
}
