/* SPDX-License-Identifier: MIT
 * Turns whole numbers in a row into few bytes and back: a step from one to the next, less what all steps have
 * in common, is a small number. Its low bits, which are noise, are written as they are; the rest is a byte,
 * which the compressor of the block makes small. What the numbers mean is the columns' and the writer's
 * matter. All differences wrap, so there is no number that does not come back.
 *
 * Tried and left, for less than 1 % each on a busy host: steps of steps, numbers instead of steps, a base
 * that is the least instead of the mean. Worth it: the common power of two (pages of memory) 7 to 10 %, the
 * mean 2 %, bits apart from bytes 2 to 8 %. */
#include "state/numbers.h"

#include <math.h>

#define BYTE_ESCAPE                                                                                          \
    255u /* the byte of a number that is too large for it: what it is follows in the heads                   \
          */
#define LOW_BITS_MAX 56u
#define HEAD_MAX     (2u + 2u * BYTE_NUMBER_MAX)
/* Bits of a mean number that go into its byte: heuristic, chosen on 2026-11-22; two to five differ by 2 % on
 * a host that compiles and by 5 % on made-up telemetry of 500 series. */
#define CODED_BITS 4u

/* How a row is written. */
struct plan {
    unsigned shift; /* all steps are multiples of 2^shift */
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

/* The step to number i >= 1, in units of the shift. */
static int64_t rest(const int64_t *numbers, uint32_t i, const struct plan *p)
{
    return (int64_t)step(numbers, i) >> p->shift;
}

/* What is written of it. */
static uint64_t written(const int64_t *numbers, uint32_t i, const struct plan *p)
{
    return zigzag((uint64_t)rest(numbers, i, p) - (uint64_t)p->base);
}

/* Bits that a plan takes, roughly. */
static uint64_t cost_of(const int64_t *numbers, uint32_t n, const struct plan *p)
{
    uint64_t bits = 0;
    for (uint32_t i = 1; i < n; i++)
        bits += bit_count(written(numbers, i, p));
    return bits;
}

static int64_t mean_of(const int64_t *numbers, uint32_t n, const struct plan *p)
{
    double sum = 0;
    for (uint32_t i = 1; i < n; i++)
        sum += (double)rest(numbers, i, p);
    double mean = rint(sum / (n - 1));
    return fabs(mean) < 0x1p62 ? (int64_t)mean : 0;
}

/* Chooses by what it costs: steps about nothing, or about their mean. */
static struct plan choose(const int64_t *numbers, uint32_t n)
{
    uint64_t best_cost = UINT64_MAX, all = 0;
    struct plan best = {0}, p = {0};

    for (uint32_t i = 1; i < n; i++)
        all |= step(numbers, i);
    if (all == 0)
        return best;
    p.shift = (unsigned)__builtin_ctzll(all);
    for (unsigned way = 0; way < 2; way++) {
        p.base = way == 1 ? mean_of(numbers, n, &p) : 0;
        uint64_t cost = cost_of(numbers, n, &p);
        if (cost < best_cost) {
            best_cost = cost;
            best = p;
        }
    }
    uint64_t mean = best_cost / (n - 1);
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

static void write_plan(struct numbers_out *out, int64_t first, const struct plan *p)
{
    byte_buffer_put(&out->heads, (uint8_t)p->shift);
    byte_buffer_put(&out->heads, (uint8_t)p->low);
    byte_buffer_number(&out->heads, zigzag((uint64_t)first));
    byte_buffer_number(&out->heads, zigzag((uint64_t)p->base));
}

bool numbers_write(struct numbers_out *out, const int64_t *numbers, uint32_t n)
{
    if (!byte_buffer_reserve(&out->heads, HEAD_MAX + BYTE_NUMBER_MAX * (size_t)n) ||
        !byte_buffer_reserve(&out->planes, n) || !byte_buffer_reserve(&out->bits, 8 * (size_t)n))
        return false;
    const struct plan p = choose(numbers, n);
    write_plan(out, numbers[0], &p);
    for (uint32_t i = 1; i < n; i++) {
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

/* The plan at the heads, and the first number. */
static bool read_plan(struct numbers_in *in, struct plan *p, uint64_t *ret_first)
{
    const uint8_t *head = byte_cursor_bytes(&in->heads, 2);
    if (head == NULL)
        return false;
    *p = (struct plan){.shift = head[0], .low = head[1]};
    *ret_first = unzigzag(byte_cursor_number(&in->heads));
    p->base = (int64_t)unzigzag(byte_cursor_number(&in->heads));
    return !in->heads.failed && p->shift < 64 && p->low <= LOW_BITS_MAX;
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

bool numbers_read(struct numbers_in *in, int64_t *numbers, uint32_t n)
{
    uint64_t *x = (uint64_t *)(void *)numbers, first;
    struct plan p;

    if (!read_plan(in, &p, &first) || !read_rests(in, &p, x + 1, n - 1))
        return false;
    const uint64_t base = (uint64_t)p.base;
    x[0] = first;
    for (uint32_t i = 1; i < n; i++)
        x[i] = first += (unzigzag(x[i]) + base) << p.shift;
    return true;
}

bool numbers_is_at_end(const struct numbers_in *in)
{
    return in->heads.at == in->heads.end && in->planes.at == in->planes.end &&
           (in->bit + 7) / 8 == (uint64_t)(in->bits.end - in->bits.at);
}
