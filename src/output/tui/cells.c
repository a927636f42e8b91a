/* SPDX-License-Identifier: MIT
 * Turns outside bytes into text that fits a given number of terminal columns. What is harmful byte by byte
 * base/text.h knows; this knows what characters do to the columns. Where the text is drawn is screen.c's
 * business. */
#include "output/tui/cells.h"

#include <stdint.h>
#include <wchar.h>

/* The character at s[0..n), n >= 1, and its bytes. s is valid UTF-8; what is not (never, after cells_add)
 * counts as one '?'. */
static size_t decode(const char *s, size_t n, wchar_t *ret_c)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t length = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 1;
    uint32_t c = length == 1 ? p[0] : p[0] & (0x7fU >> length);

    if (length > n || (length == 1 && p[0] >= 0x80)) {
        *ret_c = L'?';
        return 1;
    }
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0U) != 0x80U) {
            *ret_c = L'?';
            return 1;
        }
        c = c << 6 | (p[i] & 0x3fU);
    }
    *ret_c = (wchar_t)c;
    return length;
}

/* Characters that format text instead of being text. Source: Unicode 15.0, general category Cf, the ranges
 * that are at work outside their own scripts. */
static bool is_format(wchar_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},
        {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if ((uint32_t)c >= ranges[i].first && (uint32_t)c <= ranges[i].last)
            return true;
    return false;
}

static unsigned width_of(wchar_t c)
{
    int w = c >= 0x20 && c < 0x7f ? 1 : wcwidth(c);
    return w > 0 ? (unsigned)w : 0;
}

static void add_hex(struct text *out, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    text_add_bytes(out, escape, sizeof(escape));
}

void cells_add(struct text *out, const char *bytes, size_t n, bool utf8)
{
    unsigned marks = CELLS_MARKS_MAX; /* a mark has something to stand on */
    char piece[sizeof(uint32_t) * 4 + 1];
    struct text t;

    while (n > 0 && !out->truncated) {
        wchar_t c;
        size_t length = decode(bytes, n, &c);
        text_init(&t, piece, sizeof(piece));
        text_add_printable(&t, bytes, length);
        if (t.length != length) {
            text_add_bytes(out, piece, t.length);
            marks = 0;
        } else if (length > 1 && !utf8) {
            for (size_t i = 0; i < length; i++)
                add_hex(out, (unsigned char)bytes[i]);
        } else if (length > 1 && (is_format(c) || wcwidth(c) < 0)) {
            text_add_char(out, '?');
            marks = 0;
        } else if (length == 1 || width_of(c) > 0) {
            text_add_bytes(out, bytes, length);
            marks = 0;
        } else if (marks < CELLS_MARKS_MAX) {
            text_add_bytes(out, bytes, length);
            marks++;
        }
        bytes += length;
        n -= length;
    }
}

unsigned cells_width(const char *s, size_t n)
{
    unsigned used;
    cells_prefix(s, n, UINT32_MAX, &used);
    return used;
}

size_t cells_prefix(const char *s, size_t n, unsigned columns, unsigned *ret_used)
{
    unsigned used = 0;
    size_t i = 0;

    while (i < n) {
        wchar_t c;
        size_t length = decode(s + i, n - i, &c);
        unsigned width = width_of(c);
        if (width > columns - used)
            break;
        used += width;
        i += length;
    }
    if (ret_used)
        *ret_used = used;
    return i;
}

/* Where the longest end of s begins that fits into columns. */
static size_t suffix(const char *s, size_t n, unsigned columns)
{
    unsigned width = cells_width(s, n);
    size_t i = 0;

    while (i < n && width > columns) {
        wchar_t c;
        size_t length = decode(s + i, n - i, &c);
        width -= width_of(c);
        i += length;
    }
    /* Marks of the character that was cut away go with it. */
    while (i < n) {
        wchar_t c;
        size_t length = decode(s + i, n - i, &c);
        if (width_of(c) > 0)
            break;
        i += length;
    }
    return i;
}

void cells_fit(struct text *out, const char *s, size_t n, unsigned columns, const char *mark)
{
    if (columns == 0)
        return;
    if (cells_prefix(s, n, columns, NULL) == n) {
        text_add_bytes(out, s, n);
        return;
    }
    unsigned head = (columns - 1) / 3, used;
    size_t start = cells_prefix(s, n, head, &used);
    size_t end = suffix(s, n, columns - 1 - used);
    text_add_bytes(out, s, start);
    text_add(out, mark);
    text_add_bytes(out, s + end, n - end);
}

size_t cells_wrap(const char *s, size_t n, unsigned columns, size_t *ret_next)
{
    size_t fits = cells_prefix(s, n, columns, NULL), end = fits;

    if (fits == 0 && n > 0) { /* a wide character in one column */
        wchar_t c;
        fits = end = decode(s, n, &c);
    }
    if (fits < n && s[fits] != ' ') {
        while (end > 0 && s[end - 1] != ' ')
            end--;
        if (end == 0) /* one word as long as the line */
            end = fits;
    }
    size_t next = end;
    while (next < n && s[next] == ' ')
        next++;
    while (end > 0 && s[end - 1] == ' ')
        end--;
    *ret_next = next;
    return end;
}
