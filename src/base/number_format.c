/* SPDX-License-Identifier: MIT
 * Turns a double into the shortest decimal that reads back as the same bits, and into rounded decimals for
 * people. First the digits are found (four ways, cheapest first, each exact where it answers), then they are
 * laid out. printf is asked only for digits: its decimal point belongs to a locale. Reading is number.c's
 * business. */
#include "base/number.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

#define DIGITS_SURE     15 /* DBL_DIG: different decimals of so many digits are different doubles */
#define DIGITS_ENOUGH   17 /* DBL_DECIMAL_DIG: so many always read back */
#define POW5_LAST       27 /* 5^27 < 2^63, so a mantissa times it fits 128 bits */
#define DOUBLE_BITS     53
#define DOUBLE_BIAS     1075 /* of the mantissa taken as an integer */
#define PLAIN_MIN       (-4) /* places before the point: 1e-5 */
#define PLAIN_MAX       17   /* 1e17 is the first with an exponent */
#define HUMAN_PLAIN_MIN (-3)
#define HUMAN_PLAIN_MAX 9
#define SCIENTIFIC_MAX  40 /* bytes of a %.16e with any locale's decimal point */

static const double integers_exact = 9007199254740992.0; /* 2^53 */

/* digits * 10^exponent, digits not ending in 0. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* Takes the zeros off the end, many at a time. digits != 0. */
static void drop_zeros(struct decimal *d)
{
    static const struct {
        uint64_t power;
        int zeros;
    } steps[] = {{100000000, 8}, {10000, 4}, {100, 2}, {10, 1}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        while (d->digits % steps[i].power == 0) {
            d->digits /= steps[i].power;
            d->exponent += steps[i].zeros;
        }
    }
}

/* The power of ten that takes v to [10^14, 2 10^15): log10(2) = 0.30103. v normal. */
static int scale_for(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    const int exponent2 = (int)(bits >> 52) - 1023;
    const int exponent10 = (exponent2 * 30103 + (exponent2 < 0 ? -99999 : 0)) / 100000; /* rounded down */
    return DIGITS_SURE - 1 - exponent10;
}

/* Integers N up to 2 10^15 over a power of ten: all decimals of 15 digits and some of 16, which lie further
 * apart than the doubles beside them. So when one reads back as v it is the one nearest to v, and v times an
 * exact power of ten is off it by less than a half. So: round, divide (exact operands, one rounding: just
 * what reading does) and compare. *ret_scale: the power of ten. */
static bool find_short(double v, int *ret_scale, struct decimal *d)
{
    const int scale = scale_for(v);
    if (scale < 1 || scale >= NUMBER_EXACT_POWERS)
        return false;
    *ret_scale = scale;
    d->digits = (uint64_t)(int64_t)(v * number_pow10[scale] + 0.5);
    d->exponent = -scale;
    return (double)(int64_t)d->digits / number_pow10[scale] == v;
}

/* One or two digits more than find_short tried: v times 10^(scale + 1) or 10^(scale + 2) in exact integers. v
 * = m 2^-e, so v 10^k = m 5^k 2^(k-e) = x / 2^s. A decimal N / 10^k reads back when it is nearer to v than
 * half a unit of m. */
static bool find_long(double v, int scale, struct decimal *d)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    const uint64_t implicit = UINT64_C(1) << (DOUBLE_BITS - 1);
    const uint64_t m = (bits & (implicit - 1)) | implicit;
    const int e = DOUBLE_BIAS - (int)(bits >> (DOUBLE_BITS - 1));
    if (m == implicit ||
        scale + 2 > POW5_LAST) /* below a power of two the doubles lie closer: the slow way */
        return false;
    uint64_t pow5 = 1;
    for (int i = 0; i <= scale; i++)
        pow5 *= 5;
    for (int k = scale + 1; k <= scale + 2; k++, pow5 *= 5) {
        const int s = e - k;
        if (s < 1)
            return false;
        const uint128 x = (uint128)m * pow5;
        const uint128 half = (uint128)1 << (s - 1);
        const uint128 rest = x & ((half << 1) - 1);
        uint64_t n = (uint64_t)(x >> s);
        const bool up = rest > half || (rest == half && (n & 1) != 0);
        const uint128 distance = up ? (half << 1) - rest : rest;
        n += up;
        if (2 * distance < pow5 || (2 * distance == pow5 && (m & 1) == 0)) {
            *d = (struct decimal){n, -k};
            return true;
        }
    }
    return false;
}

