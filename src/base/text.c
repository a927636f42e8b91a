/* SPDX-License-Identifier: MIT
 * Turns values and outside bytes into bounded text. Every piece goes through one door that knows the room
 * left; after the first piece that did not fit nothing more is taken, so that a text is always a prefix of
 * what was meant. Which decimals stand for a number is number_format.c's business. */
#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

#define UINT_TEXT_MAX    20 /* digits of UINT64_MAX */
#define HUMAN_TEXT_MAX   32
#define HUMAN_DIGITS_MAX 9
#define NS_PER_S         UINT64_C(1000000000)

static const char hex_digits[] = "0123456789abcdef";
static const char dots[] = "...";

/* The next unit of p[0..n), n >= 1: a well-formed UTF-8 sequence, or the longest start of one that can no
 * longer become well-formed (what Unicode calls a maximal subpart: one U+FFFD each). Returns its
 * length, 1..4. Source: Unicode 15.0, section 3.9, table 3-7 and "U+FFFD substitution of maximal subparts".
 */
static size_t utf8_unit(const unsigned char *p, size_t n, bool *ret_valid)
{
    const unsigned char lead = p[0];
    size_t length;
    unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */
    *ret_valid = lead < 0x80;
    if (lead < 0xc2 ||
        lead > 0xf4) /* ASCII, a lone continuation, or a lead that only overlong or too large values have */
        return 1;
    if (lead < 0xe0) {
        length = 2;
    } else if (lead < 0xf0) {
        length = 3;
        if (lead == 0xe0)
            low = 0xa0; /* below: overlong */
        else if (lead == 0xed)
            high = 0x9f; /* above: surrogates */
    } else {
        length = 4;
        if (lead == 0xf0)
            low = 0x90; /* below: overlong */
        else if (lead == 0xf4)
            high = 0x8f; /* above: beyond U+10FFFF */
    }
    for (size_t i = 1; i < length; i++) {
        if (i == n || p[i] < low || p[i] > high)
            return i;
        low = 0x80;
        high = 0xbf;
    }
    *ret_valid = true;
    return length;
}

/* The length of p[0..n) without a UTF-8 sequence that its end cuts off. */
static size_t whole_length(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        const unsigned char c = u[n - back];
        if (c < 0x80)
            return n;
        if (c >= 0xc0) {
            const size_t needed = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
            return needed > back ? n - back : n;
        }
    }
    return n;
}

static size_t room(const struct text *t)
{
    return t->truncated ? 0 : t->capacity - 1 - t->length;
}

static void append(struct text *t, const char *bytes, size_t n)
{
    memcpy(t->data + t->length, bytes, n);
    t->length += n;
    t->data[t->length] = '\0';
}

/* All of it or nothing: half a number or half an escape says something else than the whole. */
static void append_whole(struct text *t, const char *bytes, size_t n)
{
    if (n > room(t))
        t->truncated = true;
    else
        append(t, bytes, n);
}

void text_init(struct text *t, char *buffer, size_t size)
{
    assert(size >= 1);
    t->data = buffer;
    t->capacity = size;
    text_clear(t);
}

void text_clear(struct text *t)
{
    t->length = 0;
    t->truncated = false;
    t->data[0] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_add_bytes(t, s, strlen(s));
}

void text_add_bytes(struct text *t, const char *bytes, size_t n)
{
    if (n <= room(t)) {
        if (n > 0)
            append(t, bytes, n);
        return;
    }
    const size_t cut = room(t);
    if (cut > 0)
        append(t, bytes, whole_length(bytes, cut));
    t->truncated = true;
}

void text_add_char(struct text *t, char c)
{
    append_whole(t, &c, 1);
}

void text_addv(struct text *t, const char *format, va_list args)
{
    if (t->truncated)
        return;
    const size_t size = t->capacity - t->length;
    char *at = t->data + t->length;
    const int wanted = vsnprintf(at, size, format, args);
    if (wanted >= 0 && (size_t)wanted < size) {
        t->length += (size_t)wanted;
        return;
    }
    t->truncated = true;
    t->length += wanted < 0 ? 0 : whole_length(at, size - 1);
    t->data[t->length] = '\0';
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_addv(t, format, args);
    va_end(args);
}

