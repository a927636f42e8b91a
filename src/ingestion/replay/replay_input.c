/* SPDX-License-Identifier: MIT
 * From what a parser found in a row to a sample in a frame, a tick, or a fault at a named place. The policy
 * lives here: a fault of the file refuses it, a fault of a record passes that record over and counts, too
 * many of those refuse the file as well. The syntax of the formats is left to the parsers, the catalog's
 * limits to the catalog. */
#include "ingestion/replay/replay_input.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "core/metric.h"
#include "ingestion/replay/name_check.h"

#define SHOWN_MAX 40 /* bytes of outside text in a message */
#define NO_ENTITY "entity is not kind:name with kind host, cpu, cgroup, process, jvm, service or series"

static int shown(size_t n)
{
    return n > SHOWN_MAX ? SHOWN_MAX : (int)n;
}

/* Fills e with the place of `at` in the record that begins at row. */
static int tell(struct replay_input *in, struct error *e, const char *row, const char *at, const char *text)
{
    uint64_t line = in->line;
    const char *start = row;
    for (const char *newline; (newline = memchr(start, '\n', (size_t)(at - start))) != NULL;
         start = newline + 1)
        line++;
    uint32_t shown_line = line > UINT32_MAX ? UINT32_MAX : (uint32_t)line;
    return error_set_at(e, -EBADMSG, in->name, shown_line, (uint32_t)(at - start) + 1u, "%s", text);
}

int replay_skip(struct replay_input *in, const char *row, const char *at, const char *format, ...)
{
    if (in->counts->skipped++ == 0) {
        char text[ERROR_TEXT_MAX];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        (void)tell(in, &in->counts->first_skipped, row, at, text);
    }
    if (in->counts->skipped <= REPLAY_SKIPPED_MAX)
        return 0;
    char text[ERROR_TEXT_MAX];
    (void)snprintf(text, sizeof(text), "more than %d bad records; the first, in line %u: %.300s",
        REPLAY_SKIPPED_MAX, in->counts->first_skipped.line, in->counts->first_skipped.text);
    return tell(in, in->e, row, at, text);
}

int replay_refuse(struct replay_input *in, const char *row, const char *at, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return tell(in, in->e, row, at, text);
}

int replay_time_fault(struct replay_input *in, const char *row, const char *text, size_t n, int fault)
{
    if (fault == -ERANGE)
        return replay_skip(in, row, text, "time '%.*s' is outside the years 1678 to 2262", shown(n), text);
    if (fault != -EDOM)
        return replay_skip(
            in, row, text, "'%.*s' is not a time; expected Unix seconds or RFC 3339", shown(n), text);
    if (n >= 5 && text[4] == '-')
        return replay_refuse(
            in, row, text, "time '%.*s' has no zone; append Z for UTC, or +hh:mm", shown(n), text);
    size_t digits = 0;
    while (digits < n && (unsigned)(text[digits] - '0') <= 9)
        digits++;
    const char *unit = digits <= 14 ? "milliseconds" : digits <= 17 ? "microseconds" : "nanoseconds";
    const char *factor = digits <= 14 ? "1000" : digits <= 17 ? "1000000" : "1000000000";
    return replay_refuse(in, row, text, "time '%.*s' looks like %s; times are Unix seconds: divide by %s",
        shown(n), text, unit, factor);
}

static int order_fault(struct replay_input *in, const char *row, const char *at, uint64_t tolerance_ns)
{
    return replay_refuse(in, row, at, "time steps back by more than %llu s; sort the file by timestamp",
        (unsigned long long)(tolerance_ns / 1000000000u));
}

/* Words by which other programs write "missing" or "infinite". */
static bool is_missing_word(const char *p, size_t n)
{
    static const char *const words[] = {"nan", "null", "none", "na", "n/a", "nil", "-", "inf", "infinity",
        "-inf", "+inf", "-infinity", "+infinity", "-nan"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == n && strncasecmp(words[i], p, n) == 0)
            return true;
    return false;
}

/* Is the integer p[0..n) more than a double can tell apart? */
static bool is_imprecise(const char *p, size_t n, double value)
{
    size_t sign = n > 0 && (p[0] == '-' || p[0] == '+');
    for (size_t i = sign; i < n; i++)
        if ((unsigned)(p[i] - '0') > 9)
            return false;
    uint64_t exact;
    if (number_parse_u64(p + sign, n - sign, &exact) != 0)
        return true;
    double magnitude = fabs(value);
    return magnitude >= 0x1p64 || (uint64_t)magnitude != exact;
}

