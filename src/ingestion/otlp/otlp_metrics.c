/* SPDX-License-Identifier: MIT
 * Turns resources, metrics and data points into series and samples of an intake. Messages inside messages are
 * read in place, each level by a function of its own, and what may stand behind what it is needed for
 * (temporality behind points) is looked up first. The key by which a series is known is put together from the
 * encoded attributes; they are taken apart only when it is new. What names mean, limits and the order of
 * times are the intake's matter. */
#include "ingestion/otlp/otlp_metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wire.h"

/* Source: metrics.proto, AggregationTemporality and DataPointFlags. */
enum { TEMPORALITY_DELTA = 1, TEMPORALITY_CUMULATIVE = 2 };
#define FLAG_NO_VALUE 1u

#define UNIT_MAX   64
#define VALUES_MAX 8192 /* bytes of attributes that are numbers, written as text, of one series */

/* The kinds of data, by their field in Metric. */
enum data { DATA_GAUGE = 5, DATA_SUM = 7, DATA_HISTOGRAM = 9, DATA_EXPONENTIAL = 10, DATA_SUMMARY = 11 };

struct otlp_reader {
    struct intake *in; /* of the message being read */
    struct otlp_summary *sum;
    struct wire_field resource; /* of the present ResourceMetrics; n 0: none */
    struct wire_field name, unit;
    enum data data;
    enum intake_kind kind;
    size_t prefix_n; /* of key: what all points of the metric share; 0: it does not fit */
    struct intake_label labels[INTAKE_LABELS_MAX + 1];
    size_t label_count;
    struct text texts; /* of values that are no texts */
    char values[VALUES_MAX];
    char unit_text[UNIT_MAX];
    char full_name[INTAKE_NAME_MAX + 8];
    char key[INTAKE_KEY_MAX];
};

struct otlp_reader *otlp_reader_new(void)
{
    return calloc(1, sizeof(struct otlp_reader));
}

void otlp_reader_free(struct otlp_reader *r)
{
    free(r);
}

/* ---- attributes ---- */

/* AnyValue: string 1, bool 2, int 3, double 4. Returns false: it is of another kind, or cannot be read. */
static bool read_value(struct otlp_reader *r, const struct wire_field *f, struct intake_label *ret)
{
    struct wire w = wire_of(f->bytes, f->n);
    struct wire_field part;
    bool found = false;

    while (wire_next(&w, &part)) {
        const size_t from = r->texts.length;
        found = true;
        if (part.number == 1 && part.type == WIRE_BYTES) {
            ret->value = (const char *)part.bytes;
            ret->value_n = (uint32_t)(part.n < UINT32_MAX ? part.n : UINT32_MAX);
            continue;
        }
        if (part.number == 2 && part.type == WIRE_VARINT)
            text_add(&r->texts, part.value ? "true" : "false");
        else if (part.number == 3 && part.type == WIRE_VARINT)
            text_add_int(&r->texts, (int64_t)part.value);
        else if (part.number == 4 && part.type == WIRE_FIXED64)
            text_add_number(&r->texts, wire_double(part.value));
        else
            found = false;
        ret->value = r->values + from;
        ret->value_n = (uint32_t)(r->texts.length - from);
    }
    return found && !w.bad && !r->texts.truncated;
}

static bool has_label(const struct otlp_reader *r, size_t before, const struct intake_label *l)
{
    for (size_t i = 0; i < before; i++)
        if (r->labels[i].name_n == l->name_n && memcmp(r->labels[i].name, l->name, l->name_n) == 0)
            return true;
    return false;
}

/* KeyValue: key 1, value 2. One that was said by the point already (the first `before` labels) is passed
 * over. Returns false: it cannot be read. */
static bool read_attribute(struct otlp_reader *r, const struct wire_field *f, size_t before)
{
    struct wire w = wire_of(f->bytes, f->n);
    struct wire_field part, value = {.n = 0};
    struct intake_label label = {.name = "", .value = ""};

    while (wire_next(&w, &part)) {
        if (part.type != WIRE_BYTES && part.number <= 2)
            return false;
        if (part.number == 1) {
            label.name = (const char *)part.bytes;
            label.name_n = (uint32_t)(part.n < UINT32_MAX ? part.n : UINT32_MAX);
        } else if (part.number == 2) {
            value = part;
        }
    }
    if (w.bad)
        return false;
    if (read_value(r, &value, &label) && !has_label(r, before, &label) && r->label_count <= INTAKE_LABELS_MAX)
        r->labels[r->label_count++] = label;
    return true;
}