/* Writes the digits of v so that they end before `end`. Returns where they begin. */
static char *write_digits(char *end, uint64_t v)
{
    do {
        *--end = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    return end;
}

static uint64_t magnitude(int64_t v)
{
    return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

void text_add_uint(struct text *t, uint64_t v)
{
    char digits[UINT_TEXT_MAX];
    char *end = digits + sizeof digits;
    const char *begin = write_digits(end, v);
    append_whole(t, begin, (size_t)(end - begin));
}

void text_add_int(struct text *t, int64_t v)
{
    char digits[UINT_TEXT_MAX + 1];
    char *end = digits + sizeof digits;
    char *begin = write_digits(end, magnitude(v));
    if (v < 0)
        *--begin = '-';
    append_whole(t, begin, (size_t)(end - begin));
}

void text_add_number(struct text *t, double v)
{
    if (!isfinite(v)) {
        append_whole(t, "null", 4);
        return;
    }
    char digits[NUMBER_TEXT_MAX];
    const size_t n = number_format(v, digits);
    append_whole(t, digits, n);
}

void text_add_human(struct text *t, double v, int digits)
{
    assert(digits >= 1 && digits <= HUMAN_DIGITS_MAX);
    if (isnan(v)) {
        text_add(t, "no data");
        return;
    }
    if (isinf(v)) {
        text_add(t, v < 0 ? "-infinite" : "infinite");
        return;
    }
    char out[HUMAN_TEXT_MAX];
    const size_t n = number_format_rounded(v, digits, out);
    append_whole(t, out, n);
}

void text_add_time(struct text *t, int64_t t_ns)
{
    char digits[UINT_TEXT_MAX + 2]; /* and a sign and a point */
    char *end = digits + sizeof digits;
    char *begin = end;
    uint64_t fraction = magnitude(t_ns) % NS_PER_S;
    if (fraction != 0) {
        unsigned places = 9;
        while (fraction % 10 == 0) {
            fraction /= 10;
            places--;
        }
        for (; places > 0; places--) {
            *--begin = (char)('0' + fraction % 10);
            fraction /= 10;
        }
        *--begin = '.';
    }
    begin = write_digits(begin, magnitude(t_ns) / NS_PER_S);
    if (t_ns < 0)
        *--begin = '-';
    append_whole(t, begin, (size_t)(end - begin));
}

/* A terminal obeys C0, DEL and C1; C1 comes as U+0080..U+009F in UTF-8 (and as single bytes, which are not
 * UTF-8). */
static bool drives_terminal(const unsigned char *p, size_t length)
{
    return p[0] < 0x20 || p[0] == 0x7f || (length == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

void text_add_printable(struct text *t, const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    for (size_t i = 0; i < n && !t->truncated;) {
        bool valid;
        const size_t length = utf8_unit(p + i, n - i, &valid);
        if (valid && !drives_terminal(p + i, length)) {
            append_whole(t, bytes + i, length);
            i += length;
            continue;
        }
        for (const size_t end = i + length; i < end; i++) {
            const char escape[4] = {'\\', 'x', hex_digits[p[i] >> 4], hex_digits[p[i] & 15]};
            append_whole(t, escape, sizeof escape);
        }
    }
}

/* The escape of a byte that JSON does not take as it is. Returns its length. Source: RFC 8259 section 7. */
static size_t json_escape(unsigned char c, char out[6])
{
    static const char letters[32] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    const char letter = c < 32 ? letters[c] : (char)c;
    out[0] = '\\';
    if (letter != '\0') {
        out[1] = letter;
        return 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = hex_digits[c >> 4];
    out[5] = hex_digits[c & 15];
    return 6;
}

static bool json_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

void text_add_json_string(struct text *t, const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    text_add_char(t, '"');
    for (size_t i = 0; i < n && !t->truncated;) {
        size_t run = i;
        while (run < n && json_plain(p[run]))
            run++;
        if (run > i) {
            text_add_bytes(t, bytes + i, run - i);
            i = run;
            continue;
        }
        if (p[i] < 0x80) {
            char escape[6];
            const size_t length = json_escape(p[i], escape);
            append_whole(t, escape, length);
            i++;
            continue;
        }
        bool valid;
        const size_t length = utf8_unit(p + i, n - i, &valid);
        if (valid)
            append_whole(t, bytes + i, length);
        else
            append_whole(t, "\xef\xbf\xbd", 3);
        i += length;
    }
    text_add_char(t, '"');
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0U) == 0x80U;
}

void text_add_shortened(struct text *t, const char *bytes, size_t n, size_t most)
{
    if (n <= most) {
        text_add_bytes(t, bytes, n);
        return;
    }
    size_t end = most - strlen(dots), at = end;
    while (at > end / 2 && bytes[at] != ' ')
        at--;
    if (bytes[at] != ' ' || at == 0)
        for (at = end; at > 0 && is_continuation(bytes[at]); at--) {
        }
    while (at > 0 && (bytes[at - 1] == ' ' || bytes[at - 1] == ',' || bytes[at - 1] == ';'))
        at--;
    text_add_bytes(t, bytes, at);
    text_add(t, dots);
}

void text_add_name(struct text *t, const char *bytes, size_t n, size_t most)
{
    if (n <= most) {
        text_add_bytes(t, bytes, n);
        return;
    }
    size_t start = n - (most - strlen(dots)), half = start + (n - start) / 2, at = start;
    while (at < half && bytes[at] != '/')
        at++;
    if (at == half)
        for (at = start; at < n && is_continuation(bytes[at]); at++) {
        }
    at += at < n && bytes[at] == ' ';
    text_add(t, dots);
    text_add_bytes(t, bytes + at, n - at);
}

struct span_unit {
    int64_t seconds;
    const char *word, *letter;
};

static const struct span_unit span_units[] = {
    {86400, " d", "d"}, {3600, " h", "h"}, {60, " min", "m"}, {1, " s", "s"}};

static void add_units(struct text *t, int64_t ns, bool brief)
{
    const struct span_unit *const last = &span_units[sizeof span_units / sizeof span_units[0] - 1];
    const struct span_unit *u = span_units;
    const int64_t s = ns > 0 ? ns / (int64_t)NS_PER_S : 0;
    while (u < last && s < u->seconds)
        u++;
    text_add_int(t, s / u->seconds);
    text_add(t, brief ? u->letter : u->word);
    if (u == last || s % u->seconds < u[1].seconds)
        return;
    text_add(t, brief ? "" : " ");
    text_add_int(t, s % u->seconds / u[1].seconds);
    text_add(t, brief ? u[1].letter : u[1].word);
}

void text_add_span(struct text *t, int64_t ns)
{
    add_units(t, ns, false);
}

void text_add_span_short(struct text *t, int64_t ns)
{
    add_units(t, ns, true);
}
