/* SPDX-License-Identifier: MIT
 * Lines of an exposition to samples. Most lines are like those of the body before: the series that followed
 * last time is compared first, and nothing of the line is looked at but its value. What is new is taken apart
 * by exposition_head.c; what it means is the intake's matter. */
#include "ingestion/prometheus/exposition.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "ingestion/prometheus/exposition_head.h"
#include "ingestion/replay/decimal.h"

#define NS_PER_MS INT64_C(1000000)

enum type {
    TYPE_UNKNOWN,
    TYPE_COUNTER,
    TYPE_GAUGE,
    TYPE_HISTOGRAM,
    TYPE_GAUGE_HISTOGRAM,
    TYPE_SUMMARY,
    TYPE_INFO,
    TYPE_STATESET,
    TYPE_COUNT
};

static const char *const type_names[TYPE_COUNT] = {
    "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"};

/* The family whose TYPE was said last. */
struct family {
    const char *name;
    size_t n;
    enum type type;
};

struct reading {
    const struct exposition_options *o;
    struct intake *in;
    struct family family;
    uint64_t line, bad, samples;
    uint64_t first_bad;     /* line; 0: none */
    const char *first_what; /* what is wrong with it */
    bool over;              /* "# EOF" has been read */
    struct exposition_head head;
};

/* Counts a line that is skipped. */
static void skip(struct reading *r, const char *what)
{
    if (r->bad++ == 0) {
        r->first_bad = r->line;
        r->first_what = what;
    }
    intake_drop(r->in, INTAKE_DROP_MALFORMED, 1);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p)
{
    while (is_blank(*p))
        p++;
    return p;
}

static size_t token_n(const char *p)
{
    size_t n = 0;

    while (!is_blank(p[n]) && p[n] != '\n')
        n++;
    return n;
}

static bool token_is(const char *p, size_t n, const char *word)
{
    return strlen(word) == n && memcmp(p, word, n) == 0;
}

/* Does the name consist of the family's and that end? */
static bool is_family_and(const struct family *f, const char *name, size_t n, const char *end)
{
    size_t end_n = strlen(end);
    return f->n > 0 && n == f->n + end_n && memcmp(name, f->name, f->n) == 0 &&
           memcmp(name + f->n, end, end_n) == 0;
}

/* Does the family have samples of that name? */
static bool is_of_family(const struct family *f, const char *name, size_t n)
{
    static const char *const ends[TYPE_COUNT][5] = {
        [TYPE_UNKNOWN] = {""},
        [TYPE_COUNTER] = {"", "_total"},
        [TYPE_GAUGE] = {""},
        [TYPE_HISTOGRAM] = {"_count", "_sum", "_bucket"},
        [TYPE_GAUGE_HISTOGRAM] = {"_gcount", "_gsum", "_bucket"},
        [TYPE_SUMMARY] = {"", "_count", "_sum"},
        [TYPE_INFO] = {"_info"},
        [TYPE_STATESET] = {""},
    };

    for (int i = 0; f->type < TYPE_COUNT && ends[f->type][i]; i++)
        if (is_family_and(f, name, n, ends[f->type][i]))
            return true;
    return false;
}

static void take_type(struct reading *r, const char *p)
{
    size_t name_n = token_n(p);
    const char *type = skip_blanks(p + name_n);
    size_t type_n = token_n(type);
    struct family f = {.name = p, .n = name_n, .type = TYPE_COUNT};

    for (int i = 0; i < TYPE_COUNT; i++)
        if (token_is(type, type_n, type_names[i]))
            f.type = (enum type)i;
    if (token_is(type, type_n, "untyped"))
        f.type = TYPE_UNKNOWN;
    if (f.type == TYPE_COUNT || name_n == 0) {
        skip(r, "TYPE without a known type");
        return;
    }
    if (r->family.n == name_n && memcmp(r->family.name, p, name_n) == 0) {
        skip(r, "a second TYPE of a metric");
        return;
    }
    r->family = f;
}

static void take_comment(struct reading *r, const char *p)
{
    p = skip_blanks(p + 1);
    size_t n = token_n(p);

    if (token_is(p, n, "TYPE"))
        take_type(r, skip_blanks(p + n));
    else if (r->o->openmetrics && token_is(p, n, "EOF"))
        r->over = true;
}

