/* SPDX-License-Identifier: MIT
 * Numbers and times between text and machine, exact and without locale: parsing of outside bytes, shortest output. */
#ifndef COHERENCE_BASE_NUMBER_H
#define COHERENCE_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define NUMBER_TEXT_MAX 32 /* bytes that number_format needs, NUL included */
#define TIMESTAMP_TEXT_MAX 40

/* Parses all n bytes as a decimal number: [-+]digits[.digits][(e|E)[-+]digits], correctly rounded (the nearest double,
 * ties to even). No hex, no underscore, no inf, no nan, no blanks; digits needed before or after the point; at most 64 bytes.
 * Returns 0, -EINVAL (not a number), -ERANGE (overflows a double); *ret_value is untouched on error. Underflow gives the nearest (0 or denormal). */
int number_parse(const char *p, size_t n, double *ret_value);

/* Parses all n bytes as an unsigned or signed decimal integer. Returns 0, -EINVAL, -ERANGE. */
int number_parse_u64(const char *p, size_t n, uint64_t *ret_value);
int number_parse_i64(const char *p, size_t n, int64_t *ret_value);

/* Writes the shortest decimal that reads back as exactly v (finite), JSON syntax, NUL-terminated ("0.1", "1e+300", "-0" as "0").
 * out: NUMBER_TEXT_MAX bytes. Returns the length. Plain notation for 1e-5 <= |v| < 1e17, else exponent. */
size_t number_format(double v, char *out);

/* Parses a timestamp: Unix seconds (optional sign, fraction of at most nine digits; no exponent) or RFC 3339
 * ("2026-01-01T00:00:00[.fraction](Z|+hh:mm|-hh:mm)", 'T', 't' or one blank between). Never passes through a double.
 * Returns 0, -EINVAL (not a time), -ERANGE (outside 1678..2262), -EDOM (a date without zone, or a number so large that it must be
 * milli-, micro- or nanoseconds: >= 1e11). *ret_ns untouched on error. Source: RFC 3339 section 5.6. */
int timestamp_parse(const char *p, size_t n, int64_t *ret_ns);

/* Writes UTC as RFC 3339 with seconds ("2026-01-01T00:00:00Z"), or the time of day only. out: TIMESTAMP_TEXT_MAX bytes. Returns the length. */
size_t timestamp_format(int64_t t_ns, char *out);
size_t timestamp_format_clock(int64_t t_ns, char *out);

/* Parses an amount with its unit; the unit is obligatory except for 0.
 * duration: "250ms" "10s" "5m" "4h" "30d" (also us, ns, w; fractions allowed) -> nanoseconds.
 * size: "64MiB" "1GB" "512B" "4KiB" -> bytes. rate: "1/30d" (count per duration) -> events per day.
 * Return 0, -EINVAL, -ERANGE, -EDOM (number without unit). */
int duration_parse(const char *p, size_t n, int64_t *ret_ns);
int size_parse(const char *p, size_t n, uint64_t *ret_bytes);
int rate_parse(const char *p, size_t n, double *ret_per_day);

/* Writes a duration with the largest unit that keeps it exact ("90s", "4h", "1500ms"). out: NUMBER_TEXT_MAX bytes. Returns the length. */
size_t duration_format(int64_t ns, char *out);
/* Writes a size the same way ("64MiB"). */
size_t size_format(uint64_t bytes, char *out);

#endif
