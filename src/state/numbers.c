/* SPDX-License-Identifier: MIT
 * Turns whole numbers in a row into few bytes and back: what is left of each after the number, or the step,
 * before it, less what all have in common, is a small number. Its low bits, which are noise, are written as
 * they are; the rest is a byte, which the compressor of the block makes small. What the numbers mean is the
 * columns' and the writer's matter. All differences wrap, so there is no number that does not come back. */
#include "state/numbers.h"

#include <math.h>

#define BYTE_ESCAPE 255u /* the byte of a number that is too large for it: what it is follows in the heads   \
                          */
#define LOW_BITS_MAX 56u
#define HEAD_MAX     (3u + 3u * BYTE_NUMBER_MAX)
/* Bits of a number above those that are noise: heuristic, chosen on 2026-11-22 from what two and four cost on
 * a busy and on an idle host. */
#define CODED_BITS 3u

/* How a row is written. */
struct plan {
    unsigned order; /* 0: numbers less the first; 1: steps; 2: steps of steps */
    bool is_signed; /* zigzag about base; else base is the least */
    unsigned shift; /* all differences are multiples of 2^shift */
    unsigned low;   /* bits of each that are written as they are */
    int64_t base;   /* is taken from each */
};

void numbers_clear(struct numbers_out *out)
{
    out->heads.n = out->planes.n = out->bits.n = 0;
    out->heads.failed = out->planes.failed = out->bits.failed = false;
    out->waiting = out->waiting_n = 0;
}

void numbers_done(struct numbers_out *out)
{
    byte_buffer_done(&out->heads);
    byte_buffer_done(&out->planes);
    byte_buffer_done(&out->bits);
    *out = (struct numbers_out){0};
}

static uint64_t step(const int64_t *numbers, uint32_t i)
{
    return (uint64_t)numbers[i] - (uint64_t)numbers[i - 1];
}

static unsigned bit_count(uint64_t x)
{
    return x == 0 ? 0 : 64u - (unsigned)__builtin_clzll(x);
}

/* What is left of number i >= order, in units of 2^shift. */
static int64_t rest(const int64_t *numbers, uint32_t i, unsigned order, unsigned shift)
{
    uint64_t x = order == 0   ? (uint64_t)numbers[i] - (uint64_t)numbers[0]
                 : order == 1 ? step(numbers, i)
                              : step(numbers, i) - step(numbers, i - 1);
    return (int64_t)x >> shift;
}

/* What is written of it. */
static uint64_t written(const int64_t *numbers, uint32_t i, const struct plan *p)
{
    uint64_t x = (uint64_t)rest(numbers, i, p->order, p->shift) - (uint64_t)p->base;
    return p->is_signed ? zigzag(x) : x;
}

/* Bits that a plan takes, roughly. */
static uint64_t cost_of(const int64_t *numbers, uint32_t n, const struct plan *p)
{
    uint64_t bits = 0;
    for (uint32_t i = p->order; i < n; i++)
        bits += bit_count(written(numbers, i, p));
    return bits;
}

/* The least and the mean of what is left. */
static void range_of(
    const int64_t *numbers, uint32_t n, const struct plan *p, int64_t *ret_least, int64_t *ret_mean)
{
    int64_t least = INT64_MAX;
    double sum = 0;
    for (uint32_t i = p->order; i < n; i++) {
        int64_t x = rest(numbers, i, p->order, p->shift);
        least = x < least ? x : least;
        sum += (double)x;
    }
    double mean = rint(sum / (n - p->order));
    *ret_least = least;
    *ret_mean = fabs(mean) < 0x1p62 ? (int64_t)mean : 0;
}

/* Chooses order and base by what they cost. */
static struct plan choose(const int64_t *numbers, uint32_t n)
{
    uint64_t best_cost = UINT64_MAX, all = 0;
    struct plan best = {0}, p = {0};

    for (uint32_t i = 1; i < n; i++)
        all |= step(numbers, i);
    p.shift = all == 0 ? 0 : (unsigned)__builtin_ctzll(all);
    for (p.order = 0; p.order < 3 && p.order < n; p.order++) {
        int64_t bases[3] = {0, 0, 0};
        range_of(numbers, n, &p, &bases[1], &bases[2]);
        for (unsigned way = 0; way < 3; way++) {
            p.base = bases[way];
            p.is_signed = way != 1;
            uint64_t cost = cost_of(numbers, n, &p);
            if (cost < best_cost) {
                best_cost = cost;
                best = p;
            }
        }
    }
    uint64_t mean = best_cost / (n - best.order);
    best.low = mean > CODED_BITS ? (unsigned)(mean - CODED_BITS) : 0;
    if (best.low > LOW_BITS_MAX)
        best.low = LOW_BITS_MAX;
    return best;
}

static void put_bits(struct numbers_out *out, uint64_t x, unsigned n)
{
    out->waiting |= x << out->waiting_n;
    out->waiting_n += n;
    while (out->waiting_n >= 8) {
        byte_buffer_put(&out->bits, (uint8_t)out->waiting);
        out->waiting >>= 8;
        out->waiting_n -= 8;
    }
}