/* Passed over: buckets and times of creation. */
static bool is_passed_over(const struct reading *r, const struct exposition_head *h)
{
    const struct family *f = &r->family;
    bool histogram = f->type == TYPE_HISTOGRAM || f->type == TYPE_GAUGE_HISTOGRAM;

    if (r->o->openmetrics && f->type != TYPE_GAUGE && is_family_and(f, h->name, h->name_n, "_created"))
        return true;
    if (r->o->buckets)
        return false;
    if (histogram && is_family_and(f, h->name, h->name_n, "_bucket"))
        return true;
    if (h->name_n < 7 || memcmp(h->name + h->name_n - 7, "_bucket", 7) != 0)
        return false;
    for (size_t i = 0; i < h->label_count; i++)
        if (token_is(h->labels[i].name, h->labels[i].name_n, "le"))
            return true;
    return false;
}

static enum intake_kind kind_of(const struct family *f, const char *name, size_t n)
{
    if (!is_of_family(f, name, n))
        return INTAKE_UNKNOWN;
    switch (f->type) {
    case TYPE_COUNTER:
        return INTAKE_COUNTER;
    case TYPE_HISTOGRAM:
    case TYPE_SUMMARY:
        return n == f->n ? INTAKE_GAUGE : INTAKE_COUNTER; /* quantiles are levels */
    case TYPE_GAUGE:
    case TYPE_GAUGE_HISTOGRAM:
    case TYPE_INFO:
    case TYPE_STATESET:
        return INTAKE_GAUGE;
    default:
        return INTAKE_UNKNOWN;
    }
}

#define PASSED (INTAKE_NONE - 1)

/* The reference of a head that the intake does not know yet; PASSED: it is not wanted; INTAKE_NONE: it is not
 * well-formed, which has been counted. */
static uint32_t declare(struct reading *r, const char *p, size_t n)
{
    struct exposition_head *h = &r->head;

    if (n >= INTAKE_KEY_MAX) {
        intake_drop(r->in, INTAKE_DROP_TOO_LONG, 1);
        return PASSED;
    }
    const char *fault = exposition_head_read(h, p, n);
    if (fault) {
        skip(r, fault);
        return INTAKE_NONE;
    }
    if (is_passed_over(r, h))
        return PASSED;
    const struct intake_series series = {.name = h->name,
        .name_n = h->name_n,
        .labels = h->labels,
        .label_count = h->label_count,
        .kind = kind_of(&r->family, h->name, h->name_n)};
    return intake_declare(r->in, p, n, &series);
}

/* Words that are no digits: NaN and the infinities. Source: both formats; Go's ParseFloat reads them in any
 * case. */
static bool read_word(const char *p, size_t n, double *ret)
{
    bool negative = n > 0 && *p == '-', sign = negative || (n > 0 && *p == '+');

    p += sign;
    n -= sign;
    if (n == 3 && strncasecmp(p, "nan", 3) == 0 && !sign)
        *ret = (double)NAN;
    else if ((n == 3 && strncasecmp(p, "inf", 3) == 0) || (n == 8 && strncasecmp(p, "infinity", 8) == 0))
        *ret = negative ? -(double)INFINITY : (double)INFINITY;
    else
        return false;
    return true;
}

/* The value at p. Returns where it ends, or NULL. */
static const char *read_value(const char *p, double *ret)
{
    const char *end = decimal_fast(p, ret);

    if (end && (*end == '\n' || is_blank(*end)))
        return end;
    size_t n = token_n(p);
    return number_parse(p, n, ret) == 0 || read_word(p, n, ret) ? p + n : NULL;
}

/* A time of n bytes: seconds with decimals in OpenMetrics, else whole milliseconds. */
static bool read_time(const struct reading *r, const char *p, size_t n, int64_t *ret_ns)
{
    int64_t ms;

    if (r->o->openmetrics) /* no date: those have a ':' */
        return memchr(p, ':', n) == NULL && timestamp_parse(p, n, ret_ns) == 0;
    if (number_parse_i64(p, n, &ms) != 0 || ms > INT64_MAX / NS_PER_MS || ms < -(INT64_MAX / NS_PER_MS))
        return false;
    *ret_ns = ms * NS_PER_MS;
    return true;
}

/* What follows the value: nothing, a time, an exemplar. Returns what is wrong, or NULL with *ret_ns. */
static const char *read_rest(const struct reading *r, const char *p, int64_t *ret_ns)
{
    *ret_ns = INTAKE_NOW;
    p = skip_blanks(p);
    if (*p != '\n' && *p != '#') {
        size_t n = token_n(p);
        if (!read_time(r, p, n, ret_ns))
            return "the time is none";
        p = skip_blanks(p + n);
    }
    if (*p == '\n' || (*p == '#' && r->o->openmetrics))
        return NULL;
    return "something stands behind the value";
}

