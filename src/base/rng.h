/* SPDX-License-Identifier: MIT
 * A seeded generator for simulation; the engine itself never uses one.
 * Source: Blackman & Vigna 2018, xoshiro256** 1.0, seeded through splitmix64 (both public domain
 * descriptions). */
#ifndef COHERENCE_BASE_RNG_H
#define COHERENCE_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
    double spare; /* second value of the polar method */
    int has_spare;
};

void rng_seed(struct rng *r, uint64_t seed);
/* Uniform 64 bits. */
uint64_t rng_next(struct rng *r);
/* Uniform in [0, 1), 53 bits. */
double rng_uniform(struct rng *r);
/* Standard normal by Marsaglia's polar method (1964), with fmath_log. */
double rng_normal(struct rng *r);
/* Exponential with mean 1. */
double rng_exponential(struct rng *r);
/* Poisson with mean lambda >= 0 (inversion by multiplication below 30, normal approximation rounded and
 * clipped at 0 above). */
uint64_t rng_poisson(struct rng *r, double lambda);

#endif
