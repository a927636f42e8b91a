/* SPDX-License-Identifier: MIT
 * Turns a series' values into few bytes and back. Telemetry is mostly integers and decimals of few digits
 * that passed through a double, so a column is looked at as n / 10^k with one k, and what is left of each n
 * after the value, or the step, before it is written as a small number: its low bits, which are noise, as
 * they are, the rest as a byte, which the compressor of the block makes small. What is no such decimal
 * (missing values, -0) is listed; a column with many of these is written as the bytes of its doubles. */
#include "state/column.h"

#include <math.h>
#include <stdlib.h>

enum { COLUMN_SAME, COLUMN_BYTES, COLUMN_NUMBERS };

#define DIGITS_MAX    9      /* after the point: counters in nanoseconds, fed as seconds */
#define EXACT_MAX     0x1p53 /* magnitudes below are whole numbers of a double */
#define WHOLE_MAX     0x1p62 /* whole doubles that a difference may be taken of */
#define BYTE_ESCAPE   255u   /* the byte of a number that is too large for it: it follows in the heads */
#define LOW_BITS_MAX  56u
#define STRANGER_PART 8u /* one in so many values may be no decimal */
#define HEAD_MAX      (8u + 3u * BYTE_NUMBER_MAX)

static const double powers[DIGITS_MAX + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

/* How a column of numbers is written. */
struct plan {
    unsigned digits; /* value = number / 10^digits */
    unsigned shift;  /* all differences are multiples of 2^shift */
    unsigned order;  /* 0: numbers less base; 1: their steps less base; 2: steps of steps */
    bool is_signed;  /* zigzag about base, else base is the least */
    unsigned low;    /* bits of each that are written as they are */
    int64_t first, base;
    uint32_t strangers;
};

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static double of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

bool column_reserve(struct column_out *out, uint32_t n)
{
    if (n <= out->room)
        return true;
    int64_t *numbers = realloc(out->numbers, n * sizeof(*numbers));
    if (numbers == NULL)
        return false;
    out->numbers = numbers;
    out->room = n;
    return true;
}

void column_clear(struct column_out *out)
{
    out->heads.n = out->planes.n = out->bits.n = 0;
    out->heads.failed = out->planes.failed = out->bits.failed = false;
    out->waiting = out->waiting_n = 0;
}

void column_done(struct column_out *out)
{
    byte_buffer_done(&out->heads);
    byte_buffer_done(&out->planes);
    byte_buffer_done(&out->bits);
    free(out->numbers);
    *out = (struct column_out){0};
}

/* Is value = *ret / 10^digits, the same double? */
static bool is_decimal(double value, unsigned digits, int64_t *ret)
{
    double whole = rint(value * powers[digits]);
    if (!(fabs(whole) < (digits == 0 ? WHOLE_MAX : EXACT_MAX)))
        return false;
    *ret = (int64_t)whole;
    return bits_of((double)*ret / powers[digits]) == bits_of(value);
}

/* The numbers of a column. Returns how many values are none, in whose place stands the number before. The
 * digits grow until they fit a value that needs more; values that fit fewer fit more as well, but for the
 * largest. */
static uint32_t find_numbers(const double *values, uint32_t n, int64_t *numbers, unsigned *ret_digits)
{
    unsigned digits = 0;
    for (uint32_t i = 0; i < n && digits < DIGITS_MAX; i++) {
        unsigned more = digits;
        int64_t number;
        while (more <= DIGITS_MAX && !is_decimal(values[i], more, &number))
            more++;
        if (more <= DIGITS_MAX)
            digits = more;
    }
    uint32_t strangers = 0;
    int64_t before = 0;
    for (uint32_t i = 0; i < n; i++) {
        strangers += !is_decimal(values[i], digits, &before);
        numbers[i] = before;
    }
    *ret_digits = digits;
    return strangers;
}

static int64_t step(const int64_t *numbers, uint32_t i)
{
    return (int64_t)((uint64_t)numbers[i] - (uint64_t)numbers[i - 1]);
}

static unsigned bit_count(uint64_t x)
{
    return x == 0 ? 0 : 64u - (unsigned)__builtin_clzll(x);
}

/* What is left of the numbers from the `order`th on, in units of 2^shift. */
static int64_t rest(const int64_t *numbers, uint32_t i, unsigned order, unsigned shift)
{
    int64_t x = order == 0   ? (int64_t)((uint64_t)numbers[i] - (uint64_t)numbers[0])
                : order == 1 ? step(numbers, i)
                             : (int64_t)((uint64_t)step(numbers, i) - (uint64_t)step(numbers, i - 1));
    return x >> shift;
}

/* Bits that a way of writing takes, roughly: those of each number, and one more to tell how many. */
static uint64_t cost_of(const int64_t *numbers, uint32_t n, const struct plan *p)
{
    uint64_t bits = 0;
    for (uint32_t i = p->order; i < n; i++) {
        uint64_t x = (uint64_t)rest(numbers, i, p->order, p->shift) - (uint64_t)p->base;
        bits += 1 + bit_count(p->is_signed ? zigzag(x) : x);
    }
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
    *ret_mean = fabs(mean) < EXACT_MAX ? (int64_t)mean : 0;
}

/* Chooses order and base by what they cost. */
static void choose(const int64_t *numbers, uint32_t n, struct plan *p)
{
    uint64_t best_cost = UINT64_MAX, all = 0;
    struct plan best = *p;

    for (uint32_t i = 1; i < n; i++)
        all |= (uint64_t)step(numbers, i);
    p->shift = all == 0 ? 0 : (unsigned)__builtin_ctzll(all);
    for (p->order = 0; p->order < 3 && p->order < n; p->order++) {
        int64_t bases[3] = {0, 0, 0};
        range_of(numbers, n, p, &bases[1], &bases[2]);
        for (unsigned way = 0; way < (p->order == 2 ? 2u : 3u); way++) {
            p->base = bases[way];
            p->is_signed = way != 1;
            uint64_t cost = cost_of(numbers, n, p);
            if (cost < best_cost) {
                best_cost = cost;
                best = *p;
            }
        }
    }
    best.first = numbers[0];
    /* The low bits of a number of so many bits on average are noise; three above them are worth a code. */
    uint64_t mean = (best_cost - (n - best.order)) / (n - best.order);
    best.low = mean > 3 ? (unsigned)mean - 3 : 0;
    if (best.low > LOW_BITS_MAX)
        best.low = LOW_BITS_MAX;
    *p = best;
}

static void put_bits(struct column_out *out, uint64_t x, unsigned n)
{
    out->waiting |= x << out->waiting_n;
    out->waiting_n += n;
    while (out->waiting_n >= 8) {
        byte_buffer_put(&out->bits, (uint8_t)out->waiting);
        out->waiting >>= 8;
        out->waiting_n -= 8;
    }
}

/* Lists the values that are no numbers: how far on from the one before, and what. */
static void write_strangers(struct column_out *out, const double *values, uint32_t n, const struct plan *p)
{
    int64_t number;
    uint32_t before = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (is_decimal(values[i], p->digits, &number))
            continue;
        byte_buffer_number(&out->heads, i - before);
        memcpy(out->heads.bytes + out->heads.n, &values[i], 8);
        out->heads.n += 8;
        before = i;
    }
}

