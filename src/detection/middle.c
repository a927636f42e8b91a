/* SPDX-License-Identifier: MIT
 * Turns a few dozen floats into their one or two middle values. They stand in four columns of 4, 8 or 16
 * rows, a row a vector: the columns are sorted side by side, merged to two sorted halves, and of these only
 * the border between the lower and the upper half is computed. Longer windows are others' business
 * (spectrum.c, robust.c). */
#include "detection/middle.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define COLUMNS 4
#define ROWS    (MIDDLE_MAX / COLUMNS)

typedef float row __attribute__((vector_size(4 * COLUMNS)));

#define INLINE static inline __attribute__((always_inline))

/* Compilers make one instruction of each of these two. */
INLINE row least(row a, row b)
{
    for (int l = 0; l < COLUMNS; l++)
        a[l] = a[l] < b[l] ? a[l] : b[l];
    return a;
}

INLINE row most(row a, row b)
{
    for (int l = 0; l < COLUMNS; l++)
        a[l] = a[l] > b[l] ? a[l] : b[l];
    return a;
}

INLINE void order(row *r, size_t i, size_t j)
{
    row a = r[i], b = r[j];
    r[i] = least(a, b);
    r[j] = most(a, b);
}

/* Odd-even merges of the two sorted halves of every s-th row: Batcher 1968, fig. 1. */
INLINE void join_4(row *r, size_t s)
{
    order(r, 0, 2 * s);
    order(r, s, 3 * s);
    order(r, s, 2 * s);
}

INLINE void join_8(row *r, size_t s)
{
    join_4(r, 2 * s);
    join_4(r + s, 2 * s);
    order(r, s, 2 * s);
    order(r, 3 * s, 4 * s);
    order(r, 5 * s, 6 * s);
}

INLINE void sort_4(row *r)
{
    order(r, 0, 1);
    order(r, 2, 3);
    join_4(r, 1);
}

INLINE void sort_8(row *r)
{
    sort_4(r);
    sort_4(r + 4);
    join_8(r, 1);
}

INLINE void sort_16(row *r)
{
    sort_8(r);
    sort_8(r + 8);
    join_8(r, 2);
    join_8(r + 1, 2);
    for (size_t i = 1; i < 15; i += 2)
        order(r, i, i + 1);
}

/* Bitonic sorters, of columns that rise and then fall or the other way: Batcher 1968, fig. 3. */
INLINE void settle_4(row *r)
{
    order(r, 0, 2);
    order(r, 1, 3);
    order(r, 0, 1);
    order(r, 2, 3);
}

INLINE void settle_8(row *r)
{
    for (size_t i = 0; i < 4; i++)
        order(r, i, i + 4);
    settle_4(r);
    settle_4(r + 4);
}

INLINE void settle_16(row *r)
{
    for (size_t i = 0; i < 8; i++)
        order(r, i, i + 8);
    settle_8(r);
    settle_8(r + 8);
}

/* From sorted columns a b c d to the lower halves of a+c and b+d in the first two and the upper halves in the
 * last two, each of them bitonic. */
INLINE void part(row *r, size_t rows)
{
    for (size_t i = 0; i < rows / 2; i++) {
        row across = __builtin_shufflevector(r[rows - 1 - i], r[rows - 1 - i], 2, 3, 0, 1);
        row low = least(r[i], across), high = most(r[i], across);
        r[i] = __builtin_shufflevector(low, high, 0, 1, 6, 7);
        r[rows - 1 - i] = __builtin_shufflevector(low, high, 2, 3, 4, 5);
    }
}

/* Of two sorted sequences p (first column, then third) and q (second, then fourth) of m values, the m-th and
 * the next: max of min(p[i], q[m-1-i]) and min of max. */
INLINE struct middle border(const row *r, size_t rows)
{
    row lower = {-INFINITY, -INFINITY, -INFINITY, -INFINITY}, upper = -lower;

    for (size_t i = 0; i < rows / 2; i++) {
        row across = __builtin_shufflevector(r[rows - 1 - i], r[rows - 1 - i], 3, 2, 1, 0);
        lower = most(lower, least(r[i], across));
        upper = least(upper, most(r[i], across));
    }
    lower = most(lower, __builtin_shufflevector(lower, lower, 2, 3, 0, 1));
    upper = least(upper, __builtin_shufflevector(upper, upper, 2, 3, 0, 1));
    return (struct middle){
        .lower = lower[0] > lower[1] ? lower[0] : lower[1],
        .upper = upper[0] < upper[1] ? upper[0] : upper[1],
    };
}

static struct middle middle_of_16(const float *x)
{
    row r[4];
    memcpy(r, x, sizeof r);
    sort_4(r);
    part(r, 4);
    settle_4(r);
    return border(r, 4);
}

static struct middle middle_of_32(const float *x)
{
    row r[8];
    memcpy(r, x, sizeof r);
    sort_8(r);
    part(r, 8);
    settle_8(r);
    return border(r, 8);
}

static struct middle middle_of_64(const float *x)
{
    row r[ROWS];
    memcpy(r, x, sizeof r);
    sort_16(r);
    part(r, ROWS);
    settle_16(r);
    return border(r, ROWS);
}

static uint32_t room_of(uint32_t n)
{
    assert(n >= 1 && n <= MIDDLE_MAX);
    return n <= 16 ? 16 : n <= 32 ? 32 : MIDDLE_MAX;
}

#define EIGHT_OF(v) v, v, v, v, v, v, v, v
#define HALF        (MIDDLE_MAX / 2)

void middle_pad(float *x, uint32_t n)
{
    static const float pad[2 * HALF] = {EIGHT_OF(-INFINITY), EIGHT_OF(-INFINITY), EIGHT_OF(-INFINITY),
        EIGHT_OF(-INFINITY), EIGHT_OF(INFINITY), EIGHT_OF(INFINITY), EIGHT_OF(INFINITY), EIGHT_OF(INFINITY)};
    uint32_t below = room_of(n) / 2 - (n + 1) / 2; /* brings the (lower) middle to half of the room */

    memcpy(x + n, pad + HALF - below, HALF * sizeof(float));
}

struct middle middle_of(const float *x, uint32_t n)
{
    uint32_t room = room_of(n);
    struct middle m = room == 16 ? middle_of_16(x) : room == 32 ? middle_of_32(x) : middle_of_64(x);

    if (n % 2 == 1)
        m.upper = m.lower;
    return m;
}
