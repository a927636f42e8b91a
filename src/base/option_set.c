/* SPDX-License-Identifier: MIT
 * Turns the text of an option into the field of a module's struct, judged by the row's own type. The types
 * know what other readers would make of a text (`no`, `1:30`, `0o7`, a number without unit) and say what to
 * write instead of guessing. Where the text came from is left to the caller, who adds file and line; the way
 * back into text is option.c. */
#include "base/option.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/shown.h"

static bool is_one_of(const char *text, size_t n, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == n && strncasecmp(text, *words, n) == 0)
            return true;
    return false;
}

/* "key: 'value' " and what follows; the start of every message. */
static struct text begin_message(
    char *buffer, size_t size, const struct option_row *row, const char *text, size_t n)
{
    struct text t;

    text_init(&t, buffer, size);
    text_add(&t, row->key);
    text_add(&t, ": ");
    shown_add(&t, text, n);
    return t;
}

static int refuse(const struct option_row *row, const char *text, size_t n, struct error *e, const char *why)
{
    char buffer[ERROR_TEXT_MAX];
    struct text t = begin_message(buffer, sizeof(buffer), row, text, n);

    text_add(&t, " ");
    text_add(&t, why);
    return error_set(e, -EINVAL, "%s", buffer);
}

static int refuse_range(const struct option_row *row, const char *text, size_t n, struct error *e)
{
    char buffer[ERROR_TEXT_MAX];
    struct text t = begin_message(buffer, sizeof(buffer), row, text, n);

    if (row->minimum != 0 || row->maximum != 0) {
        text_add(&t, " is out of range; it must be ");
        option_format_bounds(row, &t);
    } else {
        text_add(&t, " is too large");
    }
    return error_set(e, -ERANGE, "%s", buffer);
}

static bool in_bounds(const struct option_row *row, double v)
{
    return (row->minimum == 0 && row->maximum == 0) || (v >= row->minimum && v <= row->maximum);
}

