/* SPDX-License-Identifier: MIT
 * Turns a series' values into rows of numbers and back. Telemetry is mostly whole numbers and decimals of few
 * digits that passed through a double, so a column is looked at as n / 10^k with one k. What is no such
 * decimal (missing values, -0) is listed; a column with many of these is written as the bytes of its doubles.
 */
#include "state/column.h"

#include <math.h>

/* The first byte of a column: what it is, and of numbers the digits and whether some values are listed. */
enum { COLUMN_SAME, COLUMN_BYTES, COLUMN_NUMBERS };
#define KIND_BITS 2u
#define LISTED    64u
#define MODE_END  128u /* modes are below */

#define DIGITS_MAX 9      /* after the point: counters in nanoseconds, fed as seconds */
#define EXACT_MAX  0x1p53 /* magnitudes below are whole numbers of a double */
#define WHOLE_MAX                                                                                            \
    0x1p62 /* whole doubles that fit a number, whose differences need not be exact as doubles                \
            */
#define LISTED_PART                                                                                          \
    8u /* one in so many values may be listed: each costs ten bytes, as two values do otherwise */

static const double powers[DIGITS_MAX + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

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

/* Is value = *ret / 10^digits, the same double? */
static bool is_decimal(double value, unsigned digits, int64_t *ret)
{
    double whole = rint(value * powers[digits]);
    if (!(fabs(whole) < (digits == 0 ? WHOLE_MAX : EXACT_MAX)))
        return false;
    int64_t number = (int64_t)whole;
    if (bits_of((double)number / powers[digits]) != bits_of(value))
        return false;
    *ret = number;
    return true;
}

/* The numbers of a column. Returns how many values are none, in whose place stands the number before. The
 * digits grow until they fit a value that needs more; values that fit fewer fit more as well, but for the
 * largest. */
static uint32_t find_numbers(const double *values, uint32_t n, int64_t *numbers, unsigned *ret_digits)
{
    unsigned digits = 0;
    int64_t before = 0;

    for (uint32_t i = 0; i < n && digits < DIGITS_MAX; i++) {
        unsigned more = digits;
        while (more <= DIGITS_MAX && !is_decimal(values[i], more, &before))
            more++;
        if (more <= DIGITS_MAX)
            digits = more;
    }
    uint32_t listed = 0;
    before = 0;
    for (uint32_t i = 0; i < n; i++) {
        listed += !is_decimal(values[i], digits, &before);
        numbers[i] = before;
    }
    *ret_digits = digits;
    return listed;
}

/* Lists the values that are no numbers: how many, how far on from the one before, and what. */
static bool write_list(
    struct byte_buffer *b, const double *values, uint32_t n, unsigned digits, uint32_t count)
{
    uint32_t before = 0;
    int64_t number;

    if (!byte_buffer_reserve(b, BYTE_NUMBER_MAX + (BYTE_NUMBER_MAX + 8) * (size_t)count))
        return false;
    byte_buffer_number(b, count);
    for (uint32_t i = 0; i < n; i++) {
        if (is_decimal(values[i], digits, &number))
            continue;
        byte_buffer_number(b, i - before);
        memcpy(b->bytes + b->n, &values[i], 8);
        b->n += 8;
        before = i;
    }
    return true;
}

/* The bytes of each double, less those of the one before where they agree; all first bytes, all second bytes,
 * ... */
static bool write_bytes(struct numbers_out *out, const double *values, uint32_t n)
{
    if (!byte_buffer_reserve(&out->planes, 8 * (size_t)n))
        return false;
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

bool column_write(struct numbers_out *out, const double *values, uint32_t n, int64_t *scratch)
{
    struct byte_buffer *heads = &out->heads;
    unsigned digits;

    if (!byte_buffer_reserve(heads, 9))
        return false;
    if (is_same(values, n)) {
        byte_buffer_put(heads, COLUMN_SAME);
        memcpy(heads->bytes + heads->n, values, 8);
        heads->n += 8;
        return true;
    }
    uint32_t listed = find_numbers(values, n, scratch, &digits);
    if (listed > n / LISTED_PART) {
        byte_buffer_put(heads, COLUMN_BYTES);
        return write_bytes(out, values, n);
    }
    byte_buffer_put(heads, (uint8_t)(COLUMN_NUMBERS | digits << KIND_BITS | (listed > 0 ? LISTED : 0)));
    return (listed == 0 || write_list(heads, values, n, digits, listed)) && numbers_write(out, scratch, n);
}

static bool read_same(struct numbers_in *in, double *values, uint32_t n)
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

static bool read_bytes(struct numbers_in *in, double *values, uint32_t n)
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

/* Goes through a list. values NULL: only to its end. */
static bool read_list(struct byte_cursor *list, double *values, uint32_t n)
{
    uint32_t count = byte_cursor_count(list, n);
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

static bool read_numbers(struct numbers_in *in, uint8_t mode, double *values, uint32_t n)
{
    unsigned digits = (mode & (LISTED - 1)) >> KIND_BITS;
    struct byte_cursor list = in->heads;
    int64_t *numbers = (int64_t *)(void *)values; /* of the same size, in place */

    if (digits > DIGITS_MAX || ((mode & LISTED) && !read_list(&in->heads, NULL, n)) ||
        !numbers_read(in, numbers, n))
        return false;
    const double power = powers[digits];
    if (digits == 0)
        for (uint32_t i = 0; i < n; i++)
            values[i] = (double)numbers[i];
    else
        for (uint32_t i = 0; i < n; i++)
            values[i] = (double)numbers[i] / power;
    return !(mode & LISTED) || read_list(&list, values, n);
}

bool column_read(struct numbers_in *in, double *values, uint32_t n)
{
    const uint8_t *mode = byte_cursor_bytes(&in->heads, 1);
    if (mode == NULL)
        return false;
    if (*mode == COLUMN_SAME)
        return read_same(in, values, n);
    if (*mode == COLUMN_BYTES)
        return read_bytes(in, values, n);
    return (*mode & 3) == COLUMN_NUMBERS && *mode < MODE_END && read_numbers(in, *mode, values, n);
}
