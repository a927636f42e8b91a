/* SPDX-License-Identifier: MIT
 * Rows of wide CSV to samples: one pass over the columns of a row converts its values, then time, host and
 * series are settled once for all of them. A row with a fault anywhere is passed over whole. Consecutive rows
 * with the same reading of the clock (column now) share one tick, stated after the last of them. */
#include "ingestion/replay/csv_wide.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "core/catalog.h"
#include "ingestion/replay/decimal.h"

#define NAME_RAW_MAX (2u * CATALOG_NAME_MAX + 2u)
#define KEY_MAX      (2u * NAME_RAW_MAX + 1u)

#define SHOWN_MAX 40 /* bytes of outside text in a message */

enum row_outcome { ROW_DONE, ROW_CUT };

/* What one row says besides its values. */
struct row {
    const char *p, *end;
    const char *next;
    struct csv_field time, host, entity, now;
    bool newline;         /* some field holds a newline */
    const char *fault_at; /* NULL: it is sound; else it is passed over, for the reason in fault_text */
};

int csv_wide_init(struct csv_wide *c, const struct csv_header *header, struct replay_input *in)
{
    *c = (struct csv_wide){.header = header, .in = in};
    c->values = calloc(header->metric_count, sizeof(*c->values));
    c->spare_ids = calloc(header->metric_count, sizeof(*c->spare_ids));
    if (c->values != NULL && c->spare_ids != NULL)
        return 0;
    csv_wide_done(c);
    return -ENOMEM;
}

void csv_wide_done(struct csv_wide *c)
{
    free(c->values);
    free(c->spare_ids);
    free(c->ids);
    *c = (struct csv_wide){0};
}

/* Notes the first fault of a row. It is told only when the row is known to be whole, because a row that goes
 * on beyond the bytes at hand is read again. */
__attribute__((format(printf, 4, 5))) static void note(
    struct csv_wide *c, struct row *r, const char *at, const char *format, ...)
{
    if (r->fault_at != NULL)
        return;
    r->fault_at = at;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(c->fault_text, sizeof(c->fault_text), format, arguments);
    va_end(arguments);
}

static int shown(size_t n)
{
    return n > SHOWN_MAX ? SHOWN_MAX : (int)n;
}

/* Converts the text of column i the long way. */
static void slow_value(
    struct csv_wide *c, struct row *r, size_t i, const struct csv_field *f, double *ret_value)
{
    const char *what;
    const struct csv_column *column = &c->header->columns[i];
    if (replay_value(c->in, f->text, f->n, ret_value, &what) != 0)
        note(c, r, f->raw, "%.*s: value '%.*s': %s", shown(column->name_n), column->name, shown(f->n),
            f->text, what);
    else if (column->non_negative && *ret_value < 0)
        note(c, r, f->raw, "%.*s: negative value of a counter", shown(column->name_n), column->name);
}

/* Where a column that is no metric keeps its field; NULL for a metric. */
static struct csv_field *place(struct row *r, enum csv_role role, struct csv_field *other)
{
    switch (role) {
    case CSV_TIMESTAMP:
        return &r->time;
    case CSV_HOST:
        return &r->host;
    case CSV_ENTITY:
        return &r->entity;
    case CSV_NOW:
        return &r->now;
    case CSV_METRIC:
    case CSV_METRIC_NAME:
    case CSV_VALUE:
    case CSV_IGNORED:
    default:
        return other;
    }
}

/* The field of column i at *at by the long road: quoted, empty, long, faulty, or no value. Returns what
 * follows it, with *at moved on. */
static enum csv_after any_field(struct csv_wide *c, struct row *r, size_t i, const char **at, double *value)
{
    struct csv_field other;
    enum csv_role role = c->header->columns[i].role;
    struct csv_field *f = place(r, role, &other);
    enum csv_after after = csv_field_next(*at, r->end, f, at);
    if (after == CSV_CUT)
        return after;
    if (after == CSV_FAULT) { /* what is quoted and what is not cannot be told any more: the row ends at the
                                 next newline */
        note(c, r, f->raw, "%s", f->fault);
        *at = (const char *)memchr(f->raw, '\n', (size_t)(r->end - f->raw)) + 1;
        r->newline = true; /* perhaps: they are counted */
        return after;
    }
    r->newline |= f->newline;
    if (role == CSV_METRIC && r->fault_at == NULL)
        slow_value(c, r, i, f, value);
    return after;
}

/* A row has more fields than the header: passes over them. Returns ROW_DONE or ROW_CUT. */
static int skip_rest(struct row *r, const char *at)
{
    struct csv_field f;
    enum csv_after after = CSV_COMMA;
    while (after == CSV_COMMA)
        after = csv_field_next(at, r->end, &f, &at);
    r->newline = true; /* perhaps: they are counted */
    r->next = after == CSV_FAULT ? (const char *)memchr(f.raw, '\n', (size_t)(r->end - f.raw)) + 1 : at;
    return after == CSV_CUT ? ROW_CUT : ROW_DONE;
}

