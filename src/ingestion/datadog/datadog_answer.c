/* SPDX-License-Identifier: MIT
 * Takes answers apart: jansson reads them after their depth and the number of their values have been looked
 * at, so that neither its stack nor its memory is an outsider's to choose. What the series mean, and which of
 * their points count, is datadog_book.c's matter. */
#include "ingestion/datadog/datadog_answer.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MS_NS INT64_C(1000000)

/* Times are between 2001 and 2286: what is not is no number of milliseconds. */
#define TIME_MIN_MS 1e12
#define TIME_MAX_MS 9e12

/* Points of the series that is being read. */
struct points {
    int64_t t_ns[DATADOG_POINTS_MAX];
    double value[DATADOG_POINTS_MAX];
    size_t count;
};

/* Reads JSON within the limits. NULL with e. */
static json_t *load(const char *bytes, size_t n, struct error *e)
{
    size_t depth = 0, values = 0;
    bool quoted = false;
    json_error_t why;

    for (size_t i = 0; i < n; i++) {
        const char c = bytes[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
            continue;
        }
        quoted = c == '"';
        depth += c == '[' || c == '{';
        values += c == '[' || c == '{' || c == ',';
        if (depth > DATADOG_DEPTH_MAX || values > DATADOG_VALUES_MAX) {
            if (depth > DATADOG_DEPTH_MAX)
                error_set(e, -EINVAL, "nested deeper than %d", DATADOG_DEPTH_MAX);
            else
                error_set(e, -EMSGSIZE, "more than %d values", DATADOG_VALUES_MAX);
            return NULL;
        }
        depth -= depth > 0 && (c == ']' || c == '}');
    }
    json_t *root = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &why);
    if (!root)
        error_set(e, -EINVAL, "it is no JSON");
    return root;
}

static bool read_time(const json_t *v, int64_t *ret_ns)
{
    double ms = json_number_value(v);

    if (!json_is_number(v) || !(ms >= TIME_MIN_MS && ms <= TIME_MAX_MS))
        return false;
    *ret_ns = (int64_t)ms * MS_NS;
    return true;
}

static bool add_point(struct points *p, int64_t t_ns, const json_t *v)
{
    if (p->count == DATADOG_POINTS_MAX || (p->count > 0 && t_ns <= p->t_ns[p->count - 1]) ||
        !(json_is_null(v) || json_is_number(v)))
        return false;
    p->t_ns[p->count] = t_ns;
    p->value[p->count++] = json_is_null(v) ? (double)NAN : json_number_value(v);
    return true;
}

/* Tags of a series. False: one is none. */
static bool read_tags(const json_t *list, struct datadog_series *s)
{
    size_t n = json_array_size(list);

    s->tag_count = 0;
    if (n > DATADOG_TAGS_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *tag = json_array_get(list, i);
        const char *text = json_string_value(tag), *colon = text ? strchr(text, ':') : NULL;
        if (!colon || colon == text || json_string_length(tag) > DATADOG_TAG_MAX)
            return false;
        s->tags[s->tag_count++] = text;
    }
    return true;
}

/* Source: Datadog's API, MetricsQueryUnit: family "bytes" has scale_factor 1 for byte, 1048576 for mebibyte.
 */
static double read_scale(const json_t *unit)
{
    const json_t *first = json_array_get(unit, 0);
    const char *family = json_string_value(json_object_get(first, "family"));
    const double scale = json_number_value(json_object_get(first, "scale_factor"));

    return family && strcmp(family, "bytes") == 0 && scale > 0 && scale <= 1e18 ? scale : 1;
}

static int64_t read_index(const json_t *v)
{
    double x = json_number_value(v);

    return json_is_number(v) && x >= 0 && x < 1000 ? (int64_t)x : -1;
}

static void hand_over(struct datadog_reader *r, struct datadog_series *s, const struct points *p, bool good)
{
    if (!good) {
        r->skipped++;
        return;
    }
    s->t_ns = p->t_ns;
    s->value = p->value;
    s->count = p->count;
    r->series(r->context, s);
}

