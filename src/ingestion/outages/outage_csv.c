/* SPDX-License-Identifier: MIT
 * A list of outages from text to rows. A fault of one row costs that row and is told with its line and
 * column; only what makes every row doubtful refuses the list. Whether an outage lies in the telemetry, and
 * its host is known there, is judged later. */
#include "ingestion/outages/outage_csv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "ingestion/replay/csv.h"
#include "ingestion/replay/name_check.h"

#define COLUMNS_MAX 64

enum column { START, END, ONSET, HOST, LABEL, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT] = {"start", "end", "onset", "host", "label"};

struct parser {
    const char *name, *end; /* of the input; after the last newline */
    const struct outage_csv_listener *listener;
    struct error *e;
    uint32_t line;
    int roles[COLUMNS_MAX]; /* enum column, or -1 */
    size_t columns;
    struct outage *rows;
    size_t count, capacity;
};

/* The fields of one row, by role; text NULL: not there. */
struct row {
    const char *begin;
    struct csv_field fields[COLUMN_COUNT];
};

static void tell(const struct parser *p, int code, const char *row, const char *at, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static void tell(const struct parser *p, int code, const char *row, const char *at, const char *format, ...)
{
    struct error e;
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    error_set_at(&e, code, p->name, p->line, (uint32_t)(at - row) + 1, "%s", text);
    p->listener->fault(p->listener->context, &e);
}

static bool is_blank(const char *p)
{
    return p[0] == '\n' || (p[0] == '\r' && p[1] == '\n');
}

static int find_role(const struct csv_field *f)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (strlen(column_names[i]) == f->n && memcmp(column_names[i], f->text, f->n) == 0)
            return i;
    return -1;
}

/* Moves *at behind the header. */
static int read_header(struct parser *p, const char **at)
{
    bool seen[COLUMN_COUNT] = {false};
    const char *row = *at;
    enum csv_after after = CSV_COMMA;
    while (after == CSV_COMMA) {
        struct csv_field f;
        after = csv_field_next(*at, p->end, &f, at);
        uint32_t column = (uint32_t)(f.raw - row) + 1;
        if (after == CSV_FAULT || after == CSV_CUT)
            return error_set_at(p->e, -EBADMSG, p->name, p->line, column, "%s",
                after == CSV_CUT ? "quote is never closed" : f.fault);
        if (p->columns == COLUMNS_MAX)
            return error_set_at(
                p->e, -EBADMSG, p->name, p->line, column, "more than %d columns", COLUMNS_MAX);
        int role = find_role(&f);
        if (role >= 0 && seen[role])
            return error_set_at(
                p->e, -EBADMSG, p->name, p->line, column, "column '%s' is there twice", column_names[role]);
        if (role >= 0)
            seen[role] = true;
        else
            tell(p, 0, row, f.raw,
                "column '%.*s' means nothing here and is passed over; known are start, end, onset, host and "
                "label",
                (int)(f.n < 64 ? f.n : 64), f.text);
        p->roles[p->columns++] = role;
    }
    if (!seen[START] || !seen[END])
        return error_set_at(p->e, -EBADMSG, p->name, p->line, 1,
            "the first line must name the columns, start and end among them: start,end,host,label");
    p->line++;
    return 0;
}

/* One time. Returns 0, or -EINVAL: told. */
static int read_time(const struct parser *p, const struct row *r, enum column c, int64_t *ret)
{
    const struct csv_field *f = &r->fields[c];
    int64_t t = INT64_MAX;
    int fault = f->n == 0 ? -ENODATA : timestamp_parse(f->text, f->n, &t);
    if (fault == 0 && t <= OUTAGE_CSV_TIME_MAX && t >= -OUTAGE_CSV_TIME_MAX) {
        *ret = t;
        return 0;
    }
    tell(p, -EINVAL, r->begin, f->raw, "%s %s; this outage is left out", column_names[c],
        fault == -ENODATA ? "is empty"
        : fault == -EDOM  ? "has no time zone, or is not in seconds; write 1767225600 or 2026-01-01T00:00:00Z"
        : fault == -EINVAL ? "is not a time; write 1767225600 or 2026-01-01T00:00:00Z"
                           : "is too far away");
    return -EINVAL;
}

static int read_host(const struct parser *p, const struct row *r, struct outage *o)
{
    const struct csv_field *f = &r->fields[HOST];
    if (f->text == NULL || f->n == 0 || (f->n == 1 && f->text[0] == '*'))
        return 0;
    const char *fault = f->n >= sizeof(o->host) ? "name is longer than 512 bytes" : name_fault(f->text, f->n);
    if (fault) {
        tell(p, -EINVAL, r->begin, f->raw, "host: %s; this outage is left out", fault);
        return -EINVAL;
    }
    o->host[csv_field_text(f, o->host)] = '\0';
    return 0;
}

static void read_label(const struct row *r, struct outage *o)
{
    char text[OUTAGE_LABEL_MAX * 2];
    struct csv_field f = r->fields[LABEL];
    if (f.text == NULL)
        return;
    if (f.n > sizeof(text))
        f.n = sizeof(text) - 1;
    size_t n = csv_field_text(&f, text);
    if (n >= sizeof(o->label)) /* cut, not inside a character */
        for (n = sizeof(o->label) - 1; n > 0 && ((unsigned char)text[n] & 0xC0u) == 0x80u;)
            n--;
    memcpy(o->label, text, n);
    o->label[n] = '\0';
}