/* Does the plain number at *at end the field of column i? Then moves *at to the next one. */
static inline bool plain_value(const struct csv_column *column, bool last, const char **at, double *value)
{
    const char *stop = decimal_fast(*at, value);
    if (stop == NULL || (column->non_negative && *value < 0))
        return false;
    if (last && *stop == '\r') /* a newline ends the bytes, so there is a byte after it */
        stop++;
    if (*stop != (last ? '\n' : ','))
        return false;
    *at = stop + 1;
    return true;
}

/* Splits the row and converts its values. Returns ROW_DONE (r->fault_at: to be passed over) or ROW_CUT. */
static int read_row(struct csv_wide *c, struct row *r)
{
    const struct csv_column *columns = c->header->columns;
    size_t count = c->header->count;
    const char *at = r->p;
    double *value = c->values;
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count, is_metric = columns[i].role == CSV_METRIC;
        if (is_metric && plain_value(&columns[i], last, &at, value)) {
            value++;
            continue;
        }
        enum csv_after after = any_field(c, r, i, &at, value);
        value += is_metric;
        if (after == CSV_CUT)
            return ROW_CUT;
        if (after == CSV_LINE && !last)
            note(c, r, at - 1, "too few fields: %zu, the header has %zu", i + 1, count);
        if (after == CSV_COMMA && last) {
            note(c, r, at, "too many fields, the header has %zu; a decimal comma?", count);
            return skip_rest(r, at);
        }
        if (after != CSV_COMMA)
            break;
    }
    r->next = at;
    return ROW_DONE;
}

/* Reads a time by its text. Returns 0 or what timestamp_parse answered. */
static int read_time(struct csv_wide_time *t, const struct csv_field *f)
{
    if (f->n == t->n && f->n > 0 && memcmp(f->text, t->text, f->n) == 0)
        return 0;
    int64_t t_ns;
    if (f->n > sizeof(t->text))
        return -EINVAL;
    int fault = timestamp_parse(f->text, f->n, &t_ns);
    if (fault != 0)
        return fault;
    t->t_ns = t_ns;
    t->n = f->n;
    memcpy(t->text, f->text, f->n);
    return 0;
}

static struct name_text field_name(const struct csv_field *f, char buffer[2u * CATALOG_NAME_MAX])
{
    if (!f->doubled || f->n > 2u * CATALOG_NAME_MAX)
        return (struct name_text){f->text, f->n};
    return (struct name_text){buffer, csv_field_text(f, buffer)};
}

/* A run of metric_count numbers for one more host or entity. Returns its index, or UINT32_MAX at the limit or
 * without memory. */
static uint32_t new_run(struct csv_wide *c)
{
    size_t metrics = c->header->metric_count;
    if ((c->run_count + 1u) * metrics > CSV_WIDE_IDS_MAX)
        return UINT32_MAX;
    if (c->run_count == c->run_capacity) {
        uint32_t capacity = c->run_capacity == 0 ? 1 : c->run_capacity * 2;
        uint32_t *ids = realloc(c->ids, capacity * metrics * sizeof(*ids));
        if (ids == NULL)
            return UINT32_MAX;
        c->ids = ids;
        c->run_capacity = capacity;
    }
    return c->run_count++;
}

/* Asks the catalog for the series of every metric of an entity. What it refuses is SERIES_CACHE_REFUSED.
 * Returns 0 or -EINVAL with *ret_bad. */
static int resolve_ids(struct csv_wide *c, const struct row *r, uint32_t *ids, struct bad_name *ret_bad)
{
    char host[2u * CATALOG_NAME_MAX], entity[2u * CATALOG_NAME_MAX];
    int64_t owner = replay_entity(c->in, field_name(&r->host, host), field_name(&r->entity, entity), ret_bad);
    if (owner == -EINVAL)
        return -EINVAL;
    const struct csv_header *h = c->header;
    for (size_t i = 0, metric = 0; i < h->count; i++) {
        if (h->columns[i].role != CSV_METRIC)
            continue;
        int64_t id = owner < 0 ? owner
                               : catalog_series(c->in->catalog, (uint32_t)owner, h->columns[i].name,
                                     h->columns[i].name_n);
        if (id == -EINVAL) {
            *ret_bad = (struct bad_name){"entity and metric together are longer than 512 bytes", NAME_ENTITY};
            return -EINVAL;
        }
        ids[metric++] = id < 0 ? SERIES_CACHE_REFUSED : (uint32_t)id;
    }
    return 0;
}