/* All attributes of a message, which are its field `number`. */
static bool read_attributes(struct otlp_reader *r, const struct wire_field *message, uint32_t number)
{
    struct wire w = wire_of(message->bytes, message->n);
    const size_t before = r->label_count;
    struct wire_field f;

    while (wire_next(&w, &f))
        if (f.number == number && (f.type != WIRE_BYTES || !read_attribute(r, &f, before)))
            return false;
    return !w.bad;
}

/* ---- series ---- */

/* Appends bytes, behind their length, to the key, of which n bytes are there. Returns its new length; 0: no
 * room, or there was none before. One byte more has room always. */
static size_t add_key(struct otlp_reader *r, size_t n, const struct wire_field *f)
{
    const uint32_t length = (uint32_t)f->n;

    if (n == 0 || f->n > INTAKE_KEY_MAX || n + sizeof(length) + f->n + 1 > INTAKE_KEY_MAX)
        return 0;
    memcpy(r->key + n, &length, sizeof(length));
    if (f->n)
        memcpy(r->key + n + sizeof(length), f->bytes, f->n);
    return n + sizeof(length) + f->n;
}

/* The series of a point, of which key[0..n) says all; suffix: "", ".count", ".sum". Returns its reference, or
 * INTAKE_NONE: *ret_why; *ret_wrong is set when it cannot be read at all. */
static uint32_t find_series(struct otlp_reader *r, const struct wire_field *point, uint32_t attributes,
    size_t key_n, const char *suffix, enum intake_drop *ret_why)
{
    struct intake_series series = {.name = (const char *)r->name.bytes,
        .name_n = r->name.n,
        .labels = r->labels,
        .kind = r->kind,
        .unit = r->unit_text[0] && strcmp(suffix, ".count") != 0 ? r->unit_text : NULL};

    const uint32_t known = intake_find(r->in, r->key, key_n);
    if (known != INTAKE_NONE)
        return known;
    r->label_count = 0;
    text_init(&r->texts, r->values, sizeof(r->values));
    if (!read_attributes(r, point, attributes) || !read_attributes(r, &r->resource, 1)) {
        r->sum->wrong = "an attribute cannot be read";
        return INTAKE_NONE;
    }
    *ret_why = INTAKE_DROP_TOO_MANY_LABELS;
    if (r->label_count > INTAKE_LABELS_MAX)
        return INTAKE_NONE;
    *ret_why = INTAKE_DROP_TOO_LONG;
    if (r->name.n > INTAKE_NAME_MAX)
        return INTAKE_NONE;
    if (suffix[0]) {
        memcpy(r->full_name, r->name.bytes, r->name.n);
        memcpy(r->full_name + r->name.n, suffix, strlen(suffix));
        series.name = r->full_name;
        series.name_n = r->name.n + strlen(suffix);
    }
    series.label_count = r->label_count;
    return intake_declare(r->in, r->key, key_n, &series);
}

/* One value of a point. */
static void give(struct otlp_reader *r, const struct wire_field *point, uint32_t attributes, size_t key_n,
    const char *suffix, int64_t t_ns, double value)
{
    enum intake_drop why = INTAKE_DROP_TOO_LONG;
    uint32_t ref = INTAKE_NONE;

    if (key_n) {
        r->key[key_n] = suffix[0] ? suffix[1] : '\0';
        ref = find_series(r, point, attributes, key_n + 1, suffix, &why);
    }
    if (ref == INTAKE_NONE)
        intake_drop(r->in, why, 1);
    else
        intake_sample(r->in, ref, t_ns, value);
}

/* ---- points ---- */

/* What a point of any kind says. */
struct point {
    int64_t t_ns;
    double value, sum, count;
    bool has_value, has_sum, no_value;
};

static int64_t time_of(uint64_t t_ns)
{
    return t_ns > (uint64_t)INT64_MAX ? INT64_MAX : t_ns == 0 ? INTAKE_NOW : (int64_t)t_ns;
}

