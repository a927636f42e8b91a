/* SPDX-License-Identifier: MIT
 * A bounded text under construction: appends never overflow, truncation is remembered, nothing is allocated.
 */
#ifndef COHERENCE_BASE_TEXT_H
#define COHERENCE_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data;      /* borrowed; always NUL-terminated at data[length] */
    size_t capacity; /* bytes at data, >= 1 */
    size_t length;   /* bytes used, < capacity */
    bool truncated;  /* something did not fit */
};

/* Starts an empty text in buffer (borrowed, size >= 1). */
void text_init(struct text *t, char *buffer, size_t size);

/* Appends; what does not fit is cut (never inside a UTF-8 sequence that was whole) and `truncated` is set.
 * From then on nothing more is appended until text_clear: a text is always a prefix of what was meant. */
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *bytes, size_t n);
void text_add_char(struct text *t, char c);
/* No floating-point conversions in these two: printf writes the locale's decimal comma. */
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Appends the decimal digits of an integer. These and the next appends of numbers, times and single escapes
 * are added whole or not at all: half a number is another number. */
void text_add_uint(struct text *t, uint64_t v);
void text_add_int(struct text *t, int64_t v);

/* Appends the shortest decimal that reads back as the same double; "null" for NaN and infinities. */
void text_add_number(struct text *t, double v);

/* Appends a value for people: `digits` significant digits (1..9), but digits before the point are never
 * rounded away and trailing zeros after it are dropped ("0.5", "12346"); no exponent between 1e-4 and 1e9;
 * "no data" for NaN, "infinite". */
void text_add_human(struct text *t, double v, int digits);

/* Appends nanoseconds as Unix seconds with up to nine decimals, trailing zeros dropped; exact. */
void text_add_time(struct text *t, int64_t t_ns);

/* Appends outside bytes so that a terminal cannot be driven by them: C0 (newline and tab too), DEL, C1 and
 * invalid UTF-8 become \xNN. */
void text_add_printable(struct text *t, const char *bytes, size_t n);

/* Appends a JSON string with its quotes: escapes per RFC 8259, invalid UTF-8 becomes U+FFFD (one for each
 * maximal subpart). */
void text_add_json_string(struct text *t, const char *bytes, size_t n);

/* Appends at most `most` (>= 4) of n bytes; more is cut and the cut is shown as "...": at the end, before a
 * blank where there is one in the second half, else after a whole character; or, for names that differ in
 * their ends, at the beginning, after a '/' where there is one in the first half of what is left. */
void text_add_shortened(struct text *t, const char *bytes, size_t n, size_t most);
void text_add_name(struct text *t, const char *bytes, size_t n, size_t most);

/* Appends a time span in its two largest units, whole seconds ("5 min 18 s", "2 h"; "0 s" for what is
 * negative), or short ("5m18s", "2h", "0s"). */
void text_add_span(struct text *t, int64_t ns);
void text_add_span_short(struct text *t, int64_t ns);

/* Empties the text. */
void text_clear(struct text *t);

#endif