/* Says what is odd about a row that is kept; true: it is not kept. */
static bool repeats(const struct parser *p, const struct row *r, const struct outage *o)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct outage *k = &p->rows[i];
        if (k->start_ns > o->end_ns || k->end_ns < o->start_ns || strcmp(k->host, o->host) != 0)
            continue;
        bool same = k->start_ns == o->start_ns && k->end_ns == o->end_ns;
        tell(p, same ? -EEXIST : 0, r->begin, r->begin,
            same ? "the same outage as in line %u; it is counted once"
                 : "overlaps the outage in line %u; each is judged for itself",
            (unsigned)k->line);
        return same;
    }
    return false;
}

static int keep(struct parser *p, const struct outage *o)
{
    if (p->count == OUTAGE_CSV_ROWS_MAX)
        return error_set_at(p->e, -EFBIG, p->name, p->line, 1, "more than %d outages", OUTAGE_CSV_ROWS_MAX);
    if (p->count == p->capacity) {
        size_t more = p->capacity ? 2 * p->capacity : 16;
        struct outage *rows = realloc(p->rows, more * sizeof(*rows));
        if (!rows)
            return error_set_at(p->e, -ENOMEM, p->name, 0, 0, "out of memory");
        p->rows = rows;
        p->capacity = more;
    }
    p->rows[p->count++] = *o;
    return 0;
}

static int take_row(struct parser *p, const struct row *r)
{
    struct outage o = {.onset_ns = INT64_MIN, .line = p->line};
    if (read_time(p, r, START, &o.start_ns) || read_time(p, r, END, &o.end_ns))
        return 0;
    if (r->fields[ONSET].n > 0 && read_time(p, r, ONSET, &o.onset_ns))
        return 0;
    if (o.end_ns < o.start_ns) {
        tell(
            p, -EINVAL, r->begin, r->fields[END].raw, "the end is before the start; this outage is left out");
        return 0;
    }
    if (o.onset_ns != INT64_MIN && o.onset_ns > o.start_ns) {
        tell(p, -EINVAL, r->begin, r->fields[ONSET].raw,
            "the onset is after the start: an outage starts when people notice it; this outage is left out");
        return 0;
    }
    if (read_host(p, r, &o))
        return 0;
    read_label(r, &o);
    return repeats(p, r, &o) ? 0 : keep(p, &o);
}

/* After a fault inside a row: on with the next line. */
static const char *next_line(const struct parser *p, const char *at)
{
    const char *newline = memchr(at, '\n', (size_t)(p->end - at));
    return newline ? newline + 1 : p->end;
}

static uint32_t count_lines(const char *from, const char *to)
{
    uint32_t n = 0;
    for (; from < to; from++)
        n += *from == '\n';
    return n;
}

static int read_row(struct parser *p, const char **at)
{
    struct row r = {.begin = *at};
    enum csv_after after = CSV_COMMA;
    size_t n = 0;
    for (; after == CSV_COMMA; n++) {
        struct csv_field f;
        after = csv_field_next(*at, p->end, &f, at);
        if (after == CSV_FAULT || after == CSV_CUT) {
            tell(p, -EINVAL, r.begin, f.raw, "%s; this line is left out",
                after == CSV_CUT ? "quote is never closed" : f.fault);
            *at = next_line(p, r.begin);
            p->line++;
            return 0;
        }
        if (n < p->columns && p->roles[n] >= 0)
            r.fields[p->roles[n]] = f;
    }
    int fault = 0;
    if (n != p->columns)
        tell(p, -EINVAL, r.begin, r.begin, "%zu fields where the header names %zu; this outage is left out",
            n, p->columns);
    else
        fault = take_row(p, &r);
    p->line += count_lines(r.begin, *at);
    return fault;
}

static int read_all(struct parser *p, const char *at)
{
    if (p->end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    for (; at < p->end && is_blank(at); p->line++)
        at = next_line(p, at);
    if (at == p->end)
        return error_set_at(
            p->e, -EBADMSG, p->name, 1, 1, "the list of outages is empty; expected start,end,host,label");
    int fault = read_header(p, &at);
    while (fault == 0 && at < p->end) {
        if (is_blank(at)) {
            at = next_line(p, at);
            p->line++;
            continue;
        }
        fault = read_row(p, &at);
    }
    return fault;
}

int outage_csv_parse(const char *text, size_t n, const char *name, const struct outage_csv_listener *listener,
    struct outage **ret, size_t *ret_n, struct error *e)
{
    if (n > OUTAGE_CSV_BYTES_MAX)
        return error_set_at(e, -EFBIG, name, 0, 0, "larger than 4 MiB");
    char *copy = malloc(n + 1); /* so that the last line ends, too */
    if (!copy)
        return error_set_at(e, -ENOMEM, name, 0, 0, "out of memory");
    if (n > 0)
        memcpy(copy, text, n);
    copy[n] = '\n';
    struct parser p = {.name = name,
        .end = copy + n + (n > 0 && copy[n - 1] != '\n'),
        .listener = listener,
        .e = e,
        .line = 1};
    int fault = read_all(&p, copy);
    free(copy);
    if (fault) {
        free(p.rows);
        return fault;
    }
    *ret = p.rows;
    *ret_n = p.count;
    return 0;
}