/* The fields that matter, by kind. NumberDataPoint: time 3, double 4, int 6, flags 8. The others: time 3,
 * count 4, sum 5, flags 10, or 8 of a summary. */
static bool read_part(struct otlp_reader *r, const struct wire_field *f, struct point *p)
{
    const bool number = r->data == DATA_GAUGE || r->data == DATA_SUM;
    const uint32_t flags = number || r->data == DATA_SUMMARY ? 8 : 10;

    if (f->number == 3) {
        p->t_ns = time_of(f->value);
    } else if (f->number == flags) {
        p->no_value = f->value & FLAG_NO_VALUE;
        return f->type == WIRE_VARINT;
    } else if (number && (f->number == 4 || f->number == 6)) {
        p->value = f->number == 4 ? wire_double(f->value) : (double)(int64_t)f->value;
        p->has_value = true;
    } else if (!number && f->number == 4) {
        p->count = (double)f->value;
        p->has_value = true;
    } else if (!number && f->number == 5) {
        p->sum = wire_double(f->value);
        p->has_sum = true;
    } else {
        return true;
    }
    return f->type == WIRE_FIXED64;
}

/* A data point. Returns what is wrong with it, or NULL. */
static const char *read_point(struct otlp_reader *r, const struct wire_field *message)
{
    const uint32_t attributes = r->data == DATA_EXPONENTIAL ? 1 : r->data == DATA_HISTOGRAM ? 9 : 7;
    struct wire w = wire_of(message->bytes, message->n);
    struct point p = {.t_ns = INTAKE_NOW};
    size_t key_n = r->prefix_n;
    struct wire_field f;

    while (wire_next(&w, &f)) {
        if (f.number == attributes) {
            if (f.type != WIRE_BYTES)
                return "an attribute is no message";
            key_n = add_key(r, key_n, &f);
        } else if (!read_part(r, &f, &p)) {
            return "a field of a data point is of another type";
        }
    }
    if (w.bad)
        return "a data point cannot be read";
    if (p.no_value)
        p.value = p.sum = p.count = wire_double(INTAKE_STALE_BITS);
    else if (!p.has_value)
        p.value = p.count = NAN;
    if (r->data == DATA_GAUGE || r->data == DATA_SUM) {
        give(r, message, attributes, key_n, "", p.t_ns, p.value);
        return r->sum->wrong;
    }
    give(r, message, attributes, key_n, ".count", p.t_ns, p.count);
    if (!r->sum->wrong && (p.has_sum || p.no_value))
        give(r, message, attributes, key_n, ".sum", p.t_ns, p.sum);
    return r->sum->wrong;
}

/* ---- metrics ---- */

/* What kind of series the data make: Sum has temporality 2 and monotonic 3, histograms have temporality 2.
 * Returns false: none that has a place here. */
static bool read_kind(struct otlp_reader *r, const struct wire_field *data)
{
    struct wire w = wire_of(data->bytes, data->n);
    struct wire_field f;
    uint64_t temporality = 0;
    bool monotonic = r->data != DATA_SUM;

    r->kind = r->data == DATA_GAUGE ? INTAKE_GAUGE : INTAKE_COUNTER;
    if (r->data == DATA_GAUGE || r->data == DATA_SUMMARY)
        return true;
    while (wire_next(&w, &f)) {
        if (f.number == 2 && f.type == WIRE_VARINT)
            temporality = f.value;
        else if (f.number == 3 && f.type == WIRE_VARINT && r->data == DATA_SUM)
            monotonic = f.value != 0;
    }
    if (temporality == TEMPORALITY_CUMULATIVE)
        r->kind = monotonic ? INTAKE_COUNTER : INTAKE_GAUGE;
    else
        r->kind = INTAKE_DELTA;
    return temporality == TEMPORALITY_CUMULATIVE || (temporality == TEMPORALITY_DELTA && monotonic);
}

