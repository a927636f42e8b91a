/* SPDX-License-Identifier: MIT
 * Turns a line into its parts: name, values, type, sampling rate, tags, time. What is added up over an
 * interval is statsd_table.c's matter. */
#include "ingestion/statsd/statsd_line.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"

#define NS_PER_S INT64_C(1000000000)

static bool is_text(const char *a, size_t n, const char *b)
{
    return strlen(b) == n && memcmp(a, b, n) == 0;
}

static bool read_type(const char *text, size_t n, enum statsd_type *ret)
{
    if (is_text(text, n, "c"))
        *ret = STATSD_COUNTER;
    else if (is_text(text, n, "g"))
        *ret = STATSD_GAUGE;
    else if (is_text(text, n, "ms") || is_text(text, n, "h") || is_text(text, n, "d"))
        *ret = STATSD_TIMER;
    else if (is_text(text, n, "s"))
        *ret = STATSD_SET;
    else
        return false;
    return true;
}

/* A part behind the type: "@rate", "#tags", "Tseconds"; others are passed over. */
static bool read_part(const char *text, size_t n, struct statsd_line *l)
{
    int64_t t_s;

    if (n == 0)
        return true;
    switch (text[0]) {
    case '@':
        return n > 1 && number_parse_inline(text + 1, n - 1, &l->rate) == 0 && l->rate > 0 && l->rate <= 1;
    case '#':
        l->tags = text + 1;
        l->tags_n = n - 1;
        return true;
    case 'T':
        if (number_parse_i64(text + 1, n - 1, &t_s) != 0 || t_s < 0 || t_s > INT64_MAX / NS_PER_S)
            return false;
        l->t_ns = t_s * NS_PER_S;
        return true;
    default:
        return true;
    }
}

static bool is_clean(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    return true;
}

/* Everything behind the values: the type, and parts. */
static bool read_parts(const char *p, const char *end, struct statsd_line *l)
{
    bool first = true, fine = true;

    while (p <= end && fine) {
        const char *bar = memchr(p, '|', (size_t)(end - p));
        const char *to = bar ? bar : end;
        fine = first ? read_type(p, (size_t)(to - p), &l->type) : read_part(p, (size_t)(to - p), l);
        first = false;
        p = to + 1;
    }
    return fine;
}

bool statsd_line_read(const char *line, size_t n, struct statsd_line *ret, enum intake_drop *ret_why)
{
    const char *end = line + n;
    struct statsd_line l = {.name = line, .rate = 1, .tags = "", .t_ns = INTAKE_NOW};

    *ret_why = INTAKE_DROP_UNSUPPORTED;
    if ((n >= 3 && memcmp(line, "_e{", 3) == 0) || (n >= 4 && memcmp(line, "_sc|", 4) == 0))
        return false;
    *ret_why = INTAKE_DROP_MALFORMED;
    const char *colon = n ? memchr(line, ':', n) : NULL;
    const char *bar = colon ? memchr(colon, '|', (size_t)(end - colon)) : NULL;
    if (!bar || colon == line)
        return false;
    l.name_n = (size_t)(colon - line);
    l.values = colon + 1;
    l.values_n = (size_t)(bar - colon - 1);
    if (l.values_n == 0 || !read_parts(bar + 1, end, &l) ||
        (l.type == STATSD_SET && l.values_n > STATSD_MEMBER_MAX))
        return false;
    *ret_why = INTAKE_DROP_BAD_NAME;
    if (!is_clean(line, l.name_n) || !is_clean(l.tags, l.tags_n))
        return false;
    *ret = l;
    return true;
}

int statsd_next_value(const struct statsd_line *l, size_t *at, double *ret_value, char *ret_sign)
{
    if (*at > l->values_n)
        return 0;
    const char *from = l->values + *at;
    const size_t left = l->values_n - *at;
    const char *colon = memchr(from, ':', left);
    const size_t n = colon ? (size_t)(colon - from) : left;

    if (n == 0 || number_parse_inline(from, n, ret_value) != 0)
        return -EINVAL;
    *ret_sign = from[0] == '+' || from[0] == '-' ? from[0] : '\0';
    *at += n + 1;
    return 1;
}

size_t statsd_labels(const struct statsd_line *l, struct intake_label *ret, size_t most)
{
    const char *p = l->tags, *end = l->tags + l->tags_n;
    size_t count = 0;

    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *to = comma ? comma : end;
        const char *colon = to > p ? memchr(p, ':', (size_t)(to - p)) : NULL;
        if (to > p && count < most)
            ret[count] = (struct intake_label){.name = p,
                .value = colon ? colon + 1 : "true",
                .name_n = (uint32_t)((colon ? colon : to) - p),
                .value_n = colon ? (uint32_t)(to - colon - 1) : 4};
        count += to > p;
        p = to + 1;
    }
    return count;
}
