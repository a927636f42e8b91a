/* SPDX-License-Identifier: MIT
 * Turns JSON, by tables of names and field numbers, into the wire format. jansson takes the text apart, after
 * its depth and the number of its values have been looked at; a stack of our own walks what it found, no
 * deeper than the tables are. Messages have lengths of five bytes whatever they are, so that they can be
 * written when they are known. */
#include "ingestion/otlp/otlp_json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/wire.h"

enum json_kind { MESSAGE, TEXT, REAL, FIXED, INTEGER, BOOLEAN };

struct json_message;

struct json_field {
    const char *key;
    const struct json_message *message;
    uint32_t number;
    enum json_kind kind;
    bool repeated;
};

struct json_message {
    const struct json_field *fields;
    size_t count;
};

#define TABLE(name, ...)                                                                                     \
    static const struct json_field name##_fields[] = {__VA_ARGS__};                                          \
    static const struct json_message name = {name##_fields, sizeof(name##_fields) / sizeof(name##_fields[0])}

TABLE(any_value, {"stringValue", NULL, 1, TEXT, false}, {"boolValue", NULL, 2, BOOLEAN, false},
    {"intValue", NULL, 3, INTEGER, false}, {"doubleValue", NULL, 4, REAL, false});
TABLE(key_value, {"key", NULL, 1, TEXT, false}, {"value", &any_value, 2, MESSAGE, false});
TABLE(number_point, {"startTimeUnixNano", NULL, 2, FIXED, false}, {"timeUnixNano", NULL, 3, FIXED, false},
    {"asDouble", NULL, 4, REAL, false}, {"asInt", NULL, 6, FIXED, false},
    {"attributes", &key_value, 7, MESSAGE, true}, {"flags", NULL, 8, INTEGER, false});
TABLE(histogram_point, {"timeUnixNano", NULL, 3, FIXED, false}, {"count", NULL, 4, FIXED, false},
    {"sum", NULL, 5, REAL, false}, {"attributes", &key_value, 9, MESSAGE, true},
    {"flags", NULL, 10, INTEGER, false});
TABLE(exponential_point, {"attributes", &key_value, 1, MESSAGE, true},
    {"timeUnixNano", NULL, 3, FIXED, false}, {"count", NULL, 4, FIXED, false}, {"sum", NULL, 5, REAL, false},
    {"flags", NULL, 10, INTEGER, false});
TABLE(summary_point, {"timeUnixNano", NULL, 3, FIXED, false}, {"count", NULL, 4, FIXED, false},
    {"sum", NULL, 5, REAL, false}, {"attributes", &key_value, 7, MESSAGE, true},
    {"flags", NULL, 8, INTEGER, false});
TABLE(gauge, {"dataPoints", &number_point, 1, MESSAGE, true});
TABLE(sum, {"dataPoints", &number_point, 1, MESSAGE, true},
    {"aggregationTemporality", NULL, 2, INTEGER, false}, {"isMonotonic", NULL, 3, BOOLEAN, false});
TABLE(histogram, {"dataPoints", &histogram_point, 1, MESSAGE, true},
    {"aggregationTemporality", NULL, 2, INTEGER, false});
TABLE(exponential, {"dataPoints", &exponential_point, 1, MESSAGE, true},
    {"aggregationTemporality", NULL, 2, INTEGER, false});
TABLE(summary, {"dataPoints", &summary_point, 1, MESSAGE, true});
TABLE(metric, {"name", NULL, 1, TEXT, false}, {"unit", NULL, 3, TEXT, false},
    {"gauge", &gauge, 5, MESSAGE, false}, {"sum", &sum, 7, MESSAGE, false},
    {"histogram", &histogram, 9, MESSAGE, false}, {"exponentialHistogram", &exponential, 10, MESSAGE, false},
    {"summary", &summary, 11, MESSAGE, false});
TABLE(resource, {"attributes", &key_value, 1, MESSAGE, true});
TABLE(scope_metrics, {"metrics", &metric, 2, MESSAGE, true});
TABLE(resource_metrics, {"resource", &resource, 1, MESSAGE, false},
    {"scopeMetrics", &scope_metrics, 2, MESSAGE, true});
TABLE(request, {"resourceMetrics", &resource_metrics, 1, MESSAGE, true});

#define STACK_MAX     12 /* the tables are nine deep */
#define LENGTH_BYTES  5
#define TAG_BYTES     1 /* all numbers are below 16 */
#define VARINT_MAX    10
#define GROWTH_FACTOR 4 /* bytes written for one that was read, at most: {}, becomes a tag and a length */

struct level {
    const json_t *object;
    const struct json_message *message;
    size_t field, item;
    size_t begin; /* of its bytes in out */
};

struct converter {
    struct level stack[STACK_MAX];
    size_t depth;
    uint8_t *out;
    size_t n, size;
    const char *wrong;
};

/* Whether depth and number of values stay within their bounds; what is no JSON is found out later. */
static bool is_bounded(const char *text, size_t n)
{
    size_t depth = 0, values = 0;
    bool quoted = false;

    for (size_t i = 0; i < n; i++) {
        const char c = text[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
            continue;
        }
        quoted = c == '"';
        if (c == '{' || c == '[') {
            depth++;
            values++;
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
        } else if (c == ',') {
            values++;
        }
        if (depth > OTLP_JSON_DEPTH_MAX || values > OTLP_JSON_VALUES_MAX)
            return false;
    }
    return true;
}

static bool has_room(struct converter *c, size_t n)
{
    if (n <= c->size - c->n)
        return true;
    c->wrong = "the text is longer as a message than it may be";
    return false;
}

static void put_varint(struct converter *c, uint64_t v)
{
    while (v >= 0x80) {
        c->out[c->n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    c->out[c->n++] = (uint8_t)v;
}

/* A length that always takes LENGTH_BYTES. */
static void put_length(uint8_t *at, size_t n)
{
    for (unsigned i = 0; i < LENGTH_BYTES - 1; i++)
        at[i] = (uint8_t)(n >> (7 * i) | 0x80);
    at[LENGTH_BYTES - 1] = (uint8_t)(n >> (7 * (LENGTH_BYTES - 1)) & 0x7f);
}

static void put_tag(struct converter *c, const struct json_field *f, enum wire_type type)
{
    c->out[c->n++] = (uint8_t)(f->number << 3 | type);
}

/* An integer, written as a number or as a string; those above INT64_MAX keep their bits. */
static bool read_integer(const json_t *v, uint64_t *ret)
{
    int64_t value;

    if (json_is_integer(v)) {
        *ret = (uint64_t)json_integer_value(v);
        return true;
    }
    if (!json_is_string(v))
        return false;
    const char *text = json_string_value(v);
    const size_t n = json_string_length(v);
    if (number_parse_u64(text, n, ret) == 0)
        return true;
    if (number_parse_i64(text, n, &value) != 0)
        return false;
    *ret = (uint64_t)value;
    return true;
}

/* A double, written as a number or as a string, of which three are words. */
static bool read_real(const json_t *v, double *ret)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"NaN", (double)NAN}, {"Infinity", (double)INFINITY}, {"-Infinity", -(double)INFINITY}};

    if (json_is_number(v)) {
        *ret = json_number_value(v);
        return true;
    }
    if (!json_is_string(v))
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].word, json_string_value(v)) == 0) {
            *ret = words[i].value;
            return true;
        }
    return number_parse(json_string_value(v), json_string_length(v), ret) == 0;
}

