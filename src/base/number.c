/* SPDX-License-Identifier: MIT
 * Turns decimal text into the nearest double or an exact integer. Three ways, each exact where it is taken:
 * one division (Clinger 1990), 128-bit integers, and the C library's strtod under the C locale for what is
 * left. Text that number_parse accepts is checked here first, so strtod never sees hex, "inf", blanks or a
 * locale. Writing is number_format.c's business. */
#include "base/number.h"

#include <assert.h>
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Clinger's argument needs operations that round once, to double. */
_Static_assert(FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 16, "doubles must be computed as doubles");

__extension__ typedef unsigned __int128 uint128;

#define DIGITS_MAX   19     /* that always fit 64 bits */
#define EXPONENT_MAX 100000 /* beyond, the value is 0 or overflows whatever 64 bytes of digits say */
#define POW5_COUNT   28     /* 5^27 is the last below 2^63 */
#define DOUBLE_BITS  53
#define DOUBLE_BIAS  1023
#define DOUBLE_EXACT (UINT64_C(1) << DOUBLE_BITS)

const double number_pow10[NUMBER_EXACT_POWERS] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
    1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

struct scanned {
    bool negative;
    bool dropped;    /* digits that are not 0 did not fit: `digits` is cut */
    uint64_t digits; /* the first DIGITS_MAX significant ones */
    int exponent;    /* value = digits * 10^exponent */
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Takes the digits at p[i..n) into s; fraction: they come after the point. Returns the index after them. */
static size_t scan_digits(
    const char *p, size_t n, size_t i, bool fraction, unsigned *taken, struct scanned *s)
{
    for (; i < n && is_digit(p[i]); i++) {
        if (*taken == DIGITS_MAX) {
            s->dropped = s->dropped || p[i] != '0';
            s->exponent += !fraction;
            continue;
        }
        s->digits = s->digits * 10 + (uint64_t)(p[i] - '0');
        *taken += s->digits != 0; /* leading zeros are not significant */
        s->exponent -= fraction;
    }
    return i;
}

/* Returns the index after the exponent, or 0 when there are no digits in it. */
static size_t scan_exponent(const char *p, size_t n, size_t i, struct scanned *s)
{
    const bool negative = i < n && p[i] == '-';
    if (i < n && (p[i] == '-' || p[i] == '+'))
        i++;
    const size_t begin = i;
    int exponent = 0;
    for (; i < n && is_digit(p[i]); i++) {
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (p[i] - '0');
    }
    s->exponent += negative ? -exponent : exponent;
    return i > begin ? i : 0;
}

static bool scan(const char *p, size_t n, struct scanned *s)
{
    *s = (struct scanned){.negative = p[0] == '-'};
    const size_t begin = p[0] == '-' || p[0] == '+';
    unsigned taken = 0;
    size_t i = scan_digits(p, n, begin, false, &taken, s);
    size_t digits = i - begin;
    if (i < n && p[i] == '.') {
        const size_t after_point = i + 1;
        i = scan_digits(p, n, after_point, true, &taken, s);
        digits += i - after_point;
    }
    if (digits == 0)
        return false;
    if (i < n && (p[i] == 'e' || p[i] == 'E'))
        i = scan_exponent(p, n, i + 1, s);
    return i == n;
}

/* x * 2^exponent, and a little more when sticky, as the nearest double. x != 0; the result is far from under-
 * and overflow. */
static double round_to_double(uint128 x, bool sticky, int exponent)
{
    const uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
    const int bits = high != 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll(low);
    const int shift = bits - DOUBLE_BITS;
    uint64_t mantissa = low;
    if (shift > 0) {
        const uint128 half = (uint128)1 << (shift - 1);
        const uint128 rest = x & ((half << 1) - 1);
        mantissa = (uint64_t)(x >> shift);
        mantissa += rest > half || (rest == half && (sticky || (mantissa & 1) != 0));
        exponent += shift;
    }
    const uint64_t scale_bits = (uint64_t)(exponent + DOUBLE_BIAS) << (DOUBLE_BITS - 1);
    double scale;
    memcpy(&scale, &scale_bits, sizeof scale);
    return (double)(int64_t)mantissa * scale;
}

/* digits * 10^exponent for |exponent| < POW5_COUNT, exactly in 128-bit integers and rounded once: 10^e = 5^e
 * 2^e. */
static double from_integers(uint64_t digits, int exponent)
{
    uint64_t pow5 = 1;
    for (int i = exponent < 0 ? -exponent : exponent; i > 0; i--)
        pow5 *= 5;
    if (exponent >= 0)
        return round_to_double((uint128)digits * pow5, false, exponent);
    /* With the top bit of 128 set, the quotient has at least 64 bits: more than the 53 that are kept. */
    const int shift = __builtin_clzll(digits) + 64;
    const uint128 numerator = (uint128)digits << shift;
    const uint128 quotient = numerator / pow5;
    return round_to_double(quotient, quotient * pow5 != numerator, exponent - shift);
}

/* The C locale of glibc and musl is a constant: nothing is allocated or read, and asking again gives the
 * same. */
static locale_t c_locale(void)
{
    static locale_t kept;
    locale_t locale = __atomic_load_n(&kept, __ATOMIC_RELAXED);
    if (locale == (locale_t)0) {
        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        assert(locale != (locale_t)0);
        __atomic_store_n(&kept, locale, __ATOMIC_RELAXED);
    }
    return locale;
}

static double by_strtod(const char *p, size_t n)
{
    char text[NUMBER_PARSE_MAX + 1];
    memcpy(text, p, n);
    text[n] = '\0';
    return strtod_l(text, NULL, c_locale());
}

int number_parse(const char *p, size_t n, double *ret_value)
{
    struct scanned s;
    if (n == 0 || n > NUMBER_PARSE_MAX || !scan(p, n, &s))
        return -EINVAL;
    double v;
    if (s.digits == 0) {
        v = 0;
    } else if (!s.dropped && s.digits <= DOUBLE_EXACT && s.exponent <= 0 &&
               s.exponent > -NUMBER_EXACT_POWERS) {
        v = (double)(int64_t)s.digits / number_pow10[-s.exponent];
    } else if (!s.dropped && s.exponent > -POW5_COUNT && s.exponent < POW5_COUNT) {
        v = from_integers(s.digits, s.exponent);
    } else {
        v = fabs(by_strtod(p, n));
        if (isinf(v))
            return -ERANGE;
    }
    *ret_value = s.negative ? -v : v;
    return 0;
}

/* The digits of p[i..n) as an integer of at most `limit`. Returns 0, -EINVAL, -ERANGE. */
static int parse_magnitude(const char *p, size_t n, size_t i, uint64_t limit, uint64_t *ret_value)
{
    if (i >= n || n > NUMBER_PARSE_MAX)
        return -EINVAL;
    uint64_t v = 0;
    bool fits = true;
    for (; i < n; i++) {
        if (!is_digit(p[i]))
            return -EINVAL;
        const uint64_t digit = (uint64_t)(p[i] - '0');
        fits = fits && v <= (limit - digit) / 10;
        v = fits ? v * 10 + digit : 0;
    }
    if (!fits)
        return -ERANGE;
    *ret_value = v;
    return 0;
}

int number_parse_u64(const char *p, size_t n, uint64_t *ret_value)
{
    return parse_magnitude(p, n, 0, UINT64_MAX, ret_value);
}

int number_parse_i64(const char *p, size_t n, int64_t *ret_value)
{
    const bool negative = n > 0 && p[0] == '-';
    const size_t begin = n > 0 && (p[0] == '-' || p[0] == '+');
    uint64_t v;
    const int error = parse_magnitude(p, n, begin, (uint64_t)INT64_MAX + negative, &v);
    if (error != 0)
        return error;
    *ret_value = negative ? (int64_t)(0 - v) : (int64_t)v;
    return 0;
}
