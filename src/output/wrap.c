/* SPDX-License-Identifier: MIT
 * Turns one long line into several that fit a terminal. How wide that is, is the caller's matter. */
#include "output/wrap.h"

#include <string.h>

#define ESCAPE '\033'

/* Bytes of the piece at s that a line must not break: a word, and with a number the word after it ("24 min"
 * stays together). */
static size_t piece_length(const char *s, size_t left)
{
    size_t n = 0, word;
    bool is_number = true;

    while (n < left && s[n] != ' ' && s[n] != '\n') {
        is_number &= memchr("0123456789.,-", s[n], 13) != NULL;
        n++;
    }
    if (n == 0 || !is_number || n == left || s[n] != ' ')
        return n;
    for (word = n + 1; word < left && s[word] != ' ' && s[word] != '\n'; word++) {
    }
    return word;
}

size_t wrap_columns(const char *s, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == ESCAPE) {
            while (i < n && s[i] != 'm')
                i++;
            continue;
        }
        width += ((unsigned char)s[i] & 0xC0U) != 0x80U;
    }
    return width;
}

static void begin_line(struct text *t, size_t indent)
{
    text_add_char(t, '\n');
    for (size_t i = 0; i < indent; i++)
        text_add_char(t, ' ');
}

void wrap_add(struct text *t, const struct wrap *w, const char *bytes, size_t n)
{
    size_t column = w->at, i = 0;
    bool fresh = true; /* nothing of this text on the line yet */

    while (i < n) {
        if (bytes[i] == '\n') {
            begin_line(t, w->indent);
            column = w->indent;
            fresh = true;
            i++;
            continue;
        }
        size_t blanks = 0;
        while (i + blanks < n && bytes[i + blanks] == ' ')
            blanks++;
        size_t piece = piece_length(bytes + i + blanks, n - i - blanks);
        size_t width = wrap_columns(bytes + i + blanks, piece);
        if (!fresh && blanks && w->columns && column + blanks + width > w->columns) {
            begin_line(t, w->indent);
            column = w->indent;
        } else {
            text_add_bytes(t, bytes + i, blanks);
            column += blanks;
        }
        text_add_bytes(t, bytes + i + blanks, piece);
        column += width;
        i += blanks + piece;
        fresh = false;
    }
}

void wrap_add_narrative(struct text *t, const struct incident *i, bool lines)
{
    size_t length = strnlen(i->narrative, INCIDENT_TEXT_MAX), from = 0;

    for (uint32_t k = 1; k < i->line_count && k < INCIDENT_LINES_MAX; k++) {
        size_t at = i->lines[k].at;
        if (at <= from + 1 || at > length)
            continue;
        text_add_printable(t, i->narrative + from, at - 1 - from);
        text_add_char(t, lines ? '\n' : ' ');
        from = at;
    }
    text_add_printable(t, i->narrative + from, length - from);
}
