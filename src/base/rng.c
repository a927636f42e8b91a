/* SPDX-License-Identifier: MIT
 * Turns a seed into a reproducible stream of uniform, normal, exponential and Poisson numbers. Only
 * simulation and tests draw from it: nothing secret and nothing in the engine does. */
#include "base/rng.h"

#include <assert.h>
#include <math.h>

#include "base/fmath.h"

#define POISSON_DIRECT_MAX                                                                                   \
    30 /* above, multiplying uniforms costs more than the normal approximation errs                          \
        */

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

/* Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators", with Vigna's constants.
 */
static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void rng_seed(struct rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix64(&seed);
    r->spare = 0;
    r->has_spare = 0;
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double rng_uniform(struct rng *r)
{
    return (double)(int64_t)(rng_next(r) >> 11) * 0x1p-53;
}

double rng_normal(struct rng *r)
{
    if (r->has_spare) {
        r->has_spare = 0;
        return r->spare;
    }
    double u, v, square;
    do { /* a point in the unit disc: 4 of pi tries succeed */
        u = 2 * rng_uniform(r) - 1;
        v = 2 * rng_uniform(r) - 1;
        square = u * u + v * v;
    } while (square >= 1 || square == 0);
    const double scale = sqrt(-2 * fmath_log(square) / square);
    r->spare = v * scale;
    r->has_spare = 1;
    return u * scale;
}

double rng_exponential(struct rng *r)
{
    return -fmath_log(1 - rng_uniform(r)); /* of (0, 1]: never infinite */
}

static uint64_t poisson_by_products(struct rng *r, double lambda)
{
    const double limit = fmath_exp(-lambda);
    uint64_t n = 0;
    for (double p = rng_uniform(r); p > limit; p *= rng_uniform(r))
        n++;
    return n;
}

uint64_t rng_poisson(struct rng *r, double lambda)
{
    assert(lambda >= 0);
    if (lambda == 0)
        return 0;
    if (lambda < POISSON_DIRECT_MAX)
        return poisson_by_products(r, lambda);
    const double v = lambda + sqrt(lambda) * rng_normal(r) + 0.5;
    return v < 1 ? 0 : (uint64_t)v;
}
