/* SPDX-License-Identifier: MIT
 * Turns a WriteRequest (1.0) or a Request (2.0) into series and samples of an intake. The bytes by which a
 * series of 1.0 is known are its encoded labels as they stand: a known series is not taken apart again.
 * In 2.0 the labels are numbers of a table that each message has anew, so the key is put together from their
 * texts. What names mean, limits and the order of times are the intake's matter. */
#include "ingestion/remote_write/write_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

#define NS_PER_MS   INT64_C(1000000)
#define NAME_LABEL  "__name__"
#define LABELS_KEPT (INTAKE_LABELS_MAX + 2)

/* Types of metadata in 2.0. */
enum { METADATA_COUNTER = 1, METADATA_GAUGE = 2 };

struct symbol {
    const char *text;
    uint32_t n;
};

struct write_reader {
    struct intake *in; /* of the message being read */
    /* Two more: the name is no label of the intake's, and one too many is to be seen. */
    struct intake_label labels[LABELS_KEPT];
    size_t label_count;
    struct symbol *symbols; /* of 2.0; grown when needed, kept */
    size_t symbol_count, symbol_capacity;
    bool no_memory;
    char key[INTAKE_KEY_MAX];
};

struct write_reader *write_reader_new(void)
{
    return calloc(1, sizeof(struct write_reader));
}

void write_reader_free(struct write_reader *r)
{
    if (!r)
        return;
    free(r->symbols);
    free(r);
}

/* Splits the label that is the name off the others. Returns false: there is none, or more than one. */
static bool take_name(struct write_reader *r, struct intake_series *series)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->label_count; i++) {
        const struct intake_label *l = &r->labels[i];
        const bool is_name =
            l->name_n == sizeof(NAME_LABEL) - 1 && memcmp(l->name, NAME_LABEL, sizeof(NAME_LABEL) - 1) == 0;
        if (!is_name) {
            r->labels[kept++] = *l;
            continue;
        }
        if (series->name)
            return false;
        series->name = l->value;
        series->name_n = l->value_n;
    }
    r->label_count = kept;
    series->labels = r->labels;
    series->label_count = kept;
    return series->name_n > 0;
}

/* Makes a series known by its labels, or finds out why not. Returns its reference, or INTAKE_NONE with
 * *ret_why. */
static uint32_t declare(struct write_reader *r, const void *key, size_t key_n, struct intake_series *series,
    enum intake_drop *ret_why)
{
    if (!take_name(r, series)) {
        *ret_why = INTAKE_DROP_BAD_NAME;
        return INTAKE_NONE;
    }
    if (series->label_count > INTAKE_LABELS_MAX) {
        *ret_why = INTAKE_DROP_TOO_MANY_LABELS;
        return INTAKE_NONE;
    }
    return intake_declare(r->in, key, key_n, series);
}

/* Sample: value 1, timestamp 2 in milliseconds, in 2.0 its start 3. Returns false when it cannot be read. */
static bool read_sample(const struct wire_field *f, int64_t *ret_t_ms, double *ret_value)
{
    struct wire w = wire_of(f->bytes, f->n);
    struct wire_field part;
    uint64_t value = 0;
    int64_t t_ms = 0;

    while (wire_next(&w, &part)) {
        if (part.number == 1 && part.type == WIRE_FIXED64)
            value = part.value;
        else if (part.number == 2 && part.type == WIRE_VARINT)
            t_ms = (int64_t)part.value;
        else if (part.number <= 2)
            return false;
    }
    *ret_t_ms = t_ms;
    *ret_value = wire_double(value);
    return !w.bad;
}

/* A sample of a series: goes to ref, or is dropped for why. Returns what is wrong with it, or NULL. */
static const char *take_sample(struct write_reader *r, uint32_t ref, enum intake_drop why,
    const struct wire_field *f, struct write_summary *sum)
{
    int64_t t_ms;
    double value;

    sum->samples++;
    if (f->type != WIRE_BYTES || !read_sample(f, &t_ms, &value))
        return "a sample cannot be read";
    if (ref == INTAKE_NONE)
        intake_drop(r->in, why, 1);
    else if (t_ms > INT64_MAX / NS_PER_MS)
        intake_drop(r->in, INTAKE_DROP_FUTURE, 1);
    else if (t_ms < -(INT64_MAX / NS_PER_MS))
        intake_drop(r->in, INTAKE_DROP_OLD, 1);
    else
        intake_sample(r->in, ref, t_ms * NS_PER_MS, value);
    return NULL;
}

static int finish(struct write_reader *r, const struct write_summary *sum)
{
    if (sum->histograms + sum->exemplars > 0)
        intake_drop(r->in, INTAKE_DROP_UNSUPPORTED, sum->histograms + sum->exemplars);
    if (!sum->wrong)
        return 0;
    return r->no_memory ? -ENOMEM : -EINVAL;
}

/* ---- 1.0 ---- */

