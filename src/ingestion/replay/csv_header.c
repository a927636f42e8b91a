/* SPDX-License-Identifier: MIT
 * The first line of a CSV file to columns with roles. Long when there are columns timestamp, metric and
 * value; else wide, where every column that is not timestamp, host, entity or now is a metric. Names must be
 * exact: what looks like a header but is not one is refused with what was seen instead, because a guess would
 * attribute every value of the file wrongly. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "core/metric.h"
#include "ingestion/replay/csv.h"
#include "ingestion/replay/name_check.h"

#define SHOWN_MAX 40

struct known_column {
    const char *name;
    enum csv_role role;
};

static const struct known_column wide_columns[] = {
    {"timestamp", CSV_TIMESTAMP}, {"host", CSV_HOST}, {"entity", CSV_ENTITY}, {"now", CSV_NOW}};
static const struct known_column long_columns[] = {{"timestamp", CSV_TIMESTAMP}, {"host", CSV_HOST},
    {"entity", CSV_ENTITY}, {"metric", CSV_METRIC_NAME}, {"value", CSV_VALUE}};

static int shown(size_t n)
{
    return n > SHOWN_MAX ? SHOWN_MAX : (int)n;
}

static int refuse(struct error *e, const char *file, size_t offset, const char *text)
{
    return error_set_at(e, -EBADMSG, file, 1, (uint32_t)offset + 1u, "%s", text);
}

static const struct csv_column *column_named(const struct csv_header *h, const char *name, size_t n)
{
    for (size_t i = 0; i < h->count; i++)
        if (h->columns[i].name_n == n && memcmp(h->columns[i].name, name, n) == 0)
            return &h->columns[i];
    return NULL;
}

static bool has_column(const struct csv_header *h, const char *name)
{
    return column_named(h, name, strlen(name)) != NULL;
}

/* Checks and keeps one name. *used: bytes of h->names. */
static int add_column(struct csv_header *h, const struct csv_field *f, size_t *used, const char *line,
    const char *file, struct error *e)
{
    size_t offset = (size_t)(f->raw - line);
    if (h->count == CSV_COLUMNS_MAX)
        return refuse(e, file, offset, "more than 4096 columns");
    char *name = h->names + *used;
    size_t n = csv_field_text(f, name);
    const char *fault = n == 0 ? "a column has no name" : name_fault(name, n);
    if (fault != NULL)
        return error_set_at(e, -EBADMSG, file, 1, (uint32_t)offset + 1u, "%s (column %zu of the header)",
            fault, h->count + 1);
    int64_t t_ns;
    double number;
    if (h->count == 0 && (number_parse(name, n, &number) == 0 || timestamp_parse(name, n, &t_ns) != -EINVAL))
        return refuse(e, file, offset,
            "no header; expected a first line such as timestamp,host,metric,value or timestamp,cpu_usage");
    const struct csv_column *other = column_named(h, name, n);
    if (other != NULL)
        return error_set_at(e, -EBADMSG, file, 1, (uint32_t)offset + 1u,
            "column '%.*s' twice: columns %zu and %zu", shown(n), name, (size_t)(other - h->columns) + 1,
            h->count + 1);
    *used += n;
    h->columns[h->count++] = (struct csv_column){.name = name, .name_n = n};
    return 0;
}

static int split_header(struct csv_header *h, const char *line, size_t n, const char *file, struct error *e)
{
    const char *p = line, *end = line + n;
    size_t used = 0;
    for (;;) {
        struct csv_field f;
        enum csv_after after = csv_field_next(p, end, &f, &p);
        if (after == CSV_CUT)
            return refuse(
                e, file, (size_t)(f.raw - line), "quote opened in the header is not closed on its line");
        if (after == CSV_FAULT && *f.raw == '\r')
            return refuse(e, file, (size_t)(f.raw - line), "lines end in CR alone; convert to LF or CRLF");
        if (after == CSV_FAULT)
            return refuse(e, file, (size_t)(f.raw - line), f.fault);
        int fault = add_column(h, &f, &used, line, file, e);
        if (fault != 0)
            return fault;
        if (after == CSV_LINE)
            return 0;
    }
}

/* The first column in which the header is not what it should be: a text that helps. */
static int no_timestamp(
    const struct csv_header *h, const char *line, size_t n, const char *file, struct error *e)
{
    static const char separators[] = ";\t|";
    if (h->count == 1)
        for (const char *s = separators; *s != '\0'; s++) {
            const char *at = memchr(line, *s, n);
            if (at != NULL)
                return error_set_at(e, -EBADMSG, file, 1, (uint32_t)(at - line) + 1u,
                    "columns are separated by %s; expected commas",
                    *s == ';'    ? "semicolons"
                    : *s == '\t' ? "tabs"
                                 : "bars");
        }
    return error_set_at(e, -EBADMSG, file, 1, 1,
        "no header with a column 'timestamp' (the first column is '%.*s')", shown(h->columns[0].name_n),
        h->columns[0].name);
}

static void set_role(struct csv_header *h, struct csv_column *c)
{
    const struct known_column *known = h->is_long ? long_columns : wide_columns;
    size_t count = h->is_long ? sizeof(long_columns) / sizeof(long_columns[0])
                              : sizeof(wide_columns) / sizeof(wide_columns[0]);
    for (size_t i = 0; i < count; i++)
        if (strlen(known[i].name) == c->name_n && memcmp(known[i].name, c->name, c->name_n) == 0) {
            c->role = known[i].role;
            h->has_now |= c->role == CSV_NOW;
            return;
        }
    c->role = h->is_long ? CSV_IGNORED : CSV_METRIC;
    h->ignored += h->is_long;
    if (h->is_long)
        return;
    double scale;
    int id = metric_find(c->name, c->name_n, &scale);
    c->non_negative = id >= 0 && metric_table[id].kind != METRIC_GAUGE;
    h->metric_count++;
}

int csv_header_parse(struct csv_header *h, const char *line, size_t n, const char *file, struct error *e)
{
    *h = (struct csv_header){0};
    h->columns = calloc(CSV_COLUMNS_MAX, sizeof(*h->columns));
    h->names = malloc(n);
    if (h->columns == NULL || h->names == NULL) {
        csv_header_done(h);
        return error_set_at(e, -ENOMEM, file, 0, 0, "out of memory");
    }
    int fault = split_header(h, line, n, file, e);
    if (fault == 0 && !has_column(h, "timestamp"))
        fault = no_timestamp(h, line, n, file, e);
    if (fault == 0) {
        h->is_long = has_column(h, "metric") && has_column(h, "value");
        for (size_t i = 0; i < h->count; i++)
            set_role(h, &h->columns[i]);
        if (!h->is_long && h->metric_count == 0)
            fault = error_set_at(e, -EBADMSG, file, 1, 1,
                "no metric: the header has no column besides timestamp, host, entity and now");
    }
    if (fault != 0)
        csv_header_done(h);
    return fault;
}

void csv_header_done(struct csv_header *h)
{
    free(h->columns);
    free(h->names);
    *h = (struct csv_header){0};
}