/* "007" and "-08": octal to one reader, decimal to the next. */
static bool has_leading_zero(const char *text, size_t n)
{
    if (n > 0 && (*text == '-' || *text == '+')) {
        text++;
        n--;
    }
    return n > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

/* What a text that is no number probably was meant to be. */
static const char *number_advice(const struct option_row *row, const char *text, size_t n)
{
    if (n == 0)
        return "has no value";
    if (has_leading_zero(text, n))
        return "begins with 0, which some read as octal; write it without";
    if (n > 2 && text[0] == '0' && strchr("xXoObB", text[1]))
        return "must be written in decimal digits";
    if (memchr(text, '_', n) || memchr(text, ',', n))
        return "must be written without '_' and ','; a decimal point is '.'";
    if (memchr(text, ':', n))
        return "is not a number: ':' makes it base 60 to some readers; write decimal digits";
    if (text[n - 1] == '%')
        return "must be written without '%'";
    if (row->type == OPTION_INT)
        return "must be a whole number in decimal digits, such as 60, without point or exponent";
    return "is not a number; write it as 1.5 or 60";
}

static int set_bool(bool *field, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    static const char *const yes[] = {"true", "yes", "on", "y", "t", "1", "enabled", NULL};
    static const char *const no[] = {"false", "no", "off", "n", "f", "0", "disabled", NULL};

    if (n == 4 && memcmp(text, "true", 4) == 0)
        *field = true;
    else if (n == 5 && memcmp(text, "false", 5) == 0)
        *field = false;
    else if (is_one_of(text, n, yes))
        return refuse(row, text, n, e, "must be true or false; write true");
    else if (is_one_of(text, n, no))
        return refuse(row, text, n, e, "must be true or false; write false");
    else
        return refuse(row, text, n, e, "must be true or false");
    return 0;
}

static int set_int(int64_t *field, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    int64_t v = 0;
    const int parsed = has_leading_zero(text, n) ? -EINVAL : number_parse_i64(text, n, &v);

    if (parsed == -ERANGE || (parsed == 0 && !in_bounds(row, (double)v)))
        return refuse_range(row, text, n, e);
    if (parsed < 0)
        return refuse(row, text, n, e, number_advice(row, text, n));
    *field = v;
    return 0;
}

static int set_real(double *field, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    double v = 0;
    const int parsed = has_leading_zero(text, n) ? -EINVAL : number_parse(text, n, &v);

    if (parsed == -ERANGE || (parsed == 0 && !in_bounds(row, v)))
        return refuse_range(row, text, n, e);
    if (parsed < 0)
        return refuse(row, text, n, e, number_advice(row, text, n));
    *field = v;
    return 0;
}

/* A duration, size or rate: parsed is what its parser answered, v its value for the bounds. Returns 0 when it
 * may be stored. */
static int judge_amount(
    const struct option_row *row, int parsed, double v, const char *text, size_t n, struct error *e)
{
    if (parsed == -ERANGE || (parsed == 0 && !in_bounds(row, v)))
        return refuse_range(row, text, n, e);
    if (parsed == 0)
        return 0;
    if (n == 0)
        return refuse(row, text, n, e, "has no value");
    if (text[0] == '-')
        return refuse(row, text, n, e, "must not be negative");
    if (row->type == OPTION_DURATION)
        return refuse(row, text, n, e,
            parsed == -EDOM ? "needs a unit, such as 10s, 250ms, 5m, 4h or 30d"
                            : "is not a duration; write a number and its unit without a blank, such as 10s, "
                              "250ms, 5m, 4h or 30d");
    if (row->type == OPTION_SIZE)
        return refuse(row, text, n, e,
            parsed == -EDOM ? "needs a unit, such as 64MiB, 512KiB or 4096B"
                            : "is not a size; write a number and its unit without a blank, such as 64MiB, "
                              "512KiB or 4096B");
    return refuse(row, text, n, e,
        parsed == -EDOM ? "needs a unit after '/', such as 1/30d"
                        : "is not a rate; write a count per duration, such as 1/30d or 2/1h");
}

static int set_duration(
    int64_t *field, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    int64_t v = 0;
    const int parsed = duration_parse(text, n, &v);
    const int judged = judge_amount(row, parsed, (double)v, text, n, e);

    if (judged == 0)
        *field = v;
    return judged;
}

static int set_size(
    uint64_t *field, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    uint64_t v = 0;
    const int parsed = size_parse(text, n, &v);
    const int judged = judge_amount(row, parsed, (double)v, text, n, e);

    if (judged == 0)
        *field = v;
    return judged;
}

static int set_rate(double *field, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    double v = 0;
    const int parsed = rate_parse(text, n, &v);
    const int judged = judge_amount(row, parsed, v, text, n, e);

    if (judged == 0)
        *field = v;
    return judged;
}

static int set_choice(int *field, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    char buffer[ERROR_TEXT_MAX];

    for (int i = 0; row->choices[i]; i++) {
        if (strlen(row->choices[i]) == n && memcmp(row->choices[i], text, n) == 0) {
            *field = i;
            return 0;
        }
    }
    struct text t = begin_message(buffer, sizeof(buffer), row, text, n);
    text_add(&t, " must be ");
    option_format_bounds(row, &t);
    const char *nearest = option_nearest(row->choices, text, n);
    if (nearest) {
        text_add(&t, "; did you mean '");
        text_add(&t, nearest);
        text_add(&t, "'?");
    }
    return error_set(e, -EINVAL, "%s", buffer);
}

static int set_text(char *field, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    if (n >= OPTION_TEXT_MAX)
        return error_set(e, -ERANGE, "%s: a text of %zu bytes; at most %d", row->key, n, OPTION_TEXT_MAX - 1);
    struct text shown;
    char buffer[4 * OPTION_TEXT_MAX]; /* every byte as \xNN */
    text_init(&shown, buffer, sizeof(buffer));
    text_add_printable(&shown, text, n);
    if (shown.length != n) {
        size_t at = 0;
        while (at < n && buffer[at] == text[at])
            at++;
        return error_set(e, -EINVAL,
            "%s holds control characters, line breaks or bytes that are not UTF-8, the first at byte %zu",
            row->key, at + 1);
    }
    if (n)
        memcpy(field, text, n);
    field[n] = '\0';
    return 0;
}

int option_append(
    const struct option_group *g, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    char *list = (char *)g->target + row->offset;
    const size_t have = strlen(list), blank = have > 0;

    if (n == 0)
        return refuse(row, text, n, e, "is empty; remove it from the list");
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return refuse(row, text, n, e, "must not hold blanks, or what is not printable");
    if (have + blank + n >= OPTION_LIST_MAX)
        return error_set(e, -ERANGE, "%s: a list of more than %d bytes", row->key, OPTION_LIST_MAX - 1);
    if (blank)
        list[have] = ' ';
    memcpy(list + have + blank, text, n);
    list[have + blank + n] = '\0';
    return 0;
}

/* Words with blanks between; each is judged as if it were appended. */
static int set_list(
    const struct option_group *g, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    char *list = (char *)g->target + row->offset, before[OPTION_LIST_MAX];
    int r = 0;

    memcpy(before, list, sizeof(before));
    list[0] = '\0';
    for (size_t at = 0, end = 0; at < n && r == 0; at = end) {
        while (at < n && text[at] == ' ')
            at++;
        for (end = at; end < n && text[end] != ' ';)
            end++;
        if (end > at)
            r = option_append(g, row, text + at, end - at, e);
    }
    if (r != 0)
        memcpy(list, before, sizeof(before));
    return r;
}

int option_set(
    const struct option_group *g, const struct option_row *row, const char *text, size_t n, struct error *e)
{
    void *field = (char *)g->target + row->offset;

    switch (row->type) {
    case OPTION_BOOL:
        return set_bool(field, row, text, n, e);
    case OPTION_INT:
        return set_int(field, row, text, n, e);
    case OPTION_REAL:
        return set_real(field, row, text, n, e);
    case OPTION_DURATION:
        return set_duration(field, row, text, n, e);
    case OPTION_SIZE:
        return set_size(field, row, text, n, e);
    case OPTION_RATE:
        return set_rate(field, row, text, n, e);
    case OPTION_CHOICE:
        return set_choice(field, row, text, n, e);
    case OPTION_TEXT:
        return set_text(field, row, text, n, e);
    case OPTION_LIST:
        return set_list(g, row, text, n, e);
    case OPTION_RECORDS:
        if (n > 0)
            return error_set(e, -EINVAL, "%s is a list of mappings: it is set in a file", row->key);
        option_items_clear(g, row);
        return 0;
    }
    assert(false && "an option row without a type");
    return -EINVAL;
}