static bool read_values(const json_t *times, const json_t *values, struct points *p)
{
    bool good = json_is_array(values) && json_array_size(values) == json_array_size(times);

    p->count = 0;
    for (size_t i = 0; good && i < json_array_size(times); i++) {
        int64_t t_ns;
        good = read_time(json_array_get(times, i), &t_ns) && add_point(p, t_ns, json_array_get(values, i));
    }
    return good;
}

int datadog_read_v2(const char *bytes, size_t n, struct datadog_reader *r, struct error *e)
{
    static struct points p;
    json_t *root = load(bytes, n, e);

    if (!root)
        return e->code;
    const json_t *attributes = json_object_get(json_object_get(root, "data"), "attributes"),
                 *times = json_object_get(attributes, "times"),
                 *series = json_object_get(attributes, "series"),
                 *values = json_object_get(attributes, "values");
    if (!json_is_array(times) || !json_is_array(series) || !json_is_array(values) ||
        json_array_size(series) != json_array_size(values)) {
        json_decref(root);
        return error_set(e, -EINVAL, "it is no answer to a query of timeseries");
    }
    for (size_t i = 0; i < json_array_size(series); i++) {
        const json_t *one = json_array_get(series, i);
        struct datadog_series s = {.query = read_index(json_object_get(one, "query_index")),
            .metric = "",
            .expression = "",
            .scale = read_scale(json_object_get(one, "unit"))};
        bool good = s.query >= 0 && read_tags(json_object_get(one, "group_tags"), &s) &&
                    read_values(times, json_array_get(values, i), &p);
        hand_over(r, &s, &p, good);
    }
    json_decref(root);
    return 0;
}

static bool read_points(const json_t *list, struct points *p)
{
    bool good = json_is_array(list);

    p->count = 0;
    for (size_t i = 0; good && i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        int64_t t_ns;
        good = json_array_size(pair) == 2 && read_time(json_array_get(pair, 0), &t_ns) &&
               add_point(p, t_ns, json_array_get(pair, 1));
    }
    return good;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

int datadog_read_v1(const char *bytes, size_t n, struct datadog_reader *r, struct error *e)
{
    static struct points p;
    json_t *root = load(bytes, n, e);
    int fault = 0;

    if (!root)
        return e->code;
    const json_t *list = json_object_get(root, "series");
    const char *status = text_of(root, "status"), *why = text_of(root, "error");
    if (why[0] || (status[0] && strcmp(status, "ok") != 0))
        fault = error_set(e, -EBADMSG, "%.300s", why[0] ? why : "its status is not ok");
    else if (!json_is_array(list))
        fault = error_set(e, -EINVAL, "it is no answer to a query of timeseries");
    for (size_t i = 0; fault == 0 && i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct datadog_series s = {.query = read_index(json_object_get(one, "query_index")),
            .metric = text_of(one, "metric"),
            .expression = text_of(one, "expression"),
            .scale = read_scale(json_object_get(one, "unit"))};
        bool good = read_tags(json_object_get(one, "tag_set"), &s) &&
                    read_points(json_object_get(one, "pointlist"), &p);
        hand_over(r, &s, &p, good);
    }
    json_decref(root);
    return fault;
}

void datadog_read_message(const char *bytes, size_t n, struct text *out)
{
    struct error e;
    json_t *root = load(bytes, n, &e);
    const json_t *first = json_array_get(json_object_get(root, "errors"), 0);

    text_add(out, json_is_object(first)
                      ? text_of(first, json_object_get(first, "detail") ? "detail" : "title")
                  : json_string_value(first) ? json_string_value(first)
                                             : "");
    json_decref(root);
}

int datadog_read_valid(const char *bytes, size_t n)
{
    struct error e;
    json_t *root = load(bytes, n, &e);
    const json_t *valid = json_object_get(root, "valid");
    int r = json_is_boolean(valid) ? json_is_true(valid) : -EINVAL;

    json_decref(root);
    return r;
}
