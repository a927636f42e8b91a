/* SPDX-License-Identifier: MIT
 * The common case of number_parse, inline: short plain decimals, exact. What it declines goes to
 * number_parse, which gives the same double. */
#ifndef COHERENCE_INGESTION_DECIMAL_H
#define COHERENCE_INGESTION_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#define DECIMAL_DIGITS_MAX   19 /* always fit 64 bits */
#define DECIMAL_FRACTION_MAX 22 /* 10^22 is the greatest power of ten that a double holds exactly */
#define DECIMAL_MANTISSA_MAX (UINT64_C(1) << 53)

static const double decimal_powers[DECIMAL_FRACTION_MAX + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
    1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Reads [-]digits[.digits] at p up to the first other byte; a byte that is neither digit nor point must
 * follow within the buffer. Returns where it stopped with *ret_value set, or NULL: not of this form or not
 * exact this way. An integer below 2^53 divided by a power of ten up to 10^22 is correctly rounded, because
 * both are exact. Source: Clinger 1990, "How to read floating point numbers accurately". */
static inline const char *decimal_fast(const char *p, double *ret_value)
{
    int negative = *p == '-';
    p += negative;
    const char *first = p;
    uint64_t mantissa = 0;
    unsigned digit;
    while ((digit = (unsigned char)*p - (unsigned)'0') <= 9) {
        mantissa = mantissa * 10u + digit;
        p++;
    }
    ptrdiff_t digits = p - first, fraction = 0;
    if (*p == '.') {
        const char *point = ++p;
        while ((digit = (unsigned char)*p - (unsigned)'0') <= 9) {
            mantissa = mantissa * 10u + digit;
            p++;
        }
        fraction = p - point;
        digits += fraction;
    }
    if (digits == 0 || digits > DECIMAL_DIGITS_MAX || mantissa > DECIMAL_MANTISSA_MAX)
        return NULL;
    double value = (double)mantissa;
    if (fraction > 0)
        value /= decimal_powers[fraction];
    *ret_value = negative ? -value : value;
    return p;
}

#endif