static bool write_numbers(struct column_out *out, const double *values, uint32_t n, struct plan *p)
{
    const int64_t *numbers = out->numbers;
    if (!byte_buffer_reserve(&out->heads,
            HEAD_MAX + (8 + BYTE_NUMBER_MAX) * (size_t)p->strangers + BYTE_NUMBER_MAX * (size_t)n) ||
        !byte_buffer_reserve(&out->planes, n) || !byte_buffer_reserve(&out->bits, 8 * (size_t)n))
        return false;
    choose(numbers, n, p);
    byte_buffer_put(&out->heads, (uint8_t)(COLUMN_NUMBERS | p->digits << 2 | (p->strangers > 0) << 6));
    byte_buffer_put(&out->heads, (uint8_t)(p->order | (unsigned)p->is_signed << 2));
    byte_buffer_put(&out->heads, (uint8_t)p->shift);
    byte_buffer_put(&out->heads, (uint8_t)p->low);
    byte_buffer_number(&out->heads, zigzag((uint64_t)p->first));
    byte_buffer_number(&out->heads, zigzag((uint64_t)p->base));
    if (p->order == 2)
        byte_buffer_number(&out->heads, zigzag((uint64_t)rest(numbers, 1, 1, p->shift)));
    if (p->strangers > 0) {
        byte_buffer_number(&out->heads, p->strangers);
        write_strangers(out, values, n, p);
    }
    for (uint32_t i = p->order; i < n; i++) {
        uint64_t x = (uint64_t)rest(numbers, i, p->order, p->shift) - (uint64_t)p->base;
        x = p->is_signed ? zigzag(x) : x;
        if (x >> p->low >= BYTE_ESCAPE) {
            byte_buffer_put(&out->planes, BYTE_ESCAPE);
            byte_buffer_number(&out->heads, x >> p->low);
        } else {
            byte_buffer_put(&out->planes, (uint8_t)(x >> p->low));
        }
        put_bits(out, x & ((UINT64_C(1) << p->low) - 1), p->low);
    }
    return true;
}