/* The value and what follows it, of that series. */
static void take_sample(struct reading *r, uint32_t ref, const char *p)
{
    const char *what;
    double value;
    int64_t t_ns = INTAKE_NOW;

    p = read_value(skip_blanks(p), &value);
    if (!p) {
        skip(r, "the value is no number");
        return;
    }
    if (*p != '\n' && (what = read_rest(r, p, &t_ns)) != NULL) {
        skip(r, what);
        return;
    }
    r->samples++;
    intake_sample(r->in, ref, t_ns, value);
}

/* Is it a bucket of the family whose TYPE was said? */
static bool is_bucket(const struct reading *r, const char *p, const char *end)
{
    static const char bucket[] = "_bucket";
    const struct family *f = &r->family;

    return f->type == TYPE_HISTOGRAM && !r->o->buckets && (size_t)(end - p) > f->n + sizeof(bucket) &&
           memcmp(p, f->name, f->n) == 0 && memcmp(p + f->n, bucket, sizeof(bucket) - 1) == 0 &&
           p[f->n + sizeof(bucket) - 1] == '{';
}

/* A line that is not the one expected. end: its newline. */
static void take_line(struct reading *r, const char *p, const char *end)
{
    p = skip_blanks(p);
    if (p == end)
        return;
    if (r->over) {
        skip(r, "something stands behind # EOF");
        return;
    }
    if (*p == '#') {
        take_comment(r, p);
        return;
    }
    if (is_bucket(r, p, end))
        return;
    const char *head_end = exposition_head_end(p, end);
    if (!head_end) {
        skip(r, "no value, or labels that are not closed");
        return;
    }
    size_t n = (size_t)(head_end - p);
    uint32_t ref = intake_find(r->in, p, n);
    if (ref == INTAKE_NONE)
        ref = declare(r, p, n);
    if (ref == PASSED || ref == INTAKE_NONE)
        return;
    take_sample(r, ref, head_end);
}

/* Is what was read good enough, and all of it? */
static int judge(const struct reading *r, bool cut, struct error *e)
{
    if (r->samples > r->o->max_samples)
        return error_set_at(e, -E2BIG, "", (uint32_t)r->line, 0, "more than %llu samples",
            (unsigned long long)r->o->max_samples);
    if (cut)
        return error_set_at(e, -EBADMSG, "", (uint32_t)r->line, 0, "the last line is cut short");
    if (r->o->openmetrics && !r->over)
        return error_set_at(e, -EBADMSG, "", (uint32_t)r->line, 0, "it is cut short: no # EOF at its end");
    if (r->bad > EXPOSITION_BAD_LINES_MAX || (r->bad > EXPOSITION_BAD_LINES && r->bad > r->line / 100))
        return error_set_at(e, -EBADMSG, "", (uint32_t)r->first_bad, 0,
            "%llu of %llu lines are not well-formed; the first: %s", (unsigned long long)r->bad,
            (unsigned long long)r->line, r->first_what);
    return 0;
}

/* "# EOF" may stand at the very end without a newline. */
static bool is_eof(const char *p, size_t n)
{
    return n == 5 && memcmp(p, "# EOF", 5) == 0;
}

int exposition_read(
    const char *body, size_t n, const struct exposition_options *o, struct intake *in, struct error *e)
{
    struct reading r; /* not cleared: most of it is room for labels */
    const char *p = body, *end = body + n;
    bool cut = false;

    r.o = o;
    r.in = in;
    r.family = (struct family){.type = TYPE_COUNT};
    r.line = r.bad = r.samples = r.first_bad = 0;
    r.first_what = "";
    r.over = false;
    while (p < end && r.samples <= o->max_samples) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        r.line++;
        if (!newline) {
            cut = !(o->openmetrics && !r.over && is_eof(p, (size_t)(end - p)));
            r.over |= !cut;
            break;
        }
        size_t key_n;
        const char *key = intake_expect(in, &key_n);
        if (key_n > 0 && (size_t)(newline - p) > key_n && p[key_n] == ' ' && memcmp(p, key, key_n) == 0 &&
            !r.over)
            take_sample(&r, intake_follow(in), p + key_n);
        else
            take_line(&r, p, newline);
        p = newline + 1;
    }
    return judge(&r, cut, e);
}