/* Gauge, Sum, Histogram, ...: data points 1. */
static const char *read_data(struct otlp_reader *r, const struct wire_field *data)
{
    struct wire w = wire_of(data->bytes, data->n);
    struct wire_field f;
    const char *wrong = NULL;
    const bool known = read_kind(r, data);

    r->key[0] = (char)('A' + r->data);
    r->key[1] = (char)('0' + r->kind);
    r->prefix_n = add_key(r, add_key(r, 2, &r->name), &r->resource);
    while (!wrong && wire_next(&w, &f)) {
        if (f.number != 1)
            continue;
        r->sum->points++;
        if (f.type != WIRE_BYTES)
            wrong = "a data point is no message";
        else if (known)
            wrong = read_point(r, &f);
        else
            r->sum->odd++;
    }
    return w.bad ? "the data of a metric cannot be read" : wrong;
}

static void take_unit(struct otlp_reader *r)
{
    const size_t n = r->unit.n < UNIT_MAX ? r->unit.n : 0;

    if (n)
        memcpy(r->unit_text, r->unit.bytes, n);
    r->unit_text[memchr(r->unit_text, '\0', n) ? 0 : n] = '\0';
}

/* Metric: name 1, unit 3, and its data. */
static const char *read_metric(struct otlp_reader *r, const struct wire_field *metric)
{
    struct wire w = wire_of(metric->bytes, metric->n);
    struct wire_field f, data = {.n = 0};

    r->sum->metrics++;
    r->name = r->unit = (struct wire_field){.bytes = (const uint8_t *)""};
    while (wire_next(&w, &f)) {
        const bool is_data = f.number == DATA_GAUGE || f.number == DATA_SUM || f.number == DATA_HISTOGRAM ||
                             f.number == DATA_EXPONENTIAL || f.number == DATA_SUMMARY;
        if ((is_data || f.number == 1 || f.number == 3) && f.type != WIRE_BYTES)
            return "a field of a metric is of another type";
        if (f.number == 1)
            r->name = f;
        else if (f.number == 3)
            r->unit = f;
        else if (is_data)
            data = f;
    }
    if (w.bad)
        return "a metric cannot be read";
    r->sum->odd += data.number == 0;
    if (data.number == 0)
        return NULL;
    take_unit(r);
    r->data = (enum data)data.number;
    return read_data(r, &data);
}

/* ScopeMetrics: metrics 2. */
static const char *read_scope(struct otlp_reader *r, const struct wire_field *scope)
{
    struct wire w = wire_of(scope->bytes, scope->n);
    struct wire_field f;
    const char *wrong = NULL;

    while (!wrong && wire_next(&w, &f))
        if (f.number == 2)
            wrong = f.type == WIRE_BYTES ? read_metric(r, &f) : "a metric is no message";
    return w.bad ? "the metrics of a scope cannot be read" : wrong;
}

/* ResourceMetrics: resource 1, scopes 2. */
static const char *read_resource(struct otlp_reader *r, const struct wire_field *message)
{
    struct wire w = wire_of(message->bytes, message->n);
    struct wire_field f;
    const char *wrong = NULL;

    r->resource = (struct wire_field){.bytes = (const uint8_t *)""};
    while (wire_next(&w, &f))
        if (f.number == 1 && f.type == WIRE_BYTES)
            r->resource = f;
    if (w.bad)
        return "the metrics of a resource cannot be read";
    w = wire_of(message->bytes, message->n);
    while (!wrong && wire_next(&w, &f))
        if (f.number == 2)
            wrong = f.type == WIRE_BYTES ? read_scope(r, &f) : "a scope is no message";
    return wrong;
}

/* ExportMetricsServiceRequest: resources 1. */
int otlp_metrics_read(
    struct otlp_reader *r, struct intake *in, const void *bytes, size_t n, struct otlp_summary *ret)
{
    struct wire w = wire_of(bytes, n);
    struct wire_field f;

    *ret = (struct otlp_summary){0};
    r->in = in;
    r->sum = ret;
    while (!ret->wrong && wire_next(&w, &f))
        if (f.number == 1)
            ret->wrong = f.type == WIRE_BYTES ? read_resource(r, &f) : "a resource is no message";
    if (w.bad)
        ret->wrong = "the message cannot be read";
    if (ret->odd)
        intake_drop(r->in, INTAKE_DROP_UNSUPPORTED, ret->odd);
    return ret->wrong ? -EINVAL : 0;
}