/* The bytes of each double, changed by those of the one before, all first bytes, all second bytes, ... */
static bool write_bytes(struct column_out *out, const double *values, uint32_t n)
{
    if (!byte_buffer_reserve(&out->heads, 1) || !byte_buffer_reserve(&out->planes, 8 * (size_t)n))
        return false;
    byte_buffer_put(&out->heads, COLUMN_BYTES);
    uint8_t *to = out->planes.bytes + out->planes.n;
    uint64_t before = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t now = bits_of(values[i]), x = now ^ before;
        before = now;
        for (unsigned k = 0; k < 8; k++)
            to[k * (size_t)n + i] = (uint8_t)(x >> (8 * k));
    }
    out->planes.n += 8 * (size_t)n;
    return true;
}

static bool is_same(const double *values, uint32_t n)
{
    uint64_t first = bits_of(values[0]);
    for (uint32_t i = 1; i < n; i++)
        if (bits_of(values[i]) != first)
            return false;
    return true;
}

bool column_write(struct column_out *out, const double *values, uint32_t n)
{
    if (is_same(values, n)) {
        if (!byte_buffer_reserve(&out->heads, 9))
            return false;
        byte_buffer_put(&out->heads, COLUMN_SAME);
        memcpy(out->heads.bytes + out->heads.n, values, 8);
        out->heads.n += 8;
        return true;
    }
    struct plan p = {0};
    p.strangers = find_numbers(values, n, out->numbers, &p.digits);
    return p.strangers > n / STRANGER_PART ? write_bytes(out, values, n) : write_numbers(out, values, n, &p);
}

bool column_end(struct column_out *out)
{
    if (out->waiting_n > 0 && byte_buffer_reserve(&out->bits, 1))
        byte_buffer_put(&out->bits, (uint8_t)out->waiting);
    out->waiting = out->waiting_n = 0;
    return !out->bits.failed;
}

static bool read_same(struct column_in *in, double *values, uint32_t n)
{
    const uint8_t *value = byte_cursor_bytes(&in->heads, 8);
    double x;
    if (value == NULL)
        return false;
    memcpy(&x, value, 8);
    for (uint32_t i = 0; i < n; i++)
        values[i] = x;
    return true;
}

static bool read_bytes(struct column_in *in, double *values, uint32_t n)
{
    const uint8_t *from = byte_cursor_bytes(&in->planes, 8 * (size_t)n);
    uint64_t before = 0;
    for (uint32_t i = 0; from != NULL && i < n; i++) {
        for (unsigned k = 0; k < 8; k++)
            before ^= (uint64_t)from[k * (size_t)n + i] << (8 * k);
        values[i] = of_bits(before);
    }
    return from != NULL;
}

