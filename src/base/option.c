/* SPDX-License-Identifier: MIT
 * Option rows as a table: defaults, finding a row, writing a value as the file would hold it, and the nearest
 * word to a misspelt one. Judging the text of a value is option_set.c. */
#include "base/option.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/number.h"

#define DISTANCE_MAX    64    /* bytes of a string whose distance is computed */
#define RATE_UNITS_MAX  36500 /* days or hours under a whole count: a hundred years */
#define RATE_COUNT_MAX  50    /* whole counts that are tried */
#define RATE_NEIGHBOURS 2     /* doubles on either side that are tried */

void option_set_defaults(const struct option_group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct option_row *row = &g->rows[i];
        const int set = option_set(g, row, row->fallback, strlen(row->fallback), NULL);
        assert(set == 0);
        (void)set;
    }
}

const struct option_row *option_find(const struct option_group *groups, size_t n, const char *key,
    size_t key_n, const struct option_group **ret_group)
{
    for (size_t g = 0; g < n; g++) {
        for (size_t i = 0; i < groups[g].count; i++) {
            const struct option_row *row = &groups[g].rows[i];
            if (strlen(row->key) == key_n && memcmp(row->key, key, key_n) == 0) {
                *ret_group = &groups[g];
                return row;
            }
        }
    }
    return NULL;
}

static void add_real(struct text *t, double v)
{
    char digits[NUMBER_TEXT_MAX];

    text_add_bytes(t, digits, number_format(v, digits));
}

static void add_duration(struct text *t, int64_t ns)
{
    char written[NUMBER_TEXT_MAX];

    text_add_bytes(t, written, duration_format(ns, written));
}

static void add_size(struct text *t, uint64_t bytes)
{
    char written[NUMBER_TEXT_MAX];

    text_add_bytes(t, written, size_format(bytes, written));
}

/* Appends "count/amount unit" when it reads back as exactly v. */
static bool add_rate_if_exact(struct text *t, double v, double count, uint64_t amount, const char *unit)
{
    char written[2 * NUMBER_TEXT_MAX];
    struct text w;
    double back;

    text_init(&w, written, sizeof(written));
    add_real(&w, count);
    text_add_char(&w, '/');
    text_add_uint(&w, amount);
    text_add(&w, unit);
    if (rate_parse(written, w.length, &back) < 0 || back != v)
        return false;
    text_add_bytes(t, written, w.length);
    return true;
}

static bool add_count_per(struct text *t, double v, unsigned count, double units_per_day, const char *unit)
{
    const double amount = floor(count * units_per_day / v + 0.5);

    return amount >= 1 && amount <= RATE_UNITS_MAX && add_rate_if_exact(t, v, count, (uint64_t)amount, unit);
}

/* "1/30d", "2/7d", "1/5h": whole counts over whole days, or hours. */
static bool add_whole_rate(struct text *t, double v)
{
    for (unsigned count = 1; count <= RATE_COUNT_MAX; count++)
        if (add_count_per(t, v, count, 1, "d") || add_count_per(t, v, count, 24, "h"))
            return true;
    return false;
}

/* "0.3/1d": reading multiplies and divides, so that the count that gives v back may be a neighbour of the
 * quotient. */
static bool add_fractional_rate(struct text *t, double v, double units_per_day, const char *unit)
{
    const double count = v / units_per_day;
    uint64_t bits;

    memcpy(&bits, &count, sizeof(bits));
    for (uint64_t near = bits - RATE_NEIGHBOURS; near <= bits + RATE_NEIGHBOURS; near++) {
        double tried;
        memcpy(&tried, &near, sizeof(tried));
        if (add_rate_if_exact(t, v, tried, 1, unit))
            return true;
    }
    return false;
}

/* Events per day (positive, or 0) as text that reads back as the same double. */
static void add_rate(struct text *t, double v)
{
    static const struct {
        const char *name;
        double per_day;
    } units[] = {{"d", 1}, {"h", 24}, {"w", 1.0 / 7}, {"m", 1440}, {"s", 86400}, {"ms", 86400e3}};
    const size_t unit_count = sizeof(units) / sizeof(units[0]);

    if (v > 0 && add_whole_rate(t, v))
        return;
    for (size_t i = 0; v > 0 && i < unit_count; i++)
        if (add_fractional_rate(t, v, units[i].per_day, units[i].name))
            return;
    add_real(t, v);
    text_add(t, "/1d");
}

const char *option_list_next(const char **at, size_t *ret_n)
{
    const char *word = *at + strspn(*at, " ");

    *ret_n = strcspn(word, " ");
    *at = word + *ret_n;
    return *ret_n ? word : NULL;
}

