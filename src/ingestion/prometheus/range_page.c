/* SPDX-License-Identifier: MIT
 * Turns points that come series by series into batches of one time each. */
#include "ingestion/prometheus/range_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SERIES  256U
#define FIRST_SAMPLES 4096U

struct page_series {
    size_t key, key_n; /* in the bytes */
    size_t label;      /* the first in labels */
    size_t label_count;
    size_t name; /* in the bytes; of series without __name__, else SIZE_MAX */
};

struct page_label {
    uint32_t name, name_n, value, value_n; /* from the series' key on */
};

struct page_sample {
    int64_t t_ns;
    double value;
    uint32_t series;
};

struct range_page {
    char *bytes;
    size_t bytes_n, bytes_room;
    struct page_series *series;
    size_t series_count, series_room;
    struct page_label *labels;
    size_t label_count, label_room;
    struct page_sample *samples;
    size_t sample_count, sample_room, samples_max;
    size_t at; /* the next to be fed */
};

struct range_page *range_page_new(size_t samples_max)
{
    struct range_page *p = calloc(1, sizeof(*p));

    if (p)
        p->samples_max = samples_max;
    return p;
}

void range_page_free(struct range_page *p)
{
    if (!p)
        return;
    free(p->bytes);
    free(p->series);
    free(p->labels);
    free(p->samples);
    free(p);
}

void range_page_clear(struct range_page *p)
{
    p->bytes_n = p->series_count = p->label_count = p->sample_count = p->at = 0;
}

/* Room for `more` elements beside n in an array of *room of them. */
static int reserve(void **array, size_t *room, size_t n, size_t more, size_t size)
{
    size_t wanted = *room ? *room : FIRST_SERIES;
    void *longer;

    if (n + more <= *room)
        return 0;
    while (wanted < n + more)
        wanted *= 2;
    longer = realloc(*array, wanted * size);
    if (!longer)
        return -ENOMEM;
    *array = longer;
    *room = wanted;
    return 0;
}

static int keep_bytes(struct range_page *p, const char *bytes, size_t n, size_t *ret_at)
{
    if (p->bytes_n + n > RANGE_PAGE_LABEL_BYTES)
        return -EMSGSIZE;
    if (reserve((void **)&p->bytes, &p->bytes_room, p->bytes_n, n, 1) != 0)
        return -ENOMEM;
    memcpy(p->bytes + p->bytes_n, bytes, n);
    *ret_at = p->bytes_n;
    p->bytes_n += n;
    return 0;
}

int range_page_series(struct range_page *p, const char *key, size_t key_n, const struct intake_label *labels,
    size_t count, const char *name)
{
    struct page_series s = {.key_n = key_n, .label = p->label_count, .label_count = count, .name = SIZE_MAX};
    bool named = false;
    int r = keep_bytes(p, key, key_n, &s.key);

    if (r == 0)
        r = reserve((void **)&p->labels, &p->label_room, p->label_count, count, sizeof(p->labels[0]));
    if (r == 0)
        r = reserve((void **)&p->series, &p->series_room, p->series_count, 1, sizeof(p->series[0]));
    for (size_t i = 0; r == 0 && i < count; i++) {
        p->labels[p->label_count++] = (struct page_label){.name = (uint32_t)(labels[i].name - key),
            .name_n = labels[i].name_n,
            .value = (uint32_t)(labels[i].value - key),
            .value_n = labels[i].value_n};
        named = named || (labels[i].name_n == 8 && memcmp(labels[i].name, "__name__", 8) == 0);
    }
    /* The same labels out of two queries are two series: the name goes to the key. */
    if (r == 0 && !named) {
        r = keep_bytes(p, name, strlen(name) + 1, &s.name);
        s.key_n += strlen(name) + 1;
    }
    if (r == 0)
        p->series[p->series_count++] = s;
    return r;
}

int range_page_point(struct range_page *p, int64_t t_ns, double value)
{
    if (p->sample_count == p->samples_max)
        return -EMSGSIZE;
    if (reserve((void **)&p->samples, &p->sample_room, p->sample_count, 1, sizeof(p->samples[0])) != 0)
        return -ENOMEM;
    p->samples[p->sample_count++] =
        (struct page_sample){.t_ns = t_ns, .value = value, .series = (uint32_t)(p->series_count - 1)};
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct page_sample *x = a, *y = b;

    if (x->t_ns != y->t_ns)
        return x->t_ns < y->t_ns ? -1 : 1;
    return (x->series > y->series) - (x->series < y->series);
}

void range_page_sort(struct range_page *p)
{
    if (p->sample_count > 0)
        qsort(p->samples, p->sample_count, sizeof(p->samples[0]), compare);
}

size_t range_page_series_count(const struct range_page *p)
{
    return p->series_count;
}

int64_t range_page_next_ns(const struct range_page *p)
{
    return p->at < p->sample_count ? p->samples[p->at].t_ns : INT64_MAX;
}

static uint32_t declare(const struct range_page *p, struct intake *in, const struct page_series *s)
{
    const char *key = p->bytes + s->key;
    struct intake_label labels[INTAKE_LABELS_MAX];
    struct intake_series series = {.labels = labels};

    if (s->name != SIZE_MAX) {
        series.name = p->bytes + s->name;
        series.name_n = strlen(series.name);
    }
    for (size_t i = 0; i < s->label_count && i < INTAKE_LABELS_MAX; i++) {
        const struct page_label *l = &p->labels[s->label + i];
        if (l->name_n == 8 && memcmp(key + l->name, "__name__", 8) == 0) {
            series.name = key + l->value;
            series.name_n = l->value_n;
            continue;
        }
        labels[series.label_count++] = (struct intake_label){
            .name = key + l->name, .name_n = l->name_n, .value = key + l->value, .value_n = l->value_n};
    }
    return intake_declare(in, key, s->key_n, &series);
}

int range_page_feed(struct range_page *p, struct intake *in)
{
    const int64_t t_ns = p->samples[p->at].t_ns;

    intake_begin(in, t_ns);
    for (; p->at < p->sample_count && p->samples[p->at].t_ns == t_ns; p->at++) {
        const struct page_sample *sample = &p->samples[p->at];
        const struct page_series *s = &p->series[sample->series];
        uint32_t ref = intake_find(in, p->bytes + s->key, s->key_n);
        if (ref == INTAKE_NONE)
            ref = declare(p, in, s);
        intake_sample(in, ref, t_ns, sample->value);
    }
    return intake_end(in, INTAKE_WHOLE);
}
