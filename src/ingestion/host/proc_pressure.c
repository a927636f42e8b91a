/* SPDX-License-Identifier: MIT
 * Turns the text of one pressure file into its numbers, all of them or none. That the file may be missing, or
 * be there and refuse to be read (EOPNOTSUPP: built in but not switched on), is the reader's matter. */
#include "ingestion/host/proc_pressure.h"

#include <errno.h>

#include "ingestion/host/scan.h"

#define PERCENT_MAX 100 /* an average above it is no share of time */

enum field { FIELD_AVG10, FIELD_AVG60, FIELD_AVG300, FIELD_TOTAL, FIELD_COUNT };

static const char *const field_names[FIELD_COUNT] = {"avg10", "avg60", "avg300", "total"};

/* "12.34" percent, exactly two decimals as the kernel prints them ("%lu.%02lu"). */
static bool scan_percent(const char **p, const char *end, double *ret_ratio)
{
    uint64_t whole, cents;
    const char *q = *p;

    if (!scan_u64(&q, end, &whole) || whole > PERCENT_MAX || q == end || *q != '.')
        return false;
    q++;
    const char *decimals = q;
    if (!scan_field_u64(&q, end, &cents) || q - decimals != 2)
        return false;
    *ret_ratio = (double)(whole * 100 + cents) / 1e4;
    *p = q;
    return true;
}

static int find_field(const char *p, size_t n)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (scan_is(p, n, field_names[i]))
            return i;
    return -1;
}

/* The fields of one line, after its first word. */
static bool parse_fields(const char *p, const char *eol, struct pressure_line *ret)
{
    double *averages[] = {&ret->avg10_ratio, &ret->avg60_ratio, &ret->avg300_ratio};
    unsigned seen = 0;

    for (scan_blanks(&p, eol); p < eol; scan_blanks(&p, eol)) {
        const char *word_end = scan_word_end(p, eol);
        const char *equals = memchr(p, '=', (size_t)(word_end - p));
        int i = equals ? find_field(p, (size_t)(equals - p)) : -1;
        if (i < 0) {
            p = word_end;
            continue;
        }
        if (seen & (1u << i))
            return false;
        seen |= 1u << i;
        p = equals + 1;
        if (i == FIELD_TOTAL ? !scan_field_u64(&p, word_end, &ret->total_us)
                             : !scan_percent(&p, word_end, averages[i]))
            return false;
    }
    return seen == (1u << FIELD_COUNT) - 1;
}

int pressure_parse(const char *p, size_t n, struct pressure *ret)
{
    const char *end = p + n, *eol;
    struct pressure v = {0};
    bool has_some = false;

    for (; p < end; p = eol + 1) {
        eol = scan_line_end(p, end);
        if (!eol)
            return -EBADMSG;
        const char *word_end = scan_word_end(p, eol);
        bool is_some = scan_is(p, (size_t)(word_end - p), "some");
        if (!is_some && !scan_is(p, (size_t)(word_end - p), "full"))
            continue;
        if (is_some ? has_some : v.has_full)
            return -EBADMSG;
        if (!parse_fields(word_end, eol, is_some ? &v.some : &v.full))
            return -EBADMSG;
        *(is_some ? &has_some : &v.has_full) = true;
    }
    if (!has_some)
        return -EBADMSG;
    *ret = v;
    return 0;
}