/* The entry of the row's host and entity, and the numbers of its series in *ret_ids. NULL with *ret_bad. */
static struct series_cache_entry *row_entry(
    struct csv_wide *c, const struct row *r, uint32_t **ret_ids, struct bad_name *ret_bad)
{
    struct series_cache *cache = c->in->cache;
    char buffer[KEY_MAX];
    size_t n = 0;
    if (r->host.raw_n > NAME_RAW_MAX || r->entity.raw_n > NAME_RAW_MAX) {
        *ret_bad = (struct bad_name){
            "name longer than 512 bytes", r->host.raw_n > NAME_RAW_MAX ? NAME_HOST : NAME_ENTITY};
        return NULL;
    }
    if (r->host.raw_n > 0)
        memcpy(buffer, r->host.raw, r->host.raw_n);
    n = r->host.raw_n;
    buffer[n++] = ',';
    if (r->entity.raw_n > 0)
        memcpy(buffer + n, r->entity.raw, r->entity.raw_n);
    n += r->entity.raw_n;
    struct series_cache_entry *entry = series_cache_find(cache, buffer, n);
    uint64_t changes = catalog_changes(c->in->catalog);
    if (entry != NULL) {
        *ret_ids = c->ids + (size_t)entry->id * c->header->metric_count;
        if (entry->changes != changes && resolve_ids(c, r, *ret_ids, ret_bad) != 0)
            return NULL;
        entry->changes = changes;
        return entry;
    }
    if (resolve_ids(c, r, c->spare_ids, ret_bad) != 0)
        return NULL;
    *ret_ids = c->spare_ids;
    uint32_t run = new_run(c);
    if (run == UINT32_MAX)
        return series_cache_spare(cache);
    entry = series_cache_add(cache, buffer, n, n);
    entry->id = run;
    entry->changes = changes;
    *ret_ids = c->ids + (size_t)run * c->header->metric_count;
    memcpy(*ret_ids, c->spare_ids, c->header->metric_count * sizeof(**ret_ids));
    return entry;
}

static int state_due_tick(struct csv_wide *c)
{
    if (!c->tick_due)
        return 0;
    c->tick_due = false;
    return frame_builder_tick(c->in->frames, c->tick_ns);
}

/* The row is sound: its clock, then its samples. */
static int hand_on(struct csv_wide *c, struct row *r, struct series_cache_entry *entry, const uint32_t *ids)
{
    int fault = 0;
    bool has_now = c->header->has_now && r->now.n > 0;
    if (c->tick_due && has_now && c->now.t_ns != c->tick_ns)
        fault = state_due_tick(c);
    if (fault == 0)
        fault = replay_time(c->in, entry, c->time.t_ns, r->p, r->time.raw);
    if (fault != 0)
        return fault;
    if (has_now) {
        c->tick_due = true;
        c->tick_ns = c->now.t_ns;
    }
    size_t metrics = c->header->metric_count;
    if (entry->last_t_ns == c->time.t_ns)
        c->in->counts->duplicate += metrics;
    entry->last_t_ns = c->time.t_ns;
    bool refused = false;
    for (size_t i = 0; i < metrics && fault == 0; i++) {
        if (ids[i] == SERIES_CACHE_REFUSED)
            refused = true;
        else
            fault = frame_builder_sample(c->in->frames, ids[i], c->values[i]);
    }
    c->in->counts->refused += refused;
    return fault;
}

/* Settles time, clock and series of a row whose values are read. */
static int settle(struct csv_wide *c, struct row *r)
{
    int fault = r->time.n == 0 ? -EINVAL : read_time(&c->time, &r->time);
    if (fault != 0)
        return replay_time_fault(c->in, r->p, r->time.raw_n == 0 ? r->p : r->time.text, r->time.n, fault);
    if (r->now.n > 0 && (fault = read_time(&c->now, &r->now)) != 0)
        return replay_time_fault(c->in, r->p, r->now.text, r->now.n, fault);
    struct bad_name bad = {0};
    uint32_t *ids;
    struct series_cache_entry *entry = row_entry(c, r, &ids, &bad);
    if (entry == NULL) {
        const char *at = bad.part == NAME_HOST ? r->host.raw : r->entity.raw;
        return replay_skip(c->in, r->p, at != NULL ? at : r->p, "%s", bad.text);
    }
    series_cache_follow(c->in->cache, entry);
    return hand_on(c, r, entry, ids);
}

static const char *blank_line(const char *p)
{
    if (*p == '\n')
        return p + 1;
    return p[0] == '\r' && p[1] == '\n' ? p + 2 : NULL;
}

/* A row is done with. */
static void end_row(struct csv_wide *c, const struct row *r)
{
    c->in->counts->rows++;
    c->in->line++;
    if (r->newline)
        for (const char *p = r->p; (p = memchr(p, '\n', (size_t)(r->next - 1 - p))) != NULL; p++)
            c->in->line++;
}

int csv_wide_rows(struct csv_wide *c, const char *p, const char *end, const char **ret_stop)
{
    int fault = 0;
    while (p < end && fault == 0) {
        struct row r = {.p = p, .end = end, .next = blank_line(p)};
        if (r.next != NULL) {
            c->in->line++;
            p = r.next;
            continue;
        }
        uint64_t imprecise = c->in->counts->imprecise;
        if (read_row(c, &r) == ROW_CUT) {
            c->in->counts->imprecise = imprecise; /* it is read again */
            break;
        }
        fault = r.fault_at != NULL ? replay_skip(c->in, r.p, r.fault_at, "%s", c->fault_text) : settle(c, &r);
        if (fault == 0) {
            end_row(c, &r);
            p = r.next;
        }
    }
    *ret_stop = p;
    return fault;
}

int csv_wide_end(struct csv_wide *c)
{
    return state_due_tick(c);
}
