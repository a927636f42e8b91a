/* SPDX-License-Identifier: MIT
 * JSON lines of telemetry to samples: finds the five members that matter, passes over the rest and names what
 * is wrong. The tokens come from json_scan as raw bytes, so that a series is found in the cache by the bytes
 * of its names and a time is read as decimal text. */
#include "ingestion/replay/jsonl.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "core/catalog.h"
#include "ingestion/replay/decimal.h"
#include "ingestion/replay/json_scan.h"

#define NAME_RAW_MAX   (6u * CATALOG_NAME_MAX + 2u) /* each byte may be \u00XX, and there are two quotes */
#define KEY_MAX        (3u * NAME_RAW_MAX + 3u)
#define MEMBER_RAW_MAX NAME_RAW_MAX

enum member { MEMBER_T, MEMBER_HOST, MEMBER_ENTITY, MEMBER_METRIC, MEMBER_VALUE, MEMBER_COUNT };

static const char *const member_names[MEMBER_COUNT] = {"t", "host", "entity", "metric", "value"};

/* What a line says. */
struct line {
    struct json_token members[MEMBER_COUNT];
    const char *fault_at; /* NULL: it is sound */
    const char *fault;
    unsigned other_count;
    struct json_token
        others[JSON_SCAN_MEMBERS_MAX]; /* names that are passed over, to find one that comes twice */
};

void jsonl_init(struct jsonl *j, struct replay_input *in)
{
    *j = (struct jsonl){.in = in};
}

/* The text of a name: in place, or decoded into buffer. */
static struct name_text token_text(const struct json_token *t, char buffer[NAME_RAW_MAX])
{
    if (t->kind != JSON_KIND_STRING)
        return (struct name_text){0};
    if (!t->escaped || t->raw_n > NAME_RAW_MAX)
        return (struct name_text){t->raw + 1, t->raw_n - 2};
    return (struct name_text){buffer, json_scan_text(t, buffer)};
}

static enum member find_member(struct name_text name)
{
    for (enum member m = 0; m < MEMBER_COUNT; m++)
        if (strlen(member_names[m]) == name.n && memcmp(member_names[m], name.p, name.n) == 0)
            return m;
    return MEMBER_COUNT;
}

static bool seen_before(const struct line *l, struct name_text name)
{
    char buffer[NAME_RAW_MAX];
    for (unsigned i = 0; i < l->other_count; i++) {
        struct name_text other = token_text(&l->others[i], buffer);
        if (other.n == name.n && memcmp(other.p, name.p, name.n) == 0)
            return true;
    }
    return false;
}

static bool line_fault(struct line *l, const char *at, const char *fault)
{
    l->fault_at = at;
    l->fault = fault;
    return false;
}

/* One member of the object. */
static bool scan_member(struct json_scan *s, struct line *l)
{
    struct json_token name, value;
    char buffer[NAME_RAW_MAX];
    if (!json_scan_name(s, &name))
        return line_fault(l, s->at, s->fault);
    if (name.raw_n > MEMBER_RAW_MAX)
        return line_fault(l, name.raw, "member's name longer than 512 bytes");
    struct name_text text = token_text(&name, buffer);
    enum member m = find_member(text);
    if (m < MEMBER_COUNT ? l->members[m].kind != JSON_KIND_ABSENT : seen_before(l, text))
        return line_fault(l, name.raw, "member comes twice");
    if (!json_scan_value(s, &value))
        return line_fault(l, s->at, s->fault);
    if (m < MEMBER_COUNT)
        l->members[m] = value;
    else
        l->others[l->other_count++] = name; /* json_scan_name bounds their number */
    return true;
}

/* The object at p. end: the newline that ends its line. False: l->fault. */
static bool scan_line(struct line *l, const char *p, const char *end)
{
    struct json_scan s = {.at = p};
    memset(l->members, 0, sizeof(l->members));
    l->other_count = 0;
    json_scan_blank(&s);
    if (*s.at != '{')
        return line_fault(l, s.at, "not an object; expected one JSON object a line");
    s.at++;
    json_scan_blank(&s);
    bool more = *s.at != '}';
    s.at += !more;
    while (more) {
        if (!scan_member(&s, l))
            return false;
        json_scan_blank(&s);
        if (*s.at != ',' && *s.at != '}')
            return line_fault(l, s.at, "expected , or }");
        more = *s.at++ == ',';
    }
    json_scan_blank(&s);
    if (s.at != end)
        return line_fault(l, s.at, "text after the object; expected one JSON object a line");
    return true;
}