/* v in `count` digits, correctly rounded. */
static void digits_by_printf(double v, int count, struct decimal *d)
{
    char text[SCIENTIFIC_MAX];
    const int length = snprintf(text, sizeof text, "%.*e", count - 1, v);
    assert(length > 0 && (size_t)length < sizeof text);
    d->digits = 0;
    const char *p = text;
    for (; *p != 'e'; p++) {
        if (*p >= '0' && *p <= '9')
            d->digits = d->digits * 10 + (uint64_t)(*p - '0');
    }
    const bool negative = *++p == '-';
    int exponent = 0;
    for (p++; *p != '\0'; p++)
        exponent = exponent * 10 + (*p - '0');
    d->exponent = (negative ? -exponent : exponent) - (count - 1);
}

static bool reads_back(const struct decimal *d, double v)
{
    char text[SCIENTIFIC_MAX];
    const int length = snprintf(text, sizeof text, "%llue%d", (unsigned long long)d->digits, d->exponent);
    double back;
    return number_parse(text, (size_t)length, &back) == 0 && back == v;
}

/* Any finite v > 0. Normal numbers need not be tried below 15 digits (see find_short: trailing zeros go
 * later); denormals have fewer. Below a power of two the doubles lie twice as close as above it, so that the
 * nearest decimal may read back wrongly where the next one up does not (2^-44 = 5.684341886080802e-14). */
static void find_slowly(double v, struct decimal *d)
{
    for (int count = v < DBL_MIN ? 1 : DIGITS_SURE; count < DIGITS_ENOUGH; count++) {
        digits_by_printf(v, count, d);
        if (reads_back(d, v))
            return;
        d->digits++;
        if (reads_back(d, v))
            return;
    }
    digits_by_printf(v, DIGITS_ENOUGH, d);
}

static void find_shortest(double v, struct decimal *d)
{
    int scale = 0;
    if (v < integers_exact && v == (double)(int64_t)v)
        *d = (struct decimal){(uint64_t)(int64_t)v, 0};
    else if (v < DBL_MIN || (!find_short(v, &scale, d) && (scale == 0 || !find_long(v, scale, d))))
        find_slowly(v, d);
    drop_zeros(d);
}

static size_t put_exponent(int exponent, char *out)
{
    char *p = out;
    *p++ = 'e';
    *p++ = exponent < 0 ? '-' : '+';
    const int magnitude = exponent < 0 ? -exponent : exponent;
    if (magnitude >= 100)
        *p++ = (char)('0' + magnitude / 100);
    if (magnitude >= 10)
        *p++ = (char)('0' + magnitude / 10 % 10);
    *p++ = (char)('0' + magnitude % 10);
    return (size_t)(p - out);
}

static char *put(char *out, const char *bytes, int n)
{
    memcpy(out, bytes, (size_t)n);
    return out + n;
}

static char *put_zeros(char *out, int n)
{
    memset(out, '0', (size_t)n);
    return out + n;
}

/* Writes d; plain notation when its point stands after plain_min..plain_max places. */
static size_t lay_out(bool negative, const struct decimal *d, int plain_min, int plain_max, char *out)
{
    char digits[20];
    char *begin = digits + sizeof digits;
    uint64_t rest = d->digits;
    do {
        *--begin = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    const int count = (int)(digits + sizeof digits - begin);
    const int places = count + d->exponent; /* digits before the point */
    char *p = out;
    if (negative)
        *p++ = '-';
    if (places < plain_min || places > plain_max) {
        *p++ = begin[0];
        if (count > 1) {
            *p++ = '.';
            p = put(p, begin + 1, count - 1);
        }
        p += put_exponent(places - 1, p);
    } else if (places <= 0) {
        p = put(p, "0.", 2);
        p = put_zeros(p, -places);
        p = put(p, begin, count);
    } else if (places >= count) {
        p = put(p, begin, count);
        p = put_zeros(p, places - count);
    } else {
        p = put(p, begin, places);
        *p++ = '.';
        p = put(p, begin + places, count - places);
    }
    *p = '\0';
    return (size_t)(p - out);
}

static size_t put_zero(char *out)
{
    memcpy(out, "0", 2);
    return 1;
}

size_t number_format(double v, char *out)
{
    assert(isfinite(v));
    if (v == 0)
        return put_zero(out);
    struct decimal d;
    find_shortest(fabs(v), &d);
    return lay_out(v < 0, &d, PLAIN_MIN, PLAIN_MAX, out);
}

size_t number_format_rounded(double v, int digits, char *out)
{
    assert(isfinite(v) && digits >= 1 && digits <= HUMAN_PLAIN_MAX);
    const double magnitude = fabs(v);
    if (v == 0)
        return put_zero(out);
    struct decimal d;
    if (magnitude >= number_pow10[digits] && magnitude < number_pow10[HUMAN_PLAIN_MAX])
        d = (struct decimal){(uint64_t)(int64_t)(magnitude + 0.5), 0};
    else
        digits_by_printf(magnitude, digits, &d);
    drop_zeros(&d);
    return lay_out(v < 0, &d, HUMAN_PLAIN_MIN, HUMAN_PLAIN_MAX, out);
}
