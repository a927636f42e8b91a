/* SPDX-License-Identifier: MIT
 * From points of buckets to samples of series: each series keeps when it was last heard and what it has come
 * to; samples wait in the order of time until they are released. What is asked, and when, is datadog.c's
 * matter. */
#include "ingestion/datadog/datadog_book.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

#define SECOND_NS INT64_C(1000000000)
#define KEY_MAX   (DATADOG_TAGS_MAX * (DATADOG_TAG_MAX + 1) + 128)
#define SLOTS     131072                 /* a power of two, twice DATADOG_SERIES_MAX and more */
#define FORGET_NS INT64_C(3600000000000) /* a series that has not been heard for so long may go */
#define NONE      UINT32_MAX

struct known {
    char *key; /* the name of the series, then its tags, each with its NUL */
    uint32_t key_n;
    enum datadog_kind kind;
    int64_t last_ns;  /* of its last sample; INT64_MIN: none */
    double total;     /* of rates and counts */
    int64_t draft_ns; /* the same of the round that is under way */
    double draft_total;
    bool drafted;
};

struct waiting {
    int64_t t_ns;
    uint32_t series, order;
    double value;
};

struct datadog_book {
    const char *hosts;
    struct known *known;
    uint32_t known_count;
    uint32_t *slots;
    struct waiting *waiting;
    size_t head, ready, count, capacity; /* released up to head, of rounds that are over up to ready */
    int64_t newest_ns;
    uint64_t dropped[INTAKE_DROP_COUNT];
};

struct datadog_book *datadog_book_new(const char *hosts)
{
    struct datadog_book *b = calloc(1, sizeof(*b));

    if (!b)
        return NULL;
    b->hosts = hosts;
    b->newest_ns = INT64_MIN;
    b->known = calloc(DATADOG_SERIES_MAX, sizeof(*b->known));
    b->slots = malloc(SLOTS * sizeof(*b->slots));
    if (!b->known || !b->slots) {
        datadog_book_free(b);
        return NULL;
    }
    memset(b->slots, 0xff, SLOTS * sizeof(*b->slots));
    return b;
}

void datadog_book_free(struct datadog_book *b)
{
    if (!b)
        return;
    for (uint32_t i = 0; b->known && i < b->known_count; i++)
        free(b->known[i].key);
    free(b->known);
    free(b->slots);
    free(b->waiting);
    free(b);
}

/* Where that key stands, or the empty slot where it would. */
static uint32_t *slot_of(struct datadog_book *b, const char *key, size_t n)
{
    size_t at = (size_t)hash_sip24(0, 0, key, n) & (SLOTS - 1);

    while (b->slots[at] != NONE) {
        const struct known *k = &b->known[b->slots[at]];
        if (k->key_n == n && memcmp(k->key, key, n) == 0)
            break;
        at = (at + 1) & (SLOTS - 1);
    }
    return &b->slots[at];
}

/* Forgets series that have not been heard for long. While nothing waits: samples name them by number. */
static void tidy(struct datadog_book *b)
{
    uint32_t kept = 0;

    if (b->count > 0 || b->known_count < DATADOG_SERIES_MAX / 4 * 3)
        return;
    memset(b->slots, 0xff, SLOTS * sizeof(*b->slots));
    for (uint32_t i = 0; i < b->known_count; i++) {
        if (b->known[i].last_ns < b->newest_ns - FORGET_NS) {
            free(b->known[i].key);
            continue;
        }
        b->known[kept] = b->known[i];
        *slot_of(b, b->known[kept].key, b->known[kept].key_n) = kept;
        kept++;
    }
    b->known_count = kept;
}

static struct known *find(
    struct datadog_book *b, const struct datadog_query *q, const struct datadog_series *s)
{
    char key[KEY_MAX];
    struct text t;

    text_init(&t, key, sizeof(key));
    text_add(&t, q->series);
    text_add_char(&t, '\0');
    for (size_t i = 0; i < s->tag_count; i++) {
        text_add(&t, s->tags[i]);
        text_add_char(&t, '\0');
    }
    uint32_t *slot = slot_of(b, key, t.length);
    if (*slot != NONE)
        return &b->known[*slot];
    if (b->known_count == DATADOG_SERIES_MAX || t.truncated)
        return NULL;
    struct known *k = &b->known[b->known_count];
    *k = (struct known){
        .key = malloc(t.length), .key_n = (uint32_t)t.length, .kind = q->kind, .last_ns = INT64_MIN};
    if (!k->key)
        return NULL;
    memcpy(k->key, key, t.length);
    *slot = b->known_count++;
    return k;
}

/* Its host, if it says which and that one is wanted. */
static bool is_wanted(const struct datadog_book *b, const struct datadog_series *s)
{
    for (size_t i = 0; i < s->tag_count; i++)
        if (strncmp(s->tags[i], "host:", 5) == 0)
            return s->tags[i][5] && strcasecmp(s->tags[i] + 5, "n/a") != 0 &&
                   datadog_host_wanted(b->hosts, s->tags[i] + 5, strlen(s->tags[i] + 5));
    return false;
}

static bool make_room(struct datadog_book *b)
{
    if (b->count < b->capacity)
        return true;
    size_t more = b->capacity ? 2 * b->capacity : 1024;
    struct waiting *bigger =
        b->capacity < DATADOG_WAITING_MAX ? realloc(b->waiting, more * sizeof(*bigger)) : NULL;
    if (!bigger)
        return false;
    b->waiting = bigger;
    b->capacity = more;
    return true;
}