/* As a YAML flow list. */
static void add_list(struct text *t, const char *list)
{
    const char *word;
    bool more = false;
    size_t n;

    text_add_char(t, '[');
    while ((word = option_list_next(&list, &n)) != NULL) {
        text_add(t, more ? ", " : "");
        text_add_json_string(t, word, n);
        more = true;
    }
    text_add_char(t, ']');
}

void option_format(const struct option_group *g, const struct option_row *row, struct text *out)
{
    const void *field = (const char *)g->target + row->offset;

    switch (row->type) {
    case OPTION_BOOL:
        text_add(out, *(const bool *)field ? "true" : "false");
        return;
    case OPTION_INT:
        text_add_int(out, *(const int64_t *)field);
        return;
    case OPTION_REAL:
        add_real(out, *(const double *)field);
        return;
    case OPTION_DURATION:
        add_duration(out, *(const int64_t *)field);
        return;
    case OPTION_SIZE:
        add_size(out, *(const uint64_t *)field);
        return;
    case OPTION_RATE:
        add_rate(out, *(const double *)field);
        return;
    case OPTION_CHOICE:
        text_add(out, row->choices[*(const int *)field]);
        return;
    case OPTION_TEXT:
        text_add_json_string(out, field, strlen(field)); /* a JSON string is a double-quoted YAML scalar */
        return;
    case OPTION_LIST:
        add_list(out, field);
        return;
    case OPTION_RECORDS:
        option_items_format(g, row, out);
        return;
    }
    assert(false && "an option row without a type");
}

/* One end of the row's bounds. They are doubles: the largest integers are meant where a double lies beyond
 * them. */
static void add_bound(struct text *t, enum option_type type, double v)
{
    if (type == OPTION_DURATION)
        add_duration(t, v >= 0x1p63 ? INT64_MAX : (int64_t)v);
    else if (type == OPTION_SIZE)
        add_size(t, v >= 0x1p64 ? UINT64_MAX : (uint64_t)v);
    else if (type == OPTION_RATE)
        add_rate(t, v);
    else
        add_real(t, v);
}

void option_format_bounds(const struct option_row *row, struct text *out)
{
    if (row->type == OPTION_CHOICE) {
        for (const char *const *c = row->choices; *c; c++) {
            text_add(out, c == row->choices ? "" : c[1] ? ", " : " or ");
            text_add(out, *c);
        }
    } else if (row->type == OPTION_BOOL) {
        text_add(out, "true or false");
    } else if (row->minimum != 0 || row->maximum != 0) {
        add_bound(out, row->type, row->minimum);
        text_add(out, " to ");
        add_bound(out, row->type, row->maximum);
    }
}

const char *option_type_name(enum option_type type)
{
    static const char *const names[] = {
        [OPTION_BOOL] = "true or false",
        [OPTION_INT] = "whole number",
        [OPTION_REAL] = "number",
        [OPTION_DURATION] = "duration",
        [OPTION_SIZE] = "size",
        [OPTION_RATE] = "rate",
        [OPTION_CHOICE] = "choice",
        [OPTION_TEXT] = "text",
        [OPTION_LIST] = "list",
        [OPTION_RECORDS] = "list of mappings",
    };

    return names[type];
}

unsigned option_distance(const char *a, size_t a_n, const char *b, size_t b_n)
{
    unsigned row[DISTANCE_MAX + 1];

    if (a_n > DISTANCE_MAX || b_n > DISTANCE_MAX)
        return DISTANCE_MAX;
    for (size_t j = 0; j <= b_n; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_n; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_n; j++) {
            const unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);
            const unsigned shorter = (row[j - 1] < row[j] ? row[j - 1] : row[j]) + 1;
            diagonal = row[j];
            row[j] = replaced < shorter ? replaced : shorter;
        }
    }
    return row[b_n];
}

const char *option_nearest(const char *const *words, const char *text, size_t n)
{
    const char *nearest = NULL;
    unsigned least = DISTANCE_MAX;

    for (; *words; words++) {
        const unsigned distance = option_distance(*words, strlen(*words), text, n);
        if (distance < least) {
            least = distance;
            nearest = *words;
        }
    }
    return option_is_near(least, n) ? nearest : NULL;
}

bool option_is_near(unsigned distance, size_t n)
{
    /* Heuristic, chosen on 2026-11-22 from the keys of this program: at most half of a short word, two slips,
     * or one in three bytes of a long one. */
    return 2 * distance <= n && (distance <= 2 || distance <= n / 3);
}