/* Are the kinds of the members what they must be? */
static bool check_kinds(struct line *l, const char *p)
{
    const struct json_token *m = l->members;
    if (m[MEMBER_T].kind == JSON_KIND_ABSENT)
        return line_fault(l, p, "no member t");
    if (m[MEMBER_T].kind != JSON_KIND_NUMBER && m[MEMBER_T].kind != JSON_KIND_STRING)
        return line_fault(l, m[MEMBER_T].raw, "t must be a number or an RFC 3339 string");
    /* A string of digits is no RFC 3339 time: "2026-..." */
    if (m[MEMBER_T].kind == JSON_KIND_STRING &&
        (m[MEMBER_T].raw_n < 7 || m[MEMBER_T].raw[5] != '-' || m[MEMBER_T].escaped))
        return line_fault(l, m[MEMBER_T].raw, "t must be a number or an RFC 3339 string");
    if (m[MEMBER_METRIC].kind != JSON_KIND_STRING)
        return line_fault(l, m[MEMBER_METRIC].kind == JSON_KIND_ABSENT ? p : m[MEMBER_METRIC].raw,
            "metric must be a string");
    for (enum member i = MEMBER_HOST; i <= MEMBER_ENTITY; i++)
        if (m[i].kind != JSON_KIND_STRING && m[i].kind != JSON_KIND_NULL && m[i].kind != JSON_KIND_ABSENT)
            return line_fault(
                l, m[i].raw, i == MEMBER_HOST ? "host must be a string" : "entity must be a string");
    for (enum member i = MEMBER_HOST; i <= MEMBER_METRIC; i++)
        if (m[i].kind == JSON_KIND_STRING && m[i].raw_n > NAME_RAW_MAX)
            return line_fault(l, m[i].raw, "name longer than 512 bytes");
    if (m[MEMBER_VALUE].kind != JSON_KIND_NUMBER && m[MEMBER_VALUE].kind != JSON_KIND_NULL &&
        m[MEMBER_VALUE].kind != JSON_KIND_ABSENT)
        return line_fault(l, m[MEMBER_VALUE].raw, "value must be a number or null");
    return true;
}

/* Reads the time by its text. Returns 0 or what timestamp_parse answered. */
static int read_time(struct jsonl *j, const struct json_token *t)
{
    if (t->raw_n == j->time_n && memcmp(t->raw, j->time, t->raw_n) == 0)
        return 0;
    int64_t t_ns;
    size_t quote = t->kind == JSON_KIND_STRING;
    if (t->raw_n > sizeof(j->time))
        return -EINVAL;
    int fault = timestamp_parse(t->raw + quote, t->raw_n - 2 * quote, &t_ns);
    if (fault != 0)
        return fault;
    j->t_ns = t_ns;
    j->time_n = t->raw_n;
    memcpy(j->time, t->raw, t->raw_n);
    return 0;
}

static const enum member name_members[NAME_PARTS] = {
    [NAME_HOST] = MEMBER_HOST, [NAME_ENTITY] = MEMBER_ENTITY, [NAME_METRIC] = MEMBER_METRIC};

/* The cache entry of the line's series, made when it is new. NULL with *ret_bad. */
static struct series_cache_entry *line_entry(struct jsonl *j, const struct line *l, struct bad_name *ret_bad)
{
    char key[KEY_MAX];
    size_t n = 0;
    for (enum name_part i = 0; i < NAME_PARTS; i++) {
        const struct json_token *t = &l->members[name_members[i]];
        if (t->kind == JSON_KIND_STRING) {
            memcpy(key + n, t->raw, t->raw_n);
            n += t->raw_n;
        }
        key[n++] = ',';
    }
    struct series_cache_entry *found = series_cache_find(j->in->cache, key, n), fresh = {0};
    if (found != NULL && !replay_is_stale(j->in, found))
        return found;
    char buffers[NAME_PARTS][NAME_RAW_MAX];
    struct name_text names[NAME_PARTS];
    for (enum name_part i = 0; i < NAME_PARTS; i++)
        names[i] = token_text(&l->members[name_members[i]], buffers[i]);
    if (replay_resolve(j->in, names, found != NULL ? found : &fresh, ret_bad) != 0)
        return NULL;
    return found != NULL ? found : replay_remember(j->in, key, n, n, &fresh);
}

