/* SPDX-License-Identifier: MIT
 * Made-up series for the tests of the signals, the same as signals_expected.py makes: exact arithmetic, so
 * that both see the same bits. */
#ifndef COHERENCE_TESTS_SIGNALS_DATA_H
#define COHERENCE_TESTS_SIGNALS_DATA_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* splitmix64; uniform in [0, 1) with 53 bits. */
static inline double signals_uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

/* Roughly normal, mean 0, variance 1/3: four uniforms less 2. */
static inline double signals_noise(uint64_t *state)
{
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += signals_uniform(state);
    return sum - 2;
}

static inline void signals_fill_noise(double *x, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        x[i] = signals_noise(&seed);
}

/* Noise rounded to halves: many ties. */
static inline void signals_fill_ties(double *x, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        x[i] = floor(2 * signals_noise(&seed) + 0.5) / 2;
}

/* Sums of noise. */
static inline void signals_fill_walk(double *x, size_t n, uint64_t seed)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        x[i] = sum += signals_noise(&seed);
}

/* The rows of expected_window and its likes: writes row 0..4 to x (500 values), returns its length. */
static inline size_t signals_series(size_t row, double *x)
{
    static const size_t length[] = {60, 60, 101, 7, 500};

    if (row == 1)
        signals_fill_ties(x, 60, 2);
    else if (row == 2 || row == 4)
        signals_fill_walk(x, length[row], row + 1);
    else
        signals_fill_noise(x, length[row], row + 1);
    for (size_t i = 0; i < length[row]; i++)
        x[i] = row == 3 ? 1e6 + x[i] : row == 4 ? 1e-3 * x[i] : x[i];
    return length[row];
}

/* |a - b| <= tolerance * max(1e-300, |b|), or both NaN, or equal. */
static inline int signals_near(double a, double b, double tolerance)
{
    return a == b || (a != a && b != b) || fabs(a - b) <= tolerance * fmax(1e-300, fabs(b));
}

#define assert_near(a, b, tolerance)                                                                         \
    do {                                                                                                     \
        double near_a = (a), near_b = (b);                                                                   \
        if (!signals_near(near_a, near_b, (tolerance)))                                                      \
            fail_msg("%s: %.17g, expected %.17g", #a, near_a, near_b);                                       \
    } while (0)

#endif