/* The encoded labels, which come first: from the beginning of a series to its first other field. */
static size_t label_bytes(const struct wire_field *series)
{
    struct wire w = wire_of(series->bytes, series->n);
    const uint8_t *from = w.at;
    uint64_t n;

    while (w.at < w.end && *w.at == (1 << 3 | WIRE_BYTES)) {
        struct wire next = {.at = w.at + 1, .end = w.end};
        if (!wire_varint(&next, &n) || n > (uint64_t)(next.end - next.at))
            break;
        w.at = next.at + n;
    }
    return (size_t)(w.at - from);
}

/* Label: name 1, value 2. Returns false when it cannot be read. */
static bool read_label(const struct wire_field *f, struct intake_label *ret)
{
    struct wire w = wire_of(f->bytes, f->n);
    struct wire_field part;

    *ret = (struct intake_label){.name = "", .value = ""};
    while (wire_next(&w, &part)) {
        if (part.number > 2)
            continue;
        if (part.type != WIRE_BYTES || part.n > UINT32_MAX)
            return false;
        if (part.number == 1) {
            ret->name = (const char *)part.bytes;
            ret->name_n = (uint32_t)part.n;
        } else {
            ret->value = (const char *)part.bytes;
            ret->value_n = (uint32_t)part.n;
        }
    }
    return !w.bad;
}

/* All labels of these bytes. Returns what is wrong with them, or NULL; those that are too many count only. */
static const char *read_labels(struct write_reader *r, const void *bytes, size_t n)
{
    struct wire w = wire_of(bytes, n);
    struct wire_field f;
    struct intake_label label;

    r->label_count = 0;
    while (wire_next(&w, &f)) {
        if (!read_label(&f, &label))
            return "a label cannot be read";
        if (r->label_count < LABELS_KEPT)
            r->labels[r->label_count++] = label;
    }
    return NULL;
}

/* TimeSeries: labels 1, samples 2, exemplars 3, histograms 4. */
static const char *read_series_1(
    struct write_reader *r, const struct wire_field *series, struct write_summary *sum)
{
    const size_t key_n = label_bytes(series);
    struct wire w = wire_of(series->bytes + key_n, series->n - key_n);
    enum intake_drop why = INTAKE_DROP_TOO_LONG;
    uint32_t ref = INTAKE_NONE;
    struct wire_field f;
    const char *wrong;

    if (key_n <= INTAKE_KEY_MAX &&
        (ref = intake_find(r->in, (const char *)series->bytes, key_n)) == INTAKE_NONE) {
        struct intake_series named = {.name = NULL};
        if ((wrong = read_labels(r, series->bytes, key_n)) != NULL)
            return wrong;
        ref = declare(r, series->bytes, key_n, &named, &why);
    }
    while (wire_next(&w, &f)) {
        if (f.number == 1)
            return "labels stand behind samples";
        sum->exemplars += f.number == 3;
        sum->histograms += f.number == 4;
        if (f.number == 2 && (wrong = take_sample(r, ref, why, &f, sum)) != NULL)
            return wrong;
    }
    return w.bad ? "a series cannot be read" : NULL;
}

/* WriteRequest: timeseries 1, metadata 3. */
int write_request_read_1(
    struct write_reader *r, struct intake *in, const void *bytes, size_t n, struct write_summary *ret)
{
    struct wire w = wire_of(bytes, n);
    struct wire_field f;

    *ret = (struct write_summary){0};
    r->in = in;
    while (!ret->wrong && wire_next(&w, &f)) {
        if (f.number == 3)
            ret->metadata++;
        if (f.number != 1)
            continue;
        ret->series++;
        ret->wrong = f.type == WIRE_BYTES ? read_series_1(r, &f, ret) : "a series is no message";
    }
    if (w.bad)
        ret->wrong = "the message cannot be read";
    return finish(r, ret);
}

/* ---- 2.0 ---- */

/* Room for one symbol more. */
static bool grow_symbols(struct write_reader *r)
{
    if (r->symbol_count < r->symbol_capacity)
        return true;
    const size_t capacity = r->symbol_capacity ? 2 * r->symbol_capacity : 1024;
    struct symbol *more = realloc(r->symbols, capacity * sizeof(*more));
    r->no_memory = !more;
    if (!more)
        return false;
    r->symbols = more;
    r->symbol_capacity = capacity;
    return true;
}

/* The table of texts, which series refer to. Returns what is wrong with it, or NULL. */
static const char *read_symbols(struct write_reader *r, const void *bytes, size_t n)
{
    struct wire w = wire_of(bytes, n);
    struct wire_field f;

    r->symbol_count = 0;
    while (wire_next(&w, &f)) {
        if (f.number != 4)
            continue;
        if (f.type != WIRE_BYTES || f.n > UINT32_MAX)
            return "a symbol is no text";
        if (r->symbol_count == WRITE_SYMBOLS_MAX)
            return "there are too many symbols";
        if (!grow_symbols(r))
            return "there is no memory for the symbols";
        r->symbols[r->symbol_count++] = (struct symbol){(const char *)f.bytes, (uint32_t)f.n};
    }
    if (w.bad)
        return "the message cannot be read";
    return r->symbol_count > 0 && r->symbols[0].n > 0 ? "the symbols do not begin with an empty one" : NULL;
}