/* The value of a sound line. Returns 0 or -EINVAL with *ret_fault. */
static int line_value(struct jsonl *j, const struct json_token *t, double *ret_value, const char **ret_fault)
{
    if (t->kind == JSON_KIND_NUMBER && decimal_fast(t->raw, ret_value) == t->raw + t->raw_n)
        return 0;
    return replay_value(j->in, t->raw, t->kind == JSON_KIND_NUMBER ? t->raw_n : 0, ret_value, ret_fault);
}

/* Where a name of the line stands; the line's beginning when the name is the default. */
static const char *bad_place(const struct line *l, const char *p, enum name_part part)
{
    const char *at = l->members[name_members[part]].raw;
    return at != NULL ? at : p;
}

/* Hands on a line that is sound as JSON. */
static int settle(struct jsonl *j, const struct line *l, const char *p)
{
    const struct json_token *m = l->members;
    const char *what = NULL;
    struct bad_name bad = {0};
    double value;
    int fault = read_time(j, &m[MEMBER_T]);
    if (fault != 0) {
        size_t quote = m[MEMBER_T].kind == JSON_KIND_STRING;
        return replay_time_fault(j->in, p, m[MEMBER_T].raw + quote, m[MEMBER_T].raw_n - 2 * quote, fault);
    }
    if (line_value(j, &m[MEMBER_VALUE], &value, &what) != 0)
        return replay_skip(j->in, p, m[MEMBER_VALUE].raw, "%s", what);
    struct series_cache_entry *entry = line_entry(j, l, &bad);
    if (entry == NULL)
        return replay_skip(j->in, p, bad_place(l, p, bad.part), "%s", bad.text);
    series_cache_follow(j->in->cache, entry);
    if (m[MEMBER_VALUE].kind == JSON_KIND_ABSENT && entry->kind == SERIES_CACHE_SERIES)
        return replay_skip(j->in, p, p, "no member value; null means missing");
    return replay_row(j->in, entry, j->t_ns, value, p, m[MEMBER_VALUE].raw);
}

/* Does a faulty last line without a newline look as if its rest were missing? */
static bool is_cut(const struct line *l, const char *newline)
{
    return l->fault_at == newline || newline[-1] != '}';
}

static bool is_blank(const char *p, const char *end)
{
    return p == end || (end - p == 1 && *p == '\r');
}

int jsonl_rows(struct jsonl *j, const char *p, const char *end, bool cut)
{
    struct line l;
    int fault = 0;
    while (p < end && fault == 0) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!is_blank(p, newline)) {
            if (!scan_line(&l, p, newline) || !check_kinds(&l, p)) {
                if (cut && newline + 1 == end && is_cut(&l, newline))
                    return replay_refuse(j->in, p, l.fault_at, "the last line is cut short");
                fault = replay_skip(j->in, p, l.fault_at, "%s", l.fault);
            } else {
                fault = settle(j, &l, p);
            }
            j->in->counts->rows++;
        }
        j->in->line++;
        p = newline + 1;
    }
    return fault;
}

bool jsonl_announces_clock(const char *p, const char *end)
{
    struct line l;
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    if (newline == NULL || !scan_line(&l, p, newline) || !check_kinds(&l, p))
        return false;
    char buffer[NAME_RAW_MAX];
    struct name_text metric = token_text(&l.members[MEMBER_METRIC], buffer);
    return (metric.n == strlen(REPLAY_TICK_METRIC) && memcmp(metric.p, REPLAY_TICK_METRIC, metric.n) == 0) ||
           (metric.n == strlen(REPLAY_CLOCK_METRIC) && memcmp(metric.p, REPLAY_CLOCK_METRIC, metric.n) == 0);
}