/* The plan at the heads, with the first step of order 2. */
static bool read_plan(struct column_in *in, uint8_t mode, struct plan *p, int64_t *ret_step)
{
    const uint8_t *head = byte_cursor_bytes(&in->heads, 3);
    if (head == NULL)
        return false;
    *p = (struct plan){.digits = (mode >> 2) & 15,
        .order = head[0] & 3,
        .is_signed = (head[0] & 4) != 0,
        .shift = head[1],
        .low = head[2],
        .first = (int64_t)unzigzag(byte_cursor_number(&in->heads)),
        .base = (int64_t)unzigzag(byte_cursor_number(&in->heads))};
    *ret_step = p->order == 2 ? (int64_t)unzigzag(byte_cursor_number(&in->heads)) : 0;
    return !in->heads.failed && p->digits <= DIGITS_MAX && p->order < 3 && head[0] < 8 && p->shift < 64 &&
           p->low <= LOW_BITS_MAX;
}

/* Puts the values that are no numbers where they belong; list: where they are told. */
static bool read_strangers(struct byte_cursor *list, uint32_t count, double *values, uint32_t n)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        at += byte_cursor_number(list);
        const uint8_t *value = byte_cursor_bytes(list, 8);
        if (value == NULL || at >= n)
            return false;
        if (values != NULL)
            memcpy(&values[at], value, 8);
    }
    return !list->failed;
}

/* What is left of each number, as it was written, to the places of the values from the order'th on. */
static bool read_rests(struct column_in *in, const struct plan *p, uint64_t *to, uint32_t n)
{
    const uint8_t *from = byte_cursor_bytes(&in->planes, n);
    uint64_t bit = in->bit, mask = (UINT64_C(1) << p->low) - 1;

    if (from == NULL || (uint64_t)n * p->low > 8 * (uint64_t)(in->bits.end - in->bits.at) - bit)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t high = from[i], word;
        if (__builtin_expect(high == BYTE_ESCAPE, 0))
            high = byte_cursor_number(&in->heads);
        memcpy(&word, in->bits.at + (bit >> 3), sizeof(word));
        to[i] = high << p->low | ((word >> (bit & 7)) & mask);
        bit += p->low;
    }
    in->bit = bit;
    return !in->heads.failed;
}

static bool read_numbers(struct column_in *in, uint8_t mode, double *values, uint32_t n)
{
    struct plan p;
    struct byte_cursor strangers;
    int64_t first_step;

    if (!read_plan(in, mode, &p, &first_step) || p.order >= n)
        return false;
    uint32_t count = mode & 64 ? byte_cursor_count(&in->heads, n) : 0;
    strangers = in->heads;
    if (!read_strangers(&in->heads, count, NULL, n))
        return false;
    uint64_t *rests = (uint64_t *)(void *)values; /* eight bytes each, in place */
    if (!read_rests(in, &p, rests + p.order, n - p.order))
        return false;
    uint64_t number = (uint64_t)p.first, step = (uint64_t)first_step;
    uint64_t base = (uint64_t)p.base, scale = UINT64_C(1) << p.shift;
    double power = powers[p.digits];
    for (uint32_t i = 0; i < n; i++) {
        uint64_t x = i < p.order ? 0 : (p.is_signed ? unzigzag(rests[i]) : rests[i]) + base;
        if (p.order == 0)
            number = (uint64_t)p.first + x * scale;
        else if (p.order == 1)
            number += x * scale;
        else if (i > 0)
            number += (step += x) * scale;
        values[i] = (double)(int64_t)number / power;
    }
    return read_strangers(&strangers, count, values, n);
}

bool column_read(struct column_in *in, double *values, uint32_t n)
{
    const uint8_t *mode = byte_cursor_bytes(&in->heads, 1);
    if (mode == NULL)
        return false;
    if (*mode == COLUMN_SAME)
        return read_same(in, values, n);
    if (*mode == COLUMN_BYTES)
        return read_bytes(in, values, n);
    return (*mode & 3) == COLUMN_NUMBERS && *mode < 128 && read_numbers(in, *mode, values, n);
}

bool column_is_at_end(const struct column_in *in)
{
    uint64_t bytes = (in->bit + 7) / 8;
    return in->heads.at == in->heads.end && in->planes.at == in->planes.end &&
           bytes == (uint64_t)(in->bits.end - in->bits.at);
}