int replay_value(struct replay_input *in, const char *p, size_t n, double *ret_value, const char **ret_fault)
{
    if (n == 0) {
        *ret_value = (double)NAN;
        return 0;
    }
    double value;
    int fault = number_parse(p, n, &value);
    if (fault == 0) {
        if (n > 15 && is_imprecise(p, n, value))
            in->counts->imprecise++;
        *ret_value = value;
        return 0;
    }
    if (fault == -ERANGE)
        *ret_fault = "number too large for a double";
    else if (is_missing_word(p, n))
        *ret_fault = "not a number; leave the field empty for a missing value";
    else if (memchr(p, ',', n) != NULL)
        *ret_fault = "comma in a number; write a decimal point and no thousands separator";
    else
        *ret_fault = "not a decimal number";
    return -EINVAL;
}

static bool name_is(struct name_text name, const char *text)
{
    return name.n == strlen(text) && memcmp(name.p, text, name.n) == 0;
}

static int bad(struct bad_name *ret_bad, enum name_part part, const char *text)
{
    *ret_bad = (struct bad_name){.text = text, .part = part};
    return -EINVAL;
}

int64_t replay_entity(
    struct replay_input *in, struct name_text host, struct name_text entity, struct bad_name *ret_bad)
{
    if (host.n == 0)
        host = (struct name_text){in->default_host, in->default_host_n};
    const char *fault = name_fault(host.p, host.n);
    if (fault != NULL)
        return bad(ret_bad, NAME_HOST, fault);
    if (entity.n > 0 && (fault = name_fault(entity.p, entity.n)) != NULL)
        return bad(ret_bad, NAME_ENTITY, fault);
    int64_t id = catalog_host(in->catalog, host.p, host.n);
    if (id >= 0 && entity.n > 0)
        id = catalog_entity_text(in->catalog, (uint32_t)id, entity.p, entity.n);
    return id == -EINVAL ? bad(ret_bad, NAME_ENTITY, NO_ENTITY) : id;
}

/* Is it "", "host" or kind:name? */
static bool is_entity(struct name_text text)
{
    const char *colon = text.n > 0 ? memchr(text.p, ':', text.n) : NULL;
    size_t kind_n = colon != NULL ? (size_t)(colon - text.p) : text.n;
    int kind = text.n > 0 ? entity_kind_parse(text.p, kind_n) : ENTITY_HOST;
    return kind == ENTITY_HOST || (kind >= 0 && kind_n + 1 < text.n);
}

/* The word that an entity is gone: of which, if it is there. */
static int resolve_gone(struct replay_input *in, const struct name_text names[NAME_PARTS],
    struct series_cache_entry *entry, struct bad_name *ret_bad)
{
    struct name_text host = names[NAME_HOST], entity = names[NAME_ENTITY];
    if (host.n == 0)
        host = (struct name_text){in->default_host, in->default_host_n};
    const char *fault = name_fault(host.p, host.n);
    if (fault != NULL)
        return bad(ret_bad, NAME_HOST, fault);
    if (entity.n > 0 && (fault = name_fault(entity.p, entity.n)) != NULL)
        return bad(ret_bad, NAME_ENTITY, fault);
    if (!is_entity(entity))
        return bad(ret_bad, NAME_ENTITY, NO_ENTITY);
    entry->kind = SERIES_CACHE_GONE;
    entry->id = catalog_find_text(in->catalog, host.p, host.n, entity.p, entity.n);
    return 0;
}

static bool is_gone(void *context, const struct series_cache_entry *entry)
{
    return entry->kind == SERIES_CACHE_SERIES && entry->id != SERIES_CACHE_REFUSED &&
           !catalog_series_lives(context, entry->id);
}

struct series_cache_entry *replay_remember(
    struct replay_input *in, const char *key, size_t n, size_t head_n, const struct series_cache_entry *fresh)
{
    struct series_cache *cache = in->cache;
    /* Only when a good part may be gone: else most of the work would be for nothing. */
    if (series_cache_is_full(cache) && catalog_changes(in->catalog) - in->changes >= cache->capacity / 4) {
        in->changes = catalog_changes(in->catalog);
        series_cache_drop(cache, is_gone, in->catalog);
    }
    struct series_cache_entry *entry = key == NULL || fresh->kind == SERIES_CACHE_GONE
                                           ? series_cache_spare(cache)
                                           : series_cache_add(cache, key, n, head_n);
    entry->id = fresh->id;
    entry->kind = fresh->kind;
    entry->non_negative = fresh->non_negative;
    entry->changes = fresh->changes;
    return entry;
}

