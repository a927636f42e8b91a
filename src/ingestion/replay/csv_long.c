/* SPDX-License-Identifier: MIT
 * Rows of long CSV to samples. The common row repeats the timestamp of the row before, names the series that
 * followed last time and holds a short decimal: that is two comparisons and one conversion, with no splitting
 * into fields. Everything else takes the road by fields, which also tells the faults. Both give the same. */
#include "ingestion/replay/csv_long.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "core/catalog.h"
#include "ingestion/replay/decimal.h"

/* Raw bytes of a name: each may be a doubled quote, and there are two around them. */
#define NAME_RAW_MAX (2u * CATALOG_NAME_MAX + 2u)
#define KEY_MAX      (3u * NAME_RAW_MAX + 3u)

enum row_outcome { ROW_DONE = 0, ROW_CUT = 1 }; /* or a negative fault */

void csv_long_init(struct csv_long *c, const struct csv_header *header, struct replay_input *in)
{
    /* Some name must stand between timestamp and value, so that the key has a head. */
    *c = (struct csv_long){.header = header,
        .in = in,
        .straight = header->ignored == 0 && header->columns[0].role == CSV_TIMESTAMP &&
                    header->columns[1].role != CSV_VALUE};
}

/* The fields of one row, by role. */
struct row {
    struct csv_field fields[CSV_IGNORED + 1];
    const char *next;
    bool newline; /* some field holds a newline */
};