static bool add_to_key(struct write_reader *r, size_t *key_n, const struct symbol *symbol)
{
    const size_t size = sizeof(symbol->n);

    if (symbol->n > INTAKE_KEY_MAX || *key_n + size + symbol->n > INTAKE_KEY_MAX)
        return false;
    memcpy(r->key + *key_n, &symbol->n, size);
    memcpy(r->key + *key_n + size, symbol->text, symbol->n);
    *key_n += size + symbol->n;
    return true;
}

/* The references of one series: pairs of name and value. Fills labels and key; *ret_key_n 0: too long. */
static const char *read_references(struct write_reader *r, const struct wire_field *f, size_t *ret_key_n)
{
    struct wire w = wire_of(f->bytes, f->n);
    uint64_t name, value;
    size_t key_n = 0;
    bool fits = true;

    r->label_count = 0;
    while (w.at < w.end) {
        if (!wire_varint(&w, &name) || !wire_varint(&w, &value))
            return "the labels of a series cannot be read";
        if (name >= r->symbol_count || value >= r->symbol_count)
            return "a label refers to a symbol that is not there";
        const struct symbol *a = &r->symbols[name], *b = &r->symbols[value];
        fits = fits && add_to_key(r, &key_n, a) && add_to_key(r, &key_n, b);
        if (fits && r->label_count < LABELS_KEPT)
            r->labels[r->label_count++] =
                (struct intake_label){.name = a->text, .value = b->text, .name_n = a->n, .value_n = b->n};
    }
    *ret_key_n = fits ? key_n : 0;
    return NULL;
}

/* Metadata: type 1; the unit (4) is what the names of Prometheus end in, in base units. */
static enum intake_kind read_kind(const struct wire_field *f)
{
    struct wire w;
    struct wire_field part;
    enum intake_kind kind = INTAKE_UNKNOWN;

    if (f->type != WIRE_BYTES)
        return kind;
    w = wire_of(f->bytes, f->n);
    while (wire_next(&w, &part))
        if (part.number == 1 && part.type == WIRE_VARINT)
            kind = part.value == METADATA_COUNTER ? INTAKE_COUNTER
                   : part.value == METADATA_GAUGE ? INTAKE_GAUGE
                                                  : INTAKE_UNKNOWN;
    return kind;
}

/* The labels and the kind of a series, wherever in it they stand. */
static const char *read_identity_2(
    struct write_reader *r, const struct wire_field *series, struct intake_series *ret, size_t *ret_key_n)
{
    struct wire w = wire_of(series->bytes, series->n);
    struct wire_field f, labels = {.n = 0};

    while (wire_next(&w, &f)) {
        if (f.number == 1 && (f.type != WIRE_BYTES || labels.bytes))
            return "the labels of a series are not packed";
        if (f.number == 1)
            labels = f;
        else if (f.number == 5)
            ret->kind = read_kind(&f);
    }
    return w.bad ? "a series cannot be read" : read_references(r, &labels, ret_key_n);
}

/* TimeSeries: labels_refs 1, samples 2, histograms 3, exemplars 4, metadata 5. */
static const char *read_series_2(
    struct write_reader *r, const struct wire_field *series, struct write_summary *sum)
{
    struct wire w = wire_of(series->bytes, series->n);
    struct intake_series named = {.name = NULL};
    enum intake_drop why = INTAKE_DROP_TOO_LONG;
    uint32_t ref = INTAKE_NONE;
    struct wire_field f;
    size_t key_n = 0;
    const char *wrong = read_identity_2(r, series, &named, &key_n);

    if (wrong)
        return wrong;
    if (key_n == 0 && r->label_count == 0)
        why = INTAKE_DROP_BAD_NAME;
    else if (key_n > 0 && (ref = intake_find(r->in, r->key, key_n)) == INTAKE_NONE)
        ref = declare(r, r->key, key_n, &named, &why);
    while (wire_next(&w, &f)) {
        sum->histograms += f.number == 3;
        sum->exemplars += f.number == 4;
        if (f.number == 2 && (wrong = take_sample(r, ref, why, &f, sum)) != NULL)
            return wrong;
    }
    return NULL;
}

/* Request: symbols 4, timeseries 5. */
int write_request_read_2(
    struct write_reader *r, struct intake *in, const void *bytes, size_t n, struct write_summary *ret)
{
    struct wire w = wire_of(bytes, n);
    struct wire_field f;

    *ret = (struct write_summary){0};
    r->in = in;
    ret->wrong = read_symbols(r, bytes, n);
    while (!ret->wrong && wire_next(&w, &f)) {
        if (f.number != 5)
            continue;
        ret->series++;
        ret->wrong = f.type == WIRE_BYTES ? read_series_2(r, &f, ret) : "a series is no message";
    }
    return finish(r, ret);
}
