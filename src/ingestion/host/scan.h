/* SPDX-License-Identifier: MIT
 * The few steps that every parser of kernel text takes: over blanks, over digits, to the end of a line.
 * Header only, because they run several thousand times a second. All take [*p, end) and never look at end
 * itself. */
#ifndef COHERENCE_INGESTION_SCAN_H
#define COHERENCE_INGESTION_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Steps over blanks and tabs. */
static inline void scan_blanks(const char **p, const char *end)
{
    while (*p < end && (**p == ' ' || **p == '\t'))
        (*p)++;
}

/* The end of the word that starts at p: the next blank, tab or newline, or end. */
static inline const char *scan_word_end(const char *p, const char *end)
{
    while (p < end && *p != ' ' && *p != '\t' && *p != '\n')
        p++;
    return p;
}

/* Reads decimal digits into *ret_value and steps over them. False, with nothing changed, when there is no
 * digit or the number does not fit into 64 bits. What follows the digits is the caller's to judge. */
static inline bool scan_u64(const char **p, const char *end, uint64_t *ret_value)
{
    const char *q = *p;
    uint64_t v = 0;

    for (; q < end && *q >= '0' && *q <= '9'; q++)
        if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(*q - '0'), &v))
            return false;
    if (q == *p)
        return false;
    *p = q;
    *ret_value = v;
    return true;
}

/* Like scan_u64, but the number must end where the field ends: at a blank, a tab, a newline or end. */
static inline bool scan_field_u64(const char **p, const char *end, uint64_t *ret_value)
{
    const char *q = *p;
    uint64_t v;

    if (!scan_u64(&q, end, &v) || (q < end && *q != ' ' && *q != '\t' && *q != '\n'))
        return false;
    *p = q;
    *ret_value = v;
    return true;
}

/* The newline that ends the line at p, or NULL when the text stops inside the line: such text was cut and is
 * never taken for whole. */
static inline const char *scan_line_end(const char *p, const char *end)
{
    return p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
}

/* Is the word [p, p + n) this one? */
static inline bool scan_is(const char *p, size_t n, const char *word)
{
    return strlen(word) == n && memcmp(p, word, n) == 0;
}

#endif