/* The line after the one that p stands in. There is one, because the bytes end in a newline. */
static const char *next_line(const char *p, const char *end)
{
    return (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
}

/* A row is done with: the next one begins at next. */
static void end_row(struct csv_long *c, const char *row, const char *next, bool newline)
{
    c->in->counts->rows++;
    c->in->line++;
    if (newline)
        for (const char *p = row; (p = memchr(p, '\n', (size_t)(next - 1 - p))) != NULL; p++)
            c->in->line++;
}

/* The fields of the row at p do not add up; `at` is where that was seen. Passes over the rest. Returns
 * ROW_DONE, ROW_CUT or a fault. */
static int skip_ragged(
    struct csv_long *c, const char *p, const char *end, const char *at, size_t found, const char **ret_next)
{
    size_t count = c->header->count;
    const char *rest = at;
    enum csv_after after = found < count ? CSV_LINE : CSV_COMMA;
    struct csv_field f;
    while (after == CSV_COMMA)
        after = csv_field_next(rest, end, &f, &rest);
    if (after == CSV_CUT)
        return ROW_CUT;
    *ret_next = after == CSV_FAULT ? next_line(f.raw, end) : rest;
    int fault =
        found < count
            ? replay_skip(c->in, p, at - 1, "too few fields: %zu, the header has %zu", found, count)
            : replay_skip(c->in, p, at, "too many fields, the header has %zu; a decimal comma?", count);
    end_row(c, p, *ret_next, true);
    return fault;
}

/* Splits the row at p. Returns ROW_DONE with r filled, ROW_CUT, or a fault. A row that was passed over is
 * ROW_DONE with *ret_bad true. */
static int split(struct csv_long *c, const char *p, const char *end, struct row *r, bool *ret_bad)
{
    const struct csv_header *h = c->header;
    const char *at = p;
    *ret_bad = true;
    r->newline = false;
    r->fields[CSV_HOST] = r->fields[CSV_ENTITY] = (struct csv_field){0};
    for (size_t i = 0;; i++) {
        struct csv_field *f = &r->fields[h->columns[i].role];
        enum csv_after after = csv_field_next(at, end, f, &r->next);
        if (after == CSV_CUT)
            return ROW_CUT;
        if (after == CSV_FAULT) {
            r->next = next_line(f->raw, end);
            int fault = replay_skip(c->in, p, f->raw, "%s", f->fault);
            end_row(c, p, r->next, true);
            return fault;
        }
        r->newline |= f->newline;
        if (after == CSV_LINE && i + 1 == h->count) {
            *ret_bad = false;
            return ROW_DONE;
        }
        if (after == CSV_LINE || i + 1 == h->count)
            return skip_ragged(c, p, end, r->next, after == CSV_LINE ? i + 1 : h->count, &r->next);
        at = r->next;
    }
}

/* Reads a timestamp and remembers it by its text. Returns 0 or what timestamp_parse answered. */
static int read_time(struct csv_long *c, const char *raw, size_t raw_n, const char *text, size_t n)
{
    if (raw_n + 1u == c->time_n && memcmp(raw, c->time, raw_n) == 0)
        return 0;
    int64_t t_ns;
    if (n > REPLAY_TIME_TEXT_MAX)
        return -EINVAL;
    int fault = timestamp_parse(text, n, &t_ns);
    if (fault != 0)
        return fault;
    c->t_ns = t_ns;
    memcpy(c->time, raw, raw_n);
    c->time[raw_n] = ',';
    c->time_n = raw_n + 1u;
    return 0;
}

static const enum csv_role name_roles[NAME_PARTS] = {
    [NAME_HOST] = CSV_HOST, [NAME_ENTITY] = CSV_ENTITY, [NAME_METRIC] = CSV_METRIC_NAME};

/* The bytes by which the row's series is known to the cache, in buffer when they are not in one piece.
 * *ret_head_n: of them before the value. Returns their count, 0 when names are too long. */
static size_t row_key(
    const struct csv_long *c, const struct row *r, char *buffer, const char **ret_key, size_t *ret_head_n)
{
    const struct csv_field *value = &r->fields[CSV_VALUE];
    if (c->straight) {
        const struct csv_field *time = &r->fields[CSV_TIMESTAMP];
        const char *head = time->raw + time->raw_n + 1, *tail = value->raw + value->raw_n;
        size_t head_n = (size_t)(value->raw - head), tail_n = (size_t)(r->next - 1 - tail);
        tail_n -= tail_n > 0 && tail[tail_n - 1] == '\r';
        *ret_head_n = head_n;
        *ret_key = head;
        if (head_n + tail_n > KEY_MAX)
            return 0;
        if (tail_n == 0)
            return head_n;
        memcpy(buffer, head, head_n);
        memcpy(buffer + head_n, tail, tail_n);
        *ret_key = buffer;
        return head_n + tail_n;
    }
    size_t n = 0;
    for (enum name_part i = 0; i < NAME_PARTS; i++) {
        const struct csv_field *f = &r->fields[name_roles[i]];
        if (f->raw_n > NAME_RAW_MAX)
            return 0;
        if (f->raw_n > 0)
            memcpy(buffer + n, f->raw, f->raw_n);
        n += f->raw_n;
        buffer[n++] = ',';
    }
    *ret_key = buffer;
    *ret_head_n = n;
    return n;
}

/* A name with its doubled quotes made single, in buffer if it has any. A name that is too long stays so. */
static struct name_text field_name(const struct csv_field *f, char buffer[2u * CATALOG_NAME_MAX])
{
    if (!f->doubled || f->n > 2u * CATALOG_NAME_MAX)
        return (struct name_text){f->text, f->n};
    return (struct name_text){buffer, csv_field_text(f, buffer)};
}

/* Asks for the series of a row: of an entry that is new or stale. Returns 0, or -EINVAL with *ret_bad. */
static int resolve(
    struct csv_long *c, const struct row *r, struct series_cache_entry *entry, struct bad_name *ret_bad)
{
    char buffers[NAME_PARTS][2u * CATALOG_NAME_MAX];
    struct name_text names[NAME_PARTS];
    for (enum name_part i = 0; i < NAME_PARTS; i++)
        names[i] = field_name(&r->fields[name_roles[i]], buffers[i]);
    return replay_resolve(c->in, names, entry, ret_bad);
}

/* The cache entry of the row's series, made when it is new. NULL with *ret_bad. */
static struct series_cache_entry *row_entry(struct csv_long *c, const struct row *r, struct bad_name *ret_bad)
{
    char buffer[KEY_MAX];
    const char *key;
    size_t head_n, n = row_key(c, r, buffer, &key, &head_n);
    if (n == 0) {
        *ret_bad = (struct bad_name){.text = "name longer than 512 bytes"};
        while (ret_bad->part < NAME_METRIC && r->fields[name_roles[ret_bad->part]].raw_n <= NAME_RAW_MAX)
            ret_bad->part++;
        return NULL;
    }
    struct series_cache_entry *found = series_cache_find(c->in->cache, key, n), fresh = {0};
    if (found != NULL)
        return replay_is_stale(c->in, found) && resolve(c, r, found, ret_bad) != 0 ? NULL : found;
    if (resolve(c, r, &fresh, ret_bad) != 0)
        return NULL;
    /* A row with a newline inside a field is never compared as a whole, because the fast road counts one line
     * a row. */
    return replay_remember(c->in, r->newline ? NULL : key, n, head_n, &fresh);
}

/* Where a name of the row stands; its beginning for a host that has no column. */
static const char *name_place(const struct row *r, enum name_part part)
{
    const char *at = r->fields[name_roles[part]].raw;
    return at != NULL ? at : r->fields[CSV_TIMESTAMP].raw;
}

static int read_value(
    struct csv_long *c, const struct csv_field *f, double *ret_value, const char **ret_fault)
{
    if (f->n > 0 && f->raw == f->text && decimal_fast(f->text, ret_value) == f->text + f->n)
        return 0;
    return replay_value(c->in, f->text, f->n, ret_value, ret_fault);
}

/* The row at p, by its fields. Returns ROW_DONE with *ret_next, ROW_CUT, or the fault that ends the replay.
 */
static int row_by_fields(struct csv_long *c, const char *p, const char *end, const char **ret_next)
{
    struct row r;
    bool bad;
    int fault = split(c, p, end, &r, &bad);
    if (fault != ROW_DONE || bad) {
        *ret_next = r.next;
        return fault;
    }
    const struct csv_field *time = &r.fields[CSV_TIMESTAMP], *value = &r.fields[CSV_VALUE];
    const char *what = NULL;
    struct bad_name bad_name = {0};
    double number = (double)NAN;
    struct series_cache_entry *entry;
    int time_fault = read_time(c, time->raw, time->raw_n, time->text, time->n);
    if (time_fault != 0)
        fault = replay_time_fault(c->in, p, time->text, time->n, time_fault);
    else if (read_value(c, value, &number, &what) != 0)
        fault = replay_skip(
            c->in, p, value->raw, "value '%.*s': %s", value->n > 40 ? 40 : (int)value->n, value->text, what);
    else if ((entry = row_entry(c, &r, &bad_name)) == NULL)
        fault = replay_skip(c->in, p, name_place(&r, bad_name.part), "%s", bad_name.text);
    else {
        series_cache_follow(c->in->cache, entry);
        fault = replay_row(c->in, entry, c->t_ns, number, p, value->raw);
    }
    end_row(c, p, r.next, r.newline);
    *ret_next = r.next;
    return fault;
}

/* The time of the row at p, whose text is not that of the row before. False: not plain, the other road tells
 * why. */
static bool new_time(struct csv_long *c, const char *p, const char *end)
{
    size_t n = (size_t)(end - p) < REPLAY_TIME_TEXT_MAX ? (size_t)(end - p) : REPLAY_TIME_TEXT_MAX;
    const char *comma = memchr(p, ',', n);
    return comma != NULL && read_time(c, p, (size_t)(comma - p), p, (size_t)(comma - p)) == 0;
}

/* The common row at p (see above). Returns the row after it, or NULL with nothing done; a fault that ends the
 * replay goes to *ret_fault. */
static inline const char *common_row(struct csv_long *c, const char *p, const char *end, int *ret_fault)
{
    if ((size_t)(end - p) <= c->time_n || c->time_n == 0 || memcmp(p, c->time, c->time_n) != 0)
        if (!new_time(c, p, end))
            return NULL;
    const char *head = p + c->time_n;
    struct series_cache_entry *guess = series_cache_guess(c->in->cache);
    if (guess == NULL || (size_t)(end - head) <= guess->key_n ||
        memcmp(head, guess->key, guess->head_n) != 0 || replay_is_stale(c->in, guess))
        return NULL;
    const char *value_at = head + guess->head_n;
    double value;
    const char *at = decimal_fast(value_at, &value);
    if (at == NULL) { /* empty, or not so plain */
        if (*value_at != ',' && *value_at != '\n')
            return NULL;
        value = (double)NAN;
        at = value_at;
    }
    size_t tail_n = guess->key_n - guess->head_n;
    if (tail_n > 0 && ((size_t)(end - at) <= tail_n || memcmp(at, guess->key + guess->head_n, tail_n) != 0))
        return NULL;
    at += tail_n;
    at += *at == '\r'; /* a newline ends the bytes, so there is one after it */
    if (*at != '\n')
        return NULL;
    series_cache_follow(c->in->cache, guess);
    *ret_fault = replay_row(c->in, guess, c->t_ns, value, p, value_at);
    c->in->counts->rows++;
    c->in->line++;
    return at + 1;
}

/* Is there nothing but a line end at p? */
static const char *blank_line(const char *p)
{
    if (*p == '\n')
        return p + 1;
    return p[0] == '\r' && p[1] == '\n' ? p + 2 : NULL;
}

int csv_long_rows(struct csv_long *c, const char *p, const char *end, const char **ret_stop)
{
    int fault = 0;
    while (p < end && fault == 0) {
        const char *next = c->straight ? common_row(c, p, end, &fault) : NULL;
        if (next == NULL && (next = blank_line(p)) != NULL)
            c->in->line++;
        if (next == NULL) {
            fault = row_by_fields(c, p, end, &next);
            if (fault == ROW_CUT) {
                fault = 0;
                break;
            }
        }
        p = next;
    }
    *ret_stop = p;
    return fault;
}

bool csv_long_announces_clock(const struct csv_header *header, const char *p, const char *end)
{
    for (size_t i = 0; i < header->count; i++) {
        struct csv_field f;
        enum csv_after after = csv_field_next(p, end, &f, &p);
        if (after == CSV_CUT || after == CSV_FAULT)
            return false;
        if (header->columns[i].role == CSV_METRIC_NAME)
            return (f.n == strlen(REPLAY_TICK_METRIC) && memcmp(f.text, REPLAY_TICK_METRIC, f.n) == 0) ||
                   (f.n == strlen(REPLAY_CLOCK_METRIC) && memcmp(f.text, REPLAY_CLOCK_METRIC, f.n) == 0);
        if (after == CSV_LINE)
            return false;
    }
    return false;
}