/* Length of a bucket: the least distance of its points, which may be more than was asked for. */
static int64_t step_of(const struct datadog_series *s, int64_t bucket_s)
{
    int64_t step_ns = INT64_MAX;

    for (size_t i = 1; i < s->count; i++)
        if (s->t_ns[i] - s->t_ns[i - 1] < step_ns)
            step_ns = s->t_ns[i] - s->t_ns[i - 1];
    return step_ns == INT64_MAX ? bucket_s * SECOND_NS : step_ns;
}

static void take_point(struct datadog_book *b, struct known *k, int64_t end_ns, int64_t step_ns, double value)
{
    if (isnan(value) || end_ns <= k->draft_ns)
        return;
    if (k->kind != DATADOG_LEVEL && value < 0) {
        b->dropped[INTAKE_DROP_BAD_VALUE]++;
        return;
    }
    if (!make_room(b)) {
        b->dropped[INTAKE_DROP_BATCH_LIMIT]++;
        return;
    }
    if (k->kind == DATADOG_RATE)
        k->draft_total += value * ((double)step_ns * 1e-9);
    else if (k->kind == DATADOG_COUNT)
        k->draft_total += value;
    k->draft_ns = end_ns;
    b->waiting[b->count] = (struct waiting){.t_ns = end_ns,
        .series = (uint32_t)(k - b->known),
        .order = (uint32_t)b->count,
        .value = k->kind == DATADOG_LEVEL ? value : k->draft_total};
    b->count++;
}

void datadog_book_take(struct datadog_book *b, const struct datadog_query *q, int64_t bucket_s, int64_t to_ns,
    const struct datadog_series *s)
{
    if (!is_wanted(b, s)) {
        b->dropped[INTAKE_DROP_UNSUPPORTED] += s->count;
        return;
    }
    struct known *k = find(b, q, s);
    if (!k) {
        b->dropped[INTAKE_DROP_SERIES_LIMIT] += s->count;
        return;
    }
    if (!k->drafted) {
        k->drafted = true;
        k->draft_ns = k->last_ns;
        k->draft_total = k->total;
    }
    const int64_t step_ns = step_of(s, bucket_s);
    for (size_t i = 0; i < s->count; i++)
        if (s->t_ns[i] + 2 * step_ns <= to_ns)
            take_point(b, k, s->t_ns[i] + step_ns, step_ns, s->value[i] * s->scale);
}

static int by_time(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;

    if (x->t_ns != y->t_ns)
        return x->t_ns < y->t_ns ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

void datadog_book_commit(struct datadog_book *b)
{
    for (uint32_t i = 0; i < b->known_count; i++) {
        struct known *k = &b->known[i];
        if (!k->drafted)
            continue;
        k->last_ns = k->draft_ns;
        k->total = k->draft_total;
        k->drafted = false;
        if (k->last_ns > b->newest_ns)
            b->newest_ns = k->last_ns;
    }
    if (b->count > b->head)
        qsort(b->waiting + b->head, b->count - b->head, sizeof(*b->waiting), by_time);
    for (size_t i = b->head; i < b->count; i++)
        b->waiting[i].order = (uint32_t)i;
    b->ready = b->count;
}

void datadog_book_abandon(struct datadog_book *b)
{
    for (uint32_t i = 0; i < b->known_count; i++)
        b->known[i].drafted = false;
    b->count = b->ready;
}

int64_t datadog_book_due(const struct datadog_book *b)
{
    return b->head < b->ready ? b->waiting[b->head].t_ns : INT64_MAX;
}

static void give(struct intake *in, const struct known *k, int64_t t_ns, double value)
{
    uint32_t ref = intake_find(in, k->key, k->key_n);

    if (ref == INTAKE_NONE) {
        struct intake_label labels[DATADOG_TAGS_MAX];
        const char *tag = k->key + strlen(k->key) + 1, *end = k->key + k->key_n;
        size_t count = 0;
        for (; tag < end; tag += strlen(tag) + 1) {
            const char *colon = strchr(tag, ':');
            labels[count++] =
                (struct intake_label){tag, colon + 1, (uint32_t)(colon - tag), (uint32_t)strlen(colon + 1)};
        }
        const struct intake_series s = {.name = k->key,
            .name_n = strlen(k->key),
            .labels = labels,
            .label_count = count,
            .kind = k->kind == DATADOG_LEVEL ? INTAKE_GAUGE : INTAKE_COUNTER};
        ref = intake_declare(in, k->key, k->key_n, &s);
    }
    intake_sample(in, ref, t_ns, value);
}

int datadog_book_release(struct datadog_book *b, struct intake *in, int64_t now_ns)
{
    int r = 0;

    for (unsigned i = 0; i < INTAKE_DROP_COUNT; i++)
        if (b->dropped[i] > 0) {
            intake_drop(in, (enum intake_drop)i, b->dropped[i]);
            b->dropped[i] = 0;
        }
    while (r == 0 && datadog_book_due(b) <= now_ns) {
        const int64_t t_ns = datadog_book_due(b);
        intake_begin(in, t_ns);
        for (; datadog_book_due(b) == t_ns; b->head++)
            give(in, &b->known[b->waiting[b->head].series], t_ns, b->waiting[b->head].value);
        r = intake_end(in, INTAKE_PART);
    }
    if (b->head == b->ready && b->ready == b->count) {
        b->head = b->ready = b->count = 0;
        tidy(b);
    }
    return r;
}
