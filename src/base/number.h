/* SPDX-License-Identifier: MIT
 * Numbers and times between text and machine, exact and without locale: parsing of outside bytes, shortest
 * output. */
#ifndef COHERENCE_BASE_NUMBER_H
#define COHERENCE_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define NUMBER_PARSE_MAX   64 /* bytes of a number that is read */
#define NUMBER_TEXT_MAX    32 /* bytes that number_format needs, NUL included */
#define TIMESTAMP_TEXT_MAX 40

/* 10^0 .. 10^22: the powers of ten that a double holds exactly. */
#define NUMBER_EXACT_POWERS 23
extern const double number_pow10[NUMBER_EXACT_POWERS];

/* Parses all n bytes as a decimal number: [-+]digits[.digits][(e|E)[-+]digits], correctly rounded (the
 * nearest double, ties to even). No hex, no underscore, no inf, no nan, no blanks; digits needed before or
 * after the point; at most 64 bytes. Returns 0, -EINVAL (not a number), -ERANGE (overflows a double);
 * *ret_value is untouched on error. Underflow gives the nearest (0 or denormal). Allocates nothing. */
int number_parse(const char *p, size_t n, double *ret_value);

/* number_parse for hot loops: the plain short form ([-]digits[.digits], at most 19 bytes) without a call, all
 * else through number_parse. Same contract, same bits. Source: Clinger 1990, "How to read floating point
 * numbers accurately": an integer up to 2^53 over an exact power of ten is one correctly rounded division. */
static inline int number_parse_inline(const char *p, size_t n, double *ret_value)
{
    if (n - 1 < 19) { /* so that the digits fit 64 bits, and there is one byte */
        const size_t sign = p[0] == '-';
        uint64_t digits = 0;
        size_t i = sign, fraction = 0, point = 0;
        for (; i < n && (unsigned char)(p[i] - '0') < 10; i++)
            digits = digits * 10 + (unsigned char)(p[i] - '0');
        if (i < n && p[i] == '.') {
            const size_t begin = i + 1;
            for (i = begin; i < n && (unsigned char)(p[i] - '0') < 10; i++)
                digits = digits * 10 + (unsigned char)(p[i] - '0');
            fraction = i - begin;
            point = 1;
        }
        if (i == n && i > sign + point && digits <= UINT64_C(1) << 53) {
            const double v = (double)(int64_t)digits / number_pow10[fraction];
            *ret_value = sign ? -v : v;
            return 0;
        }
    }
    return number_parse(p, n, ret_value);
}

/* Parses all n bytes (1..64) as a decimal integer: digits, and for i64 an optional sign before them; leading
 * zeros are fine. Returns 0, -EINVAL, -ERANGE; *ret_value is untouched on error. */
int number_parse_u64(const char *p, size_t n, uint64_t *ret_value);
int number_parse_i64(const char *p, size_t n, int64_t *ret_value);

/* Writes the shortest decimal that reads back as exactly v (finite), JSON syntax, NUL-terminated ("0.1",
 * "1e+300", "-0" as "0"); of several such decimals the nearest to v. out: NUMBER_TEXT_MAX bytes. Returns the
 * length. Plain notation for 1e-5 <= |v| < 1e17, else exponent. */
size_t number_format(double v, char *out);

/* Writes v (finite) for people: rounded to 1..9 significant digits, but digits before the point are never
 * rounded away and zeros at the end of the fraction are dropped. Plain notation for 1e-4 <= |v| < 1e9, else
 * exponent. out: NUMBER_TEXT_MAX bytes. Returns the length. */
size_t number_format_rounded(double v, int digits, char *out);

/* Parses a timestamp: Unix seconds (optional sign, digits, optionally a point and one to nine digits; no
 * exponent) or RFC 3339
 * ("2026-01-01T00:00:00[.fraction](Z|+hh:mm|-hh:mm)", 'T', 't' or one blank between, 'Z' or 'z', at most nine
 * decimals, offsets up to 23:59). Never passes through a double. A leap second (23:59:60 UTC at the end of a
 * month, any fraction) has no Unix time of its own: it is read as the last nanosecond of 23:59:59, so that
 * the order of samples is kept. Any other second 60 is -EINVAL. Returns 0, -EINVAL (not a time), -ERANGE
 * (outside 1677-09-21..2262-04-11, what 64-bit nanoseconds hold), -EDOM (a date without zone, or a number so
 * large that it must be milli-, micro- or nanoseconds: magnitude >= 1e11). *ret_ns untouched on error;
 * INT64_MIN is never returned. Source: RFC 3339 sections 5.6 and 5.7. */
int timestamp_parse(const char *p, size_t n, int64_t *ret_ns);

/* Writes UTC as RFC 3339 with whole seconds, rounded down ("2026-01-01T00:00:00Z"), as people write it where
 * it is clear that UTC is meant ("2026-01-01 00:00:00"; the first TIMESTAMP_DATE_BYTES are the date), or the
 * time of day only ("00:00:00"). out: TIMESTAMP_TEXT_MAX bytes. Returns the length. */
#define TIMESTAMP_DATE_BYTES 10
size_t timestamp_format(int64_t t_ns, char *out);
size_t timestamp_format_plain(int64_t t_ns, char *out);
size_t timestamp_format_clock(int64_t t_ns, char *out);

/* Parses an amount with its unit; the unit is obligatory except for 0; no sign, no blank, at most 64 bytes
 * and 19 digits. duration: "250ms" "10s" "5m" "4h" "30d" (also us, ns, w; fractions allowed: "1.5h") ->
 * nanoseconds. size: "64MiB" "1GB" "512B" "4KiB" -> bytes (B; kB, KB, MB, GB, TB are powers of 1000, KiB,
 * MiB, GiB, TiB of 1024; fractions allowed). rate: "1/30d" or "24/d" (count >= 0 per duration or unit) ->
 * events per day. Return 0, -EINVAL (also an amount that is no whole number of nanoseconds or bytes, and a
 * rate per no time), -ERANGE, -EDOM (number without unit). Outputs are untouched on error. */
int duration_parse(const char *p, size_t n, int64_t *ret_ns);
int size_parse(const char *p, size_t n, uint64_t *ret_bytes);
int rate_parse(const char *p, size_t n, double *ret_per_day);

/* Writes a duration with the largest unit that keeps it exact ("90s", "4h", "1500ms"; 0 is "0s"). out:
 * NUMBER_TEXT_MAX bytes. Returns the length. */
size_t duration_format(int64_t ns, char *out);
/* Writes a size the same way ("64MiB", "1GB"; 0 is "0B"). */
size_t size_format(uint64_t bytes, char *out);

#endif