static void put_text(struct converter *c, const struct json_field *f, const json_t *v)
{
    const size_t n = json_string_length(v);

    if (!json_is_string(v)) {
        c->wrong = "a name or text is no string";
    } else if (has_room(c, TAG_BYTES + VARINT_MAX + n)) {
        put_tag(c, f, WIRE_BYTES);
        put_varint(c, n);
        memcpy(c->out + c->n, json_string_value(v), n);
        c->n += n;
    }
}

static void put_number(struct converter *c, const struct json_field *f, const json_t *v)
{
    uint64_t bits = 0;
    double real = 0;

    if (f->kind == BOOLEAN ? !json_is_boolean(v)
        : f->kind == REAL  ? !read_real(v, &real)
                           : !read_integer(v, &bits)) {
        c->wrong = "a number or truth value is none";
        return;
    }
    if (!has_room(c, TAG_BYTES + VARINT_MAX))
        return;
    if (f->kind == INTEGER || f->kind == BOOLEAN) {
        put_tag(c, f, WIRE_VARINT);
        put_varint(c, f->kind == BOOLEAN ? json_is_true(v) : bits);
        return;
    }
    if (f->kind == REAL)
        memcpy(&bits, &real, sizeof(bits));
    put_tag(c, f, WIRE_FIXED64);
    memcpy(c->out + c->n, &bits, sizeof(bits));
    c->n += sizeof(bits);
}