int replay_resolve(struct replay_input *in, const struct name_text names[NAME_PARTS],
    struct series_cache_entry *entry, struct bad_name *ret_bad)
{
    struct name_text metric = names[NAME_METRIC];
    uint64_t changes = catalog_changes(in->catalog);
    if (replay_is_stale(in, entry) && entry->changes > 0 && entry->id != SERIES_CACHE_REFUSED &&
        catalog_series_lives(in->catalog, entry->id)) {
        entry->changes = changes;
        return 0;
    }
    if (name_is(metric, REPLAY_GONE_METRIC))
        return resolve_gone(in, names, entry, ret_bad);
    if (name_is(metric, REPLAY_TICK_METRIC) || name_is(metric, REPLAY_CLOCK_METRIC)) {
        entry->kind = name_is(metric, REPLAY_TICK_METRIC) ? SERIES_CACHE_TICK : SERIES_CACHE_CLOCK;
        return 0;
    }
    const char *fault = metric.n == 0 ? "metric is empty" : name_fault(metric.p, metric.n);
    if (fault != NULL)
        return bad(ret_bad, NAME_METRIC, fault);
    int64_t id = replay_entity(in, names[NAME_HOST], names[NAME_ENTITY], ret_bad);
    if (id == -EINVAL)
        return -EINVAL;
    if (id >= 0)
        id = catalog_series(in->catalog, (uint32_t)id, metric.p, metric.n);
    if (id == -EINVAL)
        return bad(ret_bad, NAME_METRIC, "entity and metric together are longer than 512 bytes");
    double scale;
    int known = metric_find(metric.p, metric.n, &scale);
    entry->kind = SERIES_CACHE_SERIES;
    entry->non_negative = known >= 0 && metric_table[known].kind != METRIC_GAUGE;
    entry->id = id < 0 ? SERIES_CACHE_REFUSED : (uint32_t)id;
    entry->changes = changes;
    return 0;
}

/* The word that an entity is gone. */
static int gone_row(
    struct replay_input *in, struct series_cache_entry *entry, int64_t t_ns, double value, const char *row)
{
    entry->last_t_ns = t_ns; /* it is not the first of a series that starts late */
    uint32_t entity = entry->id;
    int fault = replay_time(in, entry, t_ns, row, row);
    if (fault != 0)
        return fault;
    return frame_builder_gone(in->frames, t_ns, entity, value >= 1 ? ENTITY_OUT_OF_MEMORY : ENTITY_ENDED);
}

/* A row that is no sample: a tick, or the announcement of ticks. */
static int clock_row(
    struct replay_input *in, const struct series_cache_entry *entry, int64_t t_ns, const char *row)
{
    if (!in->own_clock)
        return replay_refuse(in, row, row,
            "a tick in a file that does not begin with one; put a " REPLAY_CLOCK_METRIC " row first");
    return entry->kind == SERIES_CACHE_TICK ? frame_builder_tick(in->frames, t_ns) : 0;
}

int replay_time(struct replay_input *in, const struct series_cache_entry *entry, int64_t t_ns,
    const char *row, const char *at)
{
    if (__builtin_expect(entry->last_t_ns == INT64_MIN, 0) && frame_builder_starts_late(in->frames, t_ns))
        return order_fault(in, row, at, (uint64_t)FRAME_BUILDER_BACK_NS);
    int fault = frame_builder_row(in->frames, t_ns);
    if (__builtin_expect(fault == -EDOM, 0))
        return order_fault(in, row, at, frame_builder_tolerance(in->frames));
    return fault;
}

int replay_row(struct replay_input *in, struct series_cache_entry *entry, int64_t t_ns, double value,
    const char *row, const char *value_at)
{
    if (__builtin_expect(entry->kind == SERIES_CACHE_GONE, 0))
        return gone_row(in, entry, t_ns, value, row);
    if (__builtin_expect(entry->kind != SERIES_CACHE_SERIES, 0))
        return clock_row(in, entry, t_ns, row);
    if (__builtin_expect(entry->non_negative && value < 0, 0))
        return replay_skip(in, row, value_at, "negative value of a counter");
    int fault = replay_time(in, entry, t_ns, row, row);
    if (__builtin_expect(fault != 0, 0))
        return fault;
    bool again = entry->last_t_ns == t_ns;
    entry->last_t_ns = t_ns;
    if (__builtin_expect(entry->id == SERIES_CACHE_REFUSED, 0)) {
        in->counts->refused++;
        return 0;
    }
    in->counts->duplicate += again;
    return frame_builder_sample(in->frames, entry->id, value);
}