static void write_plan(struct numbers_out *out, const int64_t *numbers, const struct plan *p)
{
    byte_buffer_put(&out->heads, (uint8_t)(p->order | (unsigned)p->is_signed << 2));
    byte_buffer_put(&out->heads, (uint8_t)p->shift);
    byte_buffer_put(&out->heads, (uint8_t)p->low);
    byte_buffer_number(&out->heads, zigzag((uint64_t)numbers[0]));
    byte_buffer_number(&out->heads, zigzag((uint64_t)p->base));
    if (p->order == 2)
        byte_buffer_number(&out->heads, zigzag((uint64_t)rest(numbers, 1, 1, p->shift)));
}

bool numbers_write(struct numbers_out *out, const int64_t *numbers, uint32_t n)
{
    if (!byte_buffer_reserve(&out->heads, HEAD_MAX + BYTE_NUMBER_MAX * (size_t)n) ||
        !byte_buffer_reserve(&out->planes, n) || !byte_buffer_reserve(&out->bits, 8 * (size_t)n))
        return false;
    const struct plan p = choose(numbers, n);
    write_plan(out, numbers, &p);
    for (uint32_t i = p.order; i < n; i++) {
        uint64_t x = written(numbers, i, &p), high = x >> p.low;
        byte_buffer_put(&out->planes, high < BYTE_ESCAPE ? (uint8_t)high : (uint8_t)BYTE_ESCAPE);
        if (high >= BYTE_ESCAPE)
            byte_buffer_number(&out->heads, high);
        put_bits(out, x & ((UINT64_C(1) << p.low) - 1), p.low);
    }
    return true;
}

bool numbers_end(struct numbers_out *out)
{
    if (out->waiting_n > 0 && byte_buffer_reserve(&out->bits, 1))
        byte_buffer_put(&out->bits, (uint8_t)out->waiting);
    out->waiting = out->waiting_n = 0;
    return !out->bits.failed;
}

/* The plan at the heads, the first number and, for order 2, the first step. */
static bool read_plan(struct numbers_in *in, struct plan *p, uint64_t *ret_first, uint64_t *ret_step)
{
    const uint8_t *head = byte_cursor_bytes(&in->heads, 3);
    if (head == NULL)
        return false;
    *p = (struct plan){
        .order = head[0] & 3, .is_signed = (head[0] & 4) != 0, .shift = head[1], .low = head[2]};
    *ret_first = unzigzag(byte_cursor_number(&in->heads));
    p->base = (int64_t)unzigzag(byte_cursor_number(&in->heads));
    *ret_step = p->order == 2 ? unzigzag(byte_cursor_number(&in->heads)) : 0;
    return !in->heads.failed && head[0] < 8 && p->order < 3 && p->shift < 64 && p->low <= LOW_BITS_MAX;
}

/* What is left of each number, as it was written. */
static bool read_rests(struct numbers_in *in, const struct plan *p, uint64_t *to, uint32_t n)
{
    const uint8_t *from = byte_cursor_bytes(&in->planes, n), *bits = in->bits.at;
    uint64_t bit = in->bit, mask = (UINT64_C(1) << p->low) - 1;

    if (from == NULL || (uint64_t)n * p->low > 8 * (uint64_t)(in->bits.end - bits) - bit)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t high = from[i], word;
        if (__builtin_expect(high == BYTE_ESCAPE, 0))
            high = byte_cursor_number(&in->heads);
        memcpy(&word, bits + (bit >> 3), sizeof(word));
        to[i] = high << p->low | ((word >> (bit & 7)) & mask);
        bit += p->low;
    }
    in->bit = bit;
    return !in->heads.failed;
}

/* Adds up what is left, in place. */
static void add_up(uint64_t *x, uint32_t n, const struct plan *p, uint64_t first, uint64_t first_step)
{
    uint64_t base = (uint64_t)p->base, number = first, pace = first_step;

    if (p->is_signed)
        for (uint32_t i = p->order; i < n; i++)
            x[i] = unzigzag(x[i]);
    if (p->order == 0)
        for (uint32_t i = 0; i < n; i++)
            x[i] = first + ((x[i] + base) << p->shift);
    if (p->order > 0)
        x[0] = first;
    if (p->order == 1)
        for (uint32_t i = 1; i < n; i++)
            x[i] = number += (x[i] + base) << p->shift;
    if (p->order == 2)
        for (uint32_t i = 1; i < n; i++) {
            pace += i > 1 ? x[i] + base : 0;
            x[i] = number += pace << p->shift;
        }
}

bool numbers_read(struct numbers_in *in, int64_t *numbers, uint32_t n)
{
    uint64_t *x = (uint64_t *)(void *)numbers, first, first_step;
    struct plan p;

    if (!read_plan(in, &p, &first, &first_step) || p.order >= n ||
        !read_rests(in, &p, x + p.order, n - p.order))
        return false;
    add_up(x, n, &p, first, first_step);
    return true;
}

bool numbers_is_at_end(const struct numbers_in *in)
{
    return in->heads.at == in->heads.end && in->planes.at == in->planes.end &&
           (in->bit + 7) / 8 == (uint64_t)(in->bits.end - in->bits.at);
}