static void open_message(struct converter *c, const struct json_field *f, const json_t *v)
{
    if (!json_is_object(v)) {
        c->wrong = "a message is no object";
    } else if (c->depth < STACK_MAX && has_room(c, TAG_BYTES + LENGTH_BYTES)) {
        put_tag(c, f, WIRE_BYTES);
        c->n += LENGTH_BYTES;
        c->stack[c->depth++] = (struct level){.object = v, .message = f->message, .begin = c->n};
    }
}

static void close_message(struct converter *c)
{
    const struct level *l = &c->stack[--c->depth];

    if (c->depth)
        put_length(c->out + l->begin - LENGTH_BYTES, c->n - l->begin);
}

/* The next value of the field at which the level stands, which is then moved on; NULL: none is left of it. */
static const json_t *next_value(struct converter *c, struct level *l, const struct json_field *f)
{
    const json_t *v = json_object_get(l->object, f->key);
    const bool is_there = v && !json_is_null(v);

    if (is_there && f->repeated && !json_is_array(v))
        c->wrong = "what there may be several of is no array";
    else if (is_there && f->repeated && l->item < json_array_size(v))
        return json_array_get(v, l->item++);
    else if (is_there && !f->repeated && l->item++ == 0)
        return v;
    l->field++;
    l->item = 0;
    return NULL;
}

static void convert(struct converter *c, const json_t *root)
{
    c->stack[c->depth++] = (struct level){.object = root, .message = &request};
    while (c->depth > 0 && !c->wrong) {
        struct level *l = &c->stack[c->depth - 1];
        if (l->field == l->message->count) {
            close_message(c);
            continue;
        }
        const struct json_field *f = &l->message->fields[l->field];
        const json_t *v = next_value(c, l, f);
        if (!v)
            continue;
        if (f->kind == MESSAGE)
            open_message(c, f, v);
        else if (f->kind == TEXT)
            put_text(c, f, v);
        else
            put_number(c, f, v);
    }
}

int otlp_json_convert(const char *text, size_t n, char **ret_bytes, size_t *ret_n, const char **ret_wrong)
{
    struct converter c = {.size = n * GROWTH_FACTOR + VARINT_MAX};
    json_error_t e;

    *ret_wrong = "the text is longer, deeper or of more values than JSON may be here";
    if (n > OTLP_JSON_MAX || !is_bounded(text, n))
        return -EFBIG;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
    *ret_wrong = "the text is no JSON object";
    if (!json_is_object(root)) {
        json_decref(root);
        return -EINVAL;
    }
    c.out = malloc(c.size);
    if (c.out)
        convert(&c, root);
    json_decref(root);
    if (!c.out || c.wrong) {
        *ret_wrong = c.out ? c.wrong : "there is no memory for the message";
        free(c.out);
        return c.wrong ? -EINVAL : -ENOMEM;
    }
    *ret_bytes = (char *)c.out;
    *ret_n = c.n;
    return 0;
}
